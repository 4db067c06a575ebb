"""The compiled week of people who use drugs: overdose, tolerance and change of state, by the clocks that each carries.

A person has two clocks, unit-exponential thresholds of a hazard summed over weeks: one for leaving the state of use,
one for an overdose. Each week takes its hazard off; below zero the event happens and the clock is drawn anew. So with
hazard h the chance of the event in a week is 1 - exp(-h), as if dice were thrown each week, but dice fall only at
events, and two histories with nearly the same hazards have nearly the same events at the same time: the random time
change (Anderson 2007, doi:10.1063/1.2799998) as coupling of common reaction paths (Rathinam, Sheppard & Khammash 2010,
doi:10.1063/1.3509724).

Rows are worked through in blocks, in single precision and in loops that become vector code but for look-ups, then the
few rows whose clock is below zero. Each row is a pure function of its own columns, its number and the week, so
cutting the rows into several calls changes nothing. It reads no parameter and knows no drug.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import njit

from sim.compiled import kernel
from sim.kernels_clocks import new_clock, relapse_share, why
from sim.streams import philox4x32, u32

BLOCK = 512
N_CAUSES = 6
"""Ways out of a state, at most; the last one is a change of drug within the class."""
N_COEF = 6
SHIFT, OCCASIONS, TOXIC, FATAL, TARGET, LEAVE = range(N_COEF)
"""Columns of `coef`: ln of the opioid dose per occasion (mg); occasions a week with an opioid; overdoses a week that no
opioid is part of; chance that an opioid overdose is fatal; tolerance aimed at (mg); hazard to leave the state this
week, at most. They are looked up in pairs, two numbers of single precision as one word."""
N_BLEND = 3
OWN, OTHER, MIXED_IN = range(N_BLEND)
"""Columns of `blend`, by drug: 1/s of an occasion of the drug itself and of one with an opioid that is not known of;
share of the second kind among the occasions with an opioid."""
N_OUT = 9
LANES = 4
PEOPLE, AMOUNT, DEATHS, SURVIVED, MIXED, HAZARD = range(N_OUT - LANES + 1)
"""Columns of `out`: rows in the state and their summed `amount`, which moves keep up; then by the state at the start of
the week deaths, overdoses survived, deaths with an opioid present that was not known of, and the summed chance of an
overdose death, in four columns from HAZARD on by row modulo 4 (one sum would wait for itself)."""

CURVE_REACH, CURVE_STEPS = 8.0, 128.0
DOSE, MOVE, OVERDOSE = range(3)
"""Blocks of the counter: doses of eight neighbouring rows in a week; for a person, by number of the clock that rang,
the clock after it and what the event was. The week is no part of that: an event that comes a week sooner in another
history is the same one, and so are those after it."""
_ROWS_A_BLOCK = 8
_MANTISSA, _ONE_BITS, _MANTISSA_BITS, _EXPONENT_ZERO = 0x7FFFFF, 0x3F800000, 23, 127
_0, _1, _HALF, _3RD, _5TH, _7TH, _12TH = (np.float32(x) for x in (0, 1, 1 / 2, 1 / 3, 1 / 5, 1 / 7, 1 / 12))
_LN2, _ROOT2 = np.float32(math.log(2.0)), np.float32(math.sqrt(2.0))


def _division_free_of_checks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with IEEE division, which unlike the checked one becomes vector code. Never fastmath."""
    return cast(Callable[..., Any], njit(cache=True, error_model="numpy")(function))


@kernel
def _occasion(blend, x):  # type: ignore[no-untyped-def]
    """Return the chances of an overdose on an occasion without and with the opioid not known of, each times its share;
    blend (N_BLEND,), x = ln dose - ln tolerance."""
    own = 0.5 * math.erfc(-x * blend[OWN] / math.sqrt(2.0))
    other = 0.5 * math.erfc(-x * blend[OTHER] / math.sqrt(2.0))
    return (1.0 - blend[MIXED_IN]) * own, blend[MIXED_IN] * other


