"""Mergers between equals: allies under the same threat become one group. Takeovers of the weak are in `ends`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.state.lineage import group_sizes, take_over
from sim.state.run import Run
from sim.week.structure.relations import RELATIONS_WEEKS, facing


def merge_equals(run: Run) -> bool:
    """Once a quarter allies of like size with a leader each may merge, the likelier the more both are threatened.

    Threat of a group is the armed people of its enemies in its plazas over its own; a pair merges at
    `merger_rate` x t_i / (1 + t_i) x t_j / (1 + t_j). The more skilled leader stays, and crews of the other are less
    loyal to him. Source: assumption F23.
    """
    p, groups = run.p, run.groups
    led = groups.alive & (groups.vacancy == 0) & ~groups.removed
    last = int(run.alive.max(initial=-1)) + 1
    one, other = np.nonzero(groups.alliance[:last, :last])
    ready = (one < other) & led[one] & led[other]
    one, other = one[ready], other[ready]
    if not one.size:
        return False
    size = group_sizes(run)
    like = np.minimum(size[one], size[other]) >= p["merger_parity"] * np.maximum(size[one], size[other])
    one, other = one[like], other[like]
    if not one.size:
        return False
    fear = _threat(run)
    mean = p["merger_rate"] * RELATIONS_WEEKS * fear[one] * fear[other]
    low, high = np.minimum(groups.id[one], groups.id[other]), np.maximum(groups.id[one], groups.id[other])
    rows = np.flatnonzero(run.draws.uniform("structure/merge", low, high) < -np.expm1(-mean))
    gone: set[int] = set()
    for i in rows[np.lexsort((high[rows], low[rows]))].tolist():
        pair = {int(one[i]), int(other[i])}
        if not pair & gone:
            gone |= pair
            _merge_pair(run, *sorted(pair, key=lambda g: (-groups.skill[g], groups.id[g])))
    return bool(gone)


def _threat(run: Run) -> NDArray[np.float64]:
    """Share of armed people in the plazas of each group who are its enemies', among these and its own, (G,).

    A group is an enemy in full from a rivalry of `enemy_rivalry` on, below that in part.
    """
    groups, rows = run.groups, run.alive
    enemy = np.minimum(groups.rivalry[np.ix_(rows, rows)] / run.p["enemy_rivalry"], 1.0)
    share = facing(run, rows)
    ratio = (share / np.maximum(1.0 - share, 1e-9) * enemy).sum(axis=1)
    out = np.zeros(groups.n)
    out[rows] = ratio / (1.0 + ratio)
    return out


def _merge_pair(run: Run, into: int, row: int) -> None:
    """Group `row` joins group `into` with all it has."""
    crews = run.crews
    crews.loyalty[crews.group == row] *= run.p["merger_loyalty"]
    run.note("merged", run.names[row], run.names[into])
    take_over(run, row, into)
