"""Crews where soldiers are, and what operations of forces do to people who are no members."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_crews import abused
from sim.levers import lever
from sim.state.crews import ARMED
from sim.state.run import Run
from sim.state.tally import STATE

Floats = NDArray[Any]
LEAST_HIDDEN = 1e-3
"""Share below which a crew is back on the street."""
DRAWS = ("force/abuse", "force/abuse-killed")
"""Draws of `abuse`."""

TRAINING = lever(
    "forces_training",
    unit="fraction",
    axes=("state",),
    low=0,
    high=1,
    base=lambda run: run.p["forces_training"],
    doc="share of abuses in operations that training and oversight of forces prevent",
    reader="fight",
)


def forces_integrity(run: Run) -> float:
    """Mean integrity of the units of forces, weighted by officers at the start."""
    integrity = run.units.integrity
    return run.keep("integrity of forces", integrity.tobytes(), lambda: _mean_integrity(run))


def _mean_integrity(run: Run) -> float:
    rows = np.flatnonzero(_forces(run))
    weight = run.world.units0.effort_officers[rows]
    return float((run.units.integrity[rows] * weight).sum() / weight.sum())


def _forces(run: Run) -> NDArray[np.bool_]:
    return np.array([kind == "forces" for kind in run.world.agencies.kind])[run.world.units0.agency]


def _people(run: Run) -> Floats:
    plazas = run.world.plazas
    return run.keep(
        "people where soldiers may be", 0, lambda: np.where(plazas.hub_area < 0, plazas.population, 0.0)
    )


def lie_low(run: Run) -> None:
    """Crews that soldiers outnumber keep off the street, and count it as a defeat when they review where to be.

    Wished share off the street is x^2 / (1 + x^2), x soldiers (not bought) over those needed for the armed members and
    the people there; those who hide do not extort, recruit, fight or meet patrols, and earn less. Without soldiers
    nothing changes. Source: density, Quinlivan 1995, Parameters 25:59; assumption F20.
    """
    p, crews, places = run.p, run.crews, run.plazas
    if not (places.soldiers.any() or crews.hidden.any()):
        return
    open_ = 1.0 - (1.0 - forces_integrity(run)) * crews.protection
    needed = p["hide_ratio"] * crews.members[:, ARMED] + p["hide_density"] * _people(run)[crews.plaza]
    odds = places.soldiers[crews.plaza] * open_ / np.maximum(needed, 1.0)
    wish = odds**2 / (1.0 + odds**2)
    crews.hidden += (wish - crews.hidden) / p["hide_weeks"]
    crews.hidden[crews.hidden < LEAST_HIDDEN] = 0.0
    crews.beaten += p["hide_defeat"] * crews.hidden


def abuse(run: Run, clashes: Floats) -> None:
    """Some operations of forces end in abuse of a civilian, who may die; `clashes` (P,) of this week.

    Operations: raids, clashes, and stops and cordons of soldiers; chance of each: base x (1 - training) x (1 -
    integrity). Source: complaints per soldier deployed 2007-2010 (par: Human Rights Watch 2011); assumption F21.
    """
    p, places, tally, plazas, draws = run.p, run.plazas, run.tally, run.world.plazas, run.draws
    keys = draws.keys(DRAWS)
    names = ("soldier_operations", "abuse_prob", "abuse_killed", "abuse_memory_weeks")
    operations, prob, killed, weeks = (p[name] for name in names)
    c = np.array([operations, prob, 1.0 - forces_integrity(run), killed, weeks])
    abused(
        tally.raids[0], clashes, places.soldiers, plazas.state[: plazas.n_mexico], run.levers[TRAINING], c, keys,
        draws.week_word, tally.abuses[0], tally.deaths[0, :, STATE], places.abuses,
    )  # fmt: skip
