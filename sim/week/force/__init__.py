"""Who joins and leaves groups, and who fights: `recruit` and `fight`.

This file is the order of things and the fights of crews; `joining`, `gangs` and `presence` each do one more. It
does not decide how many people a group wants (`plan`), who is arrested (`enforce`, `prosecute`) or what becomes of a
group that lost its leader (`restructure`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_crews import leaders_lost, pacts, purge, remember_fights, remember_losses, strength
from sim.kernels_force import CONSTANTS, hostilities
from sim.ledger import conversion
from sim.state.lineage import crews_by_plaza
from sim.state.run import Run, process
from sim.week.force.gangs import armed_share, hire, street_week
from sim.week.force.joining import COERCION, EXIT, drop_out, join_up, joining_prob
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
    c = run.keep("memory of losses", run.p.version, lambda: _memory(run))
    remember_fights(by_group, c[0], groups.killed, groups.fights, groups.fired)
    remember_losses(
        run.crews.plaza, run.crews.members, tally.deaths_members[0], tally.deaths[0], tally.arrests[0], c,
        places.violence, places.risk_killed, places.risk_arrest,
    )  # fmt: skip
    mean_background = run.keep("background", run.p.version, lambda: _background(run))
    tally.background[0] += run.draws.poisson("force/background", mean_background, np.arange(places.n))
    _leaders_killed(run, by_group)
    _post_losses(run, totals)


def strength_of(run: Run) -> Floats:
    """Armed strength of every crew, (n,): armed people, those with a gun and rounds counting more."""
    crews, p = run.crews, run.p
    return np.asarray(
        strength(
            crews.members, crews.guns, crews.ammunition, p["fight_rounds_per_gun"], p["strength_unarmed"]
        )
    )


def _memory(run: Run) -> Floats:
    """Pace of running losses, pace of weekly risks, people added to the members of a place."""
    p = run.p
    return np.array([1.0 / p["memory_weeks"], 1.0 / p["risk_memory_weeks"], p["risk_crowd"]])


def _background(run: Run) -> Floats:
    """Mean homicides of a week outside organised crime, (P,)."""
    return np.asarray(run.p["background_homicide_rate"] * _mexican(run) * run.world.plazas.population)


def by_plaza(run: Run) -> tuple[Ints, Ints]:
    """Crews of Mexican plazas by plaza, then by the stable id of their group: order (n,) and pointers."""
    order, ptr = crews_by_plaza(run)
    return order, ptr[: run.world.plazas.n_mexico + 1]


def _mexican(run: Run) -> NDArray[np.bool_]:
    return run.keep("mexican plazas", 0, lambda: np.asarray(run.world.plazas.hub_area < 0))


def _hostilities(run: Run, by_group: Floats, clashes: Floats) -> Ints:
    """Fights and clashes of crews, then what gangs do; fills by_group (G, 3) and clashes (P,), returns totals."""
    p, crews, groups, places, tally = run.p, run.crews, run.groups, run.plazas, run.tally
    order, ptr = by_plaza(run)
    c = run.keep("fight constants", p.version, lambda: np.array([p[name] for name in CONSTANTS]))
    keys, armed = run.draws.keys(("force/fight", "force/clash")).reshape(-1), armed_share(run)
    young = groups.birth_week > run.week - p["succession_weeks"]
    new = np.exp(-crews.weeks / p["newcomer_weeks"])
    totals = np.zeros(6, dtype=np.int64)
    aggression = groups.aggression / p["aggression_usual"]
    hostilities(
        order, ptr, crews.group, groups.id, groups.parent, young, crews.members, crews.guns, crews.ammunition,
        crews.protection, new, crews.beaten, strength_of(run) + hire(run, armed), groups.rivalry,
        pacts(groups.alliance, groups.alive), groups.alliance, aggression, groups.shock, places.worth,
        places.contest,
        places.forces_new, places.patrol,
        places.soldiers, 1.0 - forces_integrity(run), crews.hidden, places.gang, c, keys, run.draws.week_word,
        tally.deaths_members[0], tally.deaths[0], tally.fights[0], clashes, tally.deaths_gang[0],
        tally.guns_taken_mx[0], by_group, totals,
    )  # fmt: skip
    street_week(run, order, ptr, new, armed, aggression, by_group, totals)
    return totals


def _purge(run: Run, by_group: Floats) -> None:
    """Groups whose leader was lost kill some of their own and of their associates (succession)."""
    p, crews, groups, tally = run.p, run.crews, run.groups, run.tally
    if not groups.shock.any():
        return
    keys = run.draws.keys(("force/purge", "force/purged")).reshape(-1)
    dead = purge(
        keys, run.draws.week_word, crews.group, groups.id, crews.plaza, groups.shock, p["purge_rate"],
        p["purge_associates"], crews.members, crews.managers_lost, tally.deaths_members[0], tally.deaths[0],
        by_group[:, 0],
    )  # fmt: skip
    run.ledger.post("members", "crews.members", KILLED, int(dead), "killed")


def _leaders_killed(run: Run, by_group: Floats) -> None:
    """The leader of a group that loses people may be among them; by_group (G, 3)."""
    groups, crews, draws, rows = run.groups, run.crews, run.draws, np.empty(run.groups.n, dtype=np.int64)
    n = leaders_lost(
        by_group, groups.alive, groups.vacancy, groups.removed, groups.id, crews.ptr, crews.members,
        run.p["leader_exposure"], *draws.key("force/leader"), draws.week_word, rows,
    )  # fmt: skip
    for row in rows[:n].tolist():
        groups.removed[row] = True
        run.note("leader killed by rivals", run.names[row])


def _post_losses(run: Run, totals: Ints) -> None:
    ledger = run.ledger
    ledger.post("guns", "crews.guns", GUNS_LOST, totals[0:2], "guns_lost_in_fights")
    ledger.post("guns", "crews.guns", GUNS_TAKEN, totals[2:4], "guns_taken_by_forces")
    ledger.post("ammunition", "crews.ammunition", FIRED, int(totals[4]), "fired")
    ledger.post("members", "crews.members", KILLED, int(totals[5]), "killed")
