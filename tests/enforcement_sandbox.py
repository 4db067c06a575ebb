"""A small stand for the tests of enforcement and justice: the real map, a constant rest, this chain alone.

What is taken from groups is put back each week, so that rates can be compared with the accounts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.government import start_governments
from sim.ledger import CONVERSIONS, conversion
from sim.levers import load_levers
from sim.parameters import Parameters
from sim.policies.kingpin_targeting import KingpinTargeting
from sim.policies.network_takedown import NetworkTakedown
from sim.state.build import build_run, open_books
from sim.state.run import Run
from sim.week.enforcement import enforce, sense, start_units
from sim.week.institutions import diplomacy
from sim.week.justice import prosecute
from sim.week.observing import observe
from sim.world.world import world

POLICIES = {policy.name: policy() for policy in (KingpinTargeting, NetworkTakedown)}
YEAR = 52.1775
load_levers()


def stand(seed: int = 1, **parameters: Any) -> Run:
    """A run with stocks, cash, guns and treasuries of about the size of the accounts."""
    if "put_back" not in CONVERSIONS:
        conversion("put_back", "members", "tests: recruits that keep crews at their size")
    run = build_run(world(), Parameters(overrides=parameters), seed, 400, [])
    start_units(run)
    start_governments(run)
    run.week = run.draws.week = -1
    fill(run)
    open_books(run)
    observe(run)
    run.extra["stand.members"] = run.crews.members.copy()
    run.ledger.resync()
    return run


def fill(run: Run) -> None:
    """Put stocks, cash, guns and arrivals at their constant levels."""
    crews, drugs, areas = run.crews, run.world.drugs, run.areas
    size = crews.members.sum(axis=1)
    home = np.where(run.world.plazas.hub_area[crews.plaza] < 0, size, 0)
    share = home / home.sum()
    crews.pure[:] = share[:, None] * drugs.supply * 1000 / YEAR * 2
    crews.diluent[:] = 0.2 * crews.pure
    crews.cash[:] = 10.6e9 / YEAR * size / size.sum()
    crews.guns[:] = np.floor(size[:, None] * np.array([0.6, 0.9]) + 0.5).astype(np.int64)
    crews.ammunition[:] = 200 * crews.guns.sum(axis=1)
    people = run.world.areas.population / run.world.areas.population.sum()
    areas.arrivals[:] = people[:, None] * drugs.delivered * 1000 / YEAR
    areas.pure[:] = 4 * areas.arrivals
    run.groups.treasury[run.alive] = (
        13 * 135.0 * np.bincount(crews.group, size, minlength=run.groups.n)[run.alive]
    )
    run.plazas.reporting[:] = run.p["reporting_usual"]


def one_week(run: Run, week: int, presses: list[Any] | None = None, *, put_back: bool = True) -> None:
    """One week of this chain; the books are checked after every process and at the end."""
    run.week = run.draws.week = week
    run.ledger.begin_week(week)
    run.tally.zero()
    if presses is not None:
        run.levers.press(presses)
    for process in (diplomacy, sense, enforce, prosecute):
        run.ledger.process = process.name
        process(run)
        run.ledger.check(process.accounts or None)
    run.ledger.audit()
    groups = run.groups
    groups.vacancy[groups.removed] = 12
    groups.removed[:] = False
    groups.vacancy[:] = np.maximum(groups.vacancy - 1, 0)
    run.crews.pause[:] = np.maximum(run.crews.pause - 1, 0)
    groups.shock *= 0.95
    if put_back:
        short = run.extra["stand.members"] - run.crews.members
        run.crews.members += short
        fill(run)
        run.ledger.resync()
    observe(run)


def presses_of(name: str, x: float, **where: list[str]) -> list[Any]:
    """Presses of a policy of this chain at intensity x, as `govern` would make them."""
    policy = POLICIES[name]
    own = {key: item.default for key, item in policy.parameters.items()}
    return [(name, item) for item in policy.press(x, own, where)] if x else []
