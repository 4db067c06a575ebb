"""Ways south: which sites trips with cash and guns take. Read by the chains of cash and of arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.levers import lever
from sim.state.run import Run

lever(
    "outbound_checks",
    unit="1",
    axes=("site",),
    low=0.0,
    high=1.0,
    base=lambda run: np.where(
        run.world.sites.kind == 0, run.p["outbound_share"], run.p["outbound_share_between"]
    ),
    doc="share of southbound crossings checked for cash and guns",
    reader="repatriate, arm",
)


def southbound_shares(run: Run) -> NDArray[np.float64]:
    """Share of southbound trips of somebody at each plaza by site, (n_plazas, n_sites); rows sum to 1.

    Weight = sqrt(traffic + 1) exp(-distance / scale - weight x checks); no trips by sea. Source: assumption A23.
    """
    key = (run.p.version, run.levers["outbound_checks"].tobytes())
    return run.keep("southbound_shares", key, lambda: _all_shares(run))


def _all_shares(run: Run) -> NDArray[np.float64]:
    """The shares from every plaza, (n_plazas, n_sites)."""
    cost = run.world.paths.cost_mx / run.p["southbound_distance_km"]
    cost = cost + run.p["southbound_check_weight"] * run.levers["outbound_checks"]
    nearness = np.exp(cost.min(axis=1, keepdims=True) - cost)
    weight = np.where(run.world.sites.kind < 2, np.sqrt(run.world.sites.traffic + 1.0), 0.0) * nearness
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
