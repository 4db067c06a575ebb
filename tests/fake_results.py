"""A made-up results store of the right shape for tests of figures: four scenarios, paired runs, plausible sizes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from sim.plots._ground import Ground, offshore

# name, unit, country, better, total, headline, weekly level, noise, effect of each policy (share)
NATIONAL = (
    ("organised_crime_homicides", "deaths", "MX", "lower", "sum", True, 430.0, 0.05, (0.09, -0.06, -0.01)),
    ("extortion_victims", "victims", "MX", "lower", "sum", True, 2100.0, 0.08, (0.05, -0.11, 0.0)),
    ("group_members", "people", "MX", "lower", "last", True, 165000.0, 0.03, (-0.02, -0.10, -0.01)),
    ("impunity", "fraction", "MX", "lower", "mean", True, 0.93, 0.004, (0.002, -0.012, 0.0)),
    ("trust_in_police", "index", "MX", "higher", "mean", True, 0.38, 0.02, (-0.03, 0.05, 0.002)),
    ("overdose_deaths", "deaths", "US", "lower", "sum", True, 1360.0, 0.02, (-0.003, -0.012, -0.17)),
    ("people_in_treatment", "people", "US", "higher", "mean", True, 1.1e6, 0.01, (0.0, 0.0, 0.62)),
    ("street_price", "USD/pure_g", "US", None, "mean", True, 120.0, 0.03, (0.02, 0.05, -0.02)),
    ("spending_on_policy", "USD", "US", None, "sum", False, 4e8, 0.01, (0.02, 0.05, 0.3)),
    ("cash_going_home", "USD", "both", "lower", "sum", True, 2.6e8, 0.04, (-0.01, -0.04, -0.12)),
    ("hours_waited_by_trucks", "hours", "both", "lower", "mean", True, 1.3, 0.05, (0.0, 0.03, 0.0)),
)
REGIONAL = (
    ("overdose_deaths_by_state", "deaths", "US", 0.25, (-0.003, -0.012, -0.17)),
    ("street_price_by_state", "USD/pure_g", "US", 0.2, (0.02, 0.05, -0.02)),
    ("organised_crime_homicides_by_state", "deaths", "MX", 0.8, (0.09, -0.06, -0.01)),
    ("extortion_by_state", "victims", "MX", 0.6, (0.05, -0.1, 0.0)),
)
CORRIDOR = (
    ("drugs_crossing", "pure_kg", "drugs", 9e4, (0.01, -0.05, -0.08)),
    ("cash_going_south", "USD", "cash", 2.2e9, (-0.01, -0.04, -0.12)),
    ("guns_going_south", "guns", "guns", 3.5e4, (0.12, -0.08, 0.0)),
    ("drugs_seized", "pure_kg", None, 7e3, (0.05, 0.16, -0.08)),
    ("cash_seized", "USD", None, 6e7, (0.02, 0.1, -0.1)),
    ("guns_seized", "guns", None, 900.0, (0.1, 0.2, 0.0)),
)
CORRIDORS = ("San Diego", "Tucson", "El Paso", "Laredo", "sea")
MODES = ("truck", "trusted truck", "car", "foot", "between", "sea")
SCENARIOS = ("status_quo", "kingpin", "network_takedown", "demand_reduction")


@dataclass
class FakeResults:
    """Results of `n_runs` paired runs of `years` years over the states of a ground."""

    place: Ground
    n_runs: int = 8
    years: int = 6
    seed: int = 1
    scenarios: tuple[str, ...] = SCENARIOS
    baseline: str = "status_quo"
    extra: tuple[tuple[object, ...], ...] = ()
    _weekly: pd.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self._national = NATIONAL + self.extra
        self._weekly = self._make_weekly()

    def _effect(self, effects: tuple[float, ...], scenario: str) -> float:
        names = [name for name in SCENARIOS if name != self.baseline]
        return 0.0 if scenario == self.baseline else effects[names.index(scenario) % len(effects)]

    def _make_weekly(self) -> pd.DataFrame:
        n = round(self.years * 52.1775)
        week = np.arange(n)
        ramp = np.clip((week - 60) / 80, 0, 1)
        made = []
        for replicate in range(self.n_runs):
            shared = {row[0]: self._path(n, float(row[7])) for row in self._national}
            for scenario in self.scenarios:
                frame = {"scenario": scenario, "replicate": replicate, "draw": 0, "week": week}
                for name, *_, level, noise, effects in self._national:
                    own = 1 + self._effect(effects, scenario) * ramp * self._rng.normal(1, 0.15)
                    own = own * (1 + 0.1 * noise * self._rng.standard_normal(n))
                    frame[name] = (level * shared[name] * own).astype(np.float32)
                made.append(pd.DataFrame(frame))
        return pd.concat(made, ignore_index=True)

    def _path(self, n: int, noise: float) -> np.ndarray:
        steps = self._rng.normal(0, noise / 6, n).cumsum() * 0.25
        season = 0.6 * noise * np.sin(np.arange(n) / 52.18 * 2 * np.pi)
        return 1 + steps + season + self._rng.normal(0, noise / 2, n)

    def weekly(self) -> pd.DataFrame:
        return self._weekly

    def regional(self) -> pd.DataFrame:
        rng, rows = np.random.default_rng(self.seed + 1), []
        for name, unit, country, spread, effects in REGIONAL:
            states = self.place.states_of(0 if country == "MX" else 1)
            rate = 20 * rng.lognormal(0, spread, len(states))
            size = np.array([self.place.population[s] for s in states]) / 1e5 if unit != "USD/pure_g" else 5.0
            for replicate in range(self.n_runs):
                luck = rng.normal(1, 0.04, (self.years, len(states)))
                for scenario in self.scenarios:
                    own = 1 + self._effect(effects, scenario) * rng.normal(1, 0.8, len(states))
                    value = rate * size * luck * own * rng.normal(1, 0.01, luck.shape)
                    for year in range(self.years):
                        rows += [(scenario, replicate, 2019 + year, s, name, v)
                                 for s, v in zip(states, value[year], strict=True)]  # fmt: skip
        return pd.DataFrame(rows, columns=["scenario", "replicate", "year", "state", "outcome", "value"])

    def corridors(self) -> pd.DataFrame:
        rng, rows = np.random.default_rng(self.seed + 2), []
        share = {"San Diego": 0.34, "Tucson": 0.2, "El Paso": 0.14, "Laredo": 0.26, "sea": 0.06}
        modes = {"truck": 0.3, "trusted truck": 0.06, "car": 0.42, "foot": 0.07, "between": 0.15}
        for name, _, _, level, effects in CORRIDOR:
            for replicate in range(self.n_runs):
                for corridor in CORRIDORS:
                    for mode in MODES:
                        part = (mode == "sea") * 1.0 if corridor == "sea" else modes.get(mode, 0.0)
                        luck = rng.normal(1, 0.1)
                        for scenario in self.scenarios:
                            own = 1 + self._effect(effects, scenario) * rng.normal(1, 0.3)
                            value = level * share[corridor] * part * luck * own
                            rows += [(scenario, replicate, 2019 + y, corridor, mode, name, value)
                                     for y in range(self.years)]  # fmt: skip
        return pd.DataFrame(
            rows, columns=["scenario", "replicate", "year", "corridor", "mode", "outcome", "value"]
        )

    def dictionary(self) -> pd.DataFrame:
        rows = [(n, "national", u, c, b, t, h, None) for n, u, c, b, t, h, *_ in self._national]
        rows += [(n, "regional", u, c, "lower" if u != "USD/pure_g" else None, "sum", False, None)
                 for n, u, c, *_ in REGIONAL]  # fmt: skip
        rows += [(n, "corridor", u, "both", None, "sum", False, a) for n, u, a, *_ in CORRIDOR]
        columns = ["outcome", "level", "unit", "country", "better", "total", "headline", "arrow"]
        table = pd.DataFrame(rows, columns=columns)
        return table.assign(
            title=table["outcome"].str.replace("_", " "), meaning="made up for tests", sees="true"
        )

    def summary(self) -> pd.DataFrame:
        means = self._weekly.drop(columns=["week", "draw"]).groupby(["scenario", "replicate"]).mean()
        rows = []
        for name, unit, country, better, total, headline, *_ in self._national:
            wide = means[name].unstack("replicate") * (52.1775 if total == "sum" else 1)
            for scenario in self.scenarios:
                value = wide.loc[scenario]
                low, high = _interval(value)
                diff = value - wide.loc[self.baseline]
                d_low, d_high = _interval(diff)
                rows.append((scenario, name, unit, country, better, headline, value.mean(), low, high,
                             diff.mean(), d_low, d_high, d_low > 0 or d_high < 0, self.n_runs))  # fmt: skip
        columns = ["scenario", "outcome", "unit", "country", "better", "headline", "mean", "low", "high"]
        columns += ["diff", "diff_low", "diff_high", "excludes_zero", "n"]
        return pd.DataFrame(rows, columns=columns)


def _interval(values: pd.Series) -> tuple[float, float]:
    half = stats.t.ppf(0.95, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean() - half, values.mean() + half


def small_ground() -> Ground:
    """Two countries of three states each on a 12 x 10 raster, with five corridors on the line between them."""
    x, y = (grid.ravel().astype(float) for grid in np.meshgrid(np.arange(14), np.arange(12)))
    country = (y >= 6).astype(int)
    state = np.array([f"{'US' if c else 'MX'}-{'ABC'[int(a // 5)]}" for a, c in zip(x, country, strict=True)])
    land = {name: (2.0 + 3 * i, 5.5, False) for i, name in enumerate(CORRIDORS[:-1])}
    corridors = offshore(land | {"sea": (0.0, 5.5, True)}, x, y)
    groups = tuple((i, f"G{i % 9}") for i in np.flatnonzero(country == 0)[::2])
    return Ground(x, y, country, state, {s: 4e6 + 1e6 * ord(s[-1]) for s in set(state)}, corridors, groups)
