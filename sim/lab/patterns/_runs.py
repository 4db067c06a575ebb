"""Runs of patterns: one spin-up per seed, arms that branch from it, what is watched in every week.

Knock-outs may put a parameter outside the range of the table, since they have to turn a mechanism off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
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
Follow = Callable[[Model, int], AbstractContextManager[Watch]]
"""Stands beside an arm: called with the model and the number of weeks before the first one; what it gives is watched
too, until the arm ends. It may look at the run but must not change it."""
PEOPLE_PER_AGENT = 1000
KEPT = 400
"""Arms whose series stay in memory."""


@dataclass(frozen=True)
class Arm:
    """A scenario by hand, from the first week after the spin-up on (`spin`: from the start of the spin-up).

    policies: (name, intensity); presses: `Press`es held on levers; late, spin: (parameter, value), a word for a switch;
    acts: (week, what to do to the run before that week); people_per_agent: people that a row of consumers stands for.
    """

    policies: tuple[tuple[str, float], ...] = ()
    presses: tuple[Press, ...] = ()
    late: tuple[tuple[str, Any], ...] = ()
    spin: tuple[tuple[str, Any], ...] = ()
    acts: tuple[tuple[int, Callable[[Run], None]], ...] = ()
    people_per_agent: int = PEOPLE_PER_AGENT

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
    seed: int,
    spin: tuple[tuple[str, Any], ...],
    policies: tuple[tuple[str, float], ...],
    years: float,
    people_per_agent: int,
) -> tuple[Model, dict[str, NDArray[Any]]]:
    """A model at the end of its spin-up and the state it is then in."""
    strength = {f"policies.{name}.intensity": x for name, x in policies}
    model = Model(
        "status_quo", rng=seed, people_per_agent=people_per_agent, years=years, **strength, **dict(spin)
    )
    return model, model.snapshot()


def live(seed: int, arm: Arm, weeks: int, watch: Watch, follow: Follow | None = None) -> Series:
    """Live an arm for `weeks` from the end of the spin-up of a seed; what was watched, (weeks, ...) each."""
    held = repr((arm.policies, arm.presses, arm.late, arm.spin, arm.people_per_agent))
    key = (seed, held, arm.acts, weeks, watch, follow)
    if key not in _DONE:
        while len(_DONE) >= KEPT:
            _DONE.pop(next(iter(_DONE)))
        _DONE[key] = _live(seed, arm, weeks, watch, follow)
    return _DONE[key]


def _live(seed: int, arm: Arm, weeks: int, watch: Watch, follow: Follow | None) -> Series:
    model, start = _opened(seed, arm.spin, arm.policies, weeks / 52.0 + 0.1, arm.people_per_agent)
    model.restore(start)
    seen: list[Mapping[str, Any]] = []
    beside = nullcontext(_nothing) if follow is None else follow(model, weeks)
    with _changed(model.run, dict(arm.late), arm.presses), beside as more:
        for week in range(weeks):
            for when, act in arm.acts:
                if when == week:
                    act(model.run)
            model.step()
            now = {**watch(model.run), **more(model.run)}
            seen.append({name: np.array(value, dtype=float) for name, value in now.items()})
    return {name: np.stack([one[name] for one in seen]) for name in seen[0]}


def _nothing(run: Run) -> Mapping[str, Any]:
    return {}


@contextmanager
def _changed(run: Run, values: Mapping[str, Any], always: tuple[Press, ...]) -> Iterator[None]:
    """Parameters and levers as an arm has them, put back afterwards."""
    before = {name: run.p.file_values()[name] for name in values}
    press, held = run.levers.press, [("arm", item) for item in always]
    run.levers.press = lambda presses: press([*presses, *held])  # type: ignore[method-assign, misc, assignment]
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
