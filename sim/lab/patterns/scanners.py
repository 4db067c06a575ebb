"""(6) Scanners: more finds per load, loads that move away, and waits only where a scan takes longer than primary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.lab.patterns._pattern import Floats, Pattern, Values, above, by_seed, p_above
from sim.lab.patterns._routes import CAR, NO_LEARNING, at_sites, busiest, window
from sim.lab.patterns._runs import BASE
from sim.world.world import world

MOST_FAST, LEAST_SLOW = 0.05, 0.25
"""Hours by which the mean wait may move with a fast scan, and must rise with a slow one."""


def scanned(fast: dict[str, Floats], slow: dict[str, Floats], base: dict[str, Floats]) -> dict[str, float]:
    """At lanes with scanners: relative change of hits per load, share of loads, kilograms seized; hours of wait."""
    lanes = world().lanes
    there = np.isin(lanes.site, busiest((CAR,), 5)) & (lanes.kind == CAR)

    def here(h: dict[str, Floats], name: str) -> float:
        return float(h[name][there].sum())

    def rate(h: dict[str, Floats]) -> float:
        return here(h, "hits") / here(h, "loads")

    def share(h: dict[str, Floats]) -> float:
        return here(h, "loads") / float(h["loads"].sum())

    def wait(h: dict[str, Floats]) -> float:
        return here(h, "waited") / here(h, "traffic")

    return {
        "rate": rate(fast) / rate(base) - 1.0,
        "share": share(fast) / share(base) - 1.0,
        "seized": here(fast, "seized") / here(base, "seized") - 1.0,
        "seized_all": float(fast["seized"].sum() / base["seized"].sum()) - 1.0,
        "fast": wait(fast) - wait(base),
        "slow": wait(slow) - wait(base),
    }


class Scanners(Pattern):
    """Scanners find, groups go elsewhere, and the queue behind a slow scanner holds everyone up."""

    number = 6
    name = "scanners"
    title = (
        "Scanners raise hits per load and move loads; waits rise only where a scan takes longer than primary"
    )
    mechanism = "queues; for the moving of loads, learning"
    knocked_out_by = "scan_place = aside (the wait); route_learning = fixed (the moving of loads)"
    rule = (
        "Half of the cars scanned at the five ports with most cars, at 30 s a scan (primary takes 43 s) or at 240 s; "
        "weeks 26 to 77. At these lanes hits per load rise by at least 20 % (t, p < 0.01); their share of loads falls "
        "by at least 10 % (t, p < 0.01); kilograms seized rise by less than half as much as hits per load; the mean "
        "wait moves by less than 0.05 h with the fast scan and rises by at least 0.25 h with the slow one (t, "
        "p < 0.01). With slow scanners aside of the lane the wait must rise by less than 0.25 h, with routes fixed "
        "the share of loads fall by less than 10 %. Five replicates."
    )
    seeds = range(5)
    null_seeds = range(5, 10)

    def effect(self) -> Values:
        """Fast and slow scanners in the lane."""
        half = at_sites("port_scan_share_cars", "floor", 0.5, busiest((CAR,), 5))
        fast, slow = BASE.pressed(half), BASE.but(scan_seconds_car=240.0).pressed(half)
        return by_seed(self.seeds, lambda s: scanned(window(s, fast), window(s, slow), window(s)))

    def knock_out(self) -> Values:
        """Slow scanners aside of the lane; `still_` for routes fixed."""
        half = at_sites("port_scan_share_cars", "floor", 0.5, busiest((CAR,), 5))
        fast, aside = BASE.pressed(half), BASE.but(scan_seconds_car=240.0, scan_place="aside").pressed(half)
        still = NO_LEARNING.pressed(half)
        no_queue = by_seed(self.seeds, lambda s: scanned(window(s, fast), window(s, aside), window(s)))
        no_learning = by_seed(
            self.seeds, lambda s: scanned(window(s, still), window(s, still), window(s, NO_LEARNING))
        )
        return no_queue | {f"still_{name}": value for name, value in no_learning.items()}

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Nothing done: one half of the seeds against the other."""
        pair = dict(zip(treated, base, strict=True))
        return by_seed(treated, lambda s: scanned(window(s), window(s), window(pair[s])))

    def holds(self, values: Values) -> bool:
        """The rule."""
        mean = {name: float(np.mean(value)) for name, value in values.items()}
        return (
            above(values["rate"], 0.2)
            and mean["share"] <= -0.1
            and p_above(-values["share"]) < 0.01
            and mean["seized"] < 0.5 * mean["rate"]
            and abs(mean["fast"]) < MOST_FAST
            and above(values["slow"], LEAST_SLOW)
        )

    def remains(self, values: Values) -> bool:
        """Whether either knock-out left the part that it should have taken away."""
        still = {name.removeprefix("still_"): x for name, x in values.items() if name.startswith("still_")}
        return (
            self.holds(values)
            or self.holds(still)
            or bool(np.mean(values["slow"]) >= LEAST_SLOW)
            or bool(np.mean(still["share"]) <= -0.1)
        )
