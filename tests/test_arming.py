"""Guns and rounds from abroad: what arrives is what was planned, what it costs, and where it comes from."""

from __future__ import annotations

import numpy as np
import pytest

from sim.levers import Press
from sim.state.run import Run
from sim.week.arming import arm, start_arms
from tests.enforcement_sandbox import stand

PLANNED = 60.0


def _armed(presses: list[tuple[str, Press]] | None = None, **parameters: float) -> Run:
    """A week in which every group wants as many guns of each type, and has the money."""
    run = stand(3, **parameters)
    start_arms(run)
    run.groups.treasury[run.alive] = 1e9
    run.groups.gun_plan[run.alive] = PLANNED
    run.ledger.resync()
    run.ledger.begin_week(0)
    run.tally.zero()
    run.levers.press(presses or [])
    arm(run)
    run.ledger.audit()
    return run


def test_groups_order_more_where_more_is_seized_so_that_what_they_planned_arrives() -> None:
    half = [("x", Press("outbound_checks", "floor", 1.0))]
    planned = 2 * PLANNED * stand(3).alive.size
    for presses in ([], half):
        run = _armed(presses, gun_find_prob=0.5)
        came = run.ledger.flow("guns_to_groups", "guns").sum()
        assert came == pytest.approx(planned, abs=5 * np.sqrt(planned))
    assert run.ledger.flow("guns_seized_south", "guns").sum() > came


def test_a_gun_costs_more_where_more_are_lost_and_straw_buyers_are_sought() -> None:
    def paid(presses: list[tuple[str, Press]], **parameters: float) -> float:
        run = _armed(presses, **parameters)
        came = run.ledger.flow("guns_to_groups", "guns").sum()
        return float(run.ledger.flow("guns", "usd")[0] / came)

    usual = paid([])
    assert paid([("x", Press("straw_enforcement", "scale", 4.0))]) > 1.02 * usual
    assert paid([("x", Press("outbound_checks", "floor", 1.0))], gun_find_prob=0.5) > 1.5 * usual


def test_a_state_that_sells_no_guns_supplies_none() -> None:
    run = _armed([("x", Press("dealer_supply", "cap", 0.0))])
    assert run.ledger.flow("guns_to_groups", "guns").sum() == 0
    assert run.ledger.flow("guns", "usd")[0] == 0.0
