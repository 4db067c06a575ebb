"""A trafficking group: what it knows of itself, and what it intends for the week.

It writes intentions (`*_plan`, wage, utilisation, aggression) and moves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.kernels_routing import group_sum
from sim.state.capacity import capacity, place_capacity, transport_costs, unit_costs
from sim.state.ladder import supply_gain
from sim.state.run import Run
from sim.state.running import smooth

Floats = NDArray[np.float64]
Row = list[float]
LEAST_USE = 1e-3
"""Use of capacity below which a group is taken never to have produced."""


@dataclass(frozen=True)
class Sight:
    """What groups know on Monday, by row of the table of groups: plain lists, so that each decides in plain numbers."""

    capacity: list[Row]
    """kg/week it can make, by drug."""
    stock: list[Row]
    """kg in Mexico, by drug."""
    profit: list[Row]
    """USD it expects per kg made, by drug."""
    utilisation: list[Row]
    members: Row
    size: Row
    """Running members."""
    surplus: Row
    """USD/week, running."""
    receipts: Row
    """USD/week, running, all trades."""
    guns: list[Row]
    rounds: Row
    wage: Row
    paid: Row
    aggression: Row
    contest: Row
    """How contested its plazas are, 0 to 1."""
    heat: Row
    """Pressure of enforcement on its crews."""
    idle: list[bool]
    """Buying and recruiting are suspended."""
    usual_use: Row
    """Use of capacity at the usual profit, by drug."""
    usual_profit: Row
    """USD per kg at which use is as usual, by drug."""
    pace: Row
    """Weekly share of the way to the wished use, by drug."""
    ship_weeks: Row
    p: dict[str, float]


def look(run: Run) -> Sight:
    """Gather what every group knows: capacity, stocks, expected profit, people, arms, contest. Updates its losses."""
    groups, crews = run.groups, run.crews
    sent, lost = groups.sent.sum(axis=2), groups.lost.sum(axis=2)
    seen = np.where(sent > 0.0, lost / np.where(sent > 0.0, sent, 1.0), groups.loss)
    groups.loss[:] = smooth(groups.loss, seen, run.p["loss_weeks"])
    _inherit(run)
    cost = unit_costs(run) + transport_costs(run)
    profit = groups.margin * (1.0 - groups.loss) - cost
    usual_use, usual_profit = run.extra["supply_reference"]
    gain = supply_gain(run, usual_profit)
    members = crews.members.sum(axis=1).astype(float)
    by_crew = np.column_stack(
        [members, members * run.plazas.contest[crews.plaza], members * crews.heat, crews.ammunition, crews.guns]
    ).astype(float)
    own = group_sum(crews.ptr, by_crew)
    people = np.maximum(own[:, 0], 1.0)
    home = (crews.plaza < run.world.plazas.n_mexico)[:, None]
    return Sight(
        capacity=group_sum(crews.ptr, capacity(run, place_capacity(run))).tolist(),
        stock=group_sum(crews.ptr, crews.pure * home).tolist(),
        profit=profit.tolist(),
        utilisation=groups.utilisation.tolist(),
        members=own[:, 0].tolist(),
        size=groups.size.tolist(),
        surplus=groups.profit.tolist(),
        receipts=groups.revenue.sum(axis=1).tolist(),
        guns=own[:, 4:].tolist(),
        rounds=own[:, 3].tolist(),
        wage=groups.wage.tolist(),
        paid=groups.paid.tolist(),
        aggression=groups.aggression.tolist(),
        contest=np.minimum(own[:, 1] / people, 1.0).tolist(),
        heat=np.minimum(own[:, 2] / people, 1.0).tolist(),
        idle=(groups.pause > 0.0).tolist(),
        usual_use=usual_use.tolist(),
        usual_profit=usual_profit.tolist(),
        pace=(1.0 / (run.p["utilisation_weeks"] * (1.0 + gain))).tolist(),
        ship_weeks=run.p.by("ship_weeks", run.world.drugs.names).tolist(),
        p={name: run.p[name] for name in PLANNED_BY},
    )


def _inherit(run: Run) -> None:
    """A group without memory of a trade takes what its market knows: mean margin, loss and use of capacity."""
    groups, live = run.groups, run.groups.alive[:, None]
    sold = np.where(live, groups.sold, 0.0)
    total = np.maximum(sold.sum(axis=0), 1e-9)
    margin, use = (groups.margin * sold).sum(axis=0) / total, (groups.utilisation * sold).sum(axis=0) / total
    loss = (groups.loss * sold).sum(axis=0) / total
    new = live & (groups.margin <= 0.0)
    groups.margin[:] = np.where(new, margin, groups.margin)
    groups.loss[:] = np.where(new, loss, groups.loss)
    groups.utilisation[:] = np.where(live & (groups.utilisation < LEAST_USE), np.maximum(use, LEAST_USE), groups.utilisation)
    groups.size[:] = np.where(groups.alive, groups.size, 0.0)


PLANNED_BY = (
    "supply_elasticity",
    "storage_exponent",
    "least_sale",
    "profit_per_member_week",
    "wage_member_week",
    "wage_exponent",
    "wage_follow_weeks",
    "plan_recruit_rate",
    "plan_recruit_exponent",
    "plan_replacement",
    "plan_size_weeks",
    "plan_guns_per_member",
    "plan_gun_life",
    "plan_gun_weeks",
    "plan_long_gun_share",
    "plan_rounds_per_gun",
    "plan_rounds_weeks",
    "plan_contest_arms",
    "plan_bribe_share",
    "plan_bribe_heat",
    "aggression_weeks",
    "aggression_losses",
)
"""Parameters that plans read."""


class TraffickingGroup(mesa.Agent):
    """Handle of one row of the table of groups."""

    def __init__(self, model: mesa.Model, run: Run, row: int) -> None:
        super().__init__(model)
        self.run = run
        self.row = row
        self.id = int(run.groups.id[row])

    @property
    def name(self) -> str:
        """Its name."""
        return self.run.names[self.row]

    @property
    def members(self) -> int:
        """People in all its crews."""
        ptr = self.run.crews.ptr
        return int(self.run.crews.members[ptr[self.row] : ptr[self.row + 1]].sum())

    @property
    def treasury(self) -> float:
        """Money at hand in Mexico, USD."""
        return float(self.run.groups.treasury[self.row])

    @property
    def receipts(self) -> float:
        """Running receipts of all trades, USD/week."""
        return float(self.run.groups.revenue[self.row].sum())

    def plan(self, sight: Sight) -> None:
        """Decide the week: production, shipments, pay, recruits, arms, protection, readiness to fight."""
        groups, row = self.run.groups, self.row
        worth = self.worth_of_a_member(sight)
        losses = self.recent_losses(sight)
        use = self.wished_use(sight)
        groups.utilisation[row] = use
        output = self.output(sight, use)
        groups.produce_plan[row] = output
        groups.ship_plan[row] = self.shipments(sight, output)
        groups.wage[row] = self.pay(sight, worth)
        groups.recruit_plan[row] = self.recruits(sight, worth, losses)
        groups.gun_plan[row], groups.ammunition_plan[row] = self.arms(sight)
        groups.bribe_plan[row] = self.protection(sight)
        groups.aggression[row] = self.readiness(sight, worth, losses)
        groups.size[row] += (sight.members[row] - groups.size[row]) / sight.p["plan_size_weeks"]

    def wished_use(self, sight: Sight) -> Row:
        """Use of its capacity by drug: a step toward (expected profit over the usual)^elasticity.

        Compensation for risk rises with volume; the step is damped by how strongly the price answers when rivals do
        the same. Source: Reuter & Kleiman 1986, doi:10.1086/449114; assumption A-S3.
        """
        power = sight.p["supply_elasticity"]
        wished = []
        for now, profit, usual, share, pace in zip(
            sight.utilisation[self.row], sight.profit[self.row], sight.usual_profit, sight.usual_use, sight.pace,
            strict=True,
        ):  # fmt: skip
            target = share * max(profit / usual, 1e-3) ** power
            gap = max(-1.0, min(1.0, math.log(max(target, LEAST_USE) / now)))
            wished.append(max(LEAST_USE, min(1.0, now * math.exp(pace * gap))))
        return wished

    def output(self, sight: Sight, use: Row) -> Row:
        """Kilograms to make or buy this week, mean of the year; none while buying is suspended."""
        if sight.idle[self.row]:
            return [0.0] * len(use)
        return [share * room for share, room in zip(use, sight.capacity[self.row], strict=True)]

    def shipments(self, sight: Sight, output: Row) -> Row:
        """Kilograms to send: output, more with a stock above the wished weeks of it, so that harvests are spread.

        Without output the stock is sold off. Source: storage, assumption A-P5.
        """
        power = sight.p["storage_exponent"]
        sent = []
        for made, stock, weeks in zip(output, sight.stock[self.row], sight.ship_weeks, strict=True):
            even = stock / weeks
            spread = made * (even / made) ** power if made > 0.0 else 0.0
            sent.append(min(stock, max(spread, sight.p["least_sale"] * even)))
        return sent

    def worth_of_a_member(self, sight: Sight) -> float:
        """Surplus per member over the usual, 0.1 to 10."""
        people = max(sight.members[self.row], 1.0)
        return max(0.1, min(10.0, sight.surplus[self.row] / people / sight.p["profit_per_member_week"]))

    def recent_losses(self, sight: Sight) -> float:
        """Members lost below its running size."""
        return max(sight.size[self.row] - sight.members[self.row], 0.0)

    def pay(self, sight: Sight, worth: float) -> float:
        """Mean pay, USD/week: follows the worth of a member. Source: assumption A-P1."""
        target = sight.p["wage_member_week"] * worth ** sight.p["wage_exponent"]
        return sight.wage[self.row] + (target - sight.wage[self.row]) / sight.p["wage_follow_weeks"]

    def recruits(self, sight: Sight, worth: float, losses: float) -> float:
        """Wished recruits: growth by the worth of a member, and part of recent losses. Source: assumption A-P2."""
        if sight.idle[self.row]:
            return 0.0
        growth = sight.members[self.row] * sight.p["plan_recruit_rate"] * worth ** sight.p["plan_recruit_exponent"]
        return growth + sight.p["plan_replacement"] * losses / sight.p["plan_size_weeks"]

    def arms(self, sight: Sight) -> tuple[Row, float]:
        """Guns by type and rounds to buy: replace wear, close the gap to what contest calls for. Assumption A-P3."""
        if sight.idle[self.row]:
            return [0.0, 0.0], 0.0
        p, have = sight.p, sight.guns[self.row]
        tension = 1.0 + p["plan_contest_arms"] * sight.contest[self.row]
        wanted = p["plan_guns_per_member"] * sight.members[self.row] * tension
        shares = (1.0 - p["plan_long_gun_share"], p["plan_long_gun_share"])
        buy = [
            have_k / p["plan_gun_life"] + max(share * wanted - have_k, 0.0) / p["plan_gun_weeks"]
            for have_k, share in zip(have, shares, strict=True)
        ]
        rounds = p["plan_rounds_per_gun"] * sum(have) * tension - sight.rounds[self.row]
        return buy, max(rounds, 0.0) / p["plan_rounds_weeks"]

    def protection(self, sight: Sight) -> float:
        """Money for protection: a share of receipts, more under pressure. Source: accounts.md section 2, A-P4."""
        share = sight.p["plan_bribe_share"] * (1.0 + sight.p["plan_bribe_heat"] * sight.heat[self.row])
        return share * sight.receipts[self.row]

    def readiness(self, sight: Sight, worth: float, losses: float) -> float:
        """Willingness to fight: up with contestable profit, down with recent losses. Source: turf, assumption A-P4."""
        row, size = self.row, max(sight.size[self.row], 1.0)
        gain = math.log(worth) + sight.contest[row] - sight.p["aggression_losses"] * losses / size
        target = 1.0 / (1.0 + math.exp(-gain))
        return sight.aggression[row] + (target - sight.aggression[row]) / sight.p["aggression_weeks"]
