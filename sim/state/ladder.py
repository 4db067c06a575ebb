"""The price ladder: wholesale prices from retail, and what groups know of how price answers to their volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.state.areas import DEPENDENT, LIGHT
from sim.state.run import Run

Floats = NDArray[np.float64]


def reference_hub(run: Run) -> Floats:
    """Price that crews get at a US hub in the status quo, (D,) USD/pure kg: part is carried to the ounce level."""
    drugs = run.world.drugs
    hub = drugs.price("us_hub")
    return np.asarray(hub + run.p["hub_ounce_share"] * (drugs.price("us_ounce") - hub))


def wholesale(run: Run, retail: Floats, reference: Floats) -> Floats:
    """Wholesale price when retail is `retail` (A, D) and the step's reference is `reference` (D,); USD/pure kg.

    multiplicative: the same ratio at every step; additive: a dollar at retail is a dollar upstream. Never below
    `price_floor_share` of the reference. Source: Reuter & Kleiman 1986, doi:10.1086/449114.
    """
    start = run.world.drugs.price("us_retail")
    if run.p.switch("price_pass_through") == "additive":
        price = reference + (retail - start)
    else:
        price = reference * (retail / start)
    return np.asarray(np.maximum(price, run.p["price_floor_share"] * reference))


def user_elasticities(run: Run) -> Floats:
    """Elasticities as positive numbers, (D, kind): light users more elastic, their mean at the start as given."""
    mean = -run.p.by("elasticity_price", run.world.drugs.names)
    dependent = run.p.by("dependent_share", run.world.drugs.names)
    ratio = run.p["elasticity_light_ratio"]
    own = mean / (dependent + ratio * (1.0 - dependent))
    out = np.empty((mean.size, 2))
    out[:, LIGHT], out[:, DEPENDENT] = ratio * own, own
    return out


def supply_gain(run: Run, profit: Floats) -> Floats:
    """How strongly wished volume falls when all groups expand alike, (D,): supply over demand elasticity.

    profit (D,): expected profit per kg. Wished use of capacity answers to profit with `supply_elasticity`, profit to
    the wholesale price by leverage, wholesale to retail by the pass-through, retail to volume by demand (net of
    supply from elsewhere, which answers too). Used only to damp plans. Source: assumption A-S3 (groups know
    that rivals see the same price).
    """
    drugs, p = run.world.drugs, run.p
    hub = reference_hub(run)
    other = np.clip(drugs.us_use_otherwise / drugs.us_use, 0.0, 0.95)
    demand = -p.by("elasticity_price", drugs.names)
    net = (demand + other * p["other_supply_elasticity"]) / (1.0 - other)
    through = drugs.price("us_retail") / hub if p.switch("price_pass_through") == "additive" else 1.0
    leverage = hub / np.maximum(profit, 0.05 * hub)
    return np.asarray(p["supply_elasticity"] * leverage * through / net)
