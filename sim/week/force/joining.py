"""Who joins groups and who leaves them. It does not decide how many people a group wants (`plan`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_crews import LEAVING, approached, desert, recruits, willing
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
DRAWS = ("force/join", "force/role")
"""Draws of `recruits`."""
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
    shield = run.levers[COERCION][run.world.plazas.state]
    return np.asarray(
        willing(plazas, pay, places.prospects, places.risk_arrest, places.risk_killed, shield, _terms(run))
    )


def _terms(run: Run) -> Floats:
    """What `willing` takes as `c`."""
    return run.keep("joining_prob", run.p.version, lambda: np.array([run.p[name] for name in JOINING]))


def join_up(run: Run) -> None:
    p, crews, groups, places, draws = run.p, run.crews, run.groups, run.plazas, run.draws
    wage = groups.wage * p["join_weeks_of_pay_at_hand"]
    afford = groups.treasury / np.maximum(wage, 1e-9)
    wished = np.where(groups.alive, np.minimum(groups.recruit_plan, afford), 0.0)
    away = np.where(crews.pause > 0.0, 1.0, crews.hidden)
    names = ("join_front", "join_expected", "recruiters_reach")
    c = run.keep("approaches", p.version, lambda: np.array([p[name] for name in names]))
    mean = approached(
        crews.group, crews.plaza, crews.members, away, places.contest, places.pool, _usual_pool(run), wished, c
    )  # fmt: skip
    keys = draws.keys(DRAWS)
    joined = recruits(
        crews.group, crews.plaza, groups.id, mean, groups.wage * groups.paid, places.prospects, places.risk_arrest,
        places.risk_killed, run.levers[COERCION], run.world.plazas.state, _terms(run), _shares(run), keys,
        draws.week_word, crews.members, places.pool, run.tally.recruits[0],
    )  # fmt: skip
    run.ledger.post("members", JOINED, "crews.members", joined, "recruits")


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
    p, crews, groups, draws = run.p, run.crews, run.groups, run.draws
    c = run.keep("leaving", p.version, lambda: np.array([p[name] for name in LEAVING]))
    gone = desert(
        *draws.key("force/leave"), draws.week_word, crews.group, groups.id, crews.plaza, groups.paid, crews.heat,
        crews.loyalty, c, run.levers.scalar(EXIT), crews.members, run.tally.deserters[0],
    )  # fmt: skip
    run.ledger.post("members", "crews.members", LEFT, int(gone), "deserters")
