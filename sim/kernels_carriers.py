"""Compiled loops over trusted carriers, which are in order of their lanes. They draw nothing and move no money."""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel


@kernel
def go_by_drivers(rows, use, ids, owner, ordinary, enrolled, carrier_lane, patron, identity, lane, chosen):  # type: ignore[no-untyped-def]
    """Set `lane` and the identity `chosen` of a carrier for the trucked loads `rows` (k,) out of all (n,).

    use, owner (k,): whether a driver would be used, and the owner's identity; ids (n,) loads; ordinary, enrolled (L,)
    the lanes for trucks at the same site, -1 for none; carrier_lane, patron, identity (C,). Loads that find no driver
    of their owner there go by the ordinary lane; of several drivers the load's identity picks one.
    """
    for i in range(rows.size):
        at = enrolled[lane[rows[i]]]
        count, pick = 0, -1
        if use[i] and at >= 0:
            first, last = np.searchsorted(carrier_lane, at), np.searchsorted(carrier_lane, at, side="right")
            for c in range(first, last):
                count += patron[c] == owner[i]
            left = ids[rows[i]] % count if count else -1
            for c in range(first, last):
                if patron[c] == owner[i]:
                    if left == 0:
                        pick = c
                    left -= 1
        if pick >= 0:
            chosen[rows[i]] = identity[pick]
            lane[rows[i]] = at
        else:
            lane[rows[i]] = ordinary[lane[rows[i]]]


@kernel
def mean_checks(lane, share, mean, referred, trips):  # type: ignore[no-untyped-def]
    """Mean checks of each carrier in a week, (C,): trips x P(referred) of its lane x its share over the lane's mean.

    lane, share (C,); mean, referred (L,).
    """
    out = np.empty(lane.size)
    for c in range(lane.size):
        out[c] = trips * referred[lane[c]] * (share[c] / max(mean[lane[c]], 1e-12))
    return out


@kernel
def rise(level, clean, found, enough, top):  # type: ignore[no-untyped-def]
    """Add clean checks `found`; who has `enough` rises a level, up to `top`, and starts anew. All (C,)."""
    for c in range(level.size):
        clean[c] += found[c]
        if clean[c] >= enough and level[c] < top:
            level[c] += 1
            clean[c] = 0.0


@kernel
def let_go(patron, gone, living):  # type: ignore[no-untyped-def]
    """Set patron (C,) to 0 where the driver is `gone` (C,), or his patron is not among the `living` identities."""
    for c in range(patron.size):
        if patron[c] != 0:
            known = False
            for k in range(living.size):
                known |= living[k] == patron[c]
            if gone[c] or not known:
                patron[c] = 0


@kernel
def best_sites(rows, names, saving, running, weeks, patron, carrier_lane, lane_site):  # type: ignore[no-untyped-def]
    """Move running savings (G, S) of `rows` (k,) 1/weeks towards `saving` (k, S); where most is to be saved.

    Returns the site (k,) and the running saving there, (k,) USD/week, counting none where a group has a driver: one of
    the carriers (C,) whose patron is its name (k,); carrier_lane (C,), lane_site (L,).
    """
    has = np.zeros(saving.shape, dtype=np.bool_)
    for c in range(patron.size):
        if patron[c] > 0:
            for i in range(rows.size):
                if names[i] == patron[c]:
                    has[i, lane_site[carrier_lane[c]]] = True
    site, best = np.zeros(rows.size, dtype=np.int64), np.zeros(rows.size)
    for i in range(rows.size):
        g = rows[i]
        for s in range(saving.shape[1]):
            running[g, s] += (saving[i, s] - running[g, s]) / weeks
            if not has[i, s] and running[g, s] > best[i]:
                site[i], best[i] = s, running[g, s]
    return site, best
