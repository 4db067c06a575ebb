"""Who joins groups and who leaves them. It does not decide how many people a group wants (`plan`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_crews import approached, bound_by_pool, desert, willing
from sim.kernels_force import join
from sim.ledger import conversion
from sim.levers import lever
from sim.state.crews import ROLES
from sim.state.run import Run

Floats = NDArray[Any]
Ints = NDArray[Any]

JOINING = (
    "legal_wage_week legal_benefits_week join_base join_pay join_arrest join_killed join_forced join_voluntary"
).split()
"""Parameters that `kernels_crews.willing` takes, in the order of its vector `c`."""
JOINED = conversion("joined", "members", "young people who joined a group")
LEFT = conversion("left", "members", "members who deserted, retired or died of other causes")

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


def joining_prob(run: Run, plazas: Ints, pay: Floats) -> Floats:
    """Chance that an approached person joins, by crew: forced, or by pay gap, prospects and risks of a year.

    plazas (n,) rows; pay (n,) USD a week as it is really paid.
    """
    places = run.plazas
    c = run.keep("joining_prob", run.p.version, lambda: np.array([run.p[name] for name in JOINING]))
    shield = run.levers[COERCION][run.world.plazas.state]
    return np.asarray(
        willing(plazas, pay, places.prospects, places.risk_arrest, places.risk_killed, shield, c)
    )


def join_up(run: Run) -> None:
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    g, z, gid = crews.group, crews.plaza, run.groups.id[crews.group]
    wage = groups.wage * p["join_weeks_of_pay_at_hand"]
    afford = groups.treasury / np.maximum(wage, 1e-9)
    wished = np.where(groups.alive, np.minimum(groups.recruit_plan, afford), 0.0)
    c = np.array([p["join_front"], p["join_expected"], p["recruiters_reach"]])
    mean = approached(
        g,
        z,
        crews.members,
        np.where(crews.pause > 0.0, 1.0, crews.hidden),
        places.contest,
        places.pool,
        _usual_pool(run),
        wished,
        c,
    )
    prob = joining_prob(run, z, (groups.wage * groups.paid)[g])
    joins = run.draws.poisson("force/join", mean * prob, gid, z)
    bound_by_pool(z, mean, places.pool, joins)
    join(crews.members, joins, _shares(run), run.draws.uniform("force/role", gid, z))
    joined = np.bincount(z, joins, minlength=places.n).astype(np.int64)
    places.pool -= joined
    run.tally.recruits[0] += joined
    run.ledger.post("members", JOINED, "crews.members", int(joins.sum()), "recruits")


def _shares(run: Run) -> Floats:
    """Share of recruits that each role should have, (roles,)."""
    found = run.p.by("role_share", ROLES)
    return run.keep("role shares", run.p.version, lambda: found / found.sum())


def _usual_pool(run: Run) -> Floats:
    """People at risk as usual at each plaza, at least one, (P,)."""
    return run.keep(
        "usual pool",
        run.p.version,
        lambda: np.maximum(run.p["pool_share"] * run.world.plazas.population, 1.0),
    )


def drop_out(run: Run) -> None:
    p, crews, groups = run.p, run.crews, run.groups
    unpaid = (p["leave_unpaid"] * (1.0 - np.clip(groups.paid, 0.0, 1.0)))[crews.group]
    strain = unpaid + p["leave_heat"] * crews.heat / (1.0 + np.abs(crews.heat))
    strain += p["leave_loyalty"] * (p["loyalty_usual"] - crews.loyalty)
    hazard = p["leave_rate"] * np.exp(np.minimum(strain, 6.0)) * run.levers.scalar(EXIT)
    gone = desert(
        *run.draws.key("force/leave"), run.draws.week_word, crews.group, groups.id, crews.plaza, crews.members, hazard,
        run.tally.deserters[0],
    )  # fmt: skip
    run.ledger.post("members", "crews.members", LEFT, int(gone), "deserters")
