"""A quantity shock falls on purity before nominal price."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.lab.patterns._markets import MarketPattern, Sums, an_arm, good, scarce
from sim.lab.patterns._pattern import Values, above
from sim.lab.patterns._runs import Arm


class PurityFirst(MarketPattern):
    """What could be bought falls by 40 %."""

    number = 10
    name = "purity_first"
    title = "A quantity shock falls on purity before nominal price"
    mechanism = "dealers' cut"
    knocked_out_by = "purity_response 0: dealers never add cut"
    rule = (
        "6 replicates, 40 % less can be bought: purity at retail falls, t test of the log change below 0.01 and mean of"
        " at least 0.01, and by more (in logs) than the price of a gram in the bag rises, t test below 0.01"
    )

    def arm(self) -> Arm:
        """Less to buy."""
        return scarce()

    def off(self) -> tuple[Arm, Arm]:
        """Dealers never add cut."""
        return scarce().but(purity_response=0.0), an_arm(purity_response=0.0)

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Log changes of purity at retail and of the price of a gram in the bag."""
        k = good("bought")
        return {name: float(np.log(treated[name][k] / base[name][k])) for name in ("purity", "bag_price")}

    def holds(self, values: Values) -> bool:
        """Purity falls, and more than the bag grows dearer."""
        purity, bag = values["purity"], values["bag_price"]
        return above(-purity, 0.01) and above(-purity - bag, 0.0)
