"""Pattern 12, reported without a pass mark: violence by month after a group loses its leader, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.patterns._pattern import Pattern, Values, interval
from sim.lab.patterns._runs import BASE, Arm, live
from sim.lab.patterns.succession import largest
from sim.state.run import Run

Floats = NDArray[np.float64]
RANKS = (1, 3, 8, 20)
"""Groups whose leader is removed, by their rank in members at the start."""
WEEKS, MONTH = 52, 4
PLACES = ("held", "other plazas", "elsewhere")
"""Plazas that the group holds at the start, those where it only has people, and all others in Mexico."""


def remove(rank: int, run: Run) -> None:
    """The group of this rank loses its leader."""
    run.groups.removed[largest(run, rank)[-1]] = True


@cache
def act(rank: int) -> Callable[[Run], None]:
    """The removal as one and the same object, so that arms are lived once."""
    return partial(remove, rank)


def look(run: Run) -> Mapping[str, Any]:
    """Organised-crime homicides by plaza, and what the groups of all ranks hold and where they are."""
    tally, n = run.tally, run.world.plazas.n_mexico
    every = largest(run, max(RANKS))
    rows = np.array([every[rank - 1] for rank in RANKS])
    held = run.plazas.holder[:n] == rows[:, None]
    there = run.crews.at[rows, :n] >= 0
    deaths = tally.deaths_members[0].sum(axis=1) + tally.deaths[0].sum(axis=1)
    size = np.bincount(run.crews.group, run.crews.people, minlength=run.groups.n)
    return {"deaths": deaths[:n], "where": np.where(held, 0, np.where(there, 1, 2)), "members": size[rows]}


class LeaderRemoved(Pattern):
    """A year after one leader is lost, for groups of four sizes, against the same seed without it."""

    number = 12
    name = "leader_removed"
    title = "Violence by month after the loss of a leader: in its plazas, where it has people, elsewhere"
    mechanism = "succession, splits, purges and fights over what is contestable"
    rule = (
        "reported: no pass mark. Eight seeds; the leader of the group of rank 1, 3, 8 or 20 is removed in week 0; "
        "organised-crime homicides of 13 months of four weeks less those of the same seed without it, 90 % t interval"
    )
    seeds = range(1, 9)
    reported = True

    def effect(self) -> Values:
        """Deaths more in the first half year, by rank and place, (seeds,)."""
        return {
            f"rank {rank}, {place}": self.more(rank)[:, :6, k].sum(axis=1)
            for rank in RANKS
            for k, place in enumerate(PLACES)
        }

    def more(self, rank: int) -> Floats:
        """Deaths more than without the removal, (seeds, months, places)."""
        found = []
        for seed in self.seeds:
            base = live(seed, BASE, WEEKS, look)
            where = base["where"][0][RANKS.index(rank)]
            arm = live(seed, Arm(acts=((0, act(rank)),)), WEEKS, look)
            gap = (arm["deaths"] - base["deaths"]).reshape(WEEKS // MONTH, MONTH, -1).sum(axis=1)
            found.append(np.stack([gap[:, where == k].sum(axis=1) for k in range(len(PLACES))], axis=1))
        return np.array(found)

    def table(self) -> list[dict[str, Any]]:
        """One row for each group, place and month, and one for the year."""
        rows: list[dict[str, Any]] = []
        for rank in RANKS:
            more, start = self.more(rank), [self._start(seed, rank) for seed in self.seeds]
            members = float(np.mean([item[0] for item in start]))
            for k, place in enumerate(PLACES):
                spans = [(str(month + 1), more[:, month, k]) for month in range(more.shape[1])]
                usual = float(np.mean([item[1][k] for item in start]))
                for month, values in [*spans, ("year", more[:, :, k].sum(axis=1))]:
                    mean, low, high = interval(values)
                    row = {"rank": rank, "members": round(members), "where": place, "month": month}
                    rows.append(row | {"more": mean, "low": low, "high": high, "usual in the year": usual})
        return rows

    def _start(self, seed: int, rank: int) -> tuple[float, list[float]]:
        """Members of the group at the start, and deaths of the year without the removal by place."""
        base = live(seed, BASE, WEEKS, look)
        where, k = base["where"][0][RANKS.index(rank)], RANKS.index(rank)
        deaths = base["deaths"].sum(axis=0)
        return float(base["members"][0][k]), [float(deaths[where == at].sum()) for at in range(len(PLACES))]
