"""Least-cost paths over the grid: plaza to border site in Mexico, border site to market area in the United States.

A cell's multiplier scales the km through it. Who is paid on the way, and which path is chosen, is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sim.world.areas import Areas
from sim.world.grid import CELL_KM, HEIGHT, WIDTH, Cells
from sim.world.plazas import Plazas
from sim.world.ports import Sites
from sim.world.tables import Floats, Ints

LOCAL_KM = 20.0
"""Km between a plaza and a site of the same cell. Assumed."""
OWN_KM = 5.0
"""Km between a site and the plaza that holds it. Assumed."""
KM_PER_WEEK = 2500.0
"""Km-equivalents a load covers in a week, stops included. Assumed."""


@dataclass(frozen=True)
class Paths:
    """Costs of the cheapest paths for one cost layer. Costs are km-equivalents (km x mean multiplier)."""

    cost_mx: Floats
    """(P, S) float64, plaza to site within Mexico; for a hub's row, hub to site within the United States. inf if
    no way is open."""
    cost_us: Floats
    """(S, A) float64, site to the hub cell of an area within the United States; inf if no way is open."""
    weeks_mx: Ints
    """(P, S) int64, whole weeks on the way, 0 when it takes less than one."""
    weeks_us: Ints
    """(S, A) int64, whole weeks on the way, 0 when it takes less than one."""
    next_mx: Ints
    """(S, n_cells) int64, next cell from a Mexican cell towards the site, -1 at the end or where no way is open."""
    next_us: Ints
    """(S, n_cells) int64, next cell from a US cell towards the site, -1 at the end or where no way is open."""


@dataclass(frozen=True)
class RouteNet:
    """The fixed graph: edges between 8-neighbours of one country, and the ends of the paths."""

    n_cells: int
    """Number of cells."""
    origin: Ints
    """(E,) int64, first cell of each directed edge, sorted."""
    target: Ints
    """(E,) int64, second cell of each directed edge."""
    pointer: Ints
    """(n_cells + 1,) int64, start of each cell's edges."""
    km: Floats
    """(E,) float64, km between centres."""
    plaza_cell: Ints
    """(P,) int64."""
    hub_area: Ints
    """(P,) int64, -1 in Mexico."""
    mx_cell: Ints
    """(S,) int64."""
    us_cell: Ints
    """(S,) int64."""
    area_cell: Ints
    """(A,) int64."""
    site_plaza: Ints
    """(S,) int64."""

    def costs(self, cost_layer: Floats) -> Paths:
        """Find the cheapest paths when each cell's km cost `cost_layer` (n_cells,) times as much; inf blocks a cell.

        Raises ValueError if the layer has another shape, or a value that is not positive.
        """
        layer = np.asarray(cost_layer, dtype=np.float64)
        if layer.shape != (self.n_cells,) or not bool(np.all(layer > 0.0)):
            raise ValueError(
                f"a cost layer needs {self.n_cells} positive multipliers, got shape {layer.shape}"
            )
        weight = np.asarray(self.km * 0.5 * (layer[self.origin] + layer[self.target]), dtype=np.float64)
        graph = csr_array((weight, self.target, self.pointer), shape=(self.n_cells, self.n_cells))
        far_mx, next_mx = _from_cells(graph, self.mx_cell)
        far_us, next_us = _from_cells(graph, self.us_cell)
        near_us = LOCAL_KM * layer[self.us_cell]
        cost_us = np.maximum(far_us[:, self.area_cell], near_us[:, None])
        cost_mx = np.maximum(far_mx[:, self.plaza_cell].T, LOCAL_KM * layer[self.mx_cell][None, :])
        sites = np.arange(self.mx_cell.size)
        cost_mx[self.site_plaza, sites] = OWN_KM * layer[self.mx_cell]
        hubs = np.flatnonzero(self.hub_area >= 0)
        cost_mx[hubs] = cost_us[:, self.hub_area[hubs]].T
        return Paths(cost_mx, cost_us, _weeks(cost_mx), _weeks(cost_us), next_mx, next_us)

    def along_mx(self, paths: Paths, per_cell: Floats) -> Floats:
        """Sum a quantity per cell (n_cells,), such as a toll, along each Mexican path, both ends included: (P, S).

        A hub's row is summed along its path in the United States.
        """
        total = _along(paths.next_mx, per_cell)[:, self.plaza_cell].T
        hubs = np.flatnonzero(self.hub_area >= 0)
        total[hubs] = self.along_us(paths, per_cell)[:, self.hub_area[hubs]].T
        return total

    def along_us(self, paths: Paths, per_cell: Floats) -> Floats:
        """Sum a quantity per cell (n_cells,) along each path in the United States, both ends included: (S, A)."""
        return np.ascontiguousarray(_along(paths.next_us, per_cell)[:, self.area_cell])


def build_net(cells: Cells, plazas: Plazas, sites: Sites, areas: Areas) -> RouteNet:
    """Build the graph of 8-neighbours within each country."""
    origins, targets, km = [], [], []
    for dx, dy in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        x, y = cells.x + dx, cells.y + dy
        inside = (x >= 0) & (x < WIDTH) & (y >= 0) & (y < HEIGHT)
        other = np.where(inside, cells.at[np.clip(x, 0, WIDTH - 1), np.clip(y, 0, HEIGHT - 1)], -1)
        rows = np.flatnonzero((other >= 0) & (cells.country[other] == cells.country))
        origins.append(rows)
        targets.append(other[rows])
        km.append(np.full(rows.size, CELL_KM * np.hypot(dx, dy)))
    origin, target, length = np.concatenate(origins), np.concatenate(targets), np.concatenate(km)
    order = np.lexsort((target, origin))
    pointer = np.zeros(cells.n + 1, dtype=np.int64)
    pointer[1:] = np.cumsum(np.bincount(origin, minlength=cells.n))
    return RouteNet(
        n_cells=cells.n,
        origin=origin[order],
        target=target[order],
        pointer=pointer,
        km=length[order],
        plaza_cell=plazas.cell,
        hub_area=plazas.hub_area,
        mx_cell=sites.mx_cell,
        us_cell=sites.us_cell,
        area_cell=areas.cell,
        site_plaza=sites.plaza,
    )


def _from_cells(graph: csr_array[Any], ends: Ints) -> tuple[Floats, Ints]:
    """Return distance and next cell from every cell to each end, both (len(ends), n_cells)."""
    unique, back = np.unique(ends, return_inverse=True)
    far, before = dijkstra(graph, directed=True, indices=unique, return_predecessors=True)
    return np.asarray(far[back], dtype=np.float64), np.maximum(before[back], -1).astype(np.int64)


def _weeks(cost: Floats) -> Ints:
    """Return whole weeks on the way; an impossible way counts as none."""
    return np.floor(np.where(np.isfinite(cost), cost, 0.0) / KM_PER_WEEK).astype(np.int64)


def _along(following: NDArray[np.int64], per_cell: Floats) -> Floats:
    """Sum `per_cell` from each cell to the end of its path by doubling, (S, n_cells)."""
    n_rows, n_cells = following.shape
    end = n_cells
    step = np.where(following >= 0, following, end)
    step = np.concatenate([step, np.full((n_rows, 1), end)], axis=1)
    quantity = np.append(np.asarray(per_cell, dtype=np.float64), 0.0)
    total = np.broadcast_to(quantity, step.shape).copy()
    rows = np.arange(n_rows)[:, None]
    while bool(np.any(step != end)):
        total = total + total[rows, step]
        step = step[rows, step]
    return np.ascontiguousarray(total[:, :n_cells])
