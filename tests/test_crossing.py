"""Crossing and delivery: closed forms of detection, laws of officers and traffic, books, and who is paid."""

from __future__ import annotations

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.port import BorderPort
from sim.kernels_inspection import (
    attention,
    found_chance,
    port_hazard,
    referred_share,
    share_minutes,
    shift_to_booths,
)
from sim.levers import Press
from sim.mesa_door import new_grid
from sim.state.border import _week_factor, wish_for_booths
from sim.state.run import Run
from sim.week.crossing import cross, deliver, load_chances
from sim.week.learning import learn
from tests.border_sandbox import habit, open_border, week

unit = st.floats(0.0, 1.0)
CAR = 2


def _ones(*values: float) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


def _put(
    run: Run, n: int, *, group: int = 0, drug: int = 0, lane: int = 0, area: int = 0, kg: float = 1.0
) -> slice:
    """n like loads that arrive this week; their kilograms enter the books."""
    rows = run.loads.append(n)
    run.loads.id[rows] = np.arange(n) + 1
    for name, value in (("group", group), ("drug", drug), ("lane", lane), ("area", area), ("weeks", 1)):
        getattr(run.loads, name)[rows] = value
    run.loads.origin[rows] = run.crews.plaza[run.crews.ptr[group]]
    run.loads.pure[rows] = kg
    run.loads.diluent[rows] = 0.25 * kg
    run.ledger.resync()
    return rows


def _busiest(run: Run, kind: int) -> int:
    return int(np.argmax(run.world.lanes.traffic_per_week * (run.world.lanes.kind == kind)))


@settings(deadline=None)
@given(hazard=unit, times=st.floats(0.1, 8.0), bought=unit, tip=unit)
def test_found_chance_is_a_chance_and_falls_with_bribes(
    hazard: float, times: float, bought: float, tip: float
) -> None:
    chance = found_chance(*_ones(hazard, times, bought, tip))[0]
    assert tip - 1e-12 <= chance <= 1.0
    assert found_chance(*_ones(hazard, times, 1.0, tip))[0] == pytest.approx(tip)
    assert chance <= found_chance(*_ones(hazard, times, 0.0, tip))[0] + 1e-12


def test_detection_of_a_car_is_the_check_in_the_accounts() -> None:
    referred = referred_share(*_ones(0.04 * 1000 * 21, 1000, 21))
    hazard = port_hazard(referred, *_ones(1.5, 0.8, 0.02, 0.7))
    assert hazard[0] == pytest.approx(1 - (1 - 0.02 * 0.7) * (1 - 0.06 * 0.8))
    assert hazard[0] == pytest.approx(0.061, abs=0.001)


@settings(deadline=None)
@given(
    pool=st.lists(st.floats(0.0, 1e5), min_size=3, max_size=3),
    wished=st.lists(st.floats(0.1, 1e3), min_size=9, max_size=9),
)
def test_minutes_are_shared_and_not_made(pool: list[float], wished: list[float]) -> None:
    site = np.repeat(np.arange(3), 3)
    out = share_minutes(np.array(pool), np.array(wished), site)
    assert np.bincount(site, out) == pytest.approx(pool, rel=1e-12)
    assert (out >= 0).all()


@settings(deadline=None)
@given(felt=st.floats(0, 8), usual=st.floats(0.001, 3), belief=unit)
def test_ports_open_booths_only_above_what_is_tolerated(felt: float, usual: float, belief: float) -> None:
    shift = shift_to_booths(*_ones(felt, usual, belief), 1.0, 0.5)[0]
    assert -1.0 <= shift <= 1.0
    assert shift <= 0.0 or felt > max(1.0, usual)
    assert shift >= 0.0 or felt < usual


def test_attention_is_one_at_the_centre() -> None:
    assert attention(np.array([0.4, 0.9, 0.1]), np.full(3, 0.4), 0.5) == pytest.approx([1.0, 1.25, 0.85])


def test_detection_by_drug_and_lane_is_near_the_accounts() -> None:
    run = open_border()
    cross.fn(run)
    drugs, fixed = run.world.drugs, run.world.lanes
    at_port = np.where((fixed.kind <= 3)[None, :], run.p.by("detectability", drugs.names)[:, None], 0.0)
    other = np.where((fixed.kind > 3)[None, :], run.p.by("detectability_between", drugs.names)[:, None], 0.0)
    chance = 1 - (1 - run.lanes.hazard) ** (at_port + other)
    for kind in (0, 2, 3, 4, 5):
        rows = fixed.kind == kind
        mean = np.average(chance[:, rows], axis=1, weights=fixed.traffic_per_week[rows])
        assert mean == pytest.approx(drugs.lane_detection[:, kind], rel=0.12), kind


