"""Cash that comes home: the way that is cheaper, the payroll, and what a find takes. Other chains stand still."""

from __future__ import annotations

import numpy as np
import pytest

from sim.levers import Press
from sim.state.run import Run
from sim.week.cash import repatriate
from tests.enforcement_sandbox import stand


def _home(run: Run, presses: list[tuple[str, Press]] | None = None) -> Run:
    """Run the process once, with the broker's volume at its usual; the books are checked."""
    run.extra["laundered.running"] = np.array([run.p["laundering_volume_reference"]])
    run.levers.press(presses or [])
    run.ledger.begin_week(0)
    run.tally.zero()
    repatriate(run)
    run.ledger.check()
    return run


def _notes_share(fee_times: float) -> float:
    """Share of what goes south that goes as notes, with brokers dearer by pressure."""
    run = stand(2, laundering_fee_pressure=1.0)
    _home(run, [("x", Press("laundering_pressure", "scale", fee_times))])
    notes, brokers = float(run.tally.cash_south[0].sum()), float(run.tally.laundered[0].sum())
    return notes / (notes + brokers)


def test_cash_goes_by_the_cheaper_way() -> None:
    cheap, usual, dear = (_notes_share(x) for x in (0.3, 1.0, 3.0))
    assert cheap < usual - 0.1 and dear > usual + 0.1
    assert 0.0 < cheap and dear < 1.0


def test_trips_are_lost_whole_as_often_as_they_are_found() -> None:
    """Brokers are so dear and risk weighs so little that all goes as notes, though three trips of five are found."""
    run = stand(
        2, cash_find_prob=0.6, cash_per_trip=50_000, laundering_fee_pressure=1.5, risk_weight_cash=0.5
    )
    _home(
        run,
        [("x", Press("outbound_checks", "floor", 1.0)), ("x", Press("laundering_pressure", "scale", 10.0))],
    )
    south, lost = float(run.tally.cash_south[0].sum()), float(run.tally.cash_seized[0].sum())
    trips = south / 50_000
    assert trips > 500 and lost / south == pytest.approx(0.6, abs=5 * np.sqrt(0.24 / trips))
    assert run.ledger.flow("cash_seized_south")[0] == pytest.approx(lost)
    kept = south - lost
    assert run.ledger.flow("cash_couriers")[0] == pytest.approx(run.p["courier_cost"] * kept)


@pytest.mark.parametrize("stock", ["accused", "prisoners"])
def test_who_is_in_custody_is_paid_for_and_members_before_them(stock: str) -> None:
    paid, held = [], []
    for more in (0, 7):
        run = stand(2)
        groups, alive = run.groups, run.alive
        groups.treasury[alive] = 1e9
        getattr(groups, stock)[alive] += more
        run.ledger.resync()
        _home(run)
        paid.append(run.ledger.flow("families")[0])
        held.append(getattr(groups, stock).sum())
        members = np.bincount(run.crews.group, run.crews.people, minlength=groups.n)[alive]
        assert run.ledger.flow("wages")[0] == pytest.approx((members * groups.wage[alive]).sum())
        assert (groups.paid[alive] == 1.0).all()
    assert held[1] > held[0]
    assert paid[1] - paid[0] == pytest.approx(run.p["family_pay_week"] * (held[1] - held[0]))


def test_a_treasury_that_is_too_small_pays_its_members_in_part_and_no_family() -> None:
    run = stand(2)
    groups, alive = run.groups, run.alive
    run.crews.cash[:] = 0.0
    members = np.bincount(run.crews.group, run.crews.people, minlength=groups.n)[alive]
    groups.treasury[alive] = 0.4 * members * groups.wage[alive]
    run.ledger.resync()
    _home(run)
    assert groups.paid[alive] == pytest.approx(0.4) and (groups.treasury[alive] == 0.0).all()
    assert run.ledger.flow("families")[0] == 0.0
