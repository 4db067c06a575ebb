"""Clearing, the price ladder and the closed loop of supply and markets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.parameters import Parameters
from sim.state.ladder import reference_hub, user_elasticities, wholesale
from sim.units import WEEKS_PER_YEAR
from sim.week.market import _dilute, clear, clearing_price
from tests.market_sandbox import flows, history, open_sandbox, rates

MADE, SENT, SEIZED, DELIVERED, USED, PRICE, RECEIPTS = range(7)
wide = st.floats(0.05, 20.0)
elastic = st.floats(0.1, 2.5)


@settings(deadline=None)
@given(wide, wide, elastic)
def test_one_elasticity_has_a_closed_form(need: float, offered: float, e: float) -> None:
    found = clearing_price(
        np.array([[offered]]), np.array([[[0.0, need]]]), np.array([[1.0, e]]), 1e-30, 1e30
    )
    assert found[0, 0] == pytest.approx((need / offered) ** (1.0 / e), rel=1e-6)


@settings(deadline=None)
@given(wide, wide, wide, elastic, elastic)
def test_use_meets_what_is_offered(light: float, heavy: float, offered: float, a: float, b: float) -> None:
    need, e = np.array([[[light, heavy]]]), np.array([[a, b]])
    price = clearing_price(np.array([[offered]]), need, e, 1e-8, 1e8)
    use = (need * price[:, :, None] ** -e).sum()
    inside = 1e-7 < price[0, 0] < 1e7
    assert not inside or use == pytest.approx(offered, rel=1e-3)


@settings(deadline=None)
@given(wide, wide, elastic)
def test_price_falls_with_what_is_offered_and_keeps_its_bounds(need: float, offered: float, e: float) -> None:
    args = np.array([[[need, need]]]), np.array([[1.5 * e, e]]), 0.2, 5.0
    low = clearing_price(np.array([[offered]]), *args)[0, 0]
    high = clearing_price(np.array([[2.0 * offered]]), *args)[0, 0]
    assert 0.2 - 1e-12 <= high <= low <= 5.0 + 1e-12


def test_mean_elasticity_is_the_parameter() -> None:
    run = open_sandbox()
    names = run.world.drugs.names
    dependent = run.p.by("dependent_share", names)
    found = user_elasticities(run)
    mean = found[:, 1] * dependent + found[:, 0] * (1.0 - dependent)
    np.testing.assert_allclose(mean, -run.p.by("elasticity_price", names))


@pytest.mark.parametrize("switch", ["multiplicative", "additive"])
def test_pass_through(switch: str) -> None:
    run = open_sandbox(overrides={"price_pass_through": switch})
    start, hub = run.world.drugs.price("us_retail"), reference_hub(run)
    retail = np.tile(start, (run.world.areas.n, 1)) * 1.1
    want = hub * 1.1 if switch == "multiplicative" else hub + 0.1 * start
    np.testing.assert_allclose(wholesale(run, retail, hub)[0], want)
    floor = wholesale(run, retail * 1e-3, hub)
    np.testing.assert_allclose(floor[0], run.p["price_floor_share"] * hub)


def test_start_stands_at_the_reference() -> None:
    run = open_sandbox()
    np.testing.assert_allclose(run.areas.price, np.tile(run.world.drugs.price("us_retail"), (48, 1)))
    use = run.areas.need.sum(axis=(0, 2)) * WEEKS_PER_YEAR / 1000.0
    np.testing.assert_allclose(use, run.world.drugs.us_use, rtol=1e-9)


def test_use_never_exceeds_stock_and_books_balance() -> None:
    run = open_sandbox()
    run.areas.pure[::2] *= 1e-3
    run.areas.pure[0] = 0.0
    run.areas.diluent[0] = 0.0
    run.ledger.resync()
    before = run.areas.pure.sum(axis=0)
    clear(run)
    run.ledger.check(clear.accounts)
    run.ledger.audit()
    assert (run.areas.pure >= 0.0).all() and (run.areas.dose >= 0.0).all()
    came = run.ledger.flow("other_routes", "pure")
    assert (run.tally.consumed[0].sum(axis=0) <= before + came).all()


@pytest.mark.parametrize("stock", [0.5, 1.0, 2.0])
def test_scarcity_is_what_is_offered_over_what_is_wanted(stock: float) -> None:
    run = open_sandbox(overrides={"price_speed": 0.05})
    run.areas.pure *= stock
    run.ledger.resync()
    clear(run)
    used = run.tally.consumed[0]
    offered = (run.areas.pure + used) / run.p.by("cover_weeks", run.world.drugs.names)
    np.testing.assert_allclose(run.areas.scarcity, offered / used, rtol=1e-9)
    assert (run.areas.scarcity < 0.8).all() if stock < 1 else (run.areas.scarcity > 0.8).all()


def test_need_of_nobody_uses_nothing() -> None:
    run = open_sandbox()
    run.areas.need[:] = 0.0
    clear(run)
    run.ledger.audit()
    assert run.tally.consumed[0].sum() == 0.0 and np.isfinite(run.areas.price).all()


def yearly(run, h: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Tonnes a year by flow and drug, price over the reference, receipts in USD a year."""
    mean = h.mean(axis=0)
    mean[: USED + 1] *= WEEKS_PER_YEAR / 1000.0
    mean[RECEIPTS] *= WEEKS_PER_YEAR
    return mean


