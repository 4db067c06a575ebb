"""Guns and ammunition outside groups: by US state where they are bought, by Mexican state who else has them."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, I8, Table, column


class Arms(Table):
    """Rows as in `world.states`."""

    supply: F8 = column(np.float64, "1", "US state: dealers' supply relative to the status quo", fill=1)
    price: F8 = column(np.float64, "USD/gun", "US state: dealer price plus straw premium", "gun")
    straw: F8 = column(np.float64, "1", "US state: share of trafficked guns bought there")
    private: I8 = column(np.int64, "guns", "Mexican state: held by others than groups", "gun")
    price_mx: F8 = column(np.float64, "USD/gun", "Mexican state: price paid there", "gun")
