"""How organisations change: succession and splits, withdrawal, expansion, absorption, death, alliances, who holds what.

It does not remove leaders (an event, a case, a fight: `groups.removed`) and it does not move people one by one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_force import hold
from sim.state.crews import ARMED, MANAGER
from sim.state.lineage import born, die, divide_crews, drop_empty_crews, settle_crews, take_over
from sim.state.run import Run, process

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RELATIONS_WEEKS = 13
"""Alliances and the rivalry of neighbours are reviewed once a quarter."""


@process(
    reads=("groups", "crews", "plazas"),
    writes=("groups", "crews", "plazas", "loads", "units", "seen"),
    accounts=(
        *(f"crews.{name}" for name in ("members", "cash", "pure", "diluent", "precursor", "guns", "ammunition")),
        "groups.treasury",
        "groups.accused",
        "groups.prisoners",
        "loads.pure",
        "loads.diluent",
    ),
)
def restructure(run: Run) -> None:
    """Leaders are succeeded, groups split, crews withdraw and expand, small or broke groups are taken over or end.

    Source: replacement by skill x trust x (1 + degree), doi:10.1038/srep04238; the rest assumptions F6 to F12.
    """
    _age(run)
    changed = _succeed(run)
    changed |= _withdraw(run)
    changed |= _expand(run)
    if changed:
        settle_crews(run)
    if _take_over_weak(run):
        settle_crews(run)
    if _end_empty(run):
        settle_crews(run)
    if run.week % RELATIONS_WEEKS == 0:
        _review_relations(run)
    set_holders(run)


def _age(run: Run) -> None:
    """Time passes: tenure, contests, shock, pauses, newcomers; loyalty moves toward what pay and leader deserve."""
    p, groups, crews = run.p, run.groups, run.crews
    groups.tenure[groups.alive] += 1.0
    groups.shock *= np.exp(-1.0 / p["shock_weeks"])
    groups.shock[groups.shock < 0.01] = 0.0
    np.maximum(groups.pause - 1.0, 0.0, out=groups.pause)
    crews.weeks += 1.0
    lead = p["loyalty_skill"] * (groups.skill - 0.5) - p["loyalty_shock"] * groups.shock
    due = p["loyalty_usual"] + lead - p["loyalty_unpaid"] * (1.0 - np.clip(groups.paid, 0.0, 1.0))
    crews.loyalty += (np.clip(due[crews.group], 0.0, 1.0) - crews.loyalty) / p["loyalty_weeks"]


# --- succession ------------------------------------------------------------------------------------------------------


def _succeed(run: Run) -> bool:
    """Open a contest where a leader was removed, and settle the contests that are due; True when crews changed."""
    p, groups = run.p, run.groups
    size = _sizes(run)
    for g in np.flatnonzero(groups.removed & groups.alive).tolist():
        weeks = p["succession_delay_weeks"] * (max(size[g], 1.0) / 1000.0) ** p["succession_delay_size"]
        groups.vacancy[g] = 1 + int(weeks * (0.5 + run.draws.scalar("structure/delay", int(groups.id[g]))))
        groups.removals[g] += 1
        groups.skill[g] *= p["deputy_skill"]
        groups.shock[g] = max(groups.shock[g], p["removal_shock"])
        groups.tenure[g] = 0.0
        run.note("leader lost", run.names[g])
    groups.removed[:] = False
    open_contests = np.flatnonzero(groups.alive & (groups.vacancy > 0))
    groups.vacancy[open_contests] -= 1
    changed = False
    due = open_contests[groups.vacancy[open_contests] == 0]
    for g in due[np.argsort(groups.id[due])].tolist():
        changed |= _settle_contest(run, g)
    return changed


def _settle_contest(run: Run, g: int) -> bool:
    """Choose the heir among lieutenants; those passed over may leave with crews. True when the group split."""
    p, groups, crews = run.p, run.groups, run.crews
    rows = np.flatnonzero((crews.group == g) & (run.world.plazas.hub_area[crews.plaza] < 0))
    able = rows[crews.members[rows, MANAGER] > 0]
    if able.size == 0:
        return False
    skill = run.draws.uniform("structure/lieutenant", groups.id[g], crews.plaza[able])
    weight = lieutenant_weights(run, able, skill)
    score = np.log(run.draws.uniform("structure/heir", groups.id[g], crews.plaza[able])) / weight
    heir = int(np.argmax(score))
    groups.skill[g], groups.tenure[g] = skill[heir], 0.0
    if able.size < 2:
        return False
    left = np.delete(np.arange(able.size), heir)
    left = left[np.argsort(-weight[left], kind="stable")]
    chance = split_prob(run, g, able, weight, heir)
    split = False
    for turn, rival in enumerate(left[: int(p["split_most"])].tolist()):
        if run.draws.scalar("structure/split", int(groups.id[g]), turn) >= chance:
            break
        split |= _split(run, g, int(able[heir]), int(able[rival]), float(skill[rival]))
        chance *= p["split_again"]
    return split


def lieutenant_weights(run: Run, rows: Ints, skill: Floats) -> Floats:
    """Weight of each lieutenant (one per crew with managers, (n,)) in a contest, by the switch `replacement`.

    degree: skill x trust x (1 + own crews next door); triadic: links among those neighbours count too; distance:
    nearness to the group's largest crew; random: all alike. Trust is the crew's loyalty. Source: doi:10.1038/srep04238.
    """
    rule, crews, plazas = run.p.switch("replacement"), run.crews, run.world.plazas
    if rule == "random":
        return np.ones(rows.size)
    weight = (0.05 + skill) * (0.05 + crews.loyalty[rows])
    near = _near(run, crews.plaza[rows])
    if rule == "distance":
        main = int(np.argmax(crews.members[rows].sum(axis=1)))
        km = _km(plazas, crews.plaza[rows], int(crews.plaza[rows[main]]))
        return np.asarray(weight * np.exp(-km / run.p["replacement_km"]))
    degree = near.sum(axis=1)
    if rule == "triadic":
        degree = degree + np.einsum("ij,jk,ki->i", near, near, near) / 2.0
    return np.asarray(weight * (1.0 + degree))


def _near(run: Run, places: Ints) -> Floats:
    """Which of the places are neighbours, (n, n) 0 or 1."""
    cells, cell = run.world.cells, run.world.plazas.cell[places]
    x, y = cells.x[cell], cells.y[cell]
    near = (np.abs(x[:, None] - x) <= 1) & (np.abs(y[:, None] - y) <= 1)
    np.fill_diagonal(near, False)
    return near.astype(float)


def _km(plazas: object, places: Ints, centre: int) -> Floats:
    """Kilometres from each place to one, on a plane (enough within one country)."""
    lat, lon = plazas.lat, plazas.lon  # type: ignore[attr-defined]
    dy = 111.2 * (lat[places] - lat[centre])
    dx = 111.2 * (lon[places] - lon[centre]) * np.cos(np.radians(lat[centre]))
    return np.asarray(np.hypot(dx, dy))


def split_prob(run: Run, g: int, lieutenants: Ints, weight: Floats, heir: int) -> float:
    """Chance that a passed-over lieutenant breaks away: lieutenants, enemies and grievance against a clear heir."""
    p, groups, crews = run.p, run.groups, run.crews
    enemies = int(np.count_nonzero(groups.rivalry[g] > p["enemy_rivalry"]))
    grievance = 1.0 - np.clip(groups.paid[g], 0.0, 1.0)
    grievance += max(0.0, p["loyalty_usual"] - float(np.average(crews.loyalty[lieutenants])))
    best_rival = np.max(np.delete(weight, heir))
    clear = max(0.0, 1.0 - best_rival / max(weight[heir], 1e-9))
    score = p["split_base"] + p["split_lieutenants"] * np.log(lieutenants.size) + p["split_enemies"] * np.log1p(enemies)
    score += p["split_grievance"] * grievance - p["split_heir"] * clear
    return float(1.0 / (1.0 + np.exp(-score)))


def _split(run: Run, g: int, heir: int, rival: int, skill: float) -> bool:
    """A lieutenant leaves with the crews that are nearer and less loyal; crews in between are divided."""
    p, groups, crews, plazas = run.p, run.groups, run.crews, run.world.plazas
    rows = np.flatnonzero(crews.group == g)
    away = _km(plazas, crews.plaza[rows], int(crews.plaza[heir])) - _km(plazas, crews.plaza[rows], int(crews.plaza[rival]))
    score = away / p["split_km"] + p["split_loyalty"] * (p["split_loyal"] - crews.loyalty[rows]) - p["split_inertia"]
    share = 1.0 / (1.0 + np.exp(-score))
    low = p["split_undivided"]
    share = np.where(share < low, 0.0, np.where(share > 1.0 - low, 1.0, share))
    share[rows == rival] = 1.0
    share[rows == heir] = 0.0
    size = crews.members[rows].sum(axis=1)
    part = float((size * share).sum() / max(size.sum(), 1))
    child = born(run, g, part * p["split_treasury"])
    if child < 0:
        return False
    u = run.draws.uniform("structure/divide", groups.id[child], crews.plaza[rows])
    crews.group[rows[share >= 1.0]] = child
    torn = (share > 0.0) & (share < 1.0)
    if torn.any():
        new = divide_crews(run, rows[torn], share[torn], u[torn])
        crews.group[new] = child
    groups.skill[child], groups.tenure[child], groups.vacancy[child] = skill, 0.0, 0
    groups.shock[child] = groups.shock[g] = max(groups.shock[g], p["split_shock"])
    groups.alliance[child] = groups.alliance[:, child] = 0.0
    groups.rivalry[g, child] = groups.rivalry[child, g] = p["split_rivalry"]
    run.note("split", run.names[g], run.names[child])
    return True


# --- territory -------------------------------------------------------------------------------------------------------


def _withdraw(run: Run) -> bool:
    """Beaten crews may move to a neighbouring plaza; crews too small to stay join the group's others."""
    p, crews, plazas = run.p, run.crews, run.world.plazas
    size = crews.people
    strength = crews.members[:, ARMED] + 0.5
    share = strength / np.bincount(crews.plaza, strength, minlength=plazas.n)[crews.plaza]
    chance = crews.beaten * p["withdraw_prob"] * (1.0 - share) ** 2
    chance = np.where((size > 0) & (size < p["crew_least"]), np.maximum(chance, p["fold_prob"]), chance)
    gid = run.groups.id[crews.group]
    going = np.flatnonzero(run.draws.uniform("structure/withdraw", gid, crews.plaza) < chance)
    moved = False
    for row in going[np.lexsort((crews.plaza[going], gid[going]))].tolist():
        moved |= _move_next_door(run, row)
    return moved


