"""Compiled loops of arms: guns wear out, are ordered, arrive or are lost, and are handed to crews with rounds.

They draw by the keyed function and hold no state; guns, rounds and money that they name are posted by the caller.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_spread import spread_over
from sim.quantiles import binomial_inv, poisson_inv
from sim.streams import philox4x32, u53

DECISIONS = (
    "wear-0 wear-1 private-exit-0 private-exit-1 order-0 order-1 arrive-0 arrive-1 private-0 private-1 "
    "private-arrive-0 private-arrive-1"
).split()
"""Names of the draws, under "arm/"; those of a pair are of the types of gun."""
WEAR, EXIT, ORDER, ARRIVE, PRIVATE, PRIVATE_ARRIVE = range(0, 12, 2)


@kernel
def _luck(keys, decision, identity, sub, week):  # type: ignore[no-untyped-def]
    """A uniform, as `Draws.uniform` gives it for the decision at this row of `keys`."""
    x0, x1, _, _ = philox4x32(keys[decision, 0], keys[decision, 1], identity, sub, week, 0)
    return u53(x0, x1)


@kernel
def wear(identity, group, plaza, guns, private, rate, leave, keys, week, worn, gone):  # type: ignore[no-untyped-def]
    """Wear out guns of crews (n, types) and of other owners, private (states, types), in place.

    identity (G,); group, plaza (n,); rate and leave: chances of a week; keys (12, 2) by `DECISIONS`. Adds to worn and
    gone (types,).
    """
    for k in range(worn.size):
        for c in range(group.size):
            if guns[c, k] > 0:
                lost = binomial_inv(
                    _luck(keys, WEAR + k, identity[group[c]], plaza[c], week), guns[c, k], rate
                )
                guns[c, k] -= lost
                worn[k] += lost
        for s in range(private.shape[0]):
            if private[s, k] > 0:
                lost = binomial_inv(_luck(keys, EXIT + k, s, 0, week), private[s, k], leave)
                private[s, k] -= lost
                gone[k] += lost


@kernel
def order_guns(  # type: ignore[no-untyped-def]
    rows, place, identity, plan, treasury, paid, offer, lost, keys, week, ordered, arrived, cost
):
    """Groups `rows` (k,) order guns by plan (G, types) as far as the treasury (G,) goes; some arrive.

    place (k,): plaza to which they are brought; identity (G,); paid, offer (P, types): price and share of wishes with a
    seller; lost (P,): chance to lose one on the way. Writes ordered, arrived (k, types), and cost (types, k) USD.
    """
    n_types = plan.shape[1]
    for i in range(rows.size):
        g, z = rows[i], place[i]
        bill = 0.0
        for k in range(n_types):
            bill += plan[g, k] * paid[z, k]
        can = min(1.0, treasury[g] / max(bill, 1e-9))
        left, arrive = treasury[g], 1.0 - lost[z]
        for k in range(n_types):
            want = offer[z, k] * (plan[g, k] * can) / arrive
            ordered[i, k] = (
                poisson_inv(_luck(keys, ORDER + k, identity[g], 0, week), want) if want > 0.0 else 0
            )
            came = np.int64(0)
            if ordered[i, k] > 0:
                came = binomial_inv(_luck(keys, ARRIVE + k, identity[g], 0, week), ordered[i, k], arrive)
                came = min(came, np.int64(math.floor(left / paid[z, k])))
            arrived[i, k] = came
            cost[k, i] = came * paid[z, k]
            left -= cost[k, i]


@kernel
def order_privately(states, mean, lost, keys, week, ordered, arrived):  # type: ignore[no-untyped-def]
    """Other owners of some states (k,) order guns, mean (k, types); lost (k,): chance to lose one on the way.

    Writes ordered and arrived (k, types).
    """
    for i in range(states.size):
        for k in range(mean.shape[1]):
            ordered[i, k] = poisson_inv(_luck(keys, PRIVATE + k, states[i], 0, week), mean[i, k])
            luck = _luck(keys, PRIVATE_ARRIVE + k, states[i], 0, week)
            arrived[i, k] = binomial_inv(luck, ordered[i, k], 1.0 - lost[i])


@kernel
def hand_out(rows, arrived, owner, weights, n_groups, guns, total):  # type: ignore[no-untyped-def]
    """Add guns that arrived (k, types) for groups `rows` (k,) to those of their crews (n, types) by weights (n,).

    owner (n,); adds what was handed out to total (types,).
    """
    amounts = np.zeros(n_groups, dtype=np.int64)
    for k in range(guns.shape[1]):
        for i in range(rows.size):
            amounts[rows[i]] = arrived[i, k]
        given = spread_over(amounts, owner, weights)
        for c in range(owner.size):
            guns[c, k] += given[c]
            total[k] += given[c]


@kernel
def buy_rounds(rows, plan, treasury, price, owner, weights, ammunition, cost):  # type: ignore[no-untyped-def]
    """Groups `rows` (k,) buy rounds by plan (G,), as far as the treasury (G,) goes, for their crews by weights (n,).

    owner, ammunition (n,); writes cost (k,) USD; returns rounds in all.
    """
    amounts, got = np.zeros(plan.size, dtype=np.int64), np.zeros(plan.size)
    for i in range(rows.size):
        g = rows[i]
        amounts[g] = np.int64(math.floor(min(plan[g], treasury[g] / price)))
    given = spread_over(amounts, owner, weights)
    every = 0
    for c in range(owner.size):
        ammunition[c] += given[c]
        got[owner[c]] += given[c]
        every += given[c]
    for i in range(rows.size):
        cost[i] = got[rows[i]] * price
    return every
