"""Birth, division, moving, merging and death of crews and groups, with everything they hold.

It decides nothing: processes say what splits, who takes over and who dies. What is kept inside an account needs
no posting; what leaves the model leaves through the conversions declared here. After changes of `crews.group` or
`crews.plaza` call `settle_crews`, which restores order, pointers and one crew per (group, plaza).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.kernels_territory import sizes
from sim.ledger import conversion
from sim.state.run import Run
from sim.streams import stable_id

ADDED_UP = ("members", "cash", "pure", "diluent", "precursor", "guns", "ammunition")
"""Columns of crews that are amounts: they are divided and added up."""
AVERAGED = ("loyalty", "protection", "heat", "weeks", "hidden", "beaten", "pause")
"""Columns of crews that are states: kept in a division, averaged by members in a merger."""
OF_ITS_OWN = ("onto", "supply", "reach", "known", "trust", "degree")
"""Links of crews: copied in a division; in a merger those of the crew that stays. Offices stay where they were, and
the other part of a divided crew has to find its own; after a merger the better contact counts."""
OF_THE_WHOLE = (
    "produce_plan ship_plan recruit_plan gun_plan ammunition_plan bribe_plan sent lost sold revenue outlay profit "
    "killed fights fired size"
).split()
"""Columns of groups that are amounts without an account: divided by share of members in a split."""
OWN = (
    "id",
    "parent",
    "births",
    "birth_week",
    "treasury",
    "accused",
    "charged",
    "prisoners",
    "removals",
    "removed",
    "named",
)
"""Columns of groups that a splinter does not inherit."""

COMMODITY = {"cash": "usd", "guns": "guns", "ammunition": "ammunition", "members": "members"} | {
    kind: kind for kind in ("pure", "diluent", "precursor")
}
LEFT_BEHIND = {
    column: conversion(
        f"{column}_of_dead_groups", what, f"{column} of a group that ended and nobody took over"
    )
    for column, what in COMMODITY.items()
}
HOARD = conversion("treasury_of_dead_groups", "usd", "money that the leaders of a group that ended kept")
CASES = conversion("accused_of_dead_groups", "members", "prisoners and accused whose group no longer exists")


def group_sizes(run: Run) -> NDArray[np.float64]:
    """Members of every row of the table of groups, (CAPACITY,)."""
    return np.asarray(sizes(run.crews.group, run.crews.members, run.groups.n))


def group_wealth(run: Run) -> NDArray[np.float64]:
    """Money of every row of the table of groups, in Mexico and with crews, USD, (CAPACITY,)."""
    cash = np.bincount(run.crews.group, run.crews.cash, minlength=run.groups.n)
    return np.asarray(run.groups.treasury + cash)


def lying_low(run: Run) -> NDArray[np.float64]:
    """Share of the members of each group who lie low after a takedown, (CAPACITY,)."""
    crews = run.crews
    if not crews.pause.any():
        return np.zeros(run.groups.n)
    hiding = np.bincount(crews.group, crews.people * (crews.pause > 0.0), minlength=run.groups.n)
    return hiding / np.maximum(group_sizes(run), 1.0)


def crews_by_plaza(run: Run) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Crews by plaza, then by the stable id of their group: order (n,) and pointers (n_plazas + 1,)."""
    crews, ids = run.crews, run.groups.id
    key = (crews.group.tobytes(), crews.plaza.tobytes(), ids.tobytes())
    return run.keep("crews_by_plaza", key, lambda: _by_plaza(run))


def _by_plaza(run: Run) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    crews = run.crews
    order = np.lexsort((run.groups.id[crews.group], crews.plaza)).astype(np.int64)
    counts = np.bincount(crews.plaza, minlength=run.plazas.n)
    return order, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def settle_crews(run: Run) -> None:
    """Merge crews of the same group and place, sort and re-index."""
    crews = run.crews
    key = crews.group.astype(np.int64) * run.world.plazas.n + crews.plaza
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(key[order[1:]] == key[order[:-1]])
    for position in again[::-1].tolist():
        _merge(run, int(order[position + 1]), int(order[position]))
    if again.size:
        crews.take(np.delete(order, again + 1))
    index_crews(run)


