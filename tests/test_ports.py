"""What ports are made of: trusted carriers, drivers, scanners, mobile teams, turn-backs, size of loads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels_queue import stage_waits
from sim.levers import Press
from sim.state.border import carrier_hazard
from sim.state.carriers import (
    DRIVERS,
    PER_LANE,
    enrol,
    find_out,
    judge,
    lane_checks,
    put_on_carriers,
    relative_checks,
)
from sim.state.run import Run
from sim.state.scanning import run_scanners
from sim.state.teams import PORT, SECTOR, move_teams, with_teams
from sim.week.crossing import cross, load_chances
from sim.week.learning import _savings, learn
from tests.border_sandbox import open_border
from tests.test_crossing import _put

TRUCK, TRUSTED, CAR, FOOT, BETWEEN = range(5)


def _crossed(presses: list[Press] | None = None, **overrides: object) -> Run:
    run = open_border(overrides=overrides)
    run.levers.press([("x", item) for item in presses or []])
    cross.fn(run)
    return run


# Carriers


def test_the_programme_opens_full_and_newcomers_start_low() -> None:
    run = _crossed()
    carriers = run.carriers
    fixed = run.world.lanes
    of_lane = np.bincount(carriers.lane, minlength=fixed.n)
    assert of_lane == pytest.approx(
        np.maximum(fixed.traffic_per_week / 60, 1) * (fixed.kind == TRUSTED), abs=0.51
    )
    assert (carriers.level == 3).all() and np.median(run.lanes.referred[fixed.kind == TRUSTED]) < 0.06
    before = carriers.id.copy()
    run.levers.press([("x", Press("trusted_share", "floor", 0.5))])
    enrol(run)
    assert carriers.n == pytest.approx(2 * before.size, rel=0.03) and (np.diff(carriers.id) > 0).all()
    assert (carriers.level == np.where(np.isin(carriers.id, before), 3, 0)).all()
    run.levers.press([])
    enrol(run)
    assert np.array_equal(carriers.id, before)


def test_standing_rises_after_clean_checks_and_is_lost_with_a_find() -> None:
    run = _crossed(carrier_clean_checks=12)
    run.carriers.level[:] = 0
    weeks = 0
    while run.carriers.level.mean() < 2.99:
        run.week = run.draws.week = weeks
        judge(run)
        weeks += 1
    mean = 60 * run.lanes.referred[run.carriers.lane].mean()
    assert 12 / mean * 2 < weeks < 12 / mean * 14
    run.carriers.patron[5] = run.groups.id[3]
    find_out(run, run.carriers.id[[5, 5]])
    assert (run.carriers.level[5], run.carriers.patron[5], run.carriers.clean[5]) == (0, 0, 0.0)
    assert run.carriers.level[6] == 3


@settings(deadline=None, max_examples=20)
@given(clean=st.floats(0.0, 1.0), levels=st.integers(1, 6))
def test_checks_fall_with_standing(clean: float, levels: int) -> None:
    run = _crossed([Press("trusted_inspection", "cap", clean), Press("trusted_inspection", "floor", clean)])
    run.p.set("carrier_levels", levels)
    run.carriers.level[:] = np.arange(run.carriers.n) % (levels + 1)
    share = relative_checks(run)
    by_level = [share[run.carriers.level == level].mean() for level in range(levels + 1)]
    assert by_level[0] == 1.0 and by_level[-1] == pytest.approx(clean) and (np.diff(by_level) <= 1e-12).all()
    mean = lane_checks(run)
    assert (mean[run.world.lanes.kind != TRUSTED] == 1.0).all() and (mean <= 1.0 + 1e-12).all()


def test_trucked_loads_go_with_own_drivers_and_others_by_ordinary_lanes() -> None:
    run = _crossed(driver_takes=1)
    lane = int(run.carriers.lane[0])
    truck, between = lane - 1, int(np.flatnonzero(run.world.lanes.kind > TRUSTED)[0])
    run.carriers.patron[:2] = run.groups.id[4]
    group, ids = np.array([4, 4, 5, 5, 4]), np.array([10, 11, 10, 10, 10])
    lanes, chosen = put_on_carriers(run, group, np.array([lane, truck, lane, truck, between]), ids)
    assert lanes.tolist() == [lane, lane, truck, truck, between] and run.world.lanes.kind[truck] == TRUCK
    assert chosen.tolist() == [lane * PER_LANE, lane * PER_LANE + 1, -1, -1, -1]


def test_a_driver_saves_as_much_whether_or_not_one_has_him_already() -> None:
    run = _crossed()
    lane = int(run.carriers.lane[0])
    site = run.world.lanes.site[lane]
    saving = []
    for used in (lane, lane - 1):
        run.groups.sent[3] = 0.0
        run.groups.sent[3, 0, used] = 100.0
        saving.append(_savings(run)[np.flatnonzero(run.alive == 3)[0], site])
    assert saving[0] == pytest.approx(saving[1]) and saving[0] > 0.0


def test_a_trusted_carrier_is_found_by_its_own_share_of_checks() -> None:
    run = _crossed(size_detection=0, tip_at_full_intelligence=0)
    lane = int(run.carriers.lane[0])
    run.carriers.level[0] = 0
    _put(run, 2, lane=lane)
    run.loads.carrier[:] = run.carriers.id[:2]
    chance = load_chances(run, np.arange(2))
    share = relative_checks(run)[:2] / lane_checks(run)[lane]
    assert chance == pytest.approx(carrier_hazard(run, np.array([lane, lane]), share))
    referred = run.lanes.referred[lane] * share
    by_hand = 1 - (1 - run.lanes.scanned[lane] * 0.2) * (1 - referred * 0.56 * 0.3)
    assert chance == pytest.approx(by_hand) and chance[0] > chance[1]


def test_a_driver_is_bought_when_it_pays_and_the_ledger_knows() -> None:
    run = _crossed(carrier_price=50_000, carrier_price_spread=0.0, saving_weeks=4)
    truck = int(run.carriers.lane[0]) - 1
    rich, poor, small = 3, 4, 5
    run.groups.treasury[[rich, poor, small]] = 1e9, 1e4, 1e9
    run.groups.sent[[rich, poor], 0, truck] = 1600.0
    run.groups.sent[small, 0, truck] = 0.01
    run.ledger.resync()
    learn.fn(run)
    run.ledger.check()
    assert set(run.carriers.patron.tolist()) == {0, int(run.groups.id[rich])}
    assert run.groups.treasury[rich] == pytest.approx(1e9 - 50_000)
    assert run.ledger.totals and DRIVERS == "bought_drivers"
    learn.fn(run)
    assert (run.carriers.patron > 0).sum() == 1


def test_without_records_all_trucks_are_alike_and_no_driver_is_worth_it() -> None:
    run = _crossed(carrier_records="none", saving_weeks=4, carrier_price=5000)
    assert (relative_checks(run) == 1.0).all()
    run.groups.treasury[3] = 1e9
    run.groups.sent[3, 0, int(run.carriers.lane[0]) - 1] = 1600.0
    run.ledger.resync()
    learn.fn(run)
    assert (run.carriers.patron == 0).all()


# Scanners


def test_scanners_fail_and_are_repaired_around_their_share() -> None:
    run = open_border(overrides={"scan_downtime": 0.2})
    share = []
    for number in range(300):
        run.week = run.draws.week = number
        share.append(run_scanners(run).copy())
    kind = run.world.lanes.kind
    assert np.mean(share, axis=0)[kind == CAR].mean() == pytest.approx(0.0213 * 0.8, rel=0.03)
    assert np.std(share, axis=0)[kind == CAR].min() > 0.0 and np.max(share, axis=0)[kind == FOOT].max() == 0.0


def test_a_queue_grows_behind_booths_only_where_scans_are_slower() -> None:
    shape = np.full((6, 24), 1 / 24)
    staff = np.ones((6, 24))

    def wait(scan_seconds: float) -> float:
        one = [np.array([x]) for x in (7 * 24 * 550.0, 10.0, 60 / 3600, 1.0, scan_seconds / 3600)]
        return float(stage_waits(*one, shape, staff, np.array([CAR]), 8.0, 0.95)[0])

    plain = wait(0.0)
    assert wait(30.0) == pytest.approx(plain, abs=0.002) and wait(55.0) < plain + 0.03
    assert wait(90.0) > plain + 2.0


def test_scanners_aside_hold_nobody_up_and_see_what_they_can() -> None:
    half = [Press("port_scan_share_cars", "floor", 1.0)]
    slow = {"scan_seconds_car": 480.0, "scan_downtime": 0.0}
    plain, aside = _crossed(), _crossed(half, scan_place="aside", **slow)
    cars = run_cars = plain.world.lanes.kind == CAR
    assert aside.lanes.wait[run_cars] == pytest.approx(plain.lanes.wait[cars], abs=0.1)
    units = np.maximum(1, np.rint(plain.world.lanes.booths))
    most = units * 168 * 3600 / 480 / aside.lanes.traffic
    assert aside.lanes.scanned[cars] == pytest.approx(np.minimum(1.0, most)[cars])


# Teams


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), mobile=st.floats(0.0, 0.6), kind=st.sampled_from([PORT, SECTOR]))
def test_teams_are_moved_and_not_made(seed: int, mobile: float, kind: int) -> None:
    run = open_border(seed, {"patrol_mobile_share": mobile})
    move_teams(run)
    strength = np.where(run.world.sites.kind == kind, run.world.sites.officers, 0.0)
    after = with_teams(run, kind, strength)
    assert after.sum() == pytest.approx(strength.sum()) and (after >= 0).all()
    assert (after[run.world.sites.kind != kind] == 0).all()


def test_teams_stay_without_rotation_and_move_with_it() -> None:
    run = open_border()
    move_teams(run)
    first = run.teams.site.copy()
    for rotation, same in ((0.0, True), (1.0, False)):
        run.levers.press([("x", Press("patrol_rotation", op, rotation)) for op in ("floor", "cap")])  # type: ignore[arg-type]
        run.week = run.draws.week = 5
        move_teams(run)
        assert np.array_equal(run.teams.site, first) is same
    assert (run.world.sites.kind[run.teams.site] == run.teams.kind).all()


# Loads


def test_turned_back_loads_go_home_and_are_not_counted_as_shipped() -> None:
    run = _crossed(size_detection=0, turn_back_ratio=0.5)
    lane = int(np.flatnonzero(run.world.lanes.kind == BETWEEN)[0])
    home = run.crews.at[0, run.crews.plaza[run.crews.ptr[0]]]
    n = 20_000
    _put(run, n, lane=lane)
    before = run.crews.pure[home, 0]
    chance = load_chances(run, np.arange(1))[0]
    run.tally.zero()
    cross.fn(run)
    run.ledger.check()
    turned = run.tally.turned[0][lane, 0]
    assert turned == pytest.approx(0.5 * n * chance, abs=5 * np.sqrt(n * chance))
    assert run.crews.pure[home, 0] - before == pytest.approx(turned)
    assert (
        run.tally.shipped[0][lane, 0] == pytest.approx(n - turned)
        and run.loads.n == n - turned - run.tally.hits.sum()
    )


def test_larger_loads_are_found_more_and_the_mean_by_weight_stays() -> None:
    run = _crossed(size_detection=0.15, tip_at_full_intelligence=0)
    lane = int(np.flatnonzero(run.world.lanes.kind == CAR)[0])
    n, sigma = 200_000, run.p["load_sigma"]
    _put(run, n, lane=lane)
    usual = run.world.drugs.lane_load_kg[0, CAR]
    rng = np.random.default_rng(1)
    run.loads.pure[:] = usual * np.exp(rng.normal(-0.5 * sigma**2, sigma, n))
    chance = load_chances(run, np.arange(n))
    order = np.argsort(run.loads.pure)
    assert (np.diff(chance[order]) >= 0).all()
    by_weight = (chance * run.loads.pure).sum() / run.loads.pure.sum()
    assert by_weight == pytest.approx(run.lanes.hazard[lane], rel=0.03)
