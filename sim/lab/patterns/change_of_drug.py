"""Users of an opioid that grows scarce change to the other."""

from __future__ import annotations

from collections.abc import Mapping

from sim.lab.patterns._markets import MarketPattern, Sums, an_arm, good, of_good
from sim.lab.patterns._pattern import Values, above
from sim.lab.patterns._runs import Arm

POOR_HARVEST_T = 30.0
"""What fields can give, t a year; 70 is usual."""


class ChangeOfDrug(MarketPattern):
    """What fields can give of the plant opioid falls from 70 to 30 t a year."""

    number = 10
    name = "change_of_drug"
    title = "Users of an opioid that grows scarce change to the other"
    mechanism = "substitution within a class"
    knocked_out_by = "substitution_opioid 0: nobody changes"
    rule = (
        "6 replicates, fields give 30 instead of 70 t a year: people who use mainly the synthetic opioid become more,"
        " t test below 0.01 and mean of at least 1 %"
    )

    def arm(self) -> Arm:
        """A poor harvest."""
        return an_arm(**{of_good("capacity", "plant"): POOR_HARVEST_T})

    def off(self) -> tuple[Arm, Arm]:
        """Nobody changes."""
        return self.arm().but(substitution_opioid=0.0), an_arm(substitution_opioid=0.0)

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Relative change of the users of the synthetic opioid."""
        k = good("synthetic")
        return {"users": float(treated["users"][k] / base["users"][k]) - 1.0}

    def holds(self, values: Values) -> bool:
        """At least 1 % more users."""
        return above(values["users"], 0.01)
