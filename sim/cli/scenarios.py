"""Commands on scenario files: show, check, diff, schema, and where scenarios are found by name."""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.lab import runs
from sim.lab.manifest import package_root

Spec = Annotated[str, typer.Argument(help="A name, a path, or several merged with +.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def folders() -> list[Path]:
    """Where scenarios are found by name: the package, the repository, then the folder one stands in."""
    root = package_root()
    return [root / "_scenarios", root.parent / "scenarios", Path("scenarios"), Path()]


def files() -> dict[str, Path]:
    """Scenario files by name, sorted; the first folder that has a name gives it."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.glob("*.toml")):
            if folder != Path() or _is_scenario(path):
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _is_scenario(path: Path) -> bool:
    return bool({"extends", "run", "policies"} & _read(path).keys())


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


def diff(first: Spec, second: Spec) -> None:
    """Print what differs between two scenarios as resolved.

    Example: contraflow scenarios diff status_quo kingpin
    """
    texts = [_load(spec).to_toml().splitlines() for spec in (first, second)]
    lines = list(difflib.unified_diff(*texts, fromfile=first, tofile=second, lineterm="", n=1))
    print("\n".join(lines) if lines else "no difference")


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example: contraflow scenarios schema > scenario.schema.json
    """
    from sim.scenario import schema as json_schema

    print(json.dumps(json_schema(), indent=1))


def add_to(group: typer.Typer) -> None:
    """Add the commands that only scenarios have."""
    group.command("check")(check)
    group.command("diff")(diff)
    group.command("schema")(schema)
