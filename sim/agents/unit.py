"""An enforcement unit: what it is, what it knows and where it would look. `sense` and `enforce` do the moving."""

from __future__ import annotations

import mesa
import numpy as np
from mesa.discrete_space import Cell, CellAgent
from numpy.typing import NDArray

from sim.state.run import Run


class EnforcementUnit(CellAgent):
    """Handle of one row of the table of units, drawn at its seat."""

    def __init__(self, model: mesa.Model, run: Run, row: int, cell: Cell) -> None:
        super().__init__(model)
        self.run = run
        self.row = row
        self.cell = cell

    @property
    def name(self) -> str:
        """Name of the unit."""
        return self.run.world.units0.name[self.row]

    @property
    def agency(self) -> str:
        """Code of its agency."""
        return self.run.world.agencies.names[int(self.run.world.units0.agency[self.row])]

    @property
    def country(self) -> int:
        """0 Mexico, 1 the United States."""
        return int(self.run.world.units0.country[self.row])

    @property
    def officers(self) -> float:
        """Officers it can place against groups."""
        return float(self.run.units.officers[self.row])

    @property
    def free_officers(self) -> float:
        """Of them, not on cases."""
        return max(0.0, self.officers - float(self.run.units.on_cases[self.row]))

    @property
    def integrity(self) -> float:
        """Mean integrity, illustrative."""
        return float(self.run.units.integrity[self.row])

    @property
    def cases(self) -> NDArray[np.int64]:
        """Rows of the cases it leads or has joined."""
        table = self.run.cases
        return np.flatnonzero((table.unit == self.row) | (table.partner == self.row))

    def places(self, n: int = 5) -> NDArray[np.int64]:
        """Plazas where it most expects finds, (n,) rows, best first."""
        return np.argsort(-self.run.units.belief[self.row], kind="stable")[:n]

    def best_known(self, n: int = 5) -> NDArray[np.int64]:
        """Groups it knows most about, (n,) rows, best first."""
        return np.argsort(-self.run.units.intelligence[self.row], kind="stable")[:n]
