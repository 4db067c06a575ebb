"""Histories for tests of patterns: one spin-up per seed, arms that branch from it, sums over a window of weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from sim.levers import Press
from sim.model import Model

WEEKS, FIRST = 78, 26
"""An arm lives 78 weeks after the spin-up; what is compared are the last 52."""
N = 5
"""Replicates of an arm; seeds 0 to N - 1, and N to 2 N - 1 for the null arm."""


@dataclass(frozen=True)
class Arm:
    """A scenario by hand: parameters set and levers pressed from the end of the spin-up on."""

    parameters: tuple[tuple[str, Any], ...] = ()
    presses: tuple[tuple[str, str, float, tuple[str, ...]], ...] = ()
    fixed_posts_after: int = -1
    """From this week on mobile teams stay where they are; -1 for never."""

    def but(self, **parameters: Any) -> Arm:
        """The same with more parameters set."""
        return Arm((*self.parameters, *parameters.items()), self.presses, self.fixed_posts_after)


@dataclass
class History:
    """Sums over the window unless said otherwise."""

    loads: np.ndarray
    hits: np.ndarray
    shipped: np.ndarray
    seized: np.ndarray
    consumed: np.ndarray
    traffic: np.ndarray
    waited: np.ndarray
    bought: float
    hazard: list[np.ndarray] = field(default_factory=list)
    """Hazard by lane of every week of the window."""


BASE = Arm()


@cache
def opened(seed: int) -> tuple[Model, dict[str, np.ndarray]]:
    """A model at the end of its spin-up, and its state there."""
    model = Model("status_quo", rng=seed, people_per_agent=1000, years=2)
    return model, model.snapshot()


def the_world() -> Any:
    """The world all histories share."""
    return opened(0)[0].run.world


@cache
def history(seed: int, arm: Arm) -> History:
    """Live one arm from the end of the spin-up of a seed."""
    model, start = opened(seed)
    model.restore(start)
    run, before = model.run, {name: None for name, _ in arm.parameters}
    for name, value in arm.parameters:
        before[name] = run.p.switch(name) if isinstance(value, str) else run.p[name]
        run.p.set(name, value)
    run.levers.rebase()
    held = [
        ("arm", Press(n, op, x, {"site": list(where)} if where else {})) for n, op, x, where in arm.presses
    ]  # type: ignore[arg-type]
    plain = type(run.levers).press
    run.levers.press = lambda items: plain(run.levers, [*items, *held])  # type: ignore[method-assign]
    try:
        return _live(model, arm)
    finally:
        del run.levers.press
        for name, value in before.items():
            run.p.set(name, value)
        run.levers.rebase()


def _live(model: Model, arm: Arm) -> History:
    run = model.run
    out = History(*(np.zeros(1) for _ in range(7)), 0.0)
    for week in range(WEEKS):
        if week == arm.fixed_posts_after:
            run.p.set("patrol_rotation", 0.0)
            run.levers.rebase()
        model.step()
        if week < FIRST:
            continue
        tally = run.tally
        for name in ("loads", "hits", "shipped", "seized", "consumed"):
            setattr(out, name, getattr(out, name) + getattr(tally, name)[0])
        out.traffic = out.traffic + run.lanes.traffic
        out.waited = out.waited + run.lanes.traffic * run.lanes.wait
        out.bought += float((run.carriers.patron > 0).sum()) / (WEEKS - FIRST)
        out.hazard.append(run.lanes.hazard.copy())
    return out


def pairs(arm: Arm, base: Arm = BASE, seeds: Sequence[int] = range(N)) -> list[tuple[History, ...]]:
    """(arm, base) of the same seed."""
    return [(history(seed, arm), history(seed, base)) for seed in seeds]


def null_passes(
    base: Arm,
    rule: Callable[[list[Any]], bool],
    make: Callable[[int, int], Any],
    seeds: Sequence[int] = range(2 * N),
    trials: int = 20,
) -> int:
    """How often the rule holds for the same scenario with other seeds: `make(i, j)`, i for the arm, j for the base.

    Each trial splits the seeds at random in two halves.
    """
    rng, passed, half = np.random.default_rng(1), 0, len(seeds) // 2
    for _ in range(trials):
        order = rng.permutation(np.asarray(seeds))
        passed += rule([make(int(i), int(j)) for i, j in zip(order[:half], order[half:], strict=True)])
    return passed


def p_above(values: Sequence[float]) -> float:
    """One-sided p of a mean above zero, t test."""
    x = np.asarray(values, dtype=float)
    if np.ptp(x) == 0.0:
        return 0.0 if x[0] > 0.0 else 1.0
    from scipy.stats import ttest_1samp

    return float(ttest_1samp(x, 0.0, alternative="greater").pvalue)
