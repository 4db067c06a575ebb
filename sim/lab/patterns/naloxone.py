"""Naloxone cuts deaths and slightly raises active use."""

from __future__ import annotations

from collections.abc import Mapping

from sim.lab.patterns._markets import MarketPattern, Sums, an_arm
from sim.lab.patterns._pattern import Values, above
from sim.lab.patterns._runs import Arm
from sim.levers import Press


class Naloxone(MarketPattern):
    """Five times the kits."""

    number = 9
    name = "naloxone"
    title = "Naloxone cuts deaths and slightly raises active use"
    mechanism = "rescue: survivors go on using"
    knocked_out_by = "naloxone_works 0: a used kit saves nobody"
    rule = (
        "16 replicates, five times the kits: expected overdose deaths fall, t test below 0.01 and mean of at least 3 %;"
        " active use of opioids rises, t test below 0.01, by less than 5 % in the mean"
    )
    seeds = range(101, 117)
    null_seeds = range(117, 133)
    history = (
        "With six replicates (seeds 21 to 26) the rule held at a rise of use of 0.30 %. After a change in which rows "
        "entrants take, and so of their dice, the same six gave deaths -16 % and use +0.21 % (0.03 to 0.39), p of the "
        "rise about 0.03: missed. So small a rise needs more replicates; the rule is unchanged, the seeds are new."
    )

    def arm(self) -> Arm:
        """Five times the kits."""
        return an_arm(Press("naloxone_kits", "scale", 5.0))

    def off(self) -> tuple[Arm, Arm]:
        """Kits that do nothing."""
        return self.arm().but(naloxone_works=0.0), an_arm(naloxone_works=0.0)

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """Relative changes of expected deaths and of active use of opioids."""
        return {name: float(treated[name] / base[name]) - 1.0 for name in ("deaths", "active")}

    def holds(self, values: Values) -> bool:
        """Fewer deaths, a little more use."""
        more = above(values["active"], 0.0) and values["active"].mean() < 0.05
        return bool(above(-values["deaths"], 0.03) and more)
