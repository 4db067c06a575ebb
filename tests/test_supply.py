"""Production, purchase, local sale and dispatch: what it costs, what limits it, and that the books balance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.state.capacity import KG_PER_T, capacity, place_capacity, season, unit_costs
from sim.state.crews import BUYER
from sim.state.run import OTHER_TRADES
from sim.state.running import smooth
from sim.units import WEEKS_PER_YEAR
from sim.week.planning import plan
from sim.week.supply import LOCAL_RETAIL, TOLLS, dispatch, produce
from tests.market_sandbox import open_sandbox


def one_week(run, *processes):  # type: ignore[no-untyped-def]
    for process in processes or (plan, produce, dispatch):
        run.ledger.process = process.name
        process(run)
        run.ledger.check(process.accounts)


def test_the_start_makes_what_the_accounts_say() -> None:
    run = open_sandbox()
    run.p.set("harvest_amplitude", 0.0)
    one_week(run, plan, produce)
    made = run.tally.produced[0].sum(axis=0) * WEEKS_PER_YEAR / KG_PER_T
    np.testing.assert_allclose(made, run.world.drugs.supply, rtol=0.03)
    usd = run.ledger.flow("local_sales")[0] * WEEKS_PER_YEAR / 1e9
    assert usd == pytest.approx(0.71, rel=0.15)


def test_harvests_add_up_to_a_year() -> None:
    run = open_sandbox()
    total = np.zeros(run.world.plazas.production.shape)
    for number in range(520):
        run.week = number
        total += season(run)
    np.testing.assert_allclose(total / 520, 1.0, atol=0.02)


def test_bought_drugs_cost_more_when_more_is_wanted() -> None:
    run = open_sandbox()
    bought = run.world.drugs.is_bought
    before = unit_costs(run)
    run.groups.produce_plan *= 2.0
    ratio = unit_costs(run) / before
    np.testing.assert_allclose(ratio[bought], 2.0 ** (1.0 / run.p["southern_supply_elasticity"]))
    np.testing.assert_allclose(ratio[~bought], 1.0)


def test_a_poor_treasury_scales_production_down() -> None:
    rich, poor = open_sandbox(), open_sandbox()
    poor.groups.treasury *= 1e-3
    poor.ledger.resync()
    for run in (rich, poor):
        one_week(run, plan, produce, dispatch)
        run.ledger.audit()
    assert (poor.tally.produced[0].sum(axis=0) < 0.2 * rich.tally.produced[0].sum(axis=0)).all()
    assert (poor.groups.treasury >= 0.0).all()


def test_no_precursors_no_synthesis() -> None:
    run = open_sandbox()
    run.levers["precursor_seized"][...] = 0.95
    run.crews.precursor[:] = 0.0
    run.groups.treasury[:] = 1e4
    run.ledger.resync()
    one_week(run, plan, produce)
    made, base = run.tally.produced[0].sum(axis=0), run.world.drugs.supply * KG_PER_T / WEEKS_PER_YEAR
    synthetic = run.world.drugs.is_synthetic
    assert (made[synthetic] < 0.1 * base[synthetic]).all()
    assert run.ledger.flow("seizure_precursor", "precursor").sum() > 0.0


def test_orders_make_up_for_the_precursors_that_customs_find() -> None:
    came = {}
    for found in (0.0, 0.5):
        run = open_sandbox()
        run.crews.precursor[:] = 0.0
        run.groups.treasury[:] = 1e12
        run.ledger.resync()
        one_week(run, plan)
        run.levers["precursor_seized"][...] = found
        one_week(run, produce)
        came[found] = run.ledger.flow("precursors", "precursor")
        lost = run.ledger.flow("seizure_precursor", "precursor")
        np.testing.assert_allclose(lost, found / (1.0 - found) * came[found], rtol=1e-9)
    assert came[0.0].sum() > 0.0
    np.testing.assert_allclose(came[0.5], came[0.0], rtol=1e-9)


def test_suppliers_abroad_are_paid_once_and_for_what_is_taken() -> None:
    run = open_sandbox()
    one_week(run, plan, produce)
    bought = run.world.drugs.is_bought
    bill = (run.tally.produced[0].sum(axis=0) * unit_costs(run))[bought].sum()
    assert run.ledger.flow("purchase", "usd")[0] == pytest.approx(bill, rel=1e-6)


def test_piso_goes_from_treasury_to_treasury() -> None:
    run = open_sandbox()
    run.plazas.holder[run.world.sites.plaza] = 0
    one_week(run)
    toll = run.ledger.flow("toll", "usd")[0]
    assert toll > 0.0
    assert OTHER_TRADES[TOLLS] == "tolls" and OTHER_TRADES[LOCAL_RETAIL] == "local retail"
    column = run.world.drugs.n + TOLLS
    assert run.tally.income[0, 0, column] == pytest.approx(toll)
    assert run.tally.income[0, 1:, column].sum() == 0.0


def test_no_fields_no_harvest() -> None:
    run = open_sandbox()
    run.levers["crop_capacity"][:] = 0.0
    one_week(run, plan, produce)
    made = run.tally.produced[0].sum(axis=0)
    assert (made[run.world.drugs.is_plant] == 0.0).all()
    assert (made[~run.world.drugs.is_plant] > 0.0).all()


def test_crews_that_lie_low_make_nothing_and_their_stock_is_sold_off() -> None:
    run = open_sandbox()
    run.crews.pause[run.crews.group == 0] = 4.0
    one_week(run, plan)
    assert (run.groups.produce_plan[0] == 0.0).all() and run.groups.recruit_plan[0] == 0.0
    assert run.groups.gun_plan[0].sum() == run.groups.ammunition_plan[0] == 0.0
    assert run.groups.ship_plan[0].sum() > 0.0 and run.groups.produce_plan[1].sum() > 0.0


def test_the_rest_of_a_group_goes_on_while_a_crew_lies_low() -> None:
    run = open_sandbox()
    one_week(run, plan)
    before = run.groups.produce_plan[0].sum(), run.groups.recruit_plan[0]
    row = int(np.flatnonzero((run.crews.group == 0) & (run.crews.people > 0))[0])
    own = capacity(run, place_capacity(run))
    run.crews.pause[row] = 4.0
    less = capacity(run, place_capacity(run))
    assert (less[row] == 0.0).all() and np.array_equal(np.delete(less, row, 0), np.delete(own, row, 0))
    one_week(run, plan)
    assert (
        0.0 < run.groups.produce_plan[0].sum() <= before[0] and 0.0 < run.groups.recruit_plan[0] < before[1]
    )


def test_a_crew_buys_as_far_as_its_buyer_is_known() -> None:
    """Half a contact: half of what is bought ready, and half of the precursors."""
    run = open_sandbox()
    one_week(run, plan)
    before = run.snapshot()
    made = []
    for contact in (1.0, 0.5):
        run.restore(before)
        run.crews.contact[:, BUYER] = contact
        one_week(run, produce)
        made.append(run.tally.produced[0].sum(axis=0))
    bought = run.world.drugs.is_bought
    assert made[1][bought] == pytest.approx(0.5 * made[0][bought])
    assert made[1][run.world.drugs.is_plant] == pytest.approx(made[0][run.world.drugs.is_plant])


def test_every_intention_is_finite_and_not_negative() -> None:
    run = open_sandbox()
    run.groups.treasury[5], run.groups.profit[6], run.groups.margin[7] = 0.0, -1e9, 0.0
    one_week(run, plan)
    for name in (
        "produce_plan",
        "ship_plan",
        "wage",
        "recruit_plan",
        "gun_plan",
        "ammunition_plan",
        "bribe_plan",
    ):
        values = getattr(run.groups, name)[run.alive]
        assert np.isfinite(values).all() and (values >= 0.0).all(), name
    assert ((run.groups.utilisation[run.alive] > 0.0) & (run.groups.utilisation[run.alive] <= 1.0)).all()


@settings(max_examples=6, deadline=None)
@given(st.floats(0.0, 3.0), st.floats(0.0, 50.0), st.floats(0.2, 5.0))
def test_books_balance_whatever_the_state(stock: float, money: float, cost: float) -> None:
    run = open_sandbox()
    run.crews.pure *= stock
    run.crews.diluent *= stock
    run.groups.treasury *= money
    run.levers["production_cost_factor"][:] = cost
    run.ledger.resync()
    one_week(run)
    run.ledger.audit()


def test_memory_moves_part_of_the_way() -> None:
    assert smooth(np.array([1.0]), np.array([2.0]), 4.0)[0] == 1.25
