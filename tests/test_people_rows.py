"""Rows of people by hand: entrants, clocks, tolerance, what a death is counted as. The kernel alone, closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import kernels_people as kernel
from sim.state.people import DEPENDENT, FREE, OCCASIONAL, RECOVERED, STATES
from sim.state.people_tables import population_share
from sim.week.people.entrants import _fear
from tests.test_people import Bench, new_run


def test_entrants_are_spread_around_a_mean_of_one() -> None:
    n, spreads = 40_000, np.array([0.8, 0.5])
    columns = Bench(n).columns
    columns[2][:] = FREE
    out, begun = np.zeros((len(STATES), kernel.N_OUT)), np.zeros(1)
    kernel.admit(
        3, 4, 0, np.array([[n]]), np.zeros(1, np.int64), np.array([OCCASIONAL]), np.array([0, n]), columns, spreads,
        out, (1, len(STATES)), begun,
    )  # fmt: skip
    assert begun[0] == out[OCCASIONAL, kernel.PEOPLE] == n and (columns[2] == OCCASIONAL).all()
    for values, sigma in zip((columns[5], columns[7]), spreads, strict=True):
        error = math.sqrt(math.expm1(sigma**2) / n)
        assert values.mean() == pytest.approx(1.0, abs=5 * error)
        assert np.log(values).std() == pytest.approx(sigma, rel=0.02)
    assert out[OCCASIONAL, kernel.AMOUNT] == pytest.approx(columns[5].sum())


def test_rows_in_use_reach_to_the_last_person_of_each_cell() -> None:
    state = np.array([3, 0, 1, 0, 0, 0, 2, 2, 0], np.int8)
    starts, ends = kernel.in_use(np.array([0, 4, 6, 6, 9]), state)
    assert starts.tolist() == [0, 4, 6, 6] and ends.tolist() == [3, 4, 6, 8]


def test_the_clock_of_a_state_starts_when_it_is_entered() -> None:
    bench = Bench(2000, rates=(0.7, 0.0))
    bench.columns[4][:] = 50
    bench.week(0)
    moved = bench.columns[2] == RECOVERED
    assert 0 < moved.sum() < 2000
    assert (bench.columns[4][moved] == 0).all() and (bench.columns[4][~moved] == 51).all()


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
        "UNKNOWING": unknowing,
    }
    out = Bench(200_000, **coef).week(3)
    deaths = out[DEPENDENT, kernel.DEATHS]
    assert deaths > 500
    share = unknowing * 0.4 / (0.4 + 0.05)
    assert out[DEPENDENT, kernel.MIXED] == pytest.approx(share * deaths, rel=1e-6)


def test_adulterated_occasions_of_an_opioid_count_as_mixed() -> None:
    coef = {"SHIFT": math.log(80.0), "OCCASIONS": 0.03, "FATAL": 0.4}
    coef |= {"SHIFT_MIX": math.log(80.0), "OCCASIONS_MIX": 0.01}
    out = Bench(200_000, **coef).week(3)
    assert out[DEPENDENT, kernel.MIXED] == pytest.approx(0.25 * out[DEPENDENT, kernel.DEATHS], rel=1e-6)


def test_deaths_that_are_seen_keep_people_from_beginning() -> None:
    run = new_run()
    usual, e = population_share(run) * run.p["deaths_seen_reference"], run.p["fear_elasticity"]
    for times in (0.5, 1.0, 2.0):
        run.seen.overdoses[0] = times * usual
        assert _fear(run) == pytest.approx(times**-e)
    assert e > 0
