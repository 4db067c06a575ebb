"""Loads on the way: one row a shipment, from a crew to a lane to a market area."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, I1, I4, I8, Table, column

TO_BORDER, IN_US, TURNED = range(3)


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
        np.int8, "1", "0 on the way to the border, 1 in the United States, 2 turned back (within cross only)"
    )
    weeks: I4 = column(np.int32, "weeks", "still to go in this stage")
