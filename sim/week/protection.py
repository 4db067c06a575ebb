"""Protection: groups bid for the blind eye of local police and of border posts.

An officer takes a bribe that beats the risk to him; what is bought lasts until it is found or outbid.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.compiled import kernel
from sim.kernels_routing import site_sum
from sim.ledger import conversion
from sim.levers import lever
from sim.state.integrity import agency_of_posts
from sim.state.run import Run, process
from sim.streams import philox4x32, u53

F8 = NDArray[np.float64]
STEPS, CLOSE = 40, 3e-4
"""Most steps to the going bribe, and the step in logarithm after which it is taken as found (its error is far less)."""

conversion("bribes", "usd", "paid to officials")

lever(
    "corruption_detection",
    unit="1",
    axes=("country",),
    low=0.0,
    high=1.0,
    base=lambda run: np.array([run.p["bribe_caught_prob_mx"], run.p["bribe_caught_prob_us"]]),
    doc="chance a week that an officer who takes bribes is caught",
    reader="bribe, enforce",
)


@process(
    reads=("groups", "crews", "sites", "units", "plazas", "lever corruption_detection"),
    writes=("crews", "groups", "sites", "relations", "tally"),
    accounts=("groups.treasury",),
)
def bribe(run: Run) -> None:
    """Crews bid for local police, groups for border posts; offers are taken or not; some of it is found.

    An officer of integrity q accepts when bribe > P(caught) loss / (1 - q); q varies around the mean of the force with
    a normal spread, so the share that accepts is S(b) = Phi((1 - P L / b - mean) / sd). The going bribe is the one at
    which those who accept take all that is bid, S(b) b officers = bids; bids for one place share who accepts in
    proportion. Source: rule of mechanisms.md (Becker & Stigler 1974, doi:10.1086/467507); sizes are assumption A24.
    """
    groups, alive = run.groups, run.alive
    budget = np.zeros(len(groups.alive))
    budget[alive] = np.minimum(groups.bribe_plan[alive], groups.treasury[alive])
    caught = run.levers["corruption_detection"]
    _local_police(run, budget * (1.0 - run.p["bribe_post_share"]), caught[0])
    _border_posts(run, budget * run.p["bribe_post_share"], caught[1])


def accepting_share(offer: F8, integrity: F8 | float, caught: float, loss: float, spread: float) -> F8:
    """Share of officers who accept a weekly offer in USD: Phi((1 - caught loss / offer - integrity) / spread)."""
    threshold = 1.0 - caught * loss / np.maximum(offer, 1e-9)
    return np.where(offer > 0, ndtr((threshold - integrity) / spread), 0.0)


def going_bribe(
    bids: F8, officers: F8, integrity: F8, caught: float, loss: float, spread: float, most: float
) -> F8:
    """Weekly bribe in USD at which those who accept take all that is bid, at most `most` x caught x loss; (n,).

    bids (n,) USD/week; officers, integrity (n,). S(b) b officers rises with b, from 0.001 of the risk at least.
    """
    out = np.zeros(bids.shape)
    _find_bribes(bids, officers, integrity, caught * loss, spread, most, out)
    return out


@kernel
def _find_bribes(bids, officers, integrity, risk, spread, most, out):  # type: ignore[no-untyped-def]
    """Fill out (n,) where there are bids; risk: caught x loss in USD. The rule of officers is `accepting_share`."""
    for i in range(bids.size):
        if bids[i] > 0.0 and risk > 0.0:
            wanted = bids[i] / officers[i] if officers[i] > 0.0 else math.inf
            out[i] = risk * _over_risk(wanted / risk, integrity[i], spread, most)


@kernel
def _over_risk(wanted, integrity, spread, most):  # type: ignore[no-untyped-def]
    """Bribe x over the risk, 0.001 to `most`, at which S(x) x is `wanted`.

    ln(S x) is concave in ln x, so Newton's steps come to the root from below; they stay within what is known of it.
    """
    low, high = 1e-3, most
    x = min(high, 1.0 / max(1.0 - integrity + spread, 1e-3))
    for _ in range(STEPS):
        z = (1.0 - 1.0 / x - integrity) / spread
        share = 0.5 * math.erfc(-z / math.sqrt(2.0))
        if share * x < wanted:
            low = x
        else:
            high = x
        new = math.sqrt(low * high)
        step = 1.0
        if share > 1e-300:
            slope = 1.0 + math.exp(-0.5 * z * z) / (math.sqrt(2.0 * math.pi) * share * x * spread)
            step = math.log(wanted / (share * x)) / slope if wanted < math.inf else 1e3
            near = x * math.exp(min(max(step, -50.0), 50.0))
            new = near if near >= low and near <= high else (high if near > high else new)
        done = abs(step) < CLOSE or high - low < 1e-9 * high or new == x
        x = new
        if done:
            break
    return x


def _police(run: Run) -> tuple[F8, F8]:
    """Local and state police by plaza and their mean integrity; officers of a state are shared by people."""
    units = run.units
    key = (units.officers.tobytes(), units.integrity.tobytes())
    return run.keep("police and integrity", key, lambda: _police_now(run))


def _police_now(run: Run) -> tuple[F8, F8]:
    units, state, n = run.world.units0, run.world.plazas.state, run.world.states.n
    local, officers, share = run.keep("police", 0, lambda: _police_posted(run))
    weighted = units.officers[local] * run.units.integrity[local]
    integrity = np.bincount(units.state[local], weighted, minlength=n) / np.maximum(officers, 1.0)
    return officers[state] * share, integrity[state]


def _police_posted(run: Run) -> tuple[NDArray[np.signedinteger], F8, F8]:
    """Rows of local and state units, their officers by state, and each plaza's share of the people of its state."""
    units, plazas, n = run.world.units0, run.world.plazas, run.world.states.n
    local = np.flatnonzero((units.country == 0) & (units.state >= 0) & (units.site < 0))
    officers = np.bincount(units.state[local], units.officers[local], minlength=n).astype(float)
    people = np.bincount(plazas.state, plazas.population, minlength=n)
    return local, officers, plazas.population / np.maximum(people[plazas.state], 1.0)


