"""People who use drugs: closed forms of the overdose rule and rescue, laws of the kernel, and what policies may do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import kernels_people as kernel
from sim.agents.consumers import Consumers
from sim.catalogue import policies
from sim.levers import Press
from sim.parameters import Parameters
from sim.state.build import build_run, open_books
from sim.state.people import DEPENDENT, FREE, OCCASIONAL, RECOVERED, STATES, TREATED
from sim.state.people_build import count_stock
from sim.state.run import Run
from sim.streams import Draws
from sim.week.people import consume, start_people
from sim.world.world import world

PER_AGENT = 1000
COLUMNS = (
    "area", "drug", "state", "generation", "since", "amount", "tolerance", "risk", "clock_move", "clock_overdose",
    "n_move", "n_overdose",
)  # fmt: skip


def new_run(seed: int = 1, per_agent: int = PER_AGENT, **parameters: float | str) -> Run:
    run = build_run(world(), Parameters(overrides=parameters), seed, per_agent, [])
    start_people(run)
    open_books(run)
    return run


def live(run: Run, weeks: int) -> Run:
    for _ in range(weeks):
        run.draws.week = run.week
        run.tally.zero()
        consume(run)
        run.week += 1
    return run


def columns_of(run: Run) -> tuple[Any, ...]:
    return tuple(getattr(run.people, name).copy() for name in COLUMNS)


@pytest.fixture(scope="module")
def lived() -> Run:
    return live(new_run(), 30)


def hazard(out: np.ndarray) -> float:
    """Summed chance of an overdose death of those who were dependent."""
    return float(out[DEPENDENT, kernel.HAZARD :].sum())


class Bench:
    """The kernel on rows of one area and one drug with chosen coefficients; states are DEPENDENT and RECOVERED."""

    def __init__(
        self, n: int, rates: tuple[float, float] = (0.0, 0.0), mixed_in: float = 0.0, **coef: float
    ) -> None:
        self.coef = np.zeros((len(STATES), kernel.N_COEF), np.float32)
        for name, value in coef.items():
            self.coef[:, getattr(kernel, name)] = value
        self.curves = kernel.overdose_curves(np.array([[2.0, 2.0, mixed_in]]))
        self.rates = np.zeros((len(STATES), kernel.N_CAUSES))
        self.set_rates(*rates)
        self.relapse = np.array([[1.0, 1.0]])
        to_state = np.zeros((1, len(STATES), kernel.N_CAUSES), dtype=np.int64)
        to_state[0, DEPENDENT, 0], to_state[0, RECOVERED, 1] = RECOVERED, DEPENDENT
        self.to_state = to_state
        clocks = -np.log1p(-Draws(5).words("bench/clocks", np.arange(n))).astype(np.float32)
        self.columns = (
            np.zeros(n, np.int16), np.zeros(n, np.int8), np.full(n, DEPENDENT, np.int8), np.zeros(n, np.int32),
            np.zeros(n, np.int32), np.ones(n, np.float32), np.zeros(n, np.float32), np.ones(n, np.float32),
            clocks[:, 0].copy(), clocks[:, 1].copy(), np.zeros(n, np.int32), np.zeros(n, np.int32),
        )  # fmt: skip
        self.out = np.zeros((len(STATES), kernel.N_OUT))
        self.out[DEPENDENT, : kernel.AMOUNT + 1] = n

    def set_rates(self, dependent: float, recovered: float) -> None:
        self.rates[DEPENDENT, 0], self.rates[RECOVERED, 1] = dependent, recovered
        self.coef[:, kernel.LEAVE] = self.rates.sum(axis=1)

    def week(self, week: int, cuts: tuple[int, ...] = (), spread: float = 0.0) -> np.ndarray:
        way = np.array([80.0, spread, 0.3, 0.5, 0.05])
        turns = (self.to_state, np.zeros((1, 1), dtype=np.int64), self.relapse, RECOVERED, TREATED, week)
        edges = [0, *sorted(cuts), len(self.columns[0])]
        for first, last in zip(edges[:-1], edges[1:], strict=True):
            kernel.people_week(
                3, 4, week, np.array([first]), np.array([last]), self.columns, self.coef, self.rates, turns,
                self.curves, way, self.out, np.zeros(1),
            )  # fmt: skip
        return self.out


def test_overdose_hazard_at_the_threshold_is_phi_of_zero() -> None:
    """At d = tau an occasion is an overdose with chance Phi(0) = 1/2."""
    often = 0.01
    out = Bench(1, SHIFT=math.log(80.0), OCCASIONS=often, FATAL=1.0).week(0)
    assert hazard(out) == pytest.approx(1 - math.exp(-often / 2), rel=1e-6)


@given(ratio=st.floats(0.02, 3.0), often=st.floats(0.0, 1.0), deadly=st.floats(0.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_overdose_hazard_is_phi(ratio: float, often: float, deadly: float) -> None:
    out = Bench(1, SHIFT=math.log(80.0 * ratio), OCCASIONS=often, FATAL=deadly).week(0)
    phi = 0.5 * math.erfc(-math.log(ratio) * 2.0 / math.sqrt(2.0))
    expected = (1 - math.exp(-often * phi)) * deadly
    assert hazard(out) == pytest.approx(expected, rel=2e-3, abs=1e-15)


def test_two_state_chain_settles_where_flows_are_equal() -> None:
    bench = Bench(20_000, rates=(0.06, 0.03))
    for week in range(120):
        bench.week(week)
    out, back = 1 - math.exp(-0.06), 1 - math.exp(-0.03)
    share = bench.out[DEPENDENT, kernel.PEOPLE] / 20_000
    assert share == pytest.approx(back / (out + back), abs=4 * math.sqrt(0.25 / 20_000))
    assert bench.out[DEPENDENT, kernel.PEOPLE] == np.count_nonzero(bench.columns[2] == DEPENDENT)


@given(cuts=st.lists(st.integers(0, 3000), max_size=4), week=st.integers(0, 2**21))
@settings(max_examples=20, deadline=None)
def test_cutting_the_rows_changes_no_bit(cuts: list[int], week: int) -> None:
    coef = {"SHIFT": math.log(60.0), "OCCASIONS": 0.2, "TOXIC": 0.01, "FATAL": 0.3, "TARGET": 40.0}
    whole, cut = Bench(3000, (0.1, 0.1), **coef), Bench(3000, (0.1, 0.1), **coef)
    for k in range(3):
        whole.week(week + k, spread=0.3)
        cut.week(week + k, tuple(cuts), spread=0.3)
    assert np.array_equal(whole.out, cut.out)
    assert all(np.array_equal(a, b) for a, b in zip(whole.columns, cut.columns, strict=True))


def test_deaths_drawn_agree_with_the_summed_hazard() -> None:
    bench = Bench(200_000, SHIFT=math.log(80.0), OCCASIONS=0.1, FATAL=0.4)
    out = bench.week(7, spread=0.3)
    deaths, expected = out[DEPENDENT, kernel.DEATHS], hazard(out)
    assert abs(deaths - expected) < 4 * math.sqrt(expected)


@pytest.mark.parametrize("side", ["source", "stanford"])
def test_rescue_starts_at_one_death_in_21_and_falls_with_kits(side: str) -> None:
    from sim.week.people import _rescue

    run = new_run(naloxone_effect=side)
    assert _rescue(run) == pytest.approx(1 / 21)
    run.levers.press([("more", Press("naloxone_kits", "scale", 2.0))])
    p = run.p
    at_hand = 1 - math.exp(-p[f"naloxone_c_{side}"] * 840)
    saved = p["overdose_witnessed"] * p["naloxone_works"] * at_hand
    assert _rescue(run) == pytest.approx(p[f"fatality_no_kits_{side}"] * (1 - saved))
    assert np.all(_rescue(run) < 1 / 21)


def test_rows_are_kept_and_nothing_is_negative(lived: Run) -> None:
    people, fresh = lived.people, new_run().people
    assert people.n == fresh.n and np.array_equal(people.cell, fresh.cell)
    assert people.state.min() >= FREE and people.state.max() <= RECOVERED
    for name in ("amount", "risk"):
        assert getattr(people, name).min() > 0
    assert people.tolerance.min() >= 0 and people.generation.min() >= 0
    assert people.since.max() <= lived.extra["people_weeks"][0] == 30
    for name in ("clock_move", "clock_overdose"):
        clock = getattr(people, name)
        assert clock.min() >= 0 and not clock[people.state == FREE].any()
    for name in (
        "overdose_deaths",
        "overdose_hazard",
        "overdoses",
        "opioid_in",
        "initiates",
        "treated_in",
        "people",
    ):
        assert getattr(lived.tally, name).min() >= 0
    assert lived.areas.need.min() >= 0
    assert lived.tally.people[0].sum() == np.count_nonzero(people.state != FREE) * PER_AGENT


def test_kept_counts_are_the_counts(lived: Run) -> None:
    counted = count_stock(lived)
    assert np.array_equal(counted[..., 0], lived.extra["people_stock"][..., 0])
    assert np.allclose(counted[..., 1], lived.extra["people_stock"][..., 1], atol=1e-6)


def test_entrants_never_exceed_free_rows() -> None:
    run = live(new_run(free_share=0.05, initiation_cocaine=1.6e6), 60)
    live_rows = np.count_nonzero(run.people.state != FREE)
    assert run.tally.people[0].sum() == live_rows * PER_AGENT
    assert run.people.generation[run.people.state == FREE].min() >= 0


def test_start_meets_the_stocks_whatever_a_row_stands_for() -> None:
    a, b = new_run(per_agent=400), new_run(per_agent=1000)
    for run, step in ((a, 400), (b, 1000)):
        stock = count_stock(run)[..., 0].sum(axis=0) * step
        named = [f"users_dependent_{name}" for name in run.world.drugs.names]
        reference = sum(run.p[name] for name in named if name in run.p)
        assert stock[:, DEPENDENT].sum() == pytest.approx(reference, abs=4 * step)
    assert a.areas.need.sum() == pytest.approx(b.areas.need.sum(), rel=0.05)


def test_no_press_and_a_press_of_nothing_give_the_same_bits() -> None:
    plain, pressed = new_run(), new_run()
    for run in (plain, pressed):
        live(run, 3)
    pressed.levers.press(
        [("x", Press("treatment_places", "scale", 1.0)), ("y", Press("naloxone_kits", "add", 0.0))]
    )
    live(plain, 5)
    live(pressed, 5)
    before, after = plain.snapshot(), pressed.snapshot()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_resume_equals_run_through() -> None:
    one, two = live(new_run(), 12), live(new_run(), 6)
    saved = two.snapshot()
    other = new_run()
    other.restore(saved)
    live(other, 6)
    a, b = one.snapshot(), other.snapshot()
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_return_from_treatment_is_more_dangerous_than_before() -> None:
    """The same people, the same dose: after months on less, the hazard is higher, and it falls as tolerance returns."""
    bench = Bench(1, SHIFT=math.log(20.0), OCCASIONS=18.0, FATAL=1 / 21, TARGET=37.0)
    bench.columns[6][:] = 37.0
    before = hazard(bench.week(0))
    bench.coef[:, kernel.TARGET], bench.coef[:, kernel.OCCASIONS] = 12.0, 0.0
    for week in range(1, 27):
        bench.week(week)
    bench.coef[:, kernel.TARGET], bench.coef[:, kernel.OCCASIONS] = 37.0, 18.0
    hazards = [hazard(bench.week(week)) for week in range(27, 47)]
    weekly = np.diff([before, *hazards])
    assert weekly[0] > 1.5 * before
    assert np.all(np.diff(weekly) < 0) and weekly[-1] == pytest.approx(before, rel=0.05)


def test_scarcity_of_one_opioid_moves_users_to_the_other() -> None:
    run = new_run()
    opioids = np.flatnonzero(run.world.drugs.is_opioid)
    before = run.extra["people_stock"][..., 0].sum(axis=(0, 2))
    run.areas.scarcity[:, opioids[0]] = 0.3
    live(run, 26)
    after = run.extra["people_stock"][..., 0].sum(axis=(0, 2))
    assert after[opioids[0]] < 0.9 * before[opioids[0]]
    assert after[opioids[1]] > 1.05 * before[opioids[1]]


def press_policy(run: Run, name: str, x: float) -> None:
    policy = policies()[name]()
    own = {key: item.default for key, item in policy.parameters.items()}
    run.levers.press([(name, press) for press in policy.press(x, own, {})])


def test_treatment_expands_and_withdraws() -> None:
    treated = {}
    for x in (-1.0, 0.0, 1.0):
        run = new_run()
        if x:
            press_policy(run, "treatment_expansion", x)
        live(run, 60)
        treated[x] = run.tally.people[0][run.world.drugs.is_opioid, TREATED].sum()
    assert treated[-1.0] < 0.2 * treated[0.0] and treated[1.0] > 1.6 * treated[0.0]


def test_prevention_takes_years() -> None:
    run = new_run()
    press_policy(run, "demand_prevention", 1.0)
    from sim.week.people.entrants import _prevented, age_prevention

    factor = []
    for _ in range(12 * 52):
        age_prevention(run)
        factor.append(_prevented(run)[:, ~run.world.drugs.is_cannabis].mean())
    assert factor[51] > 0.99 and factor[-1] < 0.96
    assert np.all(np.diff(factor) <= 1e-12)


def test_full_places_make_a_waiting_list() -> None:
    run = new_run()
    run.levers.press([("x", Press("treatment_places", "scale", 0.5))])
    live(run, 20)
    assert run.extra["people_waiting"].sum() > 20_000


def test_consumers_are_views(lived: Run) -> None:
    import mesa

    from sim import mesa_door

    model = mesa.Model()
    grid = mesa_door.new_grid(model, {})
    cell = int(np.argmax(np.diff(lived.people.ptr)))
    agent = Consumers(
        model, lived, cell, grid[int(lived.world.cells.x[cell]), int(lived.world.cells.y[cell])]
    )
    assert np.shares_memory(agent.state, lived.people.state)
    assert np.all(lived.people.cell[agent.rows] == cell)
    assert agent.people == sum(agent.by_state.values()) > 0
    assert 0 < agent.treated_share < 1


@pytest.mark.slow
def test_status_quo_stands_still_for_ten_years() -> None:
    """Constant prices: stocks within 6 % (and 4 standard errors of counting), deaths within 6 % of the accounts."""
    run = new_run(per_agent=200)
    start = count_stock(run)[..., 0].sum(axis=0)
    expected = 0.0
    for _ in range(520):
        live(run, 1)
        expected += run.tally.overdose_hazard[0].sum() / 10
    end = count_stock(run)[..., 0].sum(axis=0)
    big = start > 400
    assert np.all(np.abs(end - start)[big] < 0.06 * start[big] + 4 * np.sqrt(start[big]))
    assert expected == pytest.approx(55_791 + 12_551 + 15_543, rel=0.06)
    assert end[:, OCCASIONAL].sum() == pytest.approx(start[:, OCCASIONAL].sum(), rel=0.03)
