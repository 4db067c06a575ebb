"""Scanners at ports: how many work, what share of crossings they see, and the queue in front of them.

Who is sent to a scanner is a lever; what a scan finds is in `sim.state.border`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_queue import stage_waits
from sim.levers import lever
from sim.state.run import Run
from sim.world.hours import arrival_hours

Floats = NDArray[np.float64]
TRUSTED, CAR = 1, 2
SECONDS, HOURS_PER_WEEK = 3600.0, 168.0

lever(
    "port_scan_share", unit="fraction", axes=("site",), low=0.0, high=1.0, reader="cross",
    base=lambda run: run.p["scan_share_truck"], doc="share of trucks sent to a scanner",
)  # fmt: skip
lever(
    "port_scan_share_cars", unit="fraction", axes=("site",), low=0.0, high=1.0, reader="cross",
    base=lambda run: run.p["scan_share_car"], doc="share of cars sent to a scanner",
)  # fmt: skip


def scan_seconds(run: Run) -> Floats:
    """Seconds of a scan by lane, 0 where nothing is scanned, (L,)."""
    return run.keep("scan_seconds", run.p.version, lambda: _seconds(run))


def _seconds(run: Run) -> Floats:
    p, kind = run.p, run.world.lanes.kind
    return np.where(kind <= TRUSTED, p["scan_seconds_truck"], p["scan_seconds_car"]) * (kind <= CAR)


def run_scanners(run: Run) -> Floats:
    """Scanners fail and are repaired; share of each lane's crossings that a working scanner sees, (L,).

    One scanner to a booth. A working one fails with `down / (1 - down) / repair weeks` in a week and is repaired after
    that many on average, so that the share `down` does not work in the long run. Standing aside of the lanes, scanners
    see no more than they can, and the rest is waved through. Source: assumption B12.
    """
    p, lanes, fixed = run.p, run.lanes, run.world.lanes
    units, trucked, driven = run.keep("scanners of lanes", 0, lambda: _scanners(run))
    down, repaired = p["scan_downtime"], 1.0 / max(1.0, p["scan_repair_weeks"])
    ids = np.arange(fixed.n)
    if lanes.scanners[0] < 0.0:
        lanes.scanners[:] = run.draws.binomial("cross/scanners", units, np.full(fixed.n, 1.0 - down), ids)
    up = lanes.scanners.astype(np.int64)
    fails = min(1.0, down / max(1.0 - down, 1e-9) * repaired)
    lost = run.draws.binomial("cross/scanner-fails", up, np.full(fixed.n, fails), ids)
    back = run.draws.binomial("cross/scanner-repaired", units - up, np.full(fixed.n, repaired), ids)
    lanes.scanners[:] = up - lost + back
    trucks = run.levers["port_scan_share"][fixed.site] * trucked
    cars = run.levers["port_scan_share_cars"][fixed.site] * driven
    share = (trucks + cars) * np.divide(lanes.scanners, units, out=np.zeros(fixed.n), where=units > 0)
    if p.switch("scan_place") == "aside":
        a_week = lanes.scanners * HOURS_PER_WEEK * SECONDS / np.maximum(scan_seconds(run), 1e-9)
        share = np.minimum(share, a_week / np.maximum(lanes.traffic, 1e-9))
    lanes.scanned[:] = share
    return lanes.scanned


def _scanners(run: Run) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Scanners of each lane, one to a booth, and whether it is for trucks and for cars, (L,) each."""
    fixed = run.world.lanes
    units = np.where(fixed.kind <= CAR, np.maximum(1, np.rint(fixed.booths)), 0).astype(np.int64)
    return units, fixed.kind <= TRUSTED, fixed.kind == CAR


def lane_and_scan_waits(
    run: Run, traffic: Floats, booths: Floats, scanned: Floats, staffing: Floats
) -> Floats:
    """Mean wait by lane, hours, (L,): at the booth, and behind it at the scanner for those who are sent there.

    Scanners in the lane get what booths let through, so a queue grows there only where scanning takes longer than
    primary inspection. Those aside hold nobody up in the lane.
    """
    fixed, p = run.world.lanes, run.p
    seconds = scan_seconds(run) * (p.switch("scan_place") == "in_lane")
    return np.asarray(
        stage_waits(
            traffic, booths, fixed.service_seconds / SECONDS, scanned, seconds / SECONDS, arrival_hours(),
            staffing, fixed.kind, p["queue_cap_hours"], p["steady_queue_load"],
        )
    )  # fmt: skip
