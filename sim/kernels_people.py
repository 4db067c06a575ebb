"""The compiled week of people who use drugs: overdose, tolerance, change of state, and entrants into free rows.

Rows are worked through in blocks: draws, then logarithms (both as vector code), then one pass of table look-ups, then
only the few rows to which something happens. Each row is a pure function of its own columns and of (row, generation,
week), so cutting the rows into several calls changes nothing. Entrants take the first free rows of their cell, so that
what is free is at its end and is left out. It reads no parameter and knows no drug.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numba import njit

from sim.compiled import kernel
from sim.quantiles import normal_inv
from sim.streams import philox4x32, u32

BLOCK = 512
N_CAUSES = 6
"""Ways out of a state, at most; the last one is a change of drug within the class."""
N_COEF = 11
SHIFT, INV_S, OCCASIONS, TOXIC, FATAL, TARGET, LEAVE, OCCASIONS_MIX, SHIFT_MIX, INV_S_MIX, UNKNOWING = range(
    N_COEF
)
"""Columns of `coef`: ln of the opioid dose per occasion (mg), 1/s, occasions a week; overdoses a week that no opioid is
part of; chance that an opioid overdose is fatal; tolerance aimed at (mg); chance to leave the state this week. Then,
for an opioid that is itself adulterated, occasions, ln dose and 1/s of those occasions; and 1 where the first three
are adulterated occasions of another drug."""
N_OUT = 9
LANES = 4
PEOPLE, AMOUNT, DEATHS, SURVIVED, MIXED, HAZARD = range(N_OUT - LANES + 1)
"""Columns of `out`: rows in the state and their summed `amount`, which moves keep up; then by the state at the start of
the week deaths, overdoses survived, deaths with an opioid present that was not known of, and the summed chance of an
overdose death, in four columns from HAZARD on by row modulo 4 (one sum would wait for itself)."""

PHI_REACH, PHI_STEPS = 8.0, 128.0
_LN2 = math.log(2.0)
_EXPONENT, _MANTISSA = 52, (1 << 52) - 1
_LOW_BITS, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_ONE, _TWO52 = 1023 << 52, 1075 << 52


def _division_free_of_checks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with IEEE division, which unlike the checked one becomes vector code. Never fastmath."""
    return cast(Callable[..., Any], njit(cache=True, error_model="numpy")(function))


@lru_cache(maxsize=1)
def phi_table() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the standard normal distribution at steps of 1/128 from -8 to 8, for linear interpolation.

    Relative error below 3e-4 where it matters (above -6); exact at the nodes, 0 among them.
    """
    z = np.arange(-PHI_REACH, PHI_REACH + 1.5 / PHI_STEPS, 1.0 / PHI_STEPS)
    values = np.array([0.5 * math.erfc(-x / math.sqrt(2.0)) for x in z])
    values.flags.writeable = False
    return values


@njit(cache=True, inline="always", error_model="numpy")
def phi_at(table, z):  # type: ignore[no-untyped-def]
    """Return the table's value at z, clamped to its reach."""
    x = min(max((z + PHI_REACH) * PHI_STEPS, 0.0), 2.0 * PHI_REACH * PHI_STEPS - 1.0)
    k = np.uint64(x)
    low = table[k]
    return low + (x - np.float64(np.int64(x))) * (table[k + np.uint64(1)] - low)


@njit(cache=True, inline="always", error_model="numpy")
def _ln_block(ratio, bits, exponent, exponent_bits, n):  # type: ignore[no-untyped-def]
    """Replace positive `ratio` (n,) by its natural logarithm, to about 1e-10; `bits` is a view of it."""
    for i in range(n):
        b = bits[i]
        exponent_bits[i] = (b >> _EXPONENT) | _TWO52
        bits[i] = (b & _MANTISSA) | _ONE
    for i in range(n):
        e = exponent[i] - 4503599627371519.0
        m = ratio[i]
        big = m > 1.4142135623730951
        m = m * 0.5 if big else m
        e = e + 1.0 if big else e
        t = (m - 1.0) / (m + 1.0)
        q = t * t
        series = 1.0 + q * (1 / 3 + q * (0.2 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11)))))
        ratio[i] = e * _LN2 + 2.0 * t * series


