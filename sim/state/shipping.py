"""Choose loads for a week: whose, from where, by which lane, for which area and how large. It moves no money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels_loads import write_down
from sim.kernels_routing import make_loads, passages, tolls
from sim.kernels_supply import hold_back, hubs_of_groups
from sim.state.carriers import put_on_carriers
from sim.state.run import Run

Floats = NDArray[np.float64]
MOST = 4000
"""Rows the buffers hold; a week has about 1,300."""
MODES = np.array([0, 0, 1, 2, 3, 4])
"""By kind of lane: which kinds are one technology. Trucks, trusted or not, are one; every other kind is its own."""


@dataclass(frozen=True)
class Shipment:
    """New loads: whole (n, 6) group, drug, lane, area, plaza, id; real (n, 4) pure, diluent, transport and toll USD."""

    whole: NDArray[np.int64]
    real: Floats


def nearness(run: Run) -> tuple[Floats, Floats]:
    """Weights of distance: plaza to site (P, S) and site to area (S, A), exp(-km-equivalents / scale)."""
    paths, p = run.world.paths, run.p
    return np.exp(-paths.cost_mx / p["route_scale_mx_km"]), np.exp(-paths.cost_us / p["route_scale_us_km"])


def tolls_due(run: Run) -> Floats:
    """Share of the toll a group owes at each site, (G, S): none to itself or to nobody, less to an ally."""
    holder = run.plazas.holder[run.world.sites.plaza]
    return np.asarray(tolls(holder, run.groups.alive, run.groups.alliance))


def hubs_held(run: Run) -> NDArray[np.bool_]:
    """Where groups have people at a US hub, (G, A)."""
    crews, world = run.crews, run.world
    return np.asarray(
        hubs_of_groups(
            crews.group, crews.plaza, world.plazas.n_mexico, world.areas.hub_plaza, len(run.groups.alive)
        )
    )


def area_pull(run: Run) -> Floats:
    """What draws loads to an area, (D, A): need there, more where the price says that it is short; sums to 1 by drug.

    The price over the mean to the power of the elasticity is the shortage it stands for: loads follow shortage and not
    the price itself, which would overshoot where demand is inelastic. Source: assumption A-S4.
    """
    areas = run.areas
    use = areas.need.sum(axis=2)
    mean = (areas.price * use).sum(axis=0) / np.maximum(use.sum(axis=0), 1e-12)
    power = -run.p["area_price_pull"] * run.p.by("elasticity_price", run.world.drugs.names)
    pull = use * (areas.price / np.maximum(mean, 1e-12)) ** power
    return np.ascontiguousarray((pull / np.maximum(pull.sum(axis=0), 1e-12)).T)


def mean_load(run: Run) -> Floats:
    """Mean kilograms per load by drug at the reference shares of lanes, (D,)."""
    drugs = run.world.drugs
    return run.keep("mean_load", 0, lambda: 1.0 / (drugs.lane_share / drugs.lane_load_kg).sum(axis=1))


def expected_attraction(run: Run) -> Floats:
    """Attraction of a lane whose losses are as commonly known, (D, L)."""
    kept, kind = 1.0 - run.world.drugs.lane_detection, run.world.lanes.kind
    return run.keep("expected_attraction", 0, lambda: np.ascontiguousarray(kept[:, kind]))


def draw_loads(run: Run, credit: Floats, budget: Floats, transport: Floats, toll: Floats) -> Shipment:
    """Draw this week's loads; takes them from `crews.pure`, `crews.diluent` and from `credit` (G, D) kg.

    budget (G,) USD for transport and tolls; transport, toll (D,) USD/pure kg. Above `loads_week_cap` expected loads,
    sizes grow. Stock behind a broken link of supply cannot go.
    """
    world, groups, crews, p = run.world, run.groups, run.crews, run.p
    usual = mean_load(run)
    expected = float((np.maximum(credit, 0.0).sum(axis=0) / usual).sum())
    scale = max(1.0, expected / p["loads_week_cap"])
    due = tolls_due(run)
    passage = passages(due, p["route_sensitivity"] * p["toll_share"])
    whole, real = run.keep(
        "space for loads", 0, lambda: (np.empty((MOST, 6), dtype=np.int64), np.empty((MOST, 4)))
    )
    k0, k1 = run.draws.key("supply/loads")
    behind = hold_back(crews.reach, crews.pure, crews.diluent)
    n = make_loads(
        run.alive, groups.id, crews.ptr, crews.plaza, world.plazas.n_mexico, crews.pure, crews.diluent, credit,
        run.extra["route_base"], groups.attraction, expected_attraction(run), p["route_sensitivity"],
        p["mode_similarity"], world.lanes.site, world.lanes.kind, MODES[world.lanes.kind],
        passage, due, run.extra["route_near_mx"], run.extra["route_near_us"], area_pull(run), hubs_held(run),
        run.extra["hub_preference"], world.drugs.lane_load_kg * scale, p["load_sigma"], p["load_wait_share"] * usual,
        transport, toll, budget, k0, k1, run.draws.week_word, whole, real,
    )  # fmt: skip
    crews.pure += behind[0]
    crews.diluent += behind[1]
    return Shipment(whole[:n], real[:n])


def put_on_the_way(run: Run, shipment: Shipment, stage: int) -> slice:
    """Append the loads as rows of `Loads` in a stage, with the weeks it takes; returns their slice."""
    whole = shipment.whole
    whole[:, 2], carrier = put_on_carriers(run, whole[:, 0], whole[:, 2], whole[:, 5])
    paths, loads = run.world.paths, run.loads
    rows = loads.room(len(whole))
    write_down(
        rows.start, whole, shipment.real, carrier, stage, run.world.lanes.site, paths.weeks_mx, paths.weeks_us,
        loads.group, loads.drug, loads.lane, loads.area, loads.origin, loads.id, loads.pure, loads.diluent,
        loads.carrier, loads.stage, loads.weeks,
    )  # fmt: skip
    return rows
