"""Inspection as arithmetic on arrays: officers into booths and checks, checks into the chance of finding a load.

Pure functions of arrays (one element per site, lane or load). They know neither the run nor the names of places.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel


@kernel
def mean_by(index, values, n, otherwise):  # type: ignore[no-untyped-def]
    """Mean of values (k,) by index (k,), `otherwise` where there are none, (n,)."""
    out, count = np.zeros(n), np.zeros(n)
    for k in range(index.size):
        out[index[k]] += values[k]
        count[index[k]] += 1.0
    for i in range(n):
        out[i] = out[i] / count[i] if count[i] > 0.0 else otherwise
    return out


@kernel
def ratio(top, bottom):  # type: ignore[no-untyped-def]
    """top / bottom, 0 where bottom is not positive, (n,)."""
    out = np.zeros(top.size)
    for i in range(top.size):
        if bottom[i] > 0.0:
            out[i] = top[i] / bottom[i]
    return out


@kernel
def sums(index, values, n):  # type: ignore[no-untyped-def]
    """Sum of values by index, (n,)."""
    out = np.zeros(n)
    for k in range(index.size):
        out[index[k]] += values[k]
    return out


@kernel
def means(index, values, weight, n):  # type: ignore[no-untyped-def]
    """Mean of values (k,) by index (k,) and weight (k,), 0 where there is no weight, (n,)."""
    top, whole = np.zeros(n), np.zeros(n)
    for k in range(index.size):
        top[index[k]] += values[k] * weight[k]
        whole[index[k]] += weight[k]
    return ratio(top, whole)


@kernel
def shift_to_booths(felt, usual, belief, tolerated, hold):  # type: ignore[no-untyped-def]
    """How far each port moves officers towards booths (up to 1) or away from them (down to -1), (S,).

    felt, usual: mean remembered and usual wait, hours; belief: that hits are found, 0 to 1. Above max(tolerated,
    usual) officers go to spare booths, less so where hits are expected; below the usual wait they go to secondary.
    """
    high = np.maximum(tolerated, usual)
    short = np.minimum(np.maximum(felt / high - 1.0, 0.0), 1.0) * (1.0 - hold * belief)
    spare = np.minimum(np.maximum(1.0 - ratio(felt, usual), 0.0), 1.0) * (usual > 0.0)
    return short - spare


@kernel
def longer_queues(usual_booths, felt, usual, shift):  # type: ignore[no-untyped-def]
    """Booths that lanes call for, (L,): those of the data, `shift` more for a wait of twice the usual, at most."""
    longer = np.minimum(np.maximum(ratio(felt, usual) - 1.0, -1.0), 1.0) * (usual > 0.0)
    return usual_booths * (1.0 + shift * longer)


@kernel
def attention(belief, centre, weight):  # type: ignore[no-untyped-def]
    """Weight of a lane in the placing of effort: 1 at the centre of its kind, more where hits are expected, (L,)."""
    return np.maximum(0.1, 1.0 + weight * (belief - centre))


@kernel
def share_minutes(pool, wished, site):  # type: ignore[no-untyped-def]
    """Split each site's officer-minutes (S,) over its lanes in proportion to `wished` (L,); sums to the pool."""
    part = ratio(pool, sums(site, wished, pool.size))
    out = np.empty(wished.size)
    for lane in range(wished.size):
        out[lane] = wished[lane] * part[site[lane]]
    return out


@kernel
def referred_share(minutes, arrivals, minutes_per_check):  # type: ignore[no-untyped-def]
    """P(referred) of a legal crossing: min(1, officer-minutes / (arrivals x minutes per check)), (L,)."""
    return np.minimum(1.0, ratio(minutes, arrivals * minutes_per_check))


@kernel
def _hazard_at_port(referred, gain, sensitivity, scanned, scan_sensitivity):  # type: ignore[no-untyped-def]
    """`port_hazard` of one lane or load."""
    by_check = min(1.0, referred * gain) * sensitivity
    return 1.0 - (1.0 - scanned * scan_sensitivity) * (1.0 - by_check)


@kernel
def port_hazard(referred, gain, sensitivity, scanned, scan_sensitivity):  # type: ignore[no-untyped-def]
    """Chance of finding a load of detectability one: a scan or a targeted referral finds it, (L,)."""
    out = np.empty(referred.size)
    for i in range(out.size):
        out[i] = _hazard_at_port(referred[i], gain[i], sensitivity[i], scanned[i], scan_sensitivity[i])
    return out


