"""Levers: the named inputs that policies press, and how several presses combine.

A lever is declared beside the process that reads it. A policy presses levers and nothing else, so no
policy can write an outcome. This module holds no mechanism: it declares, combines and bounds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import Fault, InputError, nearest

Array = NDArray[np.float64]
Op = Literal["add", "scale", "floor", "cap"]
OPS: tuple[Op, ...] = ("add", "scale", "floor", "cap")


@dataclass(frozen=True)
class Lever:
    """A named input array. `base(context)` gives its value in the status quo.

    unit: from the vocabulary of `sim.units`; axes: names of its dimensions, in order (`()` is a scalar);
    low, high: bounds of every element after combining.
    """

    name: str
    unit: str
    axes: tuple[str, ...]
    low: float
    high: float
    base: Callable[[Any], Array | float]
    doc: str
    reader: str


@dataclass(frozen=True)
class Press:
    """One press of a policy: `op` with `value` on the elements chosen by `where` (axis -> names; all if absent)."""

    lever: str
    op: Op
    value: float | Array
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)


LEVERS: dict[str, Lever] = {}
DECLARED_IN = ("sim.state", "sim.week")
"""Packages whose modules declare levers beside the processes that read them."""


def lever(
    name: str,
    *,
    unit: str,
    axes: tuple[str, ...] = (),
    low: float,
    high: float,
    base: Callable[[Any], Array | float],
    doc: str,
    reader: str,
) -> str:
    """Declare a lever and return its name; `reader` names the process of the week that reads it.

    Raises ValueError when another lever has the name.
    """
    if name in LEVERS:
        raise ValueError(f"lever {name} is declared twice: by {LEVERS[name].reader} and {reader}")
    LEVERS[name] = Lever(name, unit, axes, low, high, base, doc, reader)
    return name


def load_levers() -> dict[str, Lever]:
    """Import every module that may declare a lever and return the registry, sorted by name."""
    for package in DECLARED_IN:
        folder = importlib.import_module(package)
        for module in sorted(item.name for item in pkgutil.walk_packages(folder.__path__, f"{package}.")):
            importlib.import_module(module)
    return dict(sorted(LEVERS.items()))


class LeverBoard:
    """The current value of every declared lever.

    `axes` maps an axis name to its element names; `context` is what the base functions read.
    value = bound((base + sum of adds) x product of scales), then floors and caps, each in name order.
    """

    def __init__(self, context: Any, axes: Mapping[str, Sequence[str]]) -> None:
        self._axes = {name: {item: i for i, item in enumerate(items)} for name, items in axes.items()}
        self._context = context
        self._pressed: set[str] = set()
        self._values: dict[str, Array] = {}
        self._bases: dict[str, Array] = {}
        self.rebase()

    def __getitem__(self, name: str) -> Array:
        return self._values[name]

    def scalar(self, name: str) -> float:
        """Value of a lever without axes."""
        return float(self._values[name][()])

    def rebase(self) -> None:
        """Read every base again (after a parameter has changed) and drop all presses."""
        for name, item in sorted(LEVERS.items()):
            shape = tuple(len(self._axes[axis]) for axis in item.axes)
            value = np.array(np.broadcast_to(np.asarray(item.base(self._context), dtype=float), shape))
            np.clip(value, item.low, item.high, out=value)
            self._bases[name] = value
            self._values[name] = value.copy()
        self._pressed = set()

    def press(self, presses: Iterable[tuple[str, Press]]) -> None:
        """Set the board from (name of the policy, press) pairs; whatever was pressed before is let go."""
        ordered = sorted(presses, key=lambda pair: (pair[1].lever, OPS.index(pair[1].op), pair[0]))
        for name in self._pressed:
            self._values[name] = self._bases[name].copy()
        self._pressed = {item.lever for _, item in ordered}
        for name in sorted(self._pressed):
            self._values[name] = self._combine(name, [item for _, item in ordered if item.lever == name])

    def check(self, item: Press) -> list[Fault]:
        """Faults of a press: an unknown lever, axis or element."""
        known = LEVERS.get(item.lever)
        if known is None:
            return [Fault(item.lever, item.lever, "the name of a lever", nearest(item.lever, LEVERS))]
        faults = []
        for axis, names in item.where.items():
            if axis not in known.axes:
                continue
            for name in names:
                if name not in self._axes[axis]:
                    faults.append(
                        Fault(f"where.{axis}", name, f"the name of a {axis}", nearest(name, self._axes[axis]))
                    )
        return faults

    def _combine(self, name: str, presses: list[Press]) -> Array:
        declared = LEVERS[name]
        total, factor = np.zeros_like(self._bases[name]), np.ones_like(self._bases[name])
        value = self._bases[name]
        for item in presses:
            if item.op == "add":
                total = total + self._spread(declared, item, 0.0)
            elif item.op == "scale":
                factor = factor * self._spread(declared, item, 1.0)
        value = np.clip((value + total) * factor, declared.low, declared.high)
        for item in presses:
            if item.op == "floor":
                value = np.maximum(value, self._spread(declared, item, declared.low))
            elif item.op == "cap":
                value = np.minimum(value, self._spread(declared, item, declared.high))
        return np.asarray(value)

    def _spread(self, declared: Lever, item: Press, neutral: float) -> Array:
        """The press as an array of the lever's shape, neutral where it does not reach."""
        faults = self.check(item)
        if faults:
            raise InputError(faults)
        shape = self._values[declared.name].shape
        mask = np.ones(shape, dtype=bool)
        for position, axis in enumerate(declared.axes):
            if axis in item.where:
                chosen = np.zeros(shape[position], dtype=bool)
                chosen[[self._axes[axis][name] for name in item.where[axis]]] = True
                mask &= chosen.reshape([-1 if k == position else 1 for k in range(len(shape))])
        return np.where(mask, np.broadcast_to(np.asarray(item.value, dtype=float), shape), neutral)