def _merge(run: Run, row: int, into: int) -> None:
    """Add a crew to another: amounts are summed, states are averaged by people."""
    crews = run.crews
    mine, theirs = float(crews.members[row].sum()), float(crews.members[into].sum())
    weight = mine / (mine + theirs) if mine + theirs > 0 else 0.5
    for name in AVERAGED:
        column = getattr(crews, name)
        column[into] += weight * (column[row] - column[into])
    for name in ADDED_UP:
        column = getattr(crews, name)
        column[into] += column[row]
    crews.contact[into] = np.maximum(crews.contact[into], crews.contact[row])
    crews.unfilled[into] &= crews.unfilled[row]


def index_crews(run: Run) -> None:
    """Sort and re-index, and count the change so that handles can see it."""
    run.crews.index(run.groups.n, run.world.plazas.n)
    version = run.extra.setdefault("crews.version", np.zeros(1, dtype=np.int64))
    version[0] += 1


def drop_empty_crews(run: Run, rows: NDArray[np.int64]) -> None:
    """Hand what is left in crews without people to the strongest crew beside them, and take the rows away.

    Strongest means most members in the same place, else in the same group; what nobody can take leaves the model.
    """
    crews, gid = run.crews, run.groups.id
    going = np.zeros(crews.n, dtype=bool)
    going[rows] = True
    size = crews.people
    for row in rows.tolist():
        near = np.flatnonzero((crews.plaza == crews.plaza[row]) & ~going)
        own = np.flatnonzero((crews.group == crews.group[row]) & ~going)
        heirs = near if near.size else own
        if heirs.size:
            heir = heirs[np.lexsort((crews.plaza[heirs], gid[crews.group[heirs]], -size[heirs]))[0]]
            for name in ADDED_UP:
                getattr(crews, name)[heir] += getattr(crews, name)[row]
        else:
            _lose(run, row)
    if rows.size:
        crews.take(np.flatnonzero(~going))


def _lose(run: Run, row: int) -> None:
    for name, target in LEFT_BEHIND.items():
        column = getattr(run.crews, name)
        if np.any(column[row]):
            total = column[row].sum() if name == "members" else column[row].copy()
            run.ledger.post(COMMODITY[name], f"crews.{name}", target, total, "groups_ended")
            column[row] = 0