@kernel
def _cause(x, row_rates):  # type: ignore[no-untyped-def]
    """Return the first cause whose cumulative hazard exceeds x, or -1."""
    total = 0.0
    for k in range(row_rates.size):
        total += row_rates[k]
        if x < total:
            return k
    return -1


@kernel
def relapse_share(weeks, late, fade):  # type: ignore[no-untyped-def]
    """Return the relapse hazard over its value in week 0: it falls with e-folding time `fade` to the share `late`."""
    return late + (1.0 - late) * math.exp(-weeks / fade)


@kernel
def _move(out, old, new, amount):  # type: ignore[no-untyped-def]
    """Count a person out of slot `old` and into slot `new` (negative: leaves)."""
    out[old, PEOPLE] -= 1.0
    out[old, AMOUNT] -= amount
    if new >= 0:
        out[new, PEOPLE] += 1.0
        out[new, AMOUNT] += amount


@_division_free_of_checks
def _hazards(start, n, columns, coef, n_drugs, n_states, phi, u, work, spots, way, out):  # type: ignore[no-untyped-def]
    """Give each row of the block its chances of an overdose and let its tolerance move; no branch, FREE rows too.

    Returns how many rows something may happen to, with their positions in the last of `spots`. Loops are vector code
    but for look-ups and the last, which adds in the order of rows, so that sums do not depend on how rows are cut.
    """
    areas, drugs, states, _, all_weeks, amounts, tolerances, risks = columns
    area, drug, state = areas[start : start + n], drugs[start : start + n], states[start : start + n]
    weeks, amount = all_weeks[start : start + n], amounts[start : start + n]
    tolerance, risk = tolerances[start : start + n], risks[start : start + n]
    slots, chosen = spots
    down, up = way[2], way[3]
    ratio, chance, fatal, leave, target = work[0], work[1], work[2], work[3], work[4]
    often, toxic, deadly, second = work[5], work[6], work[7], work[8]
    for i in range(n):
        slots[i] = np.int32((area[i] * n_drugs + drug[i]) * n_states + state[i])
    for i in range(n):
        c = coef[np.uint64(slots[i])]
        z = (ratio[i] + c[SHIFT]) * c[INV_S]
        often[i] = c[OCCASIONS] * phi_at(phi, z)
        toxic[i] = c[TOXIC]
        deadly[i] = c[FATAL]
        leave[i] = c[LEAVE]
        target[i] = c[TARGET]
        second[i] = c[OCCASIONS_MIX]
    for i in range(n):
        if second[i] > 0.0:
            often[i] += _second(phi, ratio[i], coef, slots[i])
    toxic_fatality = way[4]
    for i in range(n):
        often[i] *= risk[i]
    for i in range(n):
        toxic[i] *= risk[i]
    for i in range(n):
        total = often[i] + toxic[i]
        chance[i] = 1.0 / (1.0 + total * (0.5 + total * (1.0 / 12.0)))
    for i in range(n):
        fatal[i] = (often[i] * deadly[i] + toxic[i] * toxic_fatality) * chance[i]
    for i in range(n):
        chance[i] *= often[i] + toxic[i]
    for i in range(n):
        level = np.float64(tolerance[i])
        gap = target[i] * amount[i] - level
        tolerance[i] = level + gap * (up if gap > 0.0 else down)
    for i in range(n):
        weeks[i] += 1
    found = 0
    for i in range(n):
        out[np.uint64(slots[i]), np.uint64(HAZARD) + (np.uint64(start + i) & np.uint64(LANES - 1))] += fatal[
            i
        ]
        chosen[found] = i
        found += (u[0, i] < leave[i]) | (u[1, i] < chance[i])
    return found


@njit(cache=True, inline="always", error_model="numpy")
def _second(phi, ratio, coef, slot):  # type: ignore[no-untyped-def]
    """Return overdoses a week in adulterated occasions of a drug that is dangerous by itself too."""
    return coef[slot, OCCASIONS_MIX] * phi_at(phi, (ratio + coef[slot, SHIFT_MIX]) * coef[slot, INV_S_MIX])


