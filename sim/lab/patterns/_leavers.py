"""Follow people who leave treatment and use again, week by week, beside a run that is not changed by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import kernels_people as kernel
from sim.lab.patterns._markets import FIRST
from sim.lab.patterns._runs import Watch
from sim.model import Model
from sim.state.people import DEPENDENT, TREATED
from sim.state.run import Run

BANDS = ((0, 4), (13, 27))
"""Weeks since people left treatment and used again: first to one past the last."""


@contextmanager
def leavers(model: Model, weeks: int) -> Iterator[Watch]:
    """Watch `hazard` (deaths expected) and `person_weeks` of opioid users in each of BANDS, from week FIRST on."""
    followed = _Leavers(model)
    kernel.people_week, before = followed, kernel.people_week
    try:
        yield followed.watch
    finally:
        kernel.people_week = before


class _Leavers:
    """Stands before the week of people: follows opioid users who left treatment and asks the kernel how likely their
    death is, on copies in which all others are away."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.kernel = kernel.people_week
        state = model.run.people.state
        self.was = state.copy()
        self.since = np.full(len(state), -1)
        self.hazard, self.person_weeks = np.zeros(len(BANDS)), np.zeros(len(BANDS))

    def watch(self, run: Run) -> Mapping[str, Any]:
        """What was asked in the week that has just ended."""
        return {"hazard": self.hazard, "person_weeks": self.person_weeks}

    def __call__(self, *args: Any) -> None:
        columns, out = args[5], args[11]
        drug, state, generation = columns[1], columns[2], columns[3]
        self.hazard, self.person_weeks = np.zeros(len(BANDS)), np.zeros(len(BANDS))
        if self.model.week >= FIRST:
            opioid = self.model.run.world.drugs.is_opioid[drug]
            for row, (low, high) in enumerate(BANDS):
                inside = (self.since >= low) & (self.since < high) & opioid & (state == DEPENDENT)
                self._ask(args, columns, inside, out, row)
        born = generation.copy()
        self.was = state.copy()
        self.kernel(*args)
        left = (self.was == TREATED) & (state == DEPENDENT)
        stays = (self.since >= 0) & (state == DEPENDENT) & (born == generation)
        self.since = np.where(left, 0, np.where(stays, self.since + 1, -1))

    def _ask(
        self, args: tuple[Any, ...], columns: Any, inside: NDArray[np.bool_], out: Any, row: int
    ) -> None:
        copies = tuple(column.copy() for column in columns)
        copies[2][~inside] = 0
        empty, treated = np.zeros_like(out), np.zeros_like(args[12])
        self.kernel(*args[:5], copies, *args[6:11], empty, treated)
        self.hazard[row] = empty[:, kernel.HAZARD :].sum()
        self.person_weeks[row] = inside.sum()
