"""Justice: closed forms of queues, charges, trials and terms; custody by country; laws; national flows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels_justice import charge_shares, trial_share
from sim.levers import Press
from sim.state.custody import held_of_groups
from sim.week.enforcement.raids import arrest_couriers
from sim.week.justice import prosecute
from sim.week.justice.offices import office_integrity, offices
from sim.week.justice.queues import chances, investigate, occupancy
from tests.enforcement_sandbox import stand

CRIMES = 545_000.0
"""Crimes modelled a week in the status quo, of which a share is reported."""


def _week(run: Any, week: int = 0, arrests: np.ndarray | None = None) -> None:
    run.draws.week = run.week = week
    run.ledger.begin_week(week)
    run.tally.zero()
    if arrests is not None:
        run.groups.accused[: len(arrests)] += arrests
        run.tally.files_members[0] = arrests.sum(axis=0)
        run.ledger.resync()
    run.ledger.process = "prosecute"
    prosecute(run)
    run.ledger.audit()


def _report(run: Any, factor: float = 1.0) -> None:
    """Crimes as they are reported in the status quo, by people."""
    people = np.where(run.world.plazas.hub_area < 0, run.world.plazas.population, 0.0)
    run.seen.crimes[0] = factor * CRIMES * run.p["reporting_usual"] * people / people.sum()


def _arrested(run: Any, week: int, number: float) -> np.ndarray:
    """Arrests of a week by group and court, (groups, courts): `number` in all, placed as the crews are."""
    start = run.world.groups0
    share = (run.groups.charged[: start.n] + 0.2).astype(float)
    share[:, -1] = 0.0
    share /= share.sum()
    steps = np.floor(number * share.reshape(-1).cumsum() + run.draws.scalar("test/offset", week))
    return np.diff(steps, prepend=0.0).astype(np.int64).reshape(share.shape)


# --- closed forms ----------------------------------------------------------------------------------------------------


def test_prosecutors_time_goes_by_work_and_priority_and_none_is_used_twice() -> None:
    capacity, members, others = np.array([30.0, 90.0, 500.0]), np.full(3, 40.0), np.full(3, 60.0)
    mine, theirs = charge_shares(capacity, members, others, 1.0)
    assert mine == pytest.approx([0.3, 0.9, 1.0]) and theirs == pytest.approx([0.3, 0.9, 1.0])
    mine, theirs = charge_shares(capacity, members, others, 3.0)
    assert mine[0] == pytest.approx(3 * theirs[0])
    assert mine[1] == 1.0 and theirs[1] == pytest.approx(50 / 60)
    assert (mine * members + theirs * others)[:2] == pytest.approx(capacity[:2])


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(1, 50))
def test_shares_never_use_more_than_there_is(capacity: float, a: float, b: float, weight: float) -> None:
    mine, theirs = charge_shares(np.array([capacity]), np.array([a]), np.array([b]), weight)
    assert 0 <= theirs[0] <= mine[0] + 1e-12 <= 1 + 2e-12
    assert mine[0] * a + theirs[0] * b <= capacity * (1 + 1e-9) + 1e-6
    more = charge_shares(np.array([capacity + 1]), np.array([a]), np.array([b]), weight)
    assert more[0][0] >= mine[0] - 1e-12 and more[1][0] >= theirs[0] - 1e-12


def test_wait_for_a_judge_is_the_least_one_or_the_queue_over_capacity() -> None:
    share = trial_share(np.array([100.0, 1000.0]), np.array([20.0, 20.0]), np.array([10.0, 10.0]))
    assert 1.0 / share == pytest.approx([10.0, 50.0])


def test_stationary_stocks_are_inflow_times_mean_stay() -> None:
    """Little's law for others: files, suspects, people before a judge and inmates, in the American row and a state."""
    run = stand(1, prison_places=10**6)
    _report(run)
    p, courts = run.p, run.courts
    run.groups.accused[:] = run.groups.charged[:] = run.groups.prisoners[:] = 0
    run.ledger.resync()
    run.levers.press([("more", Press("judges_per_100k", "scale", 2.0))])
    for week in range(1500):
        before = courts.files[:-1].sum()
        _week(run, week)
    flow = {
        name: float(getattr(run.tally, name)[0, 0]) for name in ("charged", "decided", "convicted_others")
    }
    assert flow["charged"] == pytest.approx(flow["decided"], rel=1e-3)
    assert courts.charged[:-1].sum() == pytest.approx(flow["decided"] * p["weeks_to_trial"], rel=1e-3)
    term = 1.0 / -np.expm1(-1.0 / p["others_sentence_weeks"])
    assert courts.inmates[:-1].sum() == pytest.approx(flow["convicted_others"] * term, rel=1e-2)
    capacity = offices(run).investigate[:-1].sum()
    opened = run.tally.files_opened[0]
    assert opened == pytest.approx(p["file_opened_share"] * CRIMES * p["reporting_usual"])
    assert before == pytest.approx((opened - capacity) * p["file_weeks"] + capacity, rel=1e-2)
    late = -np.expm1(-p["custody_weeks_most"] / p["us_weeks_to_trial"])
    abroad = p["us_cases_filed"] * p["us_conviction_prob"] * late
    assert courts.inmates[-1] == pytest.approx(abroad / -np.expm1(-1 / p["us_sentence_weeks"]), rel=1e-2)


