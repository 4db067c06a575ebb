"""Clocks of people: chances in a week against closed forms, independence, and that more hazard is never later."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import kernels_people as kernel
from sim.kernels_clocks import new_clock, relapse_share, why
from sim.state.people import DEPENDENT, FREE, RECOVERED
from tests.test_people import Bench

N = 200_000
SIGMAS = 4.5
"""Standard errors that a count may be off; each test asks some tens of times."""
MOVE, OVERDOSE = 8, 9
AT_HALF = {"SHIFT": math.log(80.0)}
"""A dose at which half of all occasions are an overdose."""


def near(count: float, n: float, chance: float) -> bool:
    """Whether a count of n trials is what the chance leads to."""
    return bool(abs(count - n * chance) <= SIGMAS * math.sqrt(n * chance * (1.0 - chance)) + 1.0)


@pytest.mark.parametrize("hazard", [1e-4, 0.01, 0.3, 1.5])
def test_a_state_is_left_with_the_chance_of_its_hazard_in_every_week(hazard: float) -> None:
    """In the first week, and in the tenth of those who are still there."""
    bench = Bench(N, rates=(hazard, 0.0))
    for week in range(10):
        before = bench.out[DEPENDENT, kernel.PEOPLE]
        bench.week(week)
        assert near(before - bench.out[DEPENDENT, kernel.PEOPLE], before, -math.expm1(-hazard))


@pytest.mark.parametrize("often", [1e-3, 0.05, 0.8])
def test_overdoses_and_deaths_come_with_the_chance_of_their_hazard(often: float) -> None:
    """At most one overdose a week; a survivor's clock is drawn anew, so the next week is like the first."""
    bench, seen, people = Bench(N, OCCASIONS=2.0 * often, FATAL=0.3, **AT_HALF), np.zeros(2), float(N)
    for week in range(5):
        bench.week(week)
        now = bench.out[DEPENDENT, [kernel.DEATHS, kernel.SURVIVED]]
        died, lived = now - seen
        assert near(died + lived, people, -math.expm1(-often)) and near(died, died + lived, 0.3)
        seen, people = now.copy(), people - died
    assert bench.out[DEPENDENT, kernel.PEOPLE] == people == np.count_nonzero(bench.columns[2])


def test_clocks_drawn_anew_are_exponential_and_independent() -> None:
    """Both clocks rang in the first week: three survive for one who dies, and take new clocks."""
    bench = Bench(N, rates=(50.0, 0.0), OCCASIONS=100.0, FATAL=0.25, **AT_HALF)
    bench.columns[MOVE][:] = bench.columns[OVERDOSE][:] = 1e-6
    bench.week(0)
    moves, overdoses = (bench.columns[k][bench.columns[2] == RECOVERED] for k in (MOVE, OVERDOSE))
    n = len(moves)
    assert 0.7 * N < n < 0.8 * N
    for clock in (moves, overdoses):
        assert clock.mean() == pytest.approx(1.0, abs=SIGMAS / math.sqrt(n))
        assert near(np.count_nonzero(clock < 0.01), n, -math.expm1(-0.01))
        assert near(np.count_nonzero(clock > 3.0), n, math.exp(-3.0))
    late = np.count_nonzero((moves > 1.0) & (overdoses > 1.0))
    assert near(late, n, math.exp(-2.0))
    gone = bench.columns[2] == FREE
    assert gone.any() and not bench.columns[MOVE][gone].any() and not bench.columns[OVERDOSE][gone].any()


def test_the_two_events_of_a_week_are_independent() -> None:
    bench = Bench(N, rates=(0.5, 0.0), OCCASIONS=1.0, **AT_HALF)
    before = bench.columns[OVERDOSE].copy()
    bench.week(0)
    moved, overdosed = bench.columns[2] == RECOVERED, before < 0.5
    assert bench.out[DEPENDENT, kernel.SURVIVED] == pytest.approx(overdosed.sum(), abs=2)
    assert near(np.count_nonzero(moved & overdosed), N, math.expm1(-0.5) ** 2)


