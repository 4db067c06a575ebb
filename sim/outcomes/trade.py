"""Legal trade at the ports: waits and what waiting costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.outcome import corridor, outcome
from sim.state.run import Run
from sim.units import WEEKS_PER_YEAR

TRUCK, TRUSTED_TRUCK, CAR = range(3)
BUSY_CARS_PER_YEAR = 2.5e6


@outcome("hours", country="both", better="lower", total="mean", headline=True, title="mean wait of cars")
def wait_cars(run: Run) -> float:
    """Mean northbound wait of a car, weighted by traffic."""
    return _mean_wait(run, run.world.lanes.kind == CAR)


@outcome("hours", country="both", better="lower", total="mean", title="mean wait of trucks")
def wait_trucks(run: Run) -> float:
    """Mean northbound wait of a truck in ordinary lanes, weighted by traffic."""
    return _mean_wait(run, run.world.lanes.kind == TRUCK)


@outcome("hours", country="both", better="lower", total="mean", title="wait of cars at busy ports")
def wait_cars_busy(run: Run) -> float:
    """Mean northbound wait of a car at ports with over 2.5 million cars a year in the data, weighted by traffic."""
    return _mean_wait(run, run.keep("busy lanes of cars", 0, lambda: _busy(run)))


def _busy(run: Run) -> NDArray[np.bool_]:
    """Lanes of cars at busy ports, (L,)."""
    lanes = run.world.lanes
    cars = np.where(lanes.kind == CAR, lanes.traffic_per_week, 0.0)
    by_site = np.bincount(lanes.site, cars, minlength=run.world.sites.n) * WEEKS_PER_YEAR
    return np.asarray((lanes.kind == CAR) & (by_site[lanes.site] > BUSY_CARS_PER_YEAR))


@outcome("crossings", country="both", better="higher")
def truck_entries(run: Run) -> float:
    """Northbound entries of trucks, in ordinary and trusted lanes."""
    return _entries(run, (TRUCK, TRUSTED_TRUCK))


@outcome("crossings", country="both", better="higher")
def car_entries(run: Run) -> float:
    """Northbound entries of cars, in ordinary and trusted lanes."""
    return _entries(run, (CAR,))


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


def _mean_wait(run: Run, mine: NDArray[np.bool_]) -> float:
    traffic = run.lanes.traffic[mine]
    return float((run.lanes.wait[mine] * traffic).sum() / max(traffic.sum(), 1e-12))


def _entries(run: Run, kinds: tuple[int, ...]) -> float:
    mine = run.keep(f"lanes of kinds {kinds}", 0, lambda: np.isin(run.world.lanes.kind, kinds))
    return float(run.lanes.traffic[mine].sum())
