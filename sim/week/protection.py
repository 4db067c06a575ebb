"""Protection: groups bid for the blind eye of local police and of border posts.

An officer takes a bribe that beats the risk to him; what is bought lasts until it is found or outbid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.kernels_routing import site_sum
from sim.ledger import conversion
from sim.levers import lever
from sim.state.run import Run, process

F8 = NDArray[np.float64]

conversion("bribes", "usd", "paid to officials")

lever(
    "corruption_detection",
    unit="1",
    axes=("country",),
    low=0.0,
    high=1.0,
    base=lambda run: np.array([run.p["bribe_caught_prob_mx"], run.p["bribe_caught_prob_us"]]),
    doc="chance a week that an officer who takes bribes is caught",
    reader="bribe",
)
lever(
    "integrity_shift",
    unit="1",
    axes=("country",),
    low=-0.5,
    high=0.5,
    base=lambda run: 0.0,
    doc="shift of mean integrity of officers by screening, rotation and pay",
    reader="bribe",
)


@process(
    reads=("groups", "crews", "sites", "units", "lever corruption_detection", "lever integrity_shift"),
    writes=("crews", "groups", "sites", "tally"),
    accounts=("groups.treasury",),
)
def bribe(run: Run) -> None:
    """Crews bid for local police, groups for border posts; offers are taken or not; some of it is found.

    An officer of integrity q accepts when bribe > P(caught) loss / (1 - q); q varies around the mean of the force with
    a normal spread, so the share that accepts is Phi((1 - P L / b - mean) / sd). Bids for one place share who accepts
    in proportion. Source: rule of mechanisms.md (Becker & Stigler 1974, doi:10.1086/467507); sizes are assumption A24.
    """
    groups, alive = run.groups, run.alive
    budget = np.zeros(len(groups.alive))
    budget[alive] = np.minimum(groups.bribe_plan[alive], groups.treasury[alive])
    caught, shift = run.levers["corruption_detection"], run.levers["integrity_shift"]
    _local_police(run, budget * (1.0 - run.p["bribe_post_share"]), caught[0], shift[0])
    _border_posts(run, budget * run.p["bribe_post_share"], caught[1], shift[1])


def accepting_share(offer: F8, integrity: F8 | float, caught: float, loss: float, spread: float) -> F8:
    """Share of officers who accept a weekly offer in USD: Phi((1 - caught loss / offer - integrity) / spread)."""
    threshold = 1.0 - caught * loss / np.maximum(offer, 1e-9)
    return np.where(offer > 0, ndtr((threshold - integrity) / spread), 0.0)


def _police(run: Run) -> tuple[F8, F8]:
    """Local and state police by plaza and their mean integrity; officers of a state are shared by people."""
    units, state, n = run.world.units0, run.world.plazas.state, run.world.states.n
    local, officers, share = run.keep("police", 0, lambda: _police_posted(run))
    weighted = units.officers[local] * run.units.integrity[local]
    integrity = np.bincount(units.state[local], weighted, minlength=n) / np.maximum(officers, 1.0)
    return officers[state] * share, integrity[state]


def _police_posted(run: Run) -> tuple[NDArray[np.int64], F8, F8]:
    """Rows of local and state units, their officers by state, and each plaza's share of the people of its state."""
    units, plazas, n = run.world.units0, run.world.plazas, run.world.states.n
    local = np.flatnonzero((units.country == 0) & (units.state >= 0) & (units.site < 0))
    officers = np.bincount(units.state[local], units.officers[local], minlength=n)
    people = np.bincount(plazas.state, plazas.population, minlength=n)
    return local, officers, plazas.population / np.maximum(people[plazas.state], 1.0)


def _local_police(run: Run, budget: F8, caught: float, shift: float) -> None:
    """Each crew spends its share of the group's budget on the police of its plaza."""
    crews = run.crews
    home = run.world.plazas.hub_area[crews.plaza] < 0
    size = crews.people * home
    total = np.bincount(crews.group, size, minlength=len(budget))
    spend = budget[crews.group] * np.divide(size, total[crews.group], out=np.zeros(crews.n), where=size > 0)
    police, integrity = _police(run)
    bids = np.bincount(crews.plaza, spend, minlength=run.plazas.n)
    offer = bids / np.maximum(police, 1.0)
    accept = accepting_share(
        offer, integrity + shift, caught, run.p["bribe_loss_mx"], run.p["integrity_spread"]
    )
    found = run.draws.bernoulli(
        "bribe/found", 1.0 - (1.0 - caught) ** (accept * run.p["bribe_contacts"]), np.arange(run.plazas.n)
    )
    accept = np.where(found, 0.0, accept)
    mine = np.divide(spend, bids[crews.plaza], out=np.zeros(crews.n), where=spend > 0)
    crews.protection[:] = accept[crews.plaza] * mine
    paid = spend * accept[crews.plaza]
    owner = np.bincount(crews.group, paid, minlength=len(budget))
    run.ledger.move("usd", "groups.treasury", "bribes", np.minimum(owner, run.groups.treasury), "bribes")
    run.tally.bribes[0] += np.bincount(crews.plaza, paid, minlength=run.plazas.n)


def _border_posts(run: Run, budget: F8, caught: float, shift: float) -> None:
    """Groups spend where their loads crossed this week; a post's officers are few and mostly refuse."""
    groups, sites = run.groups, run.sites
    by_site = np.zeros((len(budget), run.world.sites.n))
    site_sum(run.alive, groups.sent, run.world.lanes.site, by_site)
    total = by_site.sum(axis=1, keepdims=True)
    spend = budget[:, None] * np.divide(by_site, total, out=np.zeros_like(by_site), where=total > 0)
    bids = spend.sum(axis=0)
    offer = bids / np.maximum(sites.officers, 1.0)
    accept = accepting_share(
        offer, sites.integrity + shift, caught, run.p["bribe_loss_us"], run.p["integrity_spread"]
    )
    sites.bribed[:] = accept
    groups.post_protection[:] = np.divide(spend, bids, out=np.zeros_like(spend), where=bids > 0) * accept
    paid = np.minimum((spend * accept).sum(axis=1), groups.treasury)
    run.ledger.move("usd", "groups.treasury", "bribes", paid, "bribes")
