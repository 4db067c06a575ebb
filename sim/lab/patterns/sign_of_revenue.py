"""With elastic demand the sign of revenue under scarcity follows the switch of pass-through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sim.lab.patterns._markets import FROZEN, MarketPattern, Sums, an_arm, good, of_good, scarce
from sim.lab.patterns._pattern import Floats, Values, above
from sim.lab.patterns._runs import Arm

ELASTICITY = -1.6
"""Demand more than unit elastic, inside the range of the table: only then can the sign of revenue differ."""
LEAST = 0.02


class SignOfRevenue(MarketPattern):
    """What could be bought falls by 40 %, with demand of elasticity 1.6, on both sides of the switch."""

    number = 10
    name = "sign_of_revenue"
    title = "Whether scarcity raises revenue follows the switch of pass-through"
    mechanism = "additive or multiplicative pass-through"
    knocked_out_by = "prices that do not answer: revenue does not rise under additive"
    rule = (
        "6 replicates, demand of elasticity 1.6, 40 % less can be bought: with a dollar upstream a dollar at retail"
        " (additive) groups' revenue rises, with equal ratios (multiplicative) it falls, t tests below 0.01 and mean"
        " log changes of at least 0.02; a null trial holds if either side does"
    )

    def effect(self) -> Values:
        """Log change of revenue on both sides."""
        return {side: self._side(side, {}) for side in ("additive", "multiplicative")}

    def knock_out(self) -> Values:
        """Under additive, where no price answers."""
        return {"additive": self._side("additive", FROZEN)}

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Status quo against status quo: one change, which either side of the rule may take for its own."""
        return {"either": super().null(treated, base)["revenue"]}

    def _side(self, side: str, late: Mapping[str, float]) -> Floats:
        spin = ((of_good("elasticity_price", "bought"), ELASTICITY), ("price_pass_through", side))
        arm, base = (replace(one.but(**late), spin=spin) for one in (scarce(), an_arm()))
        return self.compare(self.seeds, self.seeds, arm, base)["revenue"]

    def arm(self) -> Arm:
        """Less to buy."""
        return scarce()

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Log change of what groups took for the drug."""
        k = good("bought")
        return {"revenue": float(np.log(treated["usd"][k] / base["usd"][k]))}

    def holds(self, values: Values) -> bool:
        """Up under additive, down under multiplicative."""
        if "either" in values:
            return above(values["either"], LEAST) or above(-values["either"], LEAST)
        down = "multiplicative" not in values or above(-values["multiplicative"], LEAST)
        return above(values["additive"], LEAST) and down
