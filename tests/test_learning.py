"""Learning: the rules by hand, no change when all is as expected, stable shares, and answers to a changed port."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels_learning import HARDEST, SHUT, ewa_week, relative_losses, salience_week, salient_value
from sim.levers import Press
from sim.week.learning import _hear, expected_loss, learn
from tests.border_sandbox import habit, open_border, week

F, R, D, WEEKS, FLOOR = 0.95, 0.9, 0.5, 26.0, 0.05


def _case(rng: np.random.Generator, groups: int = 4, drugs: int = 2, lanes: int = 6) -> dict[str, np.ndarray]:
    sent = rng.random((groups, drugs, lanes)) * (rng.random((groups, drugs, lanes)) < 0.5)
    return {
        "sent": sent,
        "lost": sent * (rng.random(sent.shape) < 0.2),
        "worth": 100.0 + 900.0 * rng.random((groups, drugs)),
        "expected": 0.05 + 0.2 * rng.random((drugs, lanes)),
        "talk": rng.uniform(-0.5, 1.0, (drugs, lanes)),
        "attraction": rng.normal(0.9, 0.1, sent.shape),
        "experience": 1.0 + rng.random((groups, drugs)),
        "spread": 50.0 + 50.0 * rng.random((groups, drugs)),
    }


def test_ewa_is_the_published_formula() -> None:
    case = _case(np.random.default_rng(1))
    old = {name: value.copy() for name, value in case.items()}
    ewa_week(np.array([0, 2]), *case.values(), F, R, D, WEEKS, FLOOR)
    for g in (0, 2):
        for c in range(2):
            sent, usual = old["sent"][g, c], old["expected"][c]
            share = sent / sent.sum()
            loss = np.divide(old["lost"][g, c], sent, out=np.zeros(6), where=sent > 0)
            own = old["worth"][g, c] * (usual - loss)
            heard = -old["worth"][g, c] * usual * old["talk"][c]
            payoff = np.where(sent > 0, own, heard) / old["spread"][g, c]
            n = R * old["experience"][g, c] + 1.0
            x = old["attraction"][g, c] - (1.0 - usual)
            x = (F * old["experience"][g, c] * x + (D + (1 - D) * share) * payoff) / n
            assert case["attraction"][g, c] == pytest.approx(1.0 - usual + x)
            assert case["experience"][g, c] == pytest.approx(n)
            square = old["spread"][g, c] ** 2
            assert case["spread"][g, c] ** 2 == pytest.approx(
                square + ((share * own**2).sum() - square) / WEEKS
            )
    assert np.array_equal(case["attraction"][[1, 3]], old["attraction"][[1, 3]])


@given(seed=st.integers(0, 10**6))
def test_losses_as_expected_teach_nothing(seed: int) -> None:
    case = _case(np.random.default_rng(seed))
    case["lost"] = case["sent"] * case["expected"]
    case["talk"][:] = 0.0
    case["attraction"] = np.broadcast_to(1.0 - case["expected"], case["sent"].shape).copy()
    before = case["attraction"].copy()
    ewa_week(np.arange(4), *case.values(), F, R, D, WEEKS, FLOOR)
    np.testing.assert_allclose(case["attraction"], before, atol=1e-12)


@given(seed=st.integers(0, 10**6), lane=st.integers(0, 5))
def test_a_loss_never_makes_a_lane_more_attractive(seed: int, lane: int) -> None:
    one, two = _case(np.random.default_rng(seed)), _case(np.random.default_rng(seed))
    two["lost"][:, :, lane] = two["sent"][:, :, lane]
    for case in (one, two):
        ewa_week(np.arange(4), *case.values(), F, R, D, WEEKS, FLOOR)
    assert (two["attraction"] <= one["attraction"] + 1e-12).all()


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), heard=st.floats(0.01, 3.0))
def test_finds_of_all_drugs_speak_of_one_strength_of_checks(seed: int, heard: float) -> None:
    rng = np.random.default_rng(seed)
    usual, passing = 0.02 + 0.15 * rng.random((3, 4)), 10.0 * rng.random((4, 3))
    loss = usual * (1.0 + relative_losses(usual, passing, np.full(4, heard)))
    found = (passing.T * loss).sum(axis=0)
    np.testing.assert_allclose(found, heard * (passing.T * usual).sum(axis=0), rtol=0.01)
    strength = np.log1p(-loss) / np.log1p(-usual)
    np.testing.assert_allclose(strength, strength[:1] + 0.0 * strength, rtol=1e-6, atol=1e-9)
    assert (strength < HARDEST).all()


def test_a_lane_does_not_become_safe_because_loads_left_it() -> None:
    """Finds fall with loads: as many per load, as risky. Fewer finds of as many loads, less risky."""
    run = open_border()
    talk = []
    for finds, loads in ((30.0, 100.0), (3.0, 10.0), (3.0, 100.0)):
        run.seen.publicised[0], run.lanes.passing[:] = finds, loads / run.world.drugs.n
        talk.append(_hear(run))
    np.testing.assert_allclose(talk[0], talk[1], rtol=0.2)
    assert (talk[2] < talk[1]).all()


def test_what_is_usual_at_a_lane_is_learned_in_the_spin_up_alone() -> None:
    run = open_border(overrides={"publicity_weeks": 8, "talk_weeks": 13})
    run.seen.publicised[0], run.lanes.passing[:] = 2.0, 1.0
    for number in (-1, 0):
        run.week = run.draws.week = number
        before = run.lanes.heard.copy()
        _hear(run)
        assert (run.lanes.heard != before).all() == (number < 0)


def test_salience_weighs_the_state_that_stands_out() -> None:
    weight = 0.1 / (0.1 + 0.9 * 0.5)
    assert salient_value(0.1, 1.0, 0.06, 0.1, 0.5) == pytest.approx((1 - weight) * 0.94 - weight * 0.06)
    assert salient_value(0.3, 1.0, 0.0, 0.1, 1.0) == pytest.approx(0.7)


@given(seed=st.integers(0, 10**6), tolerance=st.floats(0.001, 5.0))
@settings(deadline=None)
def test_the_set_of_routes_is_never_empty(seed: int, tolerance: float) -> None:
    rng = np.random.default_rng(seed)
    case = _case(rng)
    memory = rng.random(case["sent"].shape) * 5
    attraction = np.broadcast_to(1.0 - case["expected"], memory.shape).copy()
    weight = np.log(rng.random((2, 6)) + 1e-3)
    for _ in range(8):
        salience_week(
            np.arange(4), case["sent"], case["lost"], weight, case["expected"], attraction, memory, np.ones(6),
            0.978, 32.0, 0.06, 0.1, 0.5, tolerance, 0.3, 1.0,
        )  # fmt: skip
    in_use = attraction > 1.0 - case["expected"] - SHUT / 2
    assert (in_use.sum(axis=2) >= 1).all() and np.isfinite(attraction).all()


def test_margins_are_receipts_over_sales() -> None:
    run = open_border()
    run.groups.margin[:] = 1.0
    for number in range(80):
        sells = number % 4 == 0
        run.groups.landed[3, 1] = 8.0 if sells else 0.0
        run.tally.income[0][3, 1] = 8.0 * 250.0 if sells else 0.0
        learn.fn(run)
    assert run.groups.margin[3, 1] == pytest.approx(250.0, rel=0.01)
    assert run.groups.sold[3, 1] == pytest.approx(2.0, rel=0.25)
    assert run.groups.margin[4, 1] == 1.0


def test_belief_follows_finds_and_keeps_where_nobody_looks() -> None:
    run = open_border(overrides={"belief_fusion": 0})
    run.lanes.hazard[:] = 0.1
    run.lanes.hazard[5] = 0.0
    run.lanes.belief[:] = 0.5
    run.tally.hits[0][[2, 5], 0] = 3
    learn.fn(run)
    g = run.p["belief_gain"]
    assert run.lanes.belief[[2, 3, 5]] == pytest.approx([0.5 + 0.5 * g, 0.5 - 0.5 * g, 0.5])


def _shares(run, base, first: int, weeks: int) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Share of loads by lane and drug over some weeks, (L, D)."""
    total = np.zeros_like(run.tally.loads[0])
    for number in range(first, first + weeks):
        week(run, number, base)
        total += run.tally.loads[0]
    return total / total.sum(axis=0)


