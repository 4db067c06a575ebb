"""Bargains, trust, agreements, vetting and scandals: numbers by hand, laws, and what a base value leaves untouched."""

from __future__ import annotations

from dataclasses import replace

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from sim.agents.government import Government
from sim.levers import Press
from sim.state.bargaining import (
    Position,
    agreed_alone,
    agreed_linked,
    link_cost,
    suspicion,
    takes_package,
)
from sim.state.governments import ISSUES, MX, US
from sim.state.integrity import tell_abroad, vet, vetting
from sim.state.run import Run
from sim.week.enforcement.sensing import cooperation, resting_trust, sharing_trust, update_units
from sim.week.enforcement.vetting import team_integrity, team_size
from sim.week.institutions.agreements import agreement_presses, carry_out, joint_checks, traced_effort
from sim.week.institutions.talks import hold_talks, talk
from sim.week.institutions.trust import move_trust, tell_scandals
from sim.world.agencies import MANDATES
from tests.enforcement_sandbox import stand

DRUGS, MIGRATION, GUNS, VIOLENCE, TRADE = range(5)
gains = st.lists(st.floats(-2, 2), min_size=2, max_size=6)


def _position(*gain: float, floor: float = -1.0, transferable: float = 0.0) -> Position:
    worth = np.array(gain)
    zero = np.zeros(worth.size)
    return Position(worth, zero, zero, np.full(worth.size, floor), transferable)


def _table(run: Run) -> tuple[Government, Government]:
    model = mesa.Model()
    run.actors["government"] = [Government(model, run, row) for row in (MX, US)]
    return tuple(run.actors["government"])  # type: ignore[return-value]


# --- bargains --------------------------------------------------------------------------------------------------------


def test_linking_three_issues_costs_three_pairs() -> None:
    assert link_cost(0.1, 3) == pytest.approx(0.3)
    assert link_cost(0.1, 1) == 0.0


def test_a_package_by_hand() -> None:
    south, north = _position(0.5, -0.3, 0.2), _position(-0.2, 0.6, 0.2)
    assert agreed_alone(south, north).tolist() == [False, False, True]
    assert agreed_linked(south, north, links=0.39, offset=1.0).all()  # sums are 0.4 and 0.6
    assert not agreed_linked(
        south, north, links=0.4, offset=1.0
    ).any()  # and the third issue is blocked with the rest


def test_a_red_line_blocks_every_issue() -> None:
    south, north = _position(0.9, -0.3, 0.2, floor=-0.25), _position(0.2, 0.6, 0.2)
    assert not agreed_linked(south, north, links=0.0, offset=1.0).any()
    assert agreed_linked(replace(south, floor=np.full(3, -0.3)), north, links=0.0, offset=1.0).all()


def test_payments_reach_a_deal_inside_an_issue_as_far_as_they_go() -> None:
    south, north = _position(-0.2, -0.3), _position(1.0, 1.0, transferable=0.25)
    assert agreed_alone(south, north).tolist() == [
        True,
        False,
    ]  # 0.25 x 1.0 is more than 0.2 and less than 0.3
    assert not agreed_alone(replace(south, floor=np.full(2, -0.1)), north).any()  # a red line is not for sale


@given(gains, st.floats(0, 3), st.floats(0, 1), st.floats(0, 1))
def test_laws_of_packages(gain: list[float], links: float, more: float, offset: float) -> None:
    own = _position(*gain, floor=-5.0)
    assert takes_package(own, links, 1.0) == (
        own.gain.clip(max=0).sum() + own.gain.clip(min=0).sum() - links > 0
    )
    assert takes_package(own, links, 1.0) or not takes_package(own, links + more, 1.0)
    assert takes_package(own, links, 1.0) or not takes_package(own, links, offset)
    assert not takes_package(own, links, 0.0) or min(gain) >= 0.0
    both = agreed_linked(own, own, links, 1.0)
    assert both.all() or not both.any()


@given(gains, st.floats(0, 0.9))
def test_payments_never_lose_a_deal(gain: list[float], share: float) -> None:
    south, north = _position(*gain, floor=-5.0), _position(*gain[::-1], floor=-5.0)
    paid = agreed_alone(replace(south, transferable=share), replace(north, transferable=share))
    assert not (agreed_alone(south, north) & ~paid).any()


