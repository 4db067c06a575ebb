"""How a day's legal traffic is spread over its hours, by kind of lane."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim.world.drugs import LANE_KINDS
from sim.world.tables import Floats, read

HOURS = 24
_PARENT = {"truck": "truck", "trusted": "truck", "car": "car", "foot": "foot"}


@lru_cache(maxsize=1)
def arrival_hours() -> Floats:
    """Return the share of an average day that arrives in each hour, (6 kinds of lane, 24); even where nobody queues."""
    table = read("lane_hours")
    shares = np.full((len(LANE_KINDS), HOURS), 1.0 / HOURS)
    for kind, parent in _PARENT.items():
        column = table.floats(parent)
        shares[LANE_KINDS.index(kind)] = column / column.sum()
    shares.flags.writeable = False
    return shares