@_division_free_of_checks
def _mixed_share(phi, ratio, coef, slot, toxic_fatality):  # type: ignore[no-untyped-def]
    """Return the chance that an overdose death had an opioid in it that the user did not know of."""
    first = coef[slot, OCCASIONS] * phi_at(phi, (ratio + coef[slot, SHIFT]) * coef[slot, INV_S])
    second = _second(phi, ratio, coef, slot)
    deadly = (first + second) * coef[slot, FATAL] + coef[slot, TOXIC] * toxic_fatality
    return (first * coef[slot, UNKNOWING] + second) * coef[slot, FATAL] / deadly


@_division_free_of_checks
def _happen(start, columns, coef, rates, turns, happenings, out, treated):  # type: ignore[no-untyped-def]
    """Let the chosen rows of a block overdose, die or change state; an overdose comes before a change."""
    area, drug, state, _, weeks, amount, _, _ = columns
    to_state, to_drug, relapse, recovered, treated_state = turns
    u, work, chosen, phi, toxic_fatality = happenings
    ratio, chance, fatal = work[0], work[1], work[2]
    n_drugs, n_states, _ = to_state.shape
    for j in range(chosen.size):
        i = chosen[j]
        r = start + i
        now, kind = state[r], drug[r]
        slot = (area[r] * n_drugs + kind) * n_states + now
        if u[1, i] < chance[i]:
            if u[2, i] * chance[i] < fatal[i]:
                out[slot, DEATHS] += 1.0
                out[slot, MIXED] += _mixed_share(phi, ratio[i], coef, slot, toxic_fatality)
                _move(out, slot, -1, amount[r])
                state[r] = 0
                continue
            out[slot, SURVIVED] += 1.0
        x = -math.log1p(-u[0, i])
        if now == recovered:
            share = relapse_share(weeks[r], relapse[kind, 0], relapse[kind, 1])
            head = rates[slot, 0] * share
            later = _cause(x - head, rates[slot, 1:])
            cause = 0 if x < head else (later + 1 if later >= 0 else -1)
        else:
            cause = _cause(x, rates[slot])
        if cause < 0:
            continue
        new = to_state[kind, now, cause]
        if cause == N_CAUSES - 1:
            drug[r] = to_drug[area[r], kind]
            _move(out, slot, (area[r] * n_drugs + drug[r]) * n_states + now, amount[r])
            continue
        state[r] = new
        weeks[r] = 0
        _move(out, slot, slot - now + new if new > 0 else -1, amount[r])
        if new == treated_state:
            treated[kind] += 1.0


@_division_free_of_checks
def people_week(k0, k1, week, starts, ends, columns, coef, rates, turns, phi, way, out, treated):  # type: ignore[no-untyped-def]
    """Live one week of the rows from each of `starts` to its `ends`, (k,) each, as from `in_use`.

    columns: (area, drug, state, generation, weeks, amount, tolerance, risk), arrays over all rows; changed in place.
    coef: (slots, N_COEF) with slot = (area * drugs + drug) * states + state. rates: (slots, N_CAUSES) hazards a week.
    turns: (to_state (drugs, states, causes), to_drug (areas, drugs), relapse (drugs, 2) late share and fade in weeks,
    recovered and treated: numbers of these states). phi: `phi_table()`. way: (5,) naive threshold mg, spread of a
    week's dose, shares of the gap in tolerance closed a week downwards and upwards, fatality without an opioid.
    out (slots, N_OUT) and treated (drugs,) are added to.
    Source: overdose rule Phi((ln d - ln tau)/s), design; competing risks by inversion of their cumulative hazard.
    """
    generation, amount, tolerance = columns[3], columns[5], columns[6]
    n_drugs, n_states, _ = turns[0].shape
    naive, spread = way[0], way[1]
    u, work = np.empty((4, BLOCK)), np.empty((9, BLOCK))
    ratio, exponent = work[0], work[1]
    bits, exponent_bits = ratio.view(np.int64), exponent.view(np.int64)
    slots, chosen = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64)
    for piece in range(starts.size):
        for start in range(starts[piece], ends[piece], BLOCK):
            n = min(BLOCK, ends[piece] - start)
            own, born, level = (
                amount[start : start + n],
                generation[start : start + n],
                tolerance[start : start + n],
            )
            for i in range(n):
                x0, x1, x2, x3 = philox4x32(k0, k1, start + i, born[i], week, 0)
                u[0, i] = u32(x0)
                u[1, i] = u32(x1)
                u[2, i] = u32(x2)
                u[3, i] = u32(x3)
            for i in range(n):
                mine = np.float64(own[i])
                ratio[i] = mine * (1.0 + spread * (2.0 * u[3, i] - 1.0)) / (mine * naive + level[i])
            _ln_block(ratio, bits, exponent, exponent_bits, n)
            found = _hazards(
                start, n, columns, coef, n_drugs, n_states, phi, u, work, (slots, chosen), way, out
            )
            happenings = (u, work, chosen[:found], phi, way[4])
            _happen(start, columns, coef, rates, turns, happenings, out, treated)


