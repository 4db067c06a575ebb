"""What the patterns of markets, money and health share: their arms, what is watched, the window.

Replicates are seeds 21 to 26, paired by seed; the null arm halves these and 27 to 32. (The first rules were tried on
seeds 1 to 12; a pattern whose rule was changed says so, and all are judged on seeds that no rule was made on.) What is
watched is summed over weeks 26 to 65 after the arm begins. Goods are known by their class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.patterns._pattern import Floats, Pattern, Values
from sim.lab.patterns._runs import Arm, Follow, live
from sim.levers import Op, Press
from sim.state.capacity import unit_costs
from sim.state.people import DEPENDENT, OCCASIONAL
from sim.state.run import OTHER_TRADES, Run
from sim.world.world import world

SEEDS, OTHERS = range(21, 27), range(27, 33)
FIRST, LAST = 26, 65
OWN_EFFORT = ("extortion", "migrant smuggling", "fuel and predation")
SCARCE_T = 180.0
"""What could be bought in the south, t a year: 40 % less than usual."""
FROZEN = {"price_low": 1.0, "price_high": 1.0, "southern_supply_elasticity": 1e6}
"""No price answers, and the supply in the south is endless."""
Sums = Mapping[str, Floats]
"""What was watched, summed over the window; goods as (D,)."""


def good(kind: str) -> int:
    """Row of a good by its class: bought in the south (the largest market by value), plant or synthetic opioid."""
    drugs = world().drugs
    rows = {
        "bought": drugs.is_bought,
        "plant": drugs.is_opioid & drugs.is_plant,
        "synthetic": drugs.is_opioid & drugs.is_synthetic,
    }
    return int(np.flatnonzero(rows[kind])[0])


def of_good(base: str, kind: str) -> str:
    """Name of a parameter of a good."""
    return f"{base}_{world().drugs.names[good(kind)]}"


def pressed_good(lever: str, op: Op, value: float, kind: str) -> Press:
    """A press on one good."""
    return Press(lever, op, value, {"drug": [world().drugs.names[good(kind)]]})


def an_arm(*presses: Press, **late: Any) -> Arm:
    """An arm at the scale of these patterns."""
    return Arm(presses=presses, late=tuple(late.items()), people_per_agent=500)


def scarce() -> Arm:
    """What could be bought falls by 40 %."""
    return an_arm(**{of_good("capacity", "bought"): SCARCE_T})


def watch(run: Run) -> Mapping[str, Any]:
    """What a week was like: receipts, money home, deaths, users, prices, purity."""
    drugs, tally = run.world.drugs, run.tally
    income = tally.income[0].sum(axis=0)
    using = tally.people[0][:, [OCCASIONAL, DEPENDENT]].sum(axis=1)
    need = run.areas.need.sum(axis=2)
    weight = need / np.maximum(need.sum(axis=0), 1e-12)
    return {
        "other_trades": sum(income[drugs.n + OTHER_TRADES.index(name)] for name in OWN_EFFORT),
        "notes": tally.cash_south[0].sum(),
        "brokers": tally.laundered[0].sum(),
        "deaths": tally.overdose_hazard[0].sum(),
        "active": using[drugs.is_opioid].sum(),
        "users": using,
        "usd": income[: drugs.n],
        "kg": run.groups.landed.sum(axis=0),
        "cost": unit_costs(run),
        "bag_price": (run.areas.price * run.areas.purity * weight).sum(axis=0),
        "purity": (run.areas.purity * weight).sum(axis=0),
        "weeks": 1.0,
    }


def sums(seed: int, arm: Arm, follow: Follow | None = None) -> Sums:
    """What was watched in an arm, summed over the window."""
    series = live(seed, arm, LAST, watch, follow)
    return {name: values[FIRST:].sum(axis=0) for name, values in series.items()}


def price(s: Sums) -> NDArray[np.float64]:
    """USD that groups got per kilogram delivered, (D,)."""
    return np.asarray(s["usd"] / s["kg"])


def rent(s: Sums) -> NDArray[np.float64]:
    """USD per kilogram above what it cost to buy, (D,)."""
    return np.asarray(price(s) - s["cost"] / s["weeks"])


class MarketPattern(Pattern):
    """A pattern that compares an arm with the status quo, and the same two with the mechanism knocked out."""

    seeds, null_seeds = SEEDS, OTHERS

    def arm(self) -> Arm:
        """What is done."""
        raise NotImplementedError

    def off(self) -> tuple[Arm, Arm]:
        """The arm and its base without the mechanism."""
        raise NotImplementedError

    def change(self, treated: Sums, base: Sums) -> Mapping[str, float]:
        """What the arm changed."""
        raise NotImplementedError

    def effect(self) -> Values:
        """Arm against status quo, paired by seed."""
        return self.compare(self.seeds, self.seeds, self.arm(), an_arm())

    def knock_out(self) -> Values:
        """The same without the mechanism."""
        return self.compare(self.seeds, self.seeds, *self.off())

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Status quo against status quo."""
        return self.compare(treated, base, an_arm(), an_arm())

    def compare(self, treated: Sequence[int], base: Sequence[int], arm: Arm, other: Arm) -> Values:
        """`change` of an arm over another, (n,) each."""
        pairs = [self.change(sums(i, arm), sums(j, other)) for i, j in zip(treated, base, strict=True)]
        return {name: np.array([one[name] for one in pairs]) for name in pairs[0]}
