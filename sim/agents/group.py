"""A trafficking group: what it knows of itself, and what it intends for the week.

It writes intentions (`*_plan`, wage, utilisation, aggression) and moves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.kernels_planning import inherit, learn_losses, own_people, standing, to_ship, use_step
from sim.kernels_routing import group_sum
from sim.state.capacity import capacity, place_capacity, transport_costs, unit_costs
from sim.state.effort import expected_returns, learn_usual, wished_effort
from sim.state.groups import Groups
from sim.state.ladder import supply_gain
from sim.state.run import Run

Floats = NDArray[np.float64]
Row = list[float]
LEAST_USE = 1e-3
"""Use of capacity below which a group is taken never to have produced."""


@dataclass(frozen=True)
class Sight:
    """What groups know on Monday, by row of the table of groups: plain lists up to the last living one, so that each
    decides in plain numbers; goods as arrays."""

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
    paused: NDArray[np.bool_]
    """The same, (G,)."""
    p: dict[str, float]


def look(run: Run) -> Sight:
    """Gather what every group knows: use, output and shipments that pay, people, arms, contest. Updates its losses."""
    groups, crews = run.groups, run.crews
    learn_losses(run.alive, groups.sent, groups.lost, groups.loss, run.p["loss_weeks"])
    inherit(groups.alive, groups.size, groups.margin, groups.loss, groups.utilisation, groups.sold, LEAST_USE)
    profit = profit_per_kg(run)
    use = wished_use(run, profit)
    room = group_sum(crews.ptr, capacity(run, place_capacity(run)))
    output = use * room
    returns = expected_returns(run, profit * use * room)
    learn_usual(run, returns)
    own, stock = own_people(
        crews.ptr,
        crews.plaza,
        crews.members,
        run.plazas.contest,
        crews.heat,
        crews.ammunition,
        crews.guns,
        crews.pure,
        run.world.plazas.n_mexico,
    )
    used = int(run.alive.max(initial=-1)) + 1
    worth, losses, receipts, contest, heat = standing(
        own, groups.size, groups.profit, run.p["profit_per_member_week"], groups.revenue
    )[:, :used].tolist()
    paused = groups.pause > 0.0
    return Sight(
        utilisation=use,
        output=output,
        shipments=shipments(run, output, stock),
        sell_off=shipments(run, np.zeros(output.shape), stock),
        effort=wished_effort(run, returns),
        members=own[:used, 0].tolist(),
        size=groups.size[:used].tolist(),
        worth=worth,
        losses=losses,
        receipts=receipts,
        guns=own[:used, 4:].tolist(),
        rounds=own[:used, 3].tolist(),
        wage=groups.wage[:used].tolist(),
        aggression=groups.aggression[:used].tolist(),
        contest=contest,
        heat=heat,
        idle=paused[:used].tolist(),
        paused=paused,
        p={name: run.p[name] for name in PLANNED_BY},
    )


def profit_per_kg(run: Run) -> Floats:
    """Expected profit per kilogram made, (G, D) USD: what a delivered one brings x share that arrives, less cost."""
    groups = run.groups
    return np.asarray(groups.margin * (1.0 - groups.loss) - unit_costs(run) - transport_costs(run))


def wished_use(run: Run, profit: Floats) -> Floats:
    """Use of capacity by group and drug, (G, D): a step toward (expected profit over the usual)^elasticity.

    profit (G, D) USD/kg, as from `profit_per_kg`. Compensation for risk rises with volume; the step is damped by how
    strongly the price answers when rivals do the same. Source: Reuter & Kleiman 1986, doi:10.1086/449114; A-S3.
    """
    p = run.p
    usual_use, usual_profit = run.extra["supply_reference"]
    key = (run.p.version, usual_profit.tobytes())
    gain = run.keep("supply_gain", key, lambda: supply_gain(run, usual_profit))
    return np.asarray(
        use_step(
            run.alive,
            usual_use,
            profit,
            usual_profit,
            run.groups.utilisation,
            p["supply_elasticity"],
            1.0 + gain,
            p["utilisation_weeks"],
            LEAST_USE,
        )
    )


def shipments(run: Run, output: Floats, stock: Floats) -> Floats:
    """Kilograms to send by group and drug, (G, D): output, more with a stock above the wished weeks of it.

    So harvests are spread over the year; without output the stock is sold off. Source: assumption A-P5.
    """
    weeks = run.p.by("ship_weeks", run.world.drugs.names)
    return np.asarray(to_ship(output, stock, weeks, run.p["storage_exponent"], run.p["least_sale"]))


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


Intention = tuple[float, float, float, float, float, float, float, float]
"""Pay; recruits; handguns, long guns and rounds to buy; USD for protection; readiness to fight; remembered size."""


def plan_goods(groups: Groups, sight: Sight, rows: NDArray[np.int64]) -> None:
    """Make what pays and send what should go; while buying is suspended, make nothing and sell the stock off."""
    idle = sight.paused[rows, None]
    groups.utilisation[rows] = sight.utilisation[rows]
    groups.produce_plan[rows] = np.where(idle, 0.0, sight.output[rows])
    groups.ship_plan[rows] = np.where(idle, sight.sell_off[rows], sight.shipments[rows])


def divide_time(groups: Groups, sight: Sight, rows: NDArray[np.int64]) -> None:
    """Time for each trade over the usual: toward what pays better than it used to. Assumption A-P6."""
    groups.effort[rows] = sight.effort[rows]


def intend(groups: Groups, sight: Sight, rows: NDArray[np.int64], decided: list[Intention]) -> None:
    """Write down what the groups at `rows` (k,) have decided, one intention each."""
    plan_goods(groups, sight, rows)
    divide_time(groups, sight, rows)
    pay, recruits, hand, long, rounds, protection, readiness, size = np.array(decided).T
    groups.wage[rows], groups.recruit_plan[rows] = pay, recruits
    groups.gun_plan[rows, 0], groups.gun_plan[rows, 1] = hand, long
    groups.ammunition_plan[rows], groups.bribe_plan[rows] = rounds, protection
    groups.aggression[rows], groups.size[rows] = readiness, size


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

    def intend(self, sight: Sight, rows: NDArray[np.int64], decided: list[Intention]) -> None:
        """Write down what the groups at `rows` (k,) have decided; the same for whichever is asked."""
        intend(self.run.groups, sight, rows, decided)

    def plan(self, sight: Sight) -> Intention:
        """Decide the week: pay, recruits, arms, protection, readiness to fight, and the size it remembers."""
        row = self.row
        size = sight.size[row] + (sight.members[row] - sight.size[row]) / sight.p["plan_size_weeks"]
        return (
            self.pay(sight),
            self.recruits(sight),
            *self.arms(sight),
            self.protection(sight),
            self.readiness(sight),
            size,
        )

    def pay(self, sight: Sight) -> float:
        """Mean pay, USD/week: follows the worth of a member. Source: assumption A-P1."""
        p, row, now = sight.p, self.row, sight.wage[self.row]
        return (
            now
            + (p["wage_member_week"] * sight.worth[row] ** p["wage_exponent"] - now) / p["wage_follow_weeks"]
        )

    def recruits(self, sight: Sight) -> float:
        """Wished recruits: growth by the worth of a member, and part of recent losses. Source: assumption A-P2."""
        p, row = sight.p, self.row
        if sight.idle[row]:
            return 0.0
        growth = sight.members[row] * p["plan_recruit_rate"] * sight.worth[row] ** p["plan_recruit_exponent"]
        return growth + p["plan_replacement"] * sight.losses[row] / p["plan_size_weeks"]

    def arms(self, sight: Sight) -> tuple[float, float, float]:
        """Guns by type and rounds to buy: replace wear, close the gap to what contest calls for. Assumption A-P3."""
        if sight.idle[self.row]:
            return 0.0, 0.0, 0.0
        p, row, (hand, long) = sight.p, self.row, sight.guns[self.row]
        tension = 1.0 + p["plan_contest_arms"] * sight.contest[row]
        wanted = p["plan_guns_per_member"] * sight.members[row] * tension
        share, life, weeks = p["plan_long_gun_share"], p["plan_gun_life"], p["plan_gun_weeks"]
        buy_hand = hand / life + max((1.0 - share) * wanted - hand, 0.0) / weeks
        buy_long = long / life + max(share * wanted - long, 0.0) / weeks
        rounds = p["plan_rounds_per_gun"] * (hand + long) * tension - sight.rounds[row]
        return buy_hand, buy_long, max(rounds, 0.0) / p["plan_rounds_weeks"]

    def protection(self, sight: Sight) -> float:
        """Money for protection: a share of receipts, more under pressure. Source: accounts.md section 2, A-P4."""
        share = sight.p["plan_bribe_share"] * (1.0 + sight.p["plan_bribe_heat"] * sight.heat[self.row])
        return share * sight.receipts[self.row]

    def readiness(self, sight: Sight) -> float:
        """Willingness to fight: up with contestable profit, down with recent losses. Source: turf, assumption A-P4."""
        row, p, now = self.row, sight.p, sight.aggression[self.row]
        lost = p["aggression_losses"] * sight.losses[row] / max(sight.size[row], 1.0)
        gain = math.log(sight.worth[row]) + sight.contest[row] - lost
        return now + (1.0 / (1.0 + math.exp(-gain)) - now) / p["aggression_weeks"]
