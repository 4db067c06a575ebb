"""Recruitment and fights: closed forms of attrition, the published size equations, limits and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels_force import CONSTANTS, battle, chance_of_fight, join, leave, presence, size_equations
from sim.kernels_gangs import STREET_CONSTANTS, mean_of_feuds
from sim.levers import Press
from sim.state.crews import ARMED
from sim.state.lineage import group_sizes
from sim.state.tally import LOCAL, RIVALRY, STATE, SUCCESSION
from sim.week.enforcement.soldiers import hold_plazas, sent_away
from sim.week.force import fight, joining_prob, recruit
from sim.week.force.gangs import armed_share, hire
from sim.week.force.presence import abuse, forces_integrity, lie_low
from sim.week.structure.territory import withdraw
from sim.world.agencies import MANDATES
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


@pytest.mark.parametrize("why", ["no plan", "lying low", "no money"])
def test_recruiting_stops_when_it_must(run, why):
    week(run, 0, (), leaders_per_year=0)
    if why == "no plan":
        run.groups.recruit_plan[:] = 0
    elif why == "lying low":
        run.crews.pause[:] = 3
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


def test_those_without_guns_kill_as_their_own_lethality_says():
    """One exchange of unarmed sides of 20 at 0.01 a step: x(t+1) = x(t) - 0.01 x(t), eight times."""
    dead, other, fired, _ = battle(20.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.03, 0.03, 60.0, 1.0, 0.01)
    assert dead == other == pytest.approx(20.0 * (1.0 - 0.99**8)) and fired == 0.0


def test_losses_are_the_same_with_or_without_arms_where_bare_hands_kill_alike():
    armed = battle(30.0, 20.0, 30.0, 20.0, 1e9, 1e9, 0.03, 0.03, 60.0, 1.0, 0.03)
    bare = battle(30.0, 20.0, 3.0, 2.0, 100.0, 100.0, 0.03, 0.03, 60.0, 1.0, 0.03)
    assert bare[:2] == pytest.approx(armed[:2])


def _street(run):
    return np.array([run.p[name] for name in STREET_CONSTANTS])


def test_feuds_need_two_gangs_and_guns_and_calm_where_one_group_holds(run):
    k = _street(run)
    assert mean_of_feuds(30.0, 0.4, 0.1, 0.5, k) == 0.0 and mean_of_feuds(300.0, 0.0, 0.1, 0.5, k) == 0.0
    base = mean_of_feuds(300.0, 0.4, 0.1, 0.5, k)
    p = run.p
    wanted = p["gang_feud_rate"] * 300.0 * 0.9 * 0.4
    wanted *= 1.0 + 0.1 * p["gang_feud_contest"] - 0.5 * p["gang_feud_hold"]
    assert base == pytest.approx(wanted)
    assert mean_of_feuds(300.0, 0.4, 0.5, 0.5, k) > base > mean_of_feuds(300.0, 0.4, 0.1, 1.0, k)


def test_dead_of_gangs_are_their_own_and_no_more_than_there_are(run):
    before = run.plazas.gang.copy()
    dead = np.zeros(run.plazas.n)
    for k in range(10):
        week(run, k, (fight,), leaders_per_year=0)
        dead += run.tally.deaths_gang[0]
    assert dead.sum() > 0 and np.array_equal(before - run.plazas.gang, dead) and run.plazas.gang.min() >= 0


def test_without_gangs_none_of_them_dies_or_fights(run):
    run.plazas.gang[:] = 0
    week(run, 0, (fight,), leaders_per_year=0)
    assert run.tally.deaths_gang.sum() == 0 and run.tally.street_fights.sum() == 0


def test_gangs_without_guns_have_no_feuds(run):
    assert armed_share(run)[: run.world.plazas.n_mexico] == pytest.approx(run.p["gang_guns"], rel=0.01)
    run.arms.private[:] = 0
    run.ledger.resync()
    run.plazas.retail_usd[:] = 0
    week(run, 0, (fight,), leaders_per_year=0)
    assert run.tally.deaths[0, :, LOCAL].sum() == 0


def test_crews_hire_gangs_where_it_is_contested_and_pay_them(run):
    before = run.groups.treasury.sum()
    assert hire(run, armed_share(run)).sum() > 0
    paid = before - run.groups.treasury.sum()
    assert paid == pytest.approx(run.p["gang_pay"] * run.plazas.hired.sum()) and paid > 0
    assert np.all(run.plazas.hired <= run.p["gang_hire"] * run.plazas.contest * run.plazas.gang + 1e-9)
    run.plazas.contest[:] = 0
    assert hire(run, armed_share(run)).sum() == 0 and run.plazas.hired.sum() == 0


def test_soldiers_are_less_bought_than_those_who_live_there():
    assert presence(0.0, 0.0, 0.3, 0.25, 150.0) == 0.0
    assert presence(150.0, 0.0, 0.5, 0.25, 150.0) == 0.25
    assert presence(0.0, 150.0, 0.5, 0.25, 150.0) == pytest.approx(0.4375)


def test_crews_hide_from_odds_against_them_and_come_back(run):
    crews, places = run.crews, run.plazas
    lie_low(run)
    assert not crews.hidden.any()
    z = int(crews.plaza[0])
    here = crews.plaza == z
    armed = crews.members[here, ARMED].astype(float)
    needed = run.p["hide_ratio"] * armed + run.p["hide_density"] * run.world.plazas.population[z]
    places.soldiers[z] = 500.0
    for _ in range(100):
        lie_low(run)
    odds = 500.0 * (1.0 - (1.0 - forces_integrity(run)) * crews.protection[here]) / needed
    assert crews.hidden[here] == pytest.approx(odds**2 / (1.0 + odds**2))
    assert not crews.hidden[~here].any() and np.all(crews.beaten[here] > 0)
    places.soldiers[z] = 0.0
    for _ in range(100):
        lie_low(run)
    assert not crews.hidden.any()


def test_crews_in_hiding_meet_nobody(run):
    run.crews.hidden[:] = 1.0
    run.plazas.soldiers[: run.world.plazas.n_mexico] = 1e7  # stays so: they do not come out
    week(run, 0, (fight,), leaders_per_year=0)
    assert run.tally.fights.sum() == 0 and run.tally.street_fights.sum() == 0


def test_beaten_crews_go_next_door_and_not_where_soldiers_are(run):
    crews, plazas = run.crews, run.world.plazas
    crews.beaten[:] = 50.0
    z = int(np.bincount(crews.plaza[crews.plaza < plazas.n_mexico]).argmax())
    near = plazas.neighbours(z)
    run.plazas.soldiers[near[1:]] = 1000.0
    was = {(int(g), int(p)) for g, p in zip(crews.group, crews.plaza, strict=True) if p == z}
    at = {row: int(crews.plaza[row]) for row in range(crews.n)}
    assert withdraw(run) and was
    moved = [row for row in at if at[row] == z and int(crews.plaza[row]) != z]
    assert moved and all(int(crews.plaza[row]) == near[0] for row in moved)


def test_abuses_follow_operations_training_and_integrity(run):
    run.plazas.soldiers[: run.world.plazas.n_mexico] = 1000.0

    def abused():
        run.tally.zero()
        for k in range(4):
            run.draws.week = k
            abuse(run, np.zeros(run.plazas.n))
        return run.tally.abuses.sum() / 4

    p, n = run.p, run.world.plazas.n_mexico
    run.units.integrity[:] = run.world.units0.integrity
    mean = 1000.0 * n * p["soldier_operations"] * p["abuse_prob"]
    mean *= (1.0 - p["forces_training"]) * (1.0 - forces_integrity(run))
    assert abused() == pytest.approx(mean, rel=4.0 / np.sqrt(4.0 * mean))
    run.levers.press([("test", Press("forces_training", "add", 1.0))])
    assert abused() == 0
    run.levers.press([])
    run.units.integrity[:] = 1.0
    assert abused() == 0


def test_soldiers_go_to_the_plazas_where_most_was_counted_and_others_miss_them(run):
    officers = run.world.units0.effort_officers
    assert sent_away(run, officers) is officers and not run.plazas.soldiers.any()
    run.seen.homicides[0] = np.arange(run.plazas.n) % 17
    code = run.world.states.code[run.world.plazas.state[0]]
    run.levers.press([("test", Press("forces_deployed", "add", 1200.0, {"state": [code]}))])
    stay = sent_away(run, officers)
    assert officers.sum() - stay.sum() == pytest.approx(1200.0)
    held = np.flatnonzero(run.plazas.soldiers)
    rows = np.flatnonzero(run.world.plazas.state == run.world.plazas.state[0])
    assert run.plazas.soldiers.sum() == pytest.approx(1200.0) and set(held) <= set(rows)
    assert held.size == min(rows.size, 3)
    assert run.seen.homicides[0][held].min() >= np.sort(run.seen.homicides[0][rows])[-held.size]
    density, people = np.zeros((run.plazas.n, len(MANDATES))), np.ones(run.plazas.n)
    hold_plazas(run, density, people)
    assert np.array_equal(np.flatnonzero(density.sum(axis=1)), held)
    both = [Press("forces_deployed", "add", 1200.0, {"state": [code]}), Press("forces_recruited", "add", 1.0)]
    run.levers.press([("test", item) for item in both])
    assert sent_away(run, officers) == pytest.approx(officers)
    run.levers.press([])
    sent_away(run, officers)
    assert not run.plazas.soldiers.any()


def test_no_more_soldiers_are_sent_than_others_can_spare(run):
    officers = run.world.units0.effort_officers
    code = run.world.states.code[run.world.plazas.state[0]]
    run.levers.press([("test", Press("forces_deployed", "add", 60000.0, {"state": [code]}))])
    first = sent_away(run, 0.1 * officers)
    assert np.all(first >= 0.05 * officers - 1e-9)
    assert run.plazas.soldiers.sum() == pytest.approx(0.1 * officers.sum() - first.sum())
    run.levers.press([])
    run.plazas.soldiers[:] = 0.0
