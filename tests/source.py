"""Source of the package as the house tests read it: modules, names, texts, processes on disk. No test is here."""

from __future__ import annotations

import ast
import csv
import importlib
import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from sim.state.run import Process

ROOT = Path(__file__).resolve().parent.parent
SIM = ROOT / "sim"


@lru_cache(maxsize=1)
def modules() -> dict[str, ast.Module]:
    """Parsed source of every module of the package, by dotted name."""
    found = {}
    for path in sorted(SIM.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def load_package(name: str) -> list:
    """Import every module of a package that is on disk."""
    package = importlib.import_module(name)
    return [
        importlib.import_module(item.name)
        for item in pkgutil.walk_packages(package.__path__, f"{name}.")
        if not item.name.endswith("__main__")
    ]


@lru_cache(maxsize=1)
def week() -> dict[str, Process]:
    """Every process on disk by name; importing them declares levers and conversions."""
    found = {}
    for module in load_package("sim.week"):
        for item in vars(module).values():
            if isinstance(item, Process) and item.fn.__module__ == module.__name__:
                found[item.name] = item
    load_package("sim.state")
    return found


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the nodes that are docstrings, those of attributes of a class or module included."""
    found = set()
    for node in ast.walk(tree):
        for statement in getattr(node, "body", []) if not isinstance(node, ast.Lambda | ast.IfExp) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found.add(id(statement.value))
    return found


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """String constants that are not docstrings."""
    skip = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
            yield node


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that the source introduces or uses, with its line."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for attribute in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, attribute, None)
            if isinstance(value, str):
                yield value, line


def called(node: ast.Call) -> str:
    """Last word of what is called: `ledger.move(...)` gives `move`."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def none(faults: list[str], rule: str) -> None:
    """Fail with every fault in one message."""
    assert not faults, f"{rule}\n  " + "\n  ".join(faults)


def column(table: str, name: str) -> set[str]:
    """Values of a column of one of the project's tables."""
    with (SIM / "data" / table).open(encoding="utf-8") as file:
        return {row[name].strip() for row in csv.DictReader(file) if row[name].strip()}


def room(module: str) -> str | None:
    """The folder that a file grew into (`sim.week.NAME`), for its files and itself; None for a single file."""
    parts = module.split(".")
    folder = SIM.parent.joinpath(*parts[:3])
    return ".".join(parts[:3]) if len(parts) >= 3 and folder.is_dir() else None
