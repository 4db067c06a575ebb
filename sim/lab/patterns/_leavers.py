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
from sim.state.people import DEPENDENT, FREE, TREATED
from sim.state.people_tables import use_tables
from sim.state.run import Run

Mask = NDArray[np.bool_]
BANDS = ((0, 4), (13, 27))
"""Weeks since people left treatment and used again: first to one past the last."""
FORTNIGHT = 2


@contextmanager
def leavers(model: Model, weeks: int) -> Iterator[Watch]:
    """Watch `hazard` (overdose deaths expected) and `person_weeks` of opioid users in each of BANDS."""
    with _beside(_Followed(model)) as watch:
        yield watch


@contextmanager
def in_and_out(model: Model, weeks: int) -> Iterator[Watch]:
    """Watch the same, and `other` deaths expected, for opioid users in treatment, out of it, and just out of it."""
    with _beside(_InAndOut(model)) as watch:
        yield watch


@contextmanager
def _beside(followed: _Followed) -> Iterator[Watch]:
    before = kernel.people_week
    kernel.people_week = followed
    try:
        yield followed.watch
    finally:
        kernel.people_week = before


class _Followed:
    """Stands before the week of people: follows opioid users who left treatment and asks the kernel how likely their
    death is, on copies in which all others are away; from week FIRST on."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.kernel = kernel.people_week
        state = model.run.people.state
        self.was = state.copy()
        self.since = np.full(len(state), -1)
        self.seen: dict[str, Any] = {}

    def watch(self, run: Run) -> Mapping[str, Any]:
        """What was asked in the week that has just ended."""
        return self.seen

    def who(self, opioid: Mask, state: NDArray[Any]) -> list[Mask]:
        """Whom to ask about: users since so many weeks."""
        user = opioid & (state == DEPENDENT)
        return [(self.since >= low) & (self.since < high) & user for low, high in BANDS]

    def other(self, drug: NDArray[Any], state: NDArray[Any], who: list[Mask]) -> Mapping[str, Any]:
        """What else to watch of them."""
        return {}

    def __call__(self, *args: Any) -> None:
        """Ask, let the kernel live the week, and see who has left treatment."""
        columns, out = args[5], args[11]
        drug, state, generation = columns[1], columns[2], columns[3]
        who = self.who(self.model.run.world.drugs.is_opioid[drug], state)
        asked = self.model.week >= FIRST
        self.seen = {
            "hazard": [self._ask(args, columns, each, out) if asked else 0.0 for each in who],
            "person_weeks": [float(each.sum()) if asked else 0.0 for each in who],
            **self.other(drug, state, who),
        }
        born = generation.copy()
        self.was = state.copy()
        self.kernel(*args)
        left = (self.was == TREATED) & (state == DEPENDENT)
        stays = (self.since >= 0) & (state == DEPENDENT) & (born == generation)
        self.since = np.where(left, 0, np.where(stays, self.since + 1, -1))

    def _ask(self, args: tuple[Any, ...], columns: Any, inside: Mask, out: Any) -> float:
        copies = tuple(column.copy() for column in columns)
        copies[2][~inside] = FREE
        empty, treated = np.zeros_like(out), np.zeros_like(args[12])
        self.kernel(*args[:5], copies, *args[6:11], empty, treated)
        return float(empty[:, kernel.HAZARD :].sum())


class _InAndOut(_Followed):
    """Asks about patients, about users out of treatment, and about those of them who left it within a fortnight."""

    def who(self, opioid: Mask, state: NDArray[Any]) -> list[Mask]:
        """In treatment; out of it; out since less than a fortnight."""
        out = opioid & (state == DEPENDENT)
        return [opioid & (state == TREATED), out, out & (self.since >= 0) & (self.since < FORTNIGHT)]

    def other(self, drug: NDArray[Any], state: NDArray[Any], who: list[Mask]) -> Mapping[str, Any]:
        """Deaths of other causes expected in the week: the ways out that lead to nowhere."""
        run = self.model.run
        table = use_tables(run.p, run.world.drugs)
        rate = (table.rates * (table.to_state == FREE)).sum(axis=2)
        return {"other": [float(rate[drug[each], state[each]].sum()) for each in who]}
