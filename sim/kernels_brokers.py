"""Compiled loops of brokers: how many are lost with a crew's managers, who follows them, and what he brings along.

Arrays and links are those of `sim.kernels_links`. Draws are keyed by the words that callers give; no parameter is known
by name.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_links import VACANT, onward, tie_to
from sim.quantiles import binomial_inv
from sim.streams import philox4x32, u32

RULES = ("random", "distance", "degree", "triadic")
"""Sides of the switch `replacement`, by the number that kernels take."""
RANDOM, DISTANCE, DEGREE, TRIADIC = range(len(RULES))
LEAST = 0.05
"""Least weight of a candidate without skill or trust."""


@kernel
def brokers_gone(u, managers, share, each):  # type: ignore[no-untyped-def]
    """Share of a link's brokers who are gone, by inversion of u: one in `each` managers is one, at least one is."""
    brokers = max(managers // each, 1)
    return 1.0 - binomial_inv(u, brokers, 1.0 - share) / brokers


@kernel
def break_links(
    rows, u, each, group, ptr, plaza, managers, lost, known, trust, onto, supply, contact, unfilled
):  # type: ignore[no-untyped-def]
    """Managers were lost at crews `rows` (n,): ties with them weaken, and brokers of a link may be among them.

    lost (C,) managers gone, set to 0; managers (C,) left; u (n, 4) uniforms; contact, unfilled (C, 2) of the two
    offices. One in `each` of lost + managers holds a link and an office; it breaks when none of those is left.
    """
    for i in range(rows.size):
        c = rows[i]
        g = group[c]
        before = lost[c] + managers[c]
        share = lost[c] / before
        lost[c] = 0
        for d in range(ptr[g], ptr[g + 1]):
            for k in range(known.shape[1]):
                if d == c or known[d, k] == plaza[c]:
                    trust[d, k] *= 1.0 - share
        gone = brokers_gone(u[i, 0], before, share, each)
        supply[c] *= 1.0 - gone
        if gone == 1.0:
            onto[c] = VACANT
        for office in range(contact.shape[1]):
            gone = brokers_gone(u[i, 1 + office], before, share, each)
            contact[c, office] *= 1.0 - gone
            if gone == 1.0:
                unfilled[c, office] = True


@kernel
def triads(rows, plaza, at_group, known, trust):  # type: ignore[no-untyped-def]
    """Trust among the acquaintances of each of the crews `rows` (n,) of one group, summed, (n,)."""
    out = np.zeros(rows.size)
    for i in range(rows.size):
        c = rows[i]
        for j in range(known.shape[1]):
            for k in range(known.shape[1]):
                if known[c, j] >= 0 and known[c, k] >= 0 and j != k:
                    between = tie_to(at_group[known[c, j]], known[c, k], known, trust)
                    out[i] += 0.5 * between * trust[c, j] * trust[c, k]
    return out


@kernel
def weigh(rows, skill, place, rule, scale, plaza, at_group, km, loyalty, degree, known, trust):  # type: ignore[no-untyped-def]
    """Weight of candidates in crews `rows` (n,) of one group for a vacancy at a place, by a rule of RULES; skill (n,).

    degree: skill x trust x (1 + ties); triadic: trust among those it knows counts too; distance: exp(-km / scale);
    random: all alike. Trust is the crew's loyalty. Source: doi:10.1038/srep04238, doi:10.1007/s11292-023-09563-z.
    """
    out = np.ones(rows.size)
    if rule == RANDOM:
        return out
    closed = triads(rows, plaza, at_group, known, trust) if rule == TRIADIC else np.zeros(rows.size)
    for i in range(rows.size):
        c = rows[i]
        out[i] = (LEAST + skill[i]) * (LEAST + loyalty[c])
        if rule == DISTANCE:
            out[i] *= math.exp(-km[plaza[c], place] / scale)
        else:
            out[i] *= 1.0 + degree[c] + closed[i]
    return out


@kernel
def successor(  # type: ignore[no-untyped-def]
    g,
    gid,
    place,
    rule,
    scale,
    ptr,
    plaza,
    at,
    n_mexico,
    km,
    managers,
    loyalty,
    degree,
    known,
    trust,
    k0,
    k1,
    week,
):
    """Crew of group g from which the successor of a broker at a place comes, -1 without managers; and his skill.

    Drawn by `weigh` among crews in Mexico with managers; keys by group, place and candidate.
    """
    rows = np.empty(ptr[g + 1] - ptr[g], dtype=np.int64)
    skill, luck, n = np.empty(rows.size), np.empty(rows.size), 0
    for c in range(ptr[g], ptr[g + 1]):
        if managers[c] > 0 and plaza[c] < n_mexico:
            x = philox4x32(k0, k1, gid ^ (place * 2654435761), plaza[c], week, 0)
            rows[n], skill[n], luck[n] = c, u32(x[0]), u32(x[1])
            n += 1
    if n == 0:
        return -1, 0.0
    weight = weigh(rows[:n], skill[:n], place, rule, scale, plaza, at[g], km, loyalty, degree, known, trust)
    best, top = 0, -np.inf
    for i in range(n):
        score = math.log(luck[i]) / weight[i]
        if score > top:
            best, top = i, score
    return rows[best], skill[best]


@kernel
def fill_links(  # type: ignore[no-untyped-def]
    chance, group, ids, rule, scale, supply_scale, ptr, plaza, at, n_mexico, km, border, members, manager, transit,
    loyalty, degree, known, trust, onto, supply, keys, week,
):  # fmt: skip
    """Vacant links that find a broker this week (with `chance`): he comes over and links to those whom he knows.

    members (C, roles): a manager moves from the crew where he was. keys (4,) key words of finding and of choosing.
    """
    managers, carriers = members[:, manager], members[:, transit]
    for c in range(group.size):
        if onto[c] != VACANT or plaza[c] >= n_mexico:
            continue
        g = group[c]
        x = philox4x32(keys[0], keys[1], ids[g], plaza[c], week, 0)
        if u32(x[0]) >= chance:
            continue
        source, skill = successor(
            g, ids[g], plaza[c], rule, scale, ptr, plaza, at, n_mexico, km, managers, loyalty, degree, known, trust,
            keys[2], keys[3], week,
        )  # fmt: skip
        if source < 0:
            continue
        onto[c] = onward(ptr[g], ptr[g + 1], c, plaza, km, border, carriers, supply_scale, n_mexico)
        met = tie_to(source, onto[c], known, trust)
        if source == c or plaza[source] == onto[c]:
            met = 1.0
        elif source != c:
            met = max(met, tie_to(source, plaza[c], known, trust))
        if source != c:
            members[source, manager] -= 1
            members[c, manager] += 1
        supply[c] = skill * met


@kernel
def fill_offices(  # type: ignore[no-untyped-def]
    chance, pace, group, ids, rule, scale, ptr, plaza, at, n_mexico, km, managers, loyalty, degree, known, trust,
    contact, unfilled, keys, week,
):  # fmt: skip
    """Contacts (C, offices) that somebody holds grow toward 1 by `pace`; vacancies that find somebody are filled.

    What his predecessor knew is worth to him what he knew of that crew. keys (2 + 2 offices,) key words of finding, and
    of choosing for each office.
    """
    for c in range(group.size):
        if not np.any(unfilled[c]):
            for office in range(contact.shape[1]):
                contact[c, office] += pace * (1.0 - contact[c, office])
            continue
        g = group[c]
        x = philox4x32(keys[0], keys[1], ids[g], plaza[c], week, 0)
        for office in range(contact.shape[1]):
            if not unfilled[c, office]:
                contact[c, office] += pace * (1.0 - contact[c, office])
            elif u32(x[office]) < chance:
                source, skill = successor(
                    g, ids[g], plaza[c], rule, scale, ptr, plaza, at, n_mexico, km, managers, loyalty, degree, known,
                    trust, keys[2 + 2 * office], keys[3 + 2 * office], week,
                )  # fmt: skip
                if source >= 0:
                    met = 1.0 if source == c else tie_to(source, plaza[c], known, trust)
                    contact[c, office], unfilled[c, office] = skill * met, False
