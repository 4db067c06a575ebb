"""Compare a run of the status quo with known levels: value, interval over replicates, band, verdict.

Patterns are measured in `sim.lab.findings` and published effects judged in `sim.lab.effects`; they are drawn from here.

A miss is a finding, not a failure. Nothing is tuned here, and no mechanism reads these tables.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.lab.levels import ROLES, Level, Window, covered, levels, number, value_of, year_of
from sim.lab.summary import INTERVAL, Estimate, estimate

if TYPE_CHECKING:
    import pandas as pd

    from sim.lab.effects import Compared
    from sim.lab.store import Results

SCENARIO, YEARS = "status_quo", 5
MOST_FACTOR, MOST_DISTANCE = 3.0, 0.15
"""How far a row may miss: by this factor, or where the unit is a share by this distance."""


@dataclass(frozen=True)
class Judged:
    """A level, what the runs say of it (mean and interval over replicates), and how far it misses its band.

    `factor` is 1 inside the band, above it value over high, below it low over value; `distance` is 0 inside.
    """

    level: Level
    simulated: Estimate
    factor: float
    distance: float

    @property
    def known(self) -> bool:
        """Whether there is a number: the outcomes exist and the run covers the window."""
        return math.isfinite(self.simulated.mean)

    @property
    def inside(self) -> bool:
        """Whether the mean over replicates lies in the band, ends included."""
        return self.level.low <= self.simulated.mean <= self.level.high

    @property
    def within_margin(self) -> bool:
        """Whether it is inside or misses by no more than the stated margin."""
        if not self.known:
            return False
        return self.distance <= MOST_DISTANCE if self.level.is_share else self.factor <= MOST_FACTOR

    @property
    def verdict(self) -> str:
        """In words: inside, above or below with the factor, or not covered."""
        if not self.known:
            return "not covered"
        if self.inside:
            return "inside"
        side = "above" if self.simulated.mean > self.level.high else "below"
        by = (
            "no finite factor"
            if math.isinf(self.factor)
            else f"x {self.factor:.3g}"
            if self.factor >= 1.01
            else "x 1.00"
        )
        return f"{side}, {by}"

    def data(self) -> dict[str, Any]:
        """Plain data for scripts; None where there is no number."""
        level = self.level
        return {
            "id": level.id,
            "metric": level.metric,
            "unit": level.unit,
            "chain": level.chain,
            "role": level.role,
            "window": level.window,
            "mean": _plain(self.simulated.mean),
            "mean_low": _plain(self.simulated.low),
            "mean_high": _plain(self.simulated.high),
            "n": self.simulated.n,
            "low": level.low,
            "high": level.high,
            "inside": self.inside,
            "within_margin": self.within_margin,
            "factor": _plain(self.factor),
            "distance": _plain(self.distance),
            "verdict": self.verdict,
            "period": level.period,
            "basis": level.basis,
        }


def judge(level: Level, values: Sequence[float]) -> Judged:
    """Judge the values of the replicates (n,) against the band."""
    found = estimate(np.asarray(values, dtype=np.float64))
    return Judged(level, found, *miss(found.mean, level.low, level.high))


def miss(value: float, low: float, high: float) -> tuple[float, float]:
    """Factor and distance by which a value misses a band: (1, 0) inside, not a number for no value."""
    if not math.isfinite(value):
        return math.nan, math.nan
    if value > high:
        return (value / high if high > 0 else math.inf), value - high
    if value < low:
        return (low / value if value > 0 else math.inf), low - value
    return 1.0, 0.0


def validate(results: Results) -> list[Judged]:
    """Judge every level from the runs of the store's baseline, in the order of the table."""
    known = levels()
    start = dt.date.fromisoformat(
        next(
            str(each["start"]) for each in results.experiment["scenarios"] if each["name"] == results.baseline
        )
    )
    tables = results.weekly(), results.regional()
    weekly, regional = (table[table["scenario"] == results.baseline] for table in tables)
    values: dict[str, list[float]] = {level.id: [] for level in known}
    for run_id, rows in weekly.groupby("run_id", sort=True):
        years = year_of(start, rows["week"].to_numpy())
        places = regional[regional["run_id"] == run_id]
        for level in known:
            values[level.id].append(_value(level, rows, years, places))
    return [judge(level, values[level.id]) for level in known]


def _value(level: Level, weekly: pd.DataFrame, years: np.ndarray, places: pd.DataFrame) -> float:
    """A level in one run; not a number where the store does not hold what it takes."""
    first, last = level.years
    names = [*level.of, *level.over]
    here = set(weekly.columns) | set(places["outcome"].unique())
    if not covered(level, years) or not set(names) <= here:
        return math.nan
    inside = (years >= first) & (years <= last)
    return value_of(level, Window(weekly[inside], places[places["year"].between(first, last)]))


def simulate(
    *,
    replicates: int,
    people_per_agent: int | None,
    seed: int,
    jobs: int | None,
    out: str | Path,
    sets: Mapping[str, object] | None = None,
    progress: Any = None,
    resume: bool = False,
) -> Results:
    """Run the status quo over the years that the levels are read over, into a folder of results."""
    from sim.lab.batch import batch

    chosen: dict[str, object] = {"run.years": YEARS, **(sets or {})}
    if people_per_agent is not None:
        chosen["run.people_per_agent"] = people_per_agent
    return batch(
        [SCENARIO], replicates=replicates, seed=seed, sets=chosen, jobs=jobs, out=out, progress=progress,
        resume=resume,
    )  # fmt: skip


