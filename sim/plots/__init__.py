"""Figures of a comparison: one file each, found by its presence, drawn from a results store.

A figure is a module of this folder whose name does not begin with an underscore and which has
`draw(results, out) -> list[Path]`. Nothing here runs the model or computes a statistic that the summary holds.
"""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from pathlib import Path

from sim.plots._read import Results, held


def names() -> list[str]:
    """Names of the figures, sorted; a new file in this folder appears by itself."""
    return sorted(item.name for item in pkgutil.iter_modules(__path__) if not item.name.startswith("_"))


def draw(name: str, results: Results, out: Path) -> list[Path]:
    """Draw one figure into the folder `out`; an empty list if the results hold nothing for it."""
    out.mkdir(parents=True, exist_ok=True)
    pictures: list[Path] = importlib.import_module(f"{__name__}.{name}").draw(held(results), out)
    return pictures


def draw_all(results: Results, out: Path) -> list[Path]:
    """Draw every figure into the folder `out`. One that fails is named in a warning, and the rest go on."""
    once = held(results)  # tables are read once for all figures
    made: list[Path] = []
    for name in names():
        try:
            made += draw(name, once, Path(out))
        except Exception as error:
            warnings.warn(f"figure {name} could not be drawn: {type(error).__name__}: {error}", stacklevel=2)
    return made
