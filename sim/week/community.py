"""Communities and what groups take from them: `community`, and `start_places`.

Extortion, migrant smuggling, fuel theft and other predation feed treasuries; crime is reported or not; trust, fear and
prospects move slowly; the pool at risk ages. It neither recruits nor fights. Drug sales in Mexico are not here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import of_both
from sim.ledger import conversion
from sim.levers import lever
from sim.state.crews import ARMED, LOOKOUT, SELLER
from sim.state.run import OTHER_TRADES, Run, process
from sim.state.tally import EXTORTION

Floats = NDArray[Any]

EXTORTED = conversion("paid_by_firms", "usd", "extortion paid by firms")
MIGRANTS = conversion("paid_by_migrants", "usd", "tolls and shares of fees paid for migrants")
PREYED = conversion("taken_by_predation", "usd", "fuel theft, cargo theft, kidnapping and other predation")
GANGS = conversion("paid_by_gangs", "usd", "what gangs pay the holder of a plaza for leave to sell")

SHIELD = lever(
    "extortion_shield",
    unit="fraction",
    axes=("state",),
    low=0,
    high=1,
    base=lambda run: 0.0,
    doc="share of attempts at extortion that protection of firms defeats",
    reader="community",
)
REPORTING = lever(
    "reporting_support",
    unit="fraction",
    axes=("state",),
    low=-0.1,
    high=0.5,
    base=lambda run: 0.0,
    doc="added to the share of crimes reported",
    reader="community",
)
TRUST = lever(
    "trust_building",
    unit="index",
    axes=("state",),
    low=-0.5,
    high=0.5,
    base=lambda run: 0.0,
    doc="added to the trust that police deserve (below zero: abuses)",
    reader="community",
)
PROSPECTS = lever(
    "youth_prospects",
    unit="index",
    axes=("state",),
    low=-0.5,
    high=1,
    base=lambda run: 0.0,
    doc="added to the legal prospects of the young",
    reader="community",
)


def start_places(run: Run) -> None:
    """Fill communities, gangs and the pool at risk; say who holds what and what a plaza is worth."""
    p, places, crews = run.p, run.plazas, run.crews
    people = _people(run)
    places.pool[:] = np.floor(p["pool_share"] * people + 0.5)
    places.gang[:] = np.floor(p["gang_share"] * people + 0.5)
    places.trust[:], places.fear[:] = p["trust_usual"], p["fear_usual"]
    places.reporting[:], places.prospects[:] = p["reporting_usual"], 1.0
    places.risk_killed[:], places.risk_arrest[:] = p["risk_killed_start"], p["risk_arrest_start"]
    places.violence[:] = p["violence_usual"] * people
    members = np.bincount(crews.group, crews.people, minlength=run.groups.n)
    places.worth[:] = worth_now(run, members * p["worth_start_per_member"])
    places.holder[:], places.hold[:], places.contest[:] = _strongest(run, members)


def _strongest(run: Run, members: Floats) -> tuple[Floats, Floats, float]:
    """Holder (of equals the lowest id), its share of armed people, and the contestation every plaza starts with."""
    crews, n = run.crews, run.plazas.n
    armed = np.zeros((run.groups.n, n))
    armed[crews.group, crews.plaza] = crews.members[:, ARMED]
    total = armed.sum(axis=0)
    by_id = np.argsort(run.groups.id, kind="stable")
    best = by_id[armed[by_id].argmax(axis=0)]
    share = armed[best, np.arange(n)] / np.maximum(total, 1.0)
    return np.where(total > 0, best, -1), share, run.p["contest_start"]


@process(
    reads=("groups", "crews", "plazas", "lanes", SHIELD, REPORTING, TRUST, PROSPECTS),
    writes=("groups", "plazas", "tally"),
    accounts=("groups.treasury",),
)
def community(run: Run) -> None:
    """Groups take from firms, migrants and others; people trust, fear, report and grow up.

    Source: scales from the national account; forms are assumptions F13 to F18.
    """
    extorted = _extort(run)
    _smuggle_migrants(run)
    _prey(run)
    _take_tolls(run)
    _report(run, extorted)
    _feel(run)
    _grow_up(run)
    places = run.plazas
    places.worth += (worth_now(run, run.groups.profit) - places.worth) / run.p["worth_weeks"]


def _people(run: Run) -> Floats:
    """People of Mexican plazas, 0 at US hubs, (P,)."""
    plazas = run.world.plazas
    return run.keep("people of plazas", 0, lambda: np.where(plazas.hub_area < 0, plazas.population, 0.0))


def _earn(run: Run, by_group: Floats, source: str, trade: str) -> None:
    """Put receipts of a trade (CAPACITY,) into treasuries and the tally."""
    run.ledger.move("usd", source, "groups.treasury", by_group, trade)
    run.tally.income[0, :, run.groups.axes["drug"] + OTHER_TRADES.index(trade)] += by_group


def _local(run: Run, trade: str | None = None) -> Floats:
    """Members of every crew who work among the people there: lookouts, sellers, armed, but for those in hiding, (n,).

    For a trade, times the time over the usual that their group gives to it.
    """
    members, crews = run.crews.members, run.crews
    people = (members[:, LOOKOUT] + members[:, SELLER] + members[:, ARMED]) * (1.0 - crews.hidden)
    if trade is None:
        return np.asarray(people)
    time = run.groups.effort[:, run.groups.axes["drug"] + OTHER_TRADES.index(trade)]
    return np.asarray(people * time[crews.group])


def _extort(run: Run) -> Floats:
    """Crews extort firms, harder when their group cannot pay; some victims are killed. Returns firms by plaza."""
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    state, z = run.world.plazas.state, crews.plaza
    firms = p["firms_per_person"] * _people(run)
    need = 1.0 + p["extortion_need"] * (1.0 - np.clip(groups.paid, 0.0, 1.0))
    safety = np.exp(-p["extortion_reporting"] * (places.reporting - p["reporting_usual"]))
    effort = (
        _local(run, "extortion")
        * p["extortion_effort"]
        * need[crews.group]
        * safety[z]
        * (1.0 - run.levers[SHIELD][state[z]])
    )
    asked = np.bincount(z, effort, minlength=places.n)
    mean = firms * -np.expm1(-asked / np.maximum(firms, 1.0))
    victims = run.draws.poisson("community/extortion", mean, np.arange(places.n)).astype(float)
    paid = victims * p["extortion_payment"]
    by_group = np.bincount(crews.group, effort * (paid / np.maximum(asked, 1e-9))[z], minlength=groups.n)
    _earn(run, by_group, EXTORTED, "extortion")
    killed = run.draws.poisson("community/killed", victims * p["extortion_killed"], np.arange(places.n))
    run.tally.deaths[0, :, EXTORTION] += killed
    run.tally.extorted[0] += victims
    places.extortion_usd += (paid - places.extortion_usd) / p["memory_weeks"]
    return victims


def _smuggle_migrants(run: Run) -> None:
    """Who holds a border plaza takes a toll on each head that pays; crews at the border share in the fees.

    The more time groups give to it, the more of the fees they take from independent smugglers.
    """
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    border = run.keep("border plazas", 0, lambda: _border(run))
    toll = p["migrants"] * p["migrants_paying_toll"] * p["migrant_toll"] * border
    held = (places.holder >= 0) & (toll > 0)
    by_group = np.bincount(places.holder[held], toll[held], minlength=groups.n)
    people = _local(run, "migrant smuggling")
    total = np.bincount(crews.plaza, people, minlength=places.n)
    usual = np.bincount(crews.plaza, _local(run), minlength=places.n)
    share = np.minimum(1.0, p["migrant_fee_share"] * total / np.maximum(usual, 1.0))
    fees = p["migrant_fees"] * share * border
    by_group += np.bincount(
        crews.group, people * (fees / np.maximum(total, 1.0))[crews.plaza], minlength=groups.n
    )
    _earn(run, by_group, MIGRANTS, "migrant smuggling")


def _border(run: Run) -> Floats:
    """Share of each plaza in the sites where people cross, (P,)."""
    sites = run.world.sites
    here = np.bincount(sites.plaza[sites.kind < 2], minlength=run.plazas.n).astype(float)
    return np.asarray(here / max(here.sum(), 1.0))


def _prey(run: Run) -> None:
    """Fuel theft and other predation: what a place offers, taken the more fully the more members are there."""
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    people, members = _people(run), _local(run, "fuel and predation")
    total = np.bincount(crews.plaza, members, minlength=places.n)
    offered = p["predation_per_person"] * run.keep("prey", p.version, lambda: _offered(run))
    taken = offered * -np.expm1(-total / np.maximum(p["predation_crowd"] * people, 1.0))
    share = (taken / np.maximum(total, 1.0))[crews.plaza]
    _earn(run, np.bincount(crews.group, members * share, minlength=groups.n), PREYED, "fuel and predation")


def _offered(run: Run) -> Floats:
    """People of each plaza as predation counts them, (P,): in part by pipelines, the rest one for one. Same sum."""
    part, people = run.p["predation_fuel_share"], _people(run)
    return np.asarray((1.0 - part) * people + part * people.sum() * run.world.plazas.fuel)


def _take_tolls(run: Run) -> None:
    """Who holds a plaza takes a tax from its gangs that are not hired and, at a seaport, a toll on precursors.

    A group pays no toll to itself, and nobody is paid where nobody holds the port. Source: assumptions F15, F19.
    """
    p, places, groups = run.p, run.plazas, run.groups
    held = np.flatnonzero(places.holder >= 0)
    tax = (
        p["gang_tax"] * (places.hold * np.maximum(places.gang - places.hired, 0.0) * (_people(run) > 0))[held]
    )
    _earn(run, np.bincount(places.holder[held], tax, minlength=groups.n), GANGS, "local retail")
    bill = run.extra.get("precursors.bill")
    ports = np.flatnonzero((run.world.plazas.seaport_share > 0) & (places.holder >= 0))
    if bill is None or not ports.size:
        return
    owed = p["seaport_toll"] * np.minimum(bill, groups.treasury / (1.0 + p["seaport_toll"]))
    for port in ports.tolist():
        holder = int(places.holder[port])
        due = run.world.plazas.seaport_share[port] * owed
        due[holder] = 0.0
        run.ledger.move("usd", "groups.treasury", "groups.treasury", due, "toll", source_rows=np.arange(groups.n),
                        target_rows=np.full(groups.n, holder))  # fmt: skip
        run.tally.income[0, holder, run.groups.axes["drug"] + OTHER_TRADES.index("tolls")] += due.sum()


def _report(run: Run, extorted: Floats) -> None:
    """Crimes of the week by plaza and how many of them are reported."""
    tally = run.tally
    violent = of_both(tally.deaths[0], tally.deaths_members[0]) + tally.background[0]
    crimes = run.p["crime_rate"] * _people(run) + extorted + violent
    tally.crimes[0] += crimes
    tally.reported[0] += crimes * run.plazas.reporting


def violence_level(run: Run) -> Floats:
    """Running organised-crime deaths per person over the usual national level, (P,); 1 is usual."""
    return np.asarray(run.plazas.violence / np.maximum(run.p["violence_usual"] * _people(run), 1e-12))


def abuse_level(run: Run) -> Floats:
    """Running abuses by forces per person over the usual, (P,)."""
    return np.asarray(run.plazas.abuses / np.maximum(run.p["abuse_usual"] * _people(run), 1e-12))


def _feel(run: Run) -> None:
    """Trust, fear, reporting and prospects follow violence, abuse, bought police, programmes and border waits."""
    p, crews, places, state = run.p, run.crews, run.plazas, run.world.plazas.state
    mexican = _people(run) > 0
    seen = np.where(mexican, np.log1p(np.minimum(violence_level(run), 50.0)) - np.log(2.0), 0.0)
    size = crews.people + 1e-9
    paid = np.bincount(crews.plaza, size * crews.protection, minlength=places.n)
    bought = paid / np.maximum(np.bincount(crews.plaza, size, minlength=places.n), 1e-9)
    deserved = p["trust_usual"] + run.levers[TRUST][state] - p["trust_violence"] * seen
    deserved -= p["trust_bought"] * (bought - p["protection_usual"])
    deserved -= p["trust_abuse"] * np.log1p(abuse_level(run))
    gap = np.clip(deserved, 0.0, 1.0) - places.trust
    places.trust += gap / np.where(gap < 0, p["trust_down_weeks"], p["trust_up_weeks"])
    fear = np.clip(p["fear_usual"] + p["fear_violence"] * seen, 0.0, 1.0)
    places.fear += (fear - places.fear) / p["fear_weeks"]
    tone = p["reporting_trust"] * (places.trust - p["trust_usual"])
    tone -= p["reporting_fear"] * (places.fear - p["fear_usual"])
    places.reporting[:] = np.clip(
        p["reporting_usual"] * np.exp(tone) + run.levers[REPORTING][state], 0.01, 0.9
    )
    prospects = (
        1.0
        + run.levers[PROSPECTS][state]
        - p["prospects_violence"] * seen
        - p["prospects_wait"] * _delay(run)
    )
    places.prospects += (np.clip(prospects, 0.3, 2.0) - places.prospects) / p["prospects_weeks"]


def _delay(run: Run) -> Floats:
    """Hours of wait above the usual at the site a plaza holds, (P,); 0 elsewhere. Slow borders cost legal jobs."""
    lanes, site = run.world.lanes, run.world.plazas.site
    wait, n = run.lanes.wait, run.world.sites.n
    open_lane = wait > 0
    count = np.bincount(lanes.site[open_lane], minlength=n)
    mean = np.bincount(lanes.site[open_lane], wait[open_lane], minlength=n) / np.maximum(count, 1)
    over = np.clip(mean - run.p["wait_usual_hours"], 0.0, 5.0)
    return np.where(site >= 0, over[np.maximum(site, 0)], 0.0)


def _grow_up(run: Run) -> None:
    """Some come of age into the pool at risk, some grow out of it; gangs fill up again from among them."""
    p, places = run.p, run.plazas
    people, rows = _people(run), np.arange(run.plazas.n)
    rate = 1.0 / p["pool_weeks"]
    tempted = np.exp(-p["pool_prospects"] * (places.prospects - 1.0))
    came = run.draws.poisson("community/of_age", rate * p["pool_share"] * people * tempted, rows)
    went = run.draws.binomial("community/grown_up", places.pool, rate, rows)
    places.pool += came - went
    wish = p["gang_share"] * people * (1.0 + p["gang_contest"] * (places.contest - p["contest_start"]))
    new = run.draws.poisson("community/gang", np.maximum(wish - places.gang, 0.0) / p["gang_weeks"], rows)
    new = np.minimum(new, places.pool)
    places.gang += new
    places.pool -= new


def worth_now(run: Run, profit: Floats) -> Floats:
    """What holding each plaza earns, USD a week (P,): profit of its groups by where it is made, local sales, tolls.

    A group's profit (CAPACITY,) is spread over its crews by people, more at the border and where drugs are made;
    whoever holds a seaport can take toll on what lands there, and what pipelines offer is there for all.
    """
    p, crews, plazas = run.p, run.crews, run.world.plazas
    pull = run.keep("worth_pull", p.version, lambda: _worth_pull(run))
    weight = (crews.people + 1e-9) * pull[crews.plaza]
    total = np.bincount(crews.group, weight, minlength=run.groups.n)
    share = weight / np.maximum(total[crews.group], 1e-9)
    value = np.bincount(crews.plaza, np.maximum(profit[crews.group], 0.0) * share, minlength=run.plazas.n)
    value += np.maximum(run.plazas.retail_usd, 0.0) + run.keep("fuel worth", p.version, lambda: _fuel(run))
    bill = run.extra.get("precursors.bill")
    if bill is not None:
        value += p["seaport_toll"] * bill.sum() * plazas.seaport_share
    return np.asarray(value)


def _fuel(run: Run) -> Floats:
    """USD a week that pipelines offer at each plaza, (P,)."""
    p = run.p
    return np.asarray(
        p["predation_per_person"] * p["predation_fuel_share"] * _people(run).sum() * run.world.plazas.fuel
    )


def _worth_pull(run: Run) -> Floats:
    """Weight of a member in each plaza for what its group earns there, (P,); 0 at US hubs."""
    p, plazas = run.p, run.world.plazas
    supply = plazas.production.sum(axis=1) + plazas.entry
    made = np.minimum(supply / max(supply.mean(), 1e-12), p["worth_supply_most"])
    pull = 1.0 + p["worth_border"] * (plazas.site >= 0) + p["worth_supply"] * made
    return np.asarray(pull * (plazas.hub_area < 0))
