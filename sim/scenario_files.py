"""Find scenario files, read them, and lay them over one another: `extends`, `a+b`, and dotted sets.

It yields plain content with a note of which file each key came from. Whether names exist is for
`sim.scenario_checks`.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import Fault, nearest
from sim.scenario_schema import check_shape, path_text
from sim.units import WEEKS_PER_YEAR

SET = "--set"
"""Stands for the file in faults of dotted sets."""

_NAME = re.compile(r"[A-Za-z0-9_.-]+\Z")
_RUN_KEYS = ("start", "years", "people_per_agent", "weeks")
_ONE_STEP = ("start", "end", "ramp_weeks", "intensity")


@dataclass
class Layers:
    """Content merged so far; ``origin`` maps the head of a path to the file that wrote it last."""

    content: dict[str, Any] = field(default_factory=dict)
    origin: dict[tuple[object, ...], str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    done: list[Path] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def where(self, *path: object) -> str:
        """Name file and key of a path, with the file that wrote the longest head of it."""
        heads = (path[:length] for length in range(len(path), 0, -1))
        file = next((self.origin[head] for head in heads if head in self.origin), None)
        key = path_text(tuple(part if isinstance(part, int) else str(part) for part in path))
        return f"{file}: {key}" if file else key


def package_folder() -> Path:
    """Return the folder of the scenarios that come with the package."""
    shipped = Path(__file__).parent / "_scenarios"
    return shipped if shipped.is_dir() else Path(__file__).parents[1] / "scenarios"


def folders() -> list[Path]:
    """Return where names are looked up, in order: the package, the folder one stands in, its scenarios/."""
    return [package_folder(), Path.cwd(), Path.cwd() / "scenarios"]


def scenario_files() -> dict[str, Path]:
    """Return the file of every name that can be found, sorted; the package first."""
    found: dict[str, Path] = {}
    for folder in (package_folder(), Path.cwd() / "scenarios"):
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def gather(spec: str | Path, sets: Mapping[str, object], shortcuts: Mapping[str, str]) -> Layers:
    """Read ``spec`` (NAME, path, several joined by ``+``) with its parents, then lay ``sets`` over it.

    shortcuts: bare names allowed in sets and the paths they stand for. Faults are noted, not raised.
    """
    layers = Layers()
    for part in _parts(spec):
        _add(part, layers, Path.cwd(), ())
    layers.content["title"] = " + ".join(dict.fromkeys(title for title in layers.titles if title))
    layers.content["source"] = "; ".join(dict.fromkeys(source for source in layers.sources if source))
    apply_sets(layers, sets, shortcuts)
    return layers


def spec_name(spec: str | Path) -> str:
    """Return the name by which a spec is known: stems of its files joined by ``+``."""
    return "+".join(Path(part).stem if part.endswith(".toml") else part for part in map(str, _parts(spec)))


def _parts(spec: str | Path) -> list[str]:
    text = str(spec)
    if isinstance(spec, Path) or _is_file(Path(text)):
        return [text]
    return [part.strip() for part in text.split("+")]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _find(name: str, beside: Path) -> Path | Fault:
    """Return the file of a name or path; ``beside`` is the folder of the file that extends it."""
    is_path = name.endswith(".toml") or "/" in name or "\\" in name
    if is_path:
        for path in (Path(name), beside / name):
            if _is_file(path):
                return path
        return Fault("scenario", name, "the path of a scenario file that exists")
    if _NAME.match(name):
        for folder in (*folders(), beside):
            if _is_file(folder / f"{name}.toml"):
                return folder / f"{name}.toml"
    fix = "See `contraflow scenarios list`; names are looked up in the package, then in the current folder."
    return Fault("scenario", name, "the name of a scenario, or a path", nearest(name, scenario_files()), fix)


def _add(name: str, layers: Layers, beside: Path, chain: tuple[Path, ...]) -> None:
    """Lay one file over ``layers``, its parents first; a file that is in already is not laid twice."""
    path = _find(name, beside)
    if isinstance(path, Fault):
        where = f"{chain[-1].name}: extends" if chain else path.where
        layers.faults.append(Fault(where, path.value, path.expected, path.nearest, path.fix))
        return
    path = path.resolve()
    if path in chain:
        circle = " -> ".join(link.stem for link in (*chain[chain.index(path) :], path))
        fix = "Remove one `extends` of the circle."
        layers.faults.append(Fault(f"{chain[-1].name}: extends", name, f"no cycle, but {circle}", None, fix))
        return
    if path in layers.done:
        return
    raw = _read(path, layers.faults)
    if raw is None:
        return
    content, faults = check_shape(raw, path.name)
    for parent in str(content.get("extends") or "").split("+"):
        if parent.strip():
            _add(parent.strip(), layers, path.parent, (*chain, path))
    layers.faults += faults
    layers.done.append(path)
    if not chain:
        layers.titles.append(content.get("title", ""))
        layers.sources.append(content.get("source", ""))
    lay_over(layers, content, path.name)


def _read(path: Path, faults: list[Fault]) -> dict[str, Any] | None:
    """Return the content of a TOML file, or None with a fault noted."""
    try:
        text = path.read_bytes().decode("utf-8")
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            return tomllib.loads(_impossible_dates_as_words(text))
    except UnicodeDecodeError as error:
        faults.append(Fault(path.name, error.object[error.start : error.start + 4], "a text in UTF-8"))
    except (ValueError, OSError, OverflowError) as error:
        faults.append(Fault(path.name, str(error), "a TOML file", None, "See https://toml.io for the form."))
    except RecursionError:
        faults.append(Fault(path.name, "brackets nested very deep", "a TOML file"))
    return None


def _impossible_dates_as_words(text: str) -> str:
    """Put dates that no calendar has in quotes, so that they are told beside the other faults of the file."""

    def quoted(found: re.Match[str]) -> str:
        try:
            dt.date.fromisoformat(found.group(1))
        except ValueError:
            return f'"{found.group(1)}"'
        return found.group(0)

    return re.sub(r"(?<=[=\s\[,])(\d{4}-\d{2}-\d{2})(?=[\s,\]}#]|$)", quoted, text)


def lay_over(layers: Layers, content: Mapping[str, Any], file: str) -> None:
    """Merge ``content``, which has the shape of the schema: the later file wins, key by key; events add up."""
    into, origin = layers.content, layers.origin
    for section in ("run", "parameters", "uncertain"):
        for key, value in content.get(section, {}).items():
            into.setdefault(section, {})[key] = value
            origin[(section, key)] = file
    for name, use in content.get("levers", {}).items():
        into.setdefault("levers", {}).setdefault(name, {}).update(use)
        origin.update({("levers", name): file} | {("levers", name, key): file for key in use})
    for name, use in content.get("policies", {}).items():
        held = into.setdefault("policies", {}).setdefault(name, {})
        dropped = _ONE_STEP if "steps" in use else ("steps",) if "start" in use else ()
        for key in dropped:
            held.pop(key, None)
        held.update(copy.deepcopy(use))
        origin[("policies", name)] = file
        origin.update({("policies", name, key): file for key in use})
    events = into.setdefault("events", [])
    mine = [event for event in content.get("events", []) if event not in events]
    for event in mine:
        origin[("events", len(events))] = file
        events.append(event)
    _lay_changes(layers, content, file)


def _lay_changes(layers: Layers, content: Mapping[str, Any], file: str) -> None:
    """A change replaces the parent's change of the same parameter; twice in one file is a fault."""
    changes = layers.content.setdefault("changes", [])
    seen: set[str] = set()
    for number, change in enumerate(content.get("changes", [])):
        name = change["parameter"]
        if name in seen:
            where = f"{file}: changes[{number + 1}].parameter"
            layers.faults.append(
                Fault(where, name, "one entry for a parameter", None, "Join the steps of both.")
            )
        seen.add(name)
        spot = next((i for i, held in enumerate(changes) if held["parameter"] == name), len(changes))
        changes[spot : spot + 1] = [change]
        layers.origin[("changes", spot)] = file