def test_where_capacity_binds_output_is_capacity_and_more_files_only_wait() -> None:
    ends = []
    for factor in (1.0, 2.0):
        run = stand(1)
        _report(run, factor)
        integrity = office_integrity(run)
        for _ in range(300):
            run.tally.zero()
            investigate(run, offices(run), integrity)
        ready = run.courts.ready[:-1].copy()
        investigate(run, offices(run), integrity)
        ends.append((float((run.courts.ready[:-1] - ready).sum()), float(run.courts.files[:-1].sum())))
    suspects = (offices(run).investigate[:-1] * integrity[:-1]).sum() * run.p["file_solved_prob"]
    assert ends[0][0] == pytest.approx(suspects) and ends[1][0] == pytest.approx(suspects)
    assert ends[1][1] > 2 * ends[0][1]


def test_crowding_shortens_terms_and_only_above_the_places() -> None:
    out = []
    for places in (10**6, 217_000, 120_000):
        run = stand(2, prison_places=places)
        _report(run)
        before = run.groups.prisoners[:, 0].sum()
        _week(run)
        out.append(before + run.tally.convicted[0, 0] - run.groups.prisoners[:, 0].sum())
        assert occupancy(run, np.zeros(run.courts.n))[0] < 3
    assert out[2] > 2 * out[0] and out[1] == pytest.approx(out[0], rel=0.01)


def test_files_on_members_are_sound_as_far_as_investigators_have_time() -> None:
    run = stand(3, member_file_bought=0.0)
    run.tally.zero()
    run.tally.files_members[0] = 10.0
    can, integrity = offices(run), office_integrity(run)
    assert np.all(chances(run, can, integrity).members[1] == 1.0)
    run.tally.files_members[0, :-1] = 2.0 * can.investigate[:-1] / run.p["member_file_work"]
    assert chances(run, can, integrity).members[1, :-1] == pytest.approx(0.5)
    files = run.courts.ready[:-1].copy()
    investigate(run, can, integrity)
    assert np.array_equal(run.courts.ready[:-1], files)


def test_without_prosecutors_or_judges_nobody_is_convicted() -> None:
    for name, column in (("prosecutors_per_100k", "charged"), ("judges_per_100k", "decided")):
        run = stand(3)
        run.groups.accused[:] += 5
        run.ledger.resync()
        run.levers.press([("reform", Press(name, "scale", 0.0))])
        _week(run)
        assert getattr(run.tally, column)[0, 0] == 0 and getattr(run.tally, column)[0, 1] > 0
        assert run.tally.convicted[0, 0] == 0 or name == "prosecutors_per_100k"


# --- custody by country ----------------------------------------------------------------------------------------------


def test_those_caught_at_a_hub_or_with_a_load_are_in_american_custody() -> None:
    run = stand(4, courier_member_share=1.0)
    run.groups.accused[:] = 0
    run.ledger.resync()
    run.tally.hits[0, 0, 0], run.tally.seized[0, 0, 0] = 12.0, 60.0
    run.groups.lost[:] = 0.0
    run.groups.lost[0, 0, 0] = 60.0
    before = run.crews.members.copy()
    arrest_couriers(run)
    run.ledger.check()
    taken = before - run.crews.members
    assert taken.sum() == taken[:, 3].sum() == run.groups.accused[0, -1] > 3
    assert run.groups.accused[:, :-1].sum() == 0 and np.all(run.crews.group[taken.sum(axis=1) > 0] == 0)


