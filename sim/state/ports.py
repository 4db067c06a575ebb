"""Crossing sites and their lanes: what changes at ports of entry, in sectors and on the sea approaches."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, Table, column


class Sites(Table):
    """Rows as in `world.sites`."""

    officers: F8 = column(np.float64, "officers", "on duty for inspection or patrol")
    integrity: F8 = column(np.float64, "1", "mean integrity of the post, 0 to 1", fill=0.9)
    bribed: F8 = column(np.float64, "1", "share of shifts under somebody's pay")
    outbound: F8 = column(np.float64, "1", "share of southbound traffic checked")


class Lanes(Table):
    """Rows as in `world.lanes`."""

    traffic: F8 = column(np.float64, "crossings/week", "legal crossings that arrived")
    booths: F8 = column(np.float64, "booths", "open at the peak")
    wait: F8 = column(np.float64, "hours", "mean wait of a crossing")
    referred: F8 = column(np.float64, "1", "share of crossings sent to secondary inspection")
    scanned: F8 = column(np.float64, "1", "share of crossings scanned")
    belief: F8 = column(np.float64, "1", "officers' belief that hits are found here")
    record: F8 = column(np.float64, "1", "standing of trusted carriers, 0 to 1", fill=1)
