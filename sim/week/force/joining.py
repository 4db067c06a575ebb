"""Who joins groups and who leaves them. It does not decide how many people a group wants (`plan`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_force import join, leave
from sim.ledger import conversion
from sim.levers import lever
from sim.quantiles import binomial_array
from sim.state.crews import ROLES
from sim.state.run import Run

Floats = NDArray[Any]
Ints = NDArray[Any]

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
    p, places = run.p, run.plazas
    legal = p["legal_wage_week"] * places.prospects[plazas]
    gap = pay - legal - p["legal_benefits_week"]
    arrest, killed = 52.0 * places.risk_arrest[plazas], 52.0 * places.risk_killed[plazas]
    score = p["join_base"] + p["join_pay"] * gap - p["join_arrest"] * arrest - p["join_killed"] * killed
    forced = p["join_forced"] * (1.0 - run.levers[COERCION][run.world.plazas.state[plazas]])
    voluntary = p["join_voluntary"] / (1.0 + np.exp(-score))
    return np.asarray(np.minimum(1.0, forced + voluntary))


def join_up(run: Run) -> None:
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    g, z = crews.group, crews.plaza
    size = crews.people * (1.0 - crews.hidden)
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


def drop_out(run: Run) -> None:
    p, crews, groups = run.p, run.crews, run.groups
    g = crews.group
    unpaid = 1.0 - np.clip(groups.paid[g], 0.0, 1.0)
    strain = p["leave_unpaid"] * unpaid + p["leave_heat"] * crews.heat / (1.0 + np.abs(crews.heat))
    strain += p["leave_loyalty"] * (p["loyalty_usual"] - crews.loyalty)
    hazard = p["leave_rate"] * np.exp(np.minimum(strain, 6.0)) * run.levers.scalar(EXIT)
    u = run.draws.words("force/leave", groups.id[g], crews.plaza)
    size = crews.people
    gone = np.minimum(counts(u[..., 0], size, hazard), size)
    leave(crews.members, gone, np.ascontiguousarray(u[..., 1]))
    run.tally.deserters[0] += np.bincount(crews.plaza, gone, minlength=run.plazas.n)
    run.ledger.post("members", "crews.members", LEFT, int(gone.sum()), "deserters")


def counts(u: Floats, size: Ints, hazard: Floats) -> Ints:
    """Binomial counts of size (n,) with a weekly hazard, by inversion of u (n,)."""
    return binomial_array(u, size, -np.expm1(-hazard))
