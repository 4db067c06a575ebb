"""(3) Few routes, read as it is said: pressing few routes barely moves use, pressing all moves it more."""

from __future__ import annotations

from sim.lab.patterns._pattern import Values, above, p_above
from sim.lab.patterns.few_routes import FewRoutes as Strict

LITTLE, MUCH = 0.015, 0.03
"""Falls of use: what few routes have to stay under, half of what all routes have to reach."""


class FewRoutesLittle(Strict):
    """The same arms on other seeds, with a rule about the sizes of both falls and not about their ratio."""

    number = 3
    name = "few_routes_little"
    title = "Pressing few routes lowers use by less than 1.5 %, pressing all by more than 3 %"
    rule = (
        "Three times the officers at the three busiest ports, or at all ports and sectors; weeks 26 to 181. Use is "
        "kilograms consumed, cannabis apart. The fall with few is below 1.5 % (t, p < 0.05), that with all at least "
        "3 % (t, p < 0.01) and more than twice that with few (t, p < 0.01). Eight replicates on seeds that no rule was "
        "made on; the null splits sixteen."
    )
    seeds = range(40, 48)
    null_seeds = range(48, 56)
    history = (
        "Written after the stricter rule of `few_routes`, that few routes cost less than half of their share "
        "of what all routes cost, had been missed at a ratio of 0.46, and before the first run on these seeds."
    )

    def holds(self, values: Values) -> bool:
        """The rule."""
        few, all_ = values["few"], values["all"]
        return p_above(LITTLE - few) < 0.05 and above(all_, MUCH) and p_above(all_ - 2.0 * few) < 0.01
