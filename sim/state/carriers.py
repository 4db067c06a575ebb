"""Trusted carriers: who is enrolled, how far each is trusted, and which group has bought which driver.

A carrier's standing rises with clean checks and is lost with a find, so that checks are skipped where they found
nothing. Groups buy a driver when what a lower share of checks would save them beats the price. Loads themselves,
queues and the placing of officers are elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_carriers import best_sites, go_by_drivers, let_go, mean_checks, rise
from sim.kernels_inspection import checks_by_standing, mean_by
from sim.ledger import conversion
from sim.state.run import Run

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TRUCK, TRUSTED = 0, 1
PER_LANE = 100_000
"""Identities of carriers are lane x PER_LANE + ordinal."""

DRIVERS = conversion("bought_drivers", "usd", "paid to drivers of trusted carriers")


def enrol(run: Run) -> None:
    """Carriers follow the size of the programme: lanes gain newcomers without standing or lose their last ones.

    The first call opens the programme with carriers of full standing.
    """
    key = (run.p.version, run.levers.scalar("trusted_share"))
    wanted = run.keep("carriers_wanted", key, lambda: _wanted(run))
    carriers = run.carriers
    if carriers.n == wanted.size and np.array_equal(carriers.id, wanted):
        return
    first = carriers.n == 0
    carriers.take(np.isin(carriers.id, wanted))
    new = wanted[~np.isin(wanted, carriers.id)]
    rows = carriers.append(new.size)
    carriers.id[rows] = new
    carriers.lane[rows] = new // PER_LANE
    carriers.level[rows] = int(run.p["carrier_levels"]) if first else 0
    price, spread = run.p["carrier_price"], run.p["carrier_price_spread"]
    carriers.price[rows] = run.draws.lognormal("carriers/price", new, mean=np.log(price), sigma=spread)
    carriers.take(np.argsort(carriers.id, kind="stable"))


def _wanted(run: Run) -> Ints:
    """Identities of all carriers that a programme of this size has."""
    lane = np.flatnonzero(run.world.lanes.kind == TRUSTED)
    crossings = run.world.lanes.traffic_per_week[lane] * run.p["legal_traffic_trucks"]
    crossings = crossings * run.levers.scalar("trusted_share") / max(run.p["trusted_share"], 1e-9)
    wished = np.maximum(1, np.rint(crossings / run.p["carrier_trips_week"])).astype(np.int64)
    return np.asarray(np.repeat(lane, wished) * PER_LANE + np.arange(wished.sum()) - _starts(wished))


def _starts(counts: Ints) -> Ints:
    """For every element of a run of `counts`, where its run starts."""
    return np.repeat(np.cumsum(counts) - counts, counts)


def relative_checks(run: Run) -> Floats:
    """Checks of each carrier over those of an ordinary truck: clean^(level / top), (C,); 1 without records."""
    if run.p.switch("carrier_records") == "none":
        return np.ones(run.carriers.n)
    clean, top = run.levers.scalar("trusted_inspection"), max(1.0, run.p["carrier_levels"])
    return np.asarray(checks_by_standing(run.carriers.level, clean, top))


def lane_checks(run: Run) -> Floats:
    """Mean of `relative_checks` by lane, (L,); 1 where there are no trusted carriers."""
    return np.asarray(mean_by(run.carriers.lane, relative_checks(run), run.world.lanes.n, 1.0))


def put_on_carriers(run: Run, group: Ints, lane: Ints, ids: Ints) -> tuple[Ints, Ints]:
    """The lane and the carrier (identity, -1 for none) of trucked loads that were meant for `lane`, each (k,).

    Whoever has bought a driver at a port sends by him the part of what goes by truck there that he can take, and by
    several alike; the rest goes by the ordinary lane. Source: mechanisms of crossing (trusted lanes); assumption B11.
    """
    kinds, carriers = run.world.lanes.kind, run.carriers
    lane, chosen = lane.copy(), np.full(lane.size, -1, dtype=np.int64)
    rows = np.flatnonzero(kinds[lane] <= TRUSTED)
    if not rows.size:
        return lane, chosen
    use = run.draws.uniform("dispatch/driver", ids[rows]) < run.p["driver_takes"]
    ordinary, enrolled = freight_lane(run, TRUCK), freight_lane(run, TRUSTED)
    go_by_drivers(
        rows, use, ids, run.groups.id[group[rows]], ordinary, enrolled, carriers.lane, carriers.patron, carriers.id,
        lane, chosen,
    )  # fmt: skip
    return lane, chosen


def freight_lane(run: Run, kind: int) -> Ints:
    """For every lane the lane of this kind at its site, -1 where there is none, (L,)."""
    return run.keep(f"freight_lane/{kind}", 0, lambda: _lane_of_kind(run, kind))


def _lane_of_kind(run: Run, kind: int) -> Ints:
    fixed = run.world.lanes
    at_site = np.full(run.world.sites.n, -1)
    found = np.flatnonzero(fixed.kind == kind)
    at_site[fixed.site[found]] = found
    return np.asarray(at_site[fixed.site], dtype=np.int64)


def rows_of(run: Run, identity: Ints) -> Ints:
    """Rows of carriers by identity, -1 for none or for one no longer enrolled, (k,)."""
    ids = run.carriers.id
    if not ids.size:
        return np.full(identity.size, -1)
    at = np.minimum(np.searchsorted(ids, identity), ids.size - 1)
    return np.where(ids[at] == identity, at, -1)


def find_out(run: Run, identity: Ints) -> None:
    """Carriers on which a load was found lose their standing, and their patron the driver."""
    identity = identity[identity >= 0]
    if not identity.size:
        return
    rows = rows_of(run, identity)
    rows = rows[rows >= 0]
    run.carriers.level[rows] = 0
    run.carriers.clean[rows] = 0.0
    run.carriers.patron[rows] = 0


def judge(run: Run) -> None:
    """Multi-level skip-lot: after `carrier_clean_checks` clean checks a carrier rises a level.

    Checks of the week are Poisson with mean trips x P(referred) of the lane x the carrier's share of the mean. Drivers
    are lost to their patrons at a constant rate. Source: doi:10.1080/05695556908974441 (sampling at several levels,
    all standing lost with a find); sizes are assumption B4.
    """
    carriers, p = run.carriers, run.p
    share, lanes = relative_checks(run), run.world.lanes.n
    checks = mean_checks(
        carriers.lane, share, mean_by(carriers.lane, share, lanes, 1.0), run.lanes.referred, p["carrier_trips_week"]
    )  # fmt: skip
    found = run.draws.poisson("learn/checks", checks, carriers.id)
    gone = run.draws.bernoulli("learn/driver", min(1.0, p["carrier_turnover"]), carriers.id)
    top = int(p["carrier_levels"])
    rise(carriers.level, carriers.clean, found, p["carrier_clean_checks"], top)
    let_go(carriers.patron, gone, run.groups.id[run.alive])
    level = carriers.level / max(1.0, float(top))
    run.lanes.record[:] = mean_by(carriers.lane, level, lanes, 1.0)


def buy_drivers(run: Run, saving: Floats) -> None:
    """Groups weigh the price of a driver against what fewer checks would save; changes `patron`.

    saving (k, S) USD that each living group would have kept this week had its trucks been checked as trusted carriers
    are. Each week a group sounds out one carrier of the port where its running saving is largest and it has no driver,
    and pays when saving x what a driver can take x horizon beats what he asks. Two that want one: the larger saving
    has him. Source: mechanisms of crossing (price of infiltration against the lower share); assumption B11.
    """
    groups, carriers, p = run.groups, run.carriers, run.p
    alive = run.alive
    lane = run.keep("trusted_at_site", 0, lambda: _trusted_at_site(run))
    names = groups.id[alive]
    site, best = best_sites(
        alive, names, saving, groups.truck_saving, max(1.0, p["saving_weeks"]), carriers.patron, carriers.lane,
        run.world.lanes.site,
    )  # fmt: skip
    if not carriers.n:
        return
    first, last = (np.searchsorted(carriers.lane, lane[site], side=s) for s in ("left", "right"))
    u = run.draws.uniform("learn/contact", names)
    row = np.minimum(first + (u * (last - first)).astype(np.int64), carriers.n - 1)
    worth, price = best * p["driver_takes"] * p["carrier_horizon"], carriers.price[row]
    deal = (last > first) & (carriers.patron[row] == 0) & (worth > price)
    deal &= groups.treasury[alive] * p["carrier_purse"] > price
    buyer = np.flatnonzero(deal)
    buyer = buyer[np.lexsort((names[buyer], -best[buyer]))]
    row, kept = np.unique(row[buyer], return_index=True)
    buyer = alive[buyer[kept]]
    carriers.patron[row] = groups.id[buyer]
    run.ledger.move("usd", "groups.treasury", DRIVERS, carriers.price[row], "drivers", source_rows=buyer)


def _trusted_at_site(run: Run) -> Ints:
    """The trusted lane of each site, -1 for none, (S,)."""
    fixed = run.world.lanes
    at = np.full(run.world.sites.n, -1)
    trusted = np.flatnonzero(fixed.kind == TRUSTED)
    at[fixed.site[trusted]] = trusted
    return at
