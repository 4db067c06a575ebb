"""Put the tables together into one frozen `World`, built once per process."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache

import numpy as np

from sim.world.agencies import Agencies, Units0, load_agencies, load_units
from sim.world.areas import Areas, load_areas
from sim.world.drugs import Drugs, load_drugs
from sim.world.grid import Cells, States, load_cells, load_states
from sim.world.groups import Groups0, load_groups
from sim.world.plazas import Plazas, load_plazas
from sim.world.ports import Lanes, Sites, load_lanes, load_sites
from sim.world.routes import Paths, RouteNet, build_net
from sim.world.tables import Floats, read


@dataclass(frozen=True)
class World:
    """Everything about places and starting facts that does not change in a run. Arrays are read-only."""

    cells: Cells
    """983 land cells of 100 km."""
    states: States
    """80 states with cells."""
    plazas: Plazas
    """Mexican plazas, then 48 US hubs."""
    sites: Sites
    """38 border sites."""
    lanes: Lanes
    """Lanes of the sites."""
    corridors: tuple[str, ...]
    """Names of the corridors: four on land, then the sea."""
    areas: Areas
    """48 US market areas."""
    drugs: Drugs
    """Commodities with classes and reference accounts."""
    groups0: Groups0
    """Groups at the start."""
    agencies: Agencies
    """Agencies."""
    units0: Units0
    """Enforcement units at the start."""
    routes: RouteNet
    """The graph; `routes.costs(layer)` gives the paths of another cost layer."""
    paths: Paths
    """Paths when every cell costs its km."""


@lru_cache(maxsize=1)
def world() -> World:
    """Read the tables and build the world; the same object on every call."""
    states = load_states()
    cells = load_cells(states)
    areas = load_areas(cells, states)
    drugs = load_drugs()
    corridors = read("corridors").text("corridor")
    sites = load_sites(cells, states, corridors)
    plazas, site_plaza = load_plazas(cells, states, areas, sites, drugs)
    sites = replace(sites, plaza=site_plaza)
    areas = replace(areas, hub_plaza=np.flatnonzero(plazas.hub_area >= 0))
    agencies = load_agencies()
    routes = build_net(cells, plazas, sites, areas)
    paths = routes.costs(np.ones(cells.n))
    built = World(
        cells=cells,
        states=states,
        plazas=plazas,
        sites=sites,
        lanes=load_lanes(sites),
        corridors=corridors,
        areas=areas,
        drugs=drugs,
        groups0=load_groups(states, areas, sites, plazas, drugs, paths),
        agencies=agencies,
        units0=load_units(agencies, cells, states, sites, corridors),
        routes=routes,
        paths=paths,
    )
    _freeze(built)
    return built


def route_costs(cost_layer: Floats) -> Paths:
    """Find the cheapest paths of the world for a multiplier per cell, (983,) float64 > 0; inf blocks a cell."""
    return world().routes.costs(cost_layer)


def _freeze(part: object) -> None:
    """Make every array below a dataclass read-only."""
    if isinstance(part, np.ndarray):
        part.flags.writeable = False
    elif is_dataclass(part):
        for field in fields(part):
            _freeze(getattr(part, field.name))