def test_a_position_by_hand() -> None:
    run = stand(1)
    south, north = _table(run)
    run.governments.attention[:] = 0.2
    run.relations.political_trust[0] = 0.5
    own, p = south.position(), run.p
    worth = p["bargain_benefit"] * 5 * 0.2 * 0.5 * (1 + p["willingness_mx"])
    give = p["bargain_cost"] * p["give_guns_mx"] * (0.5 + p["sovereignty_mx"]) * 1.0
    assert own.gain[GUNS] == pytest.approx(worth - give)
    assert own.floor[GUNS] == pytest.approx(-p["bargain_red_line"] * (1.5 - p["sovereignty_mx"]))
    assert north.position().outside[DRUGS] == pytest.approx(p["bargain_alone_us"] * worth)
    run.governments.attention[MX, GUNS] = 0.4
    assert south.position().worth[GUNS] == pytest.approx(
        2 * worth
    )  # a graver problem as seen, a worthier deal


def test_a_threat_lowers_what_refusing_is_worth_and_then_trust() -> None:
    run = stand(1)
    south, north = _table(run)
    before, own = south.position().gain, north.position().gain
    run.levers.press([("test", Press("threats", "add", 0.5, {"country": ["US"]}))])
    assert south.position().gain == pytest.approx(before + 0.5 * run.p["threat_harm"])
    assert north.position().gain == pytest.approx(own)
    move_trust(run)
    assert run.relations.grievance[0] > 0
    trust = float(run.relations.political_trust[0])
    assert trust < run.p["political_trust_rest"]
    run.levers.press([])
    assert (
        south.position().gain < before
    ).all()  # what is left is less trust, at which giving way costs more


def test_a_grave_threat_buys_a_deal_for_a_time() -> None:
    run = stand(1)
    south, north = _table(run)
    assert not agreed_alone(south.position(), north.position())[MIGRATION]
    run.levers.press([("test", Press("threats", "add", 1.0, {"country": ["US"]}))])
    agreed = []
    for _ in range(104):
        move_trust(run)
        agreed.append(bool(hold_talks(run)[MIGRATION]))
    assert agreed[0] and not agreed[-1]


def test_attention_to_trade_follows_published_waits() -> None:
    run = stand(1)
    south, north = _table(run)
    run.seen.waits[0] = run.p["waits_rest"]
    for side in (south, north):
        side.weigh()
    usual = run.governments.attention[:, TRADE].copy()
    run.seen.waits[0] *= 2.0
    for side in (south, north):
        side.weigh()
    assert (run.governments.attention[:, TRADE] > usual).all()
    assert run.governments.attention.sum(axis=1) == pytest.approx(1.0)


def test_a_guarantor_lowers_the_cost_of_links_and_red_lines() -> None:
    assert suspicion(0.5, 0.0) == 1.0
    assert suspicion(0.5, 0.4) == pytest.approx(0.6)
    run = stand(1)
    south, _ = _table(run)
    strict = south.position().floor
    run.levers.press([("test", Press("third_party", "add", 1.0))])
    assert (south.position().floor < strict).all()


def test_talks_agree_on_what_the_positions_say() -> None:
    run = stand(1, bargain_link_cost=0.02)
    south, north = _table(run)
    assert hold_talks(run) == pytest.approx(agreed_alone(south.position(), north.position()).astype(float))
    run.levers.press([("test", Press("talks_linked", "add", 1.0))])
    assert hold_talks(run).tolist() == [1.0] * 5
    run.p.set("bargain_link_cost", 0.3)
    assert hold_talks(run).tolist() == [0.0] * 5
    run.levers.press([("test", Press("talks_linked", "add", 0.5))])
    assert hold_talks(run)[TRADE] == pytest.approx(0.5)


def test_talks_are_held_every_thirteen_weeks_and_need_two_sides() -> None:
    run = stand(1)
    talk(run)
    assert not run.relations.agreed[0].any()
    _table(run)
    run.relations.weeks_to_talks[0] = 2
    held = []
    for week in range(30):
        run.relations.agreed[0] = -1.0
        talk(run)
        if run.relations.agreed[0][0] >= 0:
            held.append(week)
    assert held == [2, 15, 28]


# --- agreements ------------------------------------------------------------------------------------------------------


