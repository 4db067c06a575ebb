"""Running values that more than one chain keeps: exponential memory, and what a delivered kilogram brought."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smooth(old: Floats, new: Floats, weeks: float) -> Floats:
    """Memory of about `weeks` weeks: the old value moves 1/weeks of the way to the new one."""
    return np.asarray(old + (new - old) / max(weeks, 1.0))


def learn_margin(
    margin: Floats, sold: Floats, income: Floats, delivered: Floats, weeks: float
) -> tuple[Floats, Floats]:
    """Running USD per delivered kg and running kg sold a week, from this week's receipts and kg.

    All (G, D). The margin is running receipts over running sales, so that it is unbiased for lumpy sales, and it
    keeps its value when nothing was sold for long. Returns (margin, sold).
    """
    receipts = smooth(margin * sold, income, weeks)
    now = smooth(sold, delivered, weeks)
    return np.where(now > 1e-9, receipts / np.maximum(now, 1e-9), margin), now
