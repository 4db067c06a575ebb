"""Members in custody: a week of charges, trials and terms, and who comes back to a group. It says nobody's odds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_justice import DECISIONS, come_back, pass_custody
from sim.ledger import conversion
from sim.state.custody import CUSTODY
from sim.state.run import Run
from sim.week.justice.offices import Offices
from sim.week.justice.queues import Chances

Ints = NDArray[np.int64]

DRAWS = tuple(f"justice/{word}" for word in DECISIONS)

LEFT = conversion("left_after_custody", "members", "people let go or released who did not return to a group")


def pass_members(run: Run, can: Offices, odds: Chances) -> None:
    """Members are charged, tried, jailed, let go or released; those who return join crews again.

    Custody of a group that no longer exists is no longer counted: its people belong to nobody here.
    """
    groups, tally, post = run.groups, run.tally, run.ledger.post
    flows = np.zeros((3, 2), dtype=np.int64)
    freed = np.zeros((groups.n + 1, 3, 2), dtype=np.int64)
    pass_custody(
        groups.id,
        groups.alive,
        groups.accused,
        groups.charged,
        groups.prisoners,
        can.country,
        odds.members,
        1.0 / run.p["charge_weeks"],
        odds.release,
        run.draws.keys(DRAWS),
        run.draws.week_word,
        flows,
        freed,
    )
    charged, decided, convicted = flows
    tally.charged[0] += charged
    tally.decided[0] += decided
    tally.convicted[0] += convicted
    post("members", "groups.accused", "groups.charged", charged.sum(), "charges")
    post("members", "groups.charged", "groups.prisoners", convicted.sum(), "convictions")
    for account, gone in zip(CUSTODY, freed[-1].sum(axis=1).tolist(), strict=True):
        if gone:
            post("members", f"groups.{account}", LEFT, gone, "dissolved")
    _let_out(run, freed)


def _let_out(run: Run, freed: Ints) -> None:
    """Those let go or released (CAPACITY + 1, account, country) return, or leave: fewer return where wages are unpaid.

    From Mexican custody, and from American custody by removal, to the group's crews in Mexico; those who stay in the
    United States to its crews at hubs, if it has any. Source: accounts section 4; removal is assumption E9.
    """
    p, crews, groups, post = run.p, run.crews, run.groups, run.ledger.post
    hubs = run.keep("plazas abroad", 0, lambda: run.world.plazas.hub_area >= 0)
    returned = np.zeros(3, dtype=np.int64)
    come_back(
        groups.id,
        freed,
        np.array([p["return_let_go"], p["return_let_go"], p["return_released"]]),
        np.clip(groups.paid, 0.0, 1.0),
        p["us_removal"],
        crews.ptr,
        hubs[crews.plaza],
        crews.members,
        run.draws.keys(DRAWS),
        run.draws.week_word,
        returned,
    )
    out = freed.reshape(-1, 6)[:-1].sum(axis=0).reshape(3, 2).sum(axis=1)
    for k, kind in enumerate(("let_go", "let_go", "released")):
        account = f"groups.{CUSTODY[k]}"
        post("members", account, "crews.members", returned[k], kind)
        post("members", account, LEFT, out[k] - returned[k], f"{kind}_left")
