"""Compiled loops of route learning: one pass over (group, drug, lane) for living groups. They draw nothing."""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel

SHUT = 10.0
"""Attraction lost by a route that is not in use under the salience rule: e^-10 before any sensitivity."""
STEPS, HARDEST = 4, 10.0
"""Newton steps to the strength of checks that finds speak of, and the strongest that is believed."""


@kernel
def _lanes_used(sent, attraction, used, held):  # type: ignore[no-untyped-def]
    """Write the lanes with something sent to `used` and their attraction to `held`; returns how many, and the total."""
    n, total = 0, 0.0
    for lane in range(sent.size):
        if sent[lane] > 0.0:
            used[n], held[n] = lane, attraction[lane]
            total += sent[lane]
            n += 1
    return n, total


@kernel
def _hear_of_lanes(attraction, usual, talk, kept, weight):  # type: ignore[no-untyped-def]
    """Move every lane (L,) as if nothing was sent there; kept: share of X that stays; weight of talk x usual loss."""
    for lane in range(attraction.size):
        x = attraction[lane] - 1.0 + usual[lane]
        attraction[lane] = 1.0 - usual[lane] + (kept * x - weight * usual[lane] * talk[lane])


@kernel
def relative_losses(usual, passing, heard):  # type: ignore[no-untyped-def]
    """Loss of each drug in each lane over the usual, less one, (D, L), when finds are `heard` (L,) times the expected.

    usual (D, L): losses with the usual checks; passing (L, D) loads. Checks m times as hard find 1 - (1 - usual)^m of a
    drug; m solves sum passing (1 - (1 - usual)^m) = heard x sum passing usual, by Newton steps from below (concave).
    """
    drugs, out = usual.shape[0], np.empty(usual.shape)
    log = np.log1p(-usual)
    for lane in range(heard.size):
        wanted, m = 0.0, heard[lane]
        for d in range(drugs):
            wanted += heard[lane] * passing[lane, d] * usual[d, lane]
        for _ in range(STEPS):
            found, slope = 0.0, 0.0
            for d in range(drugs):
                missed = math.exp(m * log[d, lane])
                found += passing[lane, d] * (1.0 - missed)
                slope -= passing[lane, d] * missed * log[d, lane]
            if slope > 0.0:
                m = min(max(m + (wanted - found) / slope, 0.0), HARDEST)
        for d in range(drugs):
            out[d, lane] = (1.0 - math.exp(m * log[d, lane])) / usual[d, lane] - 1.0
    return out


@kernel
def saved(rows, lanes, site, sent, worth, less, protection, out):  # type: ignore[no-untyped-def]
    """Add to out (k, S) the USD that groups `rows` (k,) would have kept in `lanes` (m,), which are at `site` (m,).

    sent (G, D, L) kg; worth (G, D) USD/kg; less (D, m): chance of a loss that would be spared; protection (G, S).
    """
    for i in range(rows.size):
        g = rows[i]
        for d in range(less.shape[0]):
            for j in range(lanes.size):
                kg = sent[g, d, lanes[j]]
                if kg > 0.0:
                    out[i, site[j]] += kg * worth[g, d] * less[d, j] * (1.0 - protection[g, site[j]])


@kernel
def ewa_week(rows, sent, lost, worth, expected, talk, attraction, experience, spread, f, r, d, weeks, floor):  # type: ignore[no-untyped-def]
    """Move attractions by experience-weighted attraction; changes `attraction`, `experience`, `spread` in place.

    rows (k,) living groups; sent, lost, attraction (G, D, L); worth (G, D) USD/kg; expected (D, L) share lost that is
    common knowledge; talk (D, L) perceived loss over the expected less one; experience, spread (G, D); f forgetting, r
    weight of past experience, d weight of payoffs not taken; weeks of the running spread; floor: least spread over
    worth. A payoff is USD/kg above what the expected loss leaves, over the running spread. The attraction of a
    payoff of nothing is 1 - expected:

        N' = r N + 1,  X' = (f N X + (d + (1 - d) share) payoff) / N',  attraction = 1 - expected + X

    Source: Camerer & Ho 1999, doi:10.1111/1468-0262.00054.
    """
    used, held = np.empty(expected.shape[1], dtype=np.int64), np.empty(expected.shape[1])
    for i in range(rows.size):
        g = rows[i]
        for c in range(expected.shape[0]):
            value = worth[g, c]
            if value <= 0.0:
                continue
            usual, moved = expected[c], attraction[g, c]
            known = max(spread[g, c], floor * value)
            before = experience[g, c]
            after = r * before + 1.0
            n, total = _lanes_used(sent[g, c], moved, used, held)
            _hear_of_lanes(moved, usual, talk[c], f * before / after, d * value / (known * after))
            square = 0.0
            for k in range(n):
                lane = used[k]
                share = sent[g, c, lane] / total
                gain = value * (usual[lane] - lost[g, c, lane] / sent[g, c, lane])
                square += share * gain * gain
                old = held[k] - 1.0 + usual[lane]
                new = (f * before * old + (d + (1.0 - d) * share) * gain / known) / after
                moved[lane] = 1.0 - usual[lane] + new
            experience[g, c] = after
            if total > 0.0:
                spread[g, c] = math.sqrt(known * known + (square - known * known) / weeks)


