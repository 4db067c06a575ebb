"""What groups take besides drug money: from firms, migrants, gangs, pipelines, and from each other at seaports."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_community import at_work, earned, extort_firms, gang_tax, toll_migrants
from sim.ledger import conversion
from sim.levers import lever
from sim.state.run import OTHER_TRADES, Run
from sim.state.tally import EXTORTION
from sim.week.community.worth import people_of

Floats = NDArray[Any]

EXTORTED = conversion("paid_by_firms", "usd", "extortion paid by firms")
MIGRANTS = conversion("paid_by_migrants", "usd", "tolls and shares of fees paid for migrants")
PREYED = conversion("taken_by_predation", "usd", "fuel theft, cargo theft, kidnapping and other predation")
GANGS = conversion("paid_by_gangs", "usd", "what gangs pay the holder of a plaza for leave to sell")

DRAWS = ("community/extortion", "community/killed")
EXTORTION_CONSTANTS = (
    "firms_per_person extortion_effort extortion_payment extortion_killed memory_weeks".split()
)
"""Parameters that `extort_firms` takes, in the order of its vector `c`."""

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


def _earn(run: Run, by_group: Floats, source: str, trade: str) -> None:
    """Put receipts of a trade (CAPACITY,) into treasuries and the tally."""
    run.ledger.move("usd", source, "groups.treasury", by_group, trade)
    run.tally.income[0, :, run.groups.axes["drug"] + OTHER_TRADES.index(trade)] += by_group


def _time(run: Run, trade: str) -> Floats:
    """Time over the usual that each group gives to a trade, (CAPACITY,)."""
    return np.asarray(run.groups.effort[:, run.groups.axes["drug"] + OTHER_TRADES.index(trade)])


def extort(run: Run) -> Floats:
    """Crews extort firms, harder when their group cannot pay; some victims are killed. Returns firms by plaza."""
    p, crews, groups, places, tally = run.p, run.crews, run.groups, run.plazas, run.tally
    need = 1.0 + p["extortion_need"] * (1.0 - np.clip(groups.paid, 0.0, 1.0))
    safety = np.exp(-p["extortion_reporting"] * (places.reporting - p["reporting_usual"]))
    c = run.keep("extortion", p.version, lambda: np.array([p[name] for name in EXTORTION_CONSTANTS]))
    by_group, victims = extort_firms(
        crews.group, crews.plaza, crews.members, crews.hidden, _time(run, "extortion"), need, safety,
        run.levers[SHIELD], run.world.plazas.state, people_of(run), c, run.draws.keys(DRAWS), run.draws.week_word,
        tally.deaths[0, :, EXTORTION], tally.extorted[0], places.extortion_usd,
    )  # fmt: skip
    _earn(run, by_group, EXTORTED, "extortion")
    return np.asarray(victims)


def smuggle_migrants(run: Run) -> None:
    """Who holds a border plaza takes a toll on each head that pays; crews at the border share in the fees.

    The more time groups give to it, the more of the fees they take from independent smugglers.
    """
    p, crews, places = run.p, run.crews, run.plazas
    border = run.keep("border plazas", 0, lambda: _border(run))
    toll = run.keep("tolls of migrants", p.version, lambda: _toll(run, border))
    by_group = toll_migrants(
        crews.group, crews.plaza, crews.members, crews.hidden, _time(run, "migrant smuggling"), border, toll,
        places.holder, p["migrant_fee_share"], p["migrant_fees"],
    )  # fmt: skip
    _earn(run, by_group, MIGRANTS, "migrant smuggling")


def _border(run: Run) -> Floats:
    """Share of each plaza in the sites where people cross, (P,)."""
    sites = run.world.sites
    here = np.bincount(sites.plaza[sites.kind < 2], minlength=run.plazas.n).astype(float)
    return np.asarray(here / max(here.sum(), 1.0))


def _toll(run: Run, border: Floats) -> Floats:
    """USD a week that those who cross at each plaza pay whoever holds it, (P,)."""
    p = run.p
    return np.asarray(p["migrants"] * p["migrants_paying_toll"] * p["migrant_toll"] * border)


def prey(run: Run) -> None:
    """Fuel theft and other predation: what a place offers, taken the more fully the more members are there."""
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    people = people_of(run)
    members, total = at_work(
        crews.group, crews.plaza, crews.members, crews.hidden, _time(run, "fuel and predation"), places.n
    )
    offered = p["predation_per_person"] * run.keep("prey", p.version, lambda: _offered(run))
    taken = offered * -np.expm1(-total / np.maximum(p["predation_crowd"] * people, 1.0))
    by_group = earned(crews.group, crews.plaza, members, taken / np.maximum(total, 1.0), groups.n)
    _earn(run, by_group, PREYED, "fuel and predation")


def _offered(run: Run) -> Floats:
    """People of each plaza as predation counts them, (P,): in part by pipelines, the rest one for one. Same sum."""
    part, people = run.p["predation_fuel_share"], people_of(run)
    return np.asarray((1.0 - part) * people + part * people.sum() * run.world.plazas.fuel)


def take_tolls(run: Run) -> None:
    """Who holds a plaza takes a tax from its gangs that are not hired and, at a seaport, a toll on precursors.

    A group pays no toll to itself, and nobody is paid where nobody holds the port. Source: assumptions F15, F19.
    """
    p, places, groups = run.p, run.plazas, run.groups
    tax = gang_tax(
        places.holder, places.hold, places.gang, places.hired, people_of(run), p["gang_tax"], groups.n
    )
    _earn(run, tax, GANGS, "local retail")
    bill = run.extra.get("precursors.bill")
    ports = run.keep("seaports", 0, lambda: np.flatnonzero(run.world.plazas.seaport_share > 0))
    ports = ports[places.holder[ports] >= 0]
    if bill is None or not ports.size:
        return
    owed = p["seaport_toll"] * np.minimum(bill, groups.treasury / (1.0 + p["seaport_toll"]))
    for port in ports.tolist():
        holder = int(places.holder[port])
        due = run.world.plazas.seaport_share[port] * owed
        due[holder] = 0.0
        toll = due.sum()
        groups.treasury -= due
        groups.treasury[holder] += toll
        run.ledger.post("usd", "groups.treasury", "groups.treasury", toll, "toll")
        run.tally.income[0, holder, run.groups.axes["drug"] + OTHER_TRADES.index("tolls")] += toll
