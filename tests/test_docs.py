"""Reference pages: they can be written, are the same twice, and every cited assumption is explained in the ODD."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim.lab import docs
from sim.lab.assumptions import cited, numbered, order

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    written = docs.write_docs(tmp_path_factory.mktemp("docs") / "new")
    return {path.stem: path.read_text(encoding="utf-8") for path in written}


def test_every_page_is_written(pages):
    assert list(pages) == list(docs.PAGES)
    for name, (title, _) in docs.PAGES.items():
        assert pages[name].startswith(f"# {title}\n\n{docs.BANNER}")
        assert pages[name].endswith("\n") and "None" not in pages[name]


def test_same_code_same_bytes(pages, tmp_path):
    """In another process, with another hash seed."""
    command = [sys.executable, "-m", "sim.lab.docs", str(tmp_path)]
    env = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, check=True, env=env, capture_output=True)
    for name, text in pages.items():
        assert (tmp_path / f"{name}.md").read_text(encoding="utf-8") == text


def test_rows_have_as_many_cells_as_their_header(pages):
    for name, text in pages.items():
        width = 0
        for line in text.splitlines():
            if not line.startswith("|"):
                width = 0
                continue
            bars = len(re.findall(r"(?<!\\)\|", line))
            assert bars == (width := width or bars), f"{name}: {line}"


def test_pages_hold_what_is_declared(pages):
    assert all(f"| `{name}` |" in pages["parameters"] for name in docs.parameter_table())
    assert all(f"`{name}`" in pages["outcomes"] for name in docs.load_outcomes())
    assert all(f"`{name}`" in pages["levers"] for name in docs.LEVERS)
    assert all(f"### `{name}`" in pages["catalogue"] for name in docs.policies() | docs.events())


def test_cells_are_one_line_with_bars_escaped():
    assert docs.table(("a", "b"), [("x|y", "two\nlines")]) == "| a | b |\n|---|---|\n| x\\|y | two lines |"


def test_numbers_of_assumptions_are_found_in_prose():
    text = "Source: doi:10.1/x; scales are assumptions F2 to F4, A-S1 and B9. Papers F19. See A24 (docs)."
    assert cited(text) == ["F2", "F3", "F4", "A-S1", "B9", "A24"]


def test_odd_explains_every_assumption_and_process():
    text = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
    explained = {
        number
        for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
        for number in cited(f"assumption {cell}")
    }
    missing = sorted(set(numbered()) - explained, key=order)
    assert not missing, f"docs/odd.md does not say what these are: {missing}"
    from sim.model import WEEK

    headings = re.findall(r"^#### (\w+)", text, re.MULTILINE)
    assert headings == [item.name for item in WEEK], "submodels of the ODD are the processes, in order"


def test_odd_has_its_seven_elements_and_an_equation_for_every_process():
    text = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (?:\d\. )?(.+)$", text, re.MULTILINE)
    assert found == [
        "Purpose and patterns",
        "Entities, state variables and scales",
        "Process overview and scheduling",
        "Design concepts",
        "Initialization",
        "Input data",
        "Submodels",
        "Assumptions",
    ]
    from sim.model import WEEK

    equations = text.partition("### Equations, process by process")[2].partition("## Assumptions")[0]
    named = re.findall(r"^\| `(\w+)` \|", equations, re.MULTILINE)
    assert named == [item.name for item in WEEK], "the table of equations follows the week"
    for line in equations.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        assert len(cells) in (0, 4) and all(cells[1:]), f"process, what, equation, source: {line}"
    concepts = (
        "Basic principles, Emergence, Adaptation, Objectives, Learning, Prediction, Sensing, Interaction,"
        " Stochasticity, Collectives, Observation"
    ).split(", ")
    assert [word for word in concepts if f"**{word}.**" not in text] == []
