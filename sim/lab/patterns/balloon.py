"""(1) Balloon: more checks at one port move loads to other ports and between ports."""

from __future__ import annotations

from collections.abc import Sequence

from sim.lab.patterns._pattern import Floats, Pattern, Values, above, by_seed, p_above
from sim.lab.patterns._routes import AT_PORTS, FOOT, NO_LEARNING, at_sites, busiest, window
from sim.lab.patterns._runs import BASE, Arm
from sim.world.world import world


def moved(new: dict[str, Floats], old: dict[str, Floats]) -> dict[str, float]:
    """Relative change of the port's share of loads; change of the shares of other ports, and of no port."""
    lanes, port = world().lanes, busiest(AT_PORTS, 1)[0]
    before, after = (h["loads"].sum(axis=1) / h["loads"].sum() for h in (old, new))
    there, at_port, change = lanes.site == port, lanes.kind <= FOOT, after - before
    return {
        "there": float(change[there].sum() / before[there].sum()),
        "others": float(change[at_port & ~there].sum()),
        "between": float(change[~at_port].sum()),
    }


class Balloon(Pattern):
    """Groups learn that a port got riskier and send by others."""

    number = 1
    name = "balloon"
    title = "More checks at one port move loads to others and between ports"
    mechanism = "learning"
    knocked_out_by = "route_learning = fixed"
    rule = (
        "Twice the officers at the port with most legal crossings; weeks 26 to 77. The port's share of loads falls by "
        "at least 10 % (t, p < 0.01), the share of other ports rises (t, p < 0.05), and so does the share between "
        "ports and at sea (t, p < 0.05). Five replicates."
    )
    seeds = range(5)
    null_seeds = range(5, 10)

    def effect(self) -> Values:
        """Shares of loads with the officers doubled."""
        return self._against(BASE)

    def knock_out(self) -> Values:
        """The same with attractions of lanes kept."""
        return self._against(NO_LEARNING)

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Shares of loads in one half of the seeds against the other."""
        pair = dict(zip(treated, base, strict=True))
        return by_seed(treated, lambda seed: moved(window(seed), window(pair[seed])))

    def holds(self, values: Values) -> bool:
        """The rule."""
        return (
            above(-values["there"], 0.10)
            and p_above(values["others"]) < 0.05
            and p_above(values["between"]) < 0.05
        )

    def _against(self, base: Arm) -> Values:
        more = base.pressed(at_sites("port_officers", "scale", 2.0, busiest(AT_PORTS, 1)))
        return by_seed(self.seeds, lambda seed: moved(window(seed, more), window(seed, base)))
