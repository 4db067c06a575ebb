"""Pattern 17: captures alone in the other country lower trust, and joint cases later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.lab.patterns._pattern import Pattern, Values, above, by_seed
from sim.lab.patterns._runs import BASE, Arm, live
from sim.levers import Press
from sim.state.run import Run

WEEKS, LATER = 208, 52
LEAST_TRUST, LEAST_CASES, LEVEL = 0.05, 0.2, 0.05
OFFICERS = (
    Press("leader_case_officers", "add", 100, {"country": ["US"]}),
    Press("network_case_officers", "add", 500),
    Press("finance_case_officers", "add", 200),
    Press("case_officers_hired", "add", 800),
)
TOGETHER = BASE.pressed(*OFFICERS)
ALONE = TOGETHER.pressed(Press("unilateral_share", "floor", 1.0))
FORGIVEN = {"grievance_unilateral": 0.0}


def watch(run: Run) -> Mapping[str, Any]:
    """Trust, and joint cases opened by kind."""
    leads = np.flatnonzero(run.extra["unit.leads"].any(axis=0))
    side = run.world.agencies.country
    agencies = np.unique(run.world.units0.agency[leads])
    south, north = agencies[side[agencies] == 0], agencies[side[agencies] == 1]
    return {
        "political": run.relations.political_trust[0],
        "agencies": run.relations.agency_trust[0][np.ix_(south, north)].mean(),
        "joint": run.tally.joint_opened[0],
        "captures": run.tally.captures[0],
    }


class Diplomacy(Pattern):
    """A unilateral capture lowers trust and later joint cases."""

    number = 17
    name = "diplomacy"
    title = "unilateral captures lower trust and later joint cases"
    mechanism = "an act alone is a grievance, which eats political trust, and that caps the trust of agencies"
    knocked_out_by = "captures alone bring no grievance"
    rule = (
        "six seeds, four years, the same officers on leader, network and finance cases; those of the north who seek "
        "leaders act alone, or help cases of the south: from the second year on political trust is lower by 0.05 or "
        "more on average (one-sided t test over paired seeds, p < 0.01) and joint cases opened against networks and "
        "finances, which no leader-case officer works on, are fewer by 20 % or more (p < 0.05)"
    )

    def effect(self) -> Values:
        """Alone against together."""
        return by_seed(self.seeds, lambda seed: _fall(seed, ALONE, seed, TOGETHER))

    def knock_out(self) -> Values:
        """The same where a capture alone brings no grievance."""
        alone, together = ALONE.but(**FORGIVEN), TOGETHER.but(**FORGIVEN)
        return by_seed(self.seeds, lambda seed: _fall(seed, alone, seed, together))

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Together, of other seeds."""
        pairs = dict(zip(treated, base, strict=True))
        return by_seed(treated, lambda seed: _fall(seed, TOGETHER, pairs[seed], TOGETHER))

    def holds(self, values: Values) -> bool:
        """The rule."""
        return above(values["political"], LEAST_TRUST) and above(values["joint"], LEAST_CASES, LEVEL)

    def table(self) -> list[dict[str, Any]]:
        """Trust and cases by year in both arms, mean over seeds."""
        rows = []
        for name, arm in (("together", TOGETHER), ("alone", ALONE)):
            runs = [live(seed, arm, WEEKS, watch) for seed in self.seeds]
            for year in range(WEEKS // 52):
                weeks = slice(52 * year, 52 * (year + 1))
                rows.append(
                    {
                        "arm": name,
                        "year": year + 1,
                        "political trust": round(
                            float(np.mean([r["political"][weeks].mean() for r in runs])), 3
                        ),
                        "agency trust": round(float(np.mean([r["agencies"][weeks].mean() for r in runs])), 3),
                        "joint cases": round(float(np.mean([r["joint"][weeks, 1:].sum() for r in runs])), 1),
                        "captures": round(float(np.mean([r["captures"][weeks].sum() for r in runs])), 1),
                    }
                )
        return rows


def _fall(seed: int, arm: Arm, other_seed: int, other: Arm) -> Mapping[str, float]:
    one, two = live(seed, arm, WEEKS, watch), live(other_seed, other, WEEKS, watch)
    joint = [float(series["joint"][LATER:, 1:].sum()) for series in (one, two)]
    return {
        "political": float(two["political"][LATER:].mean() - one["political"][LATER:].mean()),
        "agencies": float(two["agencies"][LATER:].mean() - one["agencies"][LATER:].mean()),
        "joint": 1.0 - joint[0] / max(joint[1], 1.0),
    }
