"""Check the names and ranges of a scenario's content, and turn it into typed parts with weeks in place of dates.

The parameter table and the catalogues of policies and events are given (`Names`). Every fault is collected.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sim.catalogue import Step
from sim.errors import Fault, nearest
from sim.parameters import Parameter, Value, is_number
from sim.scenario_files import Layers
from sim.scenario_parts import (
    ChangeStep,
    ChangeUse,
    EventUse,
    LeverUse,
    Parts,
    PolicyUse,
    Uncertainty,
    week_of,
)

_POLICY_KEYS = ("start", "end", "ramp_weeks", "intensity", "steps", "where", "budget_from")


@dataclass(frozen=True)
class Names:
    """What a scenario may name. members: the names that exist on an axis of `where`; an axis left out is not checked.

    Policies have `parameters` (name -> unit, default, low, high), `where_axes` and `excludes`; events have `fields`.
    """

    parameters: Mapping[str, Parameter]
    policies: Mapping[str, type]
    events: Mapping[str, type]
    members: Mapping[str, Collection[str]] = field(default_factory=dict)
    levers: Collection[str] = ()

    def shortcuts(self) -> dict[str, str]:
        """Bare names that dotted sets accept: a parameter stands for its value, a policy for its intensity."""
        bare = {name: f"policies.{name}.intensity" for name in self.policies}
        return bare | {name: f"parameters.{name}" for name in self.parameters}


@lru_cache(maxsize=1)
def default_names() -> Names:
    """Return the package's own table and catalogues; they are found by dropping in a file."""
    from sim.catalogue import events, policies
    from sim.levers import load_levers
    from sim.parameters import parameter_table
    from sim.places import members

    return Names(parameter_table(), policies(), events(), members(), load_levers())


