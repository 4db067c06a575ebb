"""Units: closed forms of leaks, arrests, beliefs and shares; conservation; what captures and takedowns need."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.kernels_enforcement import deal_whole, leak_prob, remember
from sim.levers import Press
from sim.state.crews import ROLES
from sim.state.custody import held_of_groups
from sim.state.governments import MX, US
from sim.state.lineage import group_sizes
from sim.state.units import FINANCE, LEADER, NETWORK
from sim.week.enforcement import endings, raids
from sim.week.enforcement.cases import joint_prob, open_cases
from sim.week.enforcement.patrol import place_officers, purpose_shares
from tests.enforcement_sandbox import one_week, presses_of, stand

unit = st.floats(0, 1)


def _press(name: str, value: float, **where: list[str]) -> tuple[str, Press]:
    return ("test", Press(name, "scale", value, where))


# --- closed forms ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(0, 200), unit, unit)
def test_leak_of_one_unit_is_the_closed_form(people: int, integrity: float, loose: float) -> None:
    found = leak_prob(np.array([people]), np.array([integrity]), loose)
    assert found == pytest.approx(1 - (1 - loose * (1 - integrity)) ** people)


@given(st.lists(st.tuples(st.floats(0, 100), unit), min_size=1, max_size=5), st.floats(0, 0.2), unit)
def test_vetting_lowers_leaks_and_company_raises_them(known: list, loose: float, better: float) -> None:
    informed, integrity = np.array(known).T
    now = leak_prob(informed, integrity, loose)
    assert 0 <= now <= 1
    assert leak_prob(informed, integrity + better * (1 - integrity), loose) <= now + 1e-12
    assert leak_prob(np.append(informed, 10.0), np.append(integrity, 0.5), loose) >= now - 1e-12


@settings(deadline=None)
@given(
    hnp.arrays(np.int64, 4, elements=st.integers(0, 500)),
    hnp.arrays(np.float64, 12, elements=st.floats(0, 50)),
    hnp.arrays(np.float64, 4, elements=st.floats(0.001, 0.999)),
)
def test_people_are_dealt_whole_and_by_weight(
    amounts: np.ndarray, weights: np.ndarray, u: np.ndarray
) -> None:
    owner = np.repeat(np.arange(4), 3)
    parts = deal_whole(amounts, owner, weights, u)
    totals = np.bincount(owner, weights, minlength=4)
    dealt = np.bincount(owner, parts, minlength=4)
    assert np.array_equal(dealt, np.where(totals > 0, amounts, 0))
    fair = amounts[owner] * np.divide(weights, totals[owner], out=np.zeros(12), where=totals[owner] > 0)
    assert np.all(parts >= 0) and np.all(np.abs(parts - fair) <= 1 + 1e-6)


def test_intelligence_decays_and_is_shared_only_by_trust() -> None:
    for trust in (0.0, 0.5):
        x = np.array([[0.8, 0.0], [0.0, 0.0]])
        pair = np.array([[1.0, trust], [trust, 1.0]])
        remember(x, np.array([0, 1]), pair, 0.9, 0.2, np.zeros(2), np.zeros(2))
        assert x[0, 0] == pytest.approx(0.72)
        assert x[1, 0] == pytest.approx(0.2 * 0.9 * trust * 0.8)


def _here(run, level: float) -> np.ndarray:  # type: ignore[no-untyped-def]
    return np.full((run.crews.n, 5), level)


def test_street_arrests_have_their_mean() -> None:
    run = stand(3, raid_rate_mx=0.0, raid_rate_us=0.0)
    home = run.world.plazas.hub_area[run.crews.plaza] < 0
    visible = np.array([run.p[f"street_visibility_{role}"] for role in ROLES])
    prob = 1 - np.exp(-run.p["street_arrest_rate_mx"] * 0.4 * visible)
    mean = (run.crews.members[home] * prob).sum()
    total = 0
    for week in range(20):
        run.draws.week = week
        taken, made, _, _ = raids.draw_operations(run, _here(run, 0.4))
        assert made.sum() == 0
        total += taken[home].sum()
    assert abs(total - 20 * mean) < 5 * np.sqrt(20 * mean)


def test_the_kernel_draws_what_draws_gives() -> None:
    run = stand(3)
    here = _here(run, 0.4)
    gid, sub = run.groups.id[run.crews.group], run.crews.plaza[:, None] * 8 + np.arange(2)
    _, _, searches, guns = raids.draw_operations(run, here)
    rate = run.p["search_rate"] * here[:, 0]
    assert np.array_equal(searches, run.draws.poisson("enforce/search", rate, gid, run.crews.plaza))
    home = run.world.plazas.hub_area[run.crews.plaza] < 0
    prob = -np.expm1(-run.p["gun_seizure_rate_mx"] * here[:, 1])
    want = run.draws.binomial("enforce/guns", run.crews.guns, prob[:, None], gid[:, None], sub)
    assert np.array_equal(guns[home], want[home])


def test_raids_find_the_same_share_however_people_are_divided() -> None:
    run = stand(4, street_arrest_rate_mx=0.0, raid_rate_mx=5.0)
    home = run.world.plazas.hub_area[run.crews.plaza] < 0
    size = run.crews.members.sum(axis=1)
    big, middle = home & (size >= 400), home & (size >= 60) & (size < 400)
    found = np.zeros((2, 2))
    for week in range(60):
        run.draws.week = week
        taken = raids.draw_operations(run, _here(run, 0.4))[0].sum(axis=1)
        for k, chosen in enumerate((big, middle)):
            found[k] += taken[chosen].sum(), size[chosen].sum()
    share = found[:, 0] / found[:, 1]
    assert share[0] == pytest.approx(share[1], rel=0.05)


def test_a_visited_place_without_finds_is_believed_less_and_others_are_kept() -> None:
    run = stand(5)
    effort = place_officers(run)
    unit_rows, plaza = run.extra["beat.unit"], run.extra["beat.plaza"]
    before = run.units.belief.copy()
    raids.learn_from_finds(run, effort, np.zeros(run.crews.n))
    gain = run.p["patrol_belief_gain"] * run.extra["beat.visited"]
    assert run.units.belief[unit_rows, plaza] == pytest.approx(before[unit_rows, plaza] * (1 - gain))
    outside = np.ones_like(before, dtype=bool)
    outside[unit_rows, plaza] = False
    assert np.array_equal(run.units.belief[outside], before[outside])


def test_officers_are_all_placed_inside_their_jurisdiction() -> None:
    run = stand(6)
    place_officers(run)
    rows = np.unique(run.extra["beat.unit"])
    assert run.plazas.patrol.sum() == pytest.approx((run.units.officers - run.units.on_cases)[rows].sum())
    abroad = run.world.plazas.hub_area[run.extra["beat.plaza"]] >= 0
    assert np.array_equal(abroad, run.world.units0.country[run.extra["beat.unit"]] == US)
    assert purpose_shares(run).sum(axis=1) == pytest.approx(1.0)


def test_full_protection_takes_its_share_of_exposure() -> None:
    run = stand(7)
    effort = place_officers(run)
    free = raids._exposure(run, effort)
    run.crews.protection[:] = 1.0
    assert raids._exposure(run, effort) == pytest.approx(free * (1 - run.p["protection_effect"]))


# --- laws ------------------------------------------------------------------------------------------------------------


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 8), st.floats(0, 30), st.floats(0, 0.9))
def test_people_and_guns_are_conserved_and_never_negative(
    seed: int, effort: float, officers: float, protection: float
) -> None:
    run = stand(seed, case_open_prob=1.0, network_case_weeks=4, joint_readiness=1.0)
    run.crews.protection[:] = protection
    pressed = [_press("agency_effort", effort)] + [
        _press(f"{kind}_case_officers", officers) for kind in ("leader", "network", "finance")
    ]
    people, guns = (
        run.crews.members.sum() + held_of_groups(run).sum(),
        run.crews.guns.sum(),
    )
    for week in range(9):
        one_week(run, week, pressed, put_back=False)  # checks every account and that none is negative
        people -= int(sum(run.ledger.flow(kind)[0] for kind in ("let_go_left", "released_left")))
        guns -= int(run.tally.guns_taken_mx[0].sum())
        assert run.crews.members.sum() + held_of_groups(run).sum() == people
        assert run.crews.guns.sum() == guns
        assert np.all((run.units.intelligence >= 0) & (run.units.intelligence <= 1))
        assert np.all(run.units.on_cases <= run.units.officers + 1e-9)


def test_without_officers_there_are_no_cases_and_without_effort_no_arrests() -> None:
    run = stand(8)
    pressed = [_press(f"{kind}_case_officers", 0.0) for kind in ("leader", "network", "finance")]
    for week in range(30):
        one_week(run, week, [*pressed, _press("agency_effort", 0.0)])
        assert run.cases.n == 0 and run.tally.cases_opened[0] == 0
        assert run.tally.arrests[0].sum() == 0 and run.plazas.patrol.sum() == 0


def test_two_runs_of_one_seed_are_the_same_and_another_differs() -> None:
    ends = []
    for seed in (9, 9, 10):
        run = stand(seed)
        for week in range(4):
            one_week(run, week)
        ends.append(run.snapshot())
    assert all(np.array_equal(ends[0][key], ends[1][key]) for key in ends[0])
    assert not np.array_equal(ends[0]["crews.guns"], ends[2]["crews.guns"]) or not np.array_equal(
        ends[0]["groups.accused"], ends[2]["groups.accused"]
    )


# --- cases -----------------------------------------------------------------------------------------------------------


def _years(run: object, presses: list, years: float = 3) -> dict[str, float]:
    total: dict[str, float] = {"captures": 0.0, "takedowns": 0.0, "leaks": 0.0}
    for week in range(int(52 * years)):
        one_week(run, week, presses)  # type: ignore[arg-type]
        for name in total:
            total[name] += float(getattr(run.tally, name)[0])  # type: ignore[attr-defined]
    return total


def test_more_officers_capture_more_leaders() -> None:
    few, many = (_years(stand(11), presses_of("kingpin_targeting", x)) for x in (0.0, 1.0))
    assert many["captures"] > 3 * max(few["captures"], 1)


def test_a_network_falls_only_where_agencies_trust_each_other() -> None:
    found = []
    for trust in (0.0, 0.5):
        run = stand(12, agency_trust_recovery=0.0, network_case_weeks=8)
        run.relations.agency_trust[0] = trust
        found.append(_years(run, presses_of("network_takedown", 1.0), 2)["takedowns"])
    assert found[0] == 0 and found[1] >= 3


def test_joint_prob_is_readiness_times_trust_times_cooperation() -> None:
    run = stand(13)
    run.relations.agency_trust[0] = 0.4
    run.relations.in_force[0] = 1.0
    lead, partner = (int(np.flatnonzero(run.world.units0.country == side)[0]) for side in (MX, US))
    assert joint_prob(run, lead, partner) == pytest.approx(0.4 * run.p["joint_readiness"])
    run.relations.in_force[0] = 0.0
    assert joint_prob(run, lead, partner) == pytest.approx(
        0.4 * run.p["joint_readiness"] * run.p["cooperation_unagreed"]
    )


def _ready_joint_case(**parameters: float):  # type: ignore[no-untyped-def]
    run = stand(14, case_open_prob=1.0, joint_readiness=1.0, cooperation_unagreed=1.0, **parameters)
    run.relations.agency_trust[0] = 0.5
    for week in range(60):
        run.draws.week = run.week = week
        open_cases(run)
        rows = np.flatnonzero((run.cases.kind == NETWORK) & run.cases.joint)
        if rows.size:
            return run, int(rows[0])
    raise AssertionError("no joint case opened")


def test_a_takedown_takes_managers_on_both_sides_and_trust_grows() -> None:
    run, row = _ready_joint_case(leak_per_informed=0.0, network_success_prob=1.0, network_reach=1e5)
    group = int(run.cases.group[row])
    mine = run.crews.group == group
    before, accused = run.crews.members[mine].sum(axis=0), run.groups.accused[group].sum()
    pair = run.world.units0.agency[[run.cases.unit[row], run.cases.partner[row]]]
    endings._try(run, row)
    lost = before - run.crews.members[mine].sum(axis=0)
    assert lost.sum() == run.groups.accused[group].sum() - accused > 0
    assert lost[-1] / before[-1] == pytest.approx(run.p["network_arrest_manager"], abs=0.3)
    assert (run.crews.pause[mine] > 0).all() and (run.crews.pause[~mine] == 0).all()
    assert run.groups.shock[group] > 0 and run.tally.takedowns[0] == 1
    trust = run.relations.agency_trust[0]
    assert trust[pair[0], pair[1]] == trust[pair[1], pair[0]] > 0.5


def test_a_takedown_ends_where_the_case_does() -> None:
    """Of a group of many crews only those are struck that the case knows, with that part of shock and treasury."""
    run, row = _ready_joint_case(leak_per_informed=0.0, network_success_prob=1.0)
    size = group_sizes(run)
    group = run.cases.group[row] = int(np.argmax(size))
    crews = run.crews
    run.p.set("network_reach", 0.2 * size[group])
    before, treasury = crews.people.copy(), run.groups.treasury[group]
    endings._try(run, row)
    struck = crews.pause > 0
    part = before[struck].sum() / size[group]
    assert 0.2 <= part < 0.2 + before[struck].max() / size[group] and (crews.group[struck] == group).all()
    assert np.array_equal(crews.people[~struck], before[~struck])
    assert run.groups.shock[group] == pytest.approx(part * run.p["network_shock"])
    assert run.groups.treasury[group] == pytest.approx(
        treasury * (1.0 - part * run.p["network_treasury_share"])
    )


def test_a_leak_ends_the_case_and_costs_trust() -> None:
    run, row = _ready_joint_case(leak_per_informed=0.2)
    run.units.integrity[:] = 0.0
    run.cases.officers[row] = run.cases.partner_officers[row] = 200
    pair = run.world.units0.agency[[run.cases.unit[row], run.cases.partner[row]]]
    endings._try(run, row)
    assert run.tally.leaks[0] == 1 and run.tally.takedowns[0] == 0
    assert run.relations.agency_trust[0][pair[0], pair[1]] == pytest.approx(
        0.5 * (1 - run.p["trust_lost_by_leak"])
    )


@pytest.mark.parametrize("found", [False, True])
def test_governments_hear_of_a_leak_only_when_its_source_is_found(found: bool) -> None:
    run, row = _ready_joint_case(leak_per_informed=0.2, leak_inquiry=1000.0 if found else 0.0)
    run.units.integrity[:] = 0.0
    run.cases.officers[row] = run.cases.partner_officers[row] = 200
    run.levers.press([("test", Press("corruption_detection", "floor", 0.5))])
    country, trust = run.world.agencies.country, run.relations.agency_trust[0]
    agency = run.world.units0.agency[[run.cases.unit[row], run.cases.partner[row]]]
    endings._try(run, row)
    assert run.relations.grievance[0] == (run.p["grievance_leak"] if found else 0.0)
    assert run.tally.scandals[0] == found and run.tally.joint_leaks[0] == 1
    others = np.flatnonzero((country[:, None] != country[None, :]).any(axis=1))
    lost = [k for k in others.tolist() if np.any(trust[k, country != country[k]] < 0.5 - 1e-12)]
    assert set(agency.tolist()) <= set(lost)
    assert (len(lost) > 2) == found  # all agencies abroad, or the partner alone


def test_a_leak_is_blind_to_integrity_where_it_has_no_weight() -> None:
    run, row = _ready_joint_case(leak_integrity_weight=0.0)
    run.cases.officers[row] = run.cases.partner_officers[row] = 40
    before = endings.case_leak_prob(run, row)
    run.units.integrity[:] = 0.0
    assert endings.case_leak_prob(run, row) == before > 0
    run.p.set("leak_integrity_weight", 1.0)
    assert endings.case_leak_prob(run, row) > before


def test_a_joint_case_about_money_needs_the_issue_of_money() -> None:
    run = stand(13)
    run.relations.agency_trust[0] = 0.4
    run.relations.in_force[0] = [1.0, 0.0, 0.0, 0.0, 0.0]
    lead, partner = (int(np.flatnonzero(run.world.units0.country == side)[0]) for side in (MX, US))
    assert joint_prob(run, lead, partner, FINANCE) == pytest.approx(0.4)
    assert joint_prob(run, lead, partner, NETWORK) == pytest.approx(0.4 * run.p["cooperation_unagreed"])


def test_a_capture_alone_in_the_other_country_is_a_grievance() -> None:
    run = stand(15, leak_per_informed=0.0, leader_success_prob=1.0, case_open_prob=1.0)
    presses = [
        ("test", Press("leader_case_officers", "add", 400, {"country": ["US"]})),
        ("test", Press("leader_case_officers", "scale", 0, {"country": ["MX"]})),
        ("test", Press("unilateral_share", "add", 1.0)),
    ]
    seen = 0.0
    for week in range(80):
        one_week(run, week, presses)
        seen += run.tally.captures[0]
        assert np.all(run.cases.partner[run.cases.kind == LEADER] < 0)
    assert seen > 0 and run.relations.grievance[0] > 0
    assert any(note.kind == "capture" and note.detail == "unilateral" for note in run.notes)


def test_targets_follow_the_lever_of_their_group() -> None:
    run = stand(16)
    name = run.world.groups0.name[3]
    for week in range(40):
        one_week(
            run,
            week,
            [
                ("t", Press("network_target_weight", "add", 1000, {"group": [name]})),
                _press("network_case_officers", 1.0),
            ],
        )
        mine = run.cases.kind == NETWORK
        if mine.any():
            assert run.cases.group[mine][0] == 3
            return
    raise AssertionError("no case opened")
