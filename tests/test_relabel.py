"""Which row a group has decides nothing: relabelling the starting groups permutes what happens."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import sim.model
from sim.model import Model
from sim.state.groups import Groups
from sim.state.run import TABLES, Run
from sim.world.groups import Groups0
from sim.world.world import world

WEEKS = 26
pytestmark = pytest.mark.slow


def permuted(start: Groups0, order: np.ndarray) -> Groups0:
    """The same groups in another order."""
    changed: dict[str, Any] = {}
    for ptr, values in (
        ("plaza_ptr", ("plaza_idx", "plaza_weight", "plaza_status")),
        ("hub_ptr", ("hub_idx", "hub_weight")),
    ):
        spans = [np.arange(getattr(start, ptr)[g], getattr(start, ptr)[g + 1]) for g in order]
        flat = np.concatenate(spans)
        changed[ptr] = np.concatenate([[0], np.cumsum([len(span) for span in spans])])
        changed |= {name: getattr(start, name)[flat] for name in values}
    for item in dataclasses.fields(start):
        value = getattr(start, item.name)
        if item.name not in changed and isinstance(value, np.ndarray) and len(value) == start.n:
            changed[item.name] = value[order]
        elif isinstance(value, tuple) and len(value) == start.n:
            changed[item.name] = tuple(value[g] for g in order)
    return dataclasses.replace(start, **changed)


def history(monkeypatch: pytest.MonkeyPatch, order: np.ndarray | None) -> Run:
    """Weeks from the very start (a short spin-up, no cache) with groups in an order of rows."""
    here = world()
    if order is not None:
        here = dataclasses.replace(here, groups0=permuted(here.groups0, order))
    monkeypatch.setattr(sim.model, "the_world", lambda: here)
    monkeypatch.setattr(sim.model, "SPIN_UP_WEEKS", WEEKS)
    monkeypatch.setattr(sim.model.cache, "load", lambda _: None)
    monkeypatch.setattr(sim.model.cache, "save", lambda *_: None)
    return Model("kingpin", rng=21, people_per_agent=1000, years=0.1).run


def by_identity(run: Run) -> dict[str, np.ndarray]:
    """All columns with groups (rows, axes and pointers) in the order of their stable ids."""
    alive = run.alive
    rows = alive[np.argsort(run.groups.id[alive])]
    place = np.full(run.groups.n, -1)
    place[rows] = np.arange(rows.size)
    out: dict[str, np.ndarray] = {}
    for table, kind in TABLES:
        held = getattr(run, table)
        keep = None
        if table == "groups":
            keep = rows
        elif table == "crews":
            keep = np.lexsort((held.plaza, place[held.group]))
        elif table in ("loads", "cases"):
            keep = np.argsort(held.id, kind="stable")
        for name, item in kind.columns.items():
            values = getattr(held, name)
            if name in ("group", "holder"):
                values = np.where(values >= 0, place[values], -1)
            for axis, word in enumerate(item.axes):
                if word == "group":
                    values = np.take(values, rows, axis=axis + 1)
            out[f"{table}.{name}"] = values if keep is None else values[keep]
    return out


def test_relabelling_groups_permutes_the_whole_model(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Groups.columns["rivalry"].axes == ("group",)
    order = np.argsort(world().groups0.id)[::-1]
    one, other = history(monkeypatch, None), history(monkeypatch, order)
    assert not np.array_equal(one.groups.id, other.groups.id)
    first, second = by_identity(one), by_identity(other)
    wrong = []
    for name, values in first.items():
        if values.shape != second[name].shape:
            wrong.append(name)
        elif np.issubdtype(values.dtype, np.floating):
            scale = max(1e-9, float(np.abs(values).max(initial=0.0)))
            if np.abs(values - second[name]).max(initial=0.0) > 1e-6 * scale:
                wrong.append(name)
        elif not np.array_equal(values, second[name]):
            wrong.append(name)
    assert wrong == []
