"""The internal network of groups: where it stands at the start, how its pointers are rebuilt, how much it carries.

Each crew has at most TIES ties of trust and one link of supply, columns of `crews` that name the other end by its
place; so they need no rebuilding when rows move, and rows of fixed width stand for the pointers of a CSR. It decides
nothing: who replaces a lost broker is said in `week/structure/brokers`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_links import carried, grow_trust, relink, retie
from sim.state.crews import TRANSIT
from sim.state.run import Run
from sim.world.tables import great_circle_km

Floats = NDArray[Any]


def plaza_km(run: Run) -> Floats:
    """Kilometres between places, (P, P)."""
    plazas = run.world.plazas
    return run.keep(
        "plaza_km",
        0,
        lambda: np.ascontiguousarray(
            great_circle_km(plazas.lat[:, None], plazas.lon[:, None], plazas.lat, plazas.lon)
        ),
    )


def border_cost(run: Run) -> Floats:
    """Cost of the way from each place to the nearest site of the border, (P,) km-equivalents."""
    return run.keep("border_cost", 0, lambda: np.asarray(run.world.paths.cost_mx.min(axis=1)))


def closeness(run: Run) -> Floats:
    """Trust that crews at two places come to with time, (P, P): exp(-km / trust_km)."""
    return run.keep("closeness", run.p.version, lambda: np.exp(-plaza_km(run) / run.p["trust_km"]))


def start_links(run: Run) -> None:
    """Ties, links and offices as old groups have them: full strength."""
    crews = run.crews
    rebuild_links(run)
    known = np.maximum(crews.known, 0)
    crews.trust[:] = np.where(crews.known >= 0, closeness(run)[crews.plaza[:, None], known], 0.0)
    crews.supply[:] = 1.0
    crews.contact[:], crews.unfilled[:] = 1.0, False
    know(run, 0.0)
    carry(run, 0.0)


def rebuild_links(run: Run) -> None:
    """After births and deaths of crews: drop what leads nowhere and choose anew."""
    crews, world = run.crews, run.world
    retie(crews.ptr, crews.plaza, crews.at, plaza_km(run), crews.known, crews.trust)
    relink(
        crews.ptr, crews.plaza, crews.at, plaza_km(run), border_cost(run), crews.members[:, TRANSIT],
        run.p["supply_km"], world.plazas.n_mexico, crews.known, crews.trust, crews.onto, crews.supply,
    )  # fmt: skip


def know(run: Run, pace: float) -> None:
    """Ties grow by a share of what is missing; sets what each crew has of them."""
    crews = run.crews
    grow_trust(crews.ptr, crews.plaza, crews.at, closeness(run), pace, crews.known, crews.trust, crews.degree)


def carry(run: Run, pace: float) -> None:
    """Links grow by a share of what is missing; sets what share of each stock they carry to the border."""
    crews, border = run.crews, border_cost(run)
    inward = run.keep("inward", crews.plaza.tobytes(), lambda: np.argsort(border[crews.plaza], kind="stable"))
    carried(
        inward, crews.group, crews.plaza, crews.at, border, run.world.plazas.n_mexico, pace, crews.known, crews.trust,
        crews.onto, crews.supply, crews.reach,
    )  # fmt: skip
