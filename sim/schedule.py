"""What a scenario puts on the calendar of a run: programmes, happenings and dated changes of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.catalogue import Event, Policy, Step, intensity_at
from sim.levers import Press
from sim.parameters import Parameters


@dataclass(frozen=True)
class Programme:
    """A policy as a scenario uses it. `own` are its own parameters, `where` what it is limited to."""

    name: str
    policy: Policy
    steps: tuple[Step, ...]
    own: Mapping[str, float]
    where: Mapping[str, Sequence[str]]
    budget_from: str | None = None

    def asked(self, week: int) -> float:
        """Announced intensity in a week, -1 to 1; 0 in the spin-up."""
        return intensity_at(self.steps, week) if week >= 0 else 0.0


def pressed(lever: str, add: float, scale: float) -> list[Press]:
    """Presses of a scenario's own on a whole lever; none where nothing would change."""
    presses = [Press(lever, "add", add)] if add != 0.0 else []
    return presses + ([Press(lever, "scale", scale)] if scale != 1.0 else [])


@dataclass(frozen=True)
class Happening:
    """An event at its week with the values of its fields."""

    event: Event
    values: Mapping[str, Any]
    week: int


@dataclass(frozen=True)
class Change:
    """A dated change of one parameter. `base` is its value before the first step, as written in files."""

    parameter: str
    steps: tuple[Step, ...]
    base: float

    def value_at(self, week: int) -> float | None:
        """Value in the unit of the file, or None before the first step."""
        if week < 0 or not self.steps or week < self.steps[0].week:
            return None
        return intensity_at(self.steps, week, self.base)

    def current(self, parameters: Parameters) -> Any:
        """Value that holds now, in the unit of the file."""
        return parameters.file_values()[self.parameter]
