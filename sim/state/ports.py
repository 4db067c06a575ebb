"""Crossing sites and their lanes: what changes at ports of entry, in sectors and on the sea approaches."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, I1, I4, I8, Table, column


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
    record: F8 = column(np.float64, "1", "mean standing of trusted carriers, 0 to 1", fill=1)
    scanners: F8 = column(np.float64, "scanners", "that work; -1 until first drawn", fill=-1)
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
    passing: F8 = column(
        np.float64, "1/week", "loads that go there whose fate would be published, running", "drug"
    )
    heard: F8 = column(
        np.float64, "1", "published finds over the expected that are usual, from the spin-up", fill=1
    )
    premium: F8 = column(np.float64, "1", "risk premium of couriers, used by the salience rule", fill=1)


class Carriers(Table):
    """Trusted carriers in order of identity; rows come and go with the size of the programme."""

    id: I8 = column(np.int64, "1", "lane and ordinal: identity for draws and for loads")
    lane: I4 = column(np.int32, "row", "trusted lane it uses")
    level: I4 = column(np.int32, "1", "standing: 0 is checked like anyone, the top level least")
    clean: F8 = column(np.float64, "checks", "clean ones since its standing last changed")
    price: F8 = column(np.float64, "USD", "what its driver asks")
    patron: I8 = column(np.int64, "1", "identity of the group its driver works for, 0 for none")


class Teams(Table):
    """Mobile teams of checks at ports (kind 0) and of agents between them (kind 1)."""

    kind: I1 = column(np.int8, "1", "0 at ports, 1 between them")
    site: I4 = column(np.int32, "row", "site where it is stationed; -1 until first sent", fill=-1)
