"""The house, inputs and processes: each has a unit, a meaning and a reader; no input is an outcome too.

Source is read with `ast` and the registries are asked; nothing runs a week.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

import numpy as np
import pytest

from sim.catalogue import FAMILIES, discover
from sim.errors import ContraflowError
from sim.levers import LEVERS, OPS
from sim.outcome import load_outcomes
from sim.parameters import parameter_table
from sim.state.build import lever_axes
from sim.state.crews import ROLES
from sim.state.governments import ISSUES
from sim.state.people import STATES
from sim.state.run import OTHER_TRADES, TABLES
from sim.units import check_unit
from sim.world.world import world
from tests.source import called, column, modules, none, room, texts, week

LEVER_READERS = ("sim.week", "sim.agents", "sim.state", "sim.kernels")


def test_columns_of_state_have_unit_and_meaning():
    faults = [
        f"{table}.{name}: unit {item.unit!r}, meaning {item.doc!r}"
        for table, kind in TABLES
        for name, item in kind.columns.items()
        if not item.unit.strip() or not item.doc.strip()
    ]
    none(faults, "Every column says its unit and what it means.")


def test_parameters_have_unit_meaning_and_source():
    faults = []
    for row in parameter_table().values():
        try:
            check_unit(row.unit)
        except ContraflowError as error:
            faults.append(f"{row.file}: {row.name}: {error}")
        if not row.note.strip():
            faults.append(f"{row.file}: {row.name}: the note must say what it is")
        if not row.source.strip():
            faults.append(f"{row.file}: {row.name}: no source")
    none(faults, "Every parameter has a unit of the vocabulary, a meaning and a source.")


def test_levers_have_unit_meaning_and_order_of_bounds():
    week()
    faults = []
    for item in LEVERS.values():
        try:
            check_unit(item.unit)
        except ContraflowError as error:
            faults.append(f"{item.name}: {error}")
        if not item.doc.strip() or not item.low < item.high:
            faults.append(f"{item.name}: meaning {item.doc!r}, bounds {item.low}, {item.high}")
    none(faults, "Every lever has a unit, a meaning and bounds.")


def lever_reads() -> tuple[set[str], set[str]]:
    """Names in `levers["..."]` and `.scalar("...")`, and modules that read levers by a name they hold in a variable."""
    literal, by_variable = set(), set()
    for name, tree in modules().items():
        if not name.startswith(LEVER_READERS):
            continue
        for node in ast.walk(tree):
            key: ast.AST | None = None
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("levers"):
                key = node.slice
            elif isinstance(node, ast.Call) and called(node) == "scalar" and node.args:
                key = node.args[0]
            if isinstance(key, ast.Constant):
                literal.add(key.value)
            elif key is not None:
                by_variable.add(name)
    return literal, by_variable


def test_every_lever_is_read_by_a_process():
    processes, (literal, by_variable) = week(), lever_reads()
    faults = [
        f"{item.name} is read nowhere"
        for item in LEVERS.values()
        if item.name not in literal and not by_variable & family_of(item.base.__module__)
    ]
    faults += [
        f"{item.name}: {reader} is no process of the week"
        for item in LEVERS.values()
        for reader in item.reader.split(", ")
        if reader not in processes
    ]
    none(faults, "Every lever is read by a process.")


def family_of(module: str) -> set[str]:
    """A module and the others of its room (a folder of the week)."""
    return {name for name in modules() if name == module or (room(module) and room(name) == room(module))}


def test_no_input_is_an_outcome():
    week()
    outcomes = load_outcomes()
    assert not set(LEVERS) & set(outcomes), "a lever has the name of an outcome"
    assert not set(parameter_table()) & set(outcomes), "a parameter has the name of an outcome"


@pytest.mark.parametrize("name", sorted(discover("policies")))
def test_policy_presses_declared_levers_only(name):
    week()
    policy = discover("policies")[name]()
    own = {key: item.default for key, item in policy.parameters.items()}
    assert policy.family in FAMILIES and policy.title and policy.tradeoff and policy.source
    for item in policy.parameters.values():
        check_unit(item.unit)
        assert item.low <= item.default <= item.high and item.source
    axes = lever_axes(world())
    reached: set[str] = set()
    for x in (1.0, -1.0):
        assert math.isfinite(policy.cost(x))
        assert policy.press(x, own, {}), f"{name} presses nothing at {x}"
        for where in ({}, *({axis: axes[axis][:1]} for axis in policy.where_axes)):
            for press in policy.press(x, own, where):
                assert press.lever in LEVERS, f"{name} presses {press.lever}, which no process declares"
                assert press.op in OPS and np.all(np.isfinite(press.value))
                reached |= set(LEVERS[press.lever].axes)
    missing = set(policy.where_axes) - reached
    assert not missing, f"{name} takes where.{missing}, but no lever it presses has that axis"


def suffixes() -> list[str]:
    """What a name of a parameter may end in when it is one of a family: by drug, lane, corridor, role, state, side."""
    corridors = {name.lower().replace(" ", "_") for name in column("corridors.csv", "corridor")}
    words = column("commodities.csv", "drug") | column("lane_kinds.csv", "lane") | corridors
    return sorted(words | {*STATES, *ROLES, *ISSUES, "mx", "us"}, key=len, reverse=True)


def families(name: str, endings: list[str]) -> Iterator[str]:
    """The name, and what is left of it without the endings of a family."""
    yield name
    for ending in endings:
        if name.endswith(f"_{ending}"):
            yield from families(name[: -len(ending) - 1], endings)


def parameter_reads() -> tuple[set[str], list[re.Pattern[str]]]:
    """Texts in code that may be names of parameters or of families of them, and patterns of f-strings."""
    literal: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for name, tree in modules().items():
        if name.startswith(("sim.lab", "sim.plots", "sim.web", "sim.cli")):
            continue
        skip: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in ("lever", "conversion", "process"):
                direct = [*node.args, *(k.value for k in node.keywords if k.arg != "base")]
                skip |= {id(inner) for item in direct for inner in ast.walk(item)}
            elif isinstance(node, ast.Call) and called(node) == "split":
                words = getattr(getattr(node.func, "value", None), "value", None)
                literal |= set(words.split()) if isinstance(words, str) else set()
            elif isinstance(node, ast.JoinedStr):
                parts = [getattr(part, "value", None) for part in node.values]
                if sum(len(part) for part in parts if isinstance(part, str)) >= 4:
                    wanted = "".join(re.escape(p) if isinstance(p, str) else r"\w+" for p in parts)
                    patterns.append(re.compile(rf"{wanted}\Z"))
        literal |= {text.value for text in texts(tree) if id(text) not in skip}
    return literal, patterns


def test_every_parameter_is_read():
    (literal, patterns), endings = parameter_reads(), suffixes()
    faults = [
        f"{row.file}: {row.name}"
        for row in parameter_table().values()
        if not literal & set(families(row.name, endings))
        and not any(pattern.match(row.name) for pattern in patterns)
    ]
    none(faults, "Every parameter of the table is read somewhere.")


def test_processes_say_what_they_read_write_and_stand_on():
    accounts = ("crews.", "groups.", "areas.", "loads.", "arms.")
    faults = []
    for name, item in week().items():
        if not item.doc or not item.reads or not item.writes:
            faults.append(f"{name}: no docstring, reads or writes")
        if "Source" not in item.doc and name != "audit":
            faults.append(f"{name}: the docstring names no Source")
        faults += [f"{name}: account {a}?" for a in item.accounts if not a.startswith(accounts)]
        for lever in (word[6:] for word in item.reads if word.startswith("lever ")):
            if lever not in LEVERS:
                faults.append(f"{name}: says it reads the lever {lever}, which is not declared")
    none(faults, "A process says what it reads, writes and stands on.")


def test_the_week_is_all_processes_there_are():
    from sim.model import WEEK

    assert len({item.name for item in WEEK}) == len(WEEK)
    assert {item.name for item in WEEK} == set(week())


def test_trades_beyond_drugs_are_no_drug():
    assert not set(OTHER_TRADES) & column("commodities.csv", "drug")
