"""A quantity shock is a rent to holders of stock."""

from __future__ import annotations

from collections.abc import Mapping

from sim.lab.patterns._markets import FROZEN, MarketPattern, Sums, an_arm, good, price, rent, scarce
from sim.lab.patterns._pattern import Values, above
from sim.lab.patterns._runs import Arm


class QuantityShock(MarketPattern):
    """What could be bought falls by 40 %."""

    number = 10
    name = "quantity_shock"
    title = "A quantity shock is a rent to holders of stock"
    mechanism = "prices that clear"
    knocked_out_by = "price_low = price_high = 1 and an endless supply in the south: no price answers"
    rule = (
        "6 replicates, 40 % less can be bought: rent per kilogram (price less cost) rises, t test below 0.01 and mean"
        " change of at least 5 % of the price"
    )
    history = (
        "The endless supply was added to the knock-out after the first trial: buying less made it cheaper and left a"
        " rent of 0.049 of the price in it."
    )

    def arm(self) -> Arm:
        """Less to buy."""
        return scarce()

    def off(self) -> tuple[Arm, Arm]:
        """No price answers."""
        return scarce().but(**FROZEN), an_arm(**FROZEN)

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Change of the groups' rent per kilogram over the price in the status quo."""
        k = good("bought")
        return {"rent": float((rent(treated)[k] - rent(base)[k]) / price(base)[k])}

    def holds(self, values: Values) -> bool:
        """The rent rises by at least 5 % of the price."""
        return above(values["rent"], 0.05)
