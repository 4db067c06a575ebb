"""Share whole numbers out: the parts are whole, add up exactly and follow the weights."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)  # type: ignore[untyped-decorator]
def _spread(amounts, owner, weights, totals, out):  # type: ignore[no-untyped-def]
    done = np.zeros(len(amounts))
    given = np.zeros(len(amounts), dtype=np.int64)
    for i in range(len(owner)):
        g = owner[i]
        if totals[g] <= 0.0:
            continue
        done[g] += weights[i]
        upto = np.int64(np.floor(amounts[g] * min(1.0, done[g] / totals[g]) + 1e-9))
        out[i] = upto - given[g]
        given[g] = upto


def spread_whole(
    amounts: NDArray[np.int64], owner: NDArray[np.integer], weights: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Split amounts[g] over the rows with owner g, by weights >= 0; int64 (len(owner),).

    Rows get floor of the running share, so parts are whole and add up to amounts[g] wherever the weights of g do
    not add up to zero (there nothing is given).
    """
    totals = np.bincount(owner, weights, minlength=len(amounts))
    out = np.zeros(len(owner), dtype=np.int64)
    _spread(amounts, owner.astype(np.int64), weights.astype(np.float64), totals, out)
    last = np.full(len(amounts), -1, dtype=np.int64)
    positive = np.flatnonzero(weights > 0)
    last[owner[positive]] = positive
    missing = amounts - np.bincount(owner, out, minlength=len(amounts)).astype(np.int64)
    rows = np.flatnonzero((missing != 0) & (last >= 0))
    out[last[rows]] += missing[rows]
    return out
