"""Experiment files: which scenarios to run, how often, against which baseline. Reading only.

::

    schema = 1
    name = "four_policies"
    scenarios = ["status_quo", "kingpin", "status_quo+demand_reduction"]
    replicates = 8
    seed = 1
    weeks = 313                 # optional: overrides the scenarios' own length
    baseline = "status_quo"     # optional
    [set]                       # optional: dotted paths, set in every scenario
    "run.people_per_agent" = 1000
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError, nearest
from sim.lab.manifest import package_root

KINDS: dict[str, tuple[type, str]] = {
    "schema": (int, "1"),
    "name": (str, "a word, the name of the folder of results"),
    "title": (str, "a text"),
    "scenarios": (list, "a list of names or paths of scenarios"),
    "replicates": (int, "a whole number of at least 1"),
    "seed": (int, "a whole number of at least 0"),
    "weeks": (int, "a whole number of at least 1"),
    "baseline": (str, "the name of one of the scenarios"),
    "set": (dict, "a table of dotted paths and values"),
}


def folders() -> list[Path]:
    """Where experiments are looked for by name: the package, the repository, then where one stands."""
    root = package_root()
    return [root / "_experiments", root.parent / "experiments", Path("experiments"), Path()]


def find(name: str) -> Path | None:
    """The file of an experiment, by path or by name; None if there is none of that name."""
    given = Path(name)
    if given.suffix == ".toml":
        return given if given.is_file() else None
    return next((path for folder in folders() if (path := folder / f"{name}.toml").is_file()), None)


def is_experiment(path: Path) -> bool:
    """True if the file is an experiment rather than a scenario: it lists scenarios."""
    try:
        return "scenarios" in tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def is_sweep(path: Path) -> bool:
    """True if the file says that it is a sweep, which `sim.lab.design` reads."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("kind") == "sweep"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def read(path: Path) -> dict[str, Any]:
    """Options of `batch` as the file gives them. Raises InputError listing every fault."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError([Fault(path.name, str(error), "a readable TOML file in UTF-8")]) from error
    faults = []
    for key, value in content.items():
        if key not in KINDS:
            faults.append(
                Fault(f"{path.name}: {key}", value, f"one of {', '.join(KINDS)}", nearest(key, KINDS))
            )
            continue
        kind, expected = KINDS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            faults.append(Fault(f"{path.name}: {key}", value, expected))
    if content.get("schema", 1) != 1:
        faults.append(Fault(f"{path.name}: schema", content["schema"], "1"))
    named = content.get("scenarios", [])
    if isinstance(named, list) and (not named or not all(isinstance(item, str) for item in named)):
        faults.append(Fault(f"{path.name}: scenarios", named, KINDS["scenarios"][1]))
    if faults:
        raise InputError(faults)
    options = {
        key: value for key, value in content.items() if key in ("replicates", "seed", "weeks", "baseline")
    }
    return {
        "scenarios": named,
        "name": content.get("name", path.stem),
        "sets": content.get("set", {}),
        **options,
    }


def parse_sets(texts: Sequence[str]) -> dict[str, object]:
    """`path=value` texts as a mapping; a value is read as TOML (number, date, list, true) or else as a word."""
    found: dict[str, object] = {}
    faults = []
    for text in texts:
        path, sign, value = text.partition("=")
        if not sign or not path.strip():
            faults.append(Fault("--set", text, "dotted.path=value", fix="for example --set run.years=5"))
            continue
        found[path.strip()] = _value(value.strip())
    if faults:
        raise InputError(faults)
    return found


def _value(text: str) -> object:
    try:
        value: object = tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text
    return value


def merged(options: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the file, overridden by those given on the command line (None: not given)."""
    return {**options, **{key: value for key, value in given.items() if value is not None}}
