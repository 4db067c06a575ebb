"""(3) Few routes and all: more checks on few routes barely move use, on all routes they do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.lab.patterns._pattern import Floats, Pattern, Values, above, by_seed, p_above
from sim.lab.patterns._routes import AT_PORTS, NO_LEARNING, at_sites, busiest, window
from sim.lab.patterns._runs import BASE, Arm
from sim.levers import Press
from sim.world.world import world

LONG = 182
"""Weeks an arm lives: three years are compared."""
ALL_ROUTES = (Press("port_officers", "scale", 3.0), Press("sector_agents", "scale", 3.0))


def few_and_all(few: dict[str, Floats], all_: dict[str, Floats], base: dict[str, Floats]) -> dict[str, float]:
    """Relative fall of use with few routes and with all, and the share of kilograms that the few carried."""
    hard = ~world().drugs.is_cannabis
    use = [h["consumed"][hard].sum() for h in (few, all_, base)]
    there = np.isin(world().lanes.site, busiest(AT_PORTS, 3))
    carried = base["shipped"][:, hard]
    return {
        "few": float(1.0 - use[0] / use[2]),
        "all": float(1.0 - use[1] / use[2]),
        "share": float(carried[there].sum() / carried.sum()),
    }


class FewRoutes(Pattern):
    """Groups go round few risky routes and cannot go round all."""

    number = 3
    name = "few_routes"
    title = "Few-route interdiction barely moves use, all-route does more"
    mechanism = "routes"
    knocked_out_by = "route_learning = fixed"
    rule = (
        "Three times the officers at the three busiest ports, or at all ports and sectors; weeks 26 to 181. Use is "
        "kilograms consumed, cannabis apart. All routes lower use by at least 3 % (t, p < 0.01), and the fall with "
        "few is less than half of the fall with all times the share of kilograms that the few carried (t of the "
        "difference, p < 0.05). Eight replicates; the null splits sixteen seeds."
    )
    seeds = range(10, 18)
    null_seeds = range(8)
    history = (
        "Over weeks 26 to 77 the first run, five replicates, missed the rule: few 1.9 %, all 7.3 %, share 0.33, "
        "ratio 0.79 (routes fixed: 3.1 %, 9.0 %, 1.05). Eight others missed it too: few 1.7 %, all 6.8 %, ratio 0.74 "
        "(routes fixed: 3.3 %, 9.4 %, 1.03). Faults were then found in the mechanism and mended: groups judged a lane "
        "they do not use by the number of published finds, which falls when loads leave it, so that a port became "
        "safe in their eyes because it was avoided; finds of all drugs were read alike, though drugs differ in how "
        "easily they are found; answers to perceived cost were so weak that other costs of a load would have to differ "
        "by twice the whole cost of transport; and a car lane was as near to a ship as to a car lane at the next port. "
        "On the way the same eight replicates gave few 0.3 % and all 3.0 % (the first and third mended, sensitivity "
        "6), few 0.8 % and all 4.1 % (sensitivity 4), with a standard error of few of 0.3 % by chance of large "
        "seizures. For that reason the window is three years instead of one, set before its first run; the rule and "
        "the seeds of the arms are unchanged, the null splits sixteen seeds instead of eighteen. It gave few 0.9 % and "
        "all 5.2 %, ratio 0.52 (routes fixed: 2.7 %, 7.6 %, 1.02) with a similarity of modes of 0.4, at which one "
        "pressed port sends no loads between ports, against the balloon pattern; it is 0.7 since: few 0.6 %, all "
        "3.9 %, ratio 0.46."
    )

    def effect(self) -> Values:
        """Falls of use with groups that learn."""
        return self._against(BASE)

    def knock_out(self) -> Values:
        """Falls of use with attractions of lanes kept."""
        return self._against(NO_LEARNING)

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Nothing done: use in one half of the seeds against the other."""
        pair = dict(zip(treated, base, strict=True))
        return by_seed(
            treated,
            lambda s: few_and_all(window(s, BASE, LONG), window(s, BASE, LONG), window(pair[s], BASE, LONG)),
        )

    def holds(self, values: Values) -> bool:
        """The rule."""
        spare = 0.5 * values["share"] * values["all"] - values["few"]
        return above(values["all"], 0.03) and p_above(spare) < 0.05

    def _against(self, base: Arm) -> Values:
        few = base.pressed(at_sites("port_officers", "scale", 3.0, busiest(AT_PORTS, 3)))
        arms = (few, base.pressed(*ALL_ROUTES), base)
        return by_seed(self.seeds, lambda seed: few_and_all(*(window(seed, arm, LONG) for arm in arms)))
