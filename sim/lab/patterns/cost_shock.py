"""A cost shock passes through and lowers profit."""

from __future__ import annotations

from collections.abc import Mapping

from sim.lab.patterns._markets import (
    FROZEN,
    MarketPattern,
    Sums,
    an_arm,
    good,
    pressed_good,
    price,
    rent,
)
from sim.lab.patterns._pattern import Values, above
from sim.lab.patterns._runs import Arm


class CostShock(MarketPattern):
    """What is bought costs twice as much."""

    number = 10
    name = "cost_shock"
    title = "A cost shock passes through and lowers profit"
    mechanism = "pass-through"
    knocked_out_by = (
        "price_low = price_high = 1 and an endless supply in the south: the price must not follow"
    )
    rule = (
        "6 replicates, twice the cost of buying: the price of a kilogram rises by at least half of what it cost to buy,"
        " t test below 0.01; the sum of rents (rent per kilogram x kilograms) falls, t test below 0.01"
    )
    history = (
        "A first rule asked that rent per kilogram falls: it did in one trial, -0.05 of the price, and neither fell nor"
        " rose in the next, -0.01, when ports had been deepened. All of the cost may pass, so the rule asks for total"
        " profit."
    )

    def arm(self) -> Arm:
        """Twice the cost."""
        return an_arm(pressed_good("production_cost_factor", "scale", 2.0, "bought"))

    def off(self) -> tuple[Arm, Arm]:
        """No price answers; profit falls there too."""
        return self.arm().but(**FROZEN), an_arm(**FROZEN)

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Change of the groups' price over the usual cost of a kilogram; relative change of all rent."""
        k = good("bought")
        usual = base["cost"][k] / base["weeks"]
        before, after = (rent(s)[k] * s["kg"][k] for s in (base, treated))
        return {
            "passed": float((price(treated)[k] - price(base)[k]) / usual),
            "profit": float(after / before) - 1.0,
        }

    def holds(self, values: Values) -> bool:
        """At least half of the cost passes, and profit falls."""
        return above(values["passed"], 0.5) and above(-values["profit"], 0.0)