@kernel
def overdose_curves(blend):  # type: ignore[no-untyped-def]
    """Make what `people_week` looks overdoses up in: (curve, blend, steps per unit of x); blend (drugs, N_BLEND).

    curve (drugs, nodes, 2), single precision: the chance at x of the node and what it grows by to the next, the middle
    node at 0. The steepest normal distribution has 128 steps per standard deviation (relative error below 3e-4 above
    -6), the flattest reaches to -8.
    """
    slopes = blend[:, :MIXED_IN]
    steps = CURVE_STEPS * slopes.max()
    half = int(math.ceil(CURVE_REACH / slopes.min() * steps))
    curve = np.empty((blend.shape[0], 2 * half, 2), np.float32)
    for d in range(blend.shape[0]):
        own, other = _occasion(blend[d], -half / steps)
        here = own + other
        for k in range(2 * half):
            own, other = _occasion(blend[d], (k + 1 - half) / steps)
            then = own + other
            curve[d, k, 0], curve[d, k, 1] = here, then - here
            here = then
    return curve, blend, steps


@kernel
def _move(out, old, new, amount):  # type: ignore[no-untyped-def]
    """Count a person out of slot `old` and into slot `new` (negative: leaves)."""
    out[old, PEOPLE] -= 1.0
    out[old, AMOUNT] -= amount
    if new >= 0:
        out[new, PEOPLE] += 1.0
        out[new, AMOUNT] += amount