def _police_by_agency(run: Run) -> F8:
    """Share of each agency among the local and state police of each plaza, (P, K), by the officers of the start."""
    units, agencies, states = run.world.units0, run.world.agencies.n, run.world.states.n
    local = np.flatnonzero((units.country == 0) & (units.state >= 0) & (units.site < 0))
    officers = np.zeros((states, agencies))
    np.add.at(officers, (units.state[local], units.agency[local]), units.effort_officers[local])
    return np.asarray(
        (officers / np.maximum(officers.sum(axis=1, keepdims=True), 1.0))[run.world.plazas.state]
    )


def _local_police(run: Run, budget: F8, caught: float) -> None:
    """Each crew spends its share of the group's budget on the police of its plaza."""
    crews, p = run.crews, run.p
    spend, bids = np.empty(crews.n), np.zeros(run.plazas.n)
    share_budgets(crews.group, crews.plaza, crews.people, run.world.plazas.n_mexico, budget, spend, bids)
    police, integrity = _police(run)
    terms = (caught, p["bribe_loss_mx"], p["integrity_spread"])
    offer = going_bribe(bids, police, integrity, *terms, p["bribe_most"])
    accept = accepting_share(offer, integrity, *terms)
    of_agency = run.keep("police by agency", 0, lambda: _police_by_agency(run))
    owed = np.zeros(len(budget))
    share_protection(
        crews.group, crews.plaza, spend, bids, offer, police, accept, caught, p["bribe_contacts"],
        *run.draws.key("bribe/found"), run.draws.week_word, of_agency, run.relations.exposed[0], run.tally.bribes[0],
        crews.protection, owed,
    )  # fmt: skip
    _pay_officials(run, owed)


@kernel
def share_budgets(group, plaza, people, home, budget, spend, bids):  # type: ignore[no-untyped-def]
    """Spend each group's budget (G,) over its crews in the first `home` plazas by people: `spend` (n,), `bids` (P,)."""
    total = np.zeros(budget.size)
    for i in range(group.size):
        if plaza[i] < home:
            total[group[i]] += people[i]
    for i in range(group.size):
        part = plaza[i] < home and people[i] > 0
        spend[i] = budget[group[i]] * (people[i] / total[group[i]]) if part else 0.0
        bids[plaza[i]] += spend[i]


@kernel
def _is_found(k0, k1, identity, sub, week, caught, bought):  # type: ignore[no-untyped-def]
    """Whether one of `bought` officers, each caught with a chance, is found: u < 1 - (1 - caught)^bought."""
    x0, x1, _, _ = philox4x32(k0, k1, identity, sub, week, 0)
    return u53(x0, x1) < 1.0 - (1.0 - caught) ** bought


