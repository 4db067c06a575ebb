"""The people of one US cell who use or have used drugs: a handle with views of their columns, nothing of its own.

No object per person exists; what people do is decided for all of them at once in `sim.week.people`.
"""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np
from mesa.discrete_space import CellAgent
from numpy.typing import NDArray

from sim.state.people import DEPENDENT, FREE, STATES, TREATED
from sim.state.run import Run


class Consumers(CellAgent):
    """Handle of the rows of one cell. Views are zero-copy: they change as the week goes on."""

    def __init__(self, model: mesa.Model, run: Run, row: int, cell: Any) -> None:
        """`row` is the cell in `world.cells`; `cell` is the grid's cell there."""
        super().__init__(model)
        self.run = run
        self.row = row
        self.cell = cell

    @property
    def rows(self) -> slice:
        """Rows of the table of people."""
        ptr = self.run.people.ptr
        return slice(int(ptr[self.row]), int(ptr[self.row + 1]))

    @property
    def state(self) -> NDArray[np.int8]:
        """State of use of each row, see `sim.state.people.STATES`."""
        return np.asarray(self.run.people.state[self.rows])

    @property
    def drug(self) -> NDArray[np.int8]:
        """Main drug of each row."""
        return np.asarray(self.run.people.drug[self.rows])

    @property
    def tolerance(self) -> NDArray[np.float32]:
        """Gained tolerance of each row, mg heroin-equivalent."""
        return np.asarray(self.run.people.tolerance[self.rows])

    @property
    def people(self) -> int:
        """People of all states, in persons."""
        return int(np.count_nonzero(self.state != FREE)) * self.run.people_per_agent

    @property
    def by_state(self) -> dict[str, int]:
        """People by state of use, free rows left out."""
        counts = np.bincount(self.state, minlength=len(STATES)) * self.run.people_per_agent
        return {name: int(n) for name, n in zip(STATES[1:], counts[1:], strict=True)}

    @property
    def treated_share(self) -> float:
        """People in treatment over those and the dependent, 0 to 1; 0 where there are none."""
        treated, dependent = (np.count_nonzero(self.state == s) for s in (TREATED, DEPENDENT))
        return treated / (treated + dependent) if treated + dependent else 0.0

    @property
    def prices(self) -> NDArray[np.float64]:
        """Retail prices that people here see, USD per pure kg by drug."""
        return np.asarray(self.run.areas.price[self.run.world.areas.of_cell[self.row]])
