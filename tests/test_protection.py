"""Bribes: who accepts, what the going bribe is, and that protection at posts is bought, limited and paid once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.week.protection import accepting_share, bribe, going_bribe, loads_due
from tests.market_sandbox import open_sandbox

TERMS = (0.01, 6e5, 0.25)
"""Chance of being caught, loss, spread of integrity."""


def test_at_the_threshold_of_the_mean_officer_half_accept() -> None:
    offer = np.array([0.01 * 6e5 / (1.0 - 0.6)])
    assert accepting_share(offer, 0.6, *TERMS)[0] == pytest.approx(0.5)


@settings(max_examples=40, deadline=None)
@given(st.floats(1.0, 1e7), st.floats(1.0, 5e3), st.floats(0.1, 0.98))
def test_the_going_bribe_spends_what_is_bid(bids: float, officers: float, integrity: float) -> None:
    one = np.array([bids]), np.array([officers]), np.array([integrity])
    offer = going_bribe(*one, *TERMS, 20.0)
    spent = accepting_share(offer, integrity, *TERMS) * offer * officers
    most = 20.0 * TERMS[0] * TERMS[1]
    assert spent[0] == pytest.approx(bids, rel=1e-4) or offer[0] == pytest.approx(most, rel=1e-6)
    assert spent[0] <= bids * (1.0 + 1e-4)


def test_no_bids_no_bribe() -> None:
    none = np.zeros(1)
    assert going_bribe(none, np.ones(1), np.full(1, 0.5), *TERMS, 20.0)[0] == 0.0


def test_posts_are_bought_in_part_by_those_who_cross_there() -> None:
    run = open_sandbox()
    groups, rows = run.groups, run.alive[:4]
    run.sites.officers[:] = run.world.sites.officers
    groups.bribe_plan[:] = 0.0
    groups.bribe_plan[rows] = 2e6
    groups.sent[:] = 0.0
    lane = int(np.flatnonzero(run.world.lanes.kind == 2)[0])
    site = int(run.world.lanes.site[lane])
    groups.sent[rows[:2], 0, lane] = 500.0
    run.p.set("bribe_caught_prob_us", 0.001)
    run.levers.rebase()
    bribe(run)
    run.ledger.check(bribe.accounts)
    elsewhere = np.delete(groups.post_protection, site, axis=1)
    assert (groups.post_protection[rows[:2], site] > 0.0).all() and not elsewhere.any()
    assert not groups.post_protection[rows[2:]].any()
    assert 0.0 < run.sites.bribed[site] < 0.5
    assert run.tally.bribes[0].sum() == pytest.approx(run.ledger.flow("bribes", "usd")[0])
    assert loads_due(run)[rows[0], site] > 0.0


def test_police_of_a_place_protect_crews_by_what_their_groups_paid() -> None:
    run = open_sandbox()
    run.p.set("bribe_caught_prob_mx", 0.001)
    run.levers.rebase()
    run.units.integrity[:] = 0.5
    groups, crews = run.groups, run.crews
    payers = run.alive[:2]
    groups.treasury[:] = 1e9
    groups.bribe_plan[:] = 0.0
    groups.bribe_plan[payers] = 1e6, 3e6
    run.ledger.resync()
    bribe(run)
    run.ledger.check(bribe.accounts)
    home = run.world.plazas.hub_area[crews.plaza] < 0
    paid = np.isin(crews.group, payers) & home & (crews.people > 0)
    assert not crews.protection[~paid].any() and crews.protection[paid].mean() > 0.05
    per_place = np.bincount(crews.plaza, crews.protection)
    assert per_place.max() <= 1.0 + 1e-12


def test_honest_officers_sell_nothing_at_a_price_that_can_be_paid() -> None:
    offer = going_bribe(np.array([1e4]), np.array([1e3]), np.array([0.94]), *TERMS, 20.0)
    share = accepting_share(offer, 0.94, *TERMS)
    assert share[0] < 0.003