def apply_sets(layers: Layers, sets: Mapping[str, object], shortcuts: Mapping[str, str]) -> None:
    """Lay dotted paths over the content; text is read as TOML reads it, and as plain text where that fails."""
    fragment: dict[str, Any] = {}
    for path, value in sets.items():
        found = _set_path(str(path), shortcuts)
        if isinstance(found, Fault):
            layers.faults.append(found)
            continue
        plain = _plain(value)
        if found == ("run", "weeks"):
            found, plain = ("run", "years"), _years(plain)
        if not _put(fragment, found, plain):
            layers.faults.append(Fault(SET, path, "a path that is not part of another one that is set", None))
    content, faults = check_shape(fragment, SET, whole=False)
    content.pop("schema", None)
    layers.faults += faults
    for key in ("title", "source"):
        if key in content:
            layers.content[key] = content[key]
    lay_over(layers, content, SET)


def _put(fragment: dict[str, Any], path: tuple[str, ...], value: object) -> bool:
    """Write a value at a path of nested tables; False where a value stands in the way."""
    spot: Any = fragment
    for part in path[:-1]:
        spot = spot.setdefault(part, {})
        if not isinstance(spot, dict):
            return False
    spot[path[-1]] = value
    return True


def _set_path(path: str, shortcuts: Mapping[str, str]) -> tuple[str, ...] | Fault:
    parts = tuple(part.strip() for part in path.split("."))
    if len(parts) == 1 and parts[0] not in ("title", "source"):
        if parts[0] in _RUN_KEYS:
            return ("run", parts[0])
        if parts[0] in shortcuts:
            return tuple(shortcuts[parts[0]].split("."))
    depth = {
        "title": (1,),
        "source": (1,),
        "run": (2,),
        "parameters": (2,),
        "policies": (3, 4),
        "uncertain": (3,),
        "levers": (3,),
    }
    if len(parts) in depth.get(parts[0], ()) and all(parts):
        return parts
    expected = (
        "run.KEY, parameters.NAME, policies.NAME.KEY, levers.NAME.KEY, uncertain.NAME.KEY, or a parameter"
    )
    known = [*shortcuts, *_RUN_KEYS, *depth]
    fix = "Events and changes belong in a file that extends this scenario."
    return Fault(SET, path, expected, nearest(path if len(parts) == 1 else parts[0], known), fix)


def _years(weeks: object) -> object:
    return weeks / WEEKS_PER_YEAR if isinstance(weeks, int) and not isinstance(weeks, bool) else weeks


def _plain(value: object) -> object:
    """Return a value as TOML would give it; text is parsed where it can be."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if not isinstance(value, str):
        return list(value) if isinstance(value, tuple) else value
    try:
        read = tomllib.loads(f"x = {value}")
    except (ValueError, RecursionError):
        return value
    return read["x"] if set(read) == {"x"} else value
