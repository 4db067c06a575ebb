"""Compiled loops of enforcement: who is exposed to whom, who gets credit for a find, what units remember and share.

A beat is a pair (unit, plaza) in the unit's jurisdiction; beats are sorted by plaza and `ptr` (P + 1,) points at them.
The loops move nothing through the ledger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.quantiles import binomial_inv, poisson_inv
from sim.streams import philox4x32, u53

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def known_here(group, plaza, ptr, unit, effort, intelligence, out):  # type: ignore[no-untyped-def]
    """Write what the units at its plaza know of each crew's group, weighted by effort, 0 to 1.

    group, plaza (n,) of crews; unit, effort (beats,); intelligence (U, G); out (n,).
    """
    for c in range(group.size):
        total = 0.0
        known = 0.0
        for b in range(ptr[plaza[c]], ptr[plaza[c] + 1]):
            total += effort[b]
            known += effort[b] * intelligence[unit[b], group[c]]
        out[c] = known / total if total > 0.0 else 0.0


@kernel
def put_on_beats(plaza, unit, officers, skill, purposes, people, skilled, density, patrol):  # type: ignore[no-untyped-def]
    """Count officers by beat: by skill (`skilled`), by plaza (`patrol`), and by skill, purpose and people (`density`).

    plaza, unit, officers, skilled (beats,); skill (U,); purposes (U, M) shares; people (P,) thousands; patrol (P,) and
    density (P, M) are zeros before. Effort on migration, the last purpose, is spent elsewhere.
    """
    last = purposes.shape[1] - 1
    for b in range(plaza.size):
        u, p = unit[b], plaza[b]
        skilled[b] = officers[b] * skill[u]
        patrol[p] += officers[b]
        for m in range(last):
            density[p, m] += skilled[b] * purposes[u, m]
    for p in range(people.size):
        for m in range(last):
            density[p, m] /= people[p]


@kernel
def believe(plaza, unit, gain, visited, own, belief):  # type: ignore[no-untyped-def]
    """Move belief (U, P) about the place of each beat: P <- (1 - g v) P + g v (1 - exp(-own finds)), in place.

    plaza, unit, visited, own (beats,); gain (U,).
    """
    for b in range(plaza.size):
        found = 1.0 - np.exp(-own[b]) if own[b] > 0.0 else 0.0
        x = belief[unit[b], plaza[b]]
        belief[unit[b], plaza[b]] = x + gain[unit[b]] * visited[b] * (found - x)


@kernel
def _draw(keys, decision, identity, sub, week):  # type: ignore[no-untyped-def]
    """One uniform, as `Draws.uniform` gives it for the decision at this row of `keys`."""
    x0, x1, _, _ = philox4x32(keys[decision, 0], keys[decision, 1], identity, sub, week, 0)
    return u53(x0, x1)


@kernel
def _count(u, mean):  # type: ignore[no-untyped-def]
    """A Poisson count; none without more ado where u <= 1 - mean <= exp(-mean)."""
    return poisson_inv(u, mean) if u > 1.0 - mean else 0


@kernel
def operations(  # type: ignore[no-untyped-def]
    identity,
    plaza,
    members,
    guns,
    rates,
    cell,
    by_raid,
    by_street,
    keys,
    week,
    arrested,
    raids,
    searches,
    taken,
):
    """Draw a week of raids, street arrests, searches and gun seizures at every crew.

    identity, plaza (n,); members (n, roles); guns (n, types); rates (n, 4) weekly: raids per cell, street arrests per
    visible member, searches, guns per gun; cell: people whom a raid reaches; by_raid, by_street (roles,);
    keys (4, 2) of the decisions raid, arrest, search, guns; writes arrested (n, roles), raids (n,), searches (n,),
    taken (n, types). A raid takes one cell, so expected arrests do not depend on how people are divided into crews.
    """
    n, n_roles = members.shape
    for c in range(n):
        size = 0
        for role in range(n_roles):
            size += members[c, role]
        raids[c] = 0
        if size > 0:
            raids[c] = _count(_draw(keys, 0, identity[c], plaza[c], week), rates[c, 0] * size / cell)
        share = min(1.0, raids[c] * cell / max(size, 1))
        for role in range(n_roles):
            u = _draw(keys, 1, identity[c], plaza[c] * 8 + role, week)
            raid, street = share * by_raid[role], rates[c, 1] * by_street[role]
            arrested[c, role] = 0
            if u > 1.0 - members[c, role] * (raid + street):  # else nobody: (1 - p)^n >= 1 - n p
                prob = 1.0 - (1.0 - raid) * np.exp(-street)
                arrested[c, role] = binomial_inv(u, members[c, role], prob)
        searches[c] = _count(_draw(keys, 2, identity[c], plaza[c], week), rates[c, 2])
        for kind in range(guns.shape[1]):
            u = _draw(keys, 3, identity[c], plaza[c] * 8 + kind, week)
            taken[c, kind] = 0
            if u > 1.0 - guns[c, kind] * rates[c, 3]:
                taken[c, kind] = binomial_inv(u, guns[c, kind], -np.expm1(-rates[c, 3]))


@kernel
def give_credit(group, plaza, ptr, unit, effort, finds, own, learned):  # type: ignore[no-untyped-def]
    """Share the finds at each crew among the units there by effort: by beat (`own`) and by unit and group (`learned`).

    finds (n,) of crews; own (beats,) and learned (U, G) are added to. Totals of both equal the finds where any unit is.
    """
    for c in range(group.size):
        if finds[c] <= 0.0:
            continue
        total = 0.0
        for b in range(ptr[plaza[c]], ptr[plaza[c] + 1]):
            total += effort[b]
        if total <= 0.0:
            continue
        for b in range(ptr[plaza[c]], ptr[plaza[c] + 1]):
            part = finds[c] * effort[b] / total
            own[b] += part
            learned[unit[b], group[c]] += part


@kernel
def remember(intelligence, agency, trust, keep, sharing, source, visible):  # type: ignore[no-untyped-def]
    """Decay, own sources and sharing of intelligence, in place.

    intelligence (U, G) in [0, 1]; agency (U,); trust (K, K) in [0, 1], how much of what agency b knows agency a is
    told; keep: share kept a week; sharing: share of the gap to what one is told that closes a week;
    source (U,), visible (G,): what a unit learns of a group by its own sources is their product.
    """
    n_agencies = trust.shape[0]
    n_units, n_groups = intelligence.shape
    best = np.zeros((n_agencies, n_groups))
    for u in range(n_units):
        for g in range(n_groups):
            best[agency[u], g] = max(best[agency[u], g], intelligence[u, g])
    told = np.zeros((n_agencies, n_groups))
    for a in range(n_agencies):
        for b in range(n_agencies):
            for g in range(n_groups):
                told[a, g] = max(told[a, g], trust[a, b] * best[b, g])
    for u in range(n_units):
        for g in range(n_groups):
            x = keep * intelligence[u, g]
            x += (1.0 - x) * source[u] * visible[g]
            gap = keep * told[agency[u], g] - x
            if gap > 0.0:
                x += sharing * gap
            intelligence[u, g] = min(1.0, x)


@kernel
def take_in(intelligence, learned, rate, found):  # type: ignore[no-untyped-def]
    """Raise intelligence by finds, x += (1 - x)(1 - exp(-rate finds)), in place; sum finds by unit.

    intelligence, learned (U, G); rate, found (U,).
    """
    for u in range(learned.shape[0]):
        for g in range(learned.shape[1]):
            if learned[u, g] > 0.0:
                x = intelligence[u, g]
                intelligence[u, g] = x + (1.0 - x) * -np.expm1(-rate[u] * learned[u, g])
                found[u] += learned[u, g]


@kernel
def _deal(amounts, owner, weights, totals, offset, out):  # type: ignore[no-untyped-def]
    """Systematic rounding with a random start: see `deal_whole`."""
    running = np.zeros(amounts.size)
    before = np.zeros(amounts.size, dtype=np.int64)
    for i in range(owner.size):
        g = owner[i]
        if totals[g] <= 0.0:
            continue
        running[g] += weights[i]
        upto = np.int64(np.floor(amounts[g] * (running[g] / totals[g]) + offset[g]))
        upto = min(upto, amounts[g])
        out[i] = max(upto - before[g], 0)
        before[g] = max(upto, before[g])


def deal_whole(amounts: Ints, owner: Ints, weights: Floats, offset: Floats) -> Ints:
    """Share amounts[g] over the rows of owner g by weights >= 0, whole and unbiased; int64 (len(owner),).

    offset (G,) in (0, 1) is a uniform draw per owner: each row gets the floor or the ceiling of its share, and its
    share on average. An owner whose weights are all zero keeps its amount: nothing is dealt.
    """
    totals = np.bincount(owner, weights, minlength=amounts.size)
    out = np.zeros(owner.size, dtype=np.int64)
    _deal(amounts.astype(np.int64), owner.astype(np.int64), weights, totals, offset, out)
    dealt = np.bincount(owner, out, minlength=amounts.size).astype(np.int64)
    short = np.flatnonzero((dealt < amounts) & (totals > 0.0))
    for g in short.tolist():  # rounding of the running sum may leave one over
        out[np.flatnonzero((owner == g) & (weights > 0.0))[-1]] += amounts[g] - dealt[g]
    return out


def leak_prob(informed: Floats, integrity: Floats, loose: Floats | float) -> float:
    """Chance that a case leaks: 1 - prod_u (1 - q_u (1 - integrity_u))^informed_u.

    informed, integrity (n,) of the units that know; `loose` q is the chance that one corrupt person talks.
    Source: mechanisms.md, corruption.
    """
    silent = 1.0 - np.clip(np.asarray(loose) * (1.0 - integrity), 0.0, 1.0)
    return float(1.0 - np.prod(silent**informed))
