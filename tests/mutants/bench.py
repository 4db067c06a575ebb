"""Run the default tests on a copy of the tree with one mistake in it. It knows no mutant by name.

A kill counts only when the test that failed passes, at the same time, on a copy without the mistake: so a machine that
is too busy for a test with a clock kills nothing. Each copy compiles its kernels and spins up its models anew, because
the compiler's cache of a kernel does not see that another file has changed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutants import ROOT, Mutant

OWN_TEST = "tests/test_mutants.py"
"""Fails on every copy with a mistake, as the text is no longer there; it is not asked."""
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info", "build", "dist"
)
SEED = "--hypothesis-seed=1"
"""Examples are the same with and without the mistake, so that luck kills nothing either."""
PASSED, FAILED = 0, 1
"""Exit codes of pytest."""
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: `killed`, `survived`, or `unsound` (the tests did not run, or fail without it too)."""

    name: str
    word: str
    by: str
    seconds: float


def copy_tree(source: Path, folder: Path) -> Path:
    """A copy of the project at `source` without what is made by running it; returns where it is."""

    def left_out(where: str, names: list[str]) -> set[str]:
        if Path(where) == source / "results":
            return {name for name in names if name != "README.md"}
        return set(LEFT_OUT(where, names))

    return Path(shutil.copytree(source, folder / "tree", ignore=left_out))


def all_tests(tree: Path, near: tuple[str, ...]) -> list[str]:
    """Every test file of the default suite, those that are near first."""
    found = {path.relative_to(tree).as_posix() for path in (tree / "tests").glob("test_*.py")}
    return [*near, *sorted(found - {*near, OWN_TEST})]


def run_tests(folder: Path, tests: list[str], timeout: float) -> tuple[int, str]:
    """Exit code of pytest (the markers are those of the default suite) and the first test that failed, if any."""
    tree, cache = folder / "tree", folder / "pytest"
    shutil.rmtree(cache, ignore_errors=True)
    own = {"NUMBA_CACHE_DIR": "numba", "CONTRAFLOW_CACHE": "spin-ups"}
    environment = os.environ | {name: str(folder / word) for name, word in own.items()}
    environment |= {"PYTHONPATH": str(tree), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-o", f"cache_dir={cache}", SEED, *tests]
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return FAILED, "no end"
    (folder / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    failed = cache / "v" / "cache" / "lastfailed"
    names = list(json.loads(failed.read_text(encoding="utf-8"))) if failed.is_file() else []
    return done.returncode, names[0] if names else ""


class Bench:
    """A folder with a copy that has no mistake, taken once, of which the others are copies."""

    def __init__(self, folder: Path, *, near_only: bool = False, timeout: float = LONGEST_SECONDS) -> None:
        self.folder, self.near_only, self.timeout = folder, near_only, timeout
        self.sound = folder / "sound"
        copy_tree(ROOT, self.sound)

    def try_one(self, mutant: Mutant) -> Verdict:
        """Copy the tree, make the mistake, run the tests, throw the copy away."""
        began = time.monotonic()
        folder = self.folder / mutant.name.replace("/", "-")
        tree = copy_tree(self.sound / "tree", folder)
        path, text = mutant.applied(tree)
        path.write_text(text, encoding="utf-8")
        tests = list(mutant.near) if self.near_only else all_tests(tree, mutant.near)
        code, by = run_tests(folder, tests, self.timeout)
        word = {PASSED: "survived", FAILED: "killed"}.get(code, "unsound")
        if word == "killed" and by != "no end" and run_tests(self.sound, [by], self.timeout)[0] != PASSED:
            word = "unsound"
        if word == "unsound":
            by = by or (folder / "output.txt").read_text(encoding="utf-8")[-2000:]
        shutil.rmtree(folder, ignore_errors=True)
        return Verdict(mutant.name, word, by, time.monotonic() - began)
