"""A border site: what it sees of its lanes and what it wants to do with its officers.

A handle over rows of the tables of sites and lanes; all ports decide together in `sim.state.border`, which uses
the same rule as `wish`.
"""

from __future__ import annotations

import mesa
import numpy as np
from mesa.discrete_space import Cell, CellAgent
from numpy.typing import NDArray

from sim.kernels_inspection import ratio, shift_to_booths
from sim.state.run import Run

FOOT = 3
"""Kinds of lane up to this one are at ports of entry."""


class BorderPort(CellAgent):
    """Handle of one row of `Sites`: a port of entry, a sector between ports, or a sea approach."""

    def __init__(self, model: mesa.Model, run: Run, row: int, cell: Cell) -> None:
        super().__init__(model)
        self.run = run
        self.row = row
        self.cell = cell

    @property
    def lanes(self) -> NDArray[np.int64]:
        """Rows of its lanes."""
        return np.flatnonzero(self.run.world.lanes.site == self.row)

    @property
    def kind(self) -> str:
        """port, sector or sea."""
        return ("port", "sector", "sea")[int(self.run.world.sites.kind[self.row])]

    @property
    def corridor(self) -> str:
        """The corridor it is reported under; single sites are not ranked."""
        return self.run.world.corridors[int(self.run.world.sites.corridor[self.row])]

    @property
    def officers(self) -> float:
        """Officers or agents this week."""
        return float(self.run.sites.officers[self.row])

    @property
    def booth_share(self) -> float:
        """Officers in primary booths over what the data put there."""
        return float(self.run.sites.booth_share[self.row])

    @property
    def waits(self) -> NDArray[np.float64]:
        """Mean wait of each lane this week, hours, (k,)."""
        return np.asarray(self.run.lanes.wait[self.lanes])

    @property
    def hazard(self) -> NDArray[np.float64]:
        """Chance of finding a load of detectability one, by lane, (k,)."""
        return np.asarray(self.run.lanes.hazard[self.lanes])

    @property
    def belief(self) -> NDArray[np.float64]:
        """Belief that finds are made, by lane, (k,)."""
        return np.asarray(self.run.lanes.belief[self.lanes])

    @property
    def wish(self) -> float:
        """Towards booths (up to 1) or away from them (down to -1), from remembered waits and belief; 0 off ports."""
        rows = self.lanes
        rows = rows[self.run.world.lanes.kind[rows] <= FOOT]
        lanes = self.run.lanes
        weight = lanes.traffic[rows]
        if rows.size == 0 or weight.sum() <= 0.0:
            return 0.0
        total = np.array([weight.sum()])
        felt, usual, belief = (
            ratio(np.array([(column[rows] * weight).sum()]), total)
            for column in (lanes.felt, lanes.usual, lanes.belief)
        )
        p = self.run.p
        return float(shift_to_booths(felt, usual, belief, p["wait_tolerated_hours"], p["belief_hold"])[0])