def test_expected_seizures_of_a_port() -> None:
    run = open_border(seed=3, overrides={"size_detection": 0})
    cross.fn(run)
    lane, n = _busiest(run, CAR), 20_000
    _put(run, n, lane=lane)
    chance = load_chances(run, np.arange(n))
    assert np.ptp(chance) == 0.0 and chance[0] == pytest.approx(run.lanes.hazard[lane], rel=1e-9)
    run.tally.zero()
    cross.fn(run)
    expected = n * chance[0]
    assert run.tally.hits[0][lane, 0] == pytest.approx(expected, abs=5 * np.sqrt(expected))
    assert run.tally.loads[0][lane, 0] == n
    assert run.tally.seized[0][lane, 0] == run.tally.hits[0][lane, 0]
    assert run.tally.seized_bulk[0].sum() == pytest.approx(1.25 * run.tally.seized[0].sum())
    assert run.loads.n == n - run.tally.hits[0].sum()
    run.ledger.check()


STILL = {
    f"traffic_{name}": 0.0 for name in ("noise", "noise_shared", "season_truck", "season_car", "season_foot")
}
"""Weeks that are all alike."""


def test_traffic_moves_from_week_to_week_around_the_data() -> None:
    run = open_border()
    factor = []
    for number in range(208):
        run.week = run.draws.week = number
        factor.append(_week_factor(run))
    moved, port = np.array(factor), run.world.lanes.kind <= 3
    assert moved[:, port].mean(axis=0) == pytest.approx(1.0, abs=0.02)
    assert (moved[:, port].std(axis=0) > 0.02).all() and (moved[:, ~port] == 1.0).all()
    assert np.array_equal(_week_factor(run), factor[-1])


def _hazard(presses: list[Press], overrides: dict | None = None, weeks: int = 1) -> Run:
    run = open_border(overrides=overrides)
    run.levers.press([("x", item) for item in presses])
    for _ in range(weeks):
        cross.fn(run)
        run.seen.waits[0] = run.lanes.wait
    return run


UP = {"scan_downtime": 0.0, "patrol_mobile_share": 0.0}
"""Scanners that never fail, and no mobile teams."""


def test_officers_scanners_traffic_and_agents_move_detection() -> None:
    plain, kind = _hazard([], UP), open_border().world.lanes.kind
    port, car, truck = kind <= 3, kind == CAR, kind == 0
    staffed = _hazard([Press("port_officers", "scale", 1.2)], UP)
    assert (staffed.lanes.hazard[port] > plain.lanes.hazard[port]).all()
    assert (staffed.lanes.wait[car] < plain.lanes.wait[car]).all()
    assert np.array_equal(staffed.lanes.hazard[~port], plain.lanes.hazard[~port])
    scanned = _hazard([Press("port_scan_share", "floor", 0.7)], UP)
    assert (scanned.lanes.hazard[truck] > 2 * plain.lanes.hazard[truck]).all()
    assert scanned.lanes.wait == pytest.approx(plain.lanes.wait, abs=0.03)
    slow = _hazard([Press("port_scan_share", "floor", 0.7)], UP | {"scan_seconds_truck": 360})
    busy = truck & (plain.lanes.wait > 0.1)
    assert (slow.lanes.wait[busy] > plain.lanes.wait[busy]).all()
    crowded = _hazard([], UP | {"legal_traffic_cars": 1.1})
    assert (crowded.lanes.hazard[car] < plain.lanes.hazard[car]).all()
    patrolled = _hazard([Press("sector_agents", "scale", 1.5)], UP)
    assert (patrolled.lanes.hazard[~port] > plain.lanes.hazard[~port]).all()


def test_waits_stay_finite_and_drivers_give_up() -> None:
    run = _hazard([], {"legal_traffic_cars": 1.3}, weeks=104)
    cars = run.world.lanes.kind == CAR
    assert run.lanes.wait.max() < 12.0
    assert run.lanes.traffic[cars].sum() < 1.3 * run.world.lanes.traffic_per_week[cars].sum()
    assert run.sites.booth_share.max() > 1.0
    calm = _hazard([], STILL, weeks=104)
    assert calm.lanes.traffic == pytest.approx(run.world.lanes.traffic_per_week, rel=1e-3)


def test_a_bought_shift_does_not_look() -> None:
    run = open_border()
    cross.fn(run)
    lane = _busiest(run, CAR)
    _put(run, 10, group=1, lane=lane)
    before = load_chances(run, np.arange(10))
    run.groups.post_protection[1, run.world.lanes.site[lane]] = 0.25
    assert load_chances(run, np.arange(10)) == pytest.approx(0.75 * before)


