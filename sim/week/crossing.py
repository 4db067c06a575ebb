"""Loads meet the border, and those that pass reach a market area and are sold.

`cross` runs the lanes (traffic, booths, waits, checks) and draws once per load; `deliver` hands over what landed.
Which lane a load takes, and what is learned from the outcome, is not decided here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_inspection import (
    attention,
    found_chance,
    give_up,
    patrol_hazard,
    port_hazard,
    ratio,
    referred_share,
    share_minutes,
    shift_to_booths,
)
from sim.kernels_queue import lane_waits
from sim.ledger import conversion
from sim.levers import lever
from sim.state.governments import US
from sim.state.loads import IN_US, TO_BORDER
from sim.state.run import Run, process
from sim.world.drugs import LANE_KINDS
from sim.world.hours import arrival_hours

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TRUCK, TRUSTED, CAR, FOOT, BETWEEN, SEA = range(6)
PORT_PARENTS = ("truck", "truck", "car", "foot")
SECONDS, MINUTES, HOURS_PER_WEEK = 3600.0, 60.0, 168.0

SEIZED_PURE = conversion("seized_pure", "pure", "drugs seized by either country")
SEIZED_DILUENT = conversion("seized_diluent", "diluent", "the cut in them")
BUYERS = conversion("us_wholesale_buyers", "usd", "independent wholesalers in the United States")


def _declare() -> None:
    """Levers of the border: what may be changed at sites, and how effort is placed."""
    by_site = {"axes": ("site",), "reader": "cross"}
    lever(
        "port_officers",
        unit="officers",
        low=0.0,
        high=1e5,
        base=lambda run: np.where(run.world.sites.kind == 0, run.world.sites.officers, 0.0),
        doc="officers at ports of entry",
        **by_site,
    )
    lever(
        "sector_agents",
        unit="officers",
        low=0.0,
        high=1e5,
        base=lambda run: np.where(run.world.sites.kind > 0, run.world.sites.officers, 0.0),
        doc="agents between ports and on the sea approaches",
        **by_site,
    )
    lever(
        "port_booths",
        unit="ratio",
        low=0.0,
        high=5.0,
        base=lambda run: 1.0,
        doc="booths that can be opened, over the data",
        **by_site,
    )
    lever(
        "port_scan_share",
        unit="fraction",
        low=0.0,
        high=1.0,
        base=lambda run: run.p["scan_share_truck"],
        doc="share of northbound trucks sent to a scanner",
        **by_site,
    )
    lever(
        "port_scan_share_cars",
        unit="fraction",
        low=0.0,
        high=1.0,
        base=lambda run: run.p["scan_share_car"],
        doc="share of northbound cars sent to a scanner",
        **by_site,
    )
    for name, doc in (
        ("trusted_share", "share of trucks in trusted lanes"),
        ("trusted_inspection", "checks in trusted lanes over those in ordinary ones, for a clean record"),
        ("patrol_random", "share of inspection and patrol effort placed without regard to belief"),
    ):
        lever(name, unit="fraction", low=0.0, high=1.0, base=_parameter(name), doc=doc, reader="cross")


def _parameter(name: str):  # type: ignore[no-untyped-def]
    return lambda run: run.p[name]


_declare()


@process(
    reads=("loads", "sites", "lanes", "groups", "units", "seen", "levers"),
    writes=("loads", "sites", "lanes", "groups", "tally"),
    accounts=("loads.pure", "loads.diluent"),
)
def cross(run: Run) -> None:
    """Lanes queue and inspect, patrols watch between ports and at sea; loads that arrive pass or are seized.

    P(hit | load) = 1 - (1 - (1 - bought) (1 - (1 - hazard)^detectability)) (1 - tip), with `hazard` of the lane from
    officer-minutes, traffic, targeting, scanners and belief, and one draw per load. Loads still on the way come a
    week nearer. Source: mechanisms of crossing and inspection; assumptions B1 to B7 (docs/odd.md).
    """
    _run_lanes(run)
    run.groups.sent.fill(0.0)
    run.groups.lost.fill(0.0)
    loads = run.loads
    if loads.n == 0:
        return
    coming = loads.stage == TO_BORDER
    loads.weeks[coming] -= 1
    here = np.flatnonzero(coming & (loads.weeks <= 0))
    if here.size == 0:
        return
    hit = run.draws.uniform("cross/inspect", loads.id[here]) < load_chances(run, here)
    _count(run, here, hit)
    passed, seized = here[~hit], here[hit]
    loads.stage[passed] = IN_US
    site = run.world.lanes.site[loads.lane[passed]]
    loads.weeks[passed] = 1 + run.world.paths.weeks_us[site, loads.area[passed]]
    n_drugs = run.tally.shipped.shape[2]
    for account, conv in (("pure", SEIZED_PURE), ("diluent", SEIZED_DILUENT)):
        lost = np.bincount(loads.drug[seized], getattr(loads, account)[seized], minlength=n_drugs)
        run.ledger.post(account, f"loads.{account}", conv, lost, "seizure_border")
    keep = np.ones(loads.n, dtype=bool)
    keep[seized] = False
    loads.take(keep)


def load_chances(run: Run, rows: Ints) -> Floats:
    """P(hit) of loads that stand at their lanes this week, (k,)."""
    loads, names = run.loads, run.world.drugs.names
    lane, owner, drug = loads.lane[rows], loads.group[rows], loads.drug[rows]
    at_port = run.world.lanes.kind[lane] <= FOOT
    detectability = np.where(
        at_port, run.p.by("detectability", names)[drug], run.p.by("detectability_between", names)[drug]
    )
    bought = run.groups.post_protection[owner, run.world.lanes.site[lane]]
    northern = np.flatnonzero(run.world.units0.country == US)
    officers = run.units.officers[northern]
    known = officers @ run.units.intelligence[northern] / max(officers.sum(), 1e-12)
    tip = np.clip(run.p["tip_at_full_intelligence"] * known, 0.0, 1.0)[owner]
    return found_chance(run.lanes.hazard[lane], detectability, np.clip(bought, 0.0, 1.0), tip)


def _count(run: Run, rows: Ints, hit: NDArray[np.bool_]) -> None:
    """Tally what reached the lanes and what was found there, for outcomes and for the owners."""
    loads, tally = run.loads, run.tally
    lane, drug, owner, pure = loads.lane[rows], loads.drug[rows], loads.group[rows], loads.pure[rows]
    n_lanes, n_drugs = tally.shipped.shape[1:]
    cell = lane.astype(np.int64) * n_drugs + drug
    for column, weight in (
        ("shipped", pure),
        ("seized", pure * hit),
        ("seized_bulk", (pure + loads.diluent[rows]) * hit),
        ("loads", None),
        ("hits", hit.astype(float)),
    ):
        total = np.bincount(cell, weight, minlength=n_lanes * n_drugs).reshape(n_lanes, n_drugs)
        getattr(tally, column)[0] += total
    np.add.at(run.groups.sent, (owner, drug, lane), pure)
    np.add.at(run.groups.lost, (owner[hit], drug[hit], lane[hit]), pure[hit])


def _run_lanes(run: Run) -> None:
    """Traffic, booths, waits and the hazard of every lane this week, and what waiting cost."""
    lanes, fixed = run.lanes, run.world.lanes
    _remember_waits(run)
    usual_traffic = _legal_traffic(run)
    port = fixed.kind <= FOOT
    lanes.traffic[:] = usual_traffic
    held = give_up(
        lanes.felt[port], lanes.usual[port], run.p["crossing_hours_otherwise"], run.p["give_up_elasticity"]
    )
    lanes.traffic[port] *= held
    scanned = _scanned(run)
    checks = _place_officers(run, scanned)
    lanes.wait[:] = _waits(run, lanes.traffic, lanes.booths, scanned)
    _hazards(run, scanned, checks)
    hourly = np.array([0.0, 0.0, run.p["people_per_car"], 1.0, 0.0, 0.0]) * run.p["wait_cost_person"]
    hourly[[TRUCK, TRUSTED]] = run.p["wait_cost_truck"]
    run.tally.wait_cost[0] += lanes.wait * lanes.traffic * hourly[fixed.kind]


def _remember_waits(run: Run) -> None:
    """Drivers and ports remember published waits; the first week sets what is usual."""
    lanes, fixed = run.lanes, run.world.lanes
    if lanes.usual[0] < 0.0:
        lanes.usual[:] = _waits(run, fixed.traffic_per_week, fixed.booths, np.zeros(fixed.n))
        lanes.felt[:] = lanes.usual
    else:
        lanes.felt += (run.seen.waits[0] - lanes.felt) / max(1.0, run.p["give_up_weeks"])


def _legal_traffic(run: Run) -> Floats:
    """Crossings a week before anyone gives up, (L,): the data, moved by parameters and by the share of trusted trucks."""
    p = run.p
    trusted = run.levers.scalar("trusted_share")
    usual = p["trusted_share"]
    trucks, between = p["legal_traffic_trucks"], p["encounters_between"]
    factor = np.array([trucks, trucks, p["legal_traffic_cars"], p["legal_traffic_foot"], between, between])
    if trusted != usual:
        factor[TRUCK] *= (1.0 - trusted) / max(1.0 - usual, 1e-9)
        factor[TRUSTED] *= trusted / max(usual, 1e-9)
    return np.asarray(run.world.lanes.traffic_per_week * factor[run.world.lanes.kind])


def _scanned(run: Run) -> Floats:
    """Share of each lane's crossings that a working scanner sees, (L,)."""
    kind, site = run.world.lanes.kind, run.world.lanes.site
    trucks = run.levers["port_scan_share"][site] * (kind <= TRUSTED)
    cars = run.levers["port_scan_share_cars"][site] * (kind == CAR)
    run.lanes.scanned[:] = (trucks + cars) * (1.0 - run.p["scan_downtime"])
    return run.lanes.scanned


