"""A leader is lost: deaths next door to the group's plazas, within a year."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.patterns._pattern import Pattern, Values, by_seed, interval
from sim.lab.patterns._runs import BASE, Arm, Series, live
from sim.state.run import Run
from sim.world.world import world

WEEKS, QUARTER, GROUPS = 52, 13, 3
"""Weeks lived, weeks of a row of the table, and how many of the largest groups lose their leader, one at a time."""


def lose_leader(run: Run, row: int) -> None:
    """The leader of a group is gone before the week begins."""
    run.groups.removed[row] = True


ARMS = tuple(Arm(acts=((0, partial(lose_leader, row=row)),)) for row in range(GROUPS))


def watch(run: Run) -> Mapping[str, Any]:
    """Deaths by organised crime by plaza, and where each of the groups has people."""
    deaths = run.tally.deaths[0].sum(axis=1) + run.tally.deaths_members[0].sum(axis=1)
    there = np.zeros((GROUPS, run.plazas.n))
    mine = run.crews.group < GROUPS
    there[run.crews.group[mine], run.crews.plaza[mine]] = 1.0
    return {"deaths": deaths, "there": there}


class CaptureSpills(Pattern):
    """The leader of one of the three largest groups is lost in the first week."""

    number = 0
    name = "capture_spills"
    title = "A leader is lost: deaths at the group's plazas, next door, and elsewhere"
    mechanism = "succession, contestable plazas, displacement"
    rule = (
        "reported, 6 replicates x 3 groups of 52 weeks: relative change of deaths by organised crime in plazas where"
        " the group had people, in those next to them where it had none, and elsewhere, mean over the three groups"
    )
    seeds = range(1, 7)
    reported = True

    def effect(self) -> Values:
        """Relative changes in the year, mean over groups, (n,)."""
        return by_seed(
            self.seeds, lambda seed: _mean([_change(seed, row, slice(0, WEEKS)) for row in range(GROUPS)])
        )

    def table(self) -> list[dict[str, Any]]:
        """The same by quarter."""
        rows = []
        for start in range(0, WEEKS, QUARTER):
            weeks = slice(start, start + QUARTER)
            found = [_mean([_change(s, row, weeks) for row in range(GROUPS)]) for s in self.seeds]
            each: dict[str, Any] = {"weeks": f"{start} to {start + QUARTER - 1}"}
            for name in found[0]:
                mean, low, high = interval(np.array([one[name] for one in found]))
                each |= {name: mean, f"{name}, interval": [low, high]}
            rows.append(each)
        return rows


def _change(seed: int, row: int, weeks: slice) -> Mapping[str, float]:
    lost, base = live(seed, ARMS[row], WEEKS, watch), live(seed, BASE, WEEKS, watch)
    at = base["there"][0, row] > 0
    near = _next_to(at)
    places = {"at_its_plazas": at, "next_door": near, "elsewhere": ~at & ~near}
    return {
        name: _deaths(lost, weeks, where) / _deaths(base, weeks, where) - 1.0
        for name, where in places.items()
    }


def _deaths(series: Series, weeks: slice, where: NDArray[np.bool_]) -> float:
    return max(float(series["deaths"][weeks][:, where].sum()), 1.0)


def _next_to(at: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Plazas next to those of a set and not in it, (P,)."""
    plazas = world().plazas
    near = np.zeros(at.size, dtype=bool)
    for place in np.flatnonzero(at).tolist():
        near[plazas.neighbour_idx[plazas.neighbour_ptr[place] : plazas.neighbour_ptr[place + 1]]] = True
    return np.asarray(near & ~at)


def _mean(found: list[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}
