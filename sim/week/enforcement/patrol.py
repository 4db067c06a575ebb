"""Where officers go: units share what is free between purposes and plazas. It makes no arrest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import put_on_beats
from sim.levers import lever
from sim.state.governments import ISSUES
from sim.state.run import Run
from sim.week.enforcement.soldiers import hold_plazas, sent_away
from sim.world.agencies import MANDATES

Floats = NDArray[np.float64]

ISSUE_OF = {"drugs": "drugs", "guns": "guns", "cash": "drugs", "groups": "violence", "people": "migration"}
"""The issue of the two governments that each mandate serves."""

EXPLORATION = lever(
    "patrol_exploration",
    unit="1",
    axes=("country",),
    low=0.0,
    high=1.0,
    base=lambda run: run.p["patrol_exploration"],
    doc="share of patrols placed by people and not by where finds were made",
    reader="enforce",
)
GAIN = lever(
    "intelligence_gain",
    unit="1",
    axes=("country",),
    low=0.0,
    high=1.0,
    base=lambda run: run.p["patrol_belief_gain"],
    doc="g: weight of this week's find in a unit's belief about a place",
    reader="enforce",
)


@dataclass(frozen=True)
class Effort:
    """Where the week's officers are."""

    beat: Floats
    """(beats,) officers of each unit at each plaza of its own, by skill."""
    density: Floats
    """(P, mandates) officers by skill per 1,000 people at each plaza, by purpose."""


def place_officers(run: Run) -> Effort:
    """Place officers who are not on cases by belief, reports and exploration; set the plazas' patrols.

    Share of a unit's officers at plaza p: (1 - x) look_p / sum look + x people_p / sum people, with
    look = belief + pull x reported crimes over their mean. Source: doi:10.1073/pnas.1812459116; assumption E3.
    """
    units, plazas = run.units, run.world.plazas
    plaza, unit = run.extra["beat.plaza"], run.extra["beat.unit"]
    free = sent_away(run, np.maximum(units.officers - units.on_cases, 0.0))
    officers = free[unit] * _shares(run, plaza, unit)
    skilled, patrol = np.empty(unit.size), np.zeros(plazas.n)
    density = np.zeros((plazas.n, len(MANDATES)))
    people = (plazas.population + run.p["people_least"]) / 1000.0
    put_on_beats(plaza, unit, officers, units.skill, purpose_shares(run), people, skilled, density, patrol)
    run.extra["beat.visited"] = 1.0 - np.exp(-officers / run.p["visit_officers"])
    hold_plazas(run, density, people)
    _press_on_plazas(run, patrol)
    return Effort(beat=skilled, density=density)


def purpose_shares(run: Run) -> Floats:
    """Share of each unit's effort by mandate, (U, 5): its government's attention to the issues of its mandates."""
    start = run.world.units0
    issue = [ISSUES.index(ISSUE_OF[mandate]) for mandate in MANDATES]
    weight = run.governments.attention[:, issue][start.country] * start.mandate
    total = weight.sum(axis=1, keepdims=True)
    each = run.keep("mandates", 0, lambda: np.maximum(start.mandate.sum(axis=1, keepdims=True), 1))
    even = start.mandate / each
    return np.where(total > 0, weight / np.maximum(total, 1e-12), even)


def _shares(run: Run, plaza: NDArray[np.int64], unit: NDArray[np.int64]) -> Floats:
    """Share of its unit's officers on each beat; sums to 1 over a unit's beats."""
    n = run.units.n
    crimes = run.seen.crimes[0]
    mean = crimes.mean()
    look = run.units.belief[unit, plaza]
    if mean > 0:
        look = look + run.p["reports_pull"] * crimes[plaza] / mean
    explore = run.levers[EXPLORATION][run.world.units0.country]
    by_look = (1.0 - explore) / np.maximum(np.bincount(unit, look, minlength=n), 1e-12)
    return np.asarray(by_look[unit] * look + explore[unit] * run.extra["beat.people"])


def _press_on_plazas(run: Run, patrol: Floats) -> None:
    """Officers by plaza, and how new their pressure is: the rise over what people there are used to, 0 to 1."""
    places = run.plazas
    places.patrol[:] = patrol
    patrol = patrol + places.soldiers
    unknown = places.patrol_usual <= 0
    places.patrol_usual[unknown] = patrol[unknown]
    rise = np.maximum(0.0, patrol / np.maximum(places.patrol_usual, 1e-9) - 1.0)
    places.forces_new[:] = 1.0 - np.exp(-rise)
    places.patrol_usual += (patrol - places.patrol_usual) / run.p["patrol_usual_weeks"]
