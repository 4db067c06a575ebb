"""Relations: rivalry and alliances drift; who holds each plaza, how firmly, and how contested it is."""

from __future__ import annotations

import numpy as np

from sim.kernels_force import hold
from sim.state.crews import ARMED
from sim.state.lineage import crews_by_plaza
from sim.state.run import Run

RELATIONS_WEEKS = 13
"""Alliances and the rivalry of neighbours are reviewed once a quarter."""


def review_relations(run: Run) -> None:
    """Rivalry decays toward what overlapping territory gives; a common enemy makes allies, rivalry breaks alliances."""
    p, groups, crews = run.p, run.groups, run.crews
    rows = run.alive
    rows = rows[np.argsort(groups.id[rows])]
    people = np.zeros((groups.n, run.plazas.n))
    people[crews.group, crews.plaza] = crews.people
    people = people[rows]
    people /= np.sqrt((people**2).sum(axis=1, keepdims=True)) + 1e-12
    overlap = people @ people.T
    np.fill_diagonal(overlap, 0.0)
    grid = np.ix_(rows, rows)
    step = RELATIONS_WEEKS / p["rivalry_weeks"]
    rivalry = groups.rivalry[grid]
    rivalry += min(1.0, step) * (p["rivalry_overlap"] * overlap - rivalry)
    enmity = np.minimum(rivalry, 1.0)
    common = enmity @ enmity.T
    wish = np.clip(p["alliance_common"] * common / (1.0 + common) - p["alliance_rivalry"] * rivalry, 0.0, 1.0)
    np.fill_diagonal(wish, 0.0)
    groups.rivalry[grid] = rivalry
    groups.alliance[grid] += min(1.0, RELATIONS_WEEKS / p["alliance_weeks"]) * (wish - groups.alliance[grid])


def set_holders(run: Run) -> None:
    """Say who holds each plaza and how firmly; churn, fights and shocked holders raise contestation, time lowers it."""
    p, places, crews, groups = run.p, run.plazas, run.crews, run.groups
    order, ptr = crews_by_plaza(run)
    armed = crews.members[:, ARMED]
    equipped = np.minimum(1.0, (crews.guns[:, 0] + crews.guns[:, 1]) / np.maximum(armed, 1))
    strength = armed * (p["strength_unarmed"] + (1.0 - p["strength_unarmed"]) * equipped)
    before = np.where(places.holder >= 0, groups.id[places.holder], -1)
    top = np.empty(places.n, dtype=np.int64)
    hold(order, ptr, crews.group, strength, places.holder, places.hold, top)
    held = places.holder >= 0
    now = np.where(held, groups.id[places.holder], -1)
    changed = held & (before >= 0) & (now != before)
    shock = np.where(held, groups.shock[places.holder], 0.0)
    fights = run.tally.fights[0] * p["contest_fight"]
    churn = np.minimum(1.0, fights + changed * p["contest_change"] + shock * p["contest_shock"])
    places.contest += (churn - places.contest) / p["contest_weeks"]
