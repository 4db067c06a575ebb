"""Findings about patterns: measured in parallel, kept in the folder of results, told misses first.

A pattern that was measured is kept with a digest of the code and data that made its numbers; a killed run loses only
the patterns that were open. What a pattern is and how it is judged is in `sim.lab.patterns`.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import re
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError, nearest
from sim.lab import manifest
from sim.lab.batch import Progress, cores
from sim.lab.cluster import spread
from sim.lab.levels import number
from sim.lab.patterns import Finding, Pattern, measure, patterns
from sim.lab.patterns._pattern import MOST_NULLS, NULL_TRIALS, interval

NAME, SCHEMA = "patterns.json", 1
OUTSIDE, KINDS = (
    ("lab/", "plots/", "web/", "cli/", "data/validation/", "_scenarios/"),
    {".py", ".csv", ".toml", ".json"},
)
"""Parts of the package that make no number of a pattern, its own files apart; kinds of files that do."""
IMPORTED = re.compile(r"^from sim\.lab\.patterns\.(\w+) import", re.MULTILINE)
ORDER = ("failed", "misses", "reported", "holds")
"""Verdicts in the order in which they are shown."""
Record = dict[str, Any]


def measure_patterns(
    names: Sequence[str],
    folder: str | Path,
    *,
    jobs: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> list[Record]:
    """Measure patterns (all if none is named) and keep what was found in the folder; returns all that it holds.

    With `resume` those measured by the same code are kept as they are. Raises InputError for an unknown name, or where
    one is measured already and `resume` is not set.
    """
    target, told = Path(folder), progress or Progress()
    chosen = _chosen(names)
    kept = {record["name"]: record for record in read(target)}
    if not resume and (again := [name for name in chosen if name in kept]):
        fix = "keep what the same code measured with --resume, or choose another folder"
        raise InputError([Fault("--patterns", ", ".join(again), f"not yet in {target / NAME}", fix=fix)])
    fresh = [name for name in chosen if not _current(kept.get(name))]
    told.total = len(chosen)
    told.ended |= set(chosen) - set(fresh)
    target.mkdir(parents=True, exist_ok=True)
    n_jobs = min(cores() if jobs is None else jobs, max(1, len(fresh)))
    for name, record, error in spread(measure_one, fresh, jobs=n_jobs):
        kept[name] = record if record is not None else _head(patterns()[name]) | _failed(str(error))
        _write(target, kept)
        told.tell(name, kept[name]["verdict"] == "failed")
    return ordered(list(kept.values()))


def _chosen(names: Sequence[str]) -> list[str]:
    known = patterns()
    faults = [
        Fault("--patterns", name, "the name of a pattern", nearest=nearest(name, known)) for name in names
        if name not in known
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    return list(names) or list(known)


def _current(record: Record | None) -> bool:
    """Whether a record was made by the code and data of now, and did not fail."""
    if record is None or record["verdict"] == "failed" or record["name"] not in patterns():
        return False
    return bool(record["code"]["digest"] == digest(patterns()[record["name"]]))


def measure_one(name: str) -> Record:
    """Measure one pattern; a failure is a record with its traceback."""
    began, pattern = time.perf_counter(), patterns()[name]
    try:
        found = _data(measure(pattern))
    except Exception:
        found = _failed(traceback.format_exc())
    return _head(pattern) | found | {"seconds": round(time.perf_counter() - began, 1)}


def _head(pattern: Pattern) -> Record:
    code = manifest.code()
    return {
        "number": pattern.number,
        "name": pattern.name,
        "title": pattern.title,
        "mechanism": pattern.mechanism,
        "knocked_out_by": pattern.knocked_out_by,
        "rule": pattern.rule,
        "history": pattern.history,
        "reported": pattern.reported,
        "seeds": list(pattern.seeds),
        "null_seeds": [] if pattern.reported else list(pattern.null_seeds),
        "code": {"digest": digest(pattern), **{key: code[key] for key in ("version", "commit", "dirty")}},
    }


def _failed(error: str) -> Record:
    empty: Record = {"effect": {}, "knock_out": {}, "nulls": None, "table": [], "error": error}
    return empty | {"verdict": "failed"}


def _data(found: Finding) -> Record:
    judged = not found.pattern.reported
    return {
        "effect": {name: _estimate(values) for name, values in found.effect_values.items()},
        "knock_out": {name: _estimate(values) for name, values in found.knock_out_values.items()},
        "nulls": {"held": int(found.nulls), "trials": NULL_TRIALS, "most": MOST_NULLS} if judged else None,
        "rule_holds": bool(found.holds) if judged else None,
        "knock_out_holds": bool(found.knock_out_holds) if judged else None,
        "verdict": found.verdict,
        "table": [{key: _plain(value) for key, value in row.items()} for row in found.table],
        "error": None,
    }


def _estimate(values: Sequence[float]) -> Record:
    """Mean and 90 % interval over replicates, and the replicates."""
    mean, low, high = interval(values)  # type: ignore[arg-type]
    numbers = [_plain(value) for value in values]
    return {"mean": _plain(mean), "low": _plain(low), "high": _plain(high), "values": numbers}


def _plain(value: Any) -> Any:
    """Plain data: numbers of numpy as numbers, None where there is none."""
    item = value.item() if hasattr(value, "item") else value
    return None if isinstance(item, float) and not math.isfinite(item) else item


def digest(pattern: Pattern) -> str:
    """Digest of what makes the numbers of a pattern: model, data, scenario, its file and the files it shares."""
    total = hashlib.sha256(_model_digest().encode())
    for path in _own_files(Path(inspect.getfile(type(pattern)))):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def _own_files(start: Path) -> list[Path]:
    """A pattern's file, what it imports from the folder of patterns, and so on, by name."""
    found, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        names = IMPORTED.findall(path.read_text(encoding="utf-8"))
        waiting += [start.with_name(f"{name}.py") for name in names]
    return sorted(found)


