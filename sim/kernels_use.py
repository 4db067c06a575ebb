"""Compiled tables around the week of people: what its kernel looks up, and what is summed from what it gives.

They know no drug; columns are those of `sim.kernels_people`.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_people import AMOUNT, FATAL, LEAVE, OCCASIONS, PEOPLE, SHIFT, TARGET, TOXIC


@kernel
def coefficients(fixed, dose, kind, share, opiate, fatal, rates):  # type: ignore[no-untyped-def]
    """Return what the week of people looks up, (areas * drugs * states, N_COEF), single precision.

    fixed (drugs, states, N_COEF) at a dose of 1, with the tolerance of own use in TARGET and that of medication in
    LEAVE. dose (areas, drugs, kinds) over that at the reference price and kind (states,) of user: of the change,
    `share` (of its logarithm) goes into the dose of an occasion, where it is opiate (drugs, states), and the rest into
    the number of occasions. fatal (areas,); rates (areas, drugs, states, N_CAUSES).
    """
    areas, (drugs, states, columns) = dose.shape[0], fixed.shape
    coef = np.empty((areas * drugs * states, columns), np.float32)
    often = np.empty(dose.shape[2])
    for a in range(areas):
        for d in range(drugs):
            for k in range(often.size):
                often[k] = max(dose[a, d, k], 1e-9) ** (1.0 - share)
            for s in range(states):
                c, f, taken = coef[(a * drugs + d) * states + s], fixed[d, s], dose[a, d, kind[s]]
                c[SHIFT] = f[SHIFT]
                if opiate[d, s]:
                    c[SHIFT] += share * math.log(max(taken, 1e-9))
                c[OCCASIONS] = often[kind[s]] * f[OCCASIONS]
                c[TOXIC] = taken * f[TOXIC]
                c[FATAL] = fatal[a]
                c[TARGET] = taken * f[TARGET] + f[LEAVE]
                c[LEAVE] = rates[a, d, s].sum()
    return coef


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
