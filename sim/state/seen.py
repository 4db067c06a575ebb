"""What may be known: last week's observations, for governments, units, groups and policies. Not the truth."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, Table, column


class Seen(Table):
    """One row. Written by `observe` at the end of a week and read during the next."""

    seized: F8 = column(np.float64, "kg", "bulk seized by lane", "lane", "drug")
    seized_loads: F8 = column(np.float64, "1", "loads found by lane", "lane", "drug")
    publicised: F8 = column(
        np.float64, "1", "running published finds per crossing effort by lane: noisy, late", "lane"
    )
    homicides: F8 = column(np.float64, "deaths/week", "counted by plaza, running", "plaza")
    overdoses: F8 = column(np.float64, "deaths/week", "counted by area, running", "area")
    crimes: F8 = column(np.float64, "1", "reported extortion and violence by plaza, running", "plaza")
    members: F8 = column(np.float64, "people", "estimated size of each group", "group")
    prominence: F8 = column(np.float64, "1", "how much each group is in the news", "group")
    price: F8 = column(np.float64, "USD/pure kg", "published mean retail price", "drug")
    waits: F8 = column(np.float64, "hours", "published wait by lane", "lane")
    cash_seized: F8 = column(np.float64, "USD", "of last week")
    guns_seized: F8 = column(np.float64, "guns", "of last week")
