"""Inspection as arithmetic on arrays: officers into booths and checks, checks into the chance of finding a load.

Pure functions of arrays (one element per site, lane or load). They know neither the run nor the names of places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]


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


def ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, 0 where bottom is not positive."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0.0)


def sums(index: Ints, values: Floats, n: int) -> Floats:
    """Sum of values by index, (n,)."""
    return np.asarray(np.bincount(index, values, minlength=n), dtype=np.float64)


def shift_to_booths(felt: Floats, usual: Floats, belief: Floats, tolerated: float, hold: float) -> Floats:
    """How far each port moves officers towards booths (up to 1) or away from them (down to -1), (S,).

    felt, usual: mean remembered and usual wait, hours; belief: that hits are found, 0 to 1. Above max(tolerated,
    usual) officers go to spare booths, less so where hits are expected; below the usual wait they go to secondary.
    """
    high = np.maximum(tolerated, usual)
    short = np.clip(felt / high - 1.0, 0.0, 1.0) * (1.0 - hold * belief)
    spare = np.clip(1.0 - ratio(felt, usual), 0.0, 1.0) * (usual > 0.0)
    return np.asarray(short - spare)


def attention(belief: Floats, centre: Floats, weight: float) -> Floats:
    """Weight of a lane in the placing of effort: 1 at the centre of its kind, more where hits are expected, (L,)."""
    return np.maximum(0.1, 1.0 + weight * (belief - centre))


def share_minutes(pool: Floats, wished: Floats, site: Ints) -> Floats:
    """Split each site's officer-minutes (S,) over its lanes in proportion to `wished` (L,); sums to the pool."""
    total = sums(site, wished, pool.size)
    return np.asarray(wished * ratio(pool, total)[site])


def referred_share(minutes: Floats, arrivals: Floats, minutes_per_check: Floats) -> Floats:
    """P(referred) of a legal crossing: min(1, officer-minutes / (arrivals x minutes per check)), (L,)."""
    return np.minimum(1.0, ratio(minutes, arrivals * minutes_per_check))


def port_hazard(
    referred: Floats, gain: Floats, sensitivity: Floats, scanned: Floats, scan_sensitivity: Floats
) -> Floats:
    """Chance of finding a load of detectability one: a scan or a targeted referral finds it, (L,)."""
    by_check = np.minimum(1.0, referred * gain) * sensitivity
    return np.asarray(1.0 - (1.0 - scanned * scan_sensitivity) * (1.0 - by_check))


def patrol_hazard(
    agents: Floats, busy: Floats, km: Floats, reference: Floats, scale: Floats, exponent: float
) -> Floats:
    """Chance of finding a load of detectability one between ports or at sea, (L,).

    agents: on the strength; busy: taken up by encounters; km watched; reference: free agents per km at which the
    hazard is `scale`. 1 - exp(-scale (density / reference)^exponent).
    """
    density = ratio(np.maximum(agents - busy, 0.0), km) / reference
    return np.asarray(-np.expm1(-scale * density**exponent))


def found_chance(hazard: Floats, detectability: Floats, bought: Floats, tip: Floats) -> Floats:
    """P(hit | load) = 1 - (1 - P(found by inspection)) (1 - tip), one element per load.

    Inspection finds with 1 - (1 - hazard)^detectability, and not at all in the share of shifts that the owner
    has `bought`.
    """
    by_inspection = (1.0 - bought) * -np.expm1(detectability * np.log1p(-np.minimum(hazard, 1.0 - 1e-12)))
    return np.asarray(1.0 - (1.0 - by_inspection) * (1.0 - tip))


def give_up(felt: Floats, usual: Floats, otherwise: float, elasticity: float) -> Floats:
    """Factor on legal traffic: ((felt + otherwise) / (usual + otherwise))^elasticity, (L,)."""
    return np.asarray(((felt + otherwise) / (usual + otherwise)) ** elasticity)
