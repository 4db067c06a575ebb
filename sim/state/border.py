"""The lanes of the border: traffic, booths, waits, checks and patrols of a week, before any load arrives.

Ports shift officers by the waits they saw and by belief; what results is the wait of every lane and the chance
that a load is found there. Loads, groups and what is learned are not known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.kernels_inspection import (
    attention,
    give_up,
    hazard_of_share,
    longer_queues,
    means,
    patrol_hazard,
    port_hazard,
    ratio,
    referred_share,
    share_minutes,
    shift_to_booths,
    sums,
)
from sim.levers import lever
from sim.state.carriers import enrol, lane_checks
from sim.state.run import Run
from sim.state.scanning import lane_and_scan_waits, run_scanners
from sim.state.teams import PORT, SECTOR, move_teams, with_teams
from sim.units import WEEKS_PER_YEAR
from sim.world.drugs import LANE_KINDS
from sim.world.hours import arrival_hours

Floats = NDArray[np.float64]
TRUCK, TRUSTED, CAR, FOOT, BETWEEN, SEA = range(6)
PORT_PARENTS = ("truck", "truck", "car", "foot")
SECONDS, MINUTES, HOURS_PER_WEEK = 3600.0, 60.0, 168.0

BORDER_LEVERS = (
    "port_officers",
    "sector_agents",
    "port_booths",
    "port_scan_share",
    "port_scan_share_cars",
    "trusted_share",
    "trusted_inspection",
    "patrol_random",
    "patrol_rotation",
)


def _declare() -> None:
    """Levers of the border: what may be changed at sites, and how effort is placed."""
    for name, unit, high, base, doc in (
        ("port_officers", "officers", 1e5, _strength(0), "officers at ports of entry"),
        ("sector_agents", "officers", 1e5, _strength(1), "agents between ports and on the sea approaches"),
        ("port_booths", "ratio", 5.0, lambda run: 1.0, "booths that can be opened, over the data"),
    ):
        lever(name, unit=unit, axes=("site",), low=0.0, high=high, base=base, doc=doc, reader="cross")
    for name, doc in (
        ("trusted_share", "share of trucks in trusted lanes"),
        ("trusted_inspection", "checks in trusted lanes over those in ordinary ones, for a clean record"),
        ("patrol_random", "share of inspection and patrol effort placed without regard to belief"),
    ):
        reader = "cross, learn" if name == "trusted_inspection" else "cross"
        lever(name, unit="fraction", low=0.0, high=1.0, base=_parameter(name), doc=doc, reader=reader)


def _parameter(name: str) -> Callable[[Run], float]:
    return lambda run: run.p[name]


def _strength(kind: int) -> Callable[[Run], Floats]:
    """Officers of the data at ports (0) or away from them (1), 0 elsewhere, (S,)."""
    return lambda run: np.where((run.world.sites.kind > 0) == (kind > 0), run.world.sites.officers, 0.0)


_declare()


def run_lanes(run: Run) -> None:
    """Traffic, booths, waits and the hazard of every lane this week, and what waiting cost."""
    lanes, fixed = run.lanes, run.world.lanes
    _remember_waits(run)
    enrol(run)
    move_teams(run)
    usual_traffic = _legal_traffic(run)
    held = give_up(lanes.felt, lanes.usual, run.p["crossing_hours_otherwise"], run.p["give_up_elasticity"])
    lanes.traffic[:] = np.where(fixed.kind <= FOOT, usual_traffic * held, usual_traffic)
    scanned = run_scanners(run)
    checks = _place_officers(run, scanned)
    lanes.wait[:] = waits(run, lanes.traffic, lanes.booths, scanned)
    _hazards(run, scanned, checks)
    hourly = run.keep("hourly_wait_cost", run.p.version, lambda: _hourly_cost(run))
    run.tally.wait_cost[0] += lanes.wait * lanes.traffic * hourly


def _hourly_cost(run: Run) -> Floats:
    """USD that an hour of wait costs those of one crossing, (L,)."""
    hourly = np.array([0.0, 0.0, run.p["people_per_car"], 1.0, 0.0, 0.0]) * run.p["wait_cost_person"]
    hourly[[TRUCK, TRUSTED]] = run.p["wait_cost_truck"]
    return np.asarray(hourly[run.world.lanes.kind])


def _remember_waits(run: Run) -> None:
    """Drivers and ports remember published waits; the first week sets what is usual."""
    lanes, fixed = run.lanes, run.world.lanes
    if lanes.usual[0] < 0.0:
        scans = _of_ports(run, "scan_share", PORT_PARENTS[:3]) * (1.0 - run.p["scan_downtime"])
        lanes.usual[:] = waits(run, fixed.traffic_per_week, fixed.booths, scans)
        lanes.felt[:] = lanes.usual
    else:
        lanes.felt += (run.seen.waits[0] - lanes.felt) / max(1.0, run.p["give_up_weeks"])


def _legal_traffic(run: Run) -> Floats:
    """Crossings a week before anyone gives up, (L,): the data, moved by week, parameters and trusted share."""
    key = run.p.version, run.levers.scalar("trusted_share")
    return run.keep("traffic_of_data", key, lambda: _traffic_of_data(run)) * _week_factor(run)


def _traffic_of_data(run: Run) -> Floats:
    p = run.p
    trucks, between = p["legal_traffic_trucks"], p["encounters_between"]
    factor = np.array([trucks, trucks, p["legal_traffic_cars"], p["legal_traffic_foot"], between, between])
    factor *= freight_shares(run)
    return np.asarray(run.world.lanes.traffic_per_week * factor[run.world.lanes.kind])


def _week_factor(run: Run) -> Floats:
    """What season and chance make of a week's traffic, mean 1 over years, (L,).

    A swing over the year by kind of lane, a log-normal factor that all lanes of a kind share, and one of each lane; at
    ports only. Source: assumption B10.
    """
    p, fixed = run.p, run.world.lanes
    peak, swing = _of_ports(run, "traffic_peak_week"), _of_ports(run, "traffic_season")
    everywhere = _noise(run, "cross/traffic-kind", np.arange(len(LANE_KINDS)), p["traffic_noise_shared"])
    here = _noise(run, "cross/traffic-lane", np.arange(fixed.n), p["traffic_noise"])
    return np.asarray(_this_week(fixed.kind, run.week, peak, swing, everywhere, here))


@kernel
def _this_week(kind, week, peak, swing, everywhere, here):  # type: ignore[no-untyped-def]
    """(1 + swing x cos(weeks from the peak)) x both factors at ports, 1 elsewhere, (L,); everywhere: by kind."""
    out = np.ones(kind.size)
    for lane in range(out.size):
        if kind[lane] <= FOOT:
            season = 2.0 * np.pi * (week - peak[lane]) / WEEKS_PER_YEAR
            out[lane] = (1.0 + swing[lane] * math.cos(season)) * everywhere[kind[lane]] * here[lane]
    return out


def _noise(run: Run, decision: str, ids: NDArray[np.int64], sigma: float) -> Floats:
    """Log-normal factors of mean 1."""
    return np.asarray(run.draws.lognormal(decision, ids, mean=-0.5 * sigma**2, sigma=sigma))


def _staffing(run: Run) -> Floats:
    """Open booths over the day by kind of lane, largest is 1, (6, 24): part constant, part following arrivals."""
    return run.keep("booths_by_hour", run.p.version, lambda: _booths_by_hour(run))


def _booths_by_hour(run: Run) -> Floats:
    shape = arrival_hours()
    follow = np.ones((len(LANE_KINDS), 1))
    follow[: FOOT + 1, 0] = run.p.by("staffing_follow", LANE_KINDS[: FOOT + 1])
    staffing = 1.0 - follow + follow * shape * shape.shape[1]
    return np.asarray(staffing / staffing.max(axis=1, keepdims=True))


def waits(run: Run, traffic: Floats, booths: Floats, scanned: Floats) -> Floats:
    """Mean wait by lane at booths and scanners, hours, (L,)."""
    return lane_and_scan_waits(run, traffic, booths, scanned, _staffing(run))


def _of_ports(run: Run, base: str, parents: tuple[str, ...] = PORT_PARENTS) -> Floats:
    """A parameter by kind of port lane, spread over lanes, (L,); 0 for kinds that have none."""
    return run.keep(f"ports/{base}", run.p.version, lambda: _spread_over_lanes(run, base, parents))


def _spread_over_lanes(run: Run, base: str, parents: tuple[str, ...]) -> Floats:
    values = np.zeros(len(LANE_KINDS))
    values[: len(parents)] = run.p.by(base, parents)
    return np.asarray(values[run.world.lanes.kind])


def _at_sites(run: Run, per_lane: Floats) -> Floats:
    """Sum over the lanes of each site, (S,)."""
    return np.asarray(sums(run.world.lanes.site, per_lane, run.world.sites.n))


def _place_officers(run: Run, scanned: Floats) -> Floats:
    """Ports put officers in booths and in secondary by waits they saw and by belief; minutes of checks by lane, (L,).

    The data's booths and checks give the officers of the data; both scale with officers. Above the wait that is
    tolerated officers go to spare booths, below the usual wait to checks; within a port booths go to the longer
    wait and checks to where finds are expected. False alarms of scanners take minutes from other checks.
    """
    p, world, lanes = run.p, run.world, run.lanes
    fixed = world.lanes
    alarms = p["scan_false_alarms"] * _of_ports(run, "check_minutes")
    check_minutes = p["check_hours_per_officer"] * MINUTES
    checked, primary, secondary = run.keep("usual_officers", p.version, lambda: _usual_officers(run))
    run.sites.officers[:] = with_teams(run, SECTOR, run.levers["port_officers"] + run.levers["sector_agents"])
    scale = ratio(run.sites.officers, world.sites.officers)
    shift = p["officers_shift"] * wish_for_booths(run)
    in_booths = np.minimum(primary * (1.0 + shift), primary + secondary) * scale
    run.sites.booth_share[:] = np.where(primary > 0.0, ratio(in_booths, primary), 1.0)
    _open_booths(run)
    pool = with_teams(run, PORT, ((primary + secondary) * scale - in_booths) * check_minutes)
    pool = np.maximum(0.0, pool - _at_sites(run, lanes.traffic * scanned * alarms))
    enrolled = freight_shares(run)[fixed.kind]
    wished = checked * enrolled * lane_checks(run) * _attention(run)
    return np.asarray(share_minutes(pool, wished, fixed.site))


def _usual_officers(run: Run) -> tuple[Floats, Floats, Floats]:
    """What the data imply: minutes of checks a week by lane, (L,); officers in booths and in secondary, (S,) each."""
    p, fixed = run.p, run.world.lanes
    minutes = _of_ports(run, "check_minutes")
    checks = _of_ports(run, "referral_share") * minutes
    per_crossing = checks * np.where(fixed.kind == TRUSTED, p["trusted_inspection"], 1.0)
    scans = _of_ports(run, "scan_share", PORT_PARENTS[:3]) * (1.0 - p["scan_downtime"])
    hours_open = _staffing(run).mean(axis=1)[fixed.kind] * HOURS_PER_WEEK
    primary = _at_sites(run, fixed.booths * hours_open) / p["booth_hours_per_officer"]
    secondary = _at_sites(
        run, fixed.traffic_per_week * (per_crossing + scans * p["scan_false_alarms"] * minutes)
    )
    return fixed.traffic_per_week * checks, primary, secondary / (p["check_hours_per_officer"] * MINUTES)


def wish_for_booths(run: Run) -> Floats:
    """What each port wants from the waits it remembers and the finds it expects, -1 to 1, (S,)."""
    lanes, n = run.lanes, run.world.sites.n
    weight = lanes.traffic * run.keep("at_port", 0, lambda: run.world.lanes.kind <= FOOT)
    felt, usual, belief = (
        means(run.world.lanes.site, column, weight, n) for column in (lanes.felt, lanes.usual, lanes.belief)
    )
    return np.asarray(
        shift_to_booths(felt, usual, belief, run.p["wait_tolerated_hours"], run.p["belief_hold"])
    )


def _open_booths(run: Run) -> None:
    """Booths of the week: those of the data, scaled with officers in booths, moved towards the longer wait."""
    lanes, fixed = run.lanes, run.world.lanes
    wished = longer_queues(_freight_booths(run), lanes.felt, lanes.usual, run.p["lane_shift"])
    total = run.keep("site_booths", 0, lambda: _at_sites(run, fixed.booths))
    total = total * run.sites.booth_share * run.levers["port_booths"]
    lanes.booths[:] = share_minutes(total, wished, fixed.site)


def _freight_booths(run: Run) -> Floats:
    """Booths of the data, those of trucks at a port shared between its lanes by enrolled crossings x time, (L,)."""
    key = run.levers.scalar("trusted_share"), run.p["trusted_share"]
    return run.keep("freight_booths", key, lambda: _shared_booths(run))


def _shared_booths(run: Run) -> Floats:
    fixed = run.world.lanes
    freight = fixed.kind <= TRUSTED
    work = fixed.traffic_per_week * freight_shares(run)[fixed.kind] * fixed.service_seconds * freight
    shared = share_minutes(_at_sites(run, fixed.booths * freight), work, fixed.site)
    return np.where(freight, shared, fixed.booths)


def _attention(run: Run) -> Floats:
    """Weight of each lane in the placing of effort: belief against the mean of its kind, by traffic, (L,)."""
    fixed, n = run.world.lanes, len(LANE_KINDS)
    belief = run.lanes.belief
    centre = means(fixed.kind, belief, fixed.traffic_per_week, n)
    random = run.levers.scalar("patrol_random")
    return np.asarray(attention(belief, centre[fixed.kind], (1.0 - random) * run.p["belief_weight"]))


def freight_shares(run: Run) -> Floats:
    """Crossings of ordinary and of trusted trucks by enrolment over those of the data, by kind of lane, (6,)."""
    trusted, usual = run.levers.scalar("trusted_share"), run.p["trusted_share"]
    factor = np.ones(len(LANE_KINDS))
    if trusted != usual:
        factor[TRUCK] = (1.0 - trusted) / max(1.0 - usual, 1e-9)
        factor[TRUSTED] = trusted / max(usual, 1e-9)
    return factor


def _hazards(run: Run, scanned: Floats, minutes: Floats) -> None:
    """Set `referred` and `hazard` of every lane from checks, scans and patrols."""
    lanes, fixed, p, sites = run.lanes, run.world.lanes, run.p, run.world.sites
    lanes.referred[:] = referred_share(minutes, lanes.traffic, _of_ports(run, "check_minutes"))
    at_port = port_hazard(
        lanes.referred,
        _of_ports(run, "targeting_gain"),
        _of_ports(run, "referral_sensitivity"),
        scanned,
        _of_ports(run, "scan_sensitivity", PORT_PARENTS[:3]),
    )
    density, scale = run.keep("patrols", p.version, lambda: _patrols(run))
    busy = lanes.traffic * p["encounter_hours"] / p["patrol_hours_per_agent"]
    between = patrol_hazard(
        run.sites.officers[fixed.site],
        busy,
        sites.border_km[fixed.site],
        density,
        scale * _attention(run),
        p["patrol_density_exponent"],
    )
    lanes.hazard[:] = np.where(fixed.kind <= FOOT, at_port, between)


def _patrols(run: Run) -> tuple[Floats, Floats]:
    """Free agents per km at which a lane away from ports has its hazard, and that hazard, (L,) each."""
    p, sea = run.p, run.world.lanes.kind == SEA
    return (
        np.where(sea, p["patrol_density_sea"], p["patrol_density_between"]),
        np.where(sea, p["patrol_hazard_sea"], p["patrol_hazard_between"]),
    )


def carrier_hazard(run: Run, lane: NDArray[np.integer[Any]], share: Floats) -> Floats:
    """Hazard at port lanes (k,) for those who are checked `share` times as often as the lane's mean, (k,)."""
    return np.asarray(
        hazard_of_share(
            lane,
            share,
            run.lanes.referred,
            _of_ports(run, "targeting_gain"),
            _of_ports(run, "referral_sensitivity"),
            run.lanes.scanned,
            _of_ports(run, "scan_sensitivity", PORT_PARENTS[:3]),
        )
    )
