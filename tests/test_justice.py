"""Justice: closed forms of convictions and sentences, conservation, dead groups, national flows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.levers import Press
from sim.week.justice import conviction_prob, prosecute
from tests.enforcement_sandbox import stand


def _week(run, week: int = 0) -> None:  # type: ignore[no-untyped-def]
    run.draws.week = run.week = week
    run.ledger.begin_week(week)
    run.tally.zero()
    run.ledger.process = "prosecute"
    prosecute(run)
    run.ledger.audit()


def test_conviction_is_capacity_times_evidence_times_courts() -> None:
    run = stand(1)
    good = run.p["evidence_quality"] * run.p["court_integrity"]
    people = run.world.states.population[run.world.states.country == 0].sum()
    capacity = (
        people
        / 1e5
        * run.p["prosecutors_per_100k"]
        * run.p["prosecutors_on_groups"]
        * run.p["cases_per_prosecutor"]
    )
    assert conviction_prob(run, int(10 * capacity)) == pytest.approx(0.1 * good, rel=0.01)
    assert conviction_prob(run, 1) == pytest.approx(good)
    run.levers.press([("reform", Press("prosecutors_per_100k", "scale", 0.0))])
    assert conviction_prob(run, 100) == 0.0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(0, 60_000))
def test_people_in_custody_are_conserved(seed: int, paid: float, accused: int) -> None:
    run = stand(seed)
    run.groups.accused[0] = accused
    run.groups.paid[:] = paid
    run.ledger.resync()
    before = run.crews.members.sum() + run.groups.accused.sum() + run.groups.prisoners.sum()
    _week(run)
    left = run.ledger.flow("let_go_left")[0] + run.ledger.flow("released_left")[0]
    assert run.crews.members.sum() + run.groups.accused.sum() + run.groups.prisoners.sum() + left == before
    assert run.crews.members.min() >= 0 and run.groups.accused.min() >= 0 and run.groups.prisoners.min() >= 0


def test_nobody_returns_to_a_group_that_does_not_pay() -> None:
    run = stand(2)
    run.groups.paid[:] = 0.0
    before = run.crews.members.copy()
    _week(run)
    assert np.array_equal(run.crews.members, before)
    assert run.ledger.flow("released_left")[0] > 0


def test_nobody_returns_to_a_hub_abroad() -> None:
    run = stand(2)
    hubs = run.world.plazas.hub_area[run.crews.plaza] >= 0
    before = run.crews.members[hubs].copy()
    _week(run)
    assert np.array_equal(run.crews.members[hubs], before)


def test_custody_of_a_dead_group_is_dissolved() -> None:
    run = stand(3)
    run.groups.alive[5] = False
    held = run.groups.accused[5] + run.groups.prisoners[5]
    _week(run)
    assert run.groups.accused[5] == run.groups.prisoners[5] == 0
    assert run.ledger.flow("dissolved")[0] == held > 0


def test_national_flows_are_those_of_the_accounts() -> None:
    """383 arrested a week give 115 jailed and 46 back from prison; 29,900 stay in prison (accounts section 4)."""
    run = stand(4)
    groups = run.world.groups0.n
    share = (383 * run.world.groups0.share).cumsum()
    jailed, back = [], []
    for week in range(160):
        steps = np.floor(share + run.draws.scalar("test/offset", week)).astype(np.int64)
        run.groups.accused[:groups] += np.diff(steps, prepend=0)
        run.ledger.resync()
        _week(run, week)
        if week >= 60:
            jailed.append(run.tally.convicted[0])
            back.append(run.ledger.flow("released")[0])
    assert np.mean(jailed) == pytest.approx(115, rel=0.06)
    assert np.mean(back) == pytest.approx(46, rel=0.06)
    assert 28_500 < run.groups.prisoners.sum() < 31_500
