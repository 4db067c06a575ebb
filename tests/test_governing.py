"""Governing: what money becomes, and how trust between governments and agencies moves. Closed forms and laws."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.government import start_governments
from sim.levers import load_levers
from sim.parameters import Parameters
from sim.state.build import build_run, open_books
from sim.state.run import Run
from sim.week.institutions import diplomacy, govern
from sim.world.world import world


def stand(*programmes: SimpleNamespace) -> Run:
    """A run with governments and programmes and nothing else that moves; no talks are near."""
    load_levers()
    run = build_run(world(), Parameters(), 1, 1000, [item.name for item in programmes])
    start_governments(run)
    open_books(run)
    run.actors["programme"] = list(programmes)
    run.relations.weeks_to_talks[0] = 10**6
    return run


def _programme(asked: float, delay: float) -> SimpleNamespace:
    """A programme that asks for the same each week and presses nothing."""
    policy = SimpleNamespace(
        delay_weeks=delay, country="both", cost=lambda x: 0.0, press=lambda x, own, where: []
    )
    return SimpleNamespace(
        policy=policy, name="x", own={}, where={}, budget_from=None, asked=lambda week: asked
    )


@pytest.mark.parametrize("asked", [0.8, -0.8])
def test_capacity_comes_with_delay_and_less_than_was_paid(asked: float) -> None:
    delay, weeks = 10.0, 25
    run = stand(_programme(asked, delay))
    loss = run.levers.scalar("implementation_loss")
    assert 0.0 < loss < 1.0
    for _ in range(weeks):
        govern.fn(run)
    reached = 1.0 - (1.0 - 1.0 / delay) ** weeks
    kept = 1.0 - loss if asked > 0 else 1.0
    assert run.programmes.capacity[0] == pytest.approx(asked * kept * reached)


@pytest.mark.parametrize("gap", [-0.2, 0.2])
def test_political_trust_returns_to_its_rest_and_is_lost_by_grievance(gap: float) -> None:
    run = stand()
    rest = run.p["political_trust_rest"]
    found = {}
    for grievance in (0.0, 1.0):
        run.relations.political_trust[0], run.relations.grievance[0] = rest + gap, grievance
        diplomacy.fn(run)
        found[grievance] = float(run.relations.political_trust[0])
    assert 0.0 < (found[0.0] - rest) / gap < 1.0
    assert found[1.0] < found[0.0]


def test_agencies_of_two_countries_trust_each_other_no_more_than_their_governments_allow() -> None:
    run = stand()
    country = run.world.agencies.country
    across = country[:, None] != country[None, :]
    trust = run.relations.agency_trust[0]
    trust[:] = 0.9
    run.relations.political_trust[0], run.relations.grievance[0] = 0.2, 0.0
    diplomacy.fn(run)
    ceiling = run.p["agency_trust_ceiling"] * float(run.relations.political_trust[0])
    after = run.relations.agency_trust[0]
    np.testing.assert_allclose(after[across], ceiling)
    np.testing.assert_allclose(after[~across], 0.9)
