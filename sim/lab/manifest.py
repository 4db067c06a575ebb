"""The manifest of a store: what was asked for, with which code and packages, what became of each run.

Everything that may differ between two makings of the same experiment (command, times, jobs) is under `made`; the
rest is the same bytes. No machine path is written.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAME = "manifest.json"
SCHEMA = 1
PACKAGES = ("numpy", "scipy", "pandas", "numba", "mesa", "duckdb", "dask", "distributed", "pydantic")


def package_root() -> Path:
    """The folder of the `sim` package."""
    return Path(__file__).resolve().parent.parent


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(package_root()), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def source_digest() -> str:
    """Digest of the package's code and data (not the lab's drawing, pages and commands), so of what makes numbers."""
    root = package_root()
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*"), key=lambda item: item.relative_to(root).as_posix()):
        place = path.relative_to(root).as_posix()
        if not path.is_file() or path.suffix not in {".py", ".csv", ".toml", ".json"}:
            continue
        if place.startswith(("plots/", "web/", "cli", "_scenarios/")):
            continue
        digest.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def version() -> str:
    """Version of the installed package, or "unknown"."""
    try:
        return importlib.metadata.version("contraflow")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def code() -> dict[str, Any]:
    """Version, commit and dirty flag where git knows the package, and the digest of its source."""
    tracked = _git("ls-files", "--error-unmatch", str(Path(__file__).resolve())) is not None
    state = _git("status", "--porcelain", "--", str(package_root())) if tracked else None
    return {
        "version": version(),
        "commit": _git("rev-parse", "HEAD") if tracked else None,
        "dirty": bool(state) if state is not None else None,
        "source_sha256": source_digest(),
    }


def packages() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def command_line(arguments: Sequence[str] | None = None) -> str:
    """The command as typed, with the program's name instead of its path."""
    parts = list(sys.argv if arguments is None else arguments)
    return " ".join(["contraflow", *parts[1:]]) if parts else "contraflow"


def now() -> str:
    """UTC time to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def new(
    experiment: Mapping[str, Any], runs: Sequence[Mapping[str, Any]], jobs: int, command: str
) -> dict[str, Any]:
    """The manifest of a store that is about to be filled."""
    return {
        "schema": SCHEMA,
        "experiment": dict(experiment),
        "seeds": sorted({int(run["seed"]) for run in runs}),
        "code": code(),
        "packages": packages(),
        "runs": [dict(run) for run in runs],
        "files": {},
        "made": {"command": command, "jobs": jobs, "started": now(), "ended": None, "seconds_by_run": {}},
    }


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest whole or not at all."""
    write_text(folder / NAME, json.dumps(content, indent=1, default=str) + "\n")


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a store."""
    content: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return content


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name beside it, then rename."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)


def hashes(folder: Path, places: Sequence[str]) -> dict[str, str]:
    """sha256 of each file, by its place in the folder."""
    return {place: hashlib.sha256((folder / place).read_bytes()).hexdigest() for place in sorted(places)}
