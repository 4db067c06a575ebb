"""Pattern 16: joint cases of teams that nobody vetted leak more than those of vetted teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.lab.patterns._pattern import Pattern, Values, above, by_seed, p_above
from sim.lab.patterns._runs import BASE, Arm, live
from sim.levers import Press
from sim.state.run import Run

WEEKS, LEAST_RISE = 260, 0.15
OFFICERS = Press("network_case_officers", "add", 1000)
HIRED = Press("case_officers_hired", "add", 1000)
UNVETTED = BASE.pressed(OFFICERS, HIRED)
VETTED = UNVETTED.pressed(Press("vetted_teams", "floor", 1.0))
BLIND = {"leak_integrity_weight": 0.0}


def watch(run: Run) -> Mapping[str, Any]:
    """Joint cases that came to their end, of them leaked, and the summed chance that they would."""
    tally = run.tally
    return {
        "tried": tally.joint_tried[0],
        "leaks": tally.joint_leaks[0],
        "hazard": tally.joint_leak_hazard[0],
    }


class Integrity(Pattern):
    """Unvetted joint cases leak more."""

    number = 16
    name = "integrity"
    title = "unvetted joint cases leak more"
    mechanism = (
        "a leak is the silence of all who know, and the unfit among them are sent back where teams are vetted"
    )
    knocked_out_by = "the chance of a leak takes every team for one of middling integrity"
    rule = (
        "six seeds, five years, 1000 officers more on network cases of each side, teams of joint cases unvetted "
        "against vetted: the mean chance to leak of a joint case that comes to its end is higher in seed after seed "
        "(one-sided t test of the relative rise, p < 0.01) and by 15 % or more on average; the leaks that happened, "
        "over cases tried, summed over seeds, do not speak against it (as many or more)"
    )

    history = (
        "first run: rise 1.18, but 0.22 in the knock-out, since whoever was sent back was missing in the team and "
        "fewer knew; now a vetted team has its full strength and there are fewer teams for the same officers"
    )

    def effect(self) -> Values:
        """Vetted against unvetted teams."""
        return by_seed(self.seeds, lambda seed: _rise(seed, UNVETTED, seed, VETTED))

    def knock_out(self) -> Values:
        """The same where leaks are blind to integrity."""
        dull, vetted = UNVETTED.but(**BLIND), VETTED.but(**BLIND)
        return by_seed(self.seeds, lambda seed: _rise(seed, dull, seed, vetted))

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Unvetted teams of other seeds."""
        pairs = dict(zip(treated, base, strict=True))
        return by_seed(treated, lambda seed: _rise(seed, UNVETTED, pairs[seed], UNVETTED))

    def holds(self, values: Values) -> bool:
        """The rule."""
        unvetted = values["leaks"].sum() / values["tried"].sum()
        vetted = values["leaks_vetted"].sum() / values["tried_vetted"].sum()
        return above(values["rise"], LEAST_RISE) and unvetted >= vetted

    def table(self) -> list[dict[str, Any]]:
        """What was tried and leaked by kind of team, over seeds."""
        values = self.effect()
        rows = []
        for teams, end in (("unvetted", ""), ("vetted", "_vetted")):
            tried, leaks, hazard = (values[name + end].sum() for name in ("tried", "leaks", "hazard"))
            rows.append(
                {
                    "teams": teams,
                    "joint cases tried": tried,
                    "leaked": leaks,
                    "mean chance": round(hazard / tried, 4),
                    "p of the rise": p_above(values["rise"]),
                }
            )
        return rows


def _rise(seed: int, arm: Arm, other_seed: int, other: Arm) -> Mapping[str, float]:
    one, two = live(seed, arm, WEEKS, watch), live(other_seed, other, WEEKS, watch)
    a = {name: float(series.sum()) for name, series in one.items()}
    b = {name: float(series.sum()) for name, series in two.items()}
    rise = (a["hazard"] / max(a["tried"], 1.0)) / max(b["hazard"] / max(b["tried"], 1.0), 1e-12) - 1.0
    return a | {f"{name}_vetted": value for name, value in b.items()} | {"rise": rise}
