"""Loads on the way: one row a shipment, from a crew to a lane to a market area."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.state.table import F8, I1, I4, I8, Table, column

TO_BORDER, IN_US, GONE = range(3)


@kernel
def _close_ranks(  # type: ignore[no-untyped-def]
    stage, weeks, ids, group, drug, lane, area, carrier, origin, pure, diluent
):
    """Move every row that is not GONE up to fill the gaps, all (n,); returns how many there are."""
    n = 0
    for i in range(stage.size):
        if stage[i] != GONE:
            stage[n], weeks[n], ids[n], carrier[n] = stage[i], weeks[i], ids[i], carrier[i]
            group[n], drug[n], lane[n] = group[i], drug[i], lane[i]
            area[n], origin[n] = area[i], origin[i]
            pure[n], diluent[n] = pure[i], diluent[i]
            n += 1
    return n


class Loads(Table):
    """About a thousand new rows a week; a row goes when it is delivered, seized or turned back and re-stocked."""

    id: I8 = column(np.int64, "1", "group id x drug x ordinal in the week: identity for draws")
    group: I4 = column(np.int32, "row", "owner")
    drug: I4 = column(np.int32, "index", "drug")
    lane: I4 = column(np.int32, "index", "lane it goes through")
    area: I4 = column(np.int32, "index", "market area it is for")
    carrier: I8 = column(np.int64, "1", "trusted carrier it goes with, -1 for none", fill=-1)
    origin: I4 = column(np.int32, "row", "plaza it left")
    pure: F8 = column(np.float64, "pure kg", "drug")
    diluent: F8 = column(np.float64, "kg", "cut")
    stage: I1 = column(
        np.int8, "1", "0 on the way to the border, 1 in the United States, 2 gone (within a process only)"
    )
    weeks: I4 = column(np.int32, "weeks", "still to go in this stage")

    def drop(self) -> None:
        """Let go of the rows that are GONE; the others keep their order."""
        self.n = _close_ranks(
            self.stage, self.weeks, self.id, self.group, self.drug, self.lane, self.area, self.carrier, self.origin,
            self.pure, self.diluent,
        )  # fmt: skip
        for name in self.columns:
            setattr(self, name, getattr(self, name)[: self.n])

    def room(self, n: int) -> slice:
        """Add n rows that the caller fills in every column; returns their slice."""
        first = self.n
        for name, item in self.columns.items():
            column: NDArray[Any] = np.empty(first + n, dtype=item.dtype)
            column[:first] = getattr(self, name)
            setattr(self, name, column)
        self.n += n
        return slice(first, self.n)