@cache
def _model_digest() -> str:
    from sim.scenario import load

    root, total = manifest.package_root(), hashlib.sha256(load("status_quo").hash.encode())
    for path in sorted(root.rglob("*"), key=lambda item: item.relative_to(root).as_posix()):
        place = path.relative_to(root).as_posix()
        if path.is_file() and path.suffix in KINDS and not place.startswith(OUTSIDE):
            total.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


# Stored findings


def read(folder: str | Path) -> list[Record]:
    """What a folder of results holds about patterns, misses first; empty if nothing."""
    path = Path(folder) / NAME
    if not path.is_file():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("schema") != SCHEMA:
        raise InputError([Fault(str(path), content.get("schema"), f"findings of schema {SCHEMA}")])
    return ordered(content["patterns"])


def _write(folder: Path, kept: Mapping[str, Record]) -> None:
    rows = sorted(kept.values(), key=lambda record: (record["number"], record["name"]))
    manifest.write_text(folder / NAME, json.dumps({"schema": SCHEMA, "patterns": rows}, indent=1) + "\n")


def ordered(records: Sequence[Record]) -> list[Record]:
    """Failed and missed first, then those without a pass mark, then those that hold; by number within."""
    return sorted(
        records, key=lambda record: (ORDER.index(record["verdict"]), record["number"], record["name"])
    )


def told(estimates: Mapping[str, Record]) -> str:
    """Means with their intervals as text."""
    parts = []
    for name, item in estimates.items():
        mean = math.nan if item["mean"] is None else item["mean"]
        ends = "" if item["low"] is None else f" ({number(item['low'])} to {number(item['high'])})"
        parts.append(f"{name.replace('_', ' ')} {number(mean)}{ends}")
    return "; ".join(parts) or "-"


def nulls_told(record: Record) -> str:
    """How often the rule held for the null arm, as text."""
    return "-" if record["nulls"] is None else f"{record['nulls']['held']} of {record['nulls']['trials']}"


def why(record: Record) -> str:
    """Verdict in words: of a miss, what failed."""
    if record["verdict"] != "misses":
        return str(record["verdict"])
    faults = [
        word
        for word, bad in (
            ("rule not met", not record["rule_holds"]),
            ("null arm", record["nulls"]["held"] > record["nulls"]["most"]),
            ("knock-out does not remove it", record["knock_out_holds"]),
        )
        if bad
    ]
    return f"misses: {', '.join(faults)}"


def draw(folder: Path, records: Sequence[Record]) -> Path:
    """Draw patterns.png into the figures of a folder, misses first."""
    from sim.plots import _patterns

    note = (
        "Each pattern's rule and replicates were written before its first run; it holds if its rule holds, the null arm"
        " fails it and the knock-out removes it. Reported ones have no pass mark. Misses first."
    )
    return _patterns.draw(ordered(records), summary(records), note, folder / "figures")


def print_patterns(records: Sequence[Record], console: Any) -> None:
    """A table of patterns, misses first, and how many hold."""
    from rich.table import Table

    grid = Table(title="Patterns", title_justify="left", box=None, pad_edge=False)
    for name in ("", "pattern", "verdict", "effect", "knocked out", "nulls"):
        grid.add_column(name, no_wrap=name in ("", "pattern", "nulls"))
    for record in ordered(records):
        colour = "bold dark_orange" if record["verdict"] in ("failed", "misses") else "dim"
        grid.add_row(
            str(record["number"] or ""), record["name"], why(record), told(record["effect"]),
            told(record["knock_out"]), nulls_told(record), style=colour if console.is_terminal else "",
        )  # fmt: skip
    console.print(grid)
    console.print(summary(records), markup=False, highlight=False, soft_wrap=True)


def summary(records: Sequence[Record]) -> str:
    """How many patterns hold, miss, and have no pass mark."""
    count = {word: sum(record["verdict"] == word for record in records) for word in ORDER}
    judged = len(records) - count["reported"]
    failed = f" {count['failed']} could not be measured." if count["failed"] else ""
    return f"{count['holds']} of {judged} patterns with a pass mark hold; {count['reported']} are reported.{failed}"