def _staffing(run: Run) -> Floats:
    """Open booths over the day by kind of lane, largest is 1, (6, 24): part constant, part following arrivals."""
    shape = arrival_hours()
    follow = np.ones((len(LANE_KINDS), 1))
    follow[: FOOT + 1, 0] = run.p.by("staffing_follow", LANE_KINDS[: FOOT + 1])
    staffing = 1.0 - follow + follow * shape * shape.shape[1]
    return np.asarray(staffing / staffing.max(axis=1, keepdims=True))


def _waits(run: Run, traffic: Floats, booths: Floats, scanned: Floats) -> Floats:
    """Mean wait by lane, hours, (L,). A scan holds a lane up only where it takes longer than primary inspection."""
    fixed, p = run.world.lanes, run.p
    scan = np.array([p["scan_seconds_truck"], p["scan_seconds_truck"], p["scan_seconds_car"], 0.0, 0.0, 0.0])
    service = np.maximum(fixed.service_seconds, scanned * scan[fixed.kind]) / SECONDS
    cap, steady = p["queue_cap_hours"], p["steady_queue_load"]
    return np.asarray(
        lane_waits(traffic, booths, service, arrival_hours(), _staffing(run), fixed.kind, cap, steady)
    )


def _of_ports(run: Run, base: str, parents: tuple[str, ...] = PORT_PARENTS) -> Floats:
    """A parameter by kind of port lane, spread over lanes, (L,); 0 for kinds that have none."""
    values = np.zeros(len(LANE_KINDS))
    values[: len(parents)] = run.p.by(base, parents)
    return np.asarray(values[run.world.lanes.kind])


