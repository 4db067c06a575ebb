"""Running values that more than one chain keeps: exponential memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smooth(old: Floats, new: Floats, weeks: float) -> Floats:
    """Memory of about `weeks` weeks: the old value moves 1/weeks of the way to the new one."""
    return np.asarray(old + (new - old) / max(weeks, 1.0))
