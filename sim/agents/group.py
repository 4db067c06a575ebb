"""A trafficking group: what it knows of itself, and what it intends for the week.

It writes intentions (`*_plan`, wage, utilisation, aggression) and moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.kernels_decisions import Habits, Intention, Own, decide, decide_each
from sim.kernels_planning import inherit, learn_losses, own_numbers, own_people, to_ship, use_step
from sim.kernels_routing import group_sum
from sim.parameters import Parameters
from sim.state.capacity import capacity, place_capacity, transport_costs, unit_costs
from sim.state.effort import expected_returns, learn_usual, wished_effort
from sim.state.groups import Groups
from sim.state.ladder import supply_gain
from sim.state.lineage import lying_low
from sim.state.run import Run

Floats = NDArray[np.float64]
LEAST_USE = 1e-3
"""Use of capacity below which a group is taken never to have produced."""


@dataclass(frozen=True)
class Sight:
    """What groups know on Monday, by row of the table of groups."""

    utilisation: Floats
    """Use of capacity that expected profit calls for, (G, D)."""
    output: Floats
    """kg/week that this use gives, (G, D)."""
    shipments: Floats
    """kg/week that output and stock call for, (G, D)."""
    effort: Floats
    """Time over the usual by trade, (G, trade)."""
    own: Floats
    """What each knows of itself, (G, fields of `Own`)."""
    habits: Habits


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
    return Sight(
        utilisation=use,
        output=output,
        shipments=shipments(run, output, stock),
        effort=wished_effort(run, returns),
        own=_of_each(groups, own, lying_low(run), run.p["profit_per_member_week"]),
        habits=run.keep("habits", run.p.version, lambda: _habits(run.p)),
    )


def _habits(p: Parameters) -> Habits:
    """Parameters that decisions read."""
    return Habits(
        wage_member_week=p["wage_member_week"],
        wage_exponent=p["wage_exponent"],
        wage_follow_weeks=p["wage_follow_weeks"],
        plan_recruit_rate=p["plan_recruit_rate"],
        plan_recruit_exponent=p["plan_recruit_exponent"],
        plan_replacement=p["plan_replacement"],
        plan_size_weeks=p["plan_size_weeks"],
        plan_guns_per_member=p["plan_guns_per_member"],
        plan_gun_life=p["plan_gun_life"],
        plan_gun_weeks=p["plan_gun_weeks"],
        plan_long_gun_share=p["plan_long_gun_share"],
        plan_rounds_per_gun=p["plan_rounds_per_gun"],
        plan_rounds_weeks=p["plan_rounds_weeks"],
        plan_contest_arms=p["plan_contest_arms"],
        plan_bribe_share=p["plan_bribe_share"],
        plan_bribe_heat=p["plan_bribe_heat"],
        aggression_weeks=p["aggression_weeks"],
        aggression_losses=p["aggression_losses"],
    )


def _of_each(groups: Groups, own: Floats, idle: Floats, usual: float) -> Floats:
    """What each group knows of itself, (G, fields of `Own`), from own (G, 6) of `own_people`; usual USD a member."""
    out = np.empty((groups.n, len(Own._fields)))
    own_numbers(
        own, groups.size, groups.profit, groups.revenue, groups.wage, groups.aggression, idle, usual, out
    )
    return out


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


def plan_goods(groups: Groups, sight: Sight, rows: NDArray[np.int64]) -> None:
    """Make what pays and send what should go; crews that lie low make nothing, and a stock is sold off all the same."""
    groups.utilisation[rows] = sight.utilisation[rows]
    groups.produce_plan[rows] = sight.output[rows]
    groups.ship_plan[rows] = sight.shipments[rows]


def divide_time(groups: Groups, sight: Sight, rows: NDArray[np.int64]) -> None:
    """Time for each trade over the usual: toward what pays better than it used to. Assumption A-P6."""
    groups.effort[rows] = sight.effort[rows]


def intend(groups: Groups, sight: Sight, rows: NDArray[np.int64], decided: Floats) -> None:
    """Write down what the groups at `rows` (k,) have decided, (k, fields of `Intention`)."""
    plan_goods(groups, sight, rows)
    divide_time(groups, sight, rows)
    pay, recruits, hand, long, rounds, protection, readiness, size = decided.T
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

    def ask(self, sight: Sight, rows: NDArray[np.int64]) -> Floats:
        """What the groups at `rows` (k,) decide, one by one: (k, fields of `Intention`)."""
        return np.asarray(decide_each(sight.own, rows, sight.habits))

    def intend(self, sight: Sight, rows: NDArray[np.int64], decided: Floats) -> None:
        """Write down what the groups at `rows` (k,) have decided; the same for whichever is asked."""
        intend(self.run.groups, sight, rows, decided)

    def plan(self, sight: Sight) -> Intention:
        """Decide the week: pay, recruits, arms, protection, readiness to fight, and the size it remembers."""
        return Intention(*decide(Own(*sight.own[self.row].tolist()), sight.habits))
