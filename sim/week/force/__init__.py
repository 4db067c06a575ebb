"""Who joins and leaves groups, and who fights: `recruit` and `fight`.

This file is the order of things and the fights of crews; `joining`, `gangs` and `presence` each do one more. It
does not decide how many people a group wants (`plan`), who is arrested (`enforce`, `prosecute`) or what becomes of a
group that lost its leader (`restructure`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_force import CONSTANTS, hostilities, leave
from sim.kernels_sums import over_columns
from sim.ledger import conversion
from sim.state.crews import ARMED, MANAGER
from sim.state.lineage import crews_by_plaza
from sim.state.run import Run, process
from sim.state.tally import SUCCESSION
from sim.week.force.gangs import hire, street_week
from sim.week.force.joining import COERCION, EXIT, counts, drop_out, join_up, joining_prob
from sim.week.force.presence import TRAINING, abuse, forces_integrity, lie_low

__all__ = ["fight", "joining_prob", "recruit", "strength_of"]

Floats = NDArray[Any]
Ints = NDArray[Any]

KILLED = conversion("killed", "members", "members killed in fights, purges and clashes")
FIRED = conversion("fired", "ammunition", "rounds fired in fights and clashes")
GUNS_LOST = conversion("guns_lost_in_fights", "guns", "guns of the dead that nobody took")
GUNS_TAKEN = conversion("guns_taken_by_forces", "guns", "guns of members killed by forces")


@process(
    reads=("groups", "crews", "plazas", COERCION, EXIT),
    writes=("crews", "plazas", "tally"),
    accounts=("crews.members",),
)
def recruit(run: Run) -> None:
    """Recruiters approach young people at risk, some of whom join; some members leave.

    Source: joining, Prieto-Curiel 2025 form in mechanisms.md (individual, per approach); leaving, assumption F1.
    """
    join_up(run)
    drop_out(run)


@process(
    reads=("groups", "crews", "plazas", "arms", "units", f"lever {TRAINING}"),
    writes=("crews", "groups", "plazas", "tally"),
    accounts=("crews.members", "crews.guns", "crews.ammunition", "groups.treasury"),
)
def fight(run: Run) -> None:
    """Crews of one plaza fight over profit, forces clash with crews, gangs feud and resist, groups in succession purge.

    Source: chance of a fight, rivalry over alliance as in doi:10.1126/science.adh2888; losses, Lanchester's square law;
    scales are assumptions F2 to F5 and F19 to F21, fitted to the national account.
    """
    groups, places, tally = run.groups, run.plazas, run.tally
    by_group, clashes = np.zeros((groups.n, 3)), np.zeros(places.n)
    lie_low(run)
    totals = _hostilities(run, by_group, clashes)
    _purge(run, by_group)
    abuse(run, clashes)
    rate = 1.0 / run.p["memory_weeks"]
    for column, now in zip((groups.killed, groups.fights, groups.fired), by_group.T, strict=True):
        column += rate * (now - column)
    dead = over_columns(tally.deaths_members[0])
    members = np.bincount(run.crews.plaza, run.crews.people, minlength=places.n)
    places.violence += rate * (dead + over_columns(tally.deaths[0]) - places.violence)
    slow = 1.0 / run.p["risk_memory_weeks"]
    smooth = run.p["risk_crowd"]
    for risk, count in ((places.risk_killed, dead), (places.risk_arrest, tally.arrests[0])):
        risk += slow * (count / (members + count + smooth) - risk)
    mean_background = run.p["background_homicide_rate"] * _mexican(run) * run.world.plazas.population
    tally.background[0] += run.draws.poisson("force/background", mean_background, np.arange(places.n))
    _leaders_killed(run, by_group[:, 0])
    _post_losses(run, totals)


def strength_of(run: Run) -> Floats:
    """Armed strength of every crew, (n,): armed people, those with a gun and rounds counting more."""
    crews = run.crews
    armed = crews.members[:, ARMED].astype(float)
    loaded = np.minimum(crews.guns[:, 0] + crews.guns[:, 1], crews.ammunition / run.p["fight_rounds_per_gun"])
    ready = np.minimum(1.0, loaded / np.maximum(armed, 1.0))
    return np.asarray(armed * (run.p["strength_unarmed"] + (1.0 - run.p["strength_unarmed"]) * ready))


def by_plaza(run: Run) -> tuple[Ints, Ints]:
    """Crews of Mexican plazas by plaza, then by the stable id of their group: order (n,) and pointers."""
    order, ptr = crews_by_plaza(run)
    return order, ptr[: int(np.count_nonzero(_mexican(run))) + 1]


def _mexican(run: Run) -> NDArray[np.bool_]:
    return run.keep("mexican plazas", 0, lambda: np.asarray(run.world.plazas.hub_area < 0))


def _hostilities(run: Run, by_group: Floats, clashes: Floats) -> Ints:
    """Fights and clashes of crews, then what gangs do; fills by_group (G, 3) and clashes (P,), returns totals."""
    p, crews, groups, places, tally = run.p, run.crews, run.groups, run.plazas, run.tally
    order, ptr = by_plaza(run)
    c = run.keep("fight constants", p.version, lambda: np.array([p[name] for name in CONSTANTS]))
    keys = np.array([*run.draws.key("force/fight"), *run.draws.key("force/clash")], dtype=np.uint64)
    young = groups.birth_week > run.week - p["succession_weeks"]
    new = np.exp(-crews.weeks / p["newcomer_weeks"])
    totals = np.zeros(6, dtype=np.int64)
    aggression = groups.aggression / p["aggression_usual"]
    hostilities(
        order, ptr, crews.group, groups.id, groups.parent, young, crews.members, crews.guns, crews.ammunition,
        crews.protection, new, crews.beaten, strength_of(run) + hire(run), groups.rivalry,
        1.0 + groups.alliance.sum(axis=1), groups.alliance, aggression, groups.shock, places.worth, places.contest,
        places.forces_new, places.patrol,
        places.soldiers, 1.0 - forces_integrity(run), crews.hidden, places.gang, c, keys, run.draws.week_word,
        tally.deaths_members[0], tally.deaths[0], tally.fights[0], clashes, tally.deaths_gang[0],
        tally.guns_taken_mx[0], by_group, totals,
    )  # fmt: skip
    street_week(run, order, ptr, new, by_group, totals)
    return totals


def _purge(run: Run, by_group: Floats) -> None:
    """Groups whose leader was lost kill some of their own and of their associates (succession)."""
    p, crews, groups, tally = run.p, run.crews, run.groups, run.tally
    rows = np.flatnonzero(groups.shock[crews.group] > 0)
    if not rows.size:
        return
    group, plaza, members = crews.group[rows], crews.plaza[rows], crews.members[rows]
    u = run.draws.words("force/purge", groups.id[group], plaza)
    dead = counts(u[..., 0], members.sum(axis=1), p["purge_rate"] * groups.shock[group])
    managers = members[:, MANAGER].copy()
    leave(members, dead, np.ascontiguousarray(u[..., 1]))
    crews.members[rows] = members
    crews.managers_lost[rows] += managers - members[:, MANAGER]
    tally.deaths_members[0, :, SUCCESSION] += np.bincount(plaza, dead, minlength=run.plazas.n)
    others = run.draws.poisson("force/purged", dead * p["purge_associates"], groups.id[group], plaza)
    tally.deaths[0, :, SUCCESSION] += np.bincount(plaza, others, minlength=run.plazas.n)
    by_group[:, 0] += np.bincount(group, dead, minlength=groups.n)
    run.ledger.post("members", "crews.members", KILLED, int(dead.sum()), "killed")


def _leaders_killed(run: Run, killed: Floats) -> None:
    """The leader of a group that loses people may be among them."""
    groups = run.groups
    members = np.bincount(run.crews.group, run.crews.people, minlength=groups.n)
    mean = run.p["leader_exposure"] * killed / np.maximum(members, 1.0)
    hit = (
        run.draws.bernoulli("force/leader", -np.expm1(-mean), groups.id)
        & groups.alive
        & (groups.vacancy == 0)
    )
    for row in np.flatnonzero(hit & ~groups.removed).tolist():
        groups.removed[row] = True
        run.note("leader killed by rivals", run.names[row])


def _post_losses(run: Run, totals: Ints) -> None:
    ledger = run.ledger
    ledger.post("guns", "crews.guns", GUNS_LOST, totals[0:2], "guns_lost_in_fights")
    ledger.post("guns", "crews.guns", GUNS_TAKEN, totals[2:4], "guns_taken_by_forces")
    ledger.post("ammunition", "crews.ammunition", FIRED, int(totals[4]), "fired")
    ledger.post("members", "crews.members", KILLED, int(totals[5]), "killed")
