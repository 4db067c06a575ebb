"""Write the reference pages of `docs/` from the code: parameters, policies, outcomes, the week, levers, assumptions.

Everything here is read from tables, registries and docstrings, so that a page cannot say what the code does not.
`python -m sim.lab.docs docs` writes the pages; nothing is simulated and the same code gives the same bytes.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sim.catalogue import FAMILIES, Event, Policy, events, policies
from sim.levers import LEVERS, Lever
from sim.outcome import load_outcomes
from sim.parameters import Parameter, parameter_table
from sim.state.run import Process

PACKAGE = Path(__file__).resolve().parent.parent
BANNER = "Written by `contraflow docs` from the code: change the code, not this page."
CODE = r"[A-Z](?:-[A-Z])?\d{1,3}"
LISTED = re.compile(
    rf"[Aa]ssumptions? ({CODE}(?:(?:, | and | to |, and ){CODE})*)|\b(A(?:-[A-Z])?\d{{1,3}})\b"
)
"""Numbers after the word assumption, in any series, and A-numbers anywhere."""
LABEL = re.compile(rf"({CODE}):")
"""A number at the head of the note of a parameter."""


def write_docs(folder: Path | str) -> list[Path]:
    """Write every page into `folder` (made if missing) and return the paths, in the order of `PAGES`."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (title, page) in PAGES.items():
        path = target / f"{name}.md"
        text = f"# {title}\n\n{BANNER}\n\n{page().strip()}\n"
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; cells are made one line, and bars in them escaped."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


# Parameters and assumptions


def _by_file() -> dict[str, list[Parameter]]:
    """Parameters by the file they are in, both sorted by name."""
    found: dict[str, list[Parameter]] = {}
    for row in sorted(parameter_table().values(), key=lambda item: (item.file, item.name)):
        found.setdefault(row.file, []).append(row)
    return found


def _range(row: Parameter) -> str:
    return " or ".join(row.choices) if row.is_switch else f"{_number(row.low)} to {_number(row.high)}"


def _parameters() -> str:
    """Every parameter, by file."""
    intro = (
        "Each can be set in a scenario (`[parameters]`), changed at a date (`[[changes]]`) and swept. Rates per year"
        " become rates per week when the table is read. Confidence: `data` computed from a data file, `page` read on"
        " a page, `seed` stated in a policy paper, `derived` worked out from others, `memory` not checked,"
        " `assumed` a choice."
    )
    parts = [intro]
    for file, rows in _by_file().items():
        header = ("name", "unit", "default", "range", "meaning", "source", "confidence")
        cells = (
            (f"`{r.name}`", r.unit, _number(r.default), _range(r), r.note, r.source, r.confidence)
            for r in rows
        )
        parts.append(f"## {file}\n\n{table(header, cells)}")
    return "\n\n".join(parts)


def _assumptions() -> str:
    """Parameters that are assumed, counted by file, and the numbered assumptions with where they stand."""
    files = _by_file()
    counts = []
    for file, rows in files.items():
        assumed = [row.name for row in rows if row.confidence == "assumed"]
        counts.append((file, len(rows), len(assumed), ", ".join(f"`{name}`" for name in assumed)))
    total = (
        "all",
        sum(len(rows) for rows in files.values()),
        sum(row.confidence == "assumed" for rows in files.values() for row in rows),
        "",
    )
    places = (
        (number, "; ".join(where)) for number, where in sorted(numbered().items(), key=lambda i: order(i[0]))
    )
    return (
        "What each number means is in `odd.md`.\n\n## Parameters that are assumed\n\n"
        + table(("file", "parameters", "assumed", "which"), [*counts, total])
        + "\n## Numbered assumptions\n\n"
        + table(("number", "where"), places)
    )


def numbered() -> dict[str, list[str]]:
    """Where each numbered assumption is cited: in docstrings, in sources of policies and in the parameter files."""
    found: dict[str, list[str]] = {}
    for module, text in _docstrings():
        for number in cited(text):
            found.setdefault(number, []).append(f"`{module}`")
    for file, rows in _by_file().items():
        for row in rows:
            for number in LABEL.findall(row.note) + cited(f"{row.note} | {row.source}"):
                found.setdefault(number, []).append(f"{file}: `{row.name}`")
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
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                name = module if isinstance(node, ast.Module) else f"{module}.{node.name}"
                found.append((name, ast.get_docstring(node) or ""))
            elif isinstance(node, ast.Constant) and str(node.value).startswith("assumption"):
                found.append((module, str(node.value)))
    return found


# The catalogue


def _catalogue() -> str:
    """Policies by family, then events."""
    _load_behaviour()
    parts = ["Intensity is from -1 (withdraw what exists) to 1 (the most that was ever seriously proposed)."]
    found = policies()
    for letter, family in FAMILIES.items():
        of_family = [_policy(cls()) for cls in found.values() if cls.family == letter]
        if of_family:
            parts += [f"## {letter}. {family}", *of_family]
    parts.append("## Events\n\nThings that happen at a date whatever the policy.")
    parts += [_event(cls()) for cls in events().values()]
    return "\n\n".join(parts)


