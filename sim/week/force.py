"""Who joins and leaves groups, and who fights: `recruit` and `fight`.

It does not decide how many people a group wants (`plan`), who is arrested (`enforce`, `prosecute`) or what becomes
of a group that lost its leader (`restructure`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_force import CONSTANTS, hostilities, join, leave
from sim.kernels_sums import over_columns
from sim.ledger import conversion
from sim.levers import lever
from sim.quantiles import binomial_array
from sim.state.crews import ARMED, MANAGER, ROLES
from sim.state.lineage import crews_by_plaza
from sim.state.run import Run, process
from sim.state.tally import LOCAL, SUCCESSION

Floats = NDArray[Any]
Ints = NDArray[Any]

JOINED = conversion("joined", "members", "young people who joined a group")
LEFT = conversion("left", "members", "members who deserted, retired or died of other causes")
KILLED = conversion("killed", "members", "members killed in fights, purges and clashes")
FIRED = conversion("fired", "ammunition", "rounds fired in fights and clashes")
GUNS_LOST = conversion("guns_lost_in_fights", "guns", "guns of the dead that nobody took")
GUNS_TAKEN = conversion("guns_taken_by_forces", "guns", "guns of members killed by forces")

COERCION = lever(
    "coercion_shield",
    unit="fraction",
    axes=("state",),
    low=0,
    high=1,
    base=lambda run: 0.0,
    doc="share of forced recruitment that protection of the young prevents",
    reader="recruit",
)
EXIT = lever(
    "exit_support",
    unit="ratio",
    low=0.2,
    high=5,
    base=lambda run: 1.0,
    doc="how readily members leave, over the status quo",
    reader="recruit",
)


@process(
    reads=("groups", "crews", "plazas", COERCION, EXIT),
    writes=("crews", "plazas", "tally"),
    accounts=("crews.members",),
)
def recruit(run: Run) -> None:
    """Recruiters approach young people at risk, some of whom join; some members leave.

    Source: joining, Prieto-Curiel 2025 form in mechanisms.md (individual, per approach); leaving, assumption F1.
    """
    _join(run)
    _leave(run)


def joining_prob(run: Run, plazas: Ints, pay: Floats) -> Floats:
    """Chance that an approached person joins, by crew: forced, or by pay gap, prospects and risks of a year.

    plazas (n,) rows; pay (n,) USD a week as it is really paid.
    """
    p, places = run.p, run.plazas
    legal = p["legal_wage_week"] * places.prospects[plazas]
    gap = pay - legal - p["legal_benefits_week"]
    arrest, killed = 52.0 * places.risk_arrest[plazas], 52.0 * places.risk_killed[plazas]
    score = p["join_base"] + p["join_pay"] * gap - p["join_arrest"] * arrest - p["join_killed"] * killed
    forced = p["join_forced"] * (1.0 - run.levers[COERCION][run.world.plazas.state[plazas]])
    voluntary = p["join_voluntary"] / (1.0 + np.exp(-score))
    return np.asarray(np.minimum(1.0, forced + voluntary))


def _join(run: Run) -> None:
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    g, z = crews.group, crews.plaza
    size = crews.people
    front = size * (1.0 + p["join_front"] * places.contest[z])
    total = np.bincount(g, front, minlength=groups.n)
    wage = groups.wage * p["join_weeks_of_pay_at_hand"]
    afford = groups.treasury / np.maximum(wage, 1e-9)
    wished = np.where((groups.pause > 0) | ~groups.alive, 0.0, np.minimum(groups.recruit_plan, afford))
    asked = wished[g] * front / np.maximum(total[g], 1.0) / p["join_expected"]
    usual = np.maximum(p["pool_share"] * run.world.plazas.population[z], 1.0)
    able = size * p["recruiters_reach"] * np.minimum(places.pool[z] / usual, 2.0)
    mean = np.minimum(asked, able)
    crowd = np.bincount(z, mean, minlength=places.n)
    mean *= np.minimum(1.0, places.pool / np.maximum(crowd, 1e-9))[z]
    prob = joining_prob(run, z, groups.wage[g] * groups.paid[g])
    joins = run.draws.poisson("force/join", mean * prob, groups.id[g], z)
    part = places.pool[z] * mean / np.maximum(np.bincount(z, mean, minlength=places.n)[z], 1e-9)
    joins = np.minimum(joins, part.astype(np.int64))
    shares = np.array([p[f"role_share_{role}"] for role in ROLES])
    join(crews.members, joins, shares / shares.sum(), run.draws.uniform("force/role", groups.id[g], z))
    joined = np.bincount(z, joins, minlength=places.n).astype(np.int64)
    places.pool -= joined
    run.tally.recruits[0] += joined
    run.ledger.post("members", JOINED, "crews.members", int(joins.sum()), "recruits")


def _leave(run: Run) -> None:
    p, crews, groups = run.p, run.crews, run.groups
    g = crews.group
    unpaid = 1.0 - np.clip(groups.paid[g], 0.0, 1.0)
    strain = p["leave_unpaid"] * unpaid + p["leave_heat"] * crews.heat / (1.0 + np.abs(crews.heat))
    strain += p["leave_loyalty"] * (p["loyalty_usual"] - crews.loyalty)
    hazard = p["leave_rate"] * np.exp(np.minimum(strain, 6.0)) * run.levers.scalar(EXIT)
    u = run.draws.words("force/leave", groups.id[g], crews.plaza)
    size = crews.people
    gone = np.minimum(_counts(u[..., 0], size, hazard), size)
    leave(crews.members, gone, np.ascontiguousarray(u[..., 1]))
    run.tally.deserters[0] += np.bincount(crews.plaza, gone, minlength=run.plazas.n)
    run.ledger.post("members", "crews.members", LEFT, int(gone.sum()), "deserters")


def _counts(u: Floats, size: Ints, hazard: Floats) -> Ints:
    """Binomial counts of size (n,) with a weekly hazard, by inversion of u (n,)."""
    return binomial_array(u, size, -np.expm1(-hazard))


@process(
    reads=("groups", "crews", "plazas"),
    writes=("crews", "groups", "plazas", "tally"),
    accounts=("crews.members", "crews.guns", "crews.ammunition"),
)
def fight(run: Run) -> None:
    """Crews of one plaza fight over profit, forces clash with crews, groups in succession purge their own.

    Source: chance of a fight, rivalry over alliance as in doi:10.1126/science.adh2888; losses, Lanchester's square law;
    scales are assumptions F2 to F5, fitted to the national account.
    """
    groups, places, tally = run.groups, run.plazas, run.tally
    by_group = np.zeros((groups.n, 3))
    totals = _hostilities(run, by_group)
    _purge(run, by_group)
    _retail_disputes(run)
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


def _hostilities(run: Run, by_group: Floats) -> Ints:
    p, crews, groups, places, tally = run.p, run.crews, run.groups, run.plazas, run.tally
    order, ptr = by_plaza(run)
    c = np.array([p[name] for name in CONSTANTS])
    keys = np.array([*run.draws.key("force/fight"), *run.draws.key("force/clash")], dtype=np.uint64)
    young = groups.birth_week > run.week - p["succession_weeks"]
    new = np.exp(-crews.weeks / p["newcomer_weeks"])
    totals = np.zeros(6, dtype=np.int64)
    aggression = groups.aggression / p["aggression_usual"]
    hostilities(
        order, ptr, crews.group, groups.id, groups.parent, young, crews.members, crews.guns, crews.ammunition,
        crews.protection, new, crews.beaten, strength_of(run), groups.rivalry, 1.0 + groups.alliance.sum(axis=1),
        groups.alliance, aggression, groups.shock, places.worth, places.contest, places.forces_new, places.patrol,
        places.gang, c, keys, run.draws.week_word, tally.deaths_members[0], tally.deaths[0], tally.fights[0],
        tally.guns_taken_mx[0], by_group, totals,
    )  # fmt: skip
    return totals


def _purge(run: Run, by_group: Floats) -> None:
    """Groups whose leader was lost kill some of their own and of their associates (succession)."""
    p, crews, groups, tally = run.p, run.crews, run.groups, run.tally
    rows = np.flatnonzero(groups.shock[crews.group] > 0)
    if not rows.size:
        return
    group, plaza, members = crews.group[rows], crews.plaza[rows], crews.members[rows]
    u = run.draws.words("force/purge", groups.id[group], plaza)
    dead = _counts(u[..., 0], members.sum(axis=1), p["purge_rate"] * groups.shock[group])
    managers = members[:, MANAGER].copy()
    leave(members, dead, np.ascontiguousarray(u[..., 1]))
    crews.members[rows] = members
    crews.managers_lost[rows] += managers - members[:, MANAGER]
    tally.deaths_members[0, :, SUCCESSION] += np.bincount(plaza, dead, minlength=run.plazas.n)
    others = run.draws.poisson("force/purged", dead * p["purge_associates"], groups.id[group], plaza)
    tally.deaths[0, :, SUCCESSION] += np.bincount(plaza, others, minlength=run.plazas.n)
    by_group[:, 0] += np.bincount(group, dead, minlength=groups.n)
    run.ledger.post("members", "crews.members", KILLED, int(dead.sum()), "killed")


def _retail_disputes(run: Run) -> None:
    """Sellers and users killed over local sales: per dollar sold, more where no one holds the plaza firmly."""
    p, places = run.p, run.plazas
    loose = 1.0 + p["retail_contest"] * places.contest - p["retail_hold"] * places.hold
    mean = p["retail_deaths_per_usd"] * np.maximum(places.retail_usd, 0.0) * np.maximum(loose, 0.0)
    dead = run.draws.poisson("force/retail", mean * _mexican(run), np.arange(places.n))
    run.tally.deaths[0, :, LOCAL] += dead
    places.gang -= np.minimum(places.gang, dead // 2)


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
