"""Scenarios: load, extend, merge, check, hash, write. The contract of the file is in the documentation of the lab.

A `Scenario` is plain content: what to run, not how. Dates have become weeks (week k starts at start + 7 k days), and
`to_toml` gives them back as the first day of their week. Two scenarios with the same numbers have the same `hash`,
whatever their names and titles.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.catalogue import Step
from sim.errors import InputError
from sim.parameters import Value
from sim.scenario_checks import Checker, Names, default_names
from sim.scenario_files import Layers, apply_sets, gather, lay_over, scenario_files, spec_name
from sim.scenario_parts import (
    DEFAULT_PEOPLE,
    DEFAULT_START,
    DEFAULT_YEARS,
    ChangeStep,
    ChangeUse,
    EventUse,
    LeverUse,
    PolicyUse,
    Uncertainty,
    date_of,
    week_of,
)
from sim.scenario_schema import ScenarioSpec, check_shape
from sim.toml_text import document
from sim.units import WEEKS_PER_YEAR

__all__ = [
    "ChangeStep",
    "ChangeUse",
    "EventUse",
    "LeverUse",
    "Names",
    "PolicyUse",
    "Scenario",
    "Step",
    "Uncertainty",
    "json_schema",
    "load",
    "scenario_files",
]


@dataclass(frozen=True)
class Scenario:
    """What to run. Frozen; the dicts and lists inside are not to be changed in place.

    parameters and own parameters of policies are in the units of their files; weeks count from `start`.
    """

    name: str = "unnamed"
    title: str = ""
    source: str = ""
    start: dt.date = DEFAULT_START
    years: float = DEFAULT_YEARS
    people_per_agent: int = DEFAULT_PEOPLE
    parameters: dict[str, Value] = field(default_factory=dict)
    policies: dict[str, PolicyUse] = field(default_factory=dict)
    events: list[EventUse] = field(default_factory=list)
    changes: list[ChangeUse] = field(default_factory=list)
    uncertain: dict[str, Uncertainty] = field(default_factory=dict)
    levers: dict[str, LeverUse] = field(default_factory=dict)

    def __hash__(self) -> int:
        return int(self.hash[:15], 16)

    @property
    def n_weeks(self) -> int:
        """Number of weeks of the run, spin-up apart."""
        return max(1, round(self.years * WEEKS_PER_YEAR))

    @property
    def hash(self) -> str:
        """SHA-256 of what matters to numbers; name, title and source do not."""
        content = self._content()
        del content["title"], content["source"]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def week_of(self, date: dt.date) -> int:
        """Return the week that holds ``date``; negative before the start."""
        return week_of(self.start, date)

    def date_of(self, week: int) -> dt.date:
        """Return the first day of ``week``."""
        return date_of(self.start, week)

    def to_toml(self) -> str:
        """Return a scenario file, complete in itself, that loads to the same content."""
        return document(self._content())

    def with_sets(self, sets: Mapping[str, object], names: Names | None = None) -> Scenario:
        """Return a copy with dotted paths set (``policies.x.intensity``, ``run.years`` or bare names).

        Raises: InputError listing every fault.
        """
        if not sets:
            return self
        names = names or default_names()
        layers = Layers()
        content = copy.deepcopy(self._content())
        layers.content.update(title=content["title"], source=content["source"])
        lay_over(layers, content, self.name)
        apply_sets(layers, sets, names.shortcuts())
        return _build(self.name, layers, names)

    def with_step(
        self, policy: str, week: int, intensity: float, ramp_weeks: int = 0, names: Names | None = None
    ) -> Scenario:
        """Return a copy in which ``policy`` also goes to ``intensity`` from ``week`` on; later steps stay.

        Raises: InputError for an unknown policy, an intensity outside [-1, 1] or a week before the start.
        """
        held = self.policies.get(policy, PolicyUse(policy, ()))
        kept = [step for step in held.steps if step.week != week]
        added = {"week": int(week), "intensity": float(intensity), "ramp_weeks": int(ramp_weeks)}
        steps: list[object] = [
            *({"week": s.week, "intensity": s.intensity, "ramp_weeks": s.ramp_weeks} for s in kept),
            added,
        ]
        content = self._content()
        use = content["policies"].setdefault(policy, {})
        for key in ("start", "intensity", "ramp_weeks"):
            use.pop(key, None)
        use["steps"] = steps
        return from_content(content, self.name, names)

    def diff(self, other: Scenario) -> list[tuple[str, object, object]]:
        """Return (path, here, there) for every value that differs, sorted; None where a side has no such value."""
        mine, theirs = _flat(self._content()), _flat(other._content())
        paths = sorted({*mine, *theirs})
        return [
            (path, mine.get(path), theirs.get(path)) for path in paths if mine.get(path) != theirs.get(path)
        ]

    @staticmethod
    def json_schema(names: Names | None = None) -> dict[str, Any]:
        """Return the JSON Schema of a scenario file, for editors."""
        return json_schema(names)

    def _content(self) -> dict[str, Any]:
        """Return plain content in the shape of a file."""
        run = {"start": self.start, "years": float(self.years), "people_per_agent": self.people_per_agent}
        return {
            "schema": 1,
            "title": self.title,
            "source": self.source,
            "run": run,
            "parameters": dict(sorted(self.parameters.items())),
            "policies": {name: self._use(use) for name, use in sorted(self.policies.items())},
            "events": [
                {
                    "kind": e.kind,
                    "date": self.date_of(e.week),
                    **{k: v for k, v in e.fields.items() if v is not None},
                }
                for e in self.events
            ],
            "changes": [
                {
                    "parameter": change.parameter,
                    "steps": [
                        {"date": self.date_of(s.week), "value": s.value, "ramp_weeks": s.ramp_weeks}
                        for s in change.steps
                    ],
                }
                for change in self.changes
            ],
            "uncertain": {name: _uncertain(spec) for name, spec in sorted(self.uncertain.items())},
            **({"levers": self._levers()} if self.levers else {}),
        }

    def _levers(self) -> dict[str, Any]:
        """Return presses on levers as a file has them."""
        return {
            name: {"start": self.date_of(use.week), "add": use.add, "scale": use.scale}
            for name, use in sorted(self.levers.items())
        }

    def _use(self, use: PolicyUse) -> dict[str, Any]:
        """Return one policy as a file has it: start and intensity when there is one step, else steps."""
        if len(use.steps) == 1:
            only = use.steps[0]
            table: dict[str, Any] = {"start": self.date_of(only.week), "intensity": only.intensity}
            table["ramp_weeks"] = only.ramp_weeks
        else:
            table = {
                "steps": [
                    {"date": self.date_of(s.week), "intensity": s.intensity, "ramp_weeks": s.ramp_weeks}
                    for s in use.steps
                ]
            }
        if use.where:
            table["where"] = {axis: list(chosen) for axis, chosen in use.where.items()}
        if use.budget_from is not None:
            table["budget_from"] = use.budget_from
        return table | dict(use.own)


def load(
    spec: str | Path | Scenario, *, sets: Mapping[str, object] | None = None, names: Names | None = None
) -> Scenario:
    """Load a scenario: a NAME, a path, several joined by ``+``, or a Scenario, with dotted ``sets`` laid over it.

    Names are looked up in the package, then in the current folder and its ``scenarios``.
    Raises: InputError listing every fault of every file.
    """
    if isinstance(spec, Scenario):
        return spec.with_sets(sets or {}, names)
    names = names or default_names()
    return _build(spec_name(spec), gather(spec, sets or {}, names.shortcuts()), names)


def from_content(content: Mapping[str, Any], name: str = "unnamed", names: Names | None = None) -> Scenario:
    """Build a scenario of content in the shape of a file. Raises: InputError listing every fault."""
    layers = Layers()
    shaped, faults = check_shape(dict(content), name)
    layers.faults += faults
    layers.content.update(title=shaped.get("title", ""), source=shaped.get("source", ""))
    lay_over(layers, shaped, name)
    return _build(name, layers, names or default_names())


def json_schema(names: Names | None = None) -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, with the names that exist."""
    names = names or default_names()
    schema = ScenarioSpec.model_json_schema(by_alias=True)
    places = schema["properties"]
    places["parameters"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _parameter_schema(row) for name, row in names.parameters.items()},
    }
    places["policies"]["propertyNames"] = {"enum": sorted(names.policies)}
    schema["$defs"]["EventSpec"]["properties"]["kind"] = {"enum": sorted(names.events)}
    numbers = sorted(name for name, row in names.parameters.items() if not row.is_switch)
    schema["$defs"]["ChangeSpec"]["properties"]["parameter"] = {"enum": numbers}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _parameter_schema(row: Any) -> dict[str, Any]:
    about = {"description": row.note or row.source, "default": row.default}
    if row.is_switch:
        return {"enum": list(row.choices), **about}
    return {"type": "number", "minimum": row.low, "maximum": row.high, "unit": row.unit, **about}


def _build(name: str, layers: Layers, names: Names) -> Scenario:
    parts = Checker(layers, names).run()
    if layers.faults:
        raise InputError(layers.faults)
    title, source = layers.content.get("title", ""), layers.content.get("source", "")
    return Scenario(name, title, source, **vars(parts))


def _uncertain(spec: Uncertainty) -> dict[str, Any]:
    if spec.choices:
        return {"choices": list(spec.choices)}
    return {"low": spec.low, "high": spec.high, "dist": spec.dist}


def _flat(value: object, path: str = "") -> dict[str, object]:
    """Return every value of nested tables by its dotted path; lists are values."""
    if isinstance(value, Mapping):
        flat: dict[str, object] = {}
        for key, item in value.items():
            flat |= _flat(item, f"{path}.{key}" if path else str(key))
        return flat
    return {path: value}
