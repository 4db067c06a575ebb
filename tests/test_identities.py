"""Identities in the tables of a run: where drugs go, what users pay, what becomes of cash; over half a year.

Totals of the ledger are compared with tables and tallies that are filled elsewhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest

from sim.model import Model
from sim.state.loads import IN_US, TO_BORDER
from sim.state.run import Run
from tests.unspun import unspun

WEEKS = 26
KEPT, MOVED, LAUNDERED, SEIZED, SPENT = "kept", "moved", "laundered", "seized", "spent"
FATE_OF_CASH = {
    ("kept_in_us", "kept_in_us"): KEPT,
    ("notes", "groups.treasury"): MOVED,
    ("cash_couriers", "cash_couriers"): MOVED,
    ("laundered", "groups.treasury"): LAUNDERED,
    ("fees", "launderers"): LAUNDERED,
    ("cash_seized_south", "seized_cash"): SEIZED,
    ("frozen", "seized_cash"): SEIZED,
    ("seizure_inland", "inland_cash"): SEIZED,
    ("us_costs", "us_costs"): SPENT,
}
"""What becomes of dollars that leave crews' hands, by kind and target; the rest is looted or lost with dead groups."""


@dataclass(repr=False)
class Year:
    """A run and what was added up over its weeks."""

    run: Run
    posted: Counter = field(default_factory=Counter)
    """(kind, commodity, source, target) to totals by column."""
    shipped: np.ndarray = field(default_factory=lambda: np.zeros(5))
    seized: np.ndarray = field(default_factory=lambda: np.zeros(5))
    delivered: np.ndarray = field(default_factory=lambda: np.zeros(5))
    worst_spending: float = 0.0
    income: float = 0.0
    notes: float = 0.0
    brokers: float = 0.0
    before: dict = field(default_factory=dict)

    def flow(
        self, commodity: str, source: str | None = None, target: str | None = None
    ) -> np.ndarray | float:
        """Total from a source or to a target."""
        return sum(
            total
            for (_, what, one, other), total in self.posted.items()
            if what == commodity and source in (None, one) and target in (None, other)
        )


def on_the_way(run: Run, stage: int) -> np.ndarray:
    """Pure kilograms of loads in a stage by drug."""
    here = run.loads.stage == stage
    return np.bincount(run.loads.drug[here], run.loads.pure[here], minlength=run.world.drugs.n)


@pytest.fixture(scope="module")
def year() -> Year:
    with unspun(12):
        model = Model(rng=3, people_per_agent=1000, years=WEEKS / 52)
    run = model.run
    out = Year(run)
    out.before = {stage: on_the_way(run, stage) for stage in (TO_BORDER, IN_US)}
    out.before["cash"] = run.crews.cash.sum()
    while model.running:
        model.step()
        out.posted.update({key: np.array(total, dtype=float) for key, total in run.ledger.totals.items()})
        tally = run.tally
        out.shipped += tally.shipped[0].sum(axis=0)
        out.seized += tally.seized[0].sum(axis=0)
        out.delivered += tally.delivered[0].sum(axis=0)
        out.income += tally.income[0][:, : run.world.drugs.n].sum()
        out.notes += tally.cash_south[0].sum()
        out.brokers += tally.laundered[0].sum()
        paid, bought = tally.spending[0], tally.consumed[0] * run.areas.price
        out.worst_spending = max(
            out.worst_spending, float(np.abs(paid - bought).max() / max(paid.max(), 1.0))
        )
    return out


def test_sent_is_seized_lost_delivered_and_in_transit(year: Year) -> None:
    run = year.run
    sent, seized, delivered = (
        year.flow("pure", target="loads.pure"),
        year.flow("pure", "loads.pure", "seized_pure"),
        year.flow("pure", "loads.pure", "areas.pure"),
    )
    lost = year.flow("pure", "loads.pure") - seized - delivered
    left = sum(on_the_way(run, stage) - year.before[stage] for stage in (TO_BORDER, IN_US))
    assert sent.min() > 0.0 and seized.min() > 0.0
    np.testing.assert_allclose(sent, seized + lost + delivered + left, rtol=1e-9)


def test_what_reaches_a_lane_is_seized_lands_or_is_inland(year: Year) -> None:
    inland = on_the_way(year.run, IN_US) - year.before[IN_US]
    np.testing.assert_allclose(year.shipped, year.seized + year.delivered + inland, rtol=1e-9)
    np.testing.assert_allclose(year.seized, year.flow("pure", target="seized_pure"), rtol=1e-9)
    np.testing.assert_allclose(year.delivered, year.flow("pure", "loads.pure", "areas.pure"), rtol=1e-9)


def test_spending_is_use_times_price(year: Year) -> None:
    assert year.worst_spending < 1e-12


def test_cash_earned_is_kept_moved_laundered_seized_and_spent(year: Year) -> None:
    earned = float(
        np.sum(year.flow("usd", target="crews.cash") - year.flow("usd", "crews.cash", "crews.cash"))
    )
    fates = dict.fromkeys((KEPT, MOVED, LAUNDERED, SEIZED, SPENT, "left behind"), 0.0)
    for (kind, what, source, target), total in year.posted.items():
        if what == "usd" and source == "crews.cash" and target != "crews.cash":
            fates[FATE_OF_CASH.get((kind, target), "left behind")] += float(total.sum())
    held = year.run.crews.cash.sum() - year.before["cash"]
    assert min(fates[name] for name in (KEPT, MOVED, LAUNDERED, SEIZED, SPENT)) > 0.0
    assert fates["left behind"] < 0.01 * earned
    assert earned == pytest.approx(sum(fates.values()) + held, rel=1e-9)
    assert earned == pytest.approx(year.income, rel=0.01)


def test_notes_and_brokers_carry_what_the_tally_says(year: Year) -> None:
    def posted(*kinds: str) -> float:
        return float(sum(v.sum() for k, v in year.posted.items() if k[0] in kinds and k[2] == "crews.cash"))

    assert posted("notes", "cash_couriers", "cash_seized_south") == pytest.approx(year.notes, rel=1e-9)
    assert posted("laundered", "fees", "frozen") == pytest.approx(year.brokers, rel=1e-9)
