"""Planning: every group decides, one by one, from its own results and from what may be known."""

from __future__ import annotations

import numpy as np

from sim.state.run import Run, process

SUPPLY_LEVERS = (
    "production_cost_factor",
    "crop_capacity",
    "lab_capacity",
    "precursor_seized",
    "precursor_price_factor",
    "southern_price_factor",
)
"""Declared by supply: what groups know of costs and capacity."""


@process(
    reads=("groups", "crews", "plazas", *(f"lever {name}" for name in SUPPLY_LEVERS)),
    writes=("groups",),
)
def plan(run: Run) -> None:
    """Each group plans what to make, send, pay, recruit, buy and fight for. Source: assumptions A-S3, A-P1 to A-P4."""
    actors = run.actors["group"]
    if not actors:
        return
    sight, rows = actors[0].look(), np.array([actor.row for actor in actors])
    actors[0].intend(sight, rows, actors[0].ask(sight, rows))
