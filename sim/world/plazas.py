"""Plazas: contested territory below the cell, and the US hubs. It places production, entry and seaports.

A Mexican cell has one plaza per `PEOPLE_PER_PLAZA`, at least one; its people are split gently unequally (assumed).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.areas import Areas
from sim.world.drugs import Drugs
from sim.world.grid import Cells, States
from sim.world.ports import Sites
from sim.world.tables import Flags, Floats, Ints, csr, great_circle_km, read

PEOPLE_PER_PLAZA = 225_000.0
"""People per plaza, chosen so that about 600 result. Assumed."""
SPLIT_EXPONENT = 0.35
"""People of the k-th plaza of a cell are proportional to (k + 1)**-0.35. Assumed."""
GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))
SPREAD_KM = 38.0
"""Radius within which a cell's plazas are drawn, km. For maps only."""
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Plazas:
    """Mexican plazas in order of state, cell, size; then one US hub per area, in the order of `Areas` (P rows)."""

    cell: Ints
    """(P,) int64, row of `Cells`."""
    state: Ints
    """(P,) int64, row of `States`."""
    population: Floats
    """(P,) float64, people; a hub has its area's."""
    lat: Floats
    """(P,) float64, degrees, for maps."""
    lon: Floats
    """(P,) float64, degrees, for maps."""
    hub_area: Ints
    """(P,) int64, row of `Areas` for a hub, -1 in Mexico."""
    site: Ints
    """(P,) int64, the border site it holds (the busiest, if several), -1 for none."""
    seaport: Flags
    """(P,) bool, precursors land here."""
    seaport_share: Floats
    """(P,) float64, share of precursor landings; sums to 1."""
    use: Floats
    """(P,) float64, share of the people in Mexico who use drugs; sums to 1."""
    fuel: Floats
    """(P,) float64, share of what thieves of fuel can take from pipelines; sums to 1."""
    production: Floats
    """(P, D) float64, share of what is made in Mexico; columns sum to 1, or to 0 for a drug bought elsewhere."""
    entry: Floats
    """(P,) float64, share of southern purchases that enters here; sums to 1."""
    farm_season: Floats
    """(P, D) float64, week of the year of the main harvest, -1 where nothing is grown. Assumed."""
    neighbour_ptr: Ints
    """(P + 1,) int64, start of each plaza's neighbours in `neighbour_idx`."""
    neighbour_idx: Ints
    """(m,) int64, Mexican plazas of the same and the eight adjacent cells; symmetric, never itself."""
    n_mexico: int
    """Number of Mexican plazas: rows below it are Mexican, the rest are hubs."""

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.cell.size)

    def neighbours(self, plaza: int) -> Ints:
        """Return the neighbours of one plaza, (k,) int64."""
        return self.neighbour_idx[self.neighbour_ptr[plaza] : self.neighbour_ptr[plaza + 1]]

    def supply(self, drugs: Drugs) -> Floats:
        """Return where a drug is made or enters, (P, D); every column sums to 1."""
        return self.production + self.entry[:, None] * drugs.is_bought[None, :]


def load_plazas(
    cells: Cells, states: States, areas: Areas, sites: Sites, drugs: Drugs
) -> tuple[Plazas, Ints]:
    """Build the plazas; return them and the plaza of each site, (S,) int64."""
    cell, rank, people = _split(cells)
    n_mexico = cell.size
    site_plaza = _hold_sites(cell, rank, sites)
    site = _busiest_site(site_plaza, sites, n_mexico + areas.n)
    lat, lon = _scatter(cells, cell, rank)
    held = np.flatnonzero(site[:n_mexico] >= 0)
    lat[held], lon[held] = sites.lat[site[held]], sites.lon[site[held]]
    all_cells = np.concatenate([cell, areas.cell])
    hub_area = np.concatenate([np.full(n_mexico, -1, dtype=np.int64), np.arange(areas.n)])
    state = cells.state[all_cells]
    rural = _rural(cells, cell, rank)
    production, season, entry = _place_supply(states, drugs, state, rural, hub_area)
    seaport_share = _place_seaports(cells, states, cell, hub_area.size)
    pointer, index = _neighbours(cells, cell, hub_area.size)
    plazas = Plazas(
        cell=all_cells,
        state=state,
        population=np.concatenate([people, areas.population]),
        lat=np.concatenate([lat, cells.lat[areas.cell]]),
        lon=np.concatenate([lon, cells.lon[areas.cell]]),
        hub_area=hub_area,
        site=site,
        seaport=seaport_share > 0.0,
        seaport_share=seaport_share,
        use=_place_use(states, state, hub_area, np.concatenate([people, areas.population])),
        fuel=_place_fuel(states, state, hub_area, np.concatenate([people, areas.population])),
        production=production,
        entry=entry,
        farm_season=season,
        neighbour_ptr=pointer,
        neighbour_idx=index,
        n_mexico=n_mexico,
    )
    return plazas, site_plaza


def _split(cells: Cells) -> tuple[Ints, Ints, Floats]:
    """Split Mexican cells into plazas; return cell, rank within the cell and people, each (n_mexico,)."""
    mexican = np.flatnonzero(cells.country == 0)
    mexican = mexican[np.lexsort((mexican, cells.state[mexican]))]
    count = np.maximum(1, np.rint(cells.population[mexican] / PEOPLE_PER_PLAZA)).astype(np.int64)
    cell = np.repeat(mexican, count)
    rank = np.concatenate([np.arange(k) for k in count])
    weight = (rank + 1.0) ** -SPLIT_EXPONENT
    total = np.bincount(cell, weights=weight, minlength=cells.n)
    return cell, rank, cells.population[cell] * weight / total[cell]


