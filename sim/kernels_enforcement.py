"""Compiled loops of enforcement: what operations take from crews, and what units remember and share.

Loops over beats are in `sim.kernels_patrol`. None moves anything through the ledger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.quantiles import binomial_inv, normal_inv, poisson_inv
from sim.streams import philox4x32, u53

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def _draw(keys, decision, identity, plaza, times, add, week, out):  # type: ignore[no-untyped-def]
    """Write a uniform per crew, as `Draws.uniform` gives it for the decision at this row of `keys`; all (n,).

    The sub-entity is times x plaza + add. One loop for all crews, so that it becomes vector code.
    """
    k0, k1 = keys[decision, 0], keys[decision, 1]
    for c in range(identity.size):
        x0, x1, _, _ = philox4x32(k0, k1, identity[c], plaza[c] * times + add, week, 0)
        out[c] = u53(x0, x1)


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
    here,
    used_for,
    rates,
    abroad,
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

    identity, plaza (n,); members (n, roles); guns (n, types); here (n, M) effort by purpose, and used_for (4,) the
    purposes of raids, street arrests, searches, seizures of guns; rates (4, 2) of these a week and unit of effort by
    country: raids per cell, street arrests per visible member, searches, guns per gun; abroad (P,) whether a plaza is
    in the United States; cell: people whom a raid reaches; by_raid, by_street (roles,); keys (4, 2) of the decisions.
    Writes arrested (n, roles), raids (n,), searches (n,), taken (n, types). A raid takes one cell, so expected arrests
    do not depend on how people are divided into crews.
    """
    n, n_roles = members.shape
    n_guns = guns.shape[1]
    u = np.empty((2 + n_roles + n_guns, n))
    _draw(keys, 0, identity, plaza, 1, 0, week, u[0])
    _draw(keys, 2, identity, plaza, 1, 0, week, u[1])
    for role in range(n_roles):
        _draw(keys, 1, identity, plaza, 8, role, week, u[2 + role])
    for kind in range(n_guns):
        _draw(keys, 3, identity, plaza, 8, kind, week, u[2 + n_roles + kind])
    rate = np.empty(4)
    for c in range(n):
        for k in range(4):
            rate[k] = rates[k, 1 if abroad[plaza[c]] else 0] * here[c, used_for[k]]
        size = 0
        for role in range(n_roles):
            size += members[c, role]
        raids[c] = _count(u[0, c], rate[0] * size / cell) if size > 0 else 0
        share = min(1.0, raids[c] * cell / max(size, 1))
        for role in range(n_roles):
            raid, street = share * by_raid[role], rate[1] * by_street[role]
            arrested[c, role] = 0
            if u[2 + role, c] > 1.0 - members[c, role] * (raid + street):  # else nobody: (1 - p)^n >= 1 - n p
                prob = 1.0 - (1.0 - raid) * np.exp(-street)
                arrested[c, role] = binomial_inv(u[2 + role, c], members[c, role], prob)
        searches[c] = _count(u[1, c], rate[2])
        for kind in range(n_guns):
            luck = u[2 + n_roles + kind, c]
            taken[c, kind] = 0
            if luck > 1.0 - guns[c, kind] * rate[3]:
                taken[c, kind] = binomial_inv(luck, guns[c, kind], -np.expm1(-rate[3]))


@kernel
def warm(  # type: ignore[no-untyped-def]
    plaza, members, raids, arrested, guns, weeks_per_year, weeks, heat, by_plaza, total, rows, armed
):
    """Move heat (n,) to the share of members (n, roles) arrested, per year, and list where there is something to take.

    plaza, raids (n,); arrested (n, roles) and guns (n, types): their first rows become those of the crews in rows and
    armed (n,), where any is. Writes total (n,) arrested, adds raids to by_plaza (P,); returns the numbers of such rows.
    """
    k, m = 0, 0
    for c in range(heat.size):
        by_plaza[plaza[c]] += raids[c]
        size, gone, held = 0, 0, 0
        for role in range(members.shape[1]):
            size += members[c, role]
            gone += arrested[c, role]
        heat[c] += (weeks_per_year * gone / max(size, 1) - heat[c]) / weeks
        total[c] = gone
        if gone > 0:
            rows[k] = c
            arrested[k] = arrested[c]
            k += 1
        for kind in range(guns.shape[1]):
            held += guns[c, kind]
        if held > 0:
            armed[m] = c
            guns[m] = guns[c]
            m += 1
    return k, m


