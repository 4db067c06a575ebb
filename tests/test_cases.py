"""Cases by hand: pace of work, who may talk, what a case takes where, and the trust that its end costs or brings."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kernels_enforcement import remember
from sim.state.governments import MX, US
from sim.state.run import Run
from sim.state.units import FINANCE, NETWORK
from sim.week.enforcement import endings
from sim.week.enforcement.cases import staff_cases
from tests.enforcement_sandbox import stand

TARGET = 2


def _case(run: Run, kind: int, lead_side: int = MX, *, joint: bool = True) -> tuple[int, int, int]:
    """One open case against a group; its row, the unit that leads and the partner (-1 for none)."""
    lead, other = (
        int(np.flatnonzero((run.world.units0.country == side) & run.extra["unit.leads"][kind])[0])
        for side in (lead_side, 1 - lead_side)
    )
    partner = other if joint else -1
    row = run.cases.append(1).start
    for name, value in (
        ("unit", lead), ("partner", partner), ("kind", kind), ("group", TARGET), ("joint", joint), ("id", 77),
        ("target_id", run.groups.id[TARGET]), ("officers", 30.0), ("partner_officers", 20.0 * joint),
    ):  # fmt: skip
        getattr(run.cases, name)[row] = value
    return row, lead, partner


def test_work_is_officers_by_skill_of_both_sides_at_the_pace_of_what_is_known() -> None:
    run = stand(1)
    row, lead, partner = _case(run, NETWORK)
    run.units.skill[[lead, partner]] = 0.5, 0.8
    for known in ((0.2, 0.6), (0.7, 0.1)):
        run.units.intelligence[[lead, partner], TARGET] = known
        run.cases.done[row] = 0.0
        staff_cases(run)
        floor, cases = run.p["case_pace_floor"], run.cases
        assert cases.officers[row] > 0 and cases.partner_officers[row] > 0
        work = 0.5 * cases.officers[row] + 0.8 * cases.partner_officers[row]
        assert cases.done[row] == pytest.approx((floor + (1.0 - floor) * max(known)) * work)


def test_who_is_informed_on_each_side_may_talk_by_his_own_integrity() -> None:
    run = stand(1)
    row, lead, partner = _case(run, NETWORK)
    run.crews.protection[:] = 0.0
    p, silent = run.p, 1.0
    for unit, officers, integrity in ((lead, 30.0, 0.9), (partner, 20.0, 0.4)):
        run.units.integrity[unit] = integrity
        silent *= (1.0 - p["leak_per_informed"] * (1.0 - integrity)) ** (p["informed_share"] * officers)
    assert endings.case_leak_prob(run, row) == pytest.approx(1.0 - silent)


@pytest.mark.parametrize(("side", "joint"), [(MX, False), (US, False), (MX, True), (US, True)])
def test_money_is_taken_where_the_case_has_a_side(side: int, joint: bool) -> None:
    run = stand(1)
    row, _, _ = _case(run, FINANCE, side, joint=joint)
    mine = run.crews.group == TARGET
    treasury, cash = run.groups.treasury[TARGET], run.crews.cash[mine].sum()
    endings._forfeit(run, row, TARGET)
    run.ledger.check()
    taken = 1.0 - run.groups.treasury[TARGET] / treasury, 1.0 - run.crews.cash[mine].sum() / cash
    share = run.p["finance_treasury_share"], run.p["finance_cash_share"]
    assert taken == pytest.approx((share[0] * (joint or side == MX), share[1] * (joint or side == US)))


@pytest.mark.parametrize("leaks", [True, False])
@pytest.mark.parametrize("trust", [0.1, 0.8])
def test_a_leak_costs_a_share_of_trust_and_success_closes_a_share_of_what_is_missing(
    leaks: bool, trust: float
) -> None:
    run = stand(1, network_success_prob=1.0, leak_per_informed=0.2 if leaks else 0.0)
    row, lead, partner = _case(run, NETWORK)
    run.cases.officers[row] = 10_000
    run.units.integrity[:] = 0.0
    run.relations.agency_trust[0], run.relations.grievance[0] = trust, 0.0
    endings._try(run, row)
    p, (a, b) = run.p, run.world.units0.agency[[lead, partner]]
    assert run.tally.leaks[0] == leaks and run.tally.takedowns[0] == (not leaks)
    after = (
        trust * (1.0 - p["trust_lost_by_leak"])
        if leaks
        else trust + p["trust_won_by_success"] * (1.0 - trust)
    )
    pair = run.relations.agency_trust[0][a, b], run.relations.agency_trust[0][b, a]
    assert pair == pytest.approx((after, after))
    heard = float(run.relations.grievance[0])
    assert heard >= 0.0 if leaks else heard == pytest.approx(-p["goodwill_success"])


def test_a_case_of_one_country_moves_no_trust() -> None:
    run = stand(1, finance_success_prob=1.0, leak_per_informed=0.0)
    row, _, _ = _case(run, FINANCE, joint=False)
    before = run.relations.agency_trust[0].copy()
    endings._try(run, row)
    assert np.array_equal(run.relations.agency_trust[0], before) and run.relations.grievance[0] == 0.0


def test_sources_tell_of_groups_by_how_visible_they_are() -> None:
    known = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]])
    source, visible, keep = np.array([0.4, 0.0]), np.array([0.0, 1.0, 0.5]), 0.9
    alone = np.eye(2)
    remember(known, np.array([0, 1]), alone, keep, 0.3, source, visible)
    kept = keep * np.array([0.5, 0.5, 0.0])
    np.testing.assert_allclose(known[0], kept + (1.0 - kept) * 0.4 * visible)
    assert not known[1].any()
