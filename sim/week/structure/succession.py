"""Succession: the contest after a leader is lost, who takes over, and who breaks away with what."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_links import branches, through
from sim.state.crews import MANAGER
from sim.state.lineage import born, divide_crews, group_sizes
from sim.state.run import Run
from sim.week.structure.brokers import role_weights

Floats = NDArray[Any]
Ints = NDArray[Any]


def succeed(run: Run) -> bool:
    """Open a contest where a leader was removed, and settle the contests that are due; True when crews changed."""
    p, groups = run.p, run.groups
    lost = np.flatnonzero(groups.removed & groups.alive).tolist()
    size = group_sizes(run) if lost else np.zeros(0)
    for g in lost:
        weeks = p["succession_delay_weeks"] * (max(size[g], 1.0) / 1000.0) ** p["succession_delay_size"]
        groups.vacancy[g] = 1 + int(weeks * (0.5 + run.draws.scalar("structure/delay", int(groups.id[g]))))
        groups.removals[g] += 1
        groups.skill[g] *= p["deputy_skill"]
        groups.shock[g] = max(groups.shock[g], p["removal_shock"])
        groups.arranged[g] = -np.expm1(-groups.tenure[g] / p["heir_weeks"])
        groups.tenure[g] = 0.0
        _end_pacts(run, g)
        run.note("leader lost", run.names[g])
    groups.removed[:] = False
    open_contests = np.flatnonzero(groups.alive & (groups.vacancy > 0))
    groups.vacancy[open_contests] -= 1
    changed = False
    due = open_contests[groups.vacancy[open_contests] == 0]
    for g in due[np.argsort(groups.id[due])].tolist():
        changed |= _settle_contest(run, g)
    return changed


def _end_pacts(run: Run, g: int) -> None:
    """Pacts were the lost leader's: some end with him. Source: assumption F12."""
    groups = run.groups
    allies = np.flatnonzero(groups.alliance[g])
    lost = allies[
        run.draws.uniform("structure/pact-lost", groups.id[g], groups.id[allies]) < run.p["pact_personal"]
    ]
    groups.alliance[g, lost] = groups.alliance[lost, g] = 0.0


def _settle_contest(run: Run, g: int) -> bool:
    """Choose the heir among lieutenants; those passed over may leave with crews. True when the group split."""
    p, groups, crews = run.p, run.groups, run.crews
    able, following = contenders(run, g)
    if able.size == 0:
        return False
    skill = run.draws.uniform("structure/lieutenant", groups.id[g], crews.plaza[able])
    weight = lieutenant_weights(run, able, skill) * following
    deputy = int(np.argmax(weight))
    weight[deputy] *= 1.0 + p["heir_standing"] * groups.arranged[g]
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


def contenders(run: Run, g: int) -> tuple[Ints, Floats]:
    """Crews whose bosses can contend for the lead, and their following over the mean of these, both (n,).

    Following is the people whose goods go through a crew, its own included. The one with most contends, and whoever has
    a share of the group behind him. Source: who leads has power over others' trade (betweenness in chains of supply),
    doi:10.1038/srep04238; the bound is assumption F8.
    """
    crews = run.crews
    first, last = int(crews.ptr[g]), int(crews.ptr[g + 1])
    people = branches(first, last, crews.plaza, crews.at[g], crews.onto, crews.people)
    rows = np.arange(first, last)
    able = (run.world.plazas.hub_area[crews.plaza[rows]] < 0) & (crews.members[rows, MANAGER] > 0)
    rows, people = rows[able], people[able]
    if not rows.size:
        return rows, people
    least = min(run.p["contender_share"] * group_sizes(run)[g], people.max())
    rows, people = rows[people >= least], people[people >= least]
    return rows, people / people.mean()


def lieutenant_weights(run: Run, rows: Ints, skill: Floats) -> Floats:
    """Weight of each lieutenant (n,) of one group in a contest, as for any vacancy: at the group's largest crew."""
    main = rows[np.argmax(run.crews.members[rows].sum(axis=1))]
    return role_weights(run, rows, skill, int(run.crews.plaza[main]))


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
    score = (
        p["split_base"]
        + p["split_lieutenants"] * np.log(lieutenants.size)
        + p["split_enemies"] * np.log1p(enemies)
    )
    score += p["split_grievance"] * grievance - p["split_heir"] * clear
    return float(np.exp(-np.logaddexp(0.0, -score)))


def _split(run: Run, g: int, heir: int, rival: int, skill: float) -> bool:
    """A lieutenant leaves with the crews that are nearer and less loyal; crews in between are divided."""
    p, groups, crews, plazas = run.p, run.groups, run.crews, run.world.plazas
    rows = np.flatnonzero(crews.group == g)
    from_heir = _km(plazas, crews.plaza[rows], int(crews.plaza[heir]))
    away = from_heir - _km(plazas, crews.plaza[rows], int(crews.plaza[rival]))
    score = away / p["split_km"] + p["split_loyalty"] * (p["split_loyal"] - crews.loyalty[rows])
    score -= p["split_inertia"]
    side = [through(rows, via, crews.plaza, crews.at[g], crews.onto) for via in (rival, heir)]
    score += p["split_branch"] * (side[0] - side[1])
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
