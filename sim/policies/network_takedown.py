"""Network takedown: joint teams that work long on one group and remove many of its people at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.catalogue import Own, Policy
from sim.levers import Press


class NetworkTakedown(Policy):
    """Adds officers of both countries to network cases; trust, leaks and time decide how many end in a takedown."""

    name = "network_takedown"
    title = "Network takedowns"
    family = "A"
    papers = ("F19",)
    tradeoff = "slow and few; fails and leaks where trust or integrity is low; weakens capacity for longer"
    cost_usd_per_year = (25e6, 150e6)
    delay_weeks = 78
    source = "policy_costs.csv: 1 against 6 takedowns a year, five joint teams of 150, half on each side"
    where_axes = ("group",)
    parameters = {
        "officers_mx": Own("officers", 375, 0, 3000, "policy_costs.csv: half of 750 added at full strength"),
        "officers_us": Own("officers", 375, 0, 3000, "policy_costs.csv: half of 750 added at full strength"),
        "hired_share": Own(
            "fraction",
            0.9,
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
        presses = []
        for side, key in (("MX", "officers_mx"), ("US", "officers_us")):
            op, value = ("add", x * own[key]) if x > 0 else ("scale", 1.0 + x)
            presses.append(Press("network_case_officers", op, value, {"country": [side]}))  # type: ignore[arg-type]
            if x > 0:
                hired = x * own[key] * own["hired_share"]
                presses.append(Press("case_officers_hired", "add", hired, {"country": [side]}))
        groups = where.get("group", ())
        if groups and x > 0:
            presses.append(Press("network_target_weight", "add", x * own["focus"], {"group": list(groups)}))
        return presses
