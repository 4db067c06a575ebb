"""The largest state sells cannabis legally: what groups lose."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.lab.patterns._markets import SEEDS, Sums, an_arm, sums
from sim.lab.patterns._pattern import Pattern, Values, by_seed
from sim.lab.patterns._runs import Arm
from sim.levers import Press
from sim.world.world import world


class OneStateSells(Pattern):
    """All users of cannabis in the most populous state are served legally."""

    number = 0
    name = "one_state_sells"
    title = "The largest state sells cannabis legally: what groups lose"
    mechanism = "market areas, revenue of groups by drug"
    rule = (
        "reported, 6 replicates: change of groups' receipts from drugs, weeks 26 to 65, when all users of cannabis in"
        " the most populous state are served legally; and cannabis over all receipts before"
    )
    seeds = SEEDS
    reported = True

    def effect(self) -> Values:
        """Relative change of receipts, and the share of cannabis in them, (n,)."""
        return by_seed(self.seeds, lambda seed: _change(sums(seed, _sold()), sums(seed, an_arm())))

    def table(self) -> list[dict[str, object]]:
        """Receipts by drug, million USD a year."""
        drugs, rows = world().drugs, []
        found = [(sums(seed, an_arm()), sums(seed, _sold())) for seed in self.seeds]
        for k, name in enumerate(drugs.title):
            before, after = (
                np.mean([pair[i]["usd"][k] / pair[i]["weeks"] * 52.0 / 1e6 for pair in found]) for i in (0, 1)
            )
            rows.append(
                {
                    "drug": name,
                    "status quo": float(before),
                    "sold legally": float(after),
                    "unit": "million USD a year",
                }
            )
        return rows


def _sold() -> Arm:
    drugs, areas = world().drugs, world().areas
    cannabis = [name for name, yes in zip(drugs.names, drugs.is_cannabis, strict=True) if yes]
    largest = areas.code[int(areas.population.argmax())]
    return an_arm(Press("legal_share", "add", 1.0, {"drug": cannabis, "area": [largest]}))


def _change(treated: Sums, base: Sums) -> Mapping[str, float]:
    share = base["usd"][world().drugs.is_cannabis].sum() / base["usd"].sum()
    return {
        "receipts": float(treated["usd"].sum() / base["usd"].sum()) - 1.0,
        "share_before": float(share),
    }
