"""Where officers go: units share what is free between purposes and plazas. It makes no arrest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels_patrol import press_on, put_on_beats, share_purposes
from sim.levers import lever
from sim.state.governments import ISSUES
from sim.state.run import Run
from sim.week.enforcement.soldiers import hold_plazas, sent_away
from sim.world.agencies import MANDATES

Floats = NDArray[np.float64]

ISSUE_OF = {"drugs": "drugs", "guns": "guns", "cash": "drugs", "groups": "violence", "people": "migration"}
"""The issue of the two governments that each mandate serves."""
ISSUES_OF_MANDATES = np.array([ISSUES.index(ISSUE_OF[mandate]) for mandate in MANDATES])
"""Its row, (M,)."""

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
    units, plazas, start = run.units, run.world.plazas, run.world.units0
    p, extra, n_beats = run.p, run.extra, run.extra["beat.unit"].size
    free = sent_away(run, np.maximum(units.officers - units.on_cases, 0.0))
    people = run.keep("thousands", p.version, lambda: (plazas.population + p["people_least"]) / 1000.0)
    patrol, density = np.empty(plazas.n), np.empty((plazas.n, len(MANDATES)))
    skilled, visited = np.empty(n_beats), np.empty(n_beats)
    put_on_beats(
        extra["beat.plaza"], extra["beat.unit"], extra["beat.people"], units.belief, run.seen.crimes[0],
        p["reports_pull"], free, run.levers[EXPLORATION], start.country, units.skill, purpose_shares(run), people,
        p["visit_officers"], skilled, density, patrol, visited,
    )  # fmt: skip
    extra["beat.visited"] = visited
    hold_plazas(run, density, people)
    places = run.plazas
    weeks = p["patrol_usual_weeks"]
    press_on(patrol, places.soldiers, places.patrol_usual, weeks, places.patrol, places.forces_new)
    return Effort(beat=skilled, density=density)


def purpose_shares(run: Run) -> Floats:
    """Share of each unit's effort by mandate, (U, 5): its government's attention to the issues of its mandates."""
    start, out = run.world.units0, np.empty((run.units.n, len(MANDATES)))
    share_purposes(run.governments.attention, ISSUES_OF_MANDATES, start.country, start.mandate, out)
    return out
