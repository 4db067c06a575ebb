"""Recruitment and fights: closed forms of attrition, the published size equations, limits and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels_force import CONSTANTS, battle, chance_of_fight, join, leave, size_equations
from sim.state.crews import ARMED
from sim.state.lineage import group_sizes
from sim.state.tally import LOCAL, RIVALRY, STATE, SUCCESSION
from sim.week.force import fight, joining_prob, recruit
from tests.power_sandbox import sandbox, week


@pytest.fixture(scope="module")
def opened():
    run = sandbox()
    return run, run.snapshot()


@pytest.fixture
def run(opened):
    run, saved = opened
    run.restore(saved)
    return run


def test_published_size_equations_in_their_limit():
    sizes = 1.0 / np.arange(1, 151)
    sizes, recruits = size_equations(115_000 * sizes / sizes.sum(), 520)
    assert sizes.sum() == pytest.approx(173_800, abs=50)
    assert recruits == pytest.approx(359.6, abs=0.1)


def test_equal_sides_lose_alike_and_unarmed_sides_kill_nobody():
    a, b, fired_a, fired_b = battle(20.0, 20.0, 20.0, 20.0, 1e6, 1e6, 0.03, 0.03, 60.0, 1.0)
    assert a == b > 0 and fired_a == fired_b
    assert battle(20.0, 20.0, 0.0, 0.0, 1e6, 1e6, 0.03, 0.03, 60.0, 1.0) == (0.0, 0.0, 0.0, 0.0)
    assert battle(20.0, 20.0, 20.0, 20.0, 0.0, 0.0, 0.03, 0.03, 60.0, 1.0)[:2] == (0.0, 0.0)


@settings(deadline=None)
@given(st.floats(5, 200), st.floats(5, 200), st.floats(1e-5, 3e-4), st.floats(1e-5, 3e-4))
def test_lanchester_square_law_holds_for_small_steps(a, b, kill_a, kill_b):
    dead_a, dead_b, _, _ = battle(a, b, a, b, 1e9, 1e9, kill_a, kill_b, 60.0, 1.0)
    before = kill_a * a**2 - kill_b * b**2
    after = kill_a * (a - dead_a) ** 2 - kill_b * (b - dead_b) ** 2
    assert after == pytest.approx(before, rel=0, abs=1e-5 * (kill_a * a**2 + kill_b * b**2))


@pytest.fixture(scope="module")
def duel():
    """Two crews of one plaza with a gun each and much to fight for; the winner takes all guns of the other's dead."""
    run = sandbox(fight_capture_share=1.0, fight_engaged_share=0.8, fight_lethality=0.1)
    plaza = np.bincount(run.crews.plaza[run.world.plazas.hub_area[run.crews.plaza] < 0]).argmax()
    pair = np.flatnonzero(run.crews.plaza == plaza)[:2]
    run.crews.members[:, ARMED], run.crews.guns[:] = 0, 0
    run.crews.members[pair, ARMED] = run.crews.guns[pair, 1] = 60
    run.crews.ammunition[:] = 10**6
    run.plazas.worth[plaza], run.plazas.patrol[:] = 1e12, 0.0
    run.groups.shock[:], run.groups.rivalry[:], run.groups.alliance[:] = 0.0, 0.0, 0.0
    run.ledger.resync()
    return run, pair, run.snapshot()


def test_the_winner_takes_the_guns_of_the_dead_and_both_remember(duel):
    run, pair, saved = duel
    g, h = (int(run.crews.group[row]) for row in pair)
    winners, cost = set(), 0
    for k in range(20):
        run.restore(saved)
        week(run, k, (fight,), others=False)
        assert run.tally.fights.sum() == 1
        once = run.p["rivalry_per_fight"]
        assert run.groups.rivalry[g, h] == run.groups.rivalry[h, g] == pytest.approx(once)
        dead, guns = 60 - run.crews.members[pair, ARMED], run.crews.guns[pair, 1]
        lost = run.ledger.flow("guns_lost_in_fights", "guns")[1]
        beaten = np.flatnonzero(run.crews.beaten[pair] > 0)
        if not beaten.size:
            assert lost == dead.sum()
            continue
        loser = int(beaten[0])
        winner = 1 - loser
        winners.add(winner)
        cost += dead[winner]
        assert guns[loser] == 60 - dead[loser] and guns[winner] == 60 - dead[winner] + dead[loser]
        assert lost == dead[winner]
    assert winners == {0, 1} and cost > 0


