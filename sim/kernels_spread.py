"""Share whole numbers out: the parts are whole, add up exactly and follow the weights."""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel


@kernel
def spread_over(amounts, owner, weights):  # type: ignore[no-untyped-def]
    """Split amounts[g] over the rows with owner g, by weights >= 0; int64 (len(owner),).

    Rows get floor of the running share, so parts are whole and add up to amounts[g] wherever the weights of g do
    not add up to zero (there nothing is given).
    """
    n = amounts.size
    totals, done = np.zeros(n), np.zeros(n)
    given, last = np.zeros(n, dtype=np.int64), np.full(n, -1)
    out = np.zeros(owner.size, dtype=np.int64)
    for i in range(owner.size):
        totals[owner[i]] += weights[i]
    for i in range(owner.size):
        g = owner[i]
        if weights[i] > 0.0:
            last[g] = i
        if totals[g] <= 0.0:
            continue
        done[g] += weights[i]
        upto = np.int64(np.floor(amounts[g] * min(1.0, done[g] / totals[g]) + 1e-9))
        out[i] = upto - given[g]
        given[g] = upto
    for g in range(n):
        if last[g] >= 0:
            out[last[g]] += amounts[g] - given[g]
    return out