def _hold_sites(cell: Ints, rank: Ints, sites: Sites) -> Ints:
    """Give each site a plaza of its Mexican cell: ports by traffic, then sectors, then the sea, largest plaza first."""
    holder = np.empty(sites.n, dtype=np.int64)
    for here in np.unique(sites.mx_cell):
        rows = np.flatnonzero(cell == here)
        rows = rows[np.argsort(rank[rows])]
        members = np.flatnonzero(sites.mx_cell == here)
        members = members[np.lexsort((members, -sites.traffic[members], sites.kind[members]))]
        for place, member in enumerate(members):
            holder[member] = rows[min(place, rows.size - 1)]
    return holder


def _busiest_site(site_plaza: Ints, sites: Sites, n_plazas: int) -> Ints:
    """Return for each plaza the first of its sites by kind and traffic, (n_plazas,) int64, -1 for none."""
    site = np.full(n_plazas, -1, dtype=np.int64)
    for row in np.lexsort((-sites.traffic, sites.kind))[::-1]:
        site[site_plaza[row]] = row
    return site


def _scatter(cells: Cells, cell: Ints, rank: Ints) -> tuple[Floats, Floats]:
    """Spread a cell's plazas on a spiral round its centre; return lat and lon in degrees, (n_mexico,)."""
    count = np.bincount(cell, minlength=cells.n)[cell]
    radius = SPREAD_KM * np.sqrt(rank / np.maximum(count, 1))
    lat = cells.lat[cell] + radius * np.sin(rank * GOLDEN_ANGLE) / KM_PER_DEGREE
    width = KM_PER_DEGREE * np.cos(np.radians(cells.lat[cell]))
    return lat, cells.lon[cell] + radius * np.cos(rank * GOLDEN_ANGLE) / width


def _rural(cells: Cells, cell: Ints, rank: Ints) -> Flags:
    """Mark plazas away from the state's most populous cell, or below the largest plaza where a state has one cell."""
    state = cells.state[cell]
    rural = np.zeros(cell.size, dtype=np.bool_)
    for own in np.unique(state):
        rows = np.flatnonzero(state == own)
        places = np.unique(cell[rows])
        if places.size > 1:
            rural[rows] = cell[rows] != places[np.argmax(cells.population[places])]
        else:
            rural[rows] = (rank[rows] > 0) | (rows.size == 1)
    return rural


def _place_supply(
    states: States, drugs: Drugs, state: Ints, rural: Flags, hub_area: Ints
) -> tuple[Floats, Floats, Floats]:
    """Spread each state's share of production and entry evenly over its rural plazas.

    Returns production (P, D), harvest week (P, D) and entry (P,).
    """
    made, season = np.zeros((state.size, drugs.n)), np.full((state.size, drugs.n), -1.0)
    entry = np.zeros(state.size)
    open_country = np.zeros(state.size, dtype=np.bool_)
    open_country[: rural.size] = rural
    for row in read("production").rows:
        drug = drugs.index[row["drug"]]
        rows = np.flatnonzero((state == states.index[row["state"]]) & open_country & (hub_area < 0))
        share = float(row["share"]) / rows.size
        if drugs.is_bought[drug]:
            entry[rows] += share
            continue
        made[rows, drug] += share
        if row["harvest_week"]:
            season[rows, drug] = float(row["harvest_week"])
    total = made.sum(axis=0)
    return made / np.where(total > 0.0, total, 1.0), season, entry / entry.sum()


def _place_seaports(cells: Cells, states: States, cell: Ints, n_plazas: int) -> Floats:
    """Put each seaport in the largest plaza of its state's nearest cell; return shares of landings, (n_plazas,)."""
    share = np.zeros(n_plazas)
    for row in read("seaports").rows:
        own = np.flatnonzero(cells.state == states.index[row["state"]])
        km = great_circle_km(cells.lat[own], cells.lon[own], float(row["lat"]), float(row["lon"]))
        share[np.flatnonzero(cell == own[np.argmin(km)])[0]] += float(row["share"])
    return np.asarray(share / share.sum(), dtype=np.float64)


def _place_use(states: States, state: Ints, hub_area: Ints, people: Floats) -> Floats:
    """Spread people who use drugs over plazas: people x their state's use over the nation's, mean of the drugs."""
    table = read("local_use")
    mexican = hub_area < 0
    rows = np.array([states.index[code] for code in table.text("state")])
    weight = states.population[rows]
    level = np.zeros(len(states.code))
    for column in ("cannabis_percent", "plant_stimulant_percent", "synthetic_stimulant_percent"):
        percent = table.floats(column)
        level[rows] += percent / (percent @ weight / weight.sum())
    share = people * level[state] * mexican
    return np.asarray(share / share.sum(), dtype=np.float64)


def _place_fuel(states: States, state: Ints, hub_area: Ints, people: Floats) -> Floats:
    """Spread each state's share of illegal taps on pipelines over its plazas by people, (n_plazas,)."""
    share = np.zeros(state.size)
    for row in read("pipelines").rows:
        rows = np.flatnonzero((state == states.index[row["state"]]) & (hub_area < 0))
        share[rows] += float(row["taps_2017"]) * people[rows] / people[rows].sum()
    return np.asarray(share / share.sum(), dtype=np.float64)


def _neighbours(cells: Cells, cell: Ints, n_plazas: int) -> tuple[Ints, Ints]:
    """Return neighbouring Mexican plazas as CSR; hubs have none."""
    near = np.abs(cells.x[cell][:, None] - cells.x[cell][None, :]) <= 1
    near &= np.abs(cells.y[cell][:, None] - cells.y[cell][None, :]) <= 1
    np.fill_diagonal(near, False)
    lists = [np.flatnonzero(row).tolist() for row in near]
    return csr(lists + [[] for _ in range(n_plazas - cell.size)])
