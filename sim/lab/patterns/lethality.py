"""Fewer guns and less ammunition lower deaths per fight before they lower fights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.lab.patterns._pattern import Pattern, Values, above, by_seed
from sim.lab.patterns._runs import BASE, Arm, Series, live
from sim.state.run import Run
from sim.state.tally import RIVALRY

GUNS_KEPT, ROUNDS_KEPT = 0.4, 0.2
"""Share of guns and rounds that crews keep; groups then buy toward as much."""
WEEKS, FIRST = 104, 26


def disarm(run: Run) -> None:
    """Take guns and rounds from every crew."""
    crews = run.crews
    crews.guns[:] = np.floor(crews.guns * GUNS_KEPT).astype(np.int64)
    crews.ammunition[:] = np.floor(crews.ammunition * ROUNDS_KEPT).astype(np.int64)
    run.ledger.resync()


def watch(run: Run) -> dict[str, Any]:
    """Fights of crews with each other and with gangs, and members killed in them."""
    tally = run.tally
    return {
        "fights": tally.fights[0].sum() + tally.street_fights[0].sum(),
        "dead": tally.deaths_members[0, :, RIVALRY].sum(),
    }


class Lethality(Pattern):
    """Arms at hand limit what a fight costs at once; who dares to fight answers less."""

    number = 15
    name = "lethality"
    title = "fewer guns and less ammunition lower deaths per fight before they lower fights"
    mechanism = "shooters are limited by guns and by rounds left (Lanchester's square law)"
    knocked_out_by = (
        "fight_bare_lethality = fight_lethality: losses independent of guns and ammunition at hand"
    )
    rule = (
        "crews keep 40 % of guns and 20 % of rounds and groups buy toward that; weeks 0-25 against the same seeds: "
        "fall of log members killed per fight above 0 (one-sided t test, p < 0.01) and at least 0.2 in the mean, and "
        "it exceeds the fall of log fights (p < 0.01) by at least 0.1"
    )

    def effect(self) -> Values:
        return by_seed(self.seeds, lambda seed: _compare(_fewer(seed, False), _as_it_is(seed, False)))

    def knock_out(self) -> Values:
        return by_seed(self.seeds, lambda seed: _compare(_fewer(seed, True), _as_it_is(seed, True)))

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        found = [
            _compare(_as_it_is(a, False), _as_it_is(b, False)) for a, b in zip(treated, base, strict=True)
        ]
        return {name: np.array([one[name] for one in found]) for name in found[0]}

    def holds(self, values: Values) -> bool:
        return above(values["lethality"], 0.2) and above(values["lead"], 0.1)

    def table(self) -> list[dict[str, Any]]:
        """By quarter: change of members killed per fight and of fights, in percent."""
        rows = []
        for quarter in range(WEEKS // 13):
            span = slice(13 * quarter, 13 * quarter + 13)
            found = [_compare(_fewer(s, False), _as_it_is(s, False), span) for s in self.seeds]
            rows.append(
                {
                    "quarter": quarter + 1,
                    "deaths_per_fight_percent": float(
                        100.0 * np.expm1(-np.mean([x["lethality"] for x in found]))
                    ),
                    "fights_percent": float(100.0 * np.expm1(-np.mean([x["fights"] for x in found]))),
                }
            )
        return rows


def _as_it_is(seed: int, off: bool) -> Series:
    return live(seed, _bare(off), WEEKS, watch)


def _fewer(seed: int, off: bool) -> Series:
    values = {"plan_guns_per_member": 1.5 * GUNS_KEPT, "plan_rounds_per_gun": 100.0 * ROUNDS_KEPT / GUNS_KEPT}
    arm = _bare(off).but(**values)
    return live(seed, Arm(late=arm.late, acts=((0, disarm),)), WEEKS, watch)


def _bare(off: bool) -> Arm:
    return BASE.but(fight_bare_lethality=0.042) if off else BASE


def _compare(less: Series, base: Series, span: slice = slice(0, FIRST)) -> dict[str, float]:
    fights, dead = (np.log(less[k][span].sum() / base[k][span].sum()) for k in ("fights", "dead"))
    return {"lethality": float(fights - dead), "fights": float(-fights), "lead": float(2.0 * fights - dead)}
