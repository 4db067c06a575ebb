"""Legal trade at the ports: waits and what waiting costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.outcome import corridor, outcome
from sim.state.run import Run

TRUCK, CAR = 0, 2


@outcome("hours", country="both", better="lower", total="mean", headline=True, title="mean wait of cars")
def wait_cars(run: Run) -> float:
    """Mean northbound wait of a car, weighted by traffic."""
    return _mean_wait(run, CAR)


@outcome("hours", country="both", better="lower", total="mean", title="mean wait of trucks")
def wait_trucks(run: Run) -> float:
    """Mean northbound wait of a truck in ordinary lanes, weighted by traffic."""
    return _mean_wait(run, TRUCK)


@outcome("USD", country="both", better="lower")
def trade_delay_cost(run: Run) -> float:
    """Cost of waiting at ports."""
    return float(run.tally.wait_cost[0].sum())


@corridor("hours", total="mean")
def wait_by_corridor(run: Run) -> NDArray[np.float64]:
    """Mean wait by corridor and mode, weighted by traffic."""
    lanes = run.world.lanes
    at = (run.world.sites.corridor[lanes.site], lanes.kind)
    hours, traffic = np.zeros((len(run.world.corridors), 6)), np.zeros((len(run.world.corridors), 6))
    np.add.at(hours, at, run.lanes.wait * run.lanes.traffic)
    np.add.at(traffic, at, run.lanes.traffic)
    return np.divide(hours, traffic, out=np.zeros_like(hours), where=traffic > 0)


def _mean_wait(run: Run, kind: int) -> float:
    mine = run.world.lanes.kind == kind
    traffic = run.lanes.traffic[mine]
    return float((run.lanes.wait[mine] * traffic).sum() / max(traffic.sum(), 1e-12))
