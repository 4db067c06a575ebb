"""Territory: beaten and tiny crews withdraw, groups with means send detachments next door and relief to US hubs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import deal_whole
from sim.kernels_links import OPEN
from sim.kernels_territory import next_door, pick_targets
from sim.state.crews import ARMED, MANAGER, TRANSIT
from sim.state.lineage import divide_crews, group_sizes, lying_low
from sim.state.run import Run
from sim.week.structure.brokers import bring_along

Floats = NDArray[Any]
Ints = NDArray[Any]


TERRITORY_WEEKS = 4
"""Groups review where their crews are once in so many weeks."""


def withdraw(run: Run) -> bool:
    """Beaten crews may move to a neighbouring plaza; crews too small to stay join the group's others."""
    p, crews, plazas = run.p, run.crews, run.world.plazas
    size = crews.people
    strength = crews.members[:, ARMED] + 0.5
    there = np.bincount(crews.plaza, strength, minlength=plazas.n) + run.plazas.soldiers
    share = strength / there[crews.plaza]
    chance = 1.0 - (1.0 - p["withdraw_prob"] * (1.0 - share) ** 2) ** crews.beaten
    crews.beaten[:] = 0.0
    chance = np.where(
        (size > 0) & (size < p["crew_least"]),
        np.maximum(chance, 1.0 - (1.0 - p["fold_prob"]) ** TERRITORY_WEEKS),
        chance,
    )
    gid = run.groups.id[crews.group]
    going = np.flatnonzero(run.draws.uniform("structure/withdraw", gid, crews.plaza) < chance)
    moved = False
    for row in going[np.lexsort((crews.plaza[going], gid[going]))].tolist():
        moved |= _move_next_door(run, row)
    return moved


def _move_next_door(run: Run, row: int) -> bool:
    """Move a crew next door: where no soldiers are, its group is strongest, else others are weakest."""
    crews, plazas = run.crews, run.world.plazas
    best = next_door(
        row, crews.group, crews.plaza, crews.members, plazas.neighbour_ptr, plazas.neighbour_idx, run.plazas.soldiers
    )  # fmt: skip
    if best < 0:
        return False
    crews.plaza[row] = best
    crews.weeks[row] = crews.hidden[row] = 0.0
    crews.onto[row] = OPEN
    return True


def expand(run: Run) -> bool:
    """Groups with a leader, people and money send a detachment to a plaza next door that is worth it."""
    p, groups, crews = run.p, run.groups, run.crews
    size = group_sizes(run)
    rich = groups.treasury > p["expand_treasury_weeks"] * groups.wage * size
    ready = groups.alive & (groups.vacancy == 0) & rich & (groups.paid > 0.9)
    drive = (
        groups.aggression / p["aggression_usual"] * np.sqrt(size / p["expand_size"]) * (1.0 - lying_low(run))
    )
    crew = size / np.maximum(np.bincount(crews.group, minlength=groups.n), 1)
    thick = np.minimum(1.0, crew / p["expand_crew"]) ** 2
    mean = np.where(ready, TERRITORY_WEEKS * p["expand_rate"] * drive * thick * (1.0 - groups.shock), 0.0)
    going = np.flatnonzero(
        run.draws.uniform("structure/expand", groups.id) < -np.expm1(-np.maximum(mean, 0.0))
    )
    armed = np.bincount(crews.plaza, crews.members[:, ARMED], minlength=run.plazas.n) + run.plazas.soldiers
    found = _pick_targets(run, going[np.argsort(groups.id[going])], armed)
    if found.size:
        share = np.full(len(found), p["expand_share"])
        source = found[:, 0].astype(np.int64)
        new = divide_crews(run, source, share, found[:, 2])
        crews.plaza[new] = found[:, 1].astype(np.int32)
        bring_along(run, new, crews.plaza[source])
        crews.weeks[new] = crews.protection[new] = 0.0
    return bool(found.size)


def _pick_targets(run: Run, going: Ints, armed: Floats) -> Floats:
    """For each group (rows `going`, (n,)) that finds any: crew, plaza next door, and a uniform, (m, 3).

    armed: armed people of all groups and soldiers by plaza, (n_plazas,).
    """
    p, crews, plazas = run.p, run.crews, run.world.plazas
    keys = run.draws.keys(("structure/source", "structure/target")).reshape(-1)
    return np.asarray(
        pick_targets(
            going, run.groups.id, crews.group, crews.plaza, crews.members, plazas.neighbour_ptr, plazas.neighbour_idx,
            run.plazas.worth, armed, p["expand_from"], p["expand_share"], keys, run.draws.week_word,
        )
    )  # fmt: skip


def relieve_hubs(run: Run) -> bool:
    """Groups send transit members and managers to their US hubs, where nobody is recruited; always False.

    Wished people at hubs are `members_us_share` of a group's members, by people of the areas where it has a hub; each
    review closes part of the gap, with people from its crews in Mexico in their own roles. Source: assumption F10.
    """
    p, crews, groups = run.p, run.crews, run.groups
    area = run.world.plazas.hub_area[crews.plaza]
    abroad, size = area >= 0, crews.people
    everyone, there = group_sizes(run), np.bincount(crews.group, size * abroad, minlength=groups.n)
    ready = (groups.alive & (groups.vacancy == 0) & (groups.paid > 0.9)) * (1.0 - lying_low(run))
    gap = np.maximum(p["members_us_share"] * everyone - there, 0.0) * ready
    mean = gap * min(1.0, TERRITORY_WEEKS / p["hub_relief_weeks"])
    going = np.floor(mean + run.draws.uniform("structure/relief", groups.id)).astype(np.int64)
    market = np.where(abroad, run.world.areas.population[np.maximum(area, 0)], 0.0)
    going[np.bincount(crews.group, market, minlength=groups.n) <= 0] = 0
    for role, share in ((TRANSIT, 1.0 - p["hub_relief_managers"]), (MANAGER, p["hub_relief_managers"])):
        sent = np.floor(going * share + run.draws.uniform("structure/relief-role", groups.id, role))
        home = crews.members[:, role] * ~abroad
        able = np.bincount(crews.group, home, minlength=groups.n).astype(np.int64) // 4
        sent = np.minimum(sent.astype(np.int64), able)
        offset = run.draws.uniform("structure/relief-place", groups.id, role)
        for sign, weight in ((-1, home.astype(float)), (1, market)):
            crews.members[:, role] += sign * deal_whole(sent, crews.group.astype(np.int64), weight, offset)
    return False