class Checker:
    """Makes the parts of one scenario; what is wrong goes to the faults of its layers."""

    def __init__(self, layers: Layers, names: Names) -> None:
        self.layers, self.names, self.parts = layers, names, Parts()
        self.start_known = _start_is_known(layers)

    def run(self) -> Parts:
        """Check everything and return the parts."""
        content, parts = self.layers.content, self.parts
        run = content.get("run", {})
        parts.start = run.get("start", parts.start)
        parts.years = float(run.get("years", parts.years))
        parts.people_per_agent = int(run.get("people_per_agent", parts.people_per_agent))
        for name, value in content.get("parameters", {}).items():
            if self._known_value(name, value, "parameters", name):
                parts.parameters[name] = float(value) if is_number(value) else str(value)
        for name, use in content.get("policies", {}).items():
            self._policy(name, use)
        self._exclusions()
        for number, event in enumerate(content.get("events", [])):
            self._event(number, event)
        for number, change in enumerate(content.get("changes", [])):
            self._change(number, change)
        for name, spec in content.get("uncertain", {}).items():
            self._uncertain(name, spec)
        for name, use in content.get("levers", {}).items():
            self._lever(name, use)
        parts.events.sort(key=lambda event: (event.week, event.kind, repr(sorted(event.fields.items()))))
        parts.changes.sort(key=lambda change: change.parameter)
        return parts

    def note(self, path: Sequence[object], value: object, expected: str, **rest: str | None) -> None:
        """Note one fault at a path of the content."""
        self.layers.faults.append(Fault(self.layers.where(*path), value, expected, **rest))

    def _known_value(self, name: str, value: object, *path: object) -> bool:
        """Check one value of a parameter, and that the parameter exists."""
        row = self.names.parameters.get(name)
        if row is None:
            fix = "See `contraflow parameters list`."
            self.note(
                path, name, "the name of a parameter", nearest=nearest(name, self.names.parameters), fix=fix
            )
            return False
        fault = row.fault(value, self.layers.where(*path))
        if fault:
            self.layers.faults.append(fault)
        return fault is None

    def _week(self, path: Sequence[object], given: Mapping[str, Any]) -> int:
        """Return the week of `date` or `week`; notes a date before the start."""
        date = given.get("date")
        if date is None:
            return int(given["week"])
        if date < self.parts.start and self.start_known:
            fix = "Move the date, or run.start."
            self.note((*path, "date"), date, f"a date from the start, {self.parts.start}, on", fix=fix)
        return max(0, week_of(self.parts.start, date))

    def _policy(self, name: str, use: Mapping[str, Any]) -> None:
        path = ("policies", name)
        policy = self.names.policies.get(name)
        if policy is None:
            fix = "See `contraflow policies list`."
            self.note(path, name, "the name of a policy", nearest=nearest(name, self.names.policies), fix=fix)
            self._steps(path, use)
            return
        where = self._where(path, use.get("where") or {}, tuple(getattr(policy, "where_axes", ())))
        payer = use.get("budget_from")
        if payer is not None and (payer == name or payer not in self.names.policies):
            close = nearest(payer, [other for other in self.names.policies if other != name])
            self.note((*path, "budget_from"), payer, "the name of another policy", nearest=close)
        own = self._own(path, use, dict(getattr(policy, "parameters", {})))
        self.parts.policies[name] = PolicyUse(name, self._steps(path, use), where, own, payer)

    def _steps(self, path: tuple[str, ...], use: Mapping[str, Any]) -> tuple[Step, ...]:
        """Return the canonical steps of a policy."""
        if "steps" in use:
            extra = [key for key in ("start", "intensity", "ramp_weeks") if key in use]
            if extra:
                fix = "Give start, too, to replace the steps of the parent; or write new steps."
                self.note(
                    (*path, extra[0]), use[extra[0]], "either steps or start, intensity, ramp_weeks", fix=fix
                )
            steps = [
                Step(
                    self._week((*path, "steps", i), step), float(step["intensity"]), step.get("ramp_weeks", 0)
                )
                for i, step in enumerate(use["steps"])
            ]
        else:
            begin = use.get("start", self.parts.start)
            if begin < self.parts.start and self.start_known:
                fix = "Move the date, or run.start."
                self.note((*path, "start"), begin, f"a date from the start, {self.parts.start}, on", fix=fix)
            week = max(0, week_of(self.parts.start, begin))
            steps = [Step(week, float(use.get("intensity", 1.0)), use.get("ramp_weeks", 0))]
        if "end" in use:
            end = week_of(self.parts.start, use["end"])
            if end <= max(step.week for step in steps):
                self.note(
                    (*path, "end"), use["end"], "a date at least a week after the last step of the policy"
                )
            steps.append(Step(max(0, end), 0.0, 0))
        self._no_twins((*path, "steps"), [step.week for step in steps])
        return tuple(sorted(steps, key=lambda step: step.week))

    def _no_twins(self, path: Sequence[object], weeks: list[int]) -> None:
        twins = sorted({week for week in weeks if weeks.count(week) > 1})
        if twins and "end" not in path:
            self.note(path, f"week {twins[0]} twice", "one step in a week")

    def _where(
        self, path: tuple[str, ...], where: Mapping[str, list[str]], axes: tuple[str, ...]
    ) -> dict[str, tuple[str, ...]]:
        kept = {}
        for axis, chosen in where.items():
            if axis not in axes:
                expected = "one of " + ", ".join(axes) if axes else "nothing: this policy acts everywhere"
                self.note((*path, "where", axis), axis, expected, nearest=nearest(axis, axes))
                continue
            known = self.names.members.get(axis)
            for name in chosen if known is not None else ():
                if name not in (known or ()):
                    close = nearest(name, known or ())
                    self.note((*path, "where", axis), name, f"a name of the axis {axis}", nearest=close)
            kept[axis] = tuple(sorted(set(chosen)))
        return dict(sorted(kept.items()))

    def _own(self, path: tuple[str, ...], use: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Value]:
        """Return every parameter of the policy's own, defaults filled in."""
        values: dict[str, Value] = {name: _default(item) for name, item in own.items()}
        for key, value in use.items():
            if key in _POLICY_KEYS:
                continue
            if key not in own:
                close = nearest(key, [*_POLICY_KEYS, *own])
                expected = "one of " + ", ".join((*_POLICY_KEYS, *own))
                self.note((*path, key), value, expected, nearest=close, fix="Correct the key or remove it.")
                continue
            choices = tuple(getattr(own[key], "choices", ()) or ())
            if choices:
                if value not in choices:
                    self.note(
                        (*path, key), value, "one of " + ", ".join(choices), nearest=nearest(value, choices)
                    )
                else:
                    values[key] = str(value)
            elif is_number(value) and own[key].low <= value <= own[key].high:
                values[key] = float(value)
            else:
                bounds = f"a number from {own[key].low:g} to {own[key].high:g} ({own[key].unit})"
                self.note((*path, key), value, bounds)
        return dict(sorted(values.items()))

    def _exclusions(self) -> None:
        """Refuse policies that exclude each other, unless one of them stays at zero."""
        active = [n for n, use in self.parts.policies.items() if any(step.intensity for step in use.steps)]
        told = set()
        for name in sorted(active):
            for other in getattr(self.names.policies[name], "excludes", ()):
                pair = frozenset((name, other))
                if other in active and pair not in told:
                    told.add(pair)
                    self.note(("policies", name), other, f"{name} without {other}: they exclude each other")

    def _event(self, number: int, event: Mapping[str, Any]) -> None:
        path = ("events", number)
        week, kind = self._week(path, event), event["kind"]
        found = self.names.events.get(kind)
        if found is None:
            fix = "See `contraflow events list`."
            close = nearest(kind, self.names.events)
            self.note((*path, "kind"), kind, "the kind of an event", nearest=close, fix=fix)
            return
        fields = dict(getattr(found, "fields", {}))
        given = {key: value for key, value in event.items() if key not in ("kind", "date", "week")}
        values = {name: getattr(item, "default", None) for name, item in fields.items()}
        for key, value in given.items():
            if key not in fields:
                allowed = ["kind", "date", "week", *fields]
                close = nearest(key, allowed)
                self.note((*path, key), value, "one of " + ", ".join(allowed), nearest=close)
            elif wrong := _field_fault(fields[key], value):
                self.note((*path, key), value, wrong, nearest=nearest(value, fields[key].choices))
            else:
                values[key] = value
        for name, item in fields.items():
            if getattr(item, "required", False) and name not in given:
                self.note((*path, name), None, _field_text(item), fix=f"Add the key '{name}'.")
        self.parts.events.append(EventUse(kind, week, dict(sorted(values.items()))))

    def _change(self, number: int, change: Mapping[str, Any]) -> None:
        path, name = ("changes", number), change["parameter"]
        row = self.names.parameters.get(name)
        if row is None:
            close = nearest(name, self.names.parameters)
            self.note((*path, "parameter"), name, "the name of a parameter", nearest=close)
        elif row.is_switch:
            fix = "Set it in [parameters]; a switch needs a run of its own."
            self.note((*path, "parameter"), name, "a parameter that is a number, not a switch", fix=fix)
            row = None
        steps = []
        for i, step in enumerate(change["steps"]):
            week = self._week((*path, "steps", i), step)
            if row is not None:
                self._known_value(name, step["value"], *path, "steps", i, "value")
            steps.append(ChangeStep(week, float(step["value"]), step.get("ramp_weeks", 0)))
        self._no_twins((*path, "steps"), [step.week for step in steps])
        self.parts.changes.append(ChangeUse(name, tuple(sorted(steps, key=lambda step: step.week))))

    def _lever(self, name: str, use: Mapping[str, Any]) -> None:
        if name not in self.names.levers:
            self.note(("levers", name), name, "the name of a lever", nearest=nearest(name, self.names.levers))
        begin = use.get("start", self.parts.start)
        if begin < self.parts.start and self.start_known:
            expected = f"a date from the start, {self.parts.start}, on"
            self.note(("levers", name, "start"), begin, expected, fix="Move the date, or run.start.")
        week, add, scale = max(0, week_of(self.parts.start, begin)), use.get("add"), use.get("scale")
        self.parts.levers[name] = LeverUse(
            name, week, float(0.0 if add is None else add), float(1.0 if scale is None else scale)
        )

    def _uncertain(self, name: str, spec: Mapping[str, Any]) -> None:
        path = ("uncertain", name)
        row = self.names.parameters.get(name)
        if row is None:
            close = nearest(name, self.names.parameters)
            self.note(path, name, "the name of a parameter", nearest=close)
            return
        low, high, choices = spec.get("low"), spec.get("high"), tuple(spec.get("choices") or ())
        if row.is_switch:
            if not choices or low is not None or high is not None:
                self.note(path, dict(spec), "choices = [...] of the switch, and neither low nor high")
            for choice in choices:
                self._known_value(name, choice, *path, "choices")
        elif choices or low is None or high is None or not low < high:
            self.note(path, dict(spec), f"low and high, low < high ({row.unit})")
        else:
            self._known_value(name, low, *path, "low")
            self._known_value(name, high, *path, "high")
            if spec.get("dist") == "loguniform" and low <= 0:
                self.note((*path, "low"), low, "a low above 0 for a loguniform distribution")
        self.parts.uncertain[name] = Uncertainty(low, high, spec.get("dist", "uniform"), choices)