@kernel
def search_stores(found, pure, part, find, rows, share):  # type: ignore[no-untyped-def]
    """List the crews where searches found a stock, and the share of it taken: min(1, searches x part) x find.

    found (n,) searches, set to 0 where there was nothing; pure (n, drugs); part: share that a search takes; find
    (drugs,) share of that by drug. Writes rows (n,) and share (n, drugs); returns how many.
    """
    k = 0
    for c in range(found.size):
        if found[c] == 0:
            continue
        any_stock = False
        for d in range(pure.shape[1]):
            any_stock |= pure[c, d] > 0.0
        if not any_stock:
            found[c] = 0
            continue
        rows[k] = c
        for d in range(pure.shape[1]):
            share[k, d] = min(1.0, found[c] * part) * find[d]
        k += 1
    return k


@kernel
def take_cash_abroad(  # type: ignore[no-untyped-def]
    identity, group, plaza, cash, level, abroad, elsewhere, sigma, k0, k1, week, by_plaza
):
    """Take the share of its cash found at each crew, at most 1: the level of effort times luck of mean one.

    identity (G,); group, plaza, cash (n,); level (P,) counts where abroad (P,), and `elsewhere` at the other plazas;
    luck is lognormal with sigma, by the draw of key (k0, k1) for the crew. Nothing is drawn for a crew without cash.
    Adds to by_plaza (P,) and returns USD.
    """
    every = 0.0
    for c in range(cash.size):
        if cash[c] > 0.0:
            x0, x1, _, _ = philox4x32(k0, k1, identity[group[c]], plaza[c], week, 0)
            luck = np.exp(-0.5 * sigma**2 + sigma * normal_inv(u53(x0, x1)))
            usd = cash[c] * min(1.0, (level[plaza[c]] if abroad[plaza[c]] else elsewhere) * luck)
            cash[c] -= usd
            by_plaza[plaza[c]] += usd
            every += usd
    return every


@kernel
def loads_lost(lost, hits, seized, ptr, out):  # type: ignore[no-untyped-def]
    """Write how many loads each group that has crews lost at the border, out (G,), from kg lost (G, drugs, lanes).

    hits, seized (lanes, drugs) of all: loads found, and their kg; ptr (G + 1,) of crews. Most groups lose nothing: a
    row without any is passed over at the pace of memory.
    """
    n_lanes, n_drugs = hits.shape
    loads = np.zeros((n_drugs, n_lanes))
    for d in range(n_drugs):
        for lane in range(n_lanes):
            if hits[lane, d] > 0.0:
                loads[d, lane] = hits[lane, d] / max(seized[lane, d], 1e-9)
    for g in range(out.size):
        out[g] = 0.0
        if ptr[g + 1] == ptr[g]:
            continue
        for d in range(n_drugs):
            some = False
            for lane in range(n_lanes):
                some |= lost[g, d, lane] != 0.0
            if some:
                for lane in range(n_lanes):
                    out[g] += lost[g, d, lane] * loads[d, lane]


@kernel
def couriers_caught(lost, share, identity, k0, k1, week, out):  # type: ignore[no-untyped-def]
    """Write couriers of the loads lost (G,) who are members, out (G,), as `Draws.poisson` gives them; returns how many.

    share: of couriers who are members; identity (G,); (k0, k1) is the key of the draw.
    """
    every = 0
    for g in range(lost.size):
        out[g] = 0
        if lost[g] != 0.0:
            x0, x1, _, _ = philox4x32(k0, k1, identity[g], 0, week, 0)
            out[g] = poisson_inv(u53(x0, x1), share * lost[g])
            every += out[g]
    return every


@kernel
def at_home(group, plaza, caught, members, role, abroad, rows, weight, have):  # type: ignore[no-untyped-def]
    """List crews of groups with people caught (G,) in rows (n,), and their people of a role in Mexico, weight (n,).

    group, plaza (n,); members (n, roles); abroad (P,). Adds these people to have (G,); returns how many crews.
    """
    k = 0
    for c in range(group.size):
        if caught[group[c]] > 0:
            rows[k] = c
            weight[k] = 0.0 if abroad[plaza[c]] else members[c, role]
            have[group[c]] += np.int64(weight[k])
            k += 1
    return k


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
        top, own = best[agency[u]], intelligence[u]
        for g in range(n_groups):
            top[g] = own[g] if own[g] > top[g] else top[g]
    told = np.zeros((n_agencies, n_groups))
    for a in range(n_agencies):
        heard = told[a]
        for b in range(n_agencies):
            much, top = trust[a, b], best[b]
            if much > 0.0:
                for g in range(n_groups):
                    heard[g] = much * top[g] if much * top[g] > heard[g] else heard[g]
    for u in range(n_units):
        own, heard = intelligence[u], told[agency[u]]
        for g in range(n_groups):
            x = keep * own[g]
            x += (1.0 - x) * source[u] * visible[g]
            gap = keep * heard[g] - x
            x += sharing * (gap if gap > 0.0 else 0.0)
            own[g] = x if x < 1.0 else 1.0


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
