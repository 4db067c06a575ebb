"""Plazas and US hubs: contested territory, its communities and the gangs that live there."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, I4, I8, Table, column


class Plazas(Table):
    """Rows as in `world.plazas` (Mexican plazas first, then one hub per US market area)."""

    pool: I8 = column(np.int64, "people", "young people at risk of joining and not in any group")
    gang: I8 = column(np.int64, "people", "armed people of gangs that belong to no group")
    hired: F8 = column(np.float64, "people", "of them, in the pay of crews this week")
    holder: I4 = column(np.int32, "row", "group that holds the plaza, or -1", fill=-1)
    hold: F8 = column(np.float64, "1", "share of armed strength that the holder has")
    contest: F8 = column(np.float64, "1", "running churn and contestation, 0 to 1")
    violence: F8 = column(np.float64, "deaths/week", "running organised-crime deaths")
    retail_usd: F8 = column(np.float64, "USD/week", "local drug sales that whoever is there can earn")
    trust: F8 = column(np.float64, "1", "trust of the community in the police", fill=0.3)
    fear: F8 = column(np.float64, "1", "fear of crime", fill=0.5)
    reporting: F8 = column(np.float64, "1", "share of crimes reported", fill=0.1)
    prospects: F8 = column(np.float64, "1", "legal prospects of the young, 1 in the status quo", fill=1)
    extortion_usd: F8 = column(np.float64, "USD/week", "extortion paid, running")
    worth: F8 = column(
        np.float64, "USD/week", "running profit that whoever holds the plaza can earn: what is fought over"
    )
    risk_arrest: F8 = column(np.float64, "1/week", "running chance of a member here to be arrested")
    risk_killed: F8 = column(np.float64, "1/week", "running chance of a member here to be killed")
    patrol: F8 = column(np.float64, "officers", "effort placed here this week")
    patrol_usual: F8 = column(np.float64, "officers", "effort that people here are used to, running")
    forces_new: F8 = column(np.float64, "1", "how new the pressure of forces is here, 0 to 1")
    soldiers: F8 = column(np.float64, "officers", "sent from elsewhere to hold the place")
    abuses: F8 = column(np.float64, "people/week", "victims of abuses by forces, running")
