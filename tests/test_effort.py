"""Time over trades: closed forms, time is only moved, and what is done with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.state.effort import MOST_RATIO, expected_returns, learn_usual, wished_effort
from sim.state.run import OTHER_TRADES
from tests.market_sandbox import open_sandbox

RUN = open_sandbox()
TRADES = RUN.groups.usual.shape[1]


def settled(usual: np.ndarray, ratio: np.ndarray, response: float = 1.0) -> np.ndarray:
    """Effort after people have moved, for every group alike, (trade,)."""
    RUN.week, RUN.groups.usual[:], RUN.groups.effort[:] = 0, usual, 1.0
    RUN.p.set("plan_effort_response", response)
    RUN.p.set("plan_effort_weeks", 4)
    for _ in range(100):
        RUN.groups.effort[:] = wished_effort(RUN, RUN.groups.usual * ratio)
    return RUN.groups.effort[0].copy()


def test_time_of_a_lost_trade_goes_to_the_others_in_proportion() -> None:
    usual, ratio = np.zeros(TRADES), np.ones(TRADES)
    usual[[0, 5, 6]], ratio[0] = (50.0, 30.0, 20.0), 0.1
    effort = settled(usual, ratio)
    assert effort[[0, 5, 6]] == pytest.approx([0.1 / 0.55, 1 / 0.55, 1 / 0.55])
    assert (effort[usual == 0.0] > 0.0).all()


def test_habit_moves_nothing() -> None:
    usual, ratio = np.full(TRADES, 7.0), np.linspace(0.1, 3.0, TRADES)
    np.testing.assert_allclose(settled(usual, ratio, 0.0), 1.0, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.1, 1e6), min_size=TRADES, max_size=TRADES),
    st.lists(st.floats(0.1, 10.0), min_size=TRADES, max_size=TRADES),
    st.floats(0.0, 4.0),
)
def test_all_time_is_divided_and_a_better_trade_gets_more_of_it(
    usual: list[float], ratio: list[float], response: float
) -> None:
    effort = settled(np.array(usual), np.array(ratio), response)
    assert (effort * usual).sum() == pytest.approx(np.sum(usual))
    assert (np.diff(effort[np.argsort(ratio, kind="stable")]) >= -1e-9 * effort.max()).all()


def test_nothing_moves_in_the_spin_up_and_usual_returns_stay_after_it() -> None:
    RUN.groups.usual[:] = 1.0
    RUN.groups.effort[:] = 1.0
    RUN.week = -1
    returns = np.full(RUN.groups.usual.shape, 5.0)
    learn_usual(RUN, returns)
    assert (RUN.groups.usual > 1.0).all()
    assert (wished_effort(RUN, returns * MOST_RATIO) == 1.0).all()
    RUN.week, before = 0, RUN.groups.usual.copy()
    learn_usual(RUN, returns)
    np.testing.assert_array_equal(RUN.groups.usual, before)


def test_returns_are_at_the_usual_effort_and_tolls_take_no_time() -> None:
    drugs = RUN.world.drugs.n
    RUN.groups.revenue[:], RUN.groups.effort[:] = 6.0, 2.0
    returns = expected_returns(RUN, np.full((RUN.groups.n, drugs), -1.0))
    assert (returns[:, :drugs] == 0.0).all()
    assert (returns[:, drugs : drugs + OTHER_TRADES.index("tolls")] == 3.0).all()
    assert (returns[:, drugs + OTHER_TRADES.index("tolls")] == 0.0).all()
