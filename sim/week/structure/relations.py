"""Relations: rivalry and alliances drift; who holds each plaza, how firmly, and how contested it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_links import beside
from sim.kernels_territory import (
    churn,
    common_threat,
    drift_rivalry,
    equipped,
    hold,
    pairs_beside,
    shared_people,
)
from sim.state.crews import ARMED
from sim.state.lineage import crews_by_plaza
from sim.state.run import Run

Floats = NDArray[Any]
Ints = NDArray[Any]
RELATIONS_WEEKS = 13
"""Alliances and the rivalry of neighbours are reviewed once a quarter."""


def review_relations(run: Run) -> None:
    """Rivalry decays toward what overlapping territory gives; a common threat makes allies, rivalry breaks pacts.

    Two groups that share plazas wish a pact as far as third parties threaten both more than they threaten each other.
    Source: balance of threat, Walt 1985, doi:10.2307/2538540; sizes are assumption F12.
    """
    p, groups, crews = run.p, run.groups, run.crews
    rows = run.alive
    rows = rows[np.argsort(groups.id[rows])]
    shared = np.zeros((groups.n, groups.n))
    shared_people(*crews_by_plaza(run), crews.group, crews.members, shared)
    step = min(1.0, RELATIONS_WEEKS / p["rivalry_weeks"])
    drift_rivalry(rows, shared, p["rivalry_overlap"], step, groups.rivalry)
    pairs = pairs_beside(rows, shared, groups.alliance)
    common = common_threat(np.sqrt(facing(run, rows)), pairs)
    one, other = rows[pairs[:, 0]], rows[pairs[:, 1]]
    rivalry = groups.rivalry[one, other]
    wish = np.clip(p["alliance_common"] * common - p["alliance_rivalry"] * rivalry, 0.0, 1.0)
    wish[shared[one, other] <= 0.0] = 0.0
    _make_pacts(run, one, other, wish)


def facing(run: Run, rows: Ints) -> Floats:
    """Armed people of each other group in the plazas of a group, over these and its own, (n, n); rows (n,)."""
    crews, n = run.crews, run.groups.n
    order, ptr = crews_by_plaza(run)
    armed = crews.members[:, ARMED]
    against = np.zeros((n, n))
    beside(order, ptr, crews.group, armed, against)
    own = np.bincount(crews.group, armed, minlength=n)[rows, None]
    against = against[np.ix_(rows, rows)]
    return np.asarray(against / np.maximum(against + own, 1.0))


def _make_pacts(run: Run, one: Ints, other: Ints, wish: Floats) -> None:
    """Pairs of groups (rows, (n,)) talk once in a while: they have a pact afterwards with chance wish (n,).

    While it lasts they do not fight, owe each other no toll and hold plazas together. The lower id comes first.
    Source: assumption F12.
    """
    ids, pacts = run.groups.id, run.groups.alliance
    talk = min(1.0, RELATIONS_WEEKS / run.p["alliance_weeks"])
    held = pacts[one, other] > 0.0
    chance = talk * np.where(held, 1.0 - wish, wish)
    change = run.draws.uniform("structure/pact", ids[one], ids[other]) < chance
    pacts[one, other] = pacts[other, one] = held ^ change


def set_holders(run: Run) -> None:
    """Say who holds each plaza, alone or with allies; churn, fights, shocked holders contest it, time calms it."""
    p, places, crews, groups = run.p, run.plazas, run.crews, run.groups
    order, ptr = crews_by_plaza(run)
    armed = equipped(crews.members, crews.guns, p["strength_unarmed"])
    before = np.where(places.holder >= 0, groups.id[places.holder], -1)
    top = np.empty(places.n, dtype=np.int64)
    hold(order, ptr, crews.group, armed, groups.alliance, places.holder, places.hold, top)
    names = ("contest_fight", "contest_change", "contest_shock", "contest_weeks")
    c = run.keep("churn", p.version, lambda: np.array([p[name] for name in names]))
    churn(places.holder, before, groups.id, groups.shock, run.tally.fights[0], c, places.contest)