@kernel
def hazard_of_share(lane, share, referred, gain, sensitivity, scanned, scan_sensitivity):  # type: ignore[no-untyped-def]
    """`port_hazard` at lanes (k,) for those who are referred `share` (k,) times as often as others; the rest (L,)."""
    out = np.empty(lane.size)
    for i in range(out.size):
        at = lane[i]
        often = min(1.0, referred[at] * share[i])
        out[i] = _hazard_at_port(often, gain[at], sensitivity[at], scanned[at], scan_sensitivity[at])
    return out


@kernel
def patrol_hazard(agents, busy, km, reference, scale, exponent):  # type: ignore[no-untyped-def]
    """Chance of finding a load of detectability one between ports or at sea, (L,).

    agents: on the strength; busy: taken up by encounters; km watched; reference: free agents per km at which the
    hazard is `scale`. 1 - exp(-scale (density / reference)^exponent).
    """
    density = ratio(np.maximum(agents - busy, 0.0), km) / reference
    return -np.expm1(-scale * density**exponent)


@kernel
def _found(hazard, detectability, bought, tip):  # type: ignore[no-untyped-def]
    """`found_chance` of one load."""
    missed = math.expm1(detectability * math.log1p(-min(hazard, 1.0 - 1e-12)))
    return 1.0 - (1.0 + (1.0 - bought) * missed) * (1.0 - tip)


@kernel
def found_chance(hazard, detectability, bought, tip):  # type: ignore[no-untyped-def]
    """P(hit | load) = 1 - (1 - P(found by inspection)) (1 - tip), one element per load.

    Inspection finds with 1 - (1 - hazard)^detectability, and not at all in the share of shifts that the owner
    has `bought`.
    """
    out = np.empty(hazard.size)
    for i in range(out.size):
        out[i] = _found(hazard[i], detectability[i], bought[i], tip[i])
    return out


@kernel
def chances_of_loads(  # type: ignore[no-untyped-def]
    rows,
    lane,
    owner,
    drug,
    pure,
    carrier,
    own_hazard,
    hazard,
    times,
    usual_kg,
    power,
    mean,
    site,
    bought,
    tip,
):
    """`found_chance` of the loads `rows` (k,), (k,).

    lane, owner, drug, pure kg: of all loads; carrier (k,): row of a trusted carrier, or -1; own_hazard (k,): hazard of
    a load that goes with one; hazard (L,); times (D, L) detectability; usual_kg (D, L): size at which it holds; power
    and mean: of size, as (kg / usual)^power / mean; site (L,); bought (G, S); tip (G,).
    """
    out = np.empty(rows.size)
    for i in range(rows.size):
        r = rows[i]
        at, g, d = lane[r], owner[r], drug[r]
        much = times[d, at] * ((pure[r] / max(usual_kg[d, at], 1e-12)) ** power / mean)
        here = own_hazard[i] if carrier[i] >= 0 else hazard[at]
        out[i] = _found(here, much, min(max(bought[g, site[at]], 0.0), 1.0), tip[g])
    return out


@kernel
def tips(units, officers, intelligence, at_full):  # type: ignore[no-untyped-def]
    """Chance of a tip on a load of each group, (G,): what officers of `units` (k,) know on the mean x `at_full`.

    officers (U,), intelligence (U, G) 0 to 1.
    """
    known, strength = np.zeros(intelligence.shape[1]), 0.0
    for u in units:
        strength += officers[u]
        for g in range(known.size):
            known[g] += officers[u] * intelligence[u, g]
    for g in range(known.size):
        known[g] = min(max(at_full * (known[g] / max(strength, 1e-12)), 0.0), 1.0)
    return known


@kernel
def give_up(felt, usual, otherwise, elasticity):  # type: ignore[no-untyped-def]
    """Factor on legal traffic: ((felt + otherwise) / (usual + otherwise))^elasticity, (L,)."""
    return ((felt + otherwise) / (usual + otherwise)) ** elasticity


@kernel
def checks_by_standing(level, clean, top):  # type: ignore[no-untyped-def]
    """Checks of carriers over those without standing, clean^(level / top), (C,); level (C,) from 0."""
    most = 0
    for c in range(level.size):
        most = max(most, level[c])
    share, out = np.empty(most + 1), np.empty(level.size)
    for step in range(most + 1):
        share[step] = clean ** (step / top)
    for c in range(level.size):
        out[c] = share[level[c]]
    return out
