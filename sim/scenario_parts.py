"""The typed parts of a scenario: uses of policies, events, changes and uncertainties, with weeks in place of dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.catalogue import Step, intensity_at
from sim.parameters import Value

DEFAULT_START, DEFAULT_YEARS, DEFAULT_PEOPLE = dt.date(2019, 1, 1), 10.0, 100


@dataclass(frozen=True)
class PolicyUse:
    """A policy in use. steps: sorted by week; an end is a last step to 0. own: in the units of the policy's file."""

    name: str
    steps: tuple[Step, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: Mapping[str, Value] = field(default_factory=dict)
    budget_from: str | None = None

    def intensity_at(self, week: int) -> float:
        """Announced intensity in a week; 0 before the first step."""
        return intensity_at(self.steps, week)


@dataclass(frozen=True)
class EventUse:
    """Something that happens in `week`; `fields` holds every field of its kind, None where left open."""

    kind: str
    week: int
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangeStep:
    """From `week` on, go to `value` (unit of the parameter's file) along a straight line over `ramp_weeks`."""

    week: int
    value: float
    ramp_weeks: int = 0


@dataclass(frozen=True)
class ChangeUse:
    """A dated change of a parameter."""

    parameter: str
    steps: tuple[ChangeStep, ...]

    def value_at(self, week: int, before: float) -> float:
        """Value in a week, in the unit of the file; ``before`` holds until the first step."""
        return intensity_at([Step(s.week, s.value, s.ramp_weeks) for s in self.steps], week, before)


@dataclass(frozen=True)
class Uncertainty:
    """A distribution over a parameter: a range, or the choices of a switch."""

    low: float | None = None
    high: float | None = None
    dist: str = "uniform"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeverUse:
    """A press on a whole lever by no policy, for sweeps and what-ifs: (base + add) x scale from `week` on."""

    name: str
    week: int = 0
    add: float = 0.0
    scale: float = 1.0


@dataclass
class Parts:
    """The typed parts of a scenario, as far as they could be made."""

    start: dt.date = DEFAULT_START
    years: float = DEFAULT_YEARS
    people_per_agent: int = DEFAULT_PEOPLE
    parameters: dict[str, Value] = field(default_factory=dict)
    policies: dict[str, PolicyUse] = field(default_factory=dict)
    events: list[EventUse] = field(default_factory=list)
    changes: list[ChangeUse] = field(default_factory=list)
    uncertain: dict[str, Uncertainty] = field(default_factory=dict)
    levers: dict[str, LeverUse] = field(default_factory=dict)


def week_of(start: dt.date, date: dt.date) -> int:
    """Return the week that holds ``date``: week k starts at start + 7 k days."""
    return (date - start).days // 7


def date_of(start: dt.date, week: int) -> dt.date:
    """Return the first day of a week."""
    return start + dt.timedelta(days=7 * week)
