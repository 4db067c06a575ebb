"""Treatment expansion: places, entry into and retention in medication treatment of opioid use disorder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.catalogue import Own, Policy
from sim.levers import Press

OPIOIDS = ("heroin", "fentanyl")


class TreatmentExpansion(Policy):
    """Presses places, how often people seek treatment, and how often they leave it."""

    name = "treatment_expansion"
    title = "Treatment expansion"
    family = "B"
    papers = ("O12", "F19")
    tradeoff = "cost; relapse, and the weeks after leaving are the most dangerous"
    cost_usd_per_year = (3.9e9, 8e9 + 3.9e9)
    delay_weeks = 52
    source = "policy_costs.csv: NIDA cost per patient, 1.1 million more patients"
    country = "US"
    where_axes = ("area", "drug")
    parameters: Mapping[str, Own] = {
        "places_at_full": Own(
            "ratio", 2.8, 1.5, 4.0, "policy_costs.csv: share on medication from 0.25 to 0.70"
        ),
        "entry_at_full": Own("ratio", 4.0, 1.0, 8.0, "assumed: low-threshold access, no waiting, outreach"),
        "leave_at_full": Own("ratio", 0.6, 0.3, 1.0, "assumed: retention at six months from 0.5 to 0.7"),
    }

    def press(self, x: float, own: Mapping[str, float], where: Mapping[str, Sequence[str]]) -> list[Press]:
        """Above zero toward the full programme; below, places that exist are withdrawn, all of them at -1."""
        drugs = [name for name in where.get("drug", OPIOIDS) if name in OPIOIDS]
        at = {**where, "drug": drugs}
        if x < 0:
            return [Press("treatment_places", "scale", 1.0 + x, at)]
        return [
            Press("treatment_places", "scale", 1.0 + x * (own["places_at_full"] - 1.0), at),
            Press("treatment_entry_scale", "scale", 1.0 + x * (own["entry_at_full"] - 1.0), at),
            Press("treatment_leave_scale", "scale", 1.0 + x * (own["leave_at_full"] - 1.0), at),
        ]
