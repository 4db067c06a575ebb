"""Compiled loops over beats: where a unit's officers are, what they make of the crews there, and what finds teach.

A beat is a pair (unit, plaza) in the unit's jurisdiction; beats are sorted by plaza and `ptr` (P + 1,) points at them.
The loops move nothing through the ledger.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel


@kernel
def share_purposes(attention, issue, country, mandate, out):  # type: ignore[no-untyped-def]
    """Write the share of each unit's effort by mandate, out (U, M): its government's attention to their issues.

    attention (2, issues); issue (M,) that each mandate serves; country (U,); mandate (U, M) bool. Shares are even where
    the government attends to none of them.
    """
    for u in range(country.size):
        total, own = 0.0, 0
        for m in range(issue.size):
            out[u, m] = attention[country[u], issue[m]] if mandate[u, m] else 0.0
            total += out[u, m]
            own += 1 if mandate[u, m] else 0
        for m in range(issue.size):
            if total > 0.0:
                out[u, m] /= max(total, 1e-12)
            else:
                out[u, m] = 1.0 / own if mandate[u, m] else 0.0


@kernel
def look_around(plaza, unit, belief, crimes, pull, look, by_unit):  # type: ignore[no-untyped-def]
    """Write how much each beat draws the officers of its unit, look (beats,), and add it up in by_unit (U,).

    plaza, unit (beats,); belief (U, P); crimes (P,) reported; pull: weight of crimes over their mean.
    """
    mean = crimes.sum() / crimes.size
    weight = pull / mean if mean > 0.0 else 0.0
    for b in range(plaza.size):
        look[b] = belief[unit[b], plaza[b]] + weight * crimes[plaza[b]]
        by_unit[unit[b]] += look[b]


@kernel
def put_on_beats(  # type: ignore[no-untyped-def]
    plaza, unit, people_share, belief, crimes, pull, free, explore, country, skill, purposes, people, visit,
    skilled, density, patrol, visited,
):  # fmt: skip
    """Share the officers of units over beats and count them: (1 - x) look / sum look + x people's share of each.

    plaza, unit, people_share (beats,); belief, crimes and pull as in `look_around`; free, country, skill (U,); explore
    x (2,) by country; purposes (U, M) shares; people (P,) thousands; visit: officers whose patrols visit a place.
    Writes skilled and visited (beats,), patrol (P,) and density (P, M). Effort on migration, the last purpose, is spent
    elsewhere.
    """
    last = purposes.shape[1] - 1
    look, by_look = np.empty(plaza.size), np.zeros(free.size)
    look_around(plaza, unit, belief, crimes, pull, look, by_look)
    for u in range(free.size):
        by_look[u] = (1.0 - explore[country[u]]) / max(by_look[u], 1e-12)
    patrol[:] = 0.0
    density[:] = 0.0
    for b in range(plaza.size):
        u, p = unit[b], plaza[b]
        officers = free[u] * (by_look[u] * look[b] + explore[country[u]] * people_share[b])
        visited[b] = 1.0 - np.exp(-officers / visit)
        skilled[b] = officers * skill[u]
        patrol[p] += officers
        for m in range(last):
            density[p, m] += skilled[b] * purposes[u, m]
    for p in range(people.size):
        for m in range(last):
            density[p, m] /= people[p]


@kernel
def press_on(patrol, soldiers, usual, weeks, now, new):  # type: ignore[no-untyped-def]
    """Write officers now (P,) and how new their pressure is (P,), the rise over what is usual, 0 to 1; move the usual.

    patrol, soldiers, usual (P,); weeks: memory of people there. Where nobody has been, what is there is usual.
    """
    for p in range(patrol.size):
        now[p] = patrol[p]
        every = patrol[p] + soldiers[p]
        if usual[p] <= 0.0:
            usual[p] = every
        rise = max(0.0, every / max(usual[p], 1e-9) - 1.0)
        new[p] = 1.0 - np.exp(-rise)
        usual[p] += (every - usual[p]) / weeks


@kernel
def exposure(  # type: ignore[no-untyped-def]
    group, plaza, ptr, unit, effort, density, intelligence, protection, reporting, usual, elasticity,
    protection_effect, knowledge_effect, out,
):  # fmt: skip
    """Write the effort by purpose that meets each crew, out (n, M): that of its place times about 1.

    The factor is knowledge and tips, less bought protection. group, plaza, protection (n,) of crews; unit, effort
    (beats,); density (P, M); intelligence (U, G), of which what the units there know counts by effort; reporting (P,)
    share of crimes that people report, over the usual to an elasticity.
    """
    tips = np.full(reporting.size, np.nan)
    for c in range(group.size):
        p = plaza[c]
        total, known = 0.0, 0.0
        for b in range(ptr[p], ptr[p + 1]):
            total += effort[b]
            known += effort[b] * intelligence[unit[b], group[c]]
        known = known / total if total > 0.0 else 0.0
        if np.isnan(tips[p]):
            tips[p] = (reporting[p] / usual) ** elasticity
        bought = min(1.0, max(0.0, protection[c]))
        factor = (1.0 - protection_effect * bought) * (1.0 + knowledge_effect * known) * tips[p]
        for m in range(density.shape[1]):
            out[c, m] = density[p, m] * factor


@kernel
def _believe(plaza, unit, gain, country, visited, own, belief):  # type: ignore[no-untyped-def]
    """Move belief (U, P) about the place of each beat: P <- (1 - g v) P + g v (1 - exp(-own finds)), in place.

    plaza, unit, visited, own (beats,); gain (2,) by country (U,).
    """
    for b in range(plaza.size):
        found = 1.0 - np.exp(-own[b]) if own[b] > 0.0 else 0.0
        x = belief[unit[b], plaza[b]]
        belief[unit[b], plaza[b]] = x + gain[country[unit[b]]] * visited[b] * (found - x)


@kernel
def take_in(  # type: ignore[no-untyped-def]
    group,
    plaza,
    finds,
    ptr,
    beat_plaza,
    unit,
    effort,
    visited,
    rate,
    skill,
    gain,
    country,
    intelligence,
    belief,
    found,
):
    """Share the finds at each crew among the units there by effort; they learn of its group and of the place.

    Of the group: x += (1 - x)(1 - e^-(r s f)), s the skill; of the place: see `_believe`. group, plaza, finds (n,) of
    crews, sorted by group; beat_plaza, unit, effort, visited (beats,); rate r; skill, country (U,); gain (2,).
    intelligence (U, G) and belief (U, P) are changed; found (U,) is added to, in all the finds where any unit is.
    """
    own = np.zeros(unit.size)
    learned, any_learned = np.zeros(found.size), False
    for c in range(group.size):
        total = 0.0
        if finds[c] > 0.0:
            for b in range(ptr[plaza[c]], ptr[plaza[c] + 1]):
                total += effort[b]
        if total > 0.0:
            any_learned = True
            for b in range(ptr[plaza[c]], ptr[plaza[c] + 1]):
                part = finds[c] * effort[b] / total
                own[b] += part
                learned[unit[b]] += part
        if not any_learned or (c + 1 < group.size and group[c + 1] == group[c]):
            continue
        any_learned = False
        for u in range(found.size):
            if learned[u] > 0.0:
                x = intelligence[u, group[c]]
                intelligence[u, group[c]] = x + (1.0 - x) * -np.expm1(-(rate * skill[u]) * learned[u])
                found[u] += learned[u]
                learned[u] = 0.0
    _believe(beat_plaza, unit, gain, country, visited, own, belief)


@kernel
def report(plaza, unit, people_share, reporting, usual, elasticity, out):  # type: ignore[no-untyped-def]
    """Write reports of crimes where each unit works, over the usual share reported, to an elasticity; out (U,).

    plaza, unit, people_share (beats,); reporting (P,). A unit without a beat has the usual.
    """
    out[:] = 0.0
    for b in range(plaza.size):
        out[unit[b]] += people_share[b] * reporting[plaza[b]]
    for u in range(out.size):
        share = out[u] if out[u] > 0.0 else usual
        out[u] = (share / usual) ** elasticity
