"""A lost market moves groups to other trades."""

from __future__ import annotations

from collections.abc import Mapping

from sim.lab.patterns._markets import MarketPattern, Sums, an_arm, pressed_good
from sim.lab.patterns._pattern import Values, above
from sim.lab.patterns._runs import Arm


class OtherTrades(MarketPattern):
    """The market of the most valuable drug closes: all its users are served legally."""

    number = 4
    name = "other_trades"
    title = "A lost market moves groups to other trades"
    mechanism = "planning: time for a trade follows what it pays"
    knocked_out_by = "plan_effort_response 0: groups keep the time they always gave to a trade"
    rule = (
        "6 replicates: receipts of extortion, migrant smuggling and predation rise when all users of the most valuable"
        " drug are served legally, t test below 0.01 and mean of at least 2 %"
    )

    def arm(self) -> Arm:
        """Every user of the drug is served legally."""
        return an_arm(pressed_good("legal_share", "add", 1.0, "bought"))

    def off(self) -> tuple[Arm, Arm]:
        """Time does not answer to what a trade pays."""
        return self.arm().but(plan_effort_response=0.0), an_arm(plan_effort_response=0.0)

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Relative change of receipts from extortion, migrants and predation."""
        return {"receipts": float(treated["other_trades"] / base["other_trades"]) - 1.0}

    def holds(self, values: Values) -> bool:
        """Receipts rise by at least 2 %."""
        return above(values["receipts"], 0.02)
