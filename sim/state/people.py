"""People who use or have used: one row each, rows of a cell contiguous; ghosts are room for entrants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.state.table import F4, I1, I2, I4, Table, column

FREE, PRESCRIBED, OCCASIONAL, DEPENDENT, TREATED, SUPERVISED, RECOVERED = range(7)
"""States of use. FREE is a row without a person."""
STATES = ("free", "prescribed", "occasional", "dependent", "treated", "supervised", "recovered")


class People(Table):
    """Each row stands for `people_per_agent` people."""

    cell: I4 = column(np.int32, "index", "cell of residence")
    area: I2 = column(np.int16, "index", "market area")
    drug: I1 = column(np.int8, "index", "main drug")
    state: I1 = column(np.int8, "1", "state of use: see STATES")
    generation: I4 = column(np.int32, "1", "people who had this row before: part of the identity for draws")
    since: I4 = column(np.int32, "weeks", "when this state was entered; 0 is the start of the run")
    amount: F4 = column(np.float32, "1", "own use over the mean of the state")
    tolerance: F4 = column(
        np.float32, "mg heroin-equivalent", "ln-scale tolerance of opioids is taken in the kernel"
    )
    risk: F4 = column(np.float32, "1", "own risk over the mean", fill=1)
    clock_move: F4 = column(np.float32, "1", "hazard left until the state or drug is left; 0 in a free row")
    clock_overdose: F4 = column(np.float32, "1", "hazard left until the next overdose; 0 in a free row")
    n_move: I4 = column(
        np.int32, "1", "number of `clock_move`, for draws: 4096 x generation + those that rang"
    )
    n_overdose: I4 = column(np.int32, "1", "number of `clock_overdose`, likewise")

    ptr: NDArray[np.int64]
    """(cells + 1,) rows of cell c are ptr[c] to ptr[c + 1]; set once by `index`, as rows never change cell."""

    def index(self, n_cells: int) -> None:
        """Set `ptr` from the column `cell`, which is sorted."""
        self.ptr = np.searchsorted(self.cell, np.arange(n_cells + 1)).astype(np.int64)
