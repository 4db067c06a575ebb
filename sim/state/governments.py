"""The two governments and what holds between them; the state of every policy as implemented."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, I4, Table, column

MX, US = range(2)
ISSUES = ("drugs", "migration", "guns", "violence", "trade")


class Governments(Table):
    """Two rows: Mexico, United States."""

    priority: F8 = column(np.float64, "1", "weight of each issue, sums to 1", "issue")
    willingness: F8 = column(np.float64, "1", "to cooperate, 0 to 1", fill=0.5)
    sovereignty: F8 = column(np.float64, "1", "sensitivity to acts of the other, 0 to 1", fill=0.5)
    attention: F8 = column(np.float64, "1", "share of free effort each issue gets this quarter", "issue")
    spent: F8 = column(np.float64, "USD", "programme money spent this week")


class Relations(Table):
    """One row: the pair of countries."""

    political_trust: F8 = column(np.float64, "1", "shared, 0 to 1", fill=0.5)
    agency_trust: F8 = column(
        np.float64, "1", "between each pair of agencies, under a ceiling", "agency", "agency"
    )
    agreed: F8 = column(np.float64, "1", "cooperation agreed on each issue, 0 to 1", "issue")
    in_force: F8 = column(np.float64, "1", "of it, carried out so far", "issue")
    exposed: F8 = column(
        np.float64, "1", "bought officials of each agency found since the governments last heard", "agency"
    )
    grievance: F8 = column(
        np.float64, "1", "running weight of threats, acts alone and scandals; below zero goodwill"
    )
    weeks_to_talks: I4 = column(np.int32, "weeks", "until the issues are bargained again", fill=13)


class Programmes(Table):
    """One row a policy of the catalogue, in name order."""

    asked: F8 = column(np.float64, "1", "intensity announced for this week, -1 to 1")
    capacity: F8 = column(np.float64, "1", "intensity implemented: what presses the levers")
    cost: F8 = column(np.float64, "USD/week", "spent this week above the status quo")
