"""Crossing sites and their lanes: what changes at ports of entry, in sectors and on the sea approaches."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, Table, column


class Sites(Table):
    """Rows as in `world.sites`."""

    officers: F8 = column(np.float64, "officers", "on duty for inspection or patrol")
    integrity: F8 = column(np.float64, "1", "mean integrity of the post's officers, 0 to 1", fill=0.9)
    booth_share: F8 = column(
        np.float64, "1", "officers in primary booths over what the data put there", fill=1
    )
    bribed: F8 = column(np.float64, "1", "share of officers in somebody's pay this week")
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
    usual: F8 = column(
        np.float64,
        "hours",
        "wait with the traffic and booths of the data; -1 until first worked out",
        fill=-1,
    )
    felt: F8 = column(
        np.float64, "hours", "running mean of published waits, as drivers and ports remember it", fill=-1
    )
    hazard: F8 = column(
        np.float64, "1", "chance of finding a load of detectability one, without bribes and tips"
    )
    talk: F8 = column(
        np.float64, "1", "what is thought usual in published finds; -1 until first worked out", fill=-1
    )
    premium: F8 = column(np.float64, "1", "risk premium of couriers, used by the salience rule", fill=1)