def _move_next_door(run: Run, row: int) -> bool:
    """Move a crew to the neighbouring plaza where its group is strongest, else where others are weakest."""
    crews = run.crews
    near = _neighbours(run, int(crews.plaza[row]))
    if near.size == 0:
        return False
    own, others = _presence(run, near, int(crews.group[row]))
    best = near[np.lexsort((near, others, -own))[0]]
    crews.plaza[row] = best
    crews.weeks[row] = 0.0
    return True


def _presence(run: Run, places: Ints, g: int) -> tuple[Floats, Floats]:
    """Armed people of group g and of all others in each of the places, both (n,)."""
    crews = run.crews
    armed = crews.members[:, ARMED].astype(float)
    mine = crews.group == g
    own = np.bincount(crews.plaza[mine], armed[mine], minlength=run.plazas.n)[places]
    return own, np.bincount(crews.plaza, armed, minlength=run.plazas.n)[places] - own


def _neighbours(run: Run, plaza: int) -> Ints:
    plazas = run.world.plazas
    return np.asarray(plazas.neighbour_idx[plazas.neighbour_ptr[plaza] : plazas.neighbour_ptr[plaza + 1]])


def _expand(run: Run) -> bool:
    """Groups with a leader, people and money send a detachment to a plaza next door that is worth it."""
    p, groups, crews = run.p, run.groups, run.crews
    size = _sizes(run)
    rich = groups.treasury > p["expand_treasury_weeks"] * groups.wage * size
    ready = groups.alive & (groups.vacancy == 0) & (groups.pause <= 0) & rich & (groups.paid > 0.9)
    drive = groups.aggression / p["aggression_usual"] * np.sqrt(size / p["expand_size"])
    crew = size / np.maximum(np.bincount(crews.group, minlength=groups.n), 1)
    thick = np.minimum(1.0, crew / p["expand_crew"]) ** 2
    mean = np.where(ready, p["expand_rate"] * drive * thick * (1.0 - groups.shock), 0.0)
    going = np.flatnonzero(run.draws.uniform("structure/expand", groups.id) < -np.expm1(-np.maximum(mean, 0.0)))
    sends = [_pick_target(run, g) for g in going[np.argsort(groups.id[going])].tolist()]
    found = np.array([item for item in sends if item is not None]).reshape(-1, 3)
    if found.size:
        share = np.full(len(found), p["expand_share"])
        new = divide_crews(run, found[:, 0].astype(np.int64), share, found[:, 2])
        crews.plaza[new] = found[:, 1].astype(np.int32)
        crews.weeks[new] = crews.protection[new] = 0.0
    return bool(found.size)


