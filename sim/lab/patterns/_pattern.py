"""What a pattern is and how it is judged: rule, null arm, knock-out. It runs no model by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = Mapping[str, Floats]
"""What was measured, by name: one value per replicate."""
NULL_TRIALS, MOST_NULLS = 20, 2
"""Trials of the null arm, and in how many of them the rule may hold by chance."""


class Pattern:
    """A pattern of the field. A subclass in its own file gives the attributes and the three measurements.

    `seeds` are the replicates of the arms; `null_seeds` come on top of them for the null arm. `reported` patterns have
    no pass mark: `holds` is not called and their table is what counts.
    """

    number: ClassVar[int] = 0
    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    mechanism: ClassVar[str] = ""
    knocked_out_by: ClassVar[str] = ""
    rule: ClassVar[str] = ""
    seeds: ClassVar[range] = range(1, 7)
    null_seeds: ClassVar[range] = range(7, 13)
    reported: ClassVar[bool] = False
    history: ClassVar[str] = ""
    """What earlier runs gave when a rule or the replicates were changed after a run; empty if they never were."""

    def effect(self) -> Values:
        """Measure the pattern with its mechanism at work, one value per seed."""
        raise NotImplementedError

    def knock_out(self) -> Values:
        """Measure it with the mechanism off, one value per seed; empty if nothing can be knocked out."""
        raise NotImplementedError

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Measure the same scenario against itself: seeds `treated` stand for the arm, seeds `base` for the base."""
        raise NotImplementedError

    def holds(self, values: Values) -> bool:
        """The decision rule."""
        raise NotImplementedError

    def remains(self, values: Values) -> bool:
        """Whether the pattern is still there with its mechanism off: by the rule, unless a pattern asks for more."""
        return self.holds(values)

    def table(self) -> list[dict[str, Any]]:
        """Rows to be shown beside the verdict (by month, by year, by region); empty if there is nothing to add."""
        return []


@dataclass(frozen=True)
class Finding:
    """What measuring a pattern gave. `verdict`: holds, misses, or reported."""

    pattern: Pattern
    effect: dict[str, float]
    knock_out: dict[str, float]
    nulls: int
    """In how many of NULL_TRIALS trials the rule held for the null arm."""
    holds: bool
    knock_out_holds: bool
    table: list[dict[str, Any]] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """holds: the rule holds, the null arm fails it and the knock-out removes it; else misses, or reported."""
        if self.pattern.reported:
            return "reported"
        return "holds" if self.holds and self.nulls <= MOST_NULLS and not self.knock_out_holds else "misses"


def measure(pattern: Pattern) -> Finding:
    """Run a pattern's arms, its null arm and its knock-out, and judge them."""
    effect = pattern.effect()
    table = pattern.table()
    if pattern.reported:
        return Finding(pattern, _means(effect), {}, 0, False, False, table)
    off = pattern.knock_out()
    nulls = sum(pattern.holds(pattern.null(treated, base)) for treated, base in halves(pattern))
    return Finding(
        pattern, _means(effect), _means(off), nulls, pattern.holds(effect), pattern.remains(off), table
    )


def halves(pattern: Pattern) -> list[tuple[list[int], list[int]]]:
    """Twenty random halvings of all seeds of a pattern: one half stands for the arm, the other for the base."""
    seeds = np.array([*pattern.seeds, *pattern.null_seeds])
    order, half = np.random.default_rng(20261), seeds.size // 2
    shuffled = [seeds[order.permutation(seeds.size)].tolist() for _ in range(NULL_TRIALS)]
    return [(one[:half], one[half : 2 * half]) for one in shuffled]


def _means(values: Values) -> dict[str, float]:
    return {name: float(np.mean(value)) for name, value in values.items()}


def p_above(values: Floats) -> float:
    """One-sided p of a mean above zero, t test over replicates."""
    x = np.asarray(values, dtype=float)
    if np.ptp(x) == 0.0:
        return 0.0 if x[0] > 0.0 else 1.0
    from scipy.stats import ttest_1samp

    return float(ttest_1samp(x, 0.0, alternative="greater").pvalue)


def above(values: Floats, least: float, level: float = 0.01) -> bool:
    """Whether replicates speak for a value above zero (one-sided t test) and their mean reaches `least`."""
    return bool(p_above(values) < level and np.mean(values) >= least)


def interval(values: Floats, level: float = 0.9) -> tuple[float, float, float]:
    """Mean and Student t interval over replicates."""
    from scipy.stats import t

    x = np.asarray(values, dtype=float)
    half = (
        float(t.ppf(0.5 + level / 2.0, x.size - 1) * x.std(ddof=1) / np.sqrt(x.size))
        if x.size > 1
        else np.nan
    )
    return float(x.mean()), float(x.mean() - half), float(x.mean() + half)


def by_seed(seeds: Sequence[int], one: Callable[[int], Mapping[str, float]]) -> dict[str, Floats]:
    """Call `one(seed)` for each seed and gather its named values into arrays."""
    found = [one(seed) for seed in seeds]
    return {name: np.array([each[name] for each in found]) for name in found[0]}


@cache
def patterns() -> dict[str, Pattern]:
    """Every pattern by name, in the order of their numbers."""
    folder = importlib.import_module("sim.lab.patterns")
    found: list[Pattern] = []
    for module in sorted(item.name for item in pkgutil.iter_modules(folder.__path__)):
        if module.startswith("_"):
            continue
        loaded = importlib.import_module(f"sim.lab.patterns.{module}")
        found += [
            item()
            for item in vars(loaded).values()
            if isinstance(item, type) and issubclass(item, Pattern) and item.__module__ == loaded.__name__
        ]
    names = [item.name for item in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"patterns declared twice: {', '.join(twice)}")
    return {item.name: item for item in sorted(found, key=lambda item: (item.number, item.name))}
