"""US market areas: stocks, prices and what people there would use at the reference price."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, Table, column

LIGHT, DEPENDENT = range(2)
"""Kinds of user that differ in how they answer to price."""


class Areas(Table):
    """Rows as in `world.areas`. `kind` is (light, dependent)."""

    pure: F8 = column(np.float64, "pure kg", "stock above retail", "drug")
    diluent: F8 = column(np.float64, "kg", "cut in the stock", "drug")
    price: F8 = column(np.float64, "USD/pure kg", "retail price", "drug")
    price_hub: F8 = column(np.float64, "USD/pure kg", "wholesale price at the hub", "drug")
    price_border: F8 = column(np.float64, "USD/pure kg", "price in the border city that serves it", "drug")
    need: F8 = column(
        np.float64, "pure kg/week", "use at the reference price, from the people there", "drug", "kind"
    )
    dose: F8 = column(np.float64, "1", "dose taken over dose at the reference price", "drug", "kind", fill=1)
    purity: F8 = column(np.float64, "1", "purity at retail", "drug", fill=1)
    arrivals: F8 = column(np.float64, "pure kg/week", "running arrivals", "drug")
    scarcity: F8 = column(np.float64, "1", "running shortage: offered over wanted", "drug", fill=1)