def _pick_target(run: Run, g: int) -> tuple[int, int, float] | None:
    """A crew of the group drawn by size, the best plaza next to it where the group is not, and a uniform."""
    p, crews, gid = run.p, run.crews, int(run.groups.id[g])
    mine = np.flatnonzero(crews.group == g)
    size = crews.members[mine].sum(axis=1)
    rows, size = mine[size >= p["expand_from"]], size[size >= p["expand_from"]]
    if rows.size == 0:
        return None
    u = run.draws.uniform("structure/source", gid, crews.plaza[rows])
    source = int(rows[np.argmax(np.log(u) / size)])
    near = _neighbours(run, int(crews.plaza[source]))
    near = near[~np.isin(near, crews.plaza[mine])]
    if near.size == 0:
        return None
    there = np.isin(crews.plaza, near)
    others = np.bincount(crews.plaza[there], crews.members[there, ARMED], minlength=run.plazas.n)[near]
    sent = p["expand_share"] * crews.members[source, ARMED] + 1.0
    value = (run.plazas.worth[near] + 1.0) * sent / (sent + others)
    u = run.draws.uniform("structure/target", gid, near)
    return source, int(near[np.argmax(np.log(u) / value)]), float(u[0])


# --- ends ------------------------------------------------------------------------------------------------------------


