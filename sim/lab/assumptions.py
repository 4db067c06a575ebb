"""Find the numbered assumptions: in docstrings, in the sources of policies and in the parameter files.

What a number means is written in `docs/odd.md`; this module only says where it is cited.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from sim.parameters import parameter_table

PACKAGE = Path(__file__).resolve().parent.parent
CODE = r"[A-Z](?:-[A-Z])?\d{1,3}"
LISTED = re.compile(
    rf"[Aa]ssumptions? ({CODE}(?:(?:, | and | to |, and ){CODE})*)|\b(A(?:-[A-Z])?\d{{1,3}})\b"
)
"""Numbers after the word assumption, in any series, and A-numbers anywhere."""
LABEL = re.compile(rf"({CODE}):")
"""A number at the head of the note of a parameter."""


def numbered() -> dict[str, list[str]]:
    """Where each numbered assumption is cited: in docstrings, in sources of policies and in the parameter files."""
    found: dict[str, list[str]] = {}
    for module, text in _docstrings():
        for number in cited(text):
            found.setdefault(number, []).append(f"`{module}`")
    for row in sorted(parameter_table().values(), key=lambda item: (item.file, item.name)):
        for number in LABEL.findall(row.note) + cited(f"{row.note} | {row.source}"):
            found.setdefault(number, []).append(f"{row.file}: `{row.name}`")
    return {number: list(dict.fromkeys(where)) for number, where in found.items()}


def order(number: str) -> tuple[str, int]:
    """Sort key of an assumption's number: its series, then the number."""
    series = number.rstrip("0123456789")
    return series, int(number[len(series) :])


def cited(text: str) -> list[str]:
    """Numbers of assumptions that a text cites; `F2 to F4` stands for three."""
    found = []
    for listed, alone in LISTED.findall(" ".join(text.split())):
        for part in re.split(r",? and |, ", listed or alone):
            first, _, last = part.partition(" to ")
            series, start = order(first)
            found += [f"{series}{k}" for k in range(start, order(last or first)[1] + 1)]
    return found


def _docstrings() -> list[tuple[str, str]]:
    """(module and function, text) of every docstring and of every text that names its source."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                name = module if isinstance(node, ast.Module) else f"{module}.{node.name}"
                found.append((name, ast.get_docstring(node) or ""))
            elif isinstance(node, ast.Constant) and str(node.value).startswith("assumption"):
                found.append((module, str(node.value)))
    return found
