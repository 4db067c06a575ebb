"""Mutants: small mistakes put into the code one at a time, to see whether the default tests notice.

A mutant is a table of a TOML file here, one file per chain: `module` (or the package that it has grown into), the text
`old` that stands there exactly once, the text `new` in its place, what that `breaks`, and the test files `near` it.
Dropping a file in adds its mutants.
`python -m tests.mutants` runs them (`__main__`); `tests/test_mutants.py` holds that each still applies.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LEAST, LEAST_KILLED = 24, 22
"""The suite must notice at least this share of mutants, of which there are at least so many."""


@dataclass(frozen=True)
class Mutant:
    """One small mistake; `near` are the test files that are likely to notice, and that run first."""

    name: str
    module: str
    old: str
    new: str
    breaks: str
    near: tuple[str, ...]

    def applied(self, root: Path) -> tuple[Path, str]:
        """The file under `root` that it changes, and its text with the mistake.

        Raises ValueError when `old` is not there exactly once.
        """
        place = root.joinpath(*self.module.split("."))
        texts = {
            path: path.read_text(encoding="utf-8")
            for path in (place.with_suffix(".py"), *sorted(place.rglob("*.py")))
            if path.is_file()
        }
        found = sum(text.count(self.old) for text in texts.values())
        if found != 1:
            raise ValueError(
                f"{self.name}: {self.module} holds {self.old!r} {found} times, not once; write it anew"
            )
        path = next(path for path, text in texts.items() if self.old in text)
        return path, texts[path].replace(self.old, self.new)


def mutants() -> dict[str, Mutant]:
    """Every mutant by name (`chain/mistake`), sorted."""
    found = {}
    for path in sorted(HERE.glob("*.toml")):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        for word, table in tables.items():
            near = tuple(f"tests/test_{name}.py" for name in table.pop("near"))
            found[f"{path.stem}/{word}"] = Mutant(f"{path.stem}/{word}", near=near, **table)
    return dict(sorted(found.items()))


def enough(killed: int, tried: int) -> bool:
    """Whether the share that was killed is what the project asks for."""
    return killed * LEAST >= LEAST_KILLED * tried