def misses_first(judged: Sequence[Judged]) -> list[Judged]:
    """What is not covered, then misses from the largest factor, then the rest in the order of the table."""

    def rank(item: Judged) -> tuple[int, float]:
        if not item.known:
            return 0, 0.0
        return (2, 0.0) if item.inside else (1, -item.factor)

    return sorted(judged, key=rank)


def counts(judged: Sequence[Judged], key: str = "role") -> dict[str, tuple[int, int, int]]:
    """By role or chain: rows inside, rows within the margin, rows in all."""
    names = list(ROLES) if key == "role" else list(dict.fromkeys(item.level.chain for item in judged))
    found = {}
    for name in names:
        mine = [item for item in judged if getattr(item.level, key) == name]
        inside = sum(item.inside for item in mine)
        found[name] = (inside, sum(item.within_margin for item in mine), len(mine))
    return found


def as_data(
    results: Results,
    judged: Sequence[Judged],
    records: Sequence[Mapping[str, Any]] = (),
    compared: Sequence[Compared] = (),
) -> dict[str, Any]:
    """The validation as plain data. `low` and `high` are the band, `mean_low` and `mean_high` the interval.

    records: what was found about patterns; compared: published effects and what stands beside them.
    """
    keys = ("inside", "within_margin", "rows")
    by_role, by_chain = (
        {name: dict(zip(keys, row, strict=True)) for name, row in counts(judged, key).items()}
        for key in ("role", "chain")
    )
    return {
        "scenario": results.baseline,
        "replicates": results.experiment["replicates"],
        "interval": INTERVAL,
        "failed": [run["run_id"] for run in results.failed],
        "by_role": by_role,
        "by_chain": by_chain,
        "levels": [item.data() for item in judged],
        "patterns": list(records),
        "effects": [item.data() for item in compared],
    }


def draw(results: Results, judged: Sequence[Judged]) -> Path:
    """Draw levels.png into the figures of the store, misses first."""
    from sim.plots import _levels

    ordered = misses_first(judged)
    inside, first = sum(item.inside for item in judged), ordered[0]
    title = f"{inside} of {len(judged)} known levels are inside their bands"
    if not first.inside:
        words = first.verdict.replace("x ", "× ")
        title += f"; farthest off: {first.level.id.replace('_', ' ')} ({words})"
    chosen = next(each for each in results.experiment["scenarios"] if each["name"] == results.baseline)
    note = (
        f"{results.baseline.replace('_', ' ').capitalize()} from {chosen['start']}, mean of"
        f" {results.experiment['replicates']} replicates over each level's own years. Margin: a factor of"
        f" {MOST_FACTOR:g}, or {MOST_DISTANCE:g} where the unit is a share. Misses first, the largest at the top."
    )
    return _levels.draw(ordered, title, note, results.folder / "figures")


def print_levels(results: Results, judged: Sequence[Judged], console: Any) -> None:
    """A table of every level, misses first, then how many are inside by role and by chain."""
    from rich.table import Table

    grid = Table(title=f"Levels: {results.baseline}", title_justify="left", box=None, pad_edge=False)
    for name in ("level", "role", "window"):
        grid.add_column(name, no_wrap=True)
    for name in ("simulated", "interval", "band"):
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column("unit")
    grid.add_column("verdict", no_wrap=True)
    for item in misses_first(judged):
        colour = "dim" if item.inside else "bold dark_orange"
        grid.add_row(
            item.level.id, item.level.role, item.level.window, number(item.simulated.mean),
            interval(item), f"{number(item.level.low)} to {number(item.level.high)}", item.level.unit,
            item.verdict, style=colour if console.is_terminal else "",
        )  # fmt: skip
    console.print(grid)
    say = partial(console.print, markup=False, highlight=False, soft_wrap=True)
    for line in summary_lines(results, judged):
        say(line)


def summary_lines(results: Results, judged: Sequence[Judged]) -> list[str]:
    """Sentences below the table."""
    total = sum(item.inside for item in judged)
    lines = [f"{total} of {len(judged)} levels are inside their bands."]
    for key in ("role", "chain"):
        parts = [f"{name} {inside} of {n}" for name, (inside, _, n) in counts(judged, key).items()]
        lines.append(f"By {key}: {', '.join(parts)}.")
    beyond = [item.level.id for item in misses_first(judged) if not item.within_margin]
    margin = f"a factor of {MOST_FACTOR:g}, or {MOST_DISTANCE:g} where the unit is a share"
    lines.append(f"Beyond {margin}: {', '.join(beyond) or 'none'}.")
    n = results.experiment["replicates"]
    lines.append(f"Means over {n} replicates; intervals: {INTERVAL}. The verdict is of the mean.")
    return lines


def interval(item: Judged) -> str:
    """The interval over replicates as text."""
    found = item.simulated
    return f"{number(found.low)} to {number(found.high)}" if math.isfinite(found.low) else "-"


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
