"""Compiled loops of supply: what crews make, use up and sell in Mexico. Crews are in order of their groups.

They change stocks and return totals for the caller to post; they draw nothing.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel


@kernel
def plan_by_crew(ptr, plaza, own, plan, season):  # type: ignore[no-untyped-def]
    """Split plans of groups (G, D) over crews by capacity `own` (C, D) x season of their plaza (P, D); kg/week.

    ptr (G + 1,), plaza (C,). Returns (C, D) and its sums by group, (G, D).
    """
    make, whole = np.zeros(own.shape), np.zeros(plan.shape)
    for g in range(plan.shape[0]):
        for d in range(plan.shape[1]):
            total = 0.0
            for c in range(ptr[g], ptr[g + 1]):
                total += own[c, d]
            if total > 0.0 and plan[g, d] != 0.0:
                rate = plan[g, d] / total
                for c in range(ptr[g], ptr[g + 1]):
                    make[c, d] = own[c, d] * rate * season[plaza[c], d]
                    whole[g, d] += make[c, d]
    return make, whole


@kernel
def cut_back(ptr, share, contact, bought, make):  # type: ignore[no-untyped-def]
    """Multiply make (C, D) by the share of its group, (G,), and what is bought (D,) by contact (C,) too, in place."""
    for g in range(share.size):
        for c in range(ptr[g], ptr[g + 1]):
            for d in range(bought.size):
                make[c, d] *= share[g] * (contact[c] if bought[d] else 1.0)


@kernel
def synthesise(ptr, order, got, found, need, precursor, make):  # type: ignore[no-untyped-def]
    """Take in precursors, and make what there are precursors for; changes `precursor` and `make` (C, D).

    order (C, D) kg, of which groups get the share `got` (G,) less what customs has `found`; need (D,) kg per kg of a
    drug. Returns what came, what was found and what was used, (3, D) kg.
    """
    totals = np.zeros((3, need.size))
    for g in range(got.size):
        for c in range(ptr[g], ptr[g + 1]):
            for d in range(need.size):
                if need[d] > 0.0:
                    bought = order[c, d] * got[g]
                    precursor[c, d] += bought * (1.0 - found)
                    totals[0, d] += bought * (1.0 - found)
                    totals[1, d] += bought * found
                    make[c, d] = min(make[c, d], precursor[c, d] / need[d])
                    used = min(make[c, d] * need[d], precursor[c, d])
                    precursor[c, d] -= used
                    totals[2, d] += used
    return totals


@kernel
def put_in_stock(ptr, plaza, make, cut, pure, diluent, produced):  # type: ignore[no-untyped-def]
    """Add make (C, D) kg to stocks with `cut` (D,) kg of diluent per kg, and to what plazas (P, D) produced.

    Returns totals of pure and diluent, (2, D), and make by group, (G, D).
    """
    totals, whole = np.zeros((2, cut.size)), np.zeros((ptr.size - 1, cut.size))
    for g in range(ptr.size - 1):
        for c in range(ptr[g], ptr[g + 1]):
            for d in range(cut.size):
                if make[c, d] != 0.0:
                    pure[c, d] += make[c, d]
                    diluent[c, d] += make[c, d] * cut[d]
                    produced[plaza[c], d] += make[c, d]
                    whole[g, d] += make[c, d]
                    totals[0, d] += make[c, d]
                    totals[1, d] += make[c, d] * cut[d]
    return totals, whole


@kernel
def local_sales(ptr, plaza, sellers, n_mexico, users, use, most, pure, diluent):  # type: ignore[no-untyped-def]
    """Sell from stocks in Mexico what users there take, `use` (D,) kg, at most the share `most`; changes stocks (C, D).

    sellers (C,) people; users (P,) of all places: those of a place buy from the sellers there, those of places without
    any from the others. Nobody sells: nothing is sold. Returns kg sold (D,), by whose stock (G, D), the part of sales
    by whose sellers (G,), and totals of pure and diluent (2, D).
    """
    groups, drugs = ptr.size - 1, use.size
    there, served = np.zeros(users.size), 0.0
    for c in range(plaza.size):
        if plaza[c] < n_mexico:
            there[plaza[c]] += sellers[c]
    for i in range(users.size):
        if there[i] > 0.0:
            served += users[i]
    part, held, whole = np.zeros(groups), np.zeros((groups, drugs)), np.zeros(drugs)
    for g in range(groups):
        for c in range(ptr[g], ptr[g + 1]):
            if plaza[c] < n_mexico:
                if sellers[c] > 0:
                    part[g] += sellers[c] * (users[plaza[c]] / there[plaza[c]]) / max(served, 1e-12)
                for d in range(drugs):
                    held[g, d] += pure[c, d]
        for d in range(drugs):
            whole[d] += held[g, d]
    sold = np.minimum(use if served > 0.0 else np.zeros(drugs), most * whole)
    share, totals = sold / np.maximum(whole, 1e-12), np.zeros((2, drugs))
    for c in range(plaza.size):
        if plaza[c] < n_mexico:
            for d in range(drugs):
                gone, cut = pure[c, d] * share[d], diluent[c, d] * share[d]
                pure[c, d] -= gone
                diluent[c, d] -= cut
                totals[0, d] += gone
                totals[1, d] += cut
    for g in range(groups):
        for d in range(drugs):
            held[g, d] *= share[d]
    return sold, held, part, totals


@kernel
def hold_back(reach, pure, diluent):  # type: ignore[no-untyped-def]
    """Take from stocks (C, D) what crews cannot carry on, 1 - reach (C,) of it; returns it, (2, C, D)."""
    behind = np.zeros((2, *pure.shape))
    for c in range(reach.size):
        if reach[c] < 1.0:
            for d in range(pure.shape[1]):
                behind[0, c, d] = pure[c, d] * (1.0 - reach[c])
                behind[1, c, d] = diluent[c, d] * (1.0 - reach[c])
                pure[c, d] -= behind[0, c, d]
                diluent[c, d] -= behind[1, c, d]
    return behind


@kernel
def hubs_of_groups(group, plaza, n_mexico, hub_plaza, groups):  # type: ignore[no-untyped-def]
    """Where groups have a crew at the hub of an area, (groups, A); group, plaza (C,), hub_plaza (A,)."""
    out = np.zeros((groups, hub_plaza.size), dtype=np.bool_)
    for c in range(plaza.size):
        if plaza[c] >= n_mexico:
            for a in range(hub_plaza.size):
                if hub_plaza[a] == plaza[c]:
                    out[group[c], a] = True
    return out