def _start_is_known(layers: Layers) -> bool:
    """Whether dates can be held against the start: not when it, or a parent that may state it, could not be read."""
    places = [fault.where for fault in layers.faults]
    if any(place.endswith(("run.start", ": run")) for place in places):
        return False
    lost = any(place.endswith(("extends", ": the file")) or ":" not in place for place in places)
    return not lost or "start" in layers.content.get("run", {})


def _default(item: Any) -> Value:
    return item.default if isinstance(item.default, str) else float(item.default)


def _field_text(item: Any) -> str:
    """Say what a field of an event must be."""
    choices = tuple(getattr(item, "choices", ()) or ())
    if choices:
        return "one of " + ", ".join(map(str, choices))
    if item.kind != "number":
        return "a text in quotes" if item.kind == "text" else f"the name of a {item.kind}, in quotes"
    low, high = item.low, item.high
    bounds = (f" from {low:g}" if low is not None else "") + (f" to {high:g}" if high is not None else "")
    return f"a number{bounds}"


def _field_fault(item: Any, value: object) -> str | None:
    """Return what was expected of a field when ``value`` is not that."""
    choices = tuple(getattr(item, "choices", ()) or ())
    if choices:
        good = value in choices
    elif item.kind == "number":
        good = is_number(value)
        good = good and (item.low is None or value >= item.low) and (item.high is None or value <= item.high)
    else:
        good = isinstance(value, str) and value != ""
    return None if good else _field_text(item)
