"""Succession: the contest after a leader is lost, who takes over, and who breaks away with what."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.state.crews import MANAGER
from sim.state.lineage import born, divide_crews, group_sizes
from sim.state.run import Run

Floats = NDArray[Any]
Ints = NDArray[Any]


def succeed(run: Run) -> bool:
    """Open a contest where a leader was removed, and settle the contests that are due; True when crews changed."""
    p, groups = run.p, run.groups
    size = group_sizes(run)
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
    score = (
        p["split_base"]
        + p["split_lieutenants"] * np.log(lieutenants.size)
        + p["split_enemies"] * np.log1p(enemies)
    )
    score += p["split_grievance"] * grievance - p["split_heir"] * clear
    return float(1.0 / (1.0 + np.exp(-score)))


def _split(run: Run, g: int, heir: int, rival: int, skill: float) -> bool:
    """A lieutenant leaves with the crews that are nearer and less loyal; crews in between are divided."""
    p, groups, crews, plazas = run.p, run.groups, run.crews, run.world.plazas
    rows = np.flatnonzero(crews.group == g)
    from_heir = _km(plazas, crews.plaza[rows], int(crews.plaza[heir]))
    away = from_heir - _km(plazas, crews.plaza[rows], int(crews.plaza[rival]))
    score = away / p["split_km"] + p["split_loyalty"] * (p["split_loyal"] - crews.loyalty[rows])
    score -= p["split_inertia"]
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