@settings(deadline=None)
@given(st.floats(0, 4000), st.floats(0, 4000), st.floats(0, 30), st.floats(0, 30))
def test_more_rounds_or_guns_never_kill_fewer_enemies(rounds, more, guns, extra):
    few = battle(30.0, 30.0, guns, 30.0, rounds, 1e6, 0.03, 0.03, 60.0, 1.0)
    many = battle(30.0, 30.0, min(30.0, guns + extra), 30.0, rounds + more, 1e6, 0.03, 0.03, 60.0, 1.0)
    assert many[1] >= few[1] - 1e-9
    assert few[2] <= rounds + 1e-9


def _constants(run):
    return np.array([run.p[name] for name in CONSTANTS])


def test_chance_of_a_fight_answers_to_its_causes(run):
    c = _constants(run)
    usual = (2.3e5, 20.0, 20.0, 1.0, 0.0, 1.0, 0.0, 0.05, 0.0, 0.0)
    base = chance_of_fight(*usual, c)

    def changed(position, value):
        return chance_of_fight(*(value if k == position else old for k, old in enumerate(usual)), c)

    assert 0 < base < 1 and changed(0, 0.0) == 0.0
    assert changed(2, 2.0) < base and changed(4, 0.5) < base
    for position, value in ((0, 1e6), (3, 2.0), (5, 2.0), (6, 1.0), (7, 0.5), (8, 1.0), (9, 1.0)):
        assert changed(position, value) > base


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=5, max_size=5), st.integers(0, 400), st.floats(0.001, 0.999))
def test_joining_and_leaving_keep_count_by_role(roles, n, u):
    members = np.array([roles], dtype=np.int64)
    before = members.sum()
    join(members, np.array([n]), np.array([0.35, 0.2, 0.25, 0.15, 0.05]), np.array([u]))
    assert members.sum() == before + n and members.min() >= 0
    gone = min(n, int(members.sum()))
    leave(members, np.array([gone]), np.array([u]))
    assert members.sum() == before + n - gone and members.min() >= 0


def test_joining_answers_to_pay_prospects_and_risk(run):
    places = np.arange(5)
    base = joining_prob(run, places, np.full(5, 134.0))
    assert np.all((base > 0) & (base < 1))
    assert np.all(joining_prob(run, places, np.full(5, 200.0)) > base)
    run.plazas.prospects[:5] = 1.5
    assert np.all(joining_prob(run, places, np.full(5, 134.0)) < base)
    run.plazas.prospects[:5] = 1.0
    run.plazas.risk_killed[:5] *= 3
    assert np.all(joining_prob(run, places, np.full(5, 134.0)) < base)


@pytest.mark.parametrize("why", ["no plan", "pause", "no money"])
def test_recruiting_stops_when_it_must(run, why):
    week(run, 0, (), leaders_per_year=0)
    if why == "no plan":
        run.groups.recruit_plan[:] = 0
    elif why == "pause":
        run.groups.pause[:] = 3
    else:
        run.groups.treasury[:] = 0
        run.ledger.resync()
    week(run, 1, (recruit,), others=False)
    assert run.tally.recruits.sum() == 0


def test_unpaid_and_disloyal_members_leave(run):
    def deserters():
        week(run, 3, (recruit,), leaders_per_year=0)
        return run.tally.deserters.sum()

    usual = deserters()
    run.groups.paid[:] = 0.2
    assert deserters() > 2 * usual


