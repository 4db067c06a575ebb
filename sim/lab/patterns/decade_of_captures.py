"""How many groups there are after ten years with many, the usual, and no cases against leaders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.lab.patterns._pattern import Floats, Pattern, Values, by_seed, interval
from sim.lab.patterns._runs import BASE, Arm, Series, live
from sim.state.run import Run

WEEKS, YEAR = 520, 52
MANY = Arm(policies=(("kingpin_targeting", 1.0),))
NONE = Arm(policies=(("kingpin_targeting", -1.0),))


def count(run: Run) -> Mapping[str, Any]:
    """Living groups, captures of the week, kilograms delivered over the border, cannabis apart."""
    hard = ~run.world.drugs.is_cannabis
    kg = run.tally.delivered[0][:, hard].sum()
    return {"groups": run.alive.size, "captures": run.tally.captures[0], "delivered": kg}


class DecadeOfCaptures(Pattern):
    """Leader cases at full strength and withdrawn, from the same start, over ten years."""

    number = 0
    name = "decade_of_captures"
    title = "Groups after ten years of many, the usual, and no cases against leaders"
    mechanism = "succession and splits"
    rule = (
        "reported, 4 replicates of ten years: groups alive with full kingpin targeting over those"
        " without any case against leaders, and kilograms delivered"
    )
    seeds = range(1, 5)
    reported = True

    def effect(self) -> Values:
        """Ratios of living groups in the last year, and captures a year, (n,)."""
        return by_seed(self.seeds, _compare)

    def table(self) -> list[dict[str, Any]]:
        """Living groups and captures by year."""
        arms = {"many": MANY, "usual": BASE, "none": NONE}
        lived = {name: [_lived(seed, arm) for seed in self.seeds] for name, arm in arms.items()}
        rows = []
        for year in range(WEEKS // YEAR):
            row: dict[str, Any] = {"year": year + 1}
            for name, found in lived.items():
                row[f"groups, {name}"] = interval(_mean(found, "groups", year))[0]
                row[f"captures, {name}"] = interval(_mean(found, "captures", year) * YEAR)[0]
            rows.append(row)
        return rows


def _lived(seed: int, arm: Arm) -> Series:
    return live(seed, arm, WEEKS, count)


def _mean(found: list[Series], name: str, year: int) -> Floats:
    return np.array([s[name][YEAR * year : YEAR * (year + 1)].mean() for s in found])


def _compare(seed: int) -> Mapping[str, float]:
    many, usual, none = ([_lived(seed, arm)] for arm in (MANY, BASE, NONE))
    last = WEEKS // YEAR - 1
    groups = [float(_mean(one, "groups", last)[0]) for one in (many, usual, none)]
    kg = [float(one[0]["delivered"].sum()) for one in (many, none)]
    return {
        "many_over_none": groups[0] / groups[2],
        "usual_over_none": groups[1] / groups[2],
        "many_over_usual": groups[0] / groups[1],
        "delivered": kg[0] / kg[1] - 1.0,
        "captures_a_year_many": float(many[0]["captures"].mean()) * YEAR,
        "captures_a_year_usual": float(usual[0]["captures"].mean()) * YEAR,
    }
