"""Agencies and the table of enforcement units at the start. It moves no officers and opens no cases.

Skill and integrity are illustrative, assumed by kind of agency; they are no finding about any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.streams import stable_id
from sim.world.grid import Cells, States
from sim.world.ports import Sites
from sim.world.tables import Flags, Floats, Ints, index_of, positions, read

MANDATES = ("drugs", "guns", "cash", "groups", "people")
"""What a unit may act on; the position is the column of `Units0.mandate`."""


@dataclass(frozen=True)
class Agencies:
    """Agencies (K rows) with their kind; code asks for kinds, never for names."""

    names: tuple[str, ...]
    """(K,) code, used as a lever's axis."""
    title: tuple[str, ...]
    """(K,) name for people."""
    country: Ints
    """(K,) int64, 0 Mexico, 1 United States."""
    level: tuple[str, ...]
    """(K,) local, state or federal."""
    kind: tuple[str, ...]
    """(K,) police, forces, investigators, finance, customs, border, sea or ports."""
    mandate: Flags
    """(K, 5) bool, by `MANDATES`."""
    skill: Floats
    """(K,) float64 in [0, 1], illustrative."""
    integrity: Floats
    """(K,) float64 in [0, 1], illustrative: chance that an offer is refused, before any incentive."""
    index: dict[str, int]
    """Position of each code."""

    @property
    def n(self) -> int:
        """Number of agencies."""
        return len(self.names)

    def of_kind(self, kind: str, country: int | None = None) -> Ints:
        """Return the agencies of a kind, optionally of one country, (k,) int64."""
        return np.array(
            [
                row
                for row, own in enumerate(self.kind)
                if own == kind and (country is None or self.country[row] == country)
            ],
            dtype=np.int64,
        )


@dataclass(frozen=True)
class Units0:
    """Enforcement units at the start (U rows): by state in Mexico, by site, office and state in the United States."""

    name: tuple[str, ...]
    """(U,) name."""
    id: Ints
    """(U,) int64, stable identity from the name."""
    agency: Ints
    """(U,) int64, row of `Agencies`."""
    country: Ints
    """(U,) int64, 0 Mexico, 1 United States."""
    state: Ints
    """(U,) int64, row of `States`, -1 for the whole country."""
    site: Ints
    """(U,) int64, row of `Sites`, -1 unless it watches one."""
    corridor: Ints
    """(U,) int64, row of `World.corridors`, -1 unless it works at one."""
    cell: Ints
    """(U,) int64, cell it is drawn in: its site's, its corridor's busiest site's, or the most populous of its state or
    country."""
    mandate: Flags
    """(U, 5) bool, by `MANDATES`."""
    officers: Floats
    """(U,) float64, officers in all."""
    effort_officers: Floats
    """(U,) float64, officers that act against groups, drugs, guns and cash. Source: accounts section 7."""
    skill: Floats
    """(U,) float64 in [0, 1], illustrative."""
    integrity: Floats
    """(U,) float64 in [0, 1], illustrative."""

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.name)


def load_agencies() -> Agencies:
    """Read the agencies."""
    table = read("agencies")
    code = table.text("agency")
    return Agencies(
        names=code,
        title=table.text("title"),
        country=positions(table.text("country"), {"MX": 0, "US": 1}),
        level=table.text("level"),
        kind=table.text("kind"),
        mandate=np.stack([table.flags(f"mandate_{mandate}") for mandate in MANDATES], axis=1),
        skill=table.floats("skill"),
        integrity=table.floats("integrity"),
        index=index_of(code),
    )


def load_units(
    agencies: Agencies, cells: Cells, states: States, sites: Sites, corridors: tuple[str, ...]
) -> Units0:
    """Read the units and tie them to agencies, states and sites."""
    table = read("units")
    agency = positions(table.text("agency"), agencies.index)
    state = positions(table.text("state"), states.index)
    site = positions(table.text("site"), sites.index)
    corridor = positions(table.text("corridor"), index_of(corridors))
    return Units0(
        name=table.text("unit"),
        id=np.array([stable_id(name) for name in table.text("unit")], dtype=np.int64),
        agency=agency,
        country=agencies.country[agency],
        state=state,
        site=site,
        corridor=corridor,
        cell=_seat(cells, sites, agencies.country[agency], state, site, corridor),
        mandate=agencies.mandate[agency],
        officers=table.floats("officers"),
        effort_officers=table.floats("effort_officers"),
        skill=table.floats("skill"),
        integrity=table.floats("integrity"),
    )


def _seat(cells: Cells, sites: Sites, country: Ints, state: Ints, site: Ints, corridor: Ints) -> Ints:
    """Return the cell each unit is drawn in, (U,) int64."""
    seat = np.empty(country.size, dtype=np.int64)
    for row in range(country.size):
        if site[row] >= 0 or corridor[row] >= 0:
            busiest = int(np.argmax(np.where(sites.corridor == corridor[row], sites.traffic, -1.0)))
            seat[row] = sites.us_cell[site[row] if site[row] >= 0 else busiest]
        else:
            own = cells.state == state[row] if state[row] >= 0 else cells.country == country[row]
            seat[row] = int(np.argmax(np.where(own, cells.population, -1.0)))
    return seat
