"""Rows of people, compiled: which are in use, entrants into free ones, and counts. What people do is `kernels_people`.

Entrants take the first free rows of their cell, so that what is free is at its end and can be left out.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_clocks import new_clock
from sim.kernels_people import AMOUNT, PEOPLE
from sim.quantiles import normal_inv
from sim.streams import philox4x32, u32

CHUNK, BRIDGED = 32, 2
CLOCKS = 4096
"""Numbers of clocks kept for one person; the next one of the row begins at the next multiple."""
_LOW_BITS, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)


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
def in_use(state):  # type: ignore[no-untyped-def]
    """Return first rows and one past the last rows, (k,) each, of the stretches that hold everybody; state (n,).

    They are whole chunks of CHUNK rows, but at the end of the table, so that loops over them stay vector code. Up to
    BRIDGED chunks of free rows in between are left in: they cost less than another stretch.
    """
    n, eights = state.size, _eights(state)
    starts, ends, k = np.empty(n // CHUNK + 1, np.int64), np.empty(n // CHUNK + 1, np.int64), 0
    for first in range(0, n, CHUNK):
        last = min(first + CHUNK, n)
        if last - first == CHUNK:
            w = first // 8
            used = eights[w] | eights[w + 1] | eights[w + 2] | eights[w + 3]
        else:
            used = np.uint64(state[first:last].any())
        if used == 0:
            continue
        if k > 0 and first - ends[k - 1] <= BRIDGED * CHUNK:
            ends[k - 1] = last
        else:
            starts[k], ends[k] = first, last
            k += 1
    return starts[:k], ends[:k]


@kernel
def admit(k0, k1, wanted, stream_drug, stream_state, ptr, columns, spreads, out, shape, this_week, begun):  # type: ignore[no-untyped-def]
    """Put entrants into the first free rows of their own cell, never more than there are; generation grows by one.

    A person's own amount, risk and clocks follow from (row, generation), whatever the week.

    wanted: (cells, streams) int64; stream_drug, stream_state: (streams,). ptr: (cells + 1,) rows of a cell.
    spreads: (2,) sigma of ln amount and of ln risk (means are 1). shape: (drugs, states). this_week as in `since`.
    out (slots, N_OUT) and begun
    (streams,) are added to.
    """
    area, drug, state, generation, since, amount, tolerance, risk, moves, overdoses, n_moves, n_overdoses = (
        columns
    )
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
                x0, x1, x2, x3 = philox4x32(k0, k1, r, generation[r], 0, 1)
                amount[r] = math.exp(spreads[0] * (normal_inv(u32(x0)) - 0.5 * spreads[0]))
                risk[r] = math.exp(spreads[1] * (normal_inv(u32(x1)) - 0.5 * spreads[1]))
                moves[r], overdoses[r] = new_clock(x2), new_clock(x3)
                n_moves[r] = n_overdoses[r] = generation[r] * CLOCKS
                drug[r] = stream_drug[s]
                state[r] = stream_state[s]
                since[r], tolerance[r] = this_week, 0.0
                slot = (area[r] * n_drugs + drug[r]) * n_states + state[r]
                out[slot, PEOPLE] += 1.0
                out[slot, AMOUNT] += amount[r]
                begun[s] += 1.0


@kernel
def count_people(columns, shape, out):  # type: ignore[no-untyped-def]
    """Add rows and summed amounts by slot to out (slots, N_OUT); columns and shape (drugs, states) as in `admit`."""
    area, drug, state, amount = columns[0], columns[1], columns[2], columns[5]
    for r in range(area.size):
        if state[r] != 0:
            slot = (area[r] * shape[0] + drug[r]) * shape[1] + state[r]
            out[slot, PEOPLE] += 1.0
            out[slot, AMOUNT] += amount[r]