@kernel
def share_protection(  # type: ignore[no-untyped-def]
    group, plaza, spend, bids, offer, police, accept, caught, contacts, k0, k1, week, of_agency, exposed, bribes,
    protection, owed,
):  # fmt: skip
    """Give crews (n,) the part of what was bought in their plaza that they bid for, and groups (G,) what they owe.

    bids, offer, police, accept (P,): what officers of a place accept costs at most what is bid. Where they are found,
    nothing is bought; that adds their agencies, of_agency (P, K), to exposed (K,). What is paid adds to bribes (P,).
    """
    paid, told = np.zeros(bids.size), np.zeros(exposed.size)
    for z in range(bids.size):
        if accept[z] > 0.0 and _is_found(k0, k1, z, 0, week, caught, accept[z] * contacts):
            accept[z] = 0.0
            for k in range(told.size):
                told[k] += of_agency[z, k]
        paid[z] = min(bids[z], accept[z] * offer[z] * police[z])
        bribes[z] += paid[z]
    for k in range(told.size):
        exposed[k] += told[k]
    for i in range(group.size):
        mine = spend[i] / bids[plaza[i]] if spend[i] > 0.0 else 0.0
        protection[i] = accept[plaza[i]] * mine
        owed[group[i]] += paid[plaza[i]] * mine


def loads_due(run: Run) -> F8:
    """Loads of each group that stand at each site in a week, (G, S), judged by what it sent through there this week."""
    lanes = run.world.lanes
    load_kg = run.world.drugs.lane_load_kg
    per_kg = run.keep("lane_loads_per_kg", 0, lambda: 1.0 / np.maximum(load_kg[:, lanes.kind], 1e-12))
    due = np.zeros((run.groups.n, run.world.sites.n))
    site_sum(run.alive, run.groups.sent, per_kg, lanes.site, due)
    return due


def _border_posts(run: Run, budget: F8, caught: float) -> None:
    """Groups spend where their loads cross; few officers accept, and each waves few loads through.

    An officer who is paid lets `bribe_loads_waved` loads of the payer pass in a week; a group's protection at a site is
    the share of its loads there that its officers can wave through. A link that is found is worth nothing this week.
    """
    groups, sites, p = run.groups, run.sites, run.p
    due = loads_due(run)
    total = due.sum(axis=1)
    rows = np.flatnonzero((total > 0.0) & (budget > 0.0))
    due = due[rows]
    spend = budget[rows, None] * (due / total[rows, None])
    bids = spend.sum(axis=0)
    terms = (caught, p["bribe_loss_us"], p["integrity_spread"])
    offer = going_bribe(bids, sites.officers, sites.integrity, *terms, p["bribe_most"])
    accept = accepting_share(offer, sites.integrity, *terms)
    buy_posts(
        rows, groups.id, spend, due, bids, offer, accept, sites.officers, caught, p["bribe_loads_waved"],
        *run.draws.key("bribe/found-post"), run.draws.week_word, agency_of_posts(run), run.world.sites.plaza,
        run.relations.exposed[0], sites.bribed, groups.post_protection, run.tally.bribes[0],
    )  # fmt: skip
    _pay_officials(run, np.bincount(rows, spend.sum(axis=1), minlength=budget.size).astype(float))


@kernel
def buy_posts(  # type: ignore[no-untyped-def]
    rows, identity, spend, due, bids, offer, accept, officers, caught, waved, k0, k1, week, agency, plaza, exposed,
    bribed, protection, bribes,
):  # fmt: skip
    """Share the officers who accept at each site among groups `rows` (k,) by what they spend, (k, S); some are found.

    due (k, S) loads; bids, offer, accept, officers, agency, plaza (S,); caught: chance that an officer is; waved: loads
    that one lets pass. `spend` becomes what is paid. Writes bribed (S,) share of officers and protection (G, S); adds
    to exposed (K,) and bribes (P,).
    """
    protection[:] = 0.0
    bribed[:] = 0.0
    paid = np.zeros(bids.size)
    for i in range(rows.size):
        g = rows[i]
        for s in range(bids.size):
            bought = accept[s] * officers[s] * (spend[i, s] / bids[s]) if bids[s] > 0.0 else 0.0
            if bought > 0.0 and _is_found(k0, k1, identity[g], s, week, caught, bought):
                bought = 0.0
                exposed[agency[s]] += 1.0
            spend[i, s] = min(bought * offer[s], spend[i, s])
            paid[s] += spend[i, s]
            bribed[s] += bought
            if due[i, s] > 0.0:
                protection[g, s] = min(1.0, bought * waved / due[i, s])
    for s in range(bids.size):
        bribed[s] = bribed[s] / officers[s] if officers[s] > 0.0 else 0.0
        bribes[plaza[s]] += paid[s]


def _pay_officials(run: Run, amounts: F8) -> None:
    """Pay from treasuries, (G,) USD, at most what is there."""
    run.ledger.move("usd", "groups.treasury", "bribes", np.minimum(amounts, run.groups.treasury), "bribes")
