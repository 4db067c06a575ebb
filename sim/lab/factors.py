"""A factor of a sweep and what it may be: a parameter, a switch, a policy, a policy's own parameter, a lever.

Names, units, ranges and sources come from the parameter table, the catalogue and the declared levers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.errors import Fault, nearest


@dataclass(frozen=True)
class Factor:
    """One thing that varies. `path` is set in the scenario; `fixed` are paths set beside it in every row."""

    name: str
    path: str
    kind: str
    low: float = 0.0
    high: float = 1.0
    dist: str = "uniform"
    choices: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""
    fixed: Mapping[str, object] = field(default_factory=dict)

    def value(self, share: float) -> float | str:
        """The value at a share in [0, 1] of its range; choices hold equal parts of it."""
        if self.choices:
            return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]
        if self.dist == "loguniform":
            found = math.exp(math.log(self.low) + share * math.log(self.high / self.low))
        else:
            found = self.low + share * (self.high - self.low)
        return min(max(float(f"{found:.12g}"), self.low), self.high)

    @property
    def range_text(self) -> str:
        """Its range for people."""
        return " | ".join(self.choices) if self.choices else f"{self.low:g} to {self.high:g}"


Found = Factor | Fault


def known_factor(
    where: str, name: str, spec: Mapping[str, Any], names: Any, uncertain: Mapping[str, Any]
) -> Found:
    """The factor of that name with its full range, or the fault that says there is none."""
    parts = name.split(".")
    if parts[0] == "levers" and len(parts) == 2:
        return _lever(where, parts[1], spec)
    if parts[0] == "parameters" and len(parts) == 2:
        parts = parts[1:]
    if len(parts) == 1 and parts[0] in names.parameters:
        return _parameter(parts[0], names.parameters[parts[0]], uncertain)
    if parts[0] == "policies" and len(parts) in (2, 3):
        parts = parts[1:]
    if parts[0] in names.policies and len(parts) == 1:
        return _policy(parts[0], names.policies[parts[0]], spec)
    if parts[0] in names.policies and len(parts) == 2:
        return _own(where, parts[0], parts[1], names.policies[parts[0]])
    every = [*names.parameters, *names.policies]
    fix = "See `contraflow parameters list`, `policies list`; a lever is written levers.NAME."
    return Fault(where, name, "a parameter, a policy, policies.NAME.KEY or levers.NAME",
                 nearest(parts[-1], every), fix)  # fmt: skip


def _parameter(name: str, row: Any, uncertain: Mapping[str, Any]) -> Factor:
    if row.is_switch:
        chosen = tuple(getattr(uncertain.get(name), "choices", ())) or row.choices
        return Factor(name, f"parameters.{name}", "switch", choices=chosen, unit=row.unit, source=row.source)
    return Factor(
        name, f"parameters.{name}", "parameter", row.low, row.high, unit=row.unit, source=row.source
    )


def _policy(name: str, policy: Any, spec: Mapping[str, Any]) -> Factor:
    """The announced intensity of a policy, from none to the strongest form."""
    fixed = {f"policies.{name}.{key}": spec[key] for key in ("start", "ramp_weeks") if key in spec}
    return Factor(name, f"policies.{name}.intensity", "policy", 0.0, 1.0, unit="intensity",
                  source=policy.source or "; ".join(policy.papers), fixed=fixed)  # fmt: skip


def _own(where: str, name: str, key: str, policy: Any) -> Found:
    own = policy.parameters.get(key)
    if own is None:
        return Fault(where, key, f"a parameter of {name}'s own", nearest(key, policy.parameters))
    return Factor(f"{name}.{key}", f"policies.{name}.{key}", "policy's own", own.low, own.high,
                  unit=own.unit, source=own.source)  # fmt: skip


def _lever(where: str, name: str, spec: Mapping[str, Any]) -> Found:
    """A press of the scenario's own on a whole lever: scaled around its base, or added within its bounds."""
    from sim.levers import load_levers

    levers = load_levers()
    if name not in levers:
        return Fault(where, name, "the name of a lever", nearest(name, levers), "See docs/levers.md.")
    op = spec.get("op", "scale")
    if op not in ("scale", "add"):
        return Fault(f"{where}.op", op, "scale or add", nearest(str(op), ("scale", "add")))
    item = levers[name]
    span = item.high - item.low
    low, high = (0.0, 10.0) if op == "scale" else (-span, span)
    fixed = {f"levers.{name}.start": spec["start"]} if "start" in spec else {}
    unit = "times its base" if op == "scale" else item.unit
    return Factor(f"{name} ({op})", f"levers.{name}.{op}", "lever", low, high, unit=unit,
                  source=f"{item.doc}; read by {item.reader}", fixed=fixed)  # fmt: skip
