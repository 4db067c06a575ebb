"""Tables of reported patterns: what was watched, by year and arm, against the start and against the status quo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.patterns._pattern import interval
from sim.lab.patterns._runs import Series

Floats = NDArray[np.float64]
Measure = Callable[[Series, slice], float]
"""A number of a year from what was watched and the weeks of the year."""
YEAR = 52


def last(name: str) -> Measure:
    """Value in the last week of the year."""
    return lambda series, weeks: float(series[name][weeks][-1])


def total(name: str) -> Measure:
    """Sum over the weeks of the year."""
    return lambda series, weeks: float(series[name][weeks].sum())


def by_year(runs: Sequence[Series], measure: Measure, years: int) -> Floats:
    """One value per seed and year, (seeds, years)."""
    return np.array(
        [[measure(run, slice(YEAR * year, YEAR * (year + 1))) for year in range(years)] for run in runs]
    )


def change(values: Floats, reference: Floats) -> Floats:
    """Relative change, (seeds, years) against (seeds, years) or (seeds, 1)."""
    return np.asarray(values / np.maximum(reference, 1e-9) - 1.0)


def span(values: Floats, digits: int = 3) -> str:
    """Mean and 90 % interval over seeds as words."""
    return "{:+.{d}f} ({:+.{d}f} to {:+.{d}f})".format(*interval(values), d=digits)


def sign(values: Floats) -> int:
    """1 or -1 where the 90 % interval over seeds has one sign, else 0."""
    _, low, high = interval(values)
    return int(low > 0.0) - int(high < 0.0)


def rows_of(arm: str, measure: str, columns: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """A row per year with the mean and interval of each column, (seeds, years) each."""
    years = next(iter(columns.values())).shape[1]
    return [
        {"arm": arm, "measure": measure, "year": year + 1}
        | {name: span(values[:, year]) for name, values in columns.items()}
        for year in range(years)
    ]
