"""Pattern 20: kingpin targeting against network takedowns, equal in officer-weeks and USD. Reported, no pass mark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from sim.catalogue import Policy
from sim.lab.patterns._pattern import Pattern, Values
from sim.lab.patterns._runs import BASE, Arm, Series, live
from sim.lab.patterns._years import Measure, by_year, change, last, rows_of, sign, total
from sim.policies.kingpin_targeting import KingpinTargeting
from sim.policies.network_takedown import NetworkTakedown
from sim.state.run import Run

YEARS = 5
USD_PER_OFFICER = {"mx": 36_000.0, "us": 333_000.0}
"""Cost of an officer on cases a year, by country. Source: policy_costs.csv."""
STRATEGIES: dict[str, Policy] = {"kingpin": KingpinTargeting(), "network": NetworkTakedown()}


def mix(officers: float, usd_per_year: float) -> dict[str, float]:
    """Officers of each country that are `officers` in all and cost `usd_per_year`: two equations, one answer.

    So two strategies of equal officer-weeks and equal USD have the same officers of each country.
    """
    mx, us = USD_PER_OFFICER["mx"], USD_PER_OFFICER["us"]
    abroad = (usd_per_year - mx * officers) / (us - mx)
    if not 0.0 <= abroad <= officers:
        raise ValueError(f"{officers} officers cannot cost {usd_per_year} USD a year")
    return {"mx": officers - abroad, "us": abroad}


def scaled(name: str, officers: float, usd_per_year: float) -> Arm:
    """A strategy by the presses of its policy, with the officers that this time and money buy, from the first week.

    All are paid by the programme (none leaves patrols) and none waits for it to build up, or the weeks would differ.
    """
    policy = STRATEGIES[name]
    own = {key: item.default for key, item in policy.parameters.items()}
    own |= {f"officers_{side}": n for side, n in mix(officers, usd_per_year).items()} | {"hired_share": 1.0}
    return BASE.pressed(*policy.press(1.0, own, {}))


BUDGETS = {
    "half and half": (750.0, 375 * (USD_PER_OFFICER["mx"] + USD_PER_OFFICER["us"])),
    "mostly Mexican": (1560.0, 1500 * USD_PER_OFFICER["mx"] + 60 * USD_PER_OFFICER["us"]),
}
"""Officers and USD a year: the mix of network takedowns at full strength, and that of kingpin targeting."""


def watch(run: Run) -> Mapping[str, Any]:
    """What either strategy is for, what it costs in trust, and what it did."""
    tally, cases = run.tally, run.cases
    organised = tally.deaths[0].sum() + tally.deaths_members[0].sum()
    officers = sum(run.levers[f"{kind}_case_officers"].sum() for kind in ("leader", "network"))
    return {
        "homicides": organised + tally.background[0].sum(),
        "members": run.crews.members.sum(),
        "groups": run.groups.alive.sum(),
        "income": tally.income[0].sum(),
        "leaks": tally.leaks[0],
        "captures": tally.captures[0],
        "takedowns": tally.takedowns[0],
        "assigned": officers,
        "at work": (cases.officers + cases.partner_officers).sum() if cases.n else 0.0,
    }


MEASURES: dict[str, Measure] = {
    "homicides": total("homicides"),
    "members": last("members"),
    "groups": last("groups"),
    "income": total("income"),
}
COUNTS: dict[str, Measure] = {
    name: total(name) for name in ("leaks", "captures", "takedowns", "assigned", "at work")
}


@cache
def arms() -> dict[tuple[str, str], Arm]:
    """The arms by budget and strategy."""
    return {(budget, name): scaled(name, *means) for budget, means in BUDGETS.items() for name in STRATEGIES}


class KingpinOrNetwork(Pattern):
    """Two strategies with the same officers and money."""

    number = 20
    name = "kingpin_or_network"
    title = "kingpin and network strategies at equal officer-weeks and USD"
    mechanism = (
        "cases on leaders are quick and make room for successors and splinters; cases on networks are slow and joint "
        "and take many people at once"
    )
    rule = (
        "reported: six seeds, five years; both strategies with the same officers of each country from the first week,"
        " all paid by the programme, which is the only way for officer-weeks and USD to be equal at once where an "
        "officer of one country costs more; for the mix of either policy at full strength; relative change against "
        "the status quo of the same seed of homicides, members, groups and income, differences of leaks, captures, "
        "takedowns and officer-weeks, by year, and network less kingpin, mean and 90 % interval"
    )
    reported = True

    def effect(self) -> Values:
        """Network less kingpin in the last year, and officer-weeks and USD of both."""
        found: dict[str, Any] = {}
        for budget, (officers, usd) in BUDGETS.items():
            word = budget.replace(" ", "_")
            for what in MEASURES:
                found[f"{what}_{word}"] = self._gap(budget, what)[:, -1]
            weeks = [
                by_year(self._runs(arms()[budget, name]), COUNTS["assigned"], YEARS) for name in STRATEGIES
            ]
            found[f"officer_weeks_apart_{word}"] = (weeks[1] - weeks[0]).sum(axis=1)
            found[f"usd_a_year_{word}"] = np.array([usd])
            found[f"officers_{word}"] = np.array([officers])
        return found

    def table(self) -> list[dict[str, Any]]:
        """By budget, measure and year: either strategy against the status quo, and one against the other."""
        base, rows = self._runs(BASE), []
        for budget in BUDGETS:
            for what, measure in MEASURES.items():
                before = by_year(base, measure, YEARS)
                changes = {
                    name: change(by_year(self._runs(arms()[budget, name]), measure, YEARS), before)
                    for name in STRATEGIES
                }
                gap = self._gap(budget, what)
                new = rows_of(budget, what, {**changes, "network less kingpin": gap})
                for row in new:
                    row["lower"] = ("network", "open", "kingpin")[sign(gap[:, row["year"] - 1]) + 1]
                rows += new
            for what, measure in COUNTS.items():
                before = by_year(base, measure, YEARS)
                more = {
                    name: by_year(self._runs(arms()[budget, name]), measure, YEARS) - before
                    for name in STRATEGIES
                }
                rows += rows_of(
                    budget, what, {**more, "network less kingpin": more["network"] - more["kingpin"]}
                )
        return rows

    def _runs(self, arm: Arm) -> list[Series]:
        return [live(seed, arm, 52 * YEARS, watch) for seed in self.seeds]

    def _gap(self, budget: str, what: str) -> Any:
        kingpin, network = (
            by_year(self._runs(arms()[budget, name]), MEASURES[what], YEARS) for name in STRATEGIES
        )
        return change(network, kingpin)
