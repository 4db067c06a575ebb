"""Watch one week: which tables, levers, columns and accounts each process of the week touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.levers import LeverBoard
from sim.model import WEEK, Model
from sim.state.run import TABLES, Run

TABLE_NAMES = frozenset(name for name, _ in TABLES)


@dataclass
class Touched:
    """What one process did: tables looked at, levers read, columns changed, accounts posted to."""

    tables: set[str] = field(default_factory=set)
    levers: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)


class WatchedBoard(LeverBoard):
    """A board that notes which levers are read."""

    log: set[str]

    def __getitem__(self, name: str) -> Any:
        self.log.add(name)
        return super().__getitem__(name)

    def scalar(self, name: str) -> float:
        self.log.add(name)
        return super().scalar(name)


class WatchedRun(Run):
    """A run that notes which tables are looked at."""

    def __getattribute__(self, name: str) -> Any:
        if name in TABLE_NAMES:
            object.__getattribute__(self, "__dict__").setdefault("looked", set()).add(name)
        return super().__getattribute__(name)


def columns_of(run: Run) -> dict[str, bytes]:
    """Every column of every table as bytes, without the watch seeing it."""
    held = run.__dict__
    return {
        f"{table}.{column}": np.ascontiguousarray(getattr(held[table], column)).tobytes()
        for table, kind in TABLES
        for column in kind.columns
    }


def watch_week(model: Model, week: int, seen: dict[str, Touched]) -> None:
    """Run one week of a model process by process and add what each did to `seen`."""
    run = model.run
    run.__class__, run.levers.__class__ = WatchedRun, WatchedBoard
    board: Any = run.levers
    run.week = run.draws.week = week
    run.ledger.begin_week(week)
    run.__dict__["tally"].zero()
    known = set(run.ledger.accounts)
    before = columns_of(run)
    for item in WEEK:
        mine = seen.setdefault(item.name, Touched())
        board.log, run.__dict__["looked"] = set(), set()
        totals = {key: value.copy() for key, value in run.ledger.totals.items()}
        run.ledger.process = item.name
        item(run)
        after = columns_of(run)
        mine.tables |= run.__dict__["looked"]
        mine.levers |= board.log
        mine.changed |= {name for name in after if after[name] != before[name]}
        for key, value in run.ledger.totals.items():
            if not np.array_equal(value, totals.get(key, np.zeros_like(value))):
                mine.accounts |= {key[2], key[3]} & known
        before = after
    run.__class__, run.levers.__class__ = Run, LeverBoard
    del run.__dict__["looked"]
    model._follow_births()
