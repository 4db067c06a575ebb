"""Soldiers who are sent: which plazas of a state they hold, and what they add there. They investigate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.levers import lever
from sim.state.run import Run
from sim.world.agencies import MANDATES

Floats = NDArray[Any]
GROUPS = MANDATES.index("groups")

DEPLOYED = lever(
    "forces_deployed",
    unit="officers",
    axes=("state",),
    low=0,
    high=60000,
    base=lambda run: 0.0,
    doc="soldiers and guards sent to a state to hold its most violent plazas, besides those who are there",
    reader="enforce",
)
RECRUITED = lever(
    "forces_recruited",
    unit="fraction",
    low=0,
    high=1,
    base=lambda run: 0.0,
    doc="share of forces sent who are newly recruited; the others are missing in states that receive none",
    reader="enforce",
)


def sent_away(run: Run, free: Floats) -> Floats:
    """Officers of each unit who stay, (U,): units of forces in states that receive none give those who are sent.

    At most a share of them goes; what is wished above that is not sent. Sets where soldiers are (`plazas.soldiers`).
    """
    wished, places = run.levers[DEPLOYED], run.plazas
    if not (wished.any() or places.soldiers.any()):
        return free
    giving = _forces(run) & (wished[run.world.units0.state] <= 0.0)
    able = run.p["soldiers_most_moved"] * free[giving].sum()
    from_others = (1.0 - run.levers.scalar(RECRUITED)) * wished.sum()
    part = min(1.0, able / max(from_others, 1e-9)) if from_others > 0.0 else 1.0
    _place(run, part * wished)
    moved = part * from_others / max(free[giving].sum(), 1e-9)
    return np.asarray(np.where(giving, free * (1.0 - moved), free))


def _forces(run: Run) -> NDArray[np.bool_]:
    kinds = np.array([kind == "forces" for kind in run.world.agencies.kind])
    return run.keep("forces by unit", 0, lambda: np.asarray(kinds[run.world.units0.agency]))


def _place(run: Run, sent: Floats) -> None:
    """Put soldiers (states,) where most homicides were counted: a garrison to a plaza, moved only at a review.

    Between reviews they stay; a state whose number has changed is placed anew. Source: assumption F20.
    """
    places, state = run.plazas, run.world.plazas.state
    there = np.bincount(state, places.soldiers, minlength=sent.size)
    review = run.week % int(run.p["soldiers_review_weeks"]) == 0
    for s in np.flatnonzero((np.abs(there - sent) > 0.5) | (review & (sent > 0.0))).tolist():
        rows = np.flatnonzero((state == s) & (run.world.plazas.hub_area < 0))
        places.soldiers[rows] = 0.0
        if sent[s] <= 0.0 or rows.size == 0:
            continue
        count = min(rows.size, max(1, int(np.ceil(sent[s] / run.p["soldiers_garrison"]))))
        hot = rows[np.lexsort((rows, -run.seen.homicides[0][rows]))[:count]]
        places.soldiers[hot] = sent[s] / count


def hold_plazas(run: Run, density: Floats, people: Floats) -> None:
    """Add soldiers to officers by skill per 1,000 people against groups: density (P, M), people (P,) thousands."""
    soldiers = run.plazas.soldiers
    if not soldiers.any():
        return
    skill = float(run.units.skill[_forces(run)].mean())
    density[:, GROUPS] += run.p["soldiers_raid_share"] * skill * soldiers / people