def test_who_is_removed_returns_to_mexico_and_who_is_not_to_a_hub() -> None:
    hubs = None
    for removal in (0.0, 1.0):
        run = stand(5, us_removal=removal, return_released=1.0, us_sentence_weeks=26)
        run.groups.accused[:] = run.groups.charged[:] = 0
        run.groups.prisoners[:] = 0
        run.groups.prisoners[0, 1] = 500
        run.groups.paid[:] = 1.0
        run.ledger.resync()
        hubs = run.world.plazas.hub_area[run.crews.plaza] >= 0
        before = run.crews.members.sum(axis=1)
        _week(run)
        more = run.crews.members.sum(axis=1) - before
        assert more.sum() == 500 - run.groups.prisoners[0, 1] > 0
        assert more[hubs].sum() == (more.sum() if removal == 0.0 else 0)


def test_nobody_returns_to_a_group_that_does_not_pay() -> None:
    run = stand(2)
    run.groups.paid[:] = 0.0
    before = run.crews.members.copy()
    _week(run)
    assert np.array_equal(run.crews.members, before)
    assert run.ledger.flow("released_left")[0] > 0


def test_custody_of_a_dead_group_is_dissolved() -> None:
    run = stand(3)
    run.groups.alive[5] = False
    held = held_of_groups(run)[5]
    _week(run)
    assert held_of_groups(run)[5] == 0
    assert run.ledger.flow("dissolved")[0] == held > 0


# --- laws ------------------------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(0, 60_000), st.integers(0, 32))
def test_people_in_custody_are_conserved(seed: int, paid: float, accused: int, court: int) -> None:
    run = stand(seed)
    run.groups.accused[0, court] = accused
    run.groups.paid[:] = paid
    run.ledger.resync()
    before = run.crews.members.sum() + held_of_groups(run).sum()
    others = run.courts.snapshot()
    _week(run)
    left = run.ledger.flow("let_go_left")[0] + run.ledger.flow("released_left")[0]
    assert run.crews.members.sum() + held_of_groups(run).sum() + left == before
    assert run.crews.members.min() >= 0
    assert all(getattr(run.groups, name).min() >= 0 for name in ("accused", "charged", "prisoners"))
    assert all(column.min() >= 0 for column in run.courts.snapshot().values())
    assert (run.courts.charged + run.courts.inmates <= sum(others.values()) + run.courts.files.max()).all()


def test_more_of_any_office_never_lowers_convictions_and_the_scarcest_one_decides() -> None:
    def after(*names: str) -> float:
        run = stand(6)
        _report(run)
        run.levers.press([("more", Press(name, "scale", 2.0)) for name in names])
        total = 0.0
        for week in range(104):
            _week(run, week, _arrested(run, week, 383))
            total += run.tally.convicted[0, 0] + run.tally.convicted_others[0, 0]
        return total

    base, judges, prosecutors = after(), after("judges_per_100k"), after("prosecutors_per_100k")
    both = after("prosecutors_per_100k", "judges_per_100k")
    assert judges == pytest.approx(base, rel=0.02)
    assert 1.05 * base < prosecutors < 0.97 * both


def test_files_on_members_crowd_out_others() -> None:
    found = []
    for number in (0, 383, 766):
        run = stand(7)
        _report(run)
        for week in range(60):
            _week(run, week, _arrested(run, week, number))
        found.append(float(run.tally.charged[0, 0]) - float(run.ledger.flow("charges")[0]))
    assert found[0] > 1.1 * found[1] > 1.2 * found[2]


# --- the accounts ----------------------------------------------------------------------------------------------------


def test_national_flows_are_those_of_the_accounts() -> None:
    """383 arrested a week give 115 jailed and 46 back; 39,746 people are convicted a year (accounts sections 4, 7)."""
    run = stand(4)
    _report(run)
    jailed, back, everybody = [], [], []
    for week in range(160):
        _week(run, week, _arrested(run, week, 383))
        if week >= 60:
            jailed.append(run.tally.convicted[0, 0])
            everybody.append(jailed[-1] + run.tally.convicted_others[0, 0])
            back.append(run.ledger.flow("released")[0])
    assert np.mean(jailed) == pytest.approx(115, rel=0.1)
    assert np.mean(everybody) * 52.1775 == pytest.approx(39_746, rel=0.1)
    assert np.mean(back) == pytest.approx(46, rel=0.12)
    assert 28_000 < run.groups.prisoners[:, 0].sum() < 31_500
    assert occupancy(run, run.groups.charged.sum(axis=0))[0] == pytest.approx(211_169 / 217_000, rel=0.05)