def _at_sites(run: Run, per_lane: Floats) -> Floats:
    """Sum over the lanes of each site, (S,)."""
    return np.bincount(run.world.lanes.site, per_lane, minlength=run.world.sites.n)


def _place_officers(run: Run, scanned: Floats) -> Floats:
    """Ports put officers in booths and in secondary by the waits they saw and by belief; minutes of checks by lane, (L,).

    The data's booths and checks give the officers of the data; both scale with officers. Above the wait that is
    tolerated officers go to spare booths, below the usual wait to checks; within a port booths go to the longer
    wait and checks to where finds are expected. False alarms of scanners take minutes from other checks.
    """
    p, world, lanes = run.p, run.world, run.lanes
    fixed = world.lanes
    minutes = _of_ports(run, "check_minutes")
    alarms = p["scan_false_alarms"] * minutes
    per_crossing = (
        _of_ports(run, "referral_share")
        * np.where(fixed.kind == TRUSTED, p["trusted_inspection"], 1.0)
        * minutes
    )
    usual_scan = _of_ports(run, "scan_share", PORT_PARENTS[:3]) * (1.0 - p["scan_downtime"])
    check_minutes = p["check_hours_per_officer"] * MINUTES
    hours_open = _staffing(run).mean(axis=1)[fixed.kind] * HOURS_PER_WEEK
    primary = _at_sites(run, fixed.booths * hours_open) / p["booth_hours_per_officer"]
    secondary = _at_sites(run, fixed.traffic_per_week * (per_crossing + usual_scan * alarms)) / check_minutes
    run.sites.officers[:] = run.levers["port_officers"] + run.levers["sector_agents"]
    scale = ratio(run.sites.officers, world.sites.officers)
    shift = p["officers_shift"] * _wish_for_booths(run)
    in_booths = np.minimum(primary * (1.0 + shift), primary + secondary) * scale
    run.sites.booth_share[:] = np.where(primary > 0.0, ratio(in_booths, primary), 1.0)
    _open_booths(run)
    pool = ((primary + secondary) * scale - in_booths) * check_minutes
    pool = np.maximum(0.0, pool - _at_sites(run, lanes.traffic * scanned * alarms))
    wished = fixed.traffic_per_week * per_crossing * _trusted_factor(run) * _attention(run)
    return share_minutes(pool, wished, fixed.site)


