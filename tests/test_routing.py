"""Routing kernels: closed forms of the logit, laws of shipping, and independence of how groups are numbered."""

from __future__ import annotations

import mesa
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.group import TraffickingGroup
from sim.kernels_routing import (
    by_mode,
    choose,
    choose_lane,
    crew_capacity,
    group_sum,
    lane_flow,
    pick,
    row_sum,
    weigh_lanes,
)
from sim.state.groups import CAPACITY
from sim.state.opening import expected_lanes, fit_lanes
from sim.state.run import Run
from sim.state.shipping import draw_loads, mean_load
from sim.week.planning import plan
from sim.week.supply import dispatch, produce
from tests.market_sandbox import open_sandbox, rates, week

positive = st.floats(0.01, 50.0)


def arrays(*shape: int) -> st.SearchStrategy[np.ndarray]:
    size = int(np.prod(shape))
    return st.lists(positive, min_size=size, max_size=size).map(lambda v: np.array(v).reshape(shape))


@settings(deadline=None)
@given(arrays(3, 5), arrays(5, 4), arrays(3, 4))
def test_factorised_flow_equals_direct_form(e: np.ndarray, f: np.ndarray, q: np.ndarray) -> None:
    weight = e[:, :, None] * f[None, :, :]
    direct = (q[:, None, :] * weight / weight.sum(axis=1, keepdims=True)).sum(axis=2)
    np.testing.assert_allclose(lane_flow(e, f, q), direct, rtol=1e-10)
    np.testing.assert_allclose(lane_flow(e, f, q).sum(axis=1), q.sum(axis=1), rtol=1e-10)


def test_logit_shares_with_one_area() -> None:
    utility = np.array([0.0, np.log(2.0), np.log(5.0)])
    flow = lane_flow(np.exp(utility)[None, :], np.ones((3, 1)), np.array([[8.0]]))
    np.testing.assert_allclose(flow[0], [1.0, 2.0, 5.0])


@settings(deadline=None)
@given(arrays(6), arrays(6), st.floats(0.5, 8.0), st.floats(0.05, 1.0))
def test_lanes_are_a_nested_logit_over_modes(
    habit: np.ndarray, learned: np.ndarray, sensitivity: float, similarity: float
) -> None:
    mode, site, learned = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 0, 1, 2, 2]), learned / 50.0
    base, lane, by_site = np.log(habit), np.empty(6), np.empty(3)
    usual = by_mode(base, np.ones(6), sensitivity, mode, 3, lane)
    weigh_lanes(
        base, learned, usual, sensitivity, similarity, mode, np.ones(3), site, lane, by_site
    )  # fmt: skip
    plain = habit * np.exp(sensitivity * learned)
    inclusive = np.bincount(mode, plain)
    of_mode = usual * (inclusive / usual) ** similarity
    np.testing.assert_allclose(lane, plain * (of_mode / inclusive)[mode], rtol=1e-9)
    np.testing.assert_allclose(by_site, np.bincount(site, lane), rtol=1e-12)
    weigh_lanes(base, learned, usual, sensitivity, 1.0, mode, np.ones(3), site, lane, by_site)
    np.testing.assert_allclose(lane, plain, rtol=1e-12)


@settings(deadline=None)
@given(arrays(7), st.floats(1e-6, 1 - 1e-6))
def test_choose_is_the_inverse_cdf(weights: np.ndarray, u: float) -> None:
    edges = np.cumsum(weights) / weights.sum()
    if abs(edges - u).min() >= 1e-9:
        found = np.searchsorted(edges, u)
        assert choose(weights, weights.sum(), u) == found
        assert pick(np.cumsum(weights), u * weights.sum()) == found


@settings(deadline=None)
@given(arrays(6), arrays(3), st.floats(1e-6, 1 - 1e-6))
def test_lane_by_site_equals_lane_by_all(lane: np.ndarray, near: np.ndarray, u: float) -> None:
    site = np.array([0, 0, 1, 2, 2, 2])
    by_site = np.bincount(site, lane)
    whole = lane * near[site]
    first = np.searchsorted(site, np.arange(by_site.size))
    found = choose_lane(np.cumsum(by_site * near), lane, by_site, site, first, u * whole.sum())
    edges = np.cumsum(whole) / whole.sum()
    chosen = choose(whole, whole.sum(), u)
    assert abs(edges - u).min() < 1e-9 or found == (site[chosen], chosen)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=4), st.floats(0.0, 20.0))
def test_crews_never_make_more_than_the_plaza_gives(people: list[int], half: float) -> None:
    place = np.array([[10.0], [4.0]])
    crews = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    made = crew_capacity(crews[0], crews[1], np.array(people, float), np.ones((2, 1)), place, half + 1e-9)
    by_place = np.array([made[crews[1] == p].sum() for p in (0, 1)])
    assert (by_place <= place[:, 0] * (1 + 1e-12)).all()


def test_rivals_take_over_what_a_lost_crew_made() -> None:
    group, plaza, place = np.array([0, 1]), np.array([0, 0]), np.array([[12.0]])
    both = crew_capacity(group, plaza, np.array([6.0, 4.0]), np.ones((2, 1)), place, 2.0)
    alone = crew_capacity(group, plaza, np.array([6.0, 0.0]), np.ones((2, 1)), place, 2.0)
    np.testing.assert_allclose(both[:, 0], [6.0, 4.0])
    np.testing.assert_allclose(alone[:, 0], [9.0, 0.0])


def test_sums_by_group_and_row() -> None:
    values = np.arange(10.0).reshape(5, 2)
    np.testing.assert_allclose(group_sum(np.array([0, 2, 2, 5]), values), [[2, 4], [0, 0], [18, 21]])
    cube = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_allclose(row_sum(np.array([1]), cube), [[0, 0], [21, 30]])