@kernel
def salient_value(risk, premium, cost, theta, thinking):  # type: ignore[no-untyped-def]
    """Value of a route per unit of worth: chances of loss and no loss, the less salient one weighed by `thinking`.

    A state's salience is |payoff - mean| / (|payoff| + |mean| + theta). Source: Bordalo, Gennaioli & Shleifer 2012,
    doi:10.1093/qje/qjs018; Magliocca et al. 2019, doi:10.1073/pnas.1812459116.
    """
    kept, gone = 1.0 - cost * premium, -cost * premium
    mean = (1.0 - risk) * kept + risk * gone
    kept_stands_out = abs(kept - mean) / (abs(kept) + abs(mean) + theta)
    gone_stands_out = abs(gone - mean) / (abs(gone) + abs(mean) + theta)
    if gone_stands_out >= kept_stands_out:
        weight = risk / (risk + (1.0 - risk) * thinking)
    else:
        weight = risk * thinking / (risk * thinking + 1.0 - risk)
    return (1.0 - weight) * kept + weight * gone


@kernel
def salience_week(  # type: ignore[no-untyped-def]
    rows, sent, lost, habit, expected, attraction, memory, premium, lag, window,
    cost, theta, thinking, tolerance, step, sensitivity,
):  # fmt: skip
    """Value routes by salience and widen or narrow the set in use; changes `attraction` and `memory` in place.

    memory (G, D, L): fading count of losses, kept where nothing went; perceived risk is (memory + 2) / (window + 2.5)
    with `window` the summed weights of the past. A route is valued against its value at the expected loss. When value
    lost, as remembered, over the best flow's exceeds the tolerance, up to `step` of all routes are opened (best first),
    or below half of it closed (worst first); the best is always kept. Returns the mean perceived risk of each lane,
    (L,). Source: Magliocca et al. 2019, doi:10.1073/pnas.1812459116, weekly.
    """
    n_drugs, n_lanes = expected.shape
    value, open_ = np.empty(n_lanes), np.empty(n_lanes, dtype=np.bool_)
    seen, most = np.zeros(n_lanes), max(1, int(step * n_lanes))
    for i in range(rows.size):
        g = rows[i]
        for c in range(n_drugs):
            mass, losing, best_mass, best = 0.0, 0.0, 0.0, 0
            for lane in range(n_lanes):
                if sent[g, c, lane] > 0.0:
                    memory[g, c, lane] = lag * memory[g, c, lane] + lost[g, c, lane] / sent[g, c, lane]
                risk = (memory[g, c, lane] + 2.0) / (window + 2.5)
                seen[lane] += risk
                usual = (expected[c, lane] * window + 2.0) / (window + 2.5)
                value[lane] = salient_value(min(risk, 1.0), premium[lane], cost, theta, thinking)
                value[lane] -= salient_value(min(usual, 1.0), 1.0, cost, theta, thinking)
                open_[lane] = attraction[g, c, lane] > 1.0 - expected[c, lane] - 0.5 * SHUT
                if open_[lane]:
                    weight = math.exp(habit[c, lane] + sensitivity * value[lane])
                    mass += weight
                    losing += weight * memory[g, c, lane] / window
                    if weight > best_mass:
                        best_mass, best = weight, lane
            if best_mass > 0.0:
                _resize(open_, value, habit[c], sensitivity, losing / best_mass, tolerance, most, best)
            level, n_open = 0.0, 0
            for lane in range(n_lanes):
                if open_[lane]:
                    level += value[lane]
                    n_open += 1
            level /= max(1, n_open)
            for lane in range(n_lanes):
                moved = sensitivity * (value[lane] - level) if open_[lane] else -SHUT
                attraction[g, c, lane] = 1.0 - expected[c, lane] + moved
    return seen / max(1, rows.size * n_drugs)


@kernel
def _resize(open_, value, habit, sensitivity, ratio, tolerance, most, best):  # type: ignore[no-untyped-def]
    """Open or close up to `most` routes, by weight; `best` stays open."""
    if ratio >= 0.5 * tolerance and ratio <= tolerance:
        return
    opening = ratio > tolerance
    for _ in range(most):
        found, found_weight = -1, 0.0
        for lane in range(value.size):
            if open_[lane] == opening or lane == best or habit[lane] < -700.0:
                continue
            weight = habit[lane] + sensitivity * value[lane]
            if found < 0 or (weight > found_weight) == opening:
                found, found_weight = lane, weight
        if found < 0:
            return
        open_[found] = opening