def test_a_deal_comes_into_force_slowly_and_lapses_fast() -> None:
    run = stand(1, agreement_weeks=20.0, agreement_end_weeks=5.0)
    run.relations.agreed[0] = [1, 0, 0, 0, 0]
    run.relations.in_force[0] = [0, 1, 0, 0, 0]
    for _ in range(10):
        carry_out(run)
    assert run.relations.in_force[0][:3] == pytest.approx([1 - 0.95**10, 0.8**10, 0.0])
    for _ in range(40):
        carry_out(run)
    assert run.relations.in_force[0][1] == 0.0


def test_nothing_in_force_presses_nothing() -> None:
    run = stand(1)
    assert agreement_presses(run) == []
    run.relations.in_force[0][[MIGRATION, VIOLENCE, TRADE]] = 1.0
    run.week = 0
    assert agreement_presses(run) == []


def test_where_trade_is_not_agreed_certified_carriers_fall_out() -> None:
    run = stand(1, recognised_share=0.4)
    run.week = 0
    run.relations.in_force[0][TRADE] = 0.5
    before = run.levers.scalar("trusted_share")
    run.levers.press(agreement_presses(run))
    assert run.levers.scalar("trusted_share") == pytest.approx(0.8 * before)


def test_a_deal_on_guns_lends_officers_and_hands_over_traces() -> None:
    run = stand(1, cooperation_unagreed=0.5, trace_case_share=0.3)
    run.extra["deals.guns_seized"][:] = [200.0, 200.0]
    run.relations.in_force[0][GUNS] = 1.0
    lanes = run.world.lanes
    share = 200 * 150 / lanes.traffic_per_week[lanes.kind <= 2].sum()
    assert joint_checks(run).max() == pytest.approx(share)
    assert joint_checks(run)[run.world.sites.kind > 0].max() == 0.0
    assert traced_effort(run, 1.0) == pytest.approx(0.3)  # all guns traced instead of half: twice the leads
    run.extra["deals.guns_seized"][0] = 100.0
    assert traced_effort(run, 1.0) == 0.0  # half the guns to trace
    before = run.levers["outbound_checks"].copy()
    run.levers.press(agreement_presses(run))
    assert run.levers["outbound_checks"] == pytest.approx(before + joint_checks(run))


def test_a_deal_on_drugs_names_shipments_as_far_as_customs_are_trusted() -> None:
    run = stand(1)
    run.relations.in_force[0][DRUGS] = 1.0
    for trust in (0.0, 0.5):
        run.relations.agency_trust[0] = trust
        run.levers.press(agreement_presses(run))
        base, watched = run.p["precursor_seized"], run.p["precursor_watch"]
        assert run.levers.scalar("precursor_seized") == pytest.approx(
            base + (1 - base) * watched * trust, abs=1e-3
        )


def test_intelligence_is_shared_by_the_mandates_a_deal_is_about() -> None:
    run = stand(1, cooperation_unagreed=0.2)
    agencies = run.world.agencies
    run.relations.agency_trust[0] = 0.5
    run.relations.in_force[0][GUNS] = 1.0
    told = sharing_trust(run)
    assert cooperation(run)[[GUNS, DRUGS]] == pytest.approx([1.0, 0.2])
    south = np.flatnonzero(agencies.mandate.all(axis=1) & (agencies.country == MX))[0]
    only_guns = agencies.mandate[:, MANDATES.index("guns")] & (agencies.mandate.sum(axis=1) == 1)
    gunmen = np.flatnonzero(only_guns & (agencies.country == US))[0]
    cash = np.flatnonzero((agencies.mandate.sum(axis=1) == 1) & ~only_guns & (agencies.country == US))[0]
    assert told[south, gunmen] == pytest.approx(0.5 * 1.0)
    assert told[south, cash] == pytest.approx(0.5 * 0.2)
    assert told[gunmen, cash] == pytest.approx(0.5)  # no border between them
    all_five = np.flatnonzero(agencies.mandate.all(axis=1) & (agencies.country == US))
    assert told[south, all_five] == pytest.approx(0.5 * (0.2 * 4 + 1.0) / 5)


# --- trust -----------------------------------------------------------------------------------------------------------


