"""What processes declare is what they do: tables read and written, levers read, accounts moved."""

from __future__ import annotations

import pytest

from sim.levers import LEVERS
from sim.model import WEEK, Model
from sim.state.run import TABLES
from tests.watching import Touched, watch_week

TABLE_NAMES = {name for name, _ in TABLES}
PROCESS = {item.name: item for item in WEEK}
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("name", list(PROCESS))]


@pytest.fixture(scope="module")
def touched() -> dict[str, Touched]:
    """Weeks of a run with policies in force and a leader removed, so that rare branches are walked too."""
    model = Model("kingpin+network_takedown", rng=11, people_per_agent=1000, years=3)
    seen: dict[str, Touched] = {}
    for week in range(60):
        if week in (2, 20):
            model.run.groups.removed[model.run.alive[:3]] = True
        watch_week(model, week, seen)
    return seen


def names_of(items: tuple[str, ...]) -> set[str]:
    return {item.removeprefix("lever ") for item in items}


def test_tables_that_change_are_declared_as_written(name: str, touched: dict[str, Touched]) -> None:
    assert {column.split(".")[0] for column in touched[name].changed} <= set(PROCESS[name].writes)


def test_tables_that_are_looked_at_are_the_declared_ones(name: str, touched: dict[str, Touched]) -> None:
    declared = (names_of(PROCESS[name].reads) | set(PROCESS[name].writes)) & TABLE_NAMES
    if "every account" not in PROCESS[name].reads:
        assert touched[name].tables == declared


def test_levers_that_are_read_are_the_declared_ones(name: str, touched: dict[str, Touched]) -> None:
    declared = names_of(PROCESS[name].reads) & set(LEVERS)
    assert touched[name].levers <= declared
    assert all(name in LEVERS[item].reader.split(", ") for item in declared)


def test_accounts_that_move_are_the_declared_ones(name: str, touched: dict[str, Touched]) -> None:
    assert touched[name].accounts <= set(PROCESS[name].accounts)
