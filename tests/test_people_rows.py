"""Rows of people by hand: entrants, rows in use, tolerance, what a death is counted as. Closed forms of the kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import kernels_people as kernel
from sim.kernels_rows import BRIDGED, CHUNK, CLOCKS, admit, in_use
from sim.state.people import DEPENDENT, FREE, OCCASIONAL, RECOVERED, STATES
from sim.state.people_tables import population_share
from sim.week.people.entrants import _fear
from tests.test_people import Bench, new_run


def test_entrants_are_spread_around_a_mean_of_one() -> None:
    n, spreads = 40_000, np.array([0.8, 0.5])
    columns = Bench(n).columns
    columns[2][:] = FREE
    out, begun = np.zeros((len(STATES), kernel.N_OUT)), np.zeros(1)
    admit(
        3, 4, np.array([[n]]), np.zeros(1, np.int64), np.array([OCCASIONAL]), np.array([0, n]), columns, spreads,
        out, (1, len(STATES)), 7, begun,
    )  # fmt: skip
    assert (columns[4] == 7).all() and (columns[10] == CLOCKS).all() and (columns[11] == CLOCKS).all()
    for clock in columns[8:10]:
        assert clock.mean() == pytest.approx(1.0, abs=5 / math.sqrt(n))
    assert abs(np.corrcoef(columns[8], columns[9])[0, 1]) < 5 / math.sqrt(n)
    assert begun[0] == out[OCCASIONAL, kernel.PEOPLE] == n and (columns[2] == OCCASIONAL).all()
    for values, sigma in zip((columns[5], columns[7]), spreads, strict=True):
        error = math.sqrt(math.expm1(sigma**2) / n)
        assert values.mean() == pytest.approx(1.0, abs=5 * error)
        assert np.log(values).std() == pytest.approx(sigma, rel=0.02)
    assert out[OCCASIONAL, kernel.AMOUNT] == pytest.approx(columns[5].sum())


@given(people=st.lists(st.integers(0, 1999), max_size=12), n=st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_stretches_in_use_hold_everybody_and_do_not_overlap(people: list[int], n: int) -> None:
    state = np.zeros(n, np.int8)
    state[[row for row in people if row < n]] = DEPENDENT
    starts, ends = in_use(state)
    inside = np.zeros(n, int)
    for first, last in zip(starts, ends, strict=True):
        inside[first:last] += 1
        assert state[first : first + CHUNK].any() and state[max(last - CHUNK, 0) : last].any()
        assert first % CHUNK == 0 and (last % CHUNK == 0 or last == n)
    assert inside.max() <= 1 and (inside[state != FREE] == 1).all()
    assert (starts[1:] - ends[:-1] > BRIDGED * CHUNK).all()


def test_a_state_is_entered_in_the_week_that_it_is_entered_in() -> None:
    bench = Bench(2000, rates=(0.7, 0.0))
    bench.columns[4][:] = 50
    bench.week(60)
    moved = bench.columns[2] == RECOVERED
    assert 0 < moved.sum() < 2000
    assert (bench.columns[4][moved] == 60).all() and (bench.columns[4][~moved] == 50).all()


@pytest.mark.parametrize(("start", "aim", "share"), [(0.0, 40.0, 0.5), (40.0, 0.0, 0.3)])
def test_tolerance_closes_its_share_of_the_gap_upwards_and_downwards(
    start: float, aim: float, share: float
) -> None:
    """The bench closes 0.5 of a gap upwards and 0.3 downwards a week."""
    bench = Bench(1, TARGET=aim)
    bench.columns[6][:] = start
    for week in range(3):
        bench.week(week)
        assert bench.columns[6][0] == pytest.approx(
            aim + (start - aim) * (1.0 - share) ** (week + 1), rel=1e-6
        )


@pytest.mark.parametrize("unknowing", [0.0, 1.0])
def test_a_death_counts_as_mixed_by_what_was_not_known_of(unknowing: float) -> None:
    """Overdoses of two causes at equal rates: with an opioid (fatal in 0.4), and of the drug itself (0.05)."""
    often = 0.02
    coef = {
        "SHIFT": math.log(80.0),
        "OCCASIONS": often,
        "TOXIC": often / 2,
        "FATAL": 0.4,
    }
    out = Bench(200_000, mixed_in=unknowing, **coef).week(3)
    deaths = out[DEPENDENT, kernel.DEATHS]
    assert deaths > 500
    share = unknowing * 0.4 / (0.4 + 0.05)
    assert out[DEPENDENT, kernel.MIXED] == pytest.approx(share * deaths, rel=1e-6)


def test_adulterated_occasions_of_an_opioid_count_as_mixed() -> None:
    coef = {"SHIFT": math.log(80.0), "OCCASIONS": 0.04, "FATAL": 0.4}
    out = Bench(200_000, mixed_in=0.25, **coef).week(3)
    assert out[DEPENDENT, kernel.MIXED] == pytest.approx(0.25 * out[DEPENDENT, kernel.DEATHS], rel=1e-6)


def test_deaths_that_are_seen_keep_people_from_beginning() -> None:
    run = new_run()
    usual, e = population_share(run) * run.p["deaths_seen_reference"], run.p["fear_elasticity"]
    for times in (0.5, 1.0, 2.0):
        run.seen.overdoses[0] = times * usual
        assert _fear(run) == pytest.approx(times**-e)
    assert e > 0
