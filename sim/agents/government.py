"""A government: what it sees of its own deaths, what it then puts first, and what it brings to talks."""

from __future__ import annotations

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.state.bargaining import Position, suspicion
from sim.state.governments import ISSUES, MX, US
from sim.state.run import Run

FOOT = 3
"""Last kind of lane that is at a port."""
SIDES = ("mx", "us")
"""How parameters name the two sides, by row."""


class Government(mesa.Agent):
    """Handle of one row of the table of governments: 0 Mexico, 1 the United States."""

    def __init__(self, model: mesa.Model, run: Run, row: int) -> None:
        super().__init__(model)
        self.run = run
        self.row = row

    @property
    def priority(self) -> NDArray[np.float64]:
        """Weight of each issue, sums to 1."""
        return np.asarray(self.run.governments.priority[self.row])

    @property
    def willingness(self) -> float:
        """Willingness to cooperate, 0 to 1."""
        return float(self.run.governments.willingness[self.row])

    def weigh(self) -> None:
        """Shift priorities toward what has grown worse in the counts it sees, and split free effort by them.

        Attention to an issue is its priority times (counted deaths, or published waits at ports for trade, over their
        resting level)^elasticity, normalised; it moves a share 1/`attention_weeks` of the way each week. Source:
        assumption A3 (salience of counted deaths).
        """
        run = self.run
        pressure = np.ones(len(ISSUES))
        pressure[ISSUES.index("trade")] = self._relative(self._waits(), "waits_rest")
        if self.row == US:
            pressure[ISSUES.index("drugs")] = self._relative(run.seen.overdoses.sum(), "overdoses_rest")
        if self.row == MX:
            relative = self._relative(run.seen.homicides.sum(), "homicides_rest")
            pressure[[ISSUES.index("violence"), ISSUES.index("guns")]] = relative
        wanted = self.priority * pressure ** run.p["attention_elasticity"]
        wanted = wanted / wanted.sum()
        now = run.governments.attention[self.row]
        run.governments.attention[self.row] = now + (wanted - now) / run.p["attention_weeks"]

    def position(self) -> Position:
        """What this side brings to talks: worth, cost, outside option and red line of each issue, (n_issues,) each.

        worth = benefit x n x attention x (1 + willingness) / 2: attention is what it sees of its own problem;
        give = cost x what the issue asks of this side x (1/2 + sensitivity to sovereignty) x (3/2 - trust);
        outside = what it can have of the worth alone, less the harm that the other side threatens;
        red line = -tolerance x (3/2 - sensitivity) x (2 - suspicion). Source: form of Tollison & Willett 1979,
        doi:10.1017/S0020818300027417; sizes are assumption A5.
        """
        run, p, gov = self.run, self.run.p, self.run.governments
        side, trust = SIDES[self.row], float(run.relations.political_trust[0])
        worth = p["bargain_benefit"] * len(ISSUES) * gov.attention[self.row] * 0.5 * (1.0 + self.willingness)
        sensitive = float(gov.sovereignty[self.row])
        asked = np.array([p[f"give_{issue}_{side}"] for issue in ISSUES])
        wary = suspicion(trust, run.levers.scalar("third_party"))
        return Position(
            worth=worth,
            give=p["bargain_cost"] * asked * (0.5 + sensitive) * (1.5 - trust),
            outside=worth * p[f"bargain_alone_{side}"]
            - p["threat_harm"] * run.levers["threats"][1 - self.row],
            floor=np.full(len(ISSUES), -p["bargain_red_line"] * (1.5 - sensitive) * (2.0 - wary)),
            transferable=run.levers.scalar("talks_transfer"),
        )

    def _waits(self) -> float:
        """Published wait of a mean crossing at ports, hours."""
        lanes = self.run.world.lanes
        weight = self.run.keep("crossings", 0, lambda: lanes.traffic_per_week * (lanes.kind <= FOOT))
        every = self.run.keep("all crossings", 0, lambda: float(weight.sum()))
        return float(self.run.seen.waits[0] @ weight / every)

    def _relative(self, seen: float, resting: str) -> float:
        """What is seen in a week over its resting level, between a half and two; 1 before anything is seen."""
        return min(2.0, max(0.5, float(seen) / self.run.p[resting])) if seen > 0 else 1.0


def start_governments(run: Run) -> None:
    """Fill the tables of governments and relations from parameters."""
    for row, side in ((MX, "mx"), (US, "us")):
        weights = np.array([run.p[f"priority_{issue}_{side}"] for issue in ISSUES])
        run.governments.priority[row] = weights / weights.sum()
        run.governments.attention[row] = run.governments.priority[row]
        run.governments.willingness[row] = run.p[f"willingness_{side}"]
        run.governments.sovereignty[row] = run.p[f"sovereignty_{side}"]
    run.relations.political_trust[0] = run.p["political_trust_rest"]
    run.relations.agency_trust[0] = run.p["agency_trust_start"]
    run.relations.weeks_to_talks[0] = 0
    run.extra["deals.guns_seized"] = np.zeros(2)
