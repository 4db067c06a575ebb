"""Commands on scenario files: show, check, diff, schema."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.lab import runs

Spec = Annotated[str, typer.Argument(help="A name, a path, or several merged with +.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def title(path: Path) -> str:
    """Title that a scenario file gives itself."""
    return str(_read(path).get("title", ""))


def _load(spec: str) -> Any:
    return runs.resolve(runs.LOADER)(spec)


def show(spec: Spec, as_json: AsJson = False) -> None:
    """Print a scenario as resolved, with all that its parents say.

    Example: contraflow scenarios show status_quo+kingpin
    """
    text = _load(spec).to_toml()
    print(json.dumps(tomllib.loads(text), indent=1, default=str) if as_json else text.rstrip())


def check(file: Annotated[list[str], typer.Argument(help="Scenario files, names, or sums with +.")]) -> None:
    """Check scenario files; all faults of a file are listed, and the exit code is 2 if there is any.

    Example: contraflow scenarios check my_scenario.toml
    """
    from sim.errors import InputError

    faults = []
    for spec in file:
        try:
            scenario = _load(spec)
        except InputError as error:
            faults += error.faults
        else:
            print(f"{spec}: in order ({scenario.n_weeks} weeks, {len(scenario.policies)} policies)")
    if faults:
        raise InputError(faults)


def diff(first: Spec, second: Spec, as_json: AsJson = False) -> None:
    """Print every value that differs between two scenarios as resolved.

    Example: contraflow scenarios diff status_quo kingpin
    """
    rows = [
        {"path": path, first: one, second: other} for path, one, other in _load(first).diff(_load(second))
    ]
    if as_json:
        print(json.dumps(rows, indent=1, default=str))
    elif not rows:
        print("no difference")
    else:
        for row in rows:
            print(f"{row['path']}: {_said(row[first])} -> {_said(row[second])}")


def _said(value: object) -> str:
    return "absent" if value is None else str(value)


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example: contraflow scenarios schema > scenario.schema.json
    """
    from sim.scenario import json_schema

    print(json.dumps(json_schema(), indent=1))


def add_to(group: typer.Typer) -> None:
    """Add the commands that only scenarios have."""
    group.command("check")(check)
    group.command("diff")(diff)
    group.command("schema")(schema)