def test_disloyal_members_leave_more_often(run):
    def deserters(loyalty):
        run.crews.loyalty[:] = loyalty
        week(run, 3, (recruit,), leaders_per_year=0)
        return run.tally.deserters.sum()

    expected = np.exp(run.p["leave_loyalty"] * 0.5)
    assert deserters(0.3) / deserters(0.8) == pytest.approx(expected, rel=0.3)


def test_one_group_does_not_fight(run):
    other = run.crews.group != 0
    run.crews.take(np.flatnonzero(~other))
    run.groups.alive[1:] = False
    run.crews.index(run.groups.n, run.plazas.n)
    run.ledger.resync()
    for k in range(5):
        week(run, k, (fight,), leaders_per_year=0)
        assert run.tally.fights.sum() == 0
        assert run.tally.deaths_members[0][:, [RIVALRY, SUCCESSION]].sum() == 0


@pytest.mark.parametrize("without", ["guns", "ammunition"])
def test_without_guns_or_rounds_nobody_dies_in_fights(run, without):
    getattr(run.crews, without)[:] = 0
    run.ledger.resync()
    run.plazas.patrol[:] = 0
    week(run, 0, (fight,), others=False)
    assert run.tally.fights.sum() > 0
    assert run.tally.deaths_members.sum() == 0
    assert np.delete(run.tally.deaths[0], LOCAL, axis=1).sum() == 0


def test_fewer_guns_and_rounds_lower_deaths_per_fight(opened):
    run, saved = opened

    def lethality(share):
        run.restore(saved)
        run.crews.ammunition[:] = (run.crews.ammunition * share).astype(np.int64)
        run.ledger.resync()
        dead = fights = 0.0
        for k in range(12):
            week(run, k, (fight,), others=False)
            dead += run.tally.deaths_members[0, :, RIVALRY].sum()
            fights += run.tally.fights.sum()
        return dead / fights

    assert lethality(0.1) < 0.7 * lethality(1.0)


def test_forces_that_move_in_raise_clashes(opened):
    run, saved = opened

    def killed(new):
        run.restore(saved)
        run.plazas.forces_new[:] = new
        dead = 0.0
        for k in range(10):
            week(run, k, (fight,), leaders_per_year=0)
            dead += run.tally.deaths_members[0, :, STATE].sum()
        return dead

    assert killed(1.0) > 1.5 * killed(0.0)


def test_forces_that_are_bought_do_not_clash(opened):
    run, saved = opened

    def killed(bought):
        run.restore(saved)
        run.crews.protection[:] = bought
        dead = 0.0
        for k in range(5):
            week(run, k, (fight,), leaders_per_year=0)
            dead += run.tally.deaths_members[0, :, STATE].sum()
        return dead

    assert killed(1.0) == 0.0 < killed(0.0)


def test_background_homicide_is_one_national_rate(run):
    total = 0.0
    for k in range(8):
        week(run, k, (fight,), leaders_per_year=0)
        total += run.tally.background.sum()
    assert total / 8 * 52.1775 == pytest.approx(15_279, rel=0.06)
    assert run.tally.background[0, run.world.plazas.hub_area >= 0].sum() == 0


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1), st.floats(0, 3))
def test_random_weeks_balance_and_nothing_is_negative(opened, number, shock, paid, arms):
    run, saved = opened
    run.restore(saved)
    run.groups.shock[:] = shock
    run.groups.paid[:] = paid
    run.plazas.forces_new[:] = shock
    run.crews.guns[:] = (run.crews.guns * arms).astype(np.int64)
    run.ledger.resync()
    for k in range(3):
        week(run, number + k)
    for values in (run.crews.members, run.plazas.pool, run.plazas.gang, run.crews.guns, run.crews.ammunition):
        assert values.min() >= 0
    assert group_sizes(run)[~run.groups.alive].sum() == 0
    assert run.crews.members[:, ARMED].sum() > 0
