"""The 48 US market areas. It knows nothing of users or prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.grid import CELL_KM, Cells, States
from sim.world.tables import Floats, Ints, great_circle_km, positions, read


@dataclass(frozen=True)
class Areas:
    """Market areas: the contiguous United States by state (the federal district is counted in its neighbour)."""

    code: tuple[str, ...]
    """(48,) code of the state."""
    name: tuple[str, ...]
    """(48,) name for people."""
    state: Ints
    """(48,) int64, row of `States`."""
    population: Floats
    """(48,) float64, people in 2020."""
    cell: Ints
    """(48,) int64, most populous cell, where the hub is."""
    centre_cell: Ints
    """(48,) int64, cell nearest to the area's centroid."""
    gun_share: Floats
    """(48,) float64, share of the guns bought for Mexico that is bought here; sums to 1. Source: areas.csv."""
    of_cell: Ints
    """(983,) int64, area of each cell, -1 in Mexico."""
    of_state: Ints
    """(80,) int64, area of each state, -1 in Mexico."""
    hub_km: Floats
    """(983,) float64, straight km from a cell to its area's hub cell; 0 in Mexico."""

    hub_plaza: Ints
    """(48,) int64, row of `Plazas` of the area's hub."""

    @property
    def n(self) -> int:
        """Number of areas."""
        return len(self.code)


def load_areas(cells: Cells, states: States) -> Areas:
    """Read the areas and tie them to cells and states; hubs are filled in with the plazas."""
    table = read("areas")
    state = positions(table.text("state"), states.index)
    cell = cells.at[table.ints("hub_x"), table.ints("hub_y")]
    of_state = np.full(len(states.code), -1, dtype=np.int64)
    of_state[state] = np.arange(state.size)
    of_cell = of_state[cells.state]
    gun = table.floats("gun_share")
    hub = cell[of_cell]
    km = CELL_KM * np.hypot(cells.x - cells.x[hub], cells.y - cells.y[hub])
    return Areas(
        code=table.text("state"),
        name=table.text("name"),
        state=state,
        population=table.floats("population"),
        cell=cell,
        centre_cell=_nearest_own_cell(cells, states, state),
        gun_share=gun / gun.sum(),
        of_cell=of_cell,
        of_state=of_state,
        hub_km=np.where(of_cell >= 0, km, 0.0),
        hub_plaza=np.full(len(table), -1, dtype=np.int64),
    )


def _nearest_own_cell(cells: Cells, states: States, state: Ints) -> Ints:
    """Return for each state its own cell nearest to its centroid, (n,) int64."""
    nearest = np.empty(state.size, dtype=np.int64)
    for row, own in enumerate(state):
        rows = np.flatnonzero(cells.state == own)
        km = great_circle_km(cells.lat[rows], cells.lon[rows], float(states.lat[own]), float(states.lon[own]))
        nearest[row] = rows[np.argmin(km)]
    return nearest
