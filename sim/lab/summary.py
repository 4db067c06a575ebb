"""What the runs of a store say: one row per scenario and outcome, with intervals and paired differences.

Each run gives one number per outcome (its total per year, its mean, or its last value over a window of weeks).
Intervals are 90 % Student t intervals over runs; differences are paired: the same replicate and draw of the
scenario and of the baseline. Runs are taken in sorted order, so the same store gives the same bytes. The mean of a
difference tells how sure the ranking is given the model, not how sure the model is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from sim.lab.dictionary import OutcomeRow, national
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.lab.store import Results

LEVEL = 0.90
NEGLIGIBLE = 1e-6
INTERVAL = "90% Student t over replicates"
Values = npt.NDArray[np.float64]
Key = tuple[int, int]
"""(replicate, draw): what pairs a run of one scenario with a run of another."""


@dataclass(frozen=True)
class Estimate:
    """Mean of n numbers with its 90 % interval; the interval is NaN for fewer than two."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """True if the interval exists and zero lies outside of it."""
        return bool(self.low > 0 or self.high < 0)


def estimate(values: Values) -> Estimate:
    """Student t interval of the mean of the finite values, shape (n,)."""
    from scipy import stats

    finite = values[np.isfinite(values)]
    n = int(finite.size)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float(finite.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * float(finite.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def one_number(values: Values, total: str, window: Sequence[int]) -> Values:
    """Reduce weeks to one number per outcome: (n_weeks, n) -> (n,).

    "sum": per year; "mean": mean of the weeks that have a value; "last": the last week of the window.
    """
    part = values[window[0] : window[1]]
    if part.shape[0] == 0:
        return np.full(values.shape[1], np.nan)
    if total == "last":
        return part[-1]
    if total == "sum":
        return part.sum(axis=0) * (WEEKS_PER_YEAR / part.shape[0])
    count = np.isfinite(part).sum(axis=0)
    sums = np.where(np.isfinite(part), part, 0.0).sum(axis=0)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


@dataclass(frozen=True)
class Numbers:
    """One number per run and outcome, in the window of results and in the window of the start: (n_runs, n_outcomes)."""

    keys: dict[str, list[Key]]
    after: dict[str, Values]
    before: dict[str, Values]


def numbers_of(results: Results, outcomes: Sequence[OutcomeRow]) -> Numbers:
    """Read the weekly table file by file and reduce every run."""
    names = [row.name for row in outcomes]
    windows = results.experiment["window_weeks"], results.experiment["start_window_weeks"]
    found: dict[str, list[tuple[Key, Values, Values]]] = {}
    for frame in results.chunks():
        for key, rows in frame.groupby(["scenario", "replicate", "draw"], sort=True):
            scenario, replicate, draw = cast(tuple[str, int, int], key)
            values = rows.sort_values("week")[names].to_numpy(np.float64)
            after, before = (_reduce(values, outcomes, window) for window in windows)
            found.setdefault(str(scenario), []).append(((int(replicate), int(draw)), after, before))
    keys: dict[str, list[Key]] = {}
    afters: dict[str, Values] = {}
    befores: dict[str, Values] = {}
    for scenario in sorted(found):
        runs = sorted(found[scenario], key=lambda run: run[0])
        keys[scenario] = [run[0] for run in runs]
        afters[scenario] = np.stack([run[1] for run in runs])
        befores[scenario] = np.stack([run[2] for run in runs])
    return Numbers(keys, afters, befores)


def _reduce(values: Values, outcomes: Sequence[OutcomeRow], window: Sequence[int]) -> Values:
    reduced = np.empty(len(outcomes))
    for total in ("sum", "mean", "last"):
        chosen = [i for i, row in enumerate(outcomes) if row.total == total]
        if chosen:
            reduced[chosen] = one_number(values[:, chosen], total, window)
    return reduced


def paired(numbers: Numbers, scenario: str, baseline: str) -> Values:
    """Scenario minus baseline for each (replicate, draw) that both have: (n_pairs, n_outcomes)."""
    row_of = {key: i for i, key in enumerate(numbers.keys[baseline])}
    both = [(i, row_of[key]) for i, key in enumerate(numbers.keys[scenario]) if key in row_of]
    mine, theirs = [pair[0] for pair in both], [pair[1] for pair in both]
    return numbers.after[scenario][mine] - numbers.after[baseline][theirs]


def summarise(results: Results) -> pd.DataFrame:
    """One row per scenario and national outcome, sorted by scenario, family and name; against `results.baseline`."""
    import pandas as pd

    outcomes = national(results.dictionary())
    numbers = numbers_of(results, outcomes)
    rows: list[dict[str, Any]] = []
    for scenario in results.scenarios:
        if scenario not in numbers.keys:
            continue
        against = scenario != results.baseline and results.baseline in numbers.keys
        diffs = paired(numbers, scenario, results.baseline) if against else None
        for i, outcome in enumerate(outcomes):
            after, before = numbers.after[scenario][:, i], numbers.before[scenario][:, i]
            base = numbers.after[results.baseline][:, i] if diffs is not None else None
            row = _row(results, scenario, outcome, after, before)
            rows.append({**row, **_difference(row, None if diffs is None else diffs[:, i], base)})
    return pd.DataFrame(rows)


def _text(window: Sequence[int]) -> str:
    return f"weeks {window[0]}-{window[1] - 1}"


def _row(
    results: Results, scenario: str, outcome: OutcomeRow, after: Values, before: Values
) -> dict[str, Any]:
    level, start, change = estimate(after), estimate(before), estimate(after - before)
    return {
        "scenario": scenario,
        "outcome": outcome.name,
        "title": outcome.title,
        "family": outcome.family,
        "country": outcome.country,
        "unit": outcome.unit_per_year if outcome.total == "sum" else outcome.unit,
        "better": outcome.better,
        "seen_or_true": outcome.sees,
        "headline": outcome.headline,
        "window": _text(results.experiment["window_weeks"]),
        "n": level.n,
        "mean": level.mean,
        "low": level.low,
        "high": level.high,
        "baseline": results.baseline,
        "start_window": _text(results.experiment["start_window_weeks"]),
        "start_mean": start.mean,
        "change_from_start": change.mean,
        "change_low": change.low,
        "change_high": change.high,
    }


def _difference(row: Mapping[str, Any], diffs: Values | None, base: Values | None) -> dict[str, Any]:
    """Columns of the paired difference; empty for the baseline itself."""
    if diffs is None or base is None:
        empty = dict.fromkeys(("diff", "diff_low", "diff_high", "diff_percent"), math.nan)
        flags = {"excludes_zero": False, "signs_differ": False, "interval": INTERVAL}
        return {**empty, "n_pairs": 0, "same_sign_share": math.nan, **flags}
    diff, level = estimate(diffs), estimate(base).mean
    finite = diffs[np.isfinite(diffs)]
    share = float(np.mean(np.sign(finite) == np.sign(diff.mean))) if finite.size else math.nan
    return {
        "diff": diff.mean,
        "diff_low": diff.low,
        "diff_high": diff.high,
        "diff_percent": 100.0 * diff.mean / abs(level) if level else math.nan,
        "n_pairs": diff.n,
        "same_sign_share": share,
        "excludes_zero": diff.excludes_zero and _told(diff.mean, level),
        "signs_differ": bool(diff.mean * float(row["change_from_start"]) < 0),
        "interval": INTERVAL,
    }


def _told(difference: float, level: float) -> bool:
    """Whether a difference is more than a millionth of the baseline: what is less matters to nobody, however sure."""
    return not abs(difference) <= NEGLIGIBLE * abs(level)


def to_csv(frame: pd.DataFrame) -> str:
    """CSV text with nine significant digits, the same on every platform."""
    text: str = frame.to_csv(index=False, float_format="%.9g", lineterminator="\n")
    return text