def _policy(policy: Policy) -> str:
    now, full = policy.cost_usd_per_year
    where = ", ".join(policy.where_axes) or "everywhere"
    rows = [
        ("what", _first_line(policy)),
        ("levers", ", ".join(f"`{name}`" for name in pressed(policy))),
        (
            "cost",
            f"{now / 1e6:,.4g} million USD a year in the status quo, {full / 1e6:,.4g} at full strength",
        ),
        ("delay", f"{policy.delay_weeks:g} weeks until 63 % of the money is capacity"),
        ("trade-off", policy.tradeoff),
        ("country", {"MX": "Mexico", "US": "United States"}.get(policy.country, policy.country)),
        ("where", where),
        ("excludes", ", ".join(policy.excludes) or "nothing"),
        ("papers", ", ".join(policy.papers) or "ours"),
        ("source", policy.source),
    ]
    text = f"### `{policy.name}`: {policy.title}\n\n{table(('', ''), rows)}"
    if policy.parameters:
        own = (
            (f"`{name}`", item.unit, _number(item.default), f"{item.low:g} to {item.high:g}", item.source)
            for name, item in sorted(policy.parameters.items())
        )
        text += "\n" + table(("its own parameter", "unit", "default", "range", "source"), own)
    return text


def pressed(policy: Policy) -> list[str]:
    """Names of the levers a policy presses at either end, sorted."""
    own = {name: item.default for name, item in policy.parameters.items()}
    return sorted({press.lever for x in (1.0, -1.0) for press in policy.press(x, own, {})})


def _event(event: Event) -> str:
    rows = (
        (f"`{name}`", item.kind, "" if item.default is None else item.default, item.required, item.doc)
        for name, item in event.fields.items()
    )
    header = ("field", "kind", "default", "required", "meaning")
    return f"### `{event.kind}`: {event.title}\n\n{_first_line(event)} Source: {event.source}.\n\n{table(header, rows)}"


def _first_line(item: object) -> str:
    """First sentence of the docstring of a class, or of its module where the class has none."""
    doc = type(item).__doc__ or sys.modules[type(item).__module__].__doc__ or ""
    return _sentence(doc)


def _sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]


# Outcomes, levers and the week


def _outcomes() -> str:
    """The dictionary of outcomes by family."""
    parts = [
        "`true` is the state of the model, which only the analyst knows; `seen` is what a government could observe."
        " A year of a weekly outcome is the sum, mean or last value of its weeks. Headlines are marked with *."
    ]
    families: dict[str, list[tuple[object, ...]]] = {}
    for item in load_outcomes().values():
        name = f"`{item.name}`" + (" *" if item.headline else "")
        row = (name, item.level, item.unit, item.sees, item.country, item.total, item.better or "", item.doc)
        families.setdefault(item.family, []).append(row)
    header = ("name", "by", "unit", "sees", "country", "year", "better", "meaning")
    parts += [f"## {family.capitalize()}\n\n{table(header, rows)}" for family, rows in families.items()]
    return "\n\n".join(parts)


def _levers() -> str:
    """Every lever with bounds, the process that reads it and the policies that press it."""
    _load_behaviour()
    by_lever: dict[str, list[str]] = {}
    for name, cls in policies().items():
        for lever in pressed(cls()):
            by_lever.setdefault(lever, []).append(f"`{name}`")
    rows = (_lever(LEVERS[name], by_lever.get(name, [])) for name in sorted(LEVERS))
    return (
        "Policies press levers and nothing else: value = bound((base + sum of adds) x product of scales), then"
        " floors, then caps. The base is the status quo.\n\n"
        + table(("lever", "unit", "by", "bounds", "read by", "pressed by", "meaning"), rows)
    )


def _lever(item: Lever, by: Sequence[str]) -> tuple[object, ...]:
    axes = " x ".join(item.axes) or "one number"
    bounds = f"{item.low:g} to {item.high:g}"
    return f"`{item.name}`", item.unit, axes, bounds, item.reader, ", ".join(by) or "none yet", item.doc


def _week() -> str:
    """The processes of the week in order: what each does, reads, writes, and stands on."""
    from sim.model import WEEK

    header = ("", "process", "what it does", "reads", "levers", "writes", "accounts")
    rows = ((i, *_row(item)) for i, item in enumerate(WEEK, 1))
    parts = [
        "`contraflow week` prints this list. After each process the ledger counts the accounts in the last column"
        " again; a difference stops the run.\n\n" + table(header, rows)
    ]
    parts += [_process(item) for item in WEEK]
    return "\n\n".join(parts)


def _row(item: Process) -> tuple[str, ...]:
    """One process in the table of the week; levers are those that name it as their reader."""
    levers = [name for name in sorted(LEVERS) if item.name in LEVERS[name].reader.split(", ")]
    reads = [name for name in item.reads if name.removeprefix("lever ") not in LEVERS]
    what = _sentence(item.doc.partition("Source:")[0])
    return (
        f"[`{item.name}`](#{item.name})",
        what,
        *map(", ".join, (reads, levers, item.writes, item.accounts)),
    )


def _process(item: Process) -> str:
    what, _, source = item.doc.partition("Source:")
    text = f"## {item.name}\n\n{what.strip()}"
    return f"{text}\n\nSource: {source.strip()}" if source else text


def _load_behaviour() -> None:
    """Import what declares levers: every module of the week, of the agents and of the state."""
    for package in ("sim.state", "sim.agents", "sim.week"):
        folder = importlib.import_module(package)
        for module in pkgutil.walk_packages(folder.__path__, f"{package}."):
            importlib.import_module(module.name)


PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "parameters": ("Parameters", _parameters),
    "catalogue": ("Policies and events", _catalogue),
    "outcomes": ("Outcomes", _outcomes),
    "week": ("The week", _week),
    "levers": ("Levers", _levers),
    "assumptions": ("Assumptions", _assumptions),
}
"""File name, title and maker of every page."""


if __name__ == "__main__":
    for page in write_docs(sys.argv[1] if len(sys.argv) > 1 else "docs"):
        print(page)
