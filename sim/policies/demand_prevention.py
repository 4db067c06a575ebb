"""Demand prevention: evidence-based programmes at school, which act on initiation only as the cohorts grow up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.catalogue import Own, Policy
from sim.levers import Press


class DemandPrevention(Policy):
    """Presses the share of each school cohort that is given a programme."""

    name = "demand_prevention"
    title = "Demand prevention"
    family = "B"
    papers = ("O12", "W20", "F19")
    tradeoff = "years of lag: those reached are years from the usual age of beginning"
    cost_usd_per_year = (0.23e9, 1.3e9)
    delay_weeks = 78
    source = "policy_costs.csv: about 320 USD a pupil, 4 million pupils per cohort"
    country = "US"
    where_axes = ("area",)
    parameters: Mapping[str, Own] = {
        "coverage_at_full": Own("fraction", 1.0, 0.3, 1.0, "policy_costs.csv: from 0.15 to 1.0"),
        "coverage_now": Own("fraction", 0.15, 0.0, 0.5, "policy_costs.csv"),
    }

    def press(self, x: float, own: Mapping[str, float], where: Mapping[str, Sequence[str]]) -> list[Press]:
        """Above zero coverage rises toward the full one; below, what exists is withdrawn."""
        if x < 0:
            return [Press("prevention_coverage", "scale", 1.0 + x, where)]
        return [
            Press("prevention_coverage", "add", x * (own["coverage_at_full"] - own["coverage_now"]), where)
        ]