def shipped(run: Run, credit: np.ndarray, budget: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
    rows = np.full(CAPACITY, budget)
    price = np.ones(run.world.drugs.n)
    found = draw_loads(run, credit, rows, price, price)
    return found.whole, found.real


def test_fitted_lanes_meet_the_accounts() -> None:
    run = open_sandbox()
    drugs, lanes = run.world.drugs, run.world.lanes
    origins = np.zeros((run.world.plazas.n, drugs.n))
    origins[: run.world.plazas.n_mexico] = run.world.plazas.population[: run.world.plazas.n_mexico, None]
    origins /= origins.sum(axis=0)
    base = fit_lanes(run, origins)
    learned = run.p["route_sensitivity"] * run.groups.attraction[0]
    need = run.areas.need.sum(axis=2)
    for d in range(drugs.n):
        pull = need[:, d] / need[:, d].sum()
        kg = (
            expected_lanes(run, base[d] + learned[d], origins[:, d], pull) * drugs.lane_load_kg[d, lanes.kind]
        )
        share = np.bincount(lanes.kind, kg / kg.sum(), minlength=drugs.lane_share.shape[1])
        np.testing.assert_allclose(share, drugs.lane_share[d], atol=0.01)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 3.0))
def test_loads_add_up_and_never_exceed_stock(seed: int, times: float) -> None:
    run = open_sandbox(seed=1)
    run.draws.week = seed % 1000
    before, cut_before = run.crews.pure.copy(), run.crews.diluent.copy()
    whole, real = shipped(run, run.groups.ship_plan * times)
    drugs = run.world.drugs.n
    gone = (before - run.crews.pure).sum(axis=0)
    np.testing.assert_allclose(np.bincount(whole[:, 1], real[:, 0], minlength=drugs), gone, rtol=1e-9)
    cut = (cut_before - run.crews.diluent).sum(axis=0)
    np.testing.assert_allclose(
        np.bincount(whole[:, 1], real[:, 1], minlength=drugs), cut, rtol=1e-9, atol=1e-9
    )
    assert (run.crews.pure >= 0.0).all() and (run.crews.pure <= before).all()
    assert (real[:, :2] >= 0.0).all() and (real[:, 0] > 0.0).all()


def test_what_is_planned_goes_in_the_long_run() -> None:
    run = open_sandbox()
    run.crews.pure *= 1e4
    credit, goes, n = np.zeros((CAPACITY, run.world.drugs.n)), 0.0, 0
    for number in range(40):
        run.draws.week = number
        credit += run.groups.ship_plan
        whole, real = shipped(run, credit)
        goes, n = goes + np.bincount(whole[:, 1], real[:, 0], minlength=run.world.drugs.n), n + len(whole)
    np.testing.assert_allclose(goes / 40, run.groups.ship_plan.sum(axis=0), rtol=0.1)
    expected = (run.groups.ship_plan.sum(axis=0) / mean_load(run)).sum()
    assert 0.85 < n / 40 / expected < 1.15


def test_a_budget_is_not_overspent() -> None:
    run = open_sandbox()
    whole, real = shipped(run, run.groups.ship_plan * 5.0, budget=50.0)
    spent = np.bincount(whole[:, 0], real[:, 2:].sum(axis=1), minlength=CAPACITY)
    assert spent.max() <= 50.0 * (1 + 1e-9)


def relabelled(run: Run, order: np.ndarray) -> Run:
    """The same run with groups in other rows: new row k holds old row order[k]."""
    back = np.argsort(order)
    groups = run.groups
    groups.take(order)
    groups.rivalry, groups.alliance = groups.rivalry[:, order].copy(), groups.alliance[:, order].copy()
    run.crews.group[:] = back[run.crews.group]
    run.loads.group[:] = back[run.loads.group]
    held = run.plazas.holder >= 0
    run.plazas.holder[held] = back[run.plazas.holder[held]]
    run.crews.index(CAPACITY, run.world.plazas.n)
    run.ledger.resync()
    model = mesa.Model()
    run.actors["group"] = [TraffickingGroup(model, run, row) for row in run.alive.tolist()]
    return run


def test_relabelling_groups_only_permutes_flows() -> None:
    one, other = open_sandbox(), open_sandbox()
    for run in (one, other):
        run.plazas.holder[run.world.sites.plaza] = np.arange(run.world.sites.n)
    order = np.concatenate([np.random.default_rng(3).permutation(150), np.arange(150, CAPACITY)])
    relabelled(other, order)
    for run in (one, other):
        run.loads.take(np.zeros(run.loads.n, dtype=bool))
        run.ledger.resync()
        for process in (plan, produce, dispatch):
            process(run)
    a, b = np.argsort(one.loads.id, kind="stable"), np.argsort(other.loads.id, kind="stable")
    for column in ("id", "drug", "lane", "area", "origin"):
        np.testing.assert_array_equal(getattr(one.loads, column)[a], getattr(other.loads, column)[b])
    np.testing.assert_allclose(one.loads.pure[a], other.loads.pure[b], rtol=1e-9)
    np.testing.assert_array_equal(order[other.loads.group[b]], one.loads.group[a])
    np.testing.assert_allclose(one.groups.treasury[order], other.groups.treasury, rtol=1e-9)
    np.testing.assert_allclose(one.groups.produce_plan[order], other.groups.produce_plan, rtol=1e-9)


def test_the_same_seed_gives_the_same_weeks() -> None:
    runs = [open_sandbox(seed=5) for _ in range(2)]
    for run in runs:
        rate = rates(run)
        for number in range(3):
            week(run, number, rate)
    for name, value in runs[0].snapshot().items():
        np.testing.assert_array_equal(value, runs[1].snapshot()[name], err_msg=name)