@given(hazards=st.lists(st.tuples(st.floats(0.0, 0.6), st.floats(0.0, 0.6)), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_a_higher_hazard_never_makes_an_event_later(hazards: list[tuple[float, float]]) -> None:
    """The same people under hazards of which one is never below the other: who has left there has left here."""
    low, high = Bench(500), Bench(500)
    for week, pair in enumerate(hazards):
        for bench, hazard in ((low, min(pair)), (high, max(pair))):
            bench.set_rates(hazard, 0.0)
            bench.week(week)
        left = [bench.columns[2] == RECOVERED for bench in (low, high)]
        assert (left[1] | ~left[0]).all()


def test_an_event_that_moves_in_time_takes_the_same_clock_with_it() -> None:
    """Two histories with other hazards: whoever has left in both, weeks apart, carries the same clock from then on."""
    slow, fast = Bench(2000), Bench(2000)
    for week in range(4):
        for bench, hazard in ((slow, 0.3), (fast, 0.6)):
            bench.set_rates(hazard, 0.0)
            bench.week(week)
    both = (slow.columns[2] == RECOVERED) & (fast.columns[2] == RECOVERED)
    apart = slow.columns[4][both] - fast.columns[4][both]
    assert (apart >= 0).all() and (apart > 0).sum() > 200
    assert np.array_equal(slow.columns[MOVE][both], fast.columns[MOVE][both])


def test_no_hazard_moves_no_clock_and_a_small_one_is_not_lost() -> None:
    bench = Bench(N)
    before = [bench.columns[k].copy() for k in (MOVE, OVERDOSE)]
    bench.week(0)
    assert all(np.array_equal(was, bench.columns[k]) for was, k in zip(before, (MOVE, OVERDOSE), strict=True))
    bench.set_rates(2e-5, 0.0)
    for week in range(1, 101):
        bench.week(week)
    assert near(N - bench.out[DEPENDENT, kernel.PEOPLE], N, -math.expm1(-2e-3))


@pytest.mark.parametrize("weeks", [1, 20, 400])
def test_relapse_falls_with_the_weeks_since_recovery(weeks: int) -> None:
    """By thinning: the clock runs at the full hazard, and the chance of the week is that of the actual one."""
    early, rest, late, fade = 0.4, 0.1, 0.2, 30.0
    bench = Bench(N, rates=(0.0, rest))
    bench.rates[RECOVERED, 0] = early
    bench.coef[RECOVERED, kernel.LEAVE] = early + rest
    bench.to_state[0, RECOVERED, 0], bench.to_state[0, RECOVERED, 1] = DEPENDENT, FREE
    bench.relapse = np.array([[late, fade]])
    bench.columns[2][:] = RECOVERED
    bench.week(weeks)
    relapsed, gone = (np.count_nonzero(bench.columns[2] == state) for state in (DEPENDENT, FREE))
    actual = early * (late + (1.0 - late) * math.exp(-weeks / fade))
    assert near(relapsed + gone, N, -math.expm1(-(actual + rest)))
    assert near(relapsed, relapsed + gone, actual / (actual + rest))


def test_causes_come_in_proportion_to_their_hazards() -> None:
    rates, n = np.array([0.2, 0.0, 0.3, 0.0, 0.5, 0.0]), 1000
    words = ((np.arange(n) + 0.5) / n * 2.0**32).astype(np.uint32)
    counts = np.bincount([why(word, rates, 1.0) for word in words], minlength=6)
    assert counts.tolist() == [200, 0, 300, 0, 500, 0]
    share = relapse_share(10.0, 0.2, 30.0)
    thinned = np.array([why(word, rates, share) for word in words])
    head, full = 0.2 * share, 0.8 + 0.2 * share
    assert np.mean(thinned >= 0) == pytest.approx(math.expm1(-full) / math.expm1(-1.0), abs=2 / n)
    assert np.mean(thinned[thinned >= 0] == 0) == pytest.approx(head / full, abs=4 / n)


def test_a_clock_is_the_quantile_of_its_word() -> None:
    assert new_clock(np.uint32(0)) > 0.0
    assert new_clock(np.uint32(2**31)) == pytest.approx(math.log(2.0), rel=1e-6)
    assert new_clock(np.uint32(2**32 - 1)) == pytest.approx(33 * math.log(2.0), rel=1e-6)


def test_doses_of_rows_and_weeks_are_even_and_do_not_repeat() -> None:
    """The hazard at a steep curve tells the dose; eight rows share a block of words, and none shares a word."""
    n, spread = 4096, 0.3
    words = np.empty(n // 2 + 8, np.uint32)
    doses = []
    for week in (1, 2):
        kernel._doses((3, 4), week, 0, n, words)
        doses.append(words.view(np.uint16)[:n].copy())
        assert doses[-1].mean() == pytest.approx(32767.5, abs=5 * 65536 / math.sqrt(12 * n))
    assert abs(np.corrcoef(*doses)[0, 1]) < 5 / math.sqrt(n)
    assert abs(np.corrcoef(doses[0][:-1], doses[0][1:])[0, 1]) < 5 / math.sqrt(n)
    kernel._doses((3, 4), 2, 1003, 100, words)
    assert np.array_equal(words.view(np.uint16)[3:103], doses[1][1003:1103])
    even = Bench(N, OCCASIONS=0.01, FATAL=1.0, **AT_HALF).week(0)[DEPENDENT, kernel.HAZARD :].sum()
    varied = (
        Bench(N, OCCASIONS=0.01, FATAL=1.0, **AT_HALF)
        .week(0, spread=spread)[DEPENDENT, kernel.HAZARD :]
        .sum()
    )
    ln = np.log(1.0 + spread * np.linspace(-1.0, 1.0, 20_001))
    mean = np.mean([0.5 * math.erfc(-2.0 * x / math.sqrt(2.0)) for x in ln]) / 0.5
    assert varied / even == pytest.approx(mean, rel=3e-3)
