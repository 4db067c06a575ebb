"""How much more often people die out of treatment than in it, and in the first fortnight out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.lab.patterns._leavers import in_and_out
from sim.lab.patterns._markets import SEEDS, Sums, an_arm, sums
from sim.lab.patterns._pattern import Pattern, Values, by_seed, interval
from sim.units import WEEKS_PER_YEAR

WHO = ("in treatment", "out of treatment", "first two weeks out")


class TreatmentProtects(Pattern):
    """Deaths per person of opioid users in the status quo, by where they are; to be compared with cohort studies."""

    number = 0
    name = "treatment_protects"
    title = "Deaths out of treatment over deaths in treatment"
    mechanism = "medication, tolerance that is lost, doses of the street"
    rule = (
        "reported, 6 replicates: overdose and all deaths per person and year of opioid users out of treatment and in"
        " their first two weeks out of it, over those of patients, weeks 26 to 65 of the status quo"
    )
    seeds = SEEDS
    reported = True

    def effect(self) -> Values:
        """Ratios of death rates, (n,)."""
        return by_seed(self.seeds, lambda seed: _ratios(_sums(seed)))

    def table(self) -> list[dict[str, Any]]:
        """Deaths per 1,000 person-years by where people are."""
        found = [_sums(seed) for seed in self.seeds]
        rows = []
        for k, who in enumerate(WHO):
            overdose, everything = (
                interval(np.array([1000.0 * WEEKS_PER_YEAR * rate[k] for rate in rates]))
                for rates in ([_rates(s)[0] for s in found], [_rates(s)[1] for s in found])
            )
            rows.append(
                {"who": who, "overdose": overdose[0], "all": everything[0], "unit": "per 1,000 a year"}
            )
        return rows


def _sums(seed: int) -> Sums:
    return sums(seed, an_arm(), in_and_out)


def _rates(s: Sums) -> tuple[Any, Any]:
    """Overdose deaths and all deaths per person-week, by WHO."""
    return s["hazard"] / s["person_weeks"], (s["hazard"] + s["other"]) / s["person_weeks"]


def _ratios(s: Sums) -> Mapping[str, float]:
    overdose, everything = _rates(s)
    return {
        "overdose_out_over_in": float(overdose[1] / overdose[0]),
        "all_out_over_in": float(everything[1] / everything[0]),
        "all_first_weeks_over_in": float(everything[2] / everything[0]),
    }
