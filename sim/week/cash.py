"""Cash: how proceeds in the United States come home, and the payroll they meet.

Cash of a crew is in the United States until it is moved; a treasury is in Mexico. Trips are shares, not rows: many
small ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.ledger import conversion
from sim.levers import lever
from sim.state.crews import FINANCIER
from sim.state.custody import held_of_groups
from sim.state.run import Run, process
from sim.state.southbound import southbound_shares

F8 = NDArray[np.float64]

conversion("us_costs", "usd", "crews, stash houses and partners paid in the United States")
conversion("kept_in_us", "usd", "proceeds kept or invested in the United States")
conversion("launderers", "usd", "fees of brokers")
conversion("cash_couriers", "usd", "pay of couriers of bulk cash")
conversion("seized_cash", "usd", "cash and accounts seized")
conversion("wages", "usd", "pay of members")
conversion("families", "usd", "families of prisoners and lawyers")
conversion("leaders_surplus", "usd", "taken out by leaders and partners")

lever(
    "laundering_pressure",
    unit="1",
    low=0.1,
    high=10,
    base=lambda run: 1.0,
    doc="pressure on laundering through finance and trade, relative to the status quo",
    reader="repatriate",
)


@process(
    reads=("crews", "groups", "world.paths", "lever laundering_pressure", "lever outbound_checks"),
    writes=("crews", "groups", "tally"),
    accounts=("crews.cash", "groups.treasury"),
)
def repatriate(run: Run) -> None:
    """Proceeds are gathered, pay US costs, go south as notes or through brokers; then the payroll is met.

    Notes against brokers: share of notes = logistic((fee - cost of notes) / spread), with
    fee = fee0 pressure^a (volume / reference)^b and cost of notes = courier pay + perceived risk of seizure. A crew
    reaches brokers as far as its financier's contact stands.
    Source: fees from parameters.csv (laundering_cost_*, bulk_cash_*); form is assumption A20.
    """
    cash = run.crews.cash * min(1.0, 1.0 / run.p["gathering_weeks"])
    rows = np.flatnonzero(cash > 0)
    cash = cash[rows]
    for kind, share in (("us_costs", run.p["us_cost_share"]), ("kept_in_us", run.p["kept_in_us_share"])):
        run.ledger.move("usd", "crews.cash", kind, cash * share, kind, source_rows=rows)
    south = cash * (1.0 - run.p["us_cost_share"] - run.p["kept_in_us_share"])
    at_site, plaza = southbound_shares(run), run.crews.plaza[rows]
    risk = np.minimum(1.0, run.levers["outbound_checks"] * run.p["cash_find_prob"])
    fee = _fee(run)
    notes_cost = run.p["courier_cost"] + run.p["risk_weight_cash"] * (at_site @ risk)[plaza]
    notes = south / (1.0 + np.exp(-(fee - notes_cost) / run.p["laundering_spread"]))
    brokered = (south - notes) * run.crews.contact[rows, FINANCIER]
    _carry_notes(run, rows, south - brokered, at_site, risk)
    _launder(run, rows, brokered, fee)
    _payroll(run)
    _surplus(run)


def _fee(run: Run) -> float:
    """Fee of brokers as a share of the value."""
    volume = float(run.extra["laundered.running"][0]) / run.p["laundering_volume_reference"]
    pressure = run.levers.scalar("laundering_pressure")
    answer = (
        pressure ** run.p["laundering_fee_pressure"] * max(volume, 0.05) ** run.p["laundering_fee_volume"]
    )
    return float(min(0.9, run.p["laundering_fee"] * answer))


def _carry_notes(run: Run, rows: NDArray[np.int64], notes: F8, at_site: F8, risk: F8) -> None:
    """Notes go by site in trips of a mean value; a trip found is lost whole. at_site (P, S): shares of sites."""
    plaza = run.crews.plaza[rows]
    by_site = np.bincount(plaza, notes, minlength=len(at_site)) @ at_site
    sites = np.arange(len(risk))
    trips = np.ceil(by_site / run.p["cash_per_trip"]).astype(np.int64)
    found = run.draws.binomial("repatriate/find", trips, risk, sites)
    lost_share = np.divide(found, trips, out=np.zeros(len(risk)), where=trips > 0)
    lost = notes * (at_site @ lost_share)[plaza]
    pay = (notes - lost) * run.p["courier_cost"]
    run.ledger.move("usd", "crews.cash", "seized_cash", lost, "cash_seized_south", source_rows=rows)
    run.ledger.move("usd", "crews.cash", "cash_couriers", pay, "cash_couriers", source_rows=rows)
    owner = run.crews.group[rows]
    run.ledger.move(
        "usd",
        "crews.cash",
        "groups.treasury",
        notes - lost - pay,
        "notes",
        source_rows=rows,
        target_rows=owner,
    )
    run.tally.cash_south[0] += by_site
    run.tally.cash_seized[0] += by_site * lost_share


def _launder(run: Run, rows: NDArray[np.int64], value: F8, fee: float) -> None:
    """Value goes through brokers; a small share is frozen, more under pressure."""
    frozen = value * min(0.5, run.p["frozen_share"] * run.levers.scalar("laundering_pressure"))
    fees = (value - frozen) * fee
    owner = run.crews.group[rows]
    run.ledger.move("usd", "crews.cash", "seized_cash", frozen, "frozen", source_rows=rows)
    run.ledger.move("usd", "crews.cash", "launderers", fees, "fees", source_rows=rows)
    run.ledger.move(
        "usd",
        "crews.cash",
        "groups.treasury",
        value - frozen - fees,
        "laundered",
        source_rows=rows,
        target_rows=owner,
    )
    np.maximum(run.crews.cash, 0.0, out=run.crews.cash)
    volume = run.extra["laundered.running"]
    volume += (value.sum() - volume) / run.p["laundering_memory_weeks"]
    run.tally.laundered[0] += value.sum()


def _payroll(run: Run) -> None:
    """Wages of members, then families of prisoners, as far as the treasury goes."""
    groups, alive = run.groups, run.alive
    members = np.bincount(run.crews.group, run.crews.people, minlength=len(groups.alive))[alive]
    for kind, due in (
        ("wages", members * groups.wage[alive]),
        ("families", held_of_groups(run)[alive] * run.p["family_pay_week"]),
    ):
        paid = np.minimum(due, groups.treasury[alive])
        run.ledger.move("usd", "groups.treasury", kind, paid, kind, source_rows=alive)
        if kind == "wages":
            groups.paid[alive] = np.divide(paid, due, out=np.ones(len(alive)), where=due > 0)


def _surplus(run: Run) -> None:
    """Leaders take part of what lies above the treasury they want to hold. Source: assumption A21."""
    groups, alive = run.groups, run.alive
    members = np.bincount(run.crews.group, run.crews.people, minlength=len(groups.alive))[alive]
    weekly = np.maximum(groups.outlay[alive], members * groups.wage[alive])
    excess = np.maximum(0.0, groups.treasury[alive] - run.p["treasury_weeks"] * weekly)
    taken = excess * run.p["surplus_taken_share"]
    run.ledger.move("usd", "groups.treasury", "leaders_surplus", taken, "surplus", source_rows=alive)
    run.tally.surplus[0][alive] += taken
