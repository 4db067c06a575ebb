"""Compiled tables around the week of people: what its kernel looks up, and what is summed from what it gives.

They know no drug; columns are those of `sim.kernels_people`.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_people import (
    AMOUNT,
    FATAL,
    LEAVE,
    OCCASIONS,
    OCCASIONS_MIX,
    PEOPLE,
    SHIFT,
    SHIFT_MIX,
    TARGET,
    TOXIC,
)


@kernel
def fill_coefficients(coef, dose, kind, share, occasions, opiate, fatal, rates):  # type: ignore[no-untyped-def]
    """Make the fixed part of coef (areas, drugs, states, N_COEF), in place, that of this week.

    dose (areas, drugs, kinds) over that at the reference price and kind (states,) of user: of the change, `share` (of
    its logarithm) goes into the dose of an occasion and the rest into occasions; occasions (drugs, states, 2) clean and
    adulterated, opiate (drugs, states); fatal (areas,); rates (areas, drugs, states, N_CAUSES). TARGET holds the
    tolerance of own use and LEAVE that of medication when it comes in.
    """
    for a in range(coef.shape[0]):
        for d in range(coef.shape[1]):
            for s in range(coef.shape[2]):
                c, taken = coef[a, d, s], dose[a, d, kind[s]]
                ln_taken = math.log(max(taken, 1e-9))
                often = math.exp((1.0 - share) * ln_taken)
                if opiate[d, s]:
                    c[SHIFT] += share * ln_taken
                c[SHIFT_MIX] = c[SHIFT]
                c[OCCASIONS] = often * occasions[d, s, 0]
                c[OCCASIONS_MIX] = often * occasions[d, s, 1]
                c[TOXIC] *= taken
                c[FATAL] = fatal[a]
                c[TARGET] = taken * c[TARGET] + c[LEAVE]
                c[LEAVE] = -math.expm1(-rates[a, d, s].sum())


@kernel
def over_states(result):  # type: ignore[no-untyped-def]
    """Sum result (areas, drugs, states, columns) over states, (areas, drugs, columns)."""
    out = np.zeros((result.shape[0], result.shape[1], result.shape[3]))
    for a in range(result.shape[0]):
        for d in range(result.shape[1]):
            for s in range(result.shape[2]):
                for j in range(result.shape[3]):
                    out[a, d, j] += result[a, d, s, j]
    return out


@kernel
def in_states(stock, weight):  # type: ignore[no-untyped-def]
    """Sum the rows of stock (areas, drugs, states, 2) over states by weight (states,), (areas, drugs)."""
    out = np.zeros(stock.shape[:2])
    for a in range(stock.shape[0]):
        for d in range(stock.shape[1]):
            for s in range(stock.shape[2]):
                out[a, d] += stock[a, d, s, PEOPLE] * weight[s]
    return out


@kernel
def fill_need(stock, kg, unknowing, rows, mixer, kind, need):  # type: ignore[no-untyped-def]
    """Set need (areas, drugs, kinds) of the drugs at `rows`, kg/week, from stock (areas, drugs, states, 2).

    kg (drugs, states) and unknowing (drugs,), what a heavy user takes of the adulterant without knowing it: kg/week of
    a row of mean amount; the latter goes to the drugs where mixer (drugs,) is true, as light use. kind (states,) of
    user.
    """
    for a in range(stock.shape[0]):
        hidden = 0.0
        for d in range(stock.shape[1]):
            for s in range(stock.shape[2]):
                if kind[s] > 0:
                    hidden += stock[a, d, s, PEOPLE] * unknowing[d]
        for i in range(rows.size):
            d = rows[i]
            need[a, d, :] = 0.0
            for s in range(stock.shape[2]):
                need[a, d, kind[s]] += stock[a, d, s, AMOUNT] * kg[d, s]
            if mixer[d]:
                need[a, d, 0] += hidden
