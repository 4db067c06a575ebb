"""Pressure on laundering moves money to bulk cash."""

from __future__ import annotations

from collections.abc import Mapping

from sim.lab.patterns._markets import MarketPattern, Sums, an_arm
from sim.lab.patterns._pattern import Values, above
from sim.lab.patterns._runs import Arm
from sim.levers import Press


class BulkCash(MarketPattern):
    """Pressure on laundering is three times that of the status quo."""

    number = 5
    name = "bulk_cash"
    title = "Pressure on laundering moves money to bulk cash"
    mechanism = "brokers' fees answer to pressure"
    knocked_out_by = "laundering_fee_pressure 0: brokers' fees do not answer"
    rule = (
        "6 replicates: under three times the pressure the share of money going home as notes rises, t test below 0.01"
        " and mean of at least 0.05"
    )

    def arm(self) -> Arm:
        """Three times the pressure."""
        return an_arm(Press("laundering_pressure", "scale", 3.0))

    def off(self) -> tuple[Arm, Arm]:
        """Fees stay; at the usual pressure, 1, the exponent changes nothing."""
        return self.arm().but(laundering_fee_pressure=0.0), an_arm()

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Change of the share of money going home that goes as notes."""
        now, before = (float(s["notes"] / (s["notes"] + s["brokers"])) for s in (treated, base))
        return {"share_of_notes": now - before}

    def holds(self, values: Values) -> bool:
        """The share rises by at least 0.05."""
        return above(values["share_of_notes"], 0.05)
