"""What a trafficking group decides of a week, from plain numbers that it knows of itself: a compiled function each.

One group at a time; `decide_each` asks each in turn. No function here sees another group or moves anything.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.compiled import kernel


class Own(NamedTuple):
    """What a group knows of itself on Monday: a row of `Sight.own`."""

    members: float
    size: float
    """Running members."""
    worth: float
    """Surplus per member over the usual, 0.1 to 10."""
    receipts: float
    """USD/week, running, all trades."""
    handguns: float
    long_guns: float
    rounds: float
    wage: float
    aggression: float
    contest: float
    """How contested its plazas are, 0 to 1."""
    heat: float
    """Pressure of enforcement on its crews."""
    idle: float
    """Share of its people who lie low, neither buying nor recruiting."""


class Habits(NamedTuple):
    """Parameters that decisions read, by their names."""

    wage_member_week: float
    wage_exponent: float
    wage_follow_weeks: float
    plan_recruit_rate: float
    plan_recruit_exponent: float
    plan_replacement: float
    plan_size_weeks: float
    plan_guns_per_member: float
    plan_gun_life: float
    plan_gun_weeks: float
    plan_long_gun_share: float
    plan_rounds_per_gun: float
    plan_rounds_weeks: float
    plan_contest_arms: float
    plan_bribe_share: float
    plan_bribe_heat: float
    aggression_weeks: float
    aggression_losses: float


class Intention(NamedTuple):
    """Pay in USD/week; recruits; handguns, long guns, rounds to buy; USD for protection; readiness; remembered size."""

    pay: float
    recruits: float
    handguns: float
    long_guns: float
    rounds: float
    protection: float
    readiness: float
    size: float


@kernel
def pay(own, p):  # type: ignore[no-untyped-def]
    """Mean pay, USD/week: follows the worth of a member. Source: assumption A-P1."""
    return own.wage + (p.wage_member_week * own.worth**p.wage_exponent - own.wage) / p.wage_follow_weeks


@kernel
def losses(own):  # type: ignore[no-untyped-def]
    """Members lost below the size it remembers."""
    return max(own.size - own.members, 0.0)


@kernel
def recruits(own, p):  # type: ignore[no-untyped-def]
    """Wished recruits: growth by the worth of a member, and part of recent losses. Source: assumption A-P2."""
    growth = own.members * p.plan_recruit_rate * own.worth**p.plan_recruit_exponent
    return (1.0 - own.idle) * (growth + p.plan_replacement * losses(own) / p.plan_size_weeks)


@kernel
def arms(own, p):  # type: ignore[no-untyped-def]
    """Guns by type and rounds to buy: replace wear, close the gap to what contest calls for. Assumption A-P3."""
    hand, long = own.handguns, own.long_guns
    tension = 1.0 + p.plan_contest_arms * own.contest
    wanted = p.plan_guns_per_member * own.members * tension
    share, life, weeks = p.plan_long_gun_share, p.plan_gun_life, p.plan_gun_weeks
    buy_hand = hand / life + max((1.0 - share) * wanted - hand, 0.0) / weeks
    buy_long = long / life + max(share * wanted - long, 0.0) / weeks
    rounds = p.plan_rounds_per_gun * (hand + long) * tension - own.rounds
    busy = 1.0 - own.idle
    return busy * buy_hand, busy * buy_long, busy * max(rounds, 0.0) / p.plan_rounds_weeks


@kernel
def protection(own, p):  # type: ignore[no-untyped-def]
    """Money for protection: a share of receipts, more under pressure. Source: accounts.md section 2, A-P4."""
    return p.plan_bribe_share * (1.0 + p.plan_bribe_heat * own.heat) * own.receipts


@kernel
def readiness(own, p):  # type: ignore[no-untyped-def]
    """Willingness to fight: up with contestable profit, down with recent losses. Source: turf, assumption A-P4."""
    lost = p.aggression_losses * losses(own) / max(own.size, 1.0)
    gain = math.log(own.worth) + own.contest - lost
    return own.aggression + (1.0 / (1.0 + math.exp(-gain)) - own.aggression) / p.aggression_weeks


@kernel
def decide(own, p):  # type: ignore[no-untyped-def]
    """All that one group decides, an `Intention`."""
    hand, long, rounds = arms(own, p)
    size = own.size + (own.members - own.size) / p.plan_size_weeks
    return Intention(
        pay(own, p), recruits(own, p), hand, long, rounds, protection(own, p), readiness(own, p), size
    )


@kernel
def decide_each(table, rows, p):  # type: ignore[no-untyped-def]
    """Ask the groups at `rows` (k,), one by one; table (G, fields of `Own`). Returns (k, fields of `Intention`)."""
    out = np.empty((rows.size, 8))
    for i in range(rows.size):
        x = table[rows[i]]
        own = Own(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9], x[10], x[11])
        for j, value in enumerate(decide(own, p)):
            out[i, j] = value
    return out
