"""Enforcement units and the cases they work on."""

from __future__ import annotations

import numpy as np

from sim.state.table import B1, F8, I1, I4, I8, Table, column

LEADER, NETWORK, FINANCE = range(3)
"""Kinds of case."""
CASE_KINDS = ("leader", "network", "finance")


class Units(Table):
    """Rows as in `world.units0`. `plaza` axes are rows of `Plazas`, `group` axes rows of `Groups`."""

    officers: F8 = column(np.float64, "officers", "who can be placed against groups")
    skill: F8 = column(np.float64, "1", "0 to 1")
    integrity: F8 = column(np.float64, "1", "illustrative, 0 to 1")
    on_cases: F8 = column(np.float64, "officers", "of them, working on cases this week")
    intelligence: F8 = column(np.float64, "1", "what is known of each group, 0 to 1, decays", "group")
    belief: F8 = column(np.float64, "1", "where hits are expected, >= 0", "plaza")
    hits: F8 = column(np.float64, "1", "running finds per week")


class Cases(Table):
    """Open investigations: they need officer-weeks and time, and can fail or leak."""

    id: I8 = column(np.int64, "1", "identity that draws use")
    unit: I4 = column(np.int32, "row", "unit that leads")
    partner: I4 = column(np.int32, "row", "unit of the other country that joined, or -1", fill=-1)
    kind: I1 = column(np.int8, "1", "leader, network or finance")
    group: I4 = column(np.int32, "row", "target")
    target_id: I8 = column(np.int64, "1", "id of the target: a case dies with it")
    done: F8 = column(np.float64, "officer-weeks", "work done")
    partner_officers: F8 = column(np.float64, "officers", "of the partner, assigned")
    needed: F8 = column(np.float64, "officer-weeks", "work needed")
    officers: F8 = column(np.float64, "officers", "assigned")
    informed: F8 = column(np.float64, "people", "who know of it")
    age: I4 = column(np.int32, "weeks", "weeks since it was opened")
    joint: B1 = column(np.bool_, "1", "worked by both countries")