def _wish_for_booths(run: Run) -> Floats:
    """What each port wants from the waits it remembers and the finds it expects, -1 to 1, (S,)."""
    lanes = run.lanes
    weight = lanes.traffic * (run.world.lanes.kind <= FOOT)
    total = _at_sites(run, weight)
    felt, usual, belief = (
        ratio(_at_sites(run, c * weight), total) for c in (lanes.felt, lanes.usual, lanes.belief)
    )
    return shift_to_booths(felt, usual, belief, run.p["wait_tolerated_hours"], run.p["belief_hold"])


def _open_booths(run: Run) -> None:
    """Booths of the week: those of the data, scaled with officers in booths, moved towards the longer wait."""
    lanes, fixed = run.lanes, run.world.lanes
    longer = np.clip(ratio(lanes.felt, lanes.usual) - 1.0, -1.0, 1.0) * (lanes.usual > 0.0)
    wished = fixed.booths * (1.0 + run.p["lane_shift"] * longer)
    total = _at_sites(run, fixed.booths) * run.sites.booth_share * run.levers["port_booths"]
    lanes.booths[:] = share_minutes(total, wished, fixed.site)


def _attention(run: Run) -> Floats:
    """Weight of each lane in the placing of effort: belief against the mean of its kind, by traffic, (L,)."""
    fixed, n = run.world.lanes, len(LANE_KINDS)
    belief = run.lanes.belief
    weight = fixed.traffic_per_week
    centre = ratio(
        np.bincount(fixed.kind, belief * weight, minlength=n), np.bincount(fixed.kind, weight, minlength=n)
    )
    random = run.levers.scalar("patrol_random")
    return attention(belief, centre[fixed.kind], (1.0 - random) * run.p["belief_weight"])


