"""The border: 27 land ports, nine sectors between them, two sea approaches, their lanes and corridors.

Traffic, booths and officers are facts of the start; queues, staffing and detection belong to the week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.drugs import LANE_KINDS
from sim.world.grid import Cells, States
from sim.world.tables import Floats, Ints, Table, index_of, positions, read

WEEKS_PER_YEAR = 52.1775
SITE_KINDS = ("port", "sector", "sea")
"""Kinds of site; the position is the code used in `Sites.kind`."""
PORT_TRAFFIC = ("truck", "car", "foot")


@dataclass(frozen=True)
class Sites:
    """Border sites (S = 38): ports in the order of ports.csv, then sectors from west to east, then the sea."""

    code: tuple[str, ...]
    """(S,) code of the port, or of the sector."""
    name: tuple[str, ...]
    """(S,) name for people; never shown in a ranking."""
    kind: Ints
    """(S,) int64, 0 port, 1 sector, 2 sea."""
    corridor: Ints
    """(S,) int64, row of `World.corridors`."""
    us_cell: Ints
    """(S,) int64, cell on the US side."""
    mx_cell: Ints
    """(S,) int64, cell on the Mexican side."""
    plaza: Ints
    """(S,) int64, the plaza that holds it; several sites may share one."""
    officers: Floats
    """(S,) float64, officers or agents. Source: accounts section 6 (ports), sectors.csv."""
    traffic: Floats
    """(S,) float64, people and vehicles a week, all lanes, for ordering."""
    lat: Floats
    """(S,) float64, degrees."""
    lon: Floats
    """(S,) float64, degrees."""
    border_km: Floats
    """(S,) float64, km of border or coast a sector watches; 0 at ports."""
    fence_km: Floats
    """(S,) float64, km of it fenced in 2019; 0 at ports."""
    index: dict[str, int]
    """Position of each code."""

    @property
    def n(self) -> int:
        """Number of sites."""
        return len(self.code)


@dataclass(frozen=True)
class Lanes:
    """Lanes with traffic (L), by site, then kind."""

    site: Ints
    """(L,) int64, row of `Sites`."""
    kind: Ints
    """(L,) int64, 0 truck, 1 trusted truck, 2 car (trusted among them), 3 foot, 4 between ports, 5 sea."""
    corridor: Ints
    """(L,) int64, row of `World.corridors`."""
    traffic_per_week: Floats
    """(L,) float64, northbound entries a week, mean of 2019 and 2023; recorded encounters (mean FY2019-21) for
    between ports and sea."""
    booths: Floats
    """(L,) float64, booths open at the peak; a truck figure is split by booth time; 0 away from ports."""
    service_seconds: Floats
    """(L,) float64, seconds of primary inspection per entry; 0 away from ports. Assumed."""
    name: tuple[str, ...]
    """(L,) ``<site code>.<kind>``."""

    @property
    def n(self) -> int:
        """Number of lanes."""
        return int(self.site.size)


def load_sites(cells: Cells, states: States, corridors: tuple[str, ...]) -> Sites:
    """Read ports, sectors and sea approaches; the plazas are filled in later."""
    ports, sectors = read("ports"), read("sectors")
    code = ports.text("code") + sectors.text("code")
    corridor = index_of(corridors)
    zeros = np.zeros(len(ports))
    encounters = np.mean([sectors.floats(f"encounters_fy{year}") for year in (2019, 2020, 2021)], axis=0)
    entries = np.sum([_mean_entries(ports, kind) for kind in PORT_TRAFFIC], axis=0)
    return Sites(
        code=code,
        name=ports.text("name") + sectors.text("name"),
        kind=np.concatenate([zeros.astype(np.int64), positions(sectors.text("kind"), index_of(SITE_KINDS))]),
        corridor=positions(ports.text("corridor") + sectors.text("corridor"), corridor),
        us_cell=np.concatenate([cells.at[t.ints("us_x"), t.ints("us_y")] for t in (ports, sectors)]),
        mx_cell=np.concatenate([cells.at[t.ints("mx_x"), t.ints("mx_y")] for t in (ports, sectors)]),
        plaza=np.full(len(code), -1, dtype=np.int64),
        officers=np.concatenate([ports.floats("officers"), sectors.floats("agents")]),
        traffic=np.concatenate([entries, encounters]) / WEEKS_PER_YEAR,
        lat=np.concatenate([ports.floats("lat"), sectors.floats("lat")]),
        lon=np.concatenate([ports.floats("lon"), sectors.floats("lon")]),
        border_km=np.concatenate([zeros, sectors.floats("border_km")]),
        fence_km=np.concatenate([zeros, sectors.floats("fence_km")]),
        index=index_of(code),
    )


def load_lanes(sites: Sites) -> Lanes:
    """Build the lanes of every site for which traffic exists."""
    kinds, ports = read("lane_kinds"), read("ports")
    minutes = {
        of: sum(float(row["share_of"]) * float(row["service_seconds"]) for row in kinds.where("of", of).rows)
        for of in PORT_TRAFFIC
    }
    rows: list[tuple[int, int, float, float, float]] = []
    for row in kinds.rows:
        of, part, seconds = row["of"], float(row["share_of"]), float(row["service_seconds"])
        kind = LANE_KINDS.index(row["lane"])
        if of in PORT_TRAFFIC:
            traffic = _mean_entries(ports, of) * part / WEEKS_PER_YEAR
            booths = ports.floats(f"{of}_booths") * part * seconds / minutes[of]
            rows += [(s, kind, traffic[s], booths[s], seconds) for s in range(len(ports)) if traffic[s] > 0.0]
        else:
            here = np.flatnonzero(sites.kind == (1 if kind == LANE_KINDS.index("between") else 2))
            rows += [(int(s), kind, float(sites.traffic[s]), 0.0, 0.0) for s in here]
    rows.sort()
    site = np.array([row[0] for row in rows], dtype=np.int64)
    kind_code = np.array([row[1] for row in rows], dtype=np.int64)
    return Lanes(
        site=site,
        kind=kind_code,
        corridor=sites.corridor[site],
        traffic_per_week=np.array([row[2] for row in rows]),
        booths=np.array([row[3] for row in rows]),
        service_seconds=np.array([row[4] for row in rows]),
        name=tuple(f"{sites.code[s]}.{LANE_KINDS[k]}" for s, k in zip(site, kind_code, strict=True)),
    )


def _mean_entries(ports: Table, kind: str) -> Floats:
    """Return northbound entries a year by port, mean of 2019 and 2023, (27,)."""
    column = {"truck": "trucks", "car": "cars", "foot": "foot"}[kind]
    return (ports.floats(f"{column}_2019", 0.0) + ports.floats(f"{column}_2023", 0.0)) / 2.0
