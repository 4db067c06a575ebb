"""Outcomes: how one is declared, and the registry that tables, figures and pages are made from.

An outcome is one function of a `Run` with a unit, and says whether it is what a government could see
(`seen`) or the true state, which only the analyst knows (`true`). This module computes none.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sim.units import check_unit

Level = Literal["national", "regional", "corridor"]


@dataclass(frozen=True)
class Outcome:
    """A declared outcome. `total` says what a year makes of its weeks: their sum, mean or last value.

    `better` is the direction people want, if they agree on one; `arrow` marks a corridor flow the map draws.
    """

    name: str
    family: str
    unit: str
    sees: Literal["true", "seen"]
    country: Literal["MX", "US", "both"]
    better: Literal["lower", "higher"] | None
    total: Literal["sum", "mean", "last"]
    headline: bool
    level: Level
    arrow: str | None
    doc: str
    title: str
    fn: Callable[[Any], Any]


OUTCOMES: dict[str, Outcome] = {}
Function = Callable[[Any], Any]


def _declare(level: Level, unit: str, options: dict[str, Any]) -> Callable[[Function], Function]:
    check_unit(unit)

    def keep(fn: Function) -> Function:
        name = str(getattr(fn, "__name__", ""))
        if name in OUTCOMES and OUTCOMES[name].fn.__module__ != fn.__module__:
            raise ValueError(
                f"outcome {name} is declared in {OUTCOMES[name].fn.__module__} and {fn.__module__}"
            )
        doc = " ".join((fn.__doc__ or "").split())
        if not doc:
            raise ValueError(f"outcome {name} has no docstring to say what it means")
        OUTCOMES[name] = Outcome(
            name=name,
            family=fn.__module__.rsplit(".", 1)[-1],
            unit=unit,
            level=level,
            doc=doc,
            title=options.pop("title", None) or name.replace("_", " "),
            fn=fn,
            **options,
        )
        return fn

    return keep


def outcome(
    unit: str,
    *,
    sees: Literal["true", "seen"] = "true",
    country: Literal["MX", "US", "both"] = "both",
    better: Literal["lower", "higher"] | None = None,
    total: Literal["sum", "mean", "last"] = "sum",
    headline: bool = False,
    title: str | None = None,
) -> Callable[[Function], Function]:
    """Declare a national weekly outcome: a function of the run that returns a float.

    Raises ValueError on a name used twice, a missing docstring or an unknown unit.
    """
    options = dict(
        sees=sees, country=country, better=better, total=total, headline=headline, arrow=None, title=title
    )
    return _declare("national", unit, options)


def regional(
    unit: str,
    *,
    sees: Literal["true", "seen"] = "true",
    country: Literal["MX", "US", "both"] = "both",
    better: Literal["lower", "higher"] | None = None,
    total: Literal["sum", "mean", "last"] = "sum",
    title: str | None = None,
) -> Callable[[Function], Function]:
    """Declare an outcome by state: a function of the run that returns an array of shape (n_states,)."""
    options = dict(
        sees=sees, country=country, better=better, total=total, headline=False, arrow=None, title=title
    )
    return _declare("regional", unit, options)


def corridor(
    unit: str,
    *,
    sees: Literal["true", "seen"] = "true",
    total: Literal["sum", "mean", "last"] = "sum",
    arrow: str | None = None,
    title: str | None = None,
) -> Callable[[Function], Function]:
    """Declare an outcome by corridor and mode: an array of shape (n_corridors, n_modes)."""
    options = dict(
        sees=sees, country="both", better=None, total=total, headline=False, arrow=arrow, title=title
    )
    return _declare("corridor", unit, options)


def load_outcomes(package: str = "sim.outcomes") -> dict[str, Outcome]:
    """Import every module of the package and return the registry, sorted by family and name."""
    folder = importlib.import_module(package)
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        importlib.import_module(f"{package}.{module.name}")
    return dict(sorted(OUTCOMES.items(), key=lambda pair: (pair[1].family, pair[0])))


def of_level(level: Level) -> list[Outcome]:
    """Declared outcomes of one level, in the order of the tables."""
    return [item for item in load_outcomes().values() if item.level == level]