def _take_over_weak(run: Run) -> bool:
    """Small or unpaid groups are taken over by the strongest group beside them, allies first."""
    p, groups = run.p, run.groups
    size = _sizes(run)
    small = np.clip(1.0 - size / p["absorb_members"], 0.0, 1.0)
    broke = np.clip(1.0 - groups.paid / p["absorb_paid"], 0.0, 1.0)
    chance = np.where(groups.alive & (size > 0), p["absorb_rate"] * (small + broke * (size < p["absorb_broke_members"])), 0.0)
    weak = np.flatnonzero(run.draws.uniform("structure/absorb", groups.id) < chance)
    moved = False
    for g in weak[np.argsort(groups.id[weak])].tolist():
        into = _strongest_beside(run, g)
        if into >= 0:
            run.note("taken over", run.names[g], run.names[into])
            take_over(run, g, into)
            moved = True
    return moved


def _strongest_beside(run: Run, g: int) -> int:
    """Row of the group with most armed people in the plazas of g, an ally counting more; -1 when alone."""
    crews, groups = run.crews, run.groups
    places = crews.plaza[crews.group == g]
    beside = np.isin(crews.plaza, places) & (crews.group != g)
    armed = np.bincount(crews.group[beside], crews.members[beside, ARMED], minlength=groups.n)
    armed = armed * (1.0 + run.p["absorb_ally"] * groups.alliance[g])
    best = np.flatnonzero((armed == armed.max()) & (armed > 0))
    return int(best[np.argmin(groups.id[best])]) if best.size else -1


