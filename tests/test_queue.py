"""Queues: closed forms of M/M/c and of a fluid day, laws, and the waits that the accounts report."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels_queue import day_wait, erlang_c, fluid_hour, stage_waits, steady_wait
from sim.world.world import world
from tests.border_sandbox import open_border

EVEN = np.full(24, 1.0 / 24.0)


def _erlang_sum(c: int, a: float) -> float:
    """Erlang-C by its textbook sum."""
    top = a**c / math.factorial(c) * c / (c - a)
    return top / (sum(a**k / math.factorial(k) for k in range(c)) + top)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.3), (2, 1.0), (5, 4.2), (29, 28.0)])
def test_erlang_c_is_the_textbook_sum(servers: int, load: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(_erlang_sum(servers, load), rel=1e-12)


def test_one_booth_waits_as_m_m_1() -> None:
    assert steady_wait(1.0, 0.8, 0.02) == pytest.approx(0.8 * 0.02 / 0.2, rel=1e-12)
    assert steady_wait(2.0, 0.5, 0.02) == pytest.approx((1 / 3) * 0.02 / (2 * 0.5), rel=1e-12)


def test_a_fluid_hour_is_exact() -> None:
    assert fluid_hour(0.0, 30.0, 20.0) == (10.0, 5.0)
    after, spent = fluid_hour(10.0, 0.0, 20.0)
    assert after == 0.0 and spent == pytest.approx(0.5 * 10 * 0.5)


def test_a_rush_waits_as_its_triangle() -> None:
    arrivals = np.zeros(24)
    arrivals[6:10], arrivals[10:22] = 30.0, 5.0
    waited = day_wait(arrivals, np.ones(24), 1 / 20.0, 24.0, 0.0, np.empty(24))
    peak, drain = 4 * 10.0, 4 * 10.0 / 15.0
    assert waited == pytest.approx(0.5 * peak * (4 + drain) / arrivals.sum(), rel=1e-12)


@settings(deadline=None)
@given(
    traffic=st.floats(10.0, 3e5),
    booths=st.floats(0.5, 40.0),
    more=st.floats(1.0, 2.0),
    kind=st.integers(0, 3),
)
def test_more_booths_never_wait_longer_and_more_traffic_never_shorter(
    traffic: float, booths: float, more: float, kind: int
) -> None:
    shape = np.tile(EVEN * np.linspace(0.5, 1.5, 24), (6, 1))
    staff = np.tile(np.linspace(0.7, 1.0, 24), (6, 1))

    none = np.zeros(1)

    def wait(t: float, b: float) -> float:
        return float(
            stage_waits(
                np.array([t]),
                np.array([b]),
                np.array([0.012]),
                none,
                none,
                shape,
                staff,
                np.array([kind]),
                8.0,
                0.95,
            )[0]
        )

    now = wait(traffic, booths)
    assert 0.0 <= now < 13.0
    assert wait(traffic * more, booths) >= now - 1e-9
    if booths >= 1.5:
        assert wait(traffic, booths * more) <= now + 0.02


def test_waits_are_those_of_the_accounts() -> None:
    from sim.week.crossing import cross

    run, weeks = open_border(), 104
    waits, cost = [], 0.0
    for week in range(weeks):
        run.week = run.draws.week = week
        run.tally.zero()
        cross.fn(run)
        run.seen.waits[0] = run.lanes.wait
        waits.append(run.lanes.wait.copy())
        cost += run.tally.wait_cost.sum()
    fixed = world().lanes
    cars = fixed.kind == 2
    busy = cars & (fixed.traffic_per_week * 52.1775 > 2.5e6)

    def mean(rows: np.ndarray) -> float:
        return float(np.average(np.mean(waits, axis=0)[rows], weights=fixed.traffic_per_week[rows]))

    assert mean(busy) == pytest.approx(0.85, abs=0.08)
    assert mean(cars) == pytest.approx(0.77, abs=0.08)
    assert mean(fixed.kind <= 1) == pytest.approx(0.67, abs=0.12)
    assert mean(fixed.kind == 3) == pytest.approx(0.39, abs=0.08)
    assert cost / weeks * 52.1775 == pytest.approx(1.2e9, rel=0.15)
    by_week = [np.average(wait[busy], weights=fixed.traffic_per_week[busy]) for wait in waits]
    assert 0.1 < np.std(by_week) < 0.6
