"""Compiled tables around the week of people: what its kernel looks up, and what is summed from what it gives.

They know no drug; columns are those of `sim.kernels_people`.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_people import (
    AMOUNT,
    DEATHS,
    FATAL,
    HAZARD,
    LEAVE,
    MIXED,
    OCCASIONS,
    PEOPLE,
    SHIFT,
    SURVIVED,
    TARGET,
    TOXIC,
)


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
def sum_up(result, each, deaths, hazard, survived, by_drug):  # type: ignore[no-untyped-def]
    """Add what happened, in people, over states and lanes: deaths, hazard, survived (areas, drugs), and by_drug
    (2, drugs): deaths, and those with an opioid that was not known of. result (areas, drugs, states, N_OUT)."""
    for a in range(result.shape[0]):
        for d in range(result.shape[1]):
            for s in range(result.shape[2]):
                r = result[a, d, s]
                deaths[a, d] += r[DEATHS] * each
                hazard[a, d] += r[HAZARD:].sum() * each
                survived[a, d] += r[SURVIVED] * each
                by_drug[0, d] += r[DEATHS] * each
                by_drug[1, d] += r[MIXED] * each


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


@kernel
def share_places(rates, stock, each, waiting, places, entry, leave, seekers, treated, class_of, rules, enter):  # type: ignore[no-untyped-def]
    """Share places in treatment: set enter (areas, drugs), factor on the hazard of entering, and move waiting lists.

    rates (areas, drugs, states, causes); stock (areas, drugs, states, 2) rows, each standing for so many people.
    waiting, places, entry (scale), leave (scale) are (areas, drugs); waiting and leave change in place. seekers (k, 2):
    state, and cause that leads to the state `treated`, whose first three causes are ways out; then comes death.
    class_of (drugs,): whose places are shared. rules: noise of counts, share of the waiting who stay, weeks over which
    a surplus is discharged, most that `enter` may be.
    """
    noise, stay, weeks, most = rules
    n = class_of.size
    people, seek, going = np.empty(n), np.empty(n), np.empty(n)
    for a in range(stock.shape[0]):
        # people inside, places, leavers, wanted, lining, eligible; by class
        sums = np.zeros((n, 6))
        for d in range(n):
            people[d] = seek[d] = 0.0
            for j in range(seekers.shape[0]):
                here = stock[a, d, seekers[j, 0], PEOPLE] * each
                people[d] += here
                seek[d] += rates[a, d, seekers[j, 0], seekers[j, 1]] * here
            seek[d] *= entry[a, d]
            inside = stock[a, d, treated, PEOPLE] * each
            going[d] = rates[a, d, treated, :3].sum() * leave[a, d]
            c = sums[class_of[d]]
            c[0] += inside
            c[1] += places[a, d]
            c[2] += inside * (going[d] + rates[a, d, treated, 3])
            c[3] += seek[d]
            c[4] += waiting[a, d]
            c[5] += people[d]
        for d in range(n):
            inside, room, leavers, wanted, lining, eligible = sums[class_of[d]]
            margin = noise * math.sqrt(inside * each)
            taken = min(wanted + lining, max(room + margin - inside + leavers, 0.0))
            enter[a, d] = min((taken / wanted if wanted > 0.0 else 1.0) * entry[a, d], most)
            part = people[d] / eligible if people[d] > 0.0 else 0.0
            waiting[a, d] = min((wanted + lining - taken) * stay * part, people[d])
            surplus = max(inside - room - margin, 0.0) / max(inside, 1.0) / weeks
            if going[d] > 0.0:
                leave[a, d] *= 1.0 + surplus / going[d]