def _end_empty(run: Run) -> bool:
    """Crews without people close; groups without people end."""
    crews, groups = run.crews, run.groups
    size = crews.people
    dead = np.flatnonzero(groups.alive & (_sizes(run) == 0))
    for g in dead[np.argsort(groups.id[dead])].tolist():
        run.note("ended", run.names[g])
        die(run, g)
    empty = np.flatnonzero(run.crews.people == 0)
    drop_empty_crews(run, empty)
    return bool(dead.size or empty.size or len(size) != crews.n)


# --- relations -------------------------------------------------------------------------------------------------------


def _review_relations(run: Run) -> None:
    """Rivalry decays toward what overlapping territory gives; a common enemy makes allies, rivalry breaks alliances."""
    p, groups, crews = run.p, run.groups, run.crews
    rows = run.alive
    rows = rows[np.argsort(groups.id[rows])]
    people = np.zeros((groups.n, run.plazas.n))
    people[crews.group, crews.plaza] = crews.people
    people = people[rows]
    people /= np.sqrt((people**2).sum(axis=1, keepdims=True)) + 1e-12
    overlap = people @ people.T
    np.fill_diagonal(overlap, 0.0)
    grid = np.ix_(rows, rows)
    step = RELATIONS_WEEKS / p["rivalry_weeks"]
    rivalry = groups.rivalry[grid]
    rivalry += min(1.0, step) * (p["rivalry_overlap"] * overlap - rivalry)
    enmity = np.minimum(rivalry, 1.0)
    common = enmity @ enmity.T
    wish = np.clip(p["alliance_common"] * common / (1.0 + common) - p["alliance_rivalry"] * rivalry, 0.0, 1.0)
    np.fill_diagonal(wish, 0.0)
    groups.rivalry[grid] = rivalry
    groups.alliance[grid] += min(1.0, RELATIONS_WEEKS / p["alliance_weeks"]) * (wish - groups.alliance[grid])


def set_holders(run: Run) -> None:
    """Say who holds each plaza and how firmly; churn, fights and shocked holders raise contestation, time lowers it."""
    p, places, crews, groups = run.p, run.plazas, run.crews, run.groups
    order = np.lexsort((groups.id[crews.group], crews.plaza)).astype(np.int64)
    ptr = np.searchsorted(crews.plaza[order], np.arange(places.n + 1)).astype(np.int64)
    strength = crews.members[:, ARMED] * (0.5 + 0.5 * np.minimum(1.0, crews.guns.sum(axis=1) / np.maximum(crews.members[:, ARMED], 1)))
    before = np.where(places.holder >= 0, groups.id[places.holder], -1)
    top = np.empty(places.n, dtype=np.int64)
    hold(order, ptr, crews.group, strength, places.holder, places.hold, top)
    held = places.holder >= 0
    now = np.where(held, groups.id[places.holder], -1)
    changed = held & (before >= 0) & (now != before)
    shock = np.where(held, groups.shock[places.holder], 0.0)
    churn = np.minimum(1.0, run.tally.fights[0] * p["contest_fight"] + changed * p["contest_change"] + shock * p["contest_shock"])
    places.contest += (churn - places.contest) / p["contest_weeks"]


def _sizes(run: Run) -> Floats:
    """Members of every group row, (CAPACITY,)."""
    return np.bincount(run.crews.group, run.crews.people, minlength=run.groups.n)