def test_sales_go_to_the_hub_or_to_the_sender_or_to_nobody() -> None:
    run = open_border()
    run.areas.price_hub[:], run.areas.price_border[:] = 300.0, 100.0
    start, crews = run.world.groups0, run.crews
    with_hub = int(np.flatnonzero(np.diff(start.hub_ptr) > 0)[0])
    hub_area = int(start.hubs_of(with_hub)[0])
    without = int(np.flatnonzero(np.diff(start.hub_ptr) == 0)[0])
    dead = without + 1
    run.groups.alive[dead] = False
    for group in (with_hub, without, dead):
        _put(run, 1, group=group, area=hub_area, kg=2.0)
    run.loads.stage[:] = 1
    deliver.fn(run)
    run.ledger.check()
    cash = np.bincount(crews.group, crews.cash, minlength=dead + 1)
    assert crews.cash[crews.at[with_hub, run.world.areas.hub_plaza[hub_area]]] == 600.0
    assert (cash[with_hub], cash[without], cash[dead]) == (600.0, 200.0, 0.0)
    assert run.tally.delivered[0][hub_area, 0] == 6.0
    assert run.tally.income[0][[with_hub, without, dead], 0].tolist() == [600.0, 200.0, 0.0]
    assert run.groups.landed[[with_hub, without, dead], 0].tolist() == [2.0, 2.0, 0.0]
    assert run.loads.n == 0


def test_loads_take_their_time() -> None:
    run = open_border(overrides={"tip_at_full_intelligence": 0})
    far = int(np.argmax(run.world.paths.weeks_us[0]))
    lane = int(np.flatnonzero(run.world.lanes.site == 0)[0])
    _put(run, 200, lane=lane, area=far)
    run.loads.weeks[:] = 2
    cross.fn(run)
    assert run.loads.n == 200 and (run.loads.stage == 0).all()
    cross.fn(run)
    deliver.fn(run)
    assert 100 < run.loads.n < 200 and (run.loads.stage == 1).all()
    deliver.fn(run)
    assert run.loads.n == 0


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_everything_balances_and_nothing_is_negative(seed: int) -> None:
    run = open_border(seed)
    base = habit(run)
    for number in range(4):
        week(run, number, base)
    tally = run.tally
    assert (tally.seized[0] <= tally.shipped[0] + 1e-9).all()
    assert (tally.hits[0] <= tally.loads[0]).all()
    assert run.groups.sent.sum(axis=0).T == pytest.approx(tally.shipped[0])
    assert run.groups.lost.sum(axis=0).T == pytest.approx(tally.seized[0])


def _cash(run: Run) -> dict[tuple[int, int], float]:
    """Cash by identity of the crew."""
    keys = zip(run.groups.id[run.crews.group].tolist(), run.crews.plaza.tolist(), strict=True)
    return dict(zip(keys, run.crews.cash.tolist(), strict=True))


def test_relabelling_groups_permutes_results() -> None:
    def world_of(order: np.ndarray) -> Run:
        run = open_border(7)
        new_row = np.argsort(order)
        run.groups.take(order)
        run.crews.group[:] = new_row[run.crews.group]
        run.crews.index(len(order), run.world.plazas.n)
        rng = np.random.default_rng(5)
        n = 900
        rows = run.loads.append(n)
        run.loads.id[rows] = rng.permutation(10 * n)[:n]
        owner = rng.integers(0, 150, n)
        run.loads.group[rows] = new_row[owner]
        for name, top in (("drug", 5), ("lane", 105), ("area", 48)):
            getattr(run.loads, name)[rows] = rng.integers(0, top, n)
        run.loads.origin[rows] = run.world.groups0.plaza_idx[run.world.groups0.plaza_ptr[owner]]
        run.loads.pure[rows] = rng.random(n) * 10
        run.loads.weeks[rows] = 1
        run.ledger.resync()
        for process in (cross, deliver, learn):
            process(run)
        return run

    order = np.random.default_rng(1).permutation(len(open_border().groups.alive))
    one, two = world_of(np.arange(order.size)), world_of(order)
    for name in ("sent", "lost", "landed", "attraction", "experience", "spread", "margin", "sold"):
        mine, other = getattr(two.groups, name), getattr(one.groups, name)[order]
        np.testing.assert_allclose(mine, other, rtol=1e-12, err_msg=name)
    np.testing.assert_array_equal(one.tally.hits, two.tally.hits)
    assert _cash(one) == _cash(two)


def test_a_port_shows_what_it_sees_and_wants() -> None:
    run = open_border(overrides={"legal_traffic_cars": 1.2})
    for _ in range(10):
        cross.fn(run)
        run.seen.waits[0] = run.lanes.wait
    model = mesa.Model(rng=1)
    grid = new_grid(model, {"population": np.zeros((46, 40))})
    ports = [BorderPort(model, run, row, grid[1, 1]) for row in range(run.world.sites.n)]
    assert [port.wish for port in ports] == pytest.approx(wish_for_booths(run).tolist())
    assert max(port.wish for port in ports) > 0.0
    busy = ports[int(np.argmax(run.world.sites.traffic * (run.world.sites.kind == 0)))]
    assert busy.kind == "port" and busy.corridor in run.world.corridors and busy.waits.max() > 0.5
    assert busy.officers > 100 and busy.hazard.shape == busy.belief.shape == busy.lanes.shape
