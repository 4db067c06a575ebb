"""The weeks after leaving treatment are the most dangerous."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.lab.patterns._leavers import leavers
from sim.lab.patterns._markets import OTHERS, SEEDS, an_arm, sums
from sim.lab.patterns._pattern import Floats, Pattern, Values, above
from sim.lab.patterns._runs import Arm


class AfterTreatment(Pattern):
    """People dependent on an opioid who came from treatment: weeks 0 to 3 of use against weeks 13 to 26."""

    number = 8
    name = "after_treatment"
    title = "The weeks after leaving treatment are the most dangerous"
    mechanism = "tolerance is lost in treatment"
    knocked_out_by = "medication_tolerance_treated 1: nobody loses tolerance in treatment"
    rule = (
        "6 replicates: the hazard of death per person and week in weeks 0 to 3 of use after treatment is at least 1.5"
        " times that in weeks 13 to 26, t test of the log ratio below 0.01; null arm: weeks 13 to 26 of one half of the"
        " seeds against those of the other half"
    )
    seeds, null_seeds = SEEDS, OTHERS

    def effect(self) -> Values:
        """First weeks against later weeks, the same seed."""
        return self.compare(self.seeds, self.seeds, an_arm(), 0)

    def knock_out(self) -> Values:
        """The same where medication keeps all tolerance."""
        return self.compare(self.seeds, self.seeds, an_arm(medication_tolerance_treated=1.0), 0)

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Later weeks against later weeks of other seeds."""
        return self.compare(treated, base, an_arm(), 1)

    def compare(self, early: Sequence[int], late: Sequence[int], arm: Arm, band: int) -> Values:
        """Log ratio of the hazards of a band of weeks and of the later band, (n,)."""
        return {"log_ratio": np.log(_hazard(early, arm, band) / _hazard(late, arm, 1))}

    def holds(self, values: Values) -> bool:
        """At least 1.5 times as dangerous."""
        return above(values["log_ratio"], float(np.log(1.5)))


def _hazard(seeds: Sequence[int], arm: Arm, band: int) -> Floats:
    """Expected deaths per person and week in a band of weeks since treatment, (n,)."""
    found = [sums(seed, arm, leavers) for seed in seeds]
    return np.array([s["hazard"][band] / s["person_weeks"][band] for s in found])
