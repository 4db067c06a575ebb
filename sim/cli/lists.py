"""Commands that list what there is: scenarios, policies, events, parameters, outcomes. Everything is discovered."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from sim.cli import scenarios
from sim.cli.reading import first_line

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Its name.")]
Row = dict[str, Any]
"""What is known of one thing: name first; `list` prints the fields named in its Kind, `show` all."""


def groups() -> dict[str, typer.Typer]:
    """The five groups of commands by name."""
    made = {kind: _group(kind, words, columns, rows) for kind, (words, columns, rows) in KINDS.items()}
    scenarios.add_to(made["scenarios"])
    return made


def _group(kind: str, words: str, columns: tuple[str, ...], rows: Callable[[], list[Row]]) -> typer.Typer:
    group = typer.Typer(help=words, no_args_is_help=True)

    def show_list(as_json: AsJson = False) -> None:
        found = rows()
        if as_json:
            print(json.dumps([plain(row) for row in found], indent=1, default=str))
        else:
            print_table(found, columns)

    def show_one(name: Name, as_json: AsJson = False) -> None:
        row = one(kind, name, rows())
        if as_json:
            print(json.dumps(plain(row), indent=1, default=str))
        else:
            print_one(row)

    show_list.__doc__ = f"List the {kind}.\n\nExample: contraflow {kind} list --json"
    show_one.__doc__ = f"Show one of the {kind}.\n\nExample: contraflow {kind} show NAME"
    group.command("list")(show_list)
    group.command("show")(scenarios.show if kind == "scenarios" else show_one)
    return group


def one(kind: str, name: str, rows: list[Row]) -> Row:
    """The row of that name. Raises InputError with the nearest name."""
    from sim.errors import Fault, InputError, nearest

    named = {str(row["name"]): row for row in rows}
    if name not in named:
        fix = f"see contraflow {kind} list"
        raise InputError([Fault(kind, name, f"one of the {len(named)} {kind}", nearest(name, named), fix)])
    return named[name]


def plain(value: Any) -> Any:
    """A value as JSON can hold it: objects become their fields, classes and functions their names."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if callable(value):
        return getattr(value, "__name__", str(value))
    if hasattr(value, "__dataclass_fields__"):
        return {key: plain(getattr(value, key)) for key in value.__dataclass_fields__}
    return value


def print_table(rows: list[Row], columns: tuple[str, ...]) -> None:
    """Print columns side by side, the last one as long as it is."""
    if not rows:
        print("none")
        return
    text = [[_short(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(column), *(len(line[i]) for line in text)) for i, column in enumerate(columns)]
    for line in [list(columns), *text]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "-" if value in (None, "") else str(value)


def print_one(row: Row) -> None:
    """Print every field on a line of its own, tables indented."""
    for key, value in row.items():
        held = plain(value)
        if isinstance(held, dict) and held:
            print(f"{key}:")
            for name, item in held.items():
                print(
                    f"  {name}: {', '.join(f'{k} {v}' for k, v in item.items()) if isinstance(item, dict) else item}"
                )
        else:
            print(f"{key}: {', '.join(map(str, held)) if isinstance(held, list) else _short(held)}")


def _file(item: Any) -> str:
    """Where a thing is defined, from the package on."""
    return str(item.__module__).replace(".", "/") + ".py"


def policy_rows() -> list[Row]:
    """Every policy of the catalogue, by family and name."""
    from sim.catalogue import FAMILIES, policies

    rows = []
    for name, policy in policies().items():
        row: Row = {"name": name, "family": policy.family, "title": policy.title}
        row |= {"family_title": FAMILIES.get(policy.family, ""), "about": inspect.getdoc(policy) or ""}
        for key in (
            "tradeoff", "papers", "country", "cost_usd_per_year", "delay_weeks", "source", "where_axes", "parameters",
            "excludes",
        ):  # fmt: skip
            row[key] = getattr(policy, key, None)
        rows.append({**row, "file": _file(policy)})
    return sorted(rows, key=lambda row: (row["family"], row["name"]))


def event_rows() -> list[Row]:
    """Every kind of event."""
    from sim.catalogue import events

    return [
        {
            "name": kind,
            "title": event.title,
            "about": inspect.getdoc(event) or "",
            "fields": event.fields,
            "source": event.source,
            "file": _file(event),
        }
        for kind, event in events().items()
    ]


def parameter_rows() -> list[Row]:
    """Every row of the typed table, in the units of its file."""
    from sim.parameters import parameter_table

    return [plain(row) for row in parameter_table().values()]


def outcome_rows() -> list[Row]:
    """Every declared outcome."""
    from sim.outcome import load_outcomes

    rows = []
    for item in load_outcomes().values():
        row = {key: value for key, value in plain(item).items() if key not in ("fn", "part")}
        rows.append({**row, "meaning": first_line(item.doc), "file": _file(item.fn)})
    return rows


def scenario_rows() -> list[Row]:
    """Every scenario that is found by name."""
    from sim.scenario_files import scenario_files

    found = scenario_files().items()
    return [{"name": name, "title": scenarios.title(path), "file": path.name} for name, path in found]


KINDS: dict[str, tuple[str, tuple[str, ...], Callable[[], list[Row]]]] = {
    "scenarios": ("Scenarios: what is compared.", ("name", "title"), scenario_rows),
    "policies": ("Policies: what can be toggled.", ("name", "family", "file", "title"), policy_rows),
    "events": ("Events: what happens whatever the policy.", ("name", "file", "title"), event_rows),
    "parameters": (
        "Parameters: every number of the model, with its source.",
        ("name", "default", "low", "high", "unit", "confidence"),
        parameter_rows,
    ),
    "outcomes": (
        "Outcomes: what is measured.",
        ("name", "level", "country", "unit", "total", "sees", "headline", "meaning"),
        outcome_rows,
    ),
}
