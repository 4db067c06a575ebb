"""What holding a plaza earns: what is fought over. It moves no money."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_community import spread_profit
from sim.state.run import Run

Floats = NDArray[Any]


def people_of(run: Run) -> Floats:
    """People of Mexican plazas, 0 at US hubs, (P,)."""
    plazas = run.world.plazas
    return run.keep("people of plazas", 0, lambda: np.where(plazas.hub_area < 0, plazas.population, 0.0))


def worth_now(run: Run, profit: Floats) -> Floats:
    """What holding each plaza earns, USD a week (P,): profit of its groups by where it is made, local sales, tolls.

    A group's profit (CAPACITY,) is spread over its crews by people, more at the border and where drugs are made;
    whoever holds a seaport can take toll on what lands there, and what pipelines offer is there for all.
    """
    p, crews, plazas = run.p, run.crews, run.world.plazas
    pull = run.keep("worth_pull", p.version, lambda: _worth_pull(run)) + p["worth_border"] * _passage(run)
    value = spread_profit(crews.group, crews.plaza, crews.members, pull, profit, run.plazas.n)
    value += np.maximum(run.plazas.retail_usd, 0.0) + run.keep("fuel worth", p.version, lambda: _fuel(run))
    bill = run.extra.get("precursors.bill")
    if bill is not None:
        value += p["seaport_toll"] * bill.sum() * plazas.seaport_share
    return np.asarray(value)


def _fuel(run: Run) -> Floats:
    """USD a week that pipelines offer at each plaza, (P,)."""
    p = run.p
    return np.asarray(
        p["predation_per_person"] * p["predation_fuel_share"] * people_of(run).sum() * run.world.plazas.fuel
    )


def _worth_pull(run: Run) -> Floats:
    """Weight of a member in each plaza for what its group earns there, but for passage, (P,); 0 at US hubs.

    What is made or enters counts by its value: national supply x (wholesale price in Mexico - cost of making it).
    """
    p, plazas, drugs = run.p, run.world.plazas, run.world.drugs
    margin = np.maximum(drugs.price("mx_wholesale") - drugs.price("production"), 0.0)
    supply = plazas.supply(drugs) @ (drugs.supply * margin)
    made = np.minimum(supply / max(supply.mean(), 1e-12), p["worth_supply_most"])
    return np.asarray((1.0 + p["worth_supply"] * made) * (plazas.hub_area < 0))


def _passage(run: Run) -> Floats:
    """Value that passes the border at each plaza this week over the mean of border plazas, (P,), up to a cap.

    Value of a kilogram: US less Mexican border price. Before anything has passed every border plaza counts alike.
    """
    world, drugs = run.world, run.world.drugs
    margin = run.keep(
        "worth of passage", 0, lambda: np.maximum(drugs.price("us_border") - drugs.price("mx_border"), 0.0)
    )
    value = np.bincount(world.lanes.site, run.tally.shipped[0] @ margin, minlength=world.sites.n)
    here = np.bincount(world.sites.plaza, value, minlength=run.plazas.n)
    held = world.plazas.site >= 0
    if not here.any():
        return held.astype(float)
    return np.asarray(np.minimum(here / (here.sum() / held.sum()), run.p["worth_supply_most"]))