def test_political_trust_by_hand_and_the_ceiling() -> None:
    run = stand(1, agency_trust_ceiling=1.2)
    r, p = run.relations, run.p
    r.political_trust[0], r.grievance[0] = 0.3, 2.0
    r.agency_trust[0] = 0.9
    move_trust(run)
    trust = 0.3 + p["trust_recovery_rate"] * (p["political_trust_rest"] - 0.3) - 2 * p["trust_per_grievance"]
    assert r.political_trust[0] == pytest.approx(trust)
    abroad = run.world.agencies.country[:, None] != run.world.agencies.country[None, :]
    assert r.agency_trust[0][abroad] == pytest.approx(1.2 * trust)
    assert (r.agency_trust[0][~abroad] == 0.9).all()
    assert r.grievance[0] == pytest.approx(2 * (1 - 1 / p["grievance_weeks"]))


def test_a_scandal_is_told_abroad_only() -> None:
    run = stand(1, scandal_prob=0.2, trust_lost_by_scandal=0.25)
    trust, country = run.relations.agency_trust[0], run.world.agencies.country
    trust[:] = 0.4
    run.relations.exposed[0][0] = 1000.0
    tell_scandals(run)
    abroad = country != country[0]
    assert trust[0, abroad] == pytest.approx(0.3) and trust[abroad, 0] == pytest.approx(0.3)
    assert (np.delete(trust[0], np.flatnonzero(abroad)) == 0.4).all()
    assert run.tally.scandals[0] == 1 and not run.relations.exposed[0].any()
    political = float(run.relations.political_trust[0])
    tell_abroad(run, 0)
    assert run.relations.political_trust[0] == political  # bought officials are the agencies' matter


# --- vetting ---------------------------------------------------------------------------------------------------------


def test_vetting_cuts_the_low_end_of_a_normal_force() -> None:
    mean, spread, bar = 0.7, 0.25, 0.6
    z = (bar - mean) / spread
    every = vet(mean, spread, bar, 1.0)
    assert every.mean == pytest.approx(truncnorm.mean(z, np.inf, loc=mean, scale=spread))
    assert every.dismissed == pytest.approx(0.34458, abs=1e-5)  # Phi(-0.4)
    half = vet(mean, spread, bar, 0.5)
    low = truncnorm.mean(-np.inf, z, loc=mean, scale=spread)
    assert half.mean == pytest.approx((mean - 0.5 * 0.34458 * low) / (1 - 0.5 * 0.34458), abs=1e-5)
    nobody = vet(mean, spread, bar, 0.0)
    assert nobody.mean == pytest.approx(mean) and nobody.dismissed == 0.0


def test_vetting_costs_officers_first_and_raises_integrity() -> None:
    run = stand(1)
    update_units(run)
    before = run.units.snapshot()
    update_units(run)
    assert all(np.array_equal(before[name], now) for name, now in run.units.snapshot().items())
    code = run.world.agencies.names[int(run.world.units0.agency[0])]
    run.levers.press([("test", Press("vetting_share", "add", 1.0, {"agency": [code]}))])
    officers, integrity = [], []
    for _ in range(260):
        update_units(run)
        officers.append(run.units.officers[0] / before["officers"][0])
        integrity.append(run.units.integrity[0])
    gone = vetting(run, before["integrity"][0]).dismissed
    assert officers[0] == pytest.approx(1 - gone / run.p["vetting_weeks"])
    assert min(officers) < 0.9 < 0.99 < officers[-1] + 0.02
    assert np.argmin(officers) < 60 and (np.diff(integrity) >= 0).all()
    assert integrity[-1] == pytest.approx(float(vetting(run, before["integrity"][0]).mean), abs=0.01)


def test_two_vetted_agencies_trust_each_other_more() -> None:
    run = stand(1, vetting_trust=0.4)
    start = run.p["agency_trust_start"]
    assert resting_trust(run) == start
    run.extra["vetting.share"][[0, -1]] = [1.0, 0.5]
    rest = np.asarray(resting_trust(run))
    assert rest[0, -1] == pytest.approx(start + (1 - start) * 0.4 * 0.5)
    assert rest[0, 1] == start


def test_vetted_teams_are_smaller_and_better() -> None:
    run = stand(1)
    own = np.array([0.7, 0.95])
    assert team_integrity(run, own) is own and team_size(run, own) == 1.0
    run.levers.press([("test", Press("vetted_teams", "add", 0.5))])
    full = vetting(run, own)
    assert team_integrity(run, own) == pytest.approx((own + full.mean) / 2)
    assert team_size(run, own) == pytest.approx(1 - full.dismissed / 2)


def test_issues_are_those_of_the_tests() -> None:
    assert ISSUES == ("drugs", "migration", "guns", "violence", "trade")
