"""(7) Trusted lanes: they cut waits, and groups buy their drivers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.lab.patterns._pattern import Floats, Pattern, Values, above, by_seed, p_above
from sim.lab.patterns._routes import TRUSTED, window
from sim.lab.patterns._runs import BASE, Arm
from sim.levers import Press
from sim.world.world import world

LARGER = (Press("trusted_share", "floor", 0.5), Press("trusted_inspection", "cap", 0.25))
NO_RECORDS = BASE.but(carrier_records="none")


def trusted(new: dict[str, Floats], old: dict[str, Floats]) -> dict[str, float]:
    """Relative change of the mean wait of trucks and of drivers bought; change of the share of loads they carry."""
    kind = world().lanes.kind
    freight = kind <= TRUSTED

    def wait(h: dict[str, Floats]) -> float:
        return float(h["waited"][freight].sum() / h["traffic"][freight].sum())

    def carried(h: dict[str, Floats]) -> float:
        return float(h["loads"][kind == TRUSTED].sum() / h["loads"][freight].sum())

    return {
        "wait": wait(new) / wait(old) - 1.0,
        "bought": float(new["bought"]) / max(float(old["bought"]), 1e-9) - 1.0,
        "carried": carried(new) - carried(old),
    }


class TrustedLanes(Pattern):
    """Checks that spare the trusted are worth the price of a driver."""

    number = 7
    name = "trusted_lanes"
    title = "Trusted lanes cut waits and get infiltrated"
    mechanism = "records"
    knocked_out_by = "carrier_records = none (enrolled trucks are checked like all)"
    rule = (
        "Half instead of a quarter of trucks enrolled, and checks at full standing a quarter instead of half; weeks 26 "
        "to 77. The mean wait of all trucks falls by at least 10 % (t, p < 0.01), drivers in groups' pay rise by at "
        "least 20 % (t, p < 0.01), and so does the share of trucked loads that go with them (t, p < 0.05). Without "
        "records drivers must rise by less than 20 %. Eight replicates; the null splits eighteen seeds."
    )
    seeds = range(10, 18)
    null_seeds = range(10)
    history = (
        "The first run, five replicates, missed the last part alone: waits -39 %, drivers +31 %, share of loads +0.018 "
        "(records off: -39 %, +9 %, -0.001). Eight others, the ones used now, met it (+30 %, +0.026) and then, after "
        "changes elsewhere in the model, missed the last part again (+30 %, +0.005; records off +10 %, +0.007): a "
        "driver carried only what his patron had meant for the trusted lane by habit. Since then he takes a part of "
        "all that goes by truck at his port. The rule and the seeds of the arms are unchanged."
    )

    def effect(self) -> Values:
        """The larger programme with records of carriers."""
        return self._against(BASE)

    def knock_out(self) -> Values:
        """The same without records."""
        return self._against(NO_RECORDS)

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Nothing done: one half of the seeds against the other."""
        pair = dict(zip(treated, base, strict=True))
        return by_seed(treated, lambda seed: trusted(window(seed), window(pair[seed])))

    def holds(self, values: Values) -> bool:
        """The rule."""
        return (
            above(-values["wait"], 0.10)
            and above(values["bought"], 0.2)
            and p_above(values["carried"]) < 0.05
        )

    def remains(self, values: Values) -> bool:
        """Whether drivers are bought as much without records as with them."""
        return bool(np.mean(values["bought"]) >= 0.2)

    def _against(self, base: Arm) -> Values:
        larger = base.pressed(*LARGER)
        return by_seed(self.seeds, lambda seed: trusted(window(seed, larger), window(seed, base)))
