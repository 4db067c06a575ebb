"""Known levels of the world: the table of them, and how each is read from one run of a store.

A row of `sim/data/validation/levels.csv` names outcomes and the measure that makes one number of them; the measures
are here. What a number says about its band is left to `sim.lab.validate`.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).resolve().parent.parent / "data" / "validation"
ROLES = ("input", "fitted", "emergent")
LEAST_WEEKS = 50  # of a year that counts as covered


@dataclass(frozen=True)
class Level:
    """A level with its band. `of` over `over` are outcomes, summed; the measure's number is divided by `divide_by`.

    `role`: input (put in), fitted (defaults were chosen for it) or emergent (it must come out by itself).
    """

    id: str
    metric: str
    low: float
    high: float
    unit: str
    role: str
    years: tuple[int, int]
    period: str
    chain: str
    measure: str
    of: tuple[str, ...]
    over: tuple[str, ...]
    divide_by: float
    basis: str

    @property
    def window(self) -> str:
        """The calendar years it is read over."""
        first, last = self.years
        return str(first) if first == last else f"{first}-{last}"

    @property
    def is_share(self) -> bool:
        """Whether a miss is told as a distance, not as a factor."""
        return self.unit.startswith("fraction") or self.unit == "Spearman"


@dataclass(frozen=True)
class Window:
    """What one run left in the years of a level: rows of the weekly and of the regional table."""

    weekly: pd.DataFrame
    regional: pd.DataFrame

    def sum_of(self, names: Sequence[str]) -> float:
        """Sum over weeks of the named outcomes together."""
        return float(self.weekly[list(names)].to_numpy(np.float64).sum())

    def by_state(self, names: Sequence[str]) -> Mapping[str, float]:
        """Sum over years of the named regional outcomes, by state."""
        rows = self.regional[self.regional["outcome"].isin(names)]
        return {str(state): float(value) for state, value in rows.groupby("state")["value"].sum().items()}


Measure = Callable[[Window, Level], float]
MEASURES: dict[str, Measure] = {}


def measure(fn: Measure) -> Measure:
    """Make a function a measure that the table may name."""
    MEASURES[fn.__name__] = fn
    return fn


@measure
def yearly(window: Window, level: Level) -> float:
    """Sum over weeks, per year of 52.1775 weeks."""
    return window.sum_of(level.of) * WEEKS_PER_YEAR / len(window.weekly)


@measure
def average(window: Window, level: Level) -> float:
    """Mean over weeks."""
    return window.sum_of(level.of) / len(window.weekly)


@measure
def share(window: Window, level: Level) -> float:
    """Sum over weeks over the sum of other outcomes; not a number where that is zero."""
    whole = window.sum_of(level.over)
    return window.sum_of(level.of) / whole if whole else math.nan


@measure
def rank_correlation(window: Window, level: Level) -> float:
    """Spearman's rank correlation over states of simulated deaths per person with the rates kept as test data."""
    from sim.world.world import world

    states = world().states
    people = dict(zip(states.code, states.population.tolist(), strict=True))
    deaths, known = window.by_state(level.of), state_rates()
    both = sorted(deaths.keys() & known.keys())
    return spearman([deaths[s] / people[s] for s in both], [known[s] for s in both])


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation, ties at their mean rank; not a number where either is constant."""
    from scipy.stats import rankdata

    x, y = rankdata(a), rankdata(b)
    if len(x) < 2 or x.std() == 0 or y.std() == 0:
        return math.nan
    return float(np.corrcoef(x, y)[0, 1])


def value_of(level: Level, window: Window) -> float:
    """The level in one run, in its unit."""
    return MEASURES[level.measure](window, level) / level.divide_by


def covered(level: Level, years: np.ndarray) -> bool:
    """Whether weeks of these calendar years (n_weeks,) cover every year of the level's window."""
    first, last = level.years
    return all(int((years == year).sum()) >= LEAST_WEEKS for year in range(first, last + 1))


def year_of(start: dt.date, weeks: np.ndarray) -> np.ndarray:
    """Calendar year of the first day of each week (n,), as in the regional table."""
    return np.array([(start + dt.timedelta(days=7 * int(week))).year for week in weeks])


def number(value: float) -> str:
    """Three significant digits, thousands grouped; a dash where there is no number."""
    if not math.isfinite(value):
        return "-"
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _level(row: Mapping[str, str]) -> Level:
    first, _, last = row["window"].partition("-")
    return Level(
        id=row["id"],
        metric=row["metric"],
        low=float(row["low"]),
        high=float(row["high"]),
        unit=row["unit"],
        role=row["role"],
        years=(int(first), int(last or first)),
        period=row["period"],
        chain=row["chain"],
        measure=row["measure"],
        of=tuple(row["of"].split(" + ")),
        over=tuple(row["over"].split(" + ")) if row["over"] else (),
        divide_by=float(row["divide_by"]),
        basis=row["basis"],
    )


@cache
def levels() -> tuple[Level, ...]:
    """Every level of the table, in its order."""
    return tuple(_level(row) for row in _rows("levels.csv"))


@cache
def state_rates() -> Mapping[str, float]:
    """Homicides per 100,000 people and year by Mexican state, 2019: test data, which no process may read."""
    return {row["state"]: float(row["homicides_per_100k"]) for row in _rows("state_rates.csv")}