def _trusted_factor(run: Run) -> Floats:
    """Checks of trusted lanes over those with the usual rule: fewer for a clean record, as elsewhere without one, (L,)."""
    clean, record = run.levers.scalar("trusted_inspection"), run.lanes.record
    usual = max(run.p["trusted_inspection"], 1e-9)
    return np.where(run.world.lanes.kind == TRUSTED, (record * clean + 1.0 - record) / usual, 1.0)


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
    sea = fixed.kind == SEA
    busy = lanes.traffic * p["encounter_hours"] / p["patrol_hours_per_agent"]
    between = patrol_hazard(
        run.sites.officers[fixed.site],
        busy,
        sites.border_km[fixed.site],
        np.where(sea, p["patrol_density_sea"], p["patrol_density_between"]),
        np.where(sea, p["patrol_hazard_sea"], p["patrol_hazard_between"]) * _attention(run),
        p["patrol_density_exponent"],
    )
    lanes.hazard[:] = np.where(fixed.kind <= FOOT, at_port, between)


@process(
    reads=("loads", "crews", "groups", "areas"),
    writes=("loads", "areas", "crews", "groups", "tally"),
    accounts=("loads.pure", "loads.diluent", "areas.pure", "areas.diluent", "crews.cash"),
)
def deliver(run: Run) -> None:
    """Loads that have landed reach their market area and are sold to independent wholesalers.

    A group with people at the area's hub sells there at `price_hub`, the others at `price_border`; the cash goes to
    the crew at the hub or to the one that sent the load (the group's largest if that is gone). Nobody is paid for a
    load of a group that is no more. Source: price ladder of the accounts (definition C), assumption B9.
    """
    run.groups.landed.fill(0.0)
    loads = run.loads
    inland = loads.stage == IN_US
    loads.weeks[inland] -= 1
    landed = inland & (loads.weeks <= 0)
    rows = np.flatnonzero(landed)
    if rows.size == 0:
        return
    area, drug, owner = loads.area[rows], loads.drug[rows], loads.group[rows]
    pure, diluent = loads.pure[rows], loads.diluent[rows]
    np.add.at(run.areas.pure, (area, drug), pure)
    np.add.at(run.areas.diluent, (area, drug), diluent)
    np.add.at(run.tally.delivered[0], (area, drug), pure)
    n_drugs = run.areas.pure.shape[1]
    run.ledger.post(
        "pure", "loads.pure", "areas.pure", np.bincount(drug, pure, minlength=n_drugs), "delivery"
    )
    run.ledger.post(
        "diluent", "loads.diluent", "areas.diluent", np.bincount(drug, diluent, minlength=n_drugs), "delivery"
    )
    crew, at_hub = _sellers(run, owner, area, loads.origin[rows])
    price = np.where(at_hub, run.areas.price_hub[area, drug], run.areas.price_border[area, drug])
    sold = crew >= 0
    usd = (price * pure)[sold]
    np.add.at(run.crews.cash, crew[sold], usd)
    run.ledger.post("usd", BUYERS, "crews.cash", usd.sum(), "wholesale")
    np.add.at(run.tally.income[0], (owner[sold], drug[sold]), usd)
    np.add.at(run.groups.landed, (owner[sold], drug[sold]), pure[sold])
    loads.take(~landed)


def _sellers(run: Run, owner: Ints, area: Ints, origin: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The crew that is paid for each load (row, -1 for nobody) and whether it sits at the hub, each (k,)."""
    crews, groups = run.crews, run.groups
    people = crews.members.sum(axis=1)
    hub = crews.at[owner, run.world.areas.hub_plaza[area]]
    at_hub = (hub >= 0) & (people[hub] > 0)
    home = crews.at[owner, origin]
    largest = np.full(len(groups.alive), -1)
    order = np.argsort(people, kind="stable")
    largest[crews.group[order]] = order
    crew = np.where(at_hub, hub, np.where(home >= 0, home, largest[owner]))
    alive = groups.alive[owner]
    return np.where(alive, crew, -1), at_hub & alive
