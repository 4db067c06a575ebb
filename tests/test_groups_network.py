"""The internal network of groups: closed forms of links, what losing a broker costs, pacts, mergers, contenders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels_brokers import RULES, break_links, fill_offices, successor, triads
from sim.kernels_links import VACANT, branches, carried, follow_ties, grow_trust, onward, through
from sim.kernels_territory import hold
from sim.state.crews import ARMED, BUYER, FINANCIER, MANAGER, TIES
from sim.state.lineage import divide_crews, group_sizes, settle_crews, take_over
from sim.state.links import border_cost, plaza_km
from sim.week.structure import _age, restructure
from sim.week.structure.brokers import lose_brokers, mend_links
from sim.week.structure.ends import defect
from sim.week.structure.mergers import merge_equals
from sim.week.structure.relations import facing, review_relations
from sim.week.structure.succession import contenders
from tests.power_sandbox import sandbox, taken_back, week

N = 4
PLAZA = np.arange(N, dtype=np.int32)
AT = np.arange(N, dtype=np.int32)[None, :]
PTR = np.array([0, N], dtype=np.int64)
GROUP = np.zeros(N, dtype=np.int32)
BORDER = np.array([100.0, 200.0, 300.0, 400.0])
KM = np.abs(BORDER[:, None] - BORDER)
CHAIN = np.array([0, 0, 1, 2], dtype=np.int32)
"""Four crews of one group in a row from the border inward: each hands on to the next, the first is an outlet."""


def _ties(*pairs: tuple[int, int, float]) -> tuple[np.ndarray, np.ndarray]:
    known, trust = np.full((N, TIES), -1, dtype=np.int32), np.zeros((N, TIES))
    for one, other, x in pairs:
        slot = int(np.argmax(known[one] < 0))
        known[one, slot], trust[one, slot] = other, x
    return known, trust


def _carried(supply, onto=CHAIN, ties=()):
    known, trust = _ties(*ties)
    reach = np.empty(N)
    carried(np.arange(N), GROUP, PLAZA, AT, BORDER, N, 0.0, known, trust, onto, np.array(supply), reach)
    return reach.tolist()


@pytest.fixture(scope="module")
def opened():
    run = sandbox(leader_exposure=0.0)
    return run, run.snapshot()


@pytest.fixture
def run(opened):
    return taken_back(*opened, "leader_exposure")


def test_a_chain_carries_what_its_weakest_link_carries():
    assert _carried([1.0, 0.5, 0.8, 0.2]) == [1.0, 0.5, 0.5, 0.2]


def test_a_broken_link_stops_everything_behind_it():
    broken = np.array([0, VACANT, 1, 2], dtype=np.int32)
    assert _carried([1.0, 0.0, 1.0, 1.0], broken) == [1.0, 0.0, 0.0, 0.0]


def test_goods_go_round_a_broken_link_as_far_as_there_is_trust():
    broken = np.array([0, VACANT, 1, 2], dtype=np.int32)
    assert _carried([1.0, 0.0, 1.0, 1.0], broken, [(2, 0, 0.6)]) == [1.0, 0.0, 0.6, 0.6]
    assert _carried([1.0, 1.0, 1.0, 1.0], CHAIN, [(2, 0, 0.6)]) == [1.0, 1.0, 1.0, 1.0]


def test_branches_count_everybody_behind_a_crew():
    people = np.array([1, 2, 3, 4])
    assert branches(0, N, PLAZA, AT[0], CHAIN, people).tolist() == [10, 9, 7, 4]
    assert through(np.arange(N), 1, PLAZA, AT[0], CHAIN).tolist() == [0.0, 1.0, 1.0, 1.0]


def test_goods_are_gathered_where_many_carry_and_never_go_away_from_the_border():
    alike, strong = np.ones(N), np.array([50.0, 1.0, 1.0, 1.0])
    assert [onward(0, N, c, PLAZA, KM, BORDER, alike, 200.0, N) for c in range(N)] == [0, 1, 2, 3]
    assert [onward(0, N, c, PLAZA, KM, BORDER, strong, 200.0, N) for c in range(N)] == [0, 0, 0, 0]
    inland = strong[::-1].copy()
    assert onward(0, N, 0, PLAZA, KM, BORDER, inland, 200.0, N) == 0
    detour = KM + 200.0 * np.log(51.0 / 2.0)  # as much farther as 51 carriers draw more than 2
    assert onward(0, N, 3, PLAZA, detour + 1.0, BORDER, strong, 200.0, N) == 3
    assert onward(0, N, 3, PLAZA, detour - 1.0, BORDER, strong, 200.0, N) == 0


def test_trust_and_links_grow_at_their_rates():
    known, trust = _ties((1, 0, 0.0), (2, 1, 0.9))
    supply, degree, near = np.array([1.0, 0.0, 0.5, 0.0]), np.empty(N), np.full((N, N), 0.5)
    onto = np.array([0, 0, 1, VACANT], dtype=np.int32)
    for _ in range(10):
        grow_trust(PTR, PLAZA, AT, near, 0.1, known, trust, degree)
        carried(np.arange(N), GROUP, PLAZA, AT, BORDER, N, 0.2, known, trust, onto, supply, np.empty(N))
    assert trust[1, 0] == pytest.approx(0.5 * (1.0 - 0.9**10))
    assert trust[2, 0] == 0.9  # never less than it was
    assert supply.tolist() == pytest.approx([1.0, 1.0 - 0.8**10, 1.0 - 0.5 * 0.8**10, 0.0])
    assert degree.tolist() == pytest.approx([trust[1, 0] / 2, (trust[1, 0] + 0.9) / 2, 0.45, 0.0])


def _losing(lost, left, u, each):
    """Crew 1 lost managers and has some left: its ties, links and offices afterwards."""
    known, trust = _ties((1, 0, 0.8), (2, 1, 0.6))
    onto, supply = CHAIN.copy(), np.ones(N)
    contact, unfilled = np.ones((N, 2)), np.zeros((N, 2), dtype=bool)
    gone = np.array([0, lost, 0, 0])
    draws = np.array([[u, u, 1.0 - u, 0.5]])
    break_links(
        np.array([1]), draws, each, GROUP, PTR, PLAZA, np.full(N, left), gone, known, trust, onto, supply, contact,
        unfilled,
    )  # fmt: skip
    assert gone.sum() == 0
    return trust, onto, supply, contact, unfilled


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 9), st.integers(0, 9), st.floats(0.001, 0.999))
def test_a_lone_broker_is_lost_with_his_share_of_the_managers(lost, left, u):
    trust, onto, supply, contact, unfilled = _losing(lost, left, u, 100)
    share = lost / (lost + left)
    assert trust[1, 0] == pytest.approx(0.8 * (1 - share)) and trust[2, 0] == pytest.approx(0.6 * (1 - share))
    assert (onto[1] == VACANT) == (supply[1] == 0.0) == unfilled[1, FINANCIER] == (u <= share)
    assert unfilled[1, BUYER] == (contact[1, BUYER] == 0.0) == (1.0 - u <= share)
    assert not unfilled[[0, 2, 3]].any() and (contact[[0, 2, 3]] == 1.0).all()


def test_a_crew_with_many_managers_loses_part_of_its_brokers_and_as_many_on_average():
    shares = [_losing(4, 12, u, 4)[2][1] for u in np.linspace(0.0005, 0.9995, 1000)]
    assert set(np.round(shares, 9)) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    assert np.mean(shares) == pytest.approx(0.75, abs=0.002)
    assert np.mean(np.array(shares) == 0.0) == pytest.approx(0.25**4, abs=0.002)


def test_a_case_goes_from_tie_to_tie_the_most_trusted_first():
    known, trust = _ties((0, 1, 0.5), (0, 2, 0.4), (1, 3, 0.3))
    people = np.full(N, 10.0)

    def found(begin, most):
        return np.flatnonzero(follow_ties(0, N, begin, PLAZA, AT[0], known, trust, people, most)).tolist()

    assert found(0, 10.0) == [0] and found(0, 11.0) == [0, 1] and found(0, 21.0) == [0, 1, 2]
    assert found(3, 21.0) == [0, 1, 3]  # ties are followed in both directions
    trust[0, 0] = trust[1, 0] = 0.0
    assert found(0, 1e9) == [0, 2]  # whom nobody trusts is not found


def test_triads_count_trust_among_acquaintances():
    known, trust = _ties((0, 1, 0.5), (0, 2, 0.4), (1, 2, 1.0), (2, 1, 1.0))
    assert triads(np.array([0, 3]), PLAZA, AT[0], known, trust).tolist() == pytest.approx([0.2, 0.0])


def test_at_the_start_everything_reaches_the_border_and_links_point_there(run):
    crews, border = run.crews, border_cost(run)
    mexican = crews.plaza < run.world.plazas.n_mexico
    assert np.all(crews.reach == 1.0) and np.all(crews.supply == 1.0)
    on = mexican & (crews.onto != crews.plaza)
    assert on.sum() > 300
    assert np.all(border[crews.onto[on]] < border[crews.plaza[on]])
    assert np.all(crews.at[crews.group[on], crews.onto[on]] >= 0)
    assert np.all(crews.contact == 1.0) and not crews.unfilled.any()


def test_losing_all_managers_breaks_links_and_offices_and_time_mends_them(run):
    crews = run.crews
    mine = crews.group == 0
    crews.managers_lost[mine] = 5
    crews.members[mine, MANAGER] = 0
    run.ledger.resync()
    lose_brokers(run)
    assert np.all(crews.onto[mine] == VACANT) and np.all(crews.trust[mine] == 0.0)
    assert crews.unfilled[mine].all() and not crews.contact[mine].any() and crews.contact[~mine].all()
    mend_links(run)
    home = mine & (crews.plaza < run.world.plazas.n_mexico)
    assert np.all(crews.reach[home] == 0.0) and np.all(
        crews.onto[home] == VACANT
    )  # nobody there to take over
    crews.members[mine, MANAGER] = 3
    run.ledger.resync()
    managers = crews.members[:, MANAGER].sum()
    for k in range(12):
        week(run, k, (restructure,), others=False)
    home = (crews.group == 0) & (crews.plaza < run.world.plazas.n_mexico)
    assert 0.0 < crews.reach[home].mean() < 1.0 and not crews.unfilled[home].all()
    assert run.crews.members[:, MANAGER].sum() == managers
    for k in range(12, 160):
        week(run, k, (restructure,), others=False)
    home = (crews.group == 0) & (crews.plaza < run.world.plazas.n_mexico)
    assert crews.reach[home].mean() > 0.9 and crews.contact[home].mean() > 0.9


def test_who_is_cut_off_grows_less_loyal(run):
    crews = run.crews
    week(run, 0, (restructure,), others=False)
    crews.reach[:] = 1.0
    before, same = crews.loyalty.copy(), run.snapshot()
    _age(run)
    joined = crews.loyalty - before
    run.restore(same)
    crews.reach[:] = 0.25
    _age(run)
    lost = run.p["loyalty_cut_off"] * 0.75 / run.p["loyalty_weeks"]
    assert crews.loyalty - before == pytest.approx(joined - lost)


def _follower(run, place):
    """Crew of the first group from which the next broker at a place comes."""
    crews, p = run.crews, run.p
    rule = RULES.index(p.switch("replacement"))
    row, skill = successor(
        0, int(run.groups.id[0]), place, rule, p["replacement_km"], crews.ptr, crews.plaza, crews.at,
        run.world.plazas.n_mexico, plaza_km(run), crews.members[:, MANAGER], crews.loyalty, crews.degree, crews.known,
        crews.trust, *run.draws.key("test/broker"), run.draws.week_word,
    )  # fmt: skip
    assert 0.0 < skill < 1.0 and crews.group[row] == 0 and crews.members[row, MANAGER] > 0
    return row


def test_offices_fill_and_grow_at_their_rates():
    """A vacancy finds somebody of the own crew with the chance of a week; what is held grows toward 1."""
    n = 4000
    contact, unfilled = np.zeros((n, 2)), np.zeros((n, 2), dtype=bool)
    contact[:, 1] = 0.5
    unfilled[:, 0] = True
    at, ptr = np.arange(n, dtype=np.int32)[:, None], np.arange(n + 1)
    known, trust = np.full((n, TIES), -1, dtype=np.int32), np.zeros((n, TIES))
    fill_offices(
        0.25, 0.2, np.arange(n, dtype=np.int32), np.arange(n) + 7, 0, 200.0, ptr, np.zeros(n, dtype=np.int32), at, 1,
        np.zeros((1, 1)), np.ones(n, dtype=np.int64), np.ones(n), np.ones(n), known, trust, contact, unfilled,
        np.arange(6, dtype=np.uint32), 3,
    )  # fmt: skip
    assert contact[:, 1] == pytest.approx(0.6) and not unfilled[:, 1].any()
    filled = ~unfilled[:, 0]
    assert abs(filled.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / n)
    assert (contact[~filled, 0] == 0.0).all() and abs(contact[filled, 0].mean() - 0.5) < 4 * np.sqrt(
        1 / 12 / (n / 4)
    )


def test_replacement_decides_who_follows_a_broker(run):
    """Under degree successors have more ties than under random; under distance they come from nearer."""
    found = {}
    crews = run.crews
    places = crews.plaza[(crews.group == 0) & (crews.plaza < run.world.plazas.n_mexico)][:60].tolist()
    crews.degree[:] = run.draws.uniform("test/degree", np.arange(crews.n)) * 8.0
    for rule in ("random", "distance", "degree", "triadic"):
        run.p.set("replacement", rule)
        rows = [_follower(run, place) for place in places]
        at = crews.plaza[rows]
        lat, lon = run.world.plazas.lat, run.world.plazas.lon
        far = np.hypot(lat[at] - lat[places], lon[at] - lon[places]).mean()
        found[rule] = (crews.degree[rows].mean(), far)
    assert found["degree"][0] > found["random"][0] + 0.3 and found["triadic"][0] > found["random"][0]
    assert found["distance"][1] < 0.6 * found["random"][1]


def test_lieutenants_are_few_and_have_a_following(run):
    rows, following = contenders(run, 0)
    assert 2 <= rows.size < 0.5 * np.count_nonzero(run.crews.group == 0)
    assert following.mean() == pytest.approx(1.0)
    run.p.set("contender_share", 0.5)
    assert contenders(run, 0)[0].size <= rows.size


def test_a_divided_crew_keeps_its_contacts_and_the_other_part_has_to_find_its_own(run):
    crews = run.crews
    row = int(np.argmax(crews.members[:, MANAGER]))
    new = divide_crews(run, np.array([row]), np.array([0.5]), np.array([0.5]))
    assert (crews.contact[row] == 1.0).all() and not crews.unfilled[row].any()
    assert (crews.contact[new] == 0.0).all() and crews.unfilled[new].all()
    settle_crews(run)  # still one group in one place: they are one crew again
    assert (crews.contact == 1.0).all() and not crews.unfilled.any()


def test_allies_hold_a_plaza_together_and_without_pacts_the_strongest_does():
    order, ptr, group = np.arange(3), np.array([0, 3]), np.arange(3, dtype=np.int32)
    strength, pacts = np.array([4.0, 3.0, 2.0]), np.zeros((3, 3))
    holder, share, top = np.empty(1, dtype=np.int32), np.empty(1), np.empty(1, dtype=np.int64)
    hold(order, ptr, group, strength, pacts, holder, share, top)
    assert holder[0] == 0 and share[0] == pytest.approx(4 / 9)
    pacts[1, 2] = pacts[2, 1] = 1.0
    hold(order, ptr, group, strength, pacts, holder, share, top)
    assert holder[0] == 1 and share[0] == pytest.approx(5 / 9) and top[0] == 1


def test_pacts_are_mutual_and_come_from_threats_by_others(run):
    run.p.set("alliance_weeks", 13.0)
    run.p.set("alliance_rivalry", 0.0)
    review_relations(run)
    pacts = run.groups.alliance
    assert pacts.sum() > 0 and np.array_equal(pacts, pacts.T) and set(np.unique(pacts)) <= {0.0, 1.0}
    assert not pacts.diagonal().any()
    run.p.set("alliance_common", 0.0)
    review_relations(run)
    assert run.groups.alliance.sum() == 0.0


def test_who_faces_nobody_is_not_threatened(run):
    rows = run.alive
    assert np.all((facing(run, rows) >= 0) & (facing(run, rows) <= 1))
    run.crews.members[:, ARMED] = 0
    run.ledger.resync()
    assert facing(run, rows).sum() == 0.0


def test_threatened_allies_of_like_size_merge_and_keep_everything(run):
    groups = run.groups
    order = np.argsort(-group_sizes(run), kind="stable")
    one, other, enemy = (int(g) for g in (order[20], order[21], order[0]))
    groups.alliance[one, other] = groups.alliance[other, one] = 1.0
    everyone, alive = run.crews.members.sum(), len(run.alive)
    groups.rivalry[:] = 0.0
    run.p.set("merger_rate", 2.0)
    assert not any(merge_equals(run) for run.week in range(20))  # no enemy, no fear
    groups.rivalry[[one, other], enemy] = 5.0
    places = run.crews.plaza[np.isin(run.crews.group, (one, other))]
    giant = run.crews.group == enemy
    run.crews.plaza[np.flatnonzero(giant)[: places.size]] = places
    settle_crews(run)
    merged = False
    for k in range(60):
        run.week = run.draws.week = k
        merged = merged or merge_equals(run)
    settle_crews(run)
    assert merged and len(run.alive) == alive - 1 and run.crews.members.sum() == everyone
    assert groups.alive[one] != groups.alive[other]


def test_crews_without_pay_and_loyalty_go_over_to_who_pays_and_others_stay(run):
    crews, groups = run.crews, run.groups
    run.p.set("defect_rate", 20.0)
    groups.paid[:] = 1.0
    crews.loyalty[:] = 0.0
    assert not defect(run)
    before, cash = crews.group.copy(), crews.cash.sum()
    groups.paid[3] = 0.0
    assert any(defect(run) for run.draws.week in range(12))
    moved = np.flatnonzero(crews.group != before)
    assert np.all(before[moved] == 3) and np.all(groups.paid[crews.group[moved]] == 1.0)
    assert crews.cash.sum() == cash
    alone = np.bincount(crews.plaza, minlength=run.plazas.n)[crews.plaza] == 1
    assert not alone[moved].any()


def test_pointers_stay_right_through_takeovers(run):
    for row in (5, 9, 30, 31):
        take_over(run, row, 0)
    settle_crews(run)
    mend_links(run)
    crews = run.crews
    rows = np.flatnonzero((crews.plaza < run.world.plazas.n_mexico) & (crews.onto >= 0))
    on = rows[crews.onto[rows] != crews.plaza[rows]]
    assert np.all(crews.at[crews.group[on], crews.onto[on]] >= 0)
    some = crews.known >= 0
    assert np.all(crews.at[np.repeat(crews.group, TIES).reshape(-1, TIES)[some], crews.known[some]] >= 0)
    assert np.all((crews.reach >= 0.0) & (crews.reach <= 1.0))
