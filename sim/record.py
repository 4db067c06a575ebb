"""What a run leaves behind: weekly national values, yearly regional and corridor values, events.

One row of national values is computed once a week; tables and Mesa reporters read it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.outcome import Outcome, Reader, of_level
from sim.state.run import Note, Run

MODES = ("truck", "trusted truck", "car", "foot", "between ports", "sea")


class Record:
    """Collects after every week. Sums, means or last values of a year follow each outcome's declaration."""

    def __init__(self, start: dt.date) -> None:
        self.start = start
        self.row: list[float] = []
        self._reader = Reader(of_level("national"))
        self._regional = of_level("regional")
        self._corridor = of_level("corridor")
        self._weeks: list[list[float]] = []
        self._yearly: dict[tuple[str, int], NDArray[np.float64]] = {}
        self._counts: dict[int, int] = {}
        self._notes: list[Note] = []
        self._states: list[str] = []
        self._corridors: list[str] = []

    @property
    def now(self) -> dict[str, float]:
        """National values of the last week by name; none before the first."""
        return dict(zip(self._reader.names, self.row, strict=False))

    def collect(self, run: Run, week: int) -> None:
        """Take the values of a week that has just ended."""
        if not self._weeks:
            self._states = list(run.world.states.code)
            self._corridors = list(run.world.corridors)
        run.recorded = {}
        self.row = self._reader.read(run)
        self._weeks.append([week, *self.row])
        year = (self.start + dt.timedelta(days=7 * week)).year
        self._counts[year] = self._counts.get(year, 0) + 1
        for item in (*self._regional, *self._corridor):
            self._add(item, year, np.asarray(item.fn(run), dtype=float))
        run.recorded = None
        self._notes += run.notes
        run.notes = []

    def _add(self, item: Outcome, year: int, values: NDArray[np.float64]) -> None:
        key = (item.name, year)
        if item.total == "last" or key not in self._yearly:
            self._yearly[key] = values.copy()
        else:
            self._yearly[key] += values

    def _year_values(self, item: Outcome, year: int) -> NDArray[np.float64]:
        values = self._yearly[(item.name, year)]
        return values / self._counts[year] if item.total == "mean" else values

    def weekly(self) -> pd.DataFrame:
        """One row a week: `week` (int32) and every national outcome (float32)."""
        names = self._reader.names
        table = np.array(self._weeks, dtype=float).reshape(len(self._weeks), len(names) + 1)
        columns: dict[str, Any] = {"week": table[:, 0].astype(np.int32)}
        columns |= {name: table[:, i + 1].astype(np.float32) for i, name in enumerate(names)}
        return pd.DataFrame(columns)

    def regional(self) -> pd.DataFrame:
        """Rows of year, state, outcome, value; states where an outcome is not a number are left out."""
        rows = [
            (year, state, item.name, value)
            for item in self._regional
            for year in self._counts
            for state, value in zip(self._states, self._year_values(item, year), strict=True)
            if not np.isnan(value)
        ]
        return pd.DataFrame(rows, columns=["year", "state", "outcome", "value"])

    def corridors(self) -> pd.DataFrame:
        """Rows of year, corridor, mode, outcome, value."""
        rows = [
            (year, corridor, mode, item.name, self._year_values(item, year)[i, j])
            for item in self._corridor
            for year in self._counts
            for i, corridor in enumerate(self._corridors)
            for j, mode in enumerate(MODES)
        ]
        return pd.DataFrame(rows, columns=["year", "corridor", "mode", "outcome", "value"])

    def events(self) -> pd.DataFrame:
        """Rows of week, kind, subject, detail, in the order they happened."""
        rows = [(note.week, note.kind, note.subject, note.detail) for note in self._notes]
        return pd.DataFrame(rows, columns=["week", "kind", "subject", "detail"])
