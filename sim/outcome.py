"""Outcomes: how one is declared, and the registry that tables, figures and pages are made from.

An outcome is one function of a `Run` with a unit, and says whether it is what a government could see
(`seen`) or the true state, which only the analyst knows (`true`). This module computes none.
Commodities are data: `by_commodity` makes one national outcome for each of those it is given, `use_NAME` and so on.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar, cast

import numpy as np

from sim.units import check_unit

Level = Literal["national", "regional", "corridor"]


@dataclass(frozen=True)
class Outcome:
    """A declared outcome. `total` says what a year makes of its weeks: their sum, mean or last value.

    `better` is the direction people want, if they agree on one; `arrow` marks a corridor flow the map draws.
    `part` is set where the outcome is one value of an array: the function that returns it, and the position.
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
    part: tuple[Callable[[Any], Any], int] | None = None


@dataclass(frozen=True)
class Commodity:
    """One that an outcome is told apart by: its position in arrays, its name and what people call it."""

    position: int
    name: str
    title: str


OUTCOMES: dict[str, Outcome] = {}
Function = Callable[[Any], Any]
Shared = TypeVar("Shared", bound=Callable[[Any], Any])


def _declare(level: Level, unit: str, options: dict[str, Any]) -> Callable[[Function], Function]:
    check_unit(unit)

    def keep(fn: Function) -> Function:
        name = str(getattr(fn, "__name__", ""))
        _register(name, level, unit, _doc(name, fn), fn, options)
        return fn

    return keep


def _doc(name: str, fn: Function) -> str:
    doc = " ".join((fn.__doc__ or "").split())
    if not doc:
        raise ValueError(f"outcome {name} has no docstring to say what it means")
    return doc


def _register(name: str, level: Level, unit: str, doc: str, fn: Function, options: dict[str, Any]) -> None:
    before = OUTCOMES.get(name)
    if before is not None and before.fn.__module__ != fn.__module__:
        raise ValueError(f"outcome {name} is declared in {before.fn.__module__} and {fn.__module__}")
    title = options["title"] or name.replace("_", " ")
    family = fn.__module__.rsplit(".", 1)[-1]
    rest = {**options, "title": title}
    OUTCOMES[name] = Outcome(name=name, family=family, unit=unit, level=level, doc=doc, fn=fn, **rest)


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


def by_commodity(
    unit: str,
    commodities: Sequence[Commodity],
    *,
    sees: Literal["true", "seen"] = "true",
    country: Literal["MX", "US", "both"] = "both",
    better: Literal["lower", "higher"] | None = None,
    total: Literal["sum", "mean", "last"] = "sum",
    title: str | None = None,
) -> Callable[[Function], Function]:
    """Declare a national weekly outcome for each commodity: a function of the run that returns an array (D,).

    The docstring says `{}` where the commodity is meant; the names are those of the function and the commodity.
    Raises ValueError as `outcome` does.
    """
    check_unit(unit)

    def keep(fn: Function) -> Function:
        base = str(getattr(fn, "__name__", ""))
        doc, spoken = _doc(base, fn), title or base.replace("_", " ")
        for item in commodities:
            own = dict(
                sees=sees, country=country, better=better, total=total, headline=False, arrow=None,
                title=f"{spoken}, {item.title.lower()}", part=(fn, item.position),
            )  # fmt: skip
            words = doc.replace("{}", item.title.lower())
            words = words[:1].upper() + words[1:]
            _register(f"{base}_{item.name}", "national", unit, words, _value_at(fn, item.position), own)
        return fn

    return keep


def _value_at(fn: Function, position: int) -> Function:
    """The function that returns one value of the array which `fn` returns."""

    @wraps(fn)
    def value(run: Any) -> float:
        return float(fn(run)[position])

    return value


def shared(fn: Shared) -> Shared:
    """What several outcomes read: worked out once while a week is recorded, and on every call at other times."""

    @wraps(fn)
    def value(run: Any) -> Any:
        kept = getattr(run, "recorded", None)
        if kept is None:
            return fn(run)
        found = kept.get(fn)
        if found is None:
            found = kept[fn] = fn(run)
        return found

    return cast(Shared, value)


class Reader:
    """Reads national outcomes week after week; an array that several are parts of is worked out once."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.names = [item.name for item in outcomes]
        self._alone = [(at, item.fn) for at, item in enumerate(outcomes) if item.part is None]
        self._parts: dict[Function, list[tuple[int, int]]] = {}
        for at, item in enumerate(outcomes):
            if item.part is not None:
                self._parts.setdefault(item.part[0], []).append((at, item.part[1]))

    def read(self, run: Any) -> list[float]:
        """Values in the order of the outcomes."""
        row = [0.0] * len(self.names)
        for at, fn in self._alone:
            row[at] = float(fn(run))
        for fn, places in self._parts.items():
            values = np.asarray(fn(run), dtype=float).tolist()
            for at, position in places:
                row[at] = values[position]
        return row


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
