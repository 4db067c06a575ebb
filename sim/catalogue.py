"""The catalogue: what a policy and an event are, and how they are found by dropping in a file.

A policy presses levers (`sim.levers`) and does nothing else. An event happens whatever the policy. Neither
holds a mechanism. Files are found by name in `sim/policies` and `sim/events`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sim.levers import Press

FAMILIES = {
    "A": "Criminal groups",
    "B": "Drugs",
    "C": "Guns",
    "D": "Money",
    "E": "The border",
    "F": "Mexican institutions",
    "G": "The two governments",
}


@dataclass(frozen=True)
class Own:
    """A typed parameter of a policy's own: unit, default, range and source."""

    unit: str
    default: float
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Field:
    """A field of an event: its type ("text", "number", "group", "state", "drug", "country"), default and meaning."""

    kind: str
    doc: str
    default: Any = None
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


class Policy:
    """A policy of the catalogue. A subclass in its own file gives the class attributes and `press`.

    `cost_usd_per_year` is (in the status quo, at full strength); what a user pays follows intensity between
    them. `delay_weeks` is the time money takes to become capacity.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    family: ClassVar[str] = ""
    papers: ClassVar[tuple[str, ...]] = ()
    tradeoff: ClassVar[str] = ""
    cost_usd_per_year: ClassVar[tuple[float, float]] = (0.0, 0.0)
    delay_weeks: ClassVar[float] = 0.0
    source: ClassVar[str] = ""
    country: ClassVar[str] = "both"
    where_axes: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[Mapping[str, Own]] = {}
    excludes: ClassVar[tuple[str, ...]] = ()

    def press(self, x: float, own: Mapping[str, float], where: Mapping[str, Sequence[str]]) -> list[Press]:
        """Presses at implemented intensity `x` in [-1, 1] (never called at exactly 0)."""
        raise NotImplementedError

    def cost(self, x: float) -> float:
        """USD per year above the status quo at intensity `x`; negative when something is withdrawn."""
        now, full = self.cost_usd_per_year
        return x * (full - now) if x >= 0 else x * now


class Event:
    """Something that happens at a date whatever the policy. A subclass in its own file gives `happen`."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    source: ClassVar[str] = ""
    fields: ClassVar[Mapping[str, Field]] = {}

    def happen(self, run: Any, values: Mapping[str, Any]) -> None:
        """Let it happen to the run at the start of its week."""
        raise NotImplementedError


def _found(package: str, base: type) -> list[type]:
    folder = importlib.import_module(package)
    found: list[type] = []
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        if module.name.startswith("_"):
            continue
        loaded = importlib.import_module(f"{package}.{module.name}")
        found += [
            item
            for item in vars(loaded).values()
            if isinstance(item, type) and issubclass(item, base) and item.__module__ == loaded.__name__
        ]
    return found


def _by_name(classes: list[type], attribute: str) -> dict[str, type]:
    named: dict[str, type] = {}
    for item in classes:
        name = getattr(item, attribute)
        if name in named:
            raise ValueError(f"{name} is given by {named[name].__module__} and by {item.__module__}")
        named[name] = item
    return dict(sorted(named.items()))


def policies() -> dict[str, type[Policy]]:
    """Every policy of the catalogue by name."""
    return _by_name(_found("sim.policies", Policy), "name")


def events() -> dict[str, type[Event]]:
    """Every kind of event by name."""
    return _by_name(_found("sim.events", Event), "kind")


def discover(what: str) -> dict[str, type]:
    """`policies` or `events`, by name."""
    return dict(policies()) if what == "policies" else dict(events())


@dataclass(frozen=True)
class Step:
    """From `week` on, go to `intensity` along a straight line over `ramp_weeks`."""

    week: int
    intensity: float
    ramp_weeks: int = 0


def intensity_at(steps: Sequence[Step], week: int, start: float = 0.0) -> float:
    """Announced value in a week: each step ramps from the value reached so far. Steps are sorted by week."""
    value = start
    for i, step in enumerate(steps):
        if week < step.week:
            break
        cut_short = i + 1 < len(steps) and steps[i + 1].week <= week
        weeks = steps[i + 1].week - step.week if cut_short else week - step.week + 1
        done = 1.0 if step.ramp_weeks <= 0 else min(1.0, weeks / step.ramp_weeks)
        value = value + (step.intensity - value) * done
    return value
