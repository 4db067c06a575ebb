"""Pattern 11: removing leaders leaves more groups, years later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from sim.lab.patterns._pattern import Pattern, Values, above, by_seed
from sim.lab.patterns._runs import BASE, Arm, live
from sim.state.lineage import group_sizes
from sim.state.run import Run

WEEKS, EVERY, LAST, LARGEST = 156, 26, 52, 10


def largest(run: Run, n: int) -> list[int]:
    """Rows of the n largest groups, by members; equal ones by their ids."""
    size = group_sizes(run)
    return sorted(run.alive.tolist(), key=lambda g: (-size[g], run.groups.id[g]))[:n]


def remove_leaders(run: Run) -> None:
    """The leaders of the largest groups are gone this week."""
    run.groups.removed[largest(run, LARGEST)] = True


def number(run: Run) -> Mapping[str, Any]:
    """Groups alive."""
    return {"groups": run.groups.alive.sum()}


class Succession(Pattern):
    """Three years with the leaders of the ten largest groups removed every half year, against none of that."""

    number = 11
    name = "succession"
    title = "Removal of leaders raises the number of groups over years"
    mechanism = "succession: those passed over break away"
    knocked_out_by = "split_base = -1000: nobody ever breaks away"
    rule = (
        "six seeds; leaders of the ten largest groups removed in weeks 0, 26, ..., 130; number of groups, mean of "
        "weeks 104 to 155, less that of the same seed without removals: at least 3 on average, one-sided t "
        "test p < 0.01"
    )
    acts: ClassVar[tuple[tuple[int, Callable[[Run], None]], ...]] = tuple(
        (week, remove_leaders) for week in range(0, WEEKS, EVERY)
    )

    def effect(self) -> Values:
        """Groups more than without removals."""
        return self._more({})

    def knock_out(self) -> Values:
        """The same without splits, in both arms."""
        return self._more({"split_base": -1000.0})

    def _more(self, off: Mapping[str, float]) -> Values:
        treated, base = Arm(acts=self.acts).but(**off), BASE.but(**off)
        return by_seed(self.seeds, lambda seed: {"groups": _late(seed, treated) - _late(seed, base)})

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """The status quo of other seeds in place of the arm."""
        pairs = dict(zip(treated, base, strict=True))
        return by_seed(treated, lambda seed: {"groups": _late(seed, BASE) - _late(pairs[seed], BASE)})

    def holds(self, values: Values) -> bool:
        """See `rule`."""
        return above(values["groups"], 3.0)


def _late(seed: int, arm: Arm) -> float:
    return float(live(seed, arm, WEEKS, number)["groups"][-LAST:].mean())