def test_two_years_stay_near_the_accounts() -> None:
    run = open_sandbox()
    found = yearly(run, history(run, 104, flows))
    drugs = run.world.drugs
    np.testing.assert_allclose(found[MADE], drugs.supply, rtol=0.08)
    np.testing.assert_allclose(found[SENT], drugs.sent, rtol=0.12)
    np.testing.assert_allclose(found[DELIVERED], drugs.delivered, rtol=0.12)
    np.testing.assert_allclose(found[USED], drugs.us_use, rtol=0.08)
    np.testing.assert_allclose(found[PRICE], 1.0, atol=0.12)
    assert found[RECEIPTS].sum() == pytest.approx(10.6e9, rel=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("switch", ["multiplicative", "additive"])
def test_ten_years_neither_drift_nor_swing(switch: str) -> None:
    run = open_sandbox(overrides={"price_pass_through": switch})
    h = history(run, 520, flows)
    early, late = h[104:260].mean(axis=0), h[364:].mean(axis=0)
    np.testing.assert_allclose(late[USED], early[USED], rtol=0.06)
    np.testing.assert_allclose(late[PRICE], early[PRICE], rtol=0.12)
    annual = h[:, PRICE].reshape(10, 52, -1).mean(axis=1)
    assert (annual[2:].std(axis=0) < 0.08).all()
    assert run.ledger.largest_residue < 1.0


def arm(lever: str | None, need: float = 1.0) -> np.ndarray:
    run = open_sandbox()
    rate = rates(run)
    history(run, 104, flows, rate=rate)
    if lever:
        run.levers[lever][:] = 2.0
    run.areas.need *= need
    return history(run, 208, flows, start=104, rate=rate)[104:].mean(axis=0)


@pytest.mark.slow
def test_less_demand_lowers_quantity_price_and_receipts() -> None:
    base, cut = arm(None), arm(None, need=0.8)
    assert (cut[MADE] < 0.95 * base[MADE]).all()
    assert ((cut[PRICE] < base[PRICE]) & (cut[PRICE] > 0.6 * base[PRICE])).all()
    assert (cut[RECEIPTS] < 0.9 * base[RECEIPTS]).all()


@pytest.mark.slow
def test_dearer_production_raises_price_and_lowers_quantity() -> None:
    base, dear = arm(None), arm("production_cost_factor")
    assert (dear[PRICE] > base[PRICE]).all()
    assert (dear[MADE] < base[MADE]).all()


def test_a_dear_pure_gram_is_weaker_before_it_is_dearer_in_the_bag() -> None:
    run = open_sandbox()
    ratio = np.full(run.areas.price.shape, 2.0)
    ratio[0] = 0.5
    _dilute(run, ratio)
    share, usual = run.p["purity_response"], run.world.drugs.purity_bulk
    np.testing.assert_allclose(run.areas.purity[1:], np.tile(usual * 2.0**-share, (run.areas.n - 1, 1)))
    np.testing.assert_allclose(run.areas.purity[0], usual)
    bag = ratio * run.areas.purity / usual
    np.testing.assert_allclose(bag[1:], 2.0 ** (1.0 - share))


def test_what_legal_sellers_serve_is_not_bought_here() -> None:
    run = open_sandbox()
    before = run.areas.price.copy()
    run.levers["legal_share"][:, 0] = 1.0
    clear(run)
    assert (run.tally.consumed[0][:, 0] == 0.0).all() and (run.tally.consumed[0][:, 1:] > 0.0).all()
    assert (run.areas.price[:, 0] < before[:, 0]).all()


def test_unknown_switch_is_refused() -> None:
    with pytest.raises(Exception, match="price_pass_through"):
        Parameters(None, {"price_pass_through": "sideways"})
