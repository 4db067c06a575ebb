"""What patterns of routes and ports share: what is watched at the lanes, ports by traffic, sums over the window.

Common to them all: 78 weeks from the end of the spin-up unless said otherwise, those from week 26 on compared; arm and
base of a replicate have the same seed and the same spin-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.patterns._pattern import Floats
from sim.lab.patterns._runs import BASE, Arm, live
from sim.levers import Press
from sim.state.run import Run
from sim.world.world import world

WEEKS, FIRST = 78, 26
"""Weeks an arm lives after the spin-up unless said otherwise, and the first of those that are compared."""
TRUCK, TRUSTED, CAR, FOOT = range(4)
AT_PORTS = (TRUCK, TRUSTED, CAR, FOOT)
NO_LEARNING = BASE.but(route_learning="fixed")
"""The knock-out of learning: attractions of lanes stay what they were at the end of the spin-up."""


def at_lanes(run: Run) -> Mapping[str, Any]:
    """Loads, finds and kilograms by lane and drug, use by drug, traffic, waits and hazard by lane, drivers bought."""
    tally, lanes = run.tally, run.lanes
    return {
        "loads": tally.loads[0],
        "hits": tally.hits[0],
        "shipped": tally.shipped[0],
        "seized": tally.seized[0],
        "consumed": tally.consumed[0].sum(axis=0),
        "traffic": lanes.traffic,
        "waited": lanes.traffic * lanes.wait,
        "hazard": lanes.hazard,
        "bought": (run.carriers.patron > 0).sum(),
    }


def window(seed: int, arm: Arm = BASE, weeks: int = WEEKS) -> dict[str, Floats]:
    """What an arm's window gave, summed over its weeks; `hazard` with the weeks on axis 0."""
    series = {name: values[FIRST:] for name, values in live(seed, arm, weeks, at_lanes).items()}
    kept = {"hazard": series.pop("hazard")}
    return kept | {name: values.sum(axis=0) for name, values in series.items()}


def busiest(kinds: Sequence[int], n: int) -> NDArray[np.int64]:
    """Rows of the n ports with most legal crossings of these kinds."""
    lanes, sites = world().lanes, world().sites
    traffic = np.bincount(lanes.site, lanes.traffic_per_week * np.isin(lanes.kind, kinds), minlength=sites.n)
    return np.argsort(-traffic, kind="stable")[:n]


def at_sites(lever: str, op: Any, value: float, rows: NDArray[np.int64]) -> Press:
    """A press on a lever at some sites."""
    return Press(lever, op, value, {"site": [world().sites.code[row] for row in rows]})
