"""Ends: unpaid crews go over, small or unpaid groups are taken over, groups without people end, empty crews close."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.state.crews import ARMED
from sim.state.lineage import die, drop_empty_crews, group_sizes, take_over
from sim.state.run import Run


def take_over_weak(run: Run) -> bool:
    """Small or unpaid groups are taken over by the strongest group beside them, allies first."""
    p, groups = run.p, run.groups
    size = group_sizes(run)
    small = np.clip(1.0 - size / p["absorb_members"], 0.0, 1.0)
    broke = np.clip(1.0 - groups.paid / p["absorb_paid"], 0.0, 1.0)
    rows = np.flatnonzero(groups.alive & (size > 0) & ((size < p["absorb_members"]) | (broke > 0.0)))
    chance = p["absorb_rate"] * (small + broke * (size < p["absorb_broke_members"]))[rows]
    rows = rows[run.draws.uniform("structure/absorb", groups.id[rows]) < chance]
    moved = False
    for g in rows[np.argsort(groups.id[rows])].tolist():
        into = _strongest_beside(run, g)
        if into >= 0:
            run.note("taken over", run.names[g], run.names[into])
            take_over(run, g, into)
            moved = True
    return moved


def defect(run: Run) -> bool:
    """Crews that are neither paid nor loyal go over to the strongest group beside them that pays its people.

    Chance of a week: defect_rate x share of wages not paid x loyalty lacking below defect_loyalty. Source: a group ends
    when its money does, doi:10.18564/jasss.5430; that crews are hired away is assumption F11.
    """
    p, crews, groups = run.p, run.crews, run.groups
    unpaid = np.clip(1.0 - groups.paid, 0.0, 1.0)[crews.group]
    lacking = np.clip(1.0 - crews.loyalty / p["defect_loyalty"], 0.0, 1.0)
    rows = np.flatnonzero(unpaid * lacking > 0.0)
    if not rows.size:
        return False
    u = run.draws.uniform("structure/defect", groups.id[crews.group[rows]], crews.plaza[rows])
    rows = rows[u < p["defect_rate"] * unpaid[rows] * lacking[rows]]
    pays = groups.alive & (groups.paid >= p["defect_pay"])
    moves = [(row, _best_beside(run, row, pays)) for row in rows.tolist()]
    for row, into in moves:
        if into >= 0:
            crews.group[row], crews.loyalty[row] = into, p["loyalty_usual"] * p["merger_loyalty"]
    return any(into >= 0 for _, into in moves)


def _best_beside(run: Run, row: int, able: NDArray[np.bool_]) -> int:
    """Row of the able group (G,) with most armed people in the plaza of a crew, its own apart; -1 for none."""
    crews, gid = run.crews, run.groups.id
    there = np.flatnonzero((crews.plaza == crews.plaza[row]) & (crews.group != crews.group[row]))
    there = there[able[crews.group[there]]]
    if not there.size:
        return -1
    first = np.lexsort((gid[crews.group[there]], -crews.members[there, ARMED]))[0]
    return int(crews.group[there[first]])


def _strongest_beside(run: Run, g: int) -> int:
    """Row of the group with most armed people in the plazas of g, an ally counting more; -1 when alone."""
    crews, groups = run.crews, run.groups
    places = crews.plaza[crews.group == g]
    beside = np.isin(crews.plaza, places) & (crews.group != g)
    armed = np.bincount(crews.group[beside], crews.members[beside, ARMED], minlength=groups.n)
    armed = armed * (1.0 + run.p["absorb_ally"] * groups.alliance[g])
    best = np.flatnonzero((armed == armed.max()) & (armed > 0))
    return int(best[np.argmin(groups.id[best])]) if best.size else -1


def end_empty(run: Run) -> bool:
    """Crews without people close; groups without people end."""
    crews, groups = run.crews, run.groups
    before = crews.n
    dead = np.flatnonzero(groups.alive & (group_sizes(run) == 0))
    for g in dead[np.argsort(groups.id[dead])].tolist():
        run.note("ended", run.names[g])
        die(run, g)
    empty = np.flatnonzero(run.crews.people == 0)
    drop_empty_crews(run, empty)
    return bool(dead.size or empty.size or before != crews.n)
