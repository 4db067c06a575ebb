"""Trust: what moves that between the governments and that between agencies of the two countries.

Threats and acts alone hit the political; leaks and bought officials the agencies'. Talks are in `talks`.
"""

from __future__ import annotations

import numpy as np

from sim.levers import lever
from sim.state.integrity import tell_abroad
from sim.state.run import Run

THREATS = lever(
    "threats",
    unit="1",
    axes=("country",),
    low=0.0,
    high=1.0,
    base=lambda run: 0.0,
    doc="weight of economic threats that a country makes against the other to get its way",
    reader="diplomacy",
)


def tell_scandals(run: Run) -> None:
    """Some of the bought officials found last week become known abroad: agencies there trust that agency less.

    P(scandal of an agency) = 1 - (1 - p)^found; trust in it falls by a share at once. Source: assumption A8.
    """
    found = run.relations.exposed[0]
    if not found.any():
        return
    agency = np.arange(found.size)
    public = run.draws.bernoulli("diplomacy/scandal", 1.0 - (1.0 - run.p["scandal_prob"]) ** found, agency)
    for k in np.flatnonzero(public).tolist():
        tell_abroad(run, k)
    run.tally.scandals[0] += public.sum()
    found[:] = 0.0


def move_trust(run: Run) -> None:
    """Political trust returns to rest, less the running grievance, which threats feed; it caps agency trust.

    T += r (rest - T) - a grievance; agency trust across the border <= ceiling x T. Source: rates are assumption A2.
    """
    relations, p = run.relations, run.p
    threats = run.levers[THREATS].sum()
    if threats > 0.0:
        relations.grievance[0] += p["grievance_threat"] * threats
    trust = relations.political_trust[0]
    trust += p["trust_recovery_rate"] * (p["political_trust_rest"] - trust)
    trust -= p["trust_per_grievance"] * relations.grievance[0]
    relations.political_trust[0] = min(1.0, max(0.0, trust))
    relations.grievance[0] *= 1.0 - 1.0 / p["grievance_weeks"]
    ceiling = p["agency_trust_ceiling"] * relations.political_trust[0]
    country = run.world.agencies.country
    abroad = run.keep("agencies abroad", 0, lambda: country[:, None] != country[None, :])
    held = relations.agency_trust[0]
    np.minimum(held, ceiling, out=held, where=abroad)
