"""Legal trade at the ports: waits and what waiting costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import by_group, product
from sim.outcome import corridor, outcome, shared
from sim.state.run import Run
from sim.state.sums import totals
from sim.units import WEEKS_PER_YEAR

TRUCK, TRUSTED_TRUCK, CAR = range(3)
KINDS = 6
BUSY_CARS_PER_YEAR = 2.5e6


@outcome("hours", country="both", better="lower", total="mean", headline=True, title="mean wait of cars")
def wait_cars(run: Run) -> float:
    """Mean northbound wait of a car, weighted by traffic."""
    return _mean_wait(run, CAR)


@outcome("hours", country="both", better="lower", total="mean", title="mean wait of trucks")
def wait_trucks(run: Run) -> float:
    """Mean northbound wait of a truck in ordinary lanes, weighted by traffic."""
    return _mean_wait(run, TRUCK)


@outcome("hours", country="both", better="lower", total="mean", title="wait of cars at busy ports")
def wait_cars_busy(run: Run) -> float:
    """Mean northbound wait of a car at ports with over 2.5 million cars a year in the data, weighted by traffic."""
    busy = run.keep("busy lanes of cars", 0, lambda: _busy(run))
    traffic = float(product(run.lanes.traffic, busy))
    return float(product(_hours(run), busy)) / max(traffic, 1e-12)


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
    return totals(run).of("wait_cost")


@corridor("hours", total="mean")
def wait_by_corridor(run: Run) -> NDArray[np.float64]:
    """Mean wait by corridor and mode, weighted by traffic."""
    sites, lanes, n = run.world.sites, run.world.lanes, len(run.world.corridors)
    at = run.keep("corridor and kind of lanes", 0, lambda: sites.corridor[lanes.site] * KINDS + lanes.kind)
    hours, traffic = by_group(at, _hours(run), n * KINDS), by_group(at, run.lanes.traffic, n * KINDS)
    means = np.divide(hours, traffic, out=np.zeros_like(hours), where=traffic > 0)
    return np.asarray(means.reshape(n, KINDS))


@shared
def _hours(run: Run) -> NDArray[np.float64]:
    """Hours that all who cross a lane wait, (L,)."""
    return run.lanes.wait * run.lanes.traffic


@shared
def _by_kind(run: Run) -> tuple[list[float], list[float]]:
    """Hours waited and traffic by kind of lane."""
    kind = run.world.lanes.kind
    hours, traffic = by_group(kind, _hours(run), KINDS), by_group(kind, run.lanes.traffic, KINDS)
    return hours.tolist(), traffic.tolist()


def _mean_wait(run: Run, kind: int) -> float:
    hours, traffic = _by_kind(run)
    return hours[kind] / max(traffic[kind], 1e-12)


def _entries(run: Run, kinds: tuple[int, ...]) -> float:
    traffic = _by_kind(run)[1]
    return sum(traffic[kind] for kind in kinds)