@_division_free_of_checks
def _doses(keys, week, start, n, words):  # type: ignore[no-untyped-def]
    """Draw the words (uint32) of whose halves row r of the block takes number start % 8 + r: one block, eight rows."""
    k0, k1 = keys
    first = start // _ROWS_A_BLOCK
    for q in range((start + n - 1) // _ROWS_A_BLOCK + 1 - first):
        words[4 * q], words[4 * q + 1], words[4 * q + 2], words[4 * q + 3] = philox4x32(
            k0, k1, first + q, 0, week, DOSE
        )


@_division_free_of_checks
def _ln_ratio(n, halves, amount, tolerance, way, x, bits, exponent):  # type: ignore[no-untyped-def]
    """Set x (n,) to ln of own use with the week's chance over the threshold, to about 1e-7; `bits` is a view of x."""
    naive, width = np.float32(way[0]), np.float32(2.0 * way[1] / 65536.0)
    least = np.float32(1.0 - way[1]) + _HALF * width
    for i in range(n):
        mine = amount[i]
        x[i] = mine * (least + width * np.float32(np.int32(halves[i]))) / (mine * naive + tolerance[i])
    for i in range(n):
        b = bits[i]
        exponent[i] = np.float32(np.int32((b >> _MANTISSA_BITS) - _EXPONENT_ZERO))
        bits[i] = (b & _MANTISSA) | _ONE_BITS
    for i in range(n):
        m, e = x[i], exponent[i]
        big = m > _ROOT2
        m = m * _HALF if big else m
        e = e + _1 if big else e
        t = (m - _1) / (m + _1)
        q = t * t
        x[i] = e * _LN2 + (t + t) * (_1 + q * (_3RD + q * (_5TH + q * _7TH)))


@_division_free_of_checks
def _look_up(n, area, drug, state, shape, coef, slots, pairs):  # type: ignore[no-untyped-def]
    """Find each row's slot and copy its coefficients; coef (slots, 3) words, pairs three arrays of words."""
    n_drugs, n_states = shape
    for i in range(n):
        slots[i] = np.int32((area[i] * n_drugs + drug[i]) * n_states + state[i])
    first, second, third = pairs
    for i in range(n):
        c = coef[np.uint32(slots[i])]
        a, b, c = c[0], c[1], c[2]
        first[i], second[i], third[i] = a, b, c


@_division_free_of_checks
def _on_curve(n, drug, shift_often, curve, half, steps, x, often, at, found):  # type: ignore[no-untyped-def]
    """Find x + shift on its drug's curve: x (n,) becomes the part of a step, `found` the words of `curve` there."""
    nodes, middle, top = np.int32(2 * half), np.float32(half), np.float32(2 * half - 1)
    for i in range(n):
        often[i] = shift_often[2 * i + 1]
        place = min(max((x[i] + shift_often[2 * i]) * steps + middle, _0), top)
        node = np.int32(place)
        x[i] = place - np.float32(node)
        at[i] = node + np.int32(drug[i]) * nodes
    for i in range(n):
        found[i] = curve[np.uint32(at[i])]


@_division_free_of_checks
def _overdoses(n, often, toxic_fatal, curve, x, risk, toxic_fatality, total, fatal):  # type: ignore[no-untyped-def]
    """Set the hazard of an overdose and the chance of an overdose death in the week; 1 - exp(-h) to 1e-3 at h = 1."""
    for i in range(n):
        mine = risk[i]
        opioid = often[i] * (curve[2 * i] + x[i] * curve[2 * i + 1]) * mine
        toxic = toxic_fatal[2 * i] * mine
        both = opioid + toxic
        total[i] = both
        fatal[i] = (opioid * toxic_fatal[2 * i + 1] + toxic * toxic_fatality) * chance_share(both)


@njit(cache=True, inline="always", error_model="numpy")
def chance_share(hazard):  # type: ignore[no-untyped-def]
    """Return (1 - exp(-h)) / h of a hazard in single precision, by its Pade approximation."""
    return _1 / (_1 + hazard * (_HALF + hazard * _12TH))


@_division_free_of_checks
def _tick(n, target_leave, total, amount, tolerance, moves, overdoses, way, flags):  # type: ignore[no-untyped-def]
    """Take the week's hazards off the clocks, let tolerance move, and flag rows whose clock is below zero."""
    down, up = np.float32(way[2]), np.float32(way[3])
    for i in range(n):
        level = tolerance[i]
        gap = target_leave[2 * i] * amount[i] - level
        tolerance[i] = level + gap * (up if gap > _0 else down)
        move = moves[i] - target_leave[2 * i + 1]
        overdose = overdoses[i] - total[i]
        moves[i], overdoses[i] = move, overdose
        flags[i] = (move < _0) | (overdose < _0)


@_division_free_of_checks
def _count(start, n, slots, fatal, flags, eights, chosen, out):  # type: ignore[no-untyped-def]
    """Sum the chances of death, and return how many rows are flagged; they are in `chosen`."""
    for i in range(n):
        lane = np.uint64(HAZARD) + (np.uint64(start + i) & np.uint64(LANES - 1))
        out[np.uint32(slots[i]), lane] += fatal[i]
    flags[n:] = 0
    found = 0
    for word in range((n + 7) // 8):
        if eights[word] != 0:
            for i in range(8 * word, 8 * word + 8):
                if flags[i]:
                    chosen[found] = i
                    found += 1
    return found


@kernel
def _mixed_share(x, occasions, toxic, blend):  # type: ignore[no-untyped-def]
    """Return the chance that an overdose death had an opioid in it that the user did not know of.

    occasions: a week with an opioid, times the chance that an overdose is fatal; toxic: deaths a week without any.
    """
    known, unknown = _occasion(blend, x)
    return occasions * unknown / (occasions * (known + unknown) + toxic)


@_division_free_of_checks
def _overdose(word, fatal, total, x, slot, coef, blend, toxic_fatality, out):  # type: ignore[no-untyped-def]
    """Let a person overdose; returns whether it is fatal. blend (N_BLEND,)."""
    if u32(word) * np.float64(total * chance_share(total)) >= fatal:
        out[slot, SURVIVED] += 1.0
        return False
    out[slot, DEATHS] += 1.0
    occasions, toxic = coef[slot, OCCASIONS] * coef[slot, FATAL], coef[slot, TOXIC] * toxic_fatality
    out[slot, MIXED] += _mixed_share(x, occasions, toxic, blend)
    return True


@_division_free_of_checks
def _happen(keys, start, columns, coef, rates, turns, curves, happenings, toxic_fatality, out, treated):  # type: ignore[no-untyped-def]
    """Let the rows of a block whose clock rang overdose, die or change state; an overdose comes before a change."""
    area, drug, state, _, since, amount, _, _, moves, overdoses, n_moves, n_overdoses = columns
    to_state, to_drug, relapse, recovered, treated_state, this_week = turns
    fatal, total, x, at, chosen = happenings
    nodes, blend, steps = curves[0].shape[1], curves[1], curves[2]
    n_drugs, n_states, _ = to_state.shape
    for i in chosen:
        r = start + i
        now, kind = state[r], drug[r]
        slot = (area[r] * n_drugs + kind) * n_states + now
        if overdoses[r] < _0:
            next_one, word, _, _ = philox4x32(keys[0], keys[1], r, n_overdoses[r], 0, OVERDOSE)
            overdoses[r] = new_clock(next_one)
            n_overdoses[r] += 1
            of_dose = (x[i] + (at[i] % nodes - nodes // 2)) / steps
            if _overdose(word, fatal[i], total[i], of_dose, slot, coef, blend[kind], toxic_fatality, out):
                _move(out, slot, -1, amount[r])
                state[r], moves[r], overdoses[r] = 0, _0, _0
                continue
        if moves[r] >= _0:
            continue
        next_one, word, _, _ = philox4x32(keys[0], keys[1], r, n_moves[r], 0, MOVE)
        moves[r] = new_clock(next_one)
        n_moves[r] += 1
        fallen = 1.0
        if now == recovered:
            fallen = relapse_share(this_week - since[r], relapse[kind, 0], relapse[kind, 1])
        cause = why(word, rates[slot], fallen)
        if cause < 0:
            continue
        if cause == N_CAUSES - 1:
            drug[r] = to_drug[area[r], kind]
            _move(out, slot, (area[r] * n_drugs + drug[r]) * n_states + now, amount[r])
            continue
        new = to_state[kind, now, cause]
        state[r] = new
        since[r] = this_week
        _move(out, slot, slot - now + new if new > 0 else -1, amount[r])
        if new == treated_state:
            treated[kind] += 1.0
        if new <= 0:
            moves[r], overdoses[r] = _0, _0


@_division_free_of_checks
def people_week(k0, k1, week, starts, ends, columns, coef, rates, turns, curves, way, out, treated):  # type: ignore[no-untyped-def]
    """Live one week of the rows from each of `starts` to its `ends`, (k,) each, as from `in_use`.

    columns: (area, drug, state, generation, since, amount, tolerance, risk, moves, overdoses,
    n_moves, n_overdoses), arrays over all rows;
    changed in place. coef: (slots, N_COEF), single precision, with slot = (area * drugs + drug) * states + state.
    rates: (slots, N_CAUSES) hazards a week. turns: (to_state (drugs, states, causes), to_drug (areas, drugs), relapse
    (drugs, 2) late share and fade in weeks, recovered and treated: numbers of these states). curves: of
    `overdose_curves`. way: (5,) naive threshold mg, spread of a week's dose, shares of the gap in tolerance closed a
    week downwards and upwards, fatality without an opioid. out (slots, N_OUT) and treated (drugs,) are added to.
    Source: overdose rule Phi((ln d - ln tau)/s), design; clocks as said above.
    """
    areas, drugs, states, _, _, amounts, tolerances, risks, all_moves, all_overdoses, _, _ = columns
    keys, shape = (k0, k1), turns[0].shape[:2]
    curve, half = curves[0].reshape(-1).view(np.int64), curves[0].shape[1] // 2
    pairs_of, steps, toxic_fatality = coef.view(np.int64), np.float32(curves[2]), np.float32(way[4])
    words, flags = np.empty(BLOCK // 2 + _ROWS_A_BLOCK, np.uint32), np.zeros(BLOCK, np.uint8)
    work, pairs = np.empty((5, BLOCK), np.float32), np.empty((4, BLOCK), np.int64)
    x, exponent, often, total, fatal = work[0], work[1], work[2], work[3], work[4]
    floats, halves, bits, eights = (
        pairs.view(np.float32),
        words.view(np.uint16),
        x.view(np.int32),
        flags.view(np.uint64),
    )
    slots, at, chosen = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64)
    for piece in range(starts.size):
        for start in range(starts[piece], ends[piece], BLOCK):
            n = min(BLOCK, ends[piece] - start)
            end = start + n
            drug, amount, tolerance = drugs[start:end], amounts[start:end], tolerances[start:end]
            _doses(keys, week, start, n, words)
            _ln_ratio(n, halves[start % _ROWS_A_BLOCK :], amount, tolerance, way, x, bits, exponent)
            _look_up(
                n,
                areas[start:end],
                drug,
                states[start:end],
                shape,
                pairs_of,
                slots,
                (pairs[0], pairs[1], pairs[2]),
            )
            _on_curve(n, drug, floats[0], curve, half, steps, x, often, at, pairs[3])
            _overdoses(n, often, floats[1], floats[3], x, risks[start:end], toxic_fatality, total, fatal)
            _tick(
                n,
                floats[2],
                total,
                amount,
                tolerance,
                all_moves[start:end],
                all_overdoses[start:end],
                way,
                flags,
            )
            found = _count(start, n, slots, fatal, flags, eights, chosen, out)
            happenings = (fatal, total, x, at, chosen[:found])
            _happen(keys, start, columns, coef, rates, turns, curves, happenings, way[4], out, treated)
