"""The equal-area raster of 100 km cells and the states it covers. It knows no plazas and no border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.tables import Floats, Ints, index_of, positions, read

WIDTH = 46
"""Columns of the raster (x)."""
HEIGHT = 40
"""Rows of the raster (y, row 0 is the south)."""
CELL_KM = 100.0
"""Side of a cell, km."""


@dataclass(frozen=True)
class States:
    """The 80 states with cells: 32 Mexican, then 48 of the contiguous United States, each in order of code."""

    code: tuple[str, ...]
    """(80,) ISO 3166-2 code."""
    name: tuple[str, ...]
    """(80,) name for people."""
    country: Ints
    """(80,) int64, 0 Mexico, 1 United States."""
    population: Floats
    """(80,) float64, people in 2020; one state includes the federal district that has no cell."""
    lat: Floats
    """(80,) float64, degrees, area centroid."""
    lon: Floats
    """(80,) float64, degrees, area centroid."""
    index: dict[str, int]
    """Position of each code."""

    @property
    def n(self) -> int:
        """Number of states."""
        return len(self.code)


@dataclass(frozen=True)
class Cells:
    """The 983 land cells, ordered by row (south first), then column (west first)."""

    x: Ints
    """(983,) int64, column, 0 to 45."""
    y: Ints
    """(983,) int64, row, 0 to 39, south to north."""
    lat: Floats
    """(983,) float64, degrees, centre."""
    lon: Floats
    """(983,) float64, degrees, centre."""
    country: Ints
    """(983,) int64, 0 Mexico, 1 United States."""
    state: Ints
    """(983,) int64, row of `States`."""
    population: Floats
    """(983,) float64, people in 2020."""
    at: Ints
    """(46, 40) int64, cell at [x, y], -1 where there is none."""

    @property
    def n(self) -> int:
        """Number of cells."""
        return int(self.x.size)


def load_states() -> States:
    """Read the states."""
    table = read("states")
    code = table.text("state")
    return States(
        code=code,
        name=table.text("name"),
        country=positions(table.text("country"), {"MX": 0, "US": 1}),
        population=table.floats("population"),
        lat=table.floats("lat"),
        lon=table.floats("lon"),
        index=index_of(code),
    )


def load_cells(states: States) -> Cells:
    """Read the cells."""
    table = read("cells")
    x, y = table.ints("x"), table.ints("y")
    at = np.full((WIDTH, HEIGHT), -1, dtype=np.int64)
    at[x, y] = np.arange(x.size)
    return Cells(
        x=x,
        y=y,
        lat=table.floats("lat"),
        lon=table.floats("lon"),
        country=positions(table.text("country"), {"MX": 0, "US": 1}),
        state=positions(table.text("state"), states.index),
        population=table.floats("population"),
        at=at,
    )