def divide_crews(
    run: Run, rows: NDArray[np.int64], share: NDArray[np.float64], u: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Split off a share of each crew as new last rows in the same group and place; returns those rows, (n,).

    rows are distinct; whole numbers are rounded at random with u (n,). The caller gives the new rows group or place.
    """
    crews = run.crews
    where = crews.append(len(rows))
    crews.group[where], crews.plaza[where] = crews.group[rows], crews.plaza[rows]
    for name in (*AVERAGED, *OF_ITS_OWN):
        getattr(crews, name)[where] = getattr(crews, name)[rows]
    for name in ADDED_UP:
        column = getattr(crews, name)
        have = column[rows]
        shape = (-1, *([1] * (have.ndim - 1)))
        part = have * share.reshape(shape)
        if column.dtype == np.int64:
            part = np.minimum(np.floor(part + u.reshape(shape)).astype(np.int64), have)
        column[where] = part
        column[rows] = have - part
    crews.unfilled[where], crews.contact[where] = True, 0.0
    return np.arange(where.start, where.stop)


def free_row(run: Run) -> int:
    """The lowest unused row of the table of groups, or -1 when it is full."""
    rows = np.flatnonzero(~run.groups.alive)
    return int(rows[0]) if rows.size else -1


def born(run: Run, parent: int, share: float) -> int:
    """Make a splinter of a group: what it knows is copied, of what it has it gets `share`; returns its row or -1.

    The name is the parent's with an ordinal, the id is the hash of the name. Crews are moved by the caller.
    """
    row = free_row(run)
    if row < 0:
        return -1
    groups = run.groups
    name, number = _free_name(run, parent)
    for column in groups.columns:
        if column not in OWN:
            values = getattr(groups, column)
            values[row] = values[parent]
    for column in _amounts(run):
        values = getattr(groups, column)
        values[row] = values[parent] * share
        values[parent] = values[parent] * (1.0 - share)
    for matrix in (groups.rivalry, groups.alliance):
        matrix[:, row] = matrix[:, parent]
        matrix[row, row] = 0.0
    groups.births[parent] = number
    groups.id[row], groups.parent[row], groups.birth_week[row] = stable_id(name), groups.id[parent], run.week
    groups.births[row] = groups.removals[row] = 0
    groups.removed[row] = groups.named[row] = False
    part = groups.treasury[parent] * share
    groups.treasury[row] = part
    groups.treasury[parent] -= part
    groups.accused[row] = groups.charged[row] = groups.prisoners[row] = 0
    run.names[row] = name
    for values in _known_of_groups(run):
        values[..., row] = values[..., parent]
    return row


def _free_name(run: Run, parent: int) -> tuple[str, int]:
    number = int(run.groups.births[parent]) + 1
    while stable_id(f"{run.names[parent]}-{number}") in run.groups.id[run.groups.alive]:
        number += 1
    return f"{run.names[parent]}-{number}", number


def take_over(run: Run, row: int, into: int) -> None:
    """Everything of one group passes to another and its row is freed. Follow with `settle_crews`."""
    groups = run.groups
    run.crews.group[run.crews.group == row] = into
    run.loads.group[run.loads.group == row] = into
    for column in ("treasury", "accused", "charged", "prisoners"):
        values = getattr(groups, column)
        values[into] += values[row]
        values[row] = 0
    for column in _amounts(run):
        values = getattr(groups, column)
        values[into] += values[row]
    _free(run, row, into)


def die(run: Run, row: int) -> None:
    """A group ends: crews pass to whoever is beside them, loads, money and prisoners leave the model."""
    groups, loads, ledger = run.groups, run.loads, run.ledger
    crews = np.flatnonzero(run.crews.group == row)
    left = int(run.crews.members[crews].sum())
    if left:
        ledger.post("members", "crews.members", LEFT_BEHIND["members"], left, "groups_ended")
        run.crews.members[crews] = 0
    drop_empty_crews(run, crews)
    lost = loads.group == row
    if lost.any():
        width = groups.axes["drug"]
        for name in ("pure", "diluent"):
            total = np.bincount(loads.drug[lost], getattr(loads, name)[lost], minlength=width)
            ledger.post(name, f"loads.{name}", LEFT_BEHIND[name], total, "groups_ended")
        loads.take(~lost)
    ledger.post("usd", "groups.treasury", HOARD, groups.treasury[row], "groups_ended")
    for column in ("accused", "charged", "prisoners"):
        held = int(getattr(groups, column)[row].sum())
        ledger.post("members", f"groups.{column}", CASES, held, "groups_ended")
    for column in ("treasury", "accused", "charged", "prisoners"):
        getattr(groups, column)[row] = 0
    _free(run, row, -1)


def _amounts(run: Run) -> list[str]:
    """Columns of groups that are amounts and that this table has."""
    return [name for name in OF_THE_WHOLE if name in run.groups.columns]


def _free(run: Run, row: int, into: int) -> None:
    """Clear a row of the table of groups and whatever is kept about it elsewhere."""
    groups = run.groups
    groups.clear(row)
    groups.rivalry[:, row] = 0.0
    groups.alliance[:, row] = 0.0
    run.plazas.holder[run.plazas.holder == row] = into
    for values in _known_of_groups(run):
        values[..., row] = 0.0
    run.names[row] = ""


def _known_of_groups(run: Run) -> Sequence[NDArray[np.float64]]:
    """Arrays of other tables whose last axis is the group."""
    return run.units.intelligence, run.seen.members, run.seen.prominence