@kernel
def _eights(state):  # type: ignore[no-untyped-def]
    """View state (n,), one byte a row, as words of eight rows; what is left over at the end is not in it."""
    return state[: state.size // 8 * 8].view(np.uint64)


@kernel
def _next_free(state, eights, row, end):  # type: ignore[no-untyped-def]
    """Return the first FREE row from `row` on, or `end`. A word of eight rows without a zero byte is passed at once."""
    while row < end:
        if row % 8 == 0 and row + 8 <= end:
            word = eights[row // 8]
            if (word - _LOW_BITS) & ~word & _HIGH_BITS == 0:
                row += 8
                continue
        if state[row] == 0:
            return row
        row += 1
    return end


@kernel
def in_use(ptr, state):  # type: ignore[no-untyped-def]
    """Return for each cell its first row and one past its last row that is not FREE; ptr (cells + 1,)."""
    starts, ends, eights = ptr[:-1].copy(), ptr[1:].copy(), _eights(state)
    for c in range(starts.size):
        end = ends[c]
        while end > starts[c]:
            if end % 8 == 0 and end - 8 >= starts[c] and eights[end // 8 - 1] == 0:
                end -= 8
            elif state[end - 1] == 0:
                end -= 1
            else:
                break
        ends[c] = end
    return starts, ends


@kernel
def admit(k0, k1, week, wanted, stream_drug, stream_state, ptr, columns, spreads, out, shape, begun):  # type: ignore[no-untyped-def]
    """Put entrants into the first free rows of their own cell, never more than there are; generation grows by one.

    wanted: (cells, streams) int64; stream_drug, stream_state: (streams,). ptr: (cells + 1,) rows of a cell.
    spreads: (2,) sigma of ln amount and of ln risk (means are 1). shape: (drugs, states). out (slots, N_OUT) and begun
    (streams,) are added to.
    """
    area, drug, state, generation, weeks, amount, tolerance, risk = columns
    n_drugs, n_states = shape
    eights = _eights(state)
    for c in range(wanted.shape[0]):
        nearest, end = ptr[c], ptr[c + 1]
        for s in range(wanted.shape[1]):
            for _ in range(wanted[c, s]):
                r = _next_free(state, eights, nearest, end)
                if r == end:
                    break
                nearest = r + 1
                generation[r] += 1
                x0, x1, _, _ = philox4x32(k0, k1, r, generation[r], week, 1)
                amount[r] = math.exp(spreads[0] * (normal_inv(u32(x0)) - 0.5 * spreads[0]))
                risk[r] = math.exp(spreads[1] * (normal_inv(u32(x1)) - 0.5 * spreads[1]))
                drug[r] = stream_drug[s]
                state[r] = stream_state[s]
                weeks[r] = 0
                tolerance[r] = 0.0
                slot = (area[r] * n_drugs + drug[r]) * n_states + state[r]
                out[slot, PEOPLE] += 1.0
                out[slot, AMOUNT] += amount[r]
                begun[s] += 1.0


@kernel
def count_people(columns, shape, out):  # type: ignore[no-untyped-def]
    """Add rows and summed amounts by slot to out (slots, N_OUT); columns and shape (drugs, states) as in `admit`."""
    area, drug, state, _, _, amount, _, _ = columns
    for r in range(area.size):
        if state[r] != 0:
            slot = (area[r] * shape[0] + drug[r]) * shape[1] + state[r]
            out[slot, PEOPLE] += 1.0
            out[slot, AMOUNT] += amount[r]
