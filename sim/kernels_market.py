"""Compiled loops of markets: the price at which use meets what is offered, and what stands in for what is scarce.

They know no table, no parameter by name and no drug.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel

LEAST = 1e-12
CLOSE = 1e-12
"""Step in the logarithm of a price after which it is taken as found."""


@kernel
def clear_prices(offered, need, elasticity, low, high, steps, out):  # type: ignore[no-untyped-def]
    """Fill out (A, D) with prices over the reference at which `sum_k need_k x^-e_k = offered`, within [low, high].

    offered (A, D); need (A, D, kinds) at the reference price; elasticity (D, kinds) > 0. Newton's steps in ln x, from
    the answer for the mean elasticity.
    """
    least, most = math.log(low), math.log(high)
    for a in range(offered.shape[0]):
        for d in range(offered.shape[1]):
            total, weighed = 0.0, 0.0
            for k in range(need.shape[2]):
                total += need[a, d, k]
                weighed += need[a, d, k] * elasticity[d, k]
            supply = math.log(max(offered[a, d], LEAST))
            x = (math.log(max(total, LEAST)) - supply) / max(weighed / max(total, LEAST), 1e-3)
            x = min(max(x, least), most)
            for _ in range(steps):
                used, slope = 0.0, 0.0
                for k in range(need.shape[2]):
                    use = need[a, d, k] * math.exp(-elasticity[d, k] * x)
                    used += use
                    slope += use * elasticity[d, k]
                step = (math.log(max(used, LEAST)) - supply) * used / max(slope, LEAST)
                x = min(max(x + step, least), most)
                if abs(step) < CLOSE:
                    break
            out[a, d] = math.exp(x)


@kernel
def stand_ins(need, dose, offered_share, same, speed, threshold, hazard, to_drug):  # type: ignore[no-untyped-def]
    """Fill, by area and drug (A, D), the hazard to change to the least scarce drug of the class, and which it is.

    need, dose (A, D, kinds): use at the reference price, and dose taken over that there; offered_share (A, D): offered
    over wanted; same (D, D): which may stand in for which (never itself); speed (D,) a week per unit of how much less
    is to be had of one's own; threshold: what is to be had below which people look for another.
    """
    n = need.shape[1]
    had = np.empty(n)
    for a in range(need.shape[0]):
        for d in range(n):
            total, taken = 0.0, 0.0
            for k in range(need.shape[2]):
                total += need[a, d, k]
                taken += need[a, d, k] * dose[a, d, k]
            share = taken / total if total > 0.0 else 1.0
            had[d] = min(max(offered_share[a, d], 0.0), 1.0) * min(share, 1.0)
        for d in range(n):
            best = -1
            for k in range(n):
                if same[d, k] and (best < 0 or had[k] > had[best]):
                    best = k
            if best < 0:
                continue
            to_drug[a, d] = best
            if had[d] < threshold:
                hazard[a, d] = speed[d] * max(min(had[best], 1.0) - had[d], 0.0)
