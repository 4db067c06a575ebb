"""Runs of patterns: one spin-up per seed, arms that branch from it, what is watched in every week.

Knock-outs may put a parameter outside the range of the table, since they have to turn a mechanism off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.levers import Press
from sim.model import Model
from sim.state.run import Run

Series = dict[str, NDArray[np.float64]]
"""What was watched, by name, with the weeks on axis 0."""
Watch = Callable[[Run], Mapping[str, Any]]
"""Called at the end of every week; returns numbers or arrays of constant shape. Two arms are told apart by its name."""
PEOPLE_PER_AGENT = 1000
KEPT = 400
"""Arms whose series stay in memory."""


@dataclass(frozen=True)
class Arm:
    """A scenario by hand, from the first week after the spin-up on (`spin`: from the start of the spin-up).

    policies: (name, intensity); presses: `Press`es held on levers; late, spin: (parameter, value), a word for a switch;
    acts: (week, what to do to the run before that week).
    """

    policies: tuple[tuple[str, float], ...] = ()
    presses: tuple[Press, ...] = ()
    late: tuple[tuple[str, Any], ...] = ()
    spin: tuple[tuple[str, Any], ...] = ()
    acts: tuple[tuple[int, Callable[[Run], None]], ...] = ()

    def but(self, **parameters: Any) -> Arm:
        """The same with more parameters set after the spin-up."""
        return replace(self, late=(*self.late, *parameters.items()))

    def pressed(self, *presses: Press) -> Arm:
        """The same with more levers held."""
        return replace(self, presses=(*self.presses, *presses))


BASE = Arm()
_DONE: dict[tuple[Any, ...], Series] = {}


@lru_cache(maxsize=2)
def _opened(
    seed: int, spin: tuple[tuple[str, Any], ...], policies: tuple[tuple[str, float], ...], years: float
) -> tuple[Model, dict[str, NDArray[Any]]]:
    """A model at the end of its spin-up and the state it is then in."""
    strength = {f"policies.{name}.intensity": x for name, x in policies}
    model = Model(
        "status_quo", rng=seed, people_per_agent=PEOPLE_PER_AGENT, years=years, **strength, **dict(spin)
    )
    return model, model.snapshot()


def live(seed: int, arm: Arm, weeks: int, watch: Watch) -> Series:
    """Live an arm for `weeks` from the end of the spin-up of a seed; what was watched, (weeks, ...) each."""
    key = (seed, repr((arm.policies, arm.presses, arm.late, arm.spin)), arm.acts, weeks, watch)
    if key not in _DONE:
        while len(_DONE) >= KEPT:
            _DONE.pop(next(iter(_DONE)))
        _DONE[key] = _live(seed, arm, weeks, watch)
    return _DONE[key]


def _live(seed: int, arm: Arm, weeks: int, watch: Watch) -> Series:
    model, start = _opened(seed, arm.spin, arm.policies, weeks / 52.0 + 0.1)
    model.restore(start)
    seen: list[Mapping[str, Any]] = []
    with _changed(model.run, dict(arm.late), arm.presses):
        for week in range(weeks):
            for when, act in arm.acts:
                if when == week:
                    act(model.run)
            model.step()
            seen.append({name: np.array(value, dtype=float) for name, value in watch(model.run).items()})
    return {name: np.stack([one[name] for one in seen]) for name in seen[0]}


@contextmanager
def _changed(run: Run, values: Mapping[str, Any], presses: tuple[Press, ...]) -> Iterator[None]:
    """Parameters and levers as an arm has them, put back afterwards."""
    before = {name: run.p.file_values()[name] for name in values}
    press, held = run.levers.press, [("arm", item) for item in presses]
    run.levers.press = lambda presses_: press([*presses_, *held])  # type: ignore[method-assign, misc, assignment]
    _put(run, values)
    try:
        yield
    finally:
        del run.levers.press
        _put(run, before)


def _put(run: Run, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        run.p._put(name, value)
    run.p._arrays.clear()
    run.p.version += 1
    run.levers.rebase()
