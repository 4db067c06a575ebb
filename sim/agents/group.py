"""A trafficking group: what it knows of itself, and what it intends for the week.

It writes intentions (`*_plan`, wage, utilisation, aggression) and moves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.kernels_routing import group_sum, row_sum
from sim.state.capacity import capacity, place_capacity, transport_costs, unit_costs
from sim.state.effort import expected_returns, learn_usual, wished_effort
from sim.state.ladder import supply_gain
from sim.state.run import Run
from sim.state.running import smooth

Floats = NDArray[np.float64]
Row = list[float]
LEAST_USE = 1e-3
"""Use of capacity below which a group is taken never to have produced."""


@dataclass(frozen=True)
class Sight:
    """What groups know on Monday, by row of the table of groups: plain lists, so that each decides in plain
    numbers; goods as arrays."""

    utilisation: Floats
    """Use of capacity that expected profit calls for, (G, D)."""
    output: Floats
    """kg/week that this use gives, (G, D)."""
    shipments: Floats
    """kg/week that output and stock call for, (G, D)."""
    sell_off: Floats
    """kg/week to send when nothing is made, (G, D)."""
    effort: Floats
    """Time over the usual by trade, (G, trade)."""
    members: Row
    size: Row
    """Running members."""
    worth: Row
    """Surplus per member over the usual, 0.1 to 10."""
    losses: Row
    """Members lost below the running size."""
    receipts: Row
    """USD/week, running, all trades."""
    guns: list[Row]
    rounds: Row
    wage: Row
    aggression: Row
    contest: Row
    """How contested its plazas are, 0 to 1."""
    heat: Row
    """Pressure of enforcement on its crews."""
    idle: list[bool]
    """Buying and recruiting are suspended."""
    p: dict[str, float]


def look(run: Run) -> Sight:
    """Gather what every group knows: use, output and shipments that pay, people, arms, contest. Updates its losses."""
    groups, crews, rows = run.groups, run.crews, run.alive
    sent, lost = row_sum(rows, groups.sent), row_sum(rows, groups.lost)
    seen = np.where(sent > 0.0, lost / np.where(sent > 0.0, sent, 1.0), groups.loss)
    groups.loss[:] = smooth(groups.loss, seen, run.p["loss_weeks"])
    _inherit(run)
    use = wished_use(run)
    room = group_sum(crews.ptr, capacity(run, place_capacity(run)))
    home = (crews.plaza < run.world.plazas.n_mexico)[:, None]
    stock = group_sum(crews.ptr, crews.pure * home)
    returns = expected_returns(run, profit_per_kg(run) * use * room)
    learn_usual(run, returns)
    members = crews.people
    by_crew = np.column_stack(
        [
            members,
            members * run.plazas.contest[crews.plaza],
            members * crews.heat,
            crews.ammunition,
            crews.guns,
        ]
    )
    own = group_sum(crews.ptr, by_crew)
    people = np.maximum(own[:, 0], 1.0)
    return Sight(
        utilisation=use,
        output=use * room,
        shipments=shipments(run, use * room, stock),
        sell_off=shipments(run, np.zeros(room.shape), stock),
        effort=wished_effort(run, returns),
        members=own[:, 0].tolist(),
        size=groups.size.tolist(),
        worth=np.clip(groups.profit / people / run.p["profit_per_member_week"], 0.1, 10.0).tolist(),
        losses=np.maximum(groups.size - own[:, 0], 0.0).tolist(),
        receipts=groups.revenue.sum(axis=1).tolist(),
        guns=own[:, 4:].tolist(),
        rounds=own[:, 3].tolist(),
        wage=groups.wage.tolist(),
        aggression=groups.aggression.tolist(),
        contest=np.minimum(own[:, 1] / people, 1.0).tolist(),
        heat=np.minimum(own[:, 2] / people, 1.0).tolist(),
        idle=(groups.pause > 0.0).tolist(),
        p={name: run.p[name] for name in PLANNED_BY},
    )


def profit_per_kg(run: Run) -> Floats:
    """Expected profit per kilogram made, (G, D) USD: what a delivered one brings x share that arrives, less cost."""
    groups = run.groups
    return np.asarray(groups.margin * (1.0 - groups.loss) - unit_costs(run) - transport_costs(run))


def wished_use(run: Run) -> Floats:
    """Use of capacity by group and drug, (G, D): a step toward (expected profit over the usual)^elasticity.

    Compensation for risk rises with volume; the step is damped by how strongly the price answers when rivals do the
    same. Source: Reuter & Kleiman 1986, doi:10.1086/449114; assumption A-S3.
    """
    groups, p = run.groups, run.p
    usual_use, usual_profit = run.extra["supply_reference"]
    ratio = np.maximum(profit_per_kg(run) / usual_profit, 1e-3)
    target = np.log(np.maximum(usual_use, LEAST_USE)) + p["supply_elasticity"] * np.log(ratio)
    now = np.maximum(groups.utilisation, LEAST_USE)
    step = (target - np.log(now)) / (1.0 + supply_gain(run, usual_profit))
    return np.clip(now * np.exp(np.clip(step, -1.0, 1.0) / p["utilisation_weeks"]), LEAST_USE, 1.0)


def shipments(run: Run, output: Floats, stock: Floats) -> Floats:
    """Kilograms to send by group and drug, (G, D): output, more with a stock above the wished weeks of it.

    So harvests are spread over the year; without output the stock is sold off. Source: assumption A-P5.
    """
    even = stock / run.p.by("ship_weeks", run.world.drugs.names)
    made = np.maximum(output, 1e-12)
    spread = np.where(output > 0.0, made * (even / made) ** run.p["storage_exponent"], 0.0)
    return np.minimum(stock, np.maximum(spread, run.p["least_sale"] * even))


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
    groups.utilisation[:] = np.where(
        live & (groups.utilisation < LEAST_USE), np.maximum(use, LEAST_USE), groups.utilisation
    )
    groups.size[:] = np.where(groups.alive, groups.size, 0.0)


PLANNED_BY = (
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

    def look(self) -> Sight:
        """What every group knows on Monday; the same for whichever is asked."""
        return look(self.run)

    def plan(self, sight: Sight) -> None:
        """Decide the week: production, shipments, pay, recruits, arms, protection, readiness to fight."""
        groups, row = self.run.groups, self.row
        self.plan_goods(sight)
        groups.effort[row] = self.divide_time(sight)
        groups.wage[row] = self.pay(sight)
        groups.recruit_plan[row] = self.recruits(sight)
        (groups.gun_plan[row, 0], groups.gun_plan[row, 1]), groups.ammunition_plan[row] = self.arms(sight)
        groups.bribe_plan[row] = self.protection(sight)
        groups.aggression[row] = self.readiness(sight)
        groups.size[row] = (
            sight.size[row] + (sight.members[row] - sight.size[row]) / sight.p["plan_size_weeks"]
        )

    def plan_goods(self, sight: Sight) -> None:
        """Make what pays and send what should go; while buying is suspended, make nothing and sell the stock off."""
        groups, row = self.run.groups, self.row
        groups.utilisation[row] = sight.utilisation[row]
        if sight.idle[row]:
            groups.produce_plan[row] = 0.0
            groups.ship_plan[row] = sight.sell_off[row]
        else:
            groups.produce_plan[row] = sight.output[row]
            groups.ship_plan[row] = sight.shipments[row]

    def divide_time(self, sight: Sight) -> Floats:
        """Time for each trade over the usual, (trade,): toward what pays better than it used to. Assumption A-P6."""
        return sight.effort[self.row]

    def pay(self, sight: Sight) -> float:
        """Mean pay, USD/week: follows the worth of a member. Source: assumption A-P1."""
        target = sight.p["wage_member_week"] * sight.worth[self.row] ** sight.p["wage_exponent"]
        return sight.wage[self.row] + (target - sight.wage[self.row]) / sight.p["wage_follow_weeks"]

    def recruits(self, sight: Sight) -> float:
        """Wished recruits: growth by the worth of a member, and part of recent losses. Source: assumption A-P2."""
        p, row = sight.p, self.row
        if sight.idle[row]:
            return 0.0
        growth = sight.members[row] * p["plan_recruit_rate"] * sight.worth[row] ** p["plan_recruit_exponent"]
        return growth + p["plan_replacement"] * sight.losses[row] / p["plan_size_weeks"]

    def arms(self, sight: Sight) -> tuple[tuple[float, float], float]:
        """Guns by type and rounds to buy: replace wear, close the gap to what contest calls for. Assumption A-P3."""
        if sight.idle[self.row]:
            return (0.0, 0.0), 0.0
        p, (hand, long) = sight.p, sight.guns[self.row]
        tension = 1.0 + p["plan_contest_arms"] * sight.contest[self.row]
        wanted = p["plan_guns_per_member"] * sight.members[self.row] * tension
        share, life, weeks = p["plan_long_gun_share"], p["plan_gun_life"], p["plan_gun_weeks"]
        buy_hand = hand / life + max((1.0 - share) * wanted - hand, 0.0) / weeks
        buy_long = long / life + max(share * wanted - long, 0.0) / weeks
        rounds = p["plan_rounds_per_gun"] * (hand + long) * tension - sight.rounds[self.row]
        return (buy_hand, buy_long), max(rounds, 0.0) / p["plan_rounds_weeks"]

    def protection(self, sight: Sight) -> float:
        """Money for protection: a share of receipts, more under pressure. Source: accounts.md section 2, A-P4."""
        share = sight.p["plan_bribe_share"] * (1.0 + sight.p["plan_bribe_heat"] * sight.heat[self.row])
        return share * sight.receipts[self.row]

    def readiness(self, sight: Sight) -> float:
        """Willingness to fight: up with contestable profit, down with recent losses. Source: turf, assumption A-P4."""
        row, size = self.row, max(sight.size[self.row], 1.0)
        lost = sight.p["aggression_losses"] * sight.losses[row] / size
        gain = math.log(sight.worth[row]) + sight.contest[row] - lost
        target = 1.0 / (1.0 + math.exp(-gain))
        return sight.aggression[row] + (target - sight.aggression[row]) / sight.p["aggression_weeks"]