@pytest.mark.parametrize("rule", ["ewa", "salience"])
def test_shares_of_lanes_are_stable_in_the_status_quo(rule: str) -> None:
    """Over ten years the mean share of each lane stays within 3 points of the habit, kinds within 5."""
    run = open_border(1, {"route_learning": rule})
    base, kind = habit(run), run.world.lanes.kind
    weight = np.exp(base + 3.0 * (1.0 - expected_loss(run)))
    start = (weight / weight.sum(axis=1, keepdims=True)).T
    _shares(run, base, -104, 104)
    mean = _shares(run, base, 0, 520)
    assert np.abs(mean - start).max() < 0.03
    by_kind = np.array([np.abs((mean - start)[kind == k].sum(axis=0)) for k in range(6)])
    assert by_kind.max() < 0.05


@pytest.mark.parametrize("rule", ["ewa", "salience"])
def test_loads_leave_a_port_that_looks_harder(rule: str) -> None:
    """Half of all cars scanned at the busiest port: its share of loads falls by a third within two years, not to none.

    Null arm: the same port in the same weeks without the press keeps at least four fifths of its share.
    """
    kept = {}
    for scan in (0.0, 0.5):
        run = open_border(2, {"route_learning": rule})
        base, lanes = habit(run), run.world.lanes
        lane = int(np.argmax(lanes.traffic_per_week * (lanes.kind == 2)))
        before = _shares(run, base, 0, 52)[lane]
        site = run.world.sites.code[lanes.site[lane]]
        if scan:
            run.levers.press([("x", Press("port_scan_share_cars", "floor", scan, {"site": [site]}))])
        first = _shares(run, base, 52, 8)[lane]
        _shares(run, base, 60, 44)
        after = _shares(run, base, 104, 52)[lane]
        kept[scan] = (first.sum() / before.sum(), after.sum() / before.sum())
    assert kept[0.0][1] > 0.8
    assert 0.03 < kept[0.5][1] < 0.67
    assert kept[0.5][0] > kept[0.5][1]


def test_fixed_routes_learn_nothing() -> None:
    run = open_border(2, {"route_learning": "fixed"})
    before = run.groups.attraction.copy()
    for number in range(3):
        week(run, number, habit(run))
    assert np.array_equal(run.groups.attraction, before) and run.tally.hits.sum() > 0
