"""The cache of states after the spin-up, in the user's cache folder, keyed by everything that could change them.

CONTRAFLOW_CACHE names another folder, or `off`. A damaged file is as good as none.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

LIMIT_BYTES = 3 * 2**30


def folder() -> Path | None:
    """Where states are kept, or None when the cache is off."""
    chosen = os.environ.get("CONTRAFLOW_CACHE", "")
    if chosen.lower() == "off":
        return None
    return Path(chosen or platformdirs.user_cache_dir("contraflow")) / "spin-up"


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Hash of the code and data a run depends on, and of what compiles and computes it."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        part = path.relative_to(package).parts[0]
        if path.suffix in {".py", ".csv"} and part not in {
            "lab",
            "plots",
            "web",
            "cli",
            "cli.py",
            "outcomes",
        }:
            digest.update(str(path.relative_to(package)).encode())
            digest.update(path.read_bytes())
    digest.update(f"{np.__version__} {platform.machine()} {platform.python_version()}".encode())
    return digest.hexdigest()


def key(seed: int, people_per_agent: int, parameters_hash: str) -> str:
    """Name of the state of one spin-up."""
    text = f"{seed}/{people_per_agent}/{parameters_hash}/{code_hash()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def load(name: str) -> dict[str, NDArray[Any]] | None:
    """The cached arrays, or None."""
    where = folder()
    path = where / f"{name}.npz" if where else None
    if path is None or not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        os.utime(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return arrays


def save(name: str, arrays: dict[str, NDArray[Any]]) -> None:
    """Keep the arrays under the name: whole or not at all; the oldest states make room."""
    where = folder()
    if where is None:
        return
    try:
        where.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=where, suffix=".part")
        with os.fdopen(handle, "wb") as out:
            np.savez(out, allow_pickle=False, **arrays)
        os.replace(temporary, where / f"{name}.npz")
        _make_room(where)
    except OSError:
        return


def _make_room(where: Path) -> None:
    files = sorted(((p.stat().st_mtime, p.stat().st_size, p) for p in where.glob("*.npz")), reverse=True)
    kept = 0
    for _, size, path in files:
        kept += size
        if kept > LIMIT_BYTES:
            path.unlink(missing_ok=True)
