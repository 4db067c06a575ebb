"""Half as many officers more against groups: prices, use, and fights between groups within weeks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.lab.patterns._pattern import Pattern, Values, by_seed, interval
from sim.lab.patterns._runs import BASE, Arm, Series, live
from sim.levers import Press
from sim.state.run import Run

WEEKS, MONTH, HALF_YEAR = 78, 13, 26
MORE = Arm(presses=(Press("agency_effort", "scale", 1.5),))


def watch(run: Run) -> Mapping[str, Any]:
    """Fights between groups, kilograms used and their worth at today's and at reference prices, cannabis apart."""
    hard = ~run.world.drugs.is_cannabis
    used = run.tally.consumed[0]
    return {
        "fights": run.tally.fights[0].sum(),
        "spent": run.tally.spending[0][:, hard].sum(axis=0),
        "used": used[:, hard].sum(axis=0),
        "usual": (used * run.world.drugs.price("us_retail"))[:, hard].sum(),
    }


class MorePolicing(Pattern):
    """All agencies place half as many officers more against groups, from one week on."""

    number = 0
    name = "more_policing"
    title = "Half as many officers more: prices, use, and fights between groups"
    mechanism = "patrols, raids, cases; groups' answers"
    rule = (
        "reported, 6 replicates of 78 weeks: officers against groups x 1.5 in both countries; relative changes of"
        " fights between groups in the first quarter, and of retail prices and kilograms used in the last year"
    )
    seeds = range(1, 7)
    reported = True

    def effect(self) -> Values:
        """Relative changes, (n,)."""
        return by_seed(
            self.seeds, lambda s: _change(live(s, MORE, WEEKS, watch), live(s, BASE, WEEKS, watch))
        )

    def table(self) -> list[dict[str, Any]]:
        """The same by quarter."""
        rows = []
        for start in range(0, WEEKS, MONTH):
            weeks = slice(start, start + MONTH)
            found = [
                _over(live(s, MORE, WEEKS, watch), live(s, BASE, WEEKS, watch), weeks) for s in self.seeds
            ]
            row: dict[str, Any] = {"weeks": f"{start} to {start + MONTH - 1}"}
            for name in found[0]:
                row[name] = interval(np.array([one[name] for one in found]))[0]
            rows.append(row)
        return rows


def _over(more: Series, base: Series, weeks: slice) -> Mapping[str, float]:
    """Relative changes over some weeks: fights, price of a basket at reference prices, kilograms used."""

    def price(s: Series) -> float:
        return float(s["spent"][weeks].sum() / s["usual"][weeks].sum())

    fights, used = (
        float(more[name][weeks].sum() / max(base[name][weeks].sum(), 1e-9)) - 1.0
        for name in ("fights", "used")
    )
    return {"fights": fights, "price": price(more) / price(base) - 1.0, "use": used}


def _change(more: Series, base: Series) -> Mapping[str, float]:
    soon, late = _over(more, base, slice(0, MONTH)), _over(more, base, slice(HALF_YEAR, WEEKS))
    return {"fights": soon["fights"], "price": late["price"], "use": late["use"]}
