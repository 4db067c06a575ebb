"""Kingpin targeting: more investigators on the leaders of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.catalogue import Own, Policy
from sim.levers import Press


class KingpinTargeting(Policy):
    """Adds officers to leader cases; how many leaders fall is for the cases to say."""

    name = "kingpin_targeting"
    title = "Kingpin targeting"
    family = "A"
    papers = ("O12", "F19", "W20")
    tradeoff = "succession and fragmentation; flows recover fast; captures made alone cost trust"
    cost_usd_per_year = (60e6, 120e6)
    delay_weeks = 26
    source = "policy_costs.csv: 7 against 50 top targets a year, 1500 special investigators, US support and rewards"
    where_axes = ("country", "group")
    parameters = {
        "officers_mx": Own("officers", 1500, 0, 6000, "policy_costs.csv: officers added at full strength"),
        "officers_us": Own("officers", 60, 0, 2000, "assumed: part of 65 million USD of US support"),
        "alone": Own(
            "fraction",
            0.4,
            0,
            1,
            "assumed: US officers who act alone abroad, as in the arrests of 2020 and 2024",
        ),
        "hired_share": Own(
            "fraction",
            0.8,
            0,
            1,
            "what the added cost pays at 36,000 and 333,000 USD each; the rest leave patrols",
        ),
        "focus": Own(
            "ratio", 20, 0, 500, "assumed: how much more weight the groups of `where` get as targets"
        ),
    }

    def press(self, x: float, own: Mapping[str, float], where: Mapping[str, Sequence[str]]) -> list[Press]:
        """Officers follow intensity; below zero those of the status quo are withdrawn in proportion."""
        sides = where.get("country", ("MX", "US"))
        groups = where.get("group", ())
        presses = []
        for side, key in (("MX", "officers_mx"), ("US", "officers_us")):
            if side in sides:
                op, value = ("add", x * own[key]) if x > 0 else ("scale", 1.0 + x)
                presses.append(Press("leader_case_officers", op, value, {"country": [side]}))  # type: ignore[arg-type]
                if x > 0:
                    hired = x * own[key] * own["hired_share"]
                    presses.append(Press("case_officers_hired", "add", hired, {"country": [side]}))
        if x > 0 and "US" in sides:
            presses.append(Press("unilateral_share", "add", x * own["alone"]))
        if groups and x > 0:
            presses.append(Press("leader_target_weight", "add", x * own["focus"], {"group": list(groups)}))
        return presses
