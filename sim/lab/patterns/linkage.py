"""Pattern 18: talks about a package reach deals that single issues do not, and fail where links and red lines bite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.lab.patterns._pattern import Pattern, Values, above, by_seed
from sim.lab.patterns._runs import BASE, Arm, live
from sim.levers import Press
from sim.state.run import Run

WEEKS, LATER, LEAST = 52, 26, 0.2
ALONE = BASE
LINKED = BASE.pressed(Press("talks_linked", "floor", 1.0))
LINK_COSTS = (0.0, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2)
RED_LINES = (0.1, 0.3, 0.5, 0.7, 1.0, 1.5)
DEAR = {"bargain_link_cost": LINK_COSTS[-1]}
STRICT = {"bargain_red_line": RED_LINES[0]}
APART = {"bargain_offset": 0.0}


def watch(run: Run) -> Mapping[str, Any]:
    """Issues agreed and in force."""
    return {"agreed": run.relations.agreed[0], "force": run.relations.in_force[0]}


class Linkage(Pattern):
    """Linked bargaining reaches deals that single issues do not, and fails in a region."""

    number = 18
    name = "linkage"
    title = "linked talks reach deals that single issues do not, and block all where they fail"
    mechanism = (
        "losses on one issue are made up for by gains on another, at a cost for each pair, above red lines"
    )
    knocked_out_by = "gains on one issue make up for no loss on another"
    rule = (
        "six seeds, one year, mean degree agreed over issues after half a year: linked talks agree on 0.2 or more "
        "above talks issue by issue (one-sided t test over paired seeds, p < 0.01); with the largest cost of a link of "
        "the grid, and with the tightest red line, linked talks agree on less than talks issue by issue by 0.1 or more "
        "(p < 0.01 each), for what could be agreed alone is blocked with the rest"
    )

    history = (
        "first run over two years: reached 0.80, dear -0.20, strict -0.20, all three -0.20 in the knock-out; then cut "
        "to one year, since no seed differed and the runs took five minutes of a busy machine"
    )

    def effect(self) -> Values:
        """Linked against alone, as it is, with dear links and with tight red lines."""
        return self._gains({})

    def knock_out(self) -> Values:
        """The same where gains make up for nothing."""
        return self._gains(APART)

    def _gains(self, also: Mapping[str, Any]) -> Values:
        def one(seed: int) -> Mapping[str, float]:
            return {
                name: _more(seed, LINKED.but(**also, **own), seed, ALONE.but(**also, **own))
                for name, own in (("reached", {}), ("dear", DEAR), ("strict", STRICT))
            }

        return by_seed(self.seeds, one)

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Talks issue by issue, of other seeds."""
        pairs = dict(zip(treated, base, strict=True))
        names = ("reached", "dear", "strict")
        return by_seed(treated, lambda seed: dict.fromkeys(names, _more(seed, ALONE, pairs[seed], ALONE)))

    def holds(self, values: Values) -> bool:
        """The rule."""
        blocked = above(-values["dear"], LEAST / 2) and above(-values["strict"], LEAST / 2)
        return above(values["reached"], LEAST) and blocked

    def table(self) -> list[dict[str, Any]]:
        """Mean degree agreed, linked and alone, over cost of a link x red line, in the talks of the first seed."""
        seed = self.seeds[0]
        rows = []
        for cost in LINK_COSTS:
            for line in RED_LINES:
                own = {"bargain_link_cost": cost, "bargain_red_line": line}
                linked, alone = (
                    float(live(seed, arm.but(**own), 1, watch)["agreed"][0].mean()) for arm in (LINKED, ALONE)
                )
                region = "reached" if linked > alone else "blocked" if linked < alone else "same"
                rows.append(
                    {
                        "cost of a link": cost,
                        "red line": line,
                        "linked": linked,
                        "alone": alone,
                        "region": region,
                    }
                )
        return rows


def _more(seed: int, arm: Arm, other_seed: int, other: Arm) -> float:
    one, two = live(seed, arm, WEEKS, watch), live(other_seed, other, WEEKS, watch)
    return float(np.mean(one["agreed"][LATER:]) - np.mean(two["agreed"][LATER:]))
