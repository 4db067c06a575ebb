"""Talks: rounds of bargaining between the two Government agents, one by one and linked. It moves no trust."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.levers import lever
from sim.state.bargaining import agreed_alone, agreed_linked, link_cost, suspicion
from sim.state.governments import ISSUES
from sim.state.run import Run

Floats = NDArray[np.float64]

LINKED = lever(
    "talks_linked",
    unit="1",
    axes=(),
    low=0.0,
    high=1.0,
    base=lambda run: 0.0,
    doc="weight of bargaining the issues as one package (1) rather than one by one (0)",
    reader="diplomacy",
)
THIRD_PARTY = lever(
    "third_party",
    unit="1",
    axes=(),
    low=0.0,
    high=1.0,
    base=lambda run: 0.0,
    doc="weight of a guarantor at the table, which lowers suspicion: cost of linking and red lines",
    reader="diplomacy",
)
TRANSFER = lever(
    "talks_transfer",
    unit="1",
    axes=(),
    low=0.0,
    high=0.9,
    base=lambda run: run.p["bargain_transfer_share"],
    doc="share of a gain on an issue that can be passed to the other side for a deal on it",
    reader="diplomacy",
)
TALK_LEVERS = (LINKED, THIRD_PARTY, TRANSFER)


def hold_talks(run: Run) -> Floats:
    """Degree of cooperation agreed on each issue, (n_issues,): alone, as a package, or a mixture by the lever.

    The two agents state their positions; each takes or refuses. Linking costs c n (n - 1) / 2 x suspicion.
    Source: Tollison & Willett 1979, doi:10.1017/S0020818300027417.
    """
    south, north = (government.position() for government in run.actors["government"])
    linked = run.levers.scalar(LINKED)
    wary = suspicion(float(run.relations.political_trust[0]), run.levers.scalar(THIRD_PARTY))
    links = link_cost(run.p["bargain_link_cost"] * wary, len(ISSUES))
    package = agreed_linked(south, north, links, run.p["bargain_offset"])
    return np.asarray((1.0 - linked) * agreed_alone(south, north) + linked * package)


def talk(run: Run) -> None:
    """Every `talks_every_weeks` the issues are bargained anew. Nobody talks where there are no governments."""
    relations = run.relations
    if relations.weeks_to_talks[0] <= 0 and run.actors.get("government"):
        relations.agreed[0] = hold_talks(run)
        relations.weeks_to_talks[0] = int(run.p["talks_every_weeks"])
    relations.weeks_to_talks[0] -= 1
