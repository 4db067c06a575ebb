"""Justice: what becomes of the arrested. Charged and convicted, or let go; sentences served; who returns to a group.

It arrests nobody and knows no case. Accused and prisoners are stocks by group; sentences end at a rate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import deal_whole
from sim.ledger import conversion
from sim.levers import lever
from sim.state.run import Run, process

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEFT = conversion("left_after_custody", "members", "people let go or released who did not return to a group")

PROSECUTORS = lever(
    "prosecutors_per_100k",
    unit="prosecutors/100k",
    low=0,
    high=60,
    base=lambda run: run.p["prosecutors_per_100k"],
    doc="prosecutors in Mexico per 100,000 people",
    reader="prosecute",
)
EVIDENCE = lever(
    "evidence_quality",
    unit="1",
    low=0,
    high=1,
    base=lambda run: run.p["evidence_quality"],
    doc="chance that the evidence in a prosecuted case stands",
    reader="prosecute",
)
COURTS = lever(
    "court_integrity",
    unit="1",
    low=0,
    high=1,
    base=lambda run: run.p["court_integrity"],
    doc="chance that a court is not bought or threatened",
    reader="prosecute",
)


@process(
    reads=("groups", "crews", *(f"lever {name}" for name in (PROSECUTORS, EVIDENCE, COURTS))),
    writes=("groups", "crews", "tally"),
    accounts=("groups.accused", "groups.prisoners", "crews.members"),
)
def prosecute(run: Run) -> None:
    """Accused come to a decision; prosecutors take what they can; convicted are jailed, others let go; terms end.

    P(convicted | decided) = min(1, capacity / decided) x evidence x integrity of courts. Some of those let go and of
    those released go back to their group. Source: accounts section 4: 383 arrested, 115 jailed, 46 back a week.
    """
    groups, p, draws = run.groups, run.p, run.draws
    _dissolve(run)
    ids = groups.id
    decided = draws.binomial(
        "justice/decide", groups.accused, 1.0 - np.exp(-1.0 / p["weeks_to_decision"]), ids
    )
    convicted = draws.binomial("justice/convict", decided, conviction_prob(run, int(decided.sum())), ids)
    let_go = decided - convicted
    released = draws.binomial(
        "justice/release", groups.prisoners, 1.0 - np.exp(-1.0 / p["sentence_weeks"]), ids
    )
    run.ledger.move("members", "groups.accused", "groups.prisoners", convicted, "convictions")
    run.tally.convicted[0] += convicted.sum()
    _let_out(run, let_go, released)


def conviction_prob(run: Run, decided: int) -> float:
    """Chance that a decided case ends in a sentence, from capacity (people a week) and the quality of justice."""
    people = run.world.states.population[run.world.states.country == 0].sum()
    prosecutors = run.levers.scalar(PROSECUTORS) * people / 1e5
    capacity = prosecutors * run.p["prosecutors_on_groups"] * run.p["cases_per_prosecutor"]
    taken = min(1.0, capacity / max(decided, 1))
    return taken * run.levers.scalar(EVIDENCE) * run.levers.scalar(COURTS)


def _dissolve(run: Run) -> None:
    """Custody of groups that no longer exist is no longer counted: their people belong to nobody here."""
    gone = np.flatnonzero(~run.groups.alive & (run.groups.accused + run.groups.prisoners > 0))
    if gone.size == 0:
        return
    for account in ("accused", "prisoners"):
        amounts = getattr(run.groups, account)[gone]
        run.ledger.move("members", f"groups.{account}", LEFT, amounts, "dissolved", source_rows=gone)


def _let_out(run: Run, let_go: Ints, released: Ints) -> None:
    """People leave custody: a share that falls when wages are not paid goes back to the group's crews in Mexico."""
    crews, p = run.crews, run.p
    paid = np.clip(run.groups.paid, 0.0, 1.0)
    freed = run.draws.binomial("justice/let_go", let_go, p["return_let_go"] * paid, run.groups.id)
    served = run.draws.binomial("justice/return", released, p["return_released"] * paid, run.groups.id)
    home = (run.world.plazas.hub_area[crews.plaza] < 0)[:, None] * crews.members
    owner = np.repeat(crews.group.astype(np.int64), crews.members.shape[1])
    settled = np.bincount(crews.group, home.sum(axis=1), minlength=let_go.size) > 0
    freed, served = freed * settled, served * settled
    offset = run.draws.uniform("justice/place", run.groups.id)
    dealt = deal_whole(freed + served, owner, home.reshape(-1).astype(np.float64), offset)
    crews.members += dealt.reshape(crews.members.shape)
    for account, out, back, kind in (
        ("accused", let_go, freed, "let_go"),
        ("prisoners", released, served, "released"),
    ):
        getattr(run.groups, account)[:] -= out
        run.ledger.post("members", f"groups.{account}", "crews.members", int(back.sum()), kind)
        run.ledger.post("members", f"groups.{account}", LEFT, int((out - back).sum()), f"{kind}_left")
