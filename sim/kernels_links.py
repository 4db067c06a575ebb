"""Compiled loops of a group's internal network: who knows whom, and through whom goods go on.

Crews are sorted by (group, plaza), `ptr` (G + 1,) points at a group's crews and `at` (G, P) at its crew in a place (-1
is none), so links are kept as places and stay right when rows move. Ties: known (C, T) places, -1 is a free
place; trust (C, T) in [0, 1]. They draw nothing and know no parameter by name.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel

VACANT, OPEN = -1, -2
"""In place of the next crew: the broker of the link is gone; it was never chosen."""


@kernel
def retie(ptr, plaza, at, km, known, trust):  # type: ignore[no-untyped-def]
    """Drop ties to crews that are gone and turn to the nearest own crews instead, whom nobody trusts yet; km (P, P)."""
    ties = known.shape[1]
    for g in range(ptr.size - 1):
        for c in range(ptr[g], ptr[g + 1]):
            for k in range(ties):
                other = known[c, k]
                if other >= 0 and (at[g, other] < 0 or other == plaza[c]):
                    known[c, k], trust[c, k] = -1, 0.0
            for k in range(ties):
                if known[c, k] < 0:
                    known[c, k] = _nearest(ptr[g], ptr[g + 1], c, plaza, km, known)


@kernel
def _nearest(first, last, c, plaza, km, known):  # type: ignore[no-untyped-def]
    """Place of the nearest crew from `first` to `last` that crew c does not know yet, -1 if it knows all."""
    best, least = -1, np.inf
    for d in range(first, last):
        if d == c or km[plaza[c], plaza[d]] >= least:
            continue
        fresh = True
        for k in range(known.shape[1]):
            fresh = fresh and known[c, k] != plaza[d]
        if fresh:
            best, least = plaza[d], km[plaza[c], plaza[d]]
    return best


@kernel
def onward(first, last, c, plaza, km, border, carriers, scale, n_mexico):  # type: ignore[no-untyped-def]
    """Place of the own crew nearer to the border that draws the goods of crew c most; its own place if none draws more.

    border (P,) km to the nearest site; carriers (C,) people who carry; pull (1 + carriers) exp(-km to the border over
    that crew / scale), so that goods are gathered where many carry and go straight north from there.
    """
    best, most = plaza[c], (1.0 + carriers[c]) * math.exp(-border[plaza[c]] / scale)
    for d in range(first, last):
        if plaza[d] < n_mexico and border[plaza[d]] < border[plaza[c]]:
            way = km[plaza[c], plaza[d]] + border[plaza[d]]
            pull = (1.0 + carriers[d]) * math.exp(-way / scale)
            if pull > most:
                best, most = plaza[d], pull
    return best


@kernel
def tie_to(c, place, known, trust):  # type: ignore[no-untyped-def]
    """Trust of crew c in the own crew at a place, 0 where it does not know it."""
    for k in range(known.shape[1]):
        if known[c, k] == place:
            return trust[c, k]
    return 0.0


@kernel
def relink(ptr, plaza, at, km, border, carriers, scale, n_mexico, known, trust, onto, supply):  # type: ignore[no-untyped-def]
    """Point goods whose next crew is gone to another one; the link is as strong as the trust there is already.

    onto (C,) place of the next crew, its own at an outlet, VACANT or OPEN; supply (C,) strength. Hubs abroad need none.
    """
    for g in range(ptr.size - 1):
        for c in range(ptr[g], ptr[g + 1]):
            if plaza[c] >= n_mexico:
                onto[c], supply[c] = plaza[c], 1.0
                continue
            lost = onto[c] >= 0 and onto[c] != plaza[c]
            lost = lost and (at[g, onto[c]] < 0 or border[onto[c]] >= border[plaza[c]])
            if lost or onto[c] == OPEN:
                onto[c] = onward(ptr[g], ptr[g + 1], c, plaza, km, border, carriers, scale, n_mexico)
                supply[c] = tie_to(c, onto[c], known, trust)


@kernel
def grow_trust(ptr, plaza, at, near, pace, known, trust, degree):  # type: ignore[no-untyped-def]
    """Time together: trust grows toward closeness near (P, P). Fills degree (C,): trust, half of it others'."""
    degree[:] = 0.0
    for g in range(ptr.size - 1):
        for c in range(ptr[g], ptr[g + 1]):
            for k in range(known.shape[1]):
                if known[c, k] >= 0:
                    trust[c, k] += pace * max(near[plaza[c], known[c, k]] - trust[c, k], 0.0)
                    degree[c] += 0.5 * trust[c, k]
                    degree[at[g, known[c, k]]] += 0.5 * trust[c, k]


@kernel
def carried(  # type: ignore[no-untyped-def]
    order, group, plaza, at, border, n_mexico, pace, known, trust, onto, supply, reach,
):  # fmt: skip
    """Fill reach (C,): what share of a crew's stock comes to the border, over its best way there.

    Links that somebody holds first grow toward 1 by `pace`; order (C,): crews from the border inward. A way is as
    good as its weakest link; besides its own link a crew has those it trusts and who are nearer to the border, as far
    as it trusts them.
    """
    for i in range(order.size):
        c = order[i]
        if plaza[c] >= n_mexico:
            reach[c] = 1.0
            continue
        if onto[c] >= 0:
            supply[c] += pace * (1.0 - supply[c])
        best = 0.0
        if onto[c] == plaza[c]:
            best = supply[c]
        elif onto[c] >= 0 and at[group[c], onto[c]] >= 0:
            best = min(supply[c], reach[at[group[c], onto[c]]])
        for k in range(known.shape[1]):
            other = known[c, k]
            if (
                trust[c, k] > best
                and 0 <= other < n_mexico
                and border[other] < border[plaza[c]]
                and at[group[c], other] >= 0
            ):
                best = max(best, min(trust[c, k], reach[at[group[c], other]]))
        reach[c] = best


@kernel
def branches(first, last, plaza, at_group, onto, people):  # type: ignore[no-untyped-def]
    """People whose goods go through each crew from `first` to `last`, its own among them, (n,); at_group (P,)."""
    out = np.zeros(last - first)
    for c in range(first, last):
        d = c
        out[d - first] += people[c]
        while onto[d] >= 0 and onto[d] != plaza[d]:
            d = at_group[onto[d]]
            out[d - first] += people[c]
    return out


@kernel
def through(rows, via, plaza, at_group, onto):  # type: ignore[no-untyped-def]
    """Whether goods of crews `rows` (n,) of one group go through its crew `via`, (n,) 0 or 1."""
    out = np.zeros(rows.size)
    for i in range(rows.size):
        d = rows[i]
        while d != via and onto[d] >= 0 and onto[d] != plaza[d]:
            d = at_group[onto[d]]
        out[i] = 1.0 if d == via else 0.0
    return out


@kernel
def follow_ties(first, last, begin, plaza, at_group, known, trust, people, most):  # type: ignore[no-untyped-def]
    """Which crews of one group, from row `first` to `last`, are found from the one at `begin` on, (n,) of bool.

    From tie to tie in either direction, the most trusted first (as they come where trust is alike), until `most` people
    (n,) are known; the crew that passes that is still taken in.
    """
    n = last - first
    tie = np.full(n, -1.0)
    seen = np.zeros(n, dtype=np.bool_)
    new, total = begin, 0.0
    while new >= 0 and total < most:
        seen[new] = True
        total += people[new]
        place = plaza[first + new]
        for k in range(known.shape[1]):
            if known[first + new, k] >= 0:
                other = at_group[known[first + new, k]] - first
                tie[other] = max(tie[other], trust[first + new, k])
        for i in range(n):
            tie[i] = max(tie[i], tie_to(first + i, place, known, trust) if not seen[i] else -1.0)
        new = -1
        for i in range(n):
            if not seen[i] and tie[i] > 0.0 and (new < 0 or tie[i] > tie[new]):
                new = i
    return seen


@kernel
def beside(order, ptr, group, armed, out):  # type: ignore[no-untyped-def]
    """Add to out (G, G) armed people of others in the plazas of each group; order, ptr: crews by plaza; armed (C,)."""
    for plaza in range(ptr.size - 1):
        for a in range(ptr[plaza], ptr[plaza + 1]):
            for b in range(ptr[plaza], ptr[plaza + 1]):
                if a != b:
                    out[group[order[a]], group[order[b]]] += armed[order[b]]
