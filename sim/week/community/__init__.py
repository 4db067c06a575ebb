"""Communities and what groups take from them: `community`, and `start_places`.

This file is the order of things and what people feel; `takings` is what groups take, `worth` what a plaza earns.
Extortion, migrant smuggling, fuel theft and other predation feed treasuries; crime is reported or not; trust, fear and
prospects move slowly; the pool at risk ages. It neither recruits nor fights. Drug sales in Mexico are not here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_community import FEELINGS, count_crimes, feel, grow_up
from sim.levers import lever
from sim.state.crews import ARMED
from sim.state.run import Run, process
from sim.week.community.takings import SHIELD, extort, prey, smuggle_migrants, take_tolls
from sim.week.community.worth import people_of, worth_now

__all__ = ["abuse_level", "community", "start_places", "violence_level"]

Floats = NDArray[Any]
GROWING_UP = ("community/of_age", "community/grown_up", "community/gang")
"""Draws of `grow_up`."""

REPORTING = lever(
    "reporting_support",
    unit="fraction",
    axes=("state",),
    low=-0.1,
    high=0.5,
    base=lambda run: 0.0,
    doc="added to the share of crimes reported",
    reader="community",
)
TRUST = lever(
    "trust_building",
    unit="index",
    axes=("state",),
    low=-0.5,
    high=0.5,
    base=lambda run: 0.0,
    doc="added to the trust that police deserve (below zero: abuses)",
    reader="community",
)
PROSPECTS = lever(
    "youth_prospects",
    unit="index",
    axes=("state",),
    low=-0.5,
    high=1,
    base=lambda run: 0.0,
    doc="added to the legal prospects of the young",
    reader="community",
)


def start_places(run: Run) -> None:
    """Fill communities, gangs and the pool at risk; say who holds what and what a plaza is worth."""
    p, places, crews = run.p, run.plazas, run.crews
    people = people_of(run)
    places.pool[:] = np.floor(p["pool_share"] * people + 0.5)
    places.gang[:] = np.floor(p["gang_share"] * people + 0.5)
    places.trust[:], places.fear[:] = p["trust_usual"], p["fear_usual"]
    places.reporting[:], places.prospects[:] = p["reporting_usual"], 1.0
    places.risk_killed[:], places.risk_arrest[:] = p["risk_killed_start"], p["risk_arrest_start"]
    places.violence[:] = p["violence_usual"] * people
    members = np.bincount(crews.group, crews.people, minlength=run.groups.n)
    places.worth[:] = worth_now(run, members * p["worth_start_per_member"])
    places.holder[:], places.hold[:], places.contest[:] = _strongest(run, members)


def _strongest(run: Run, members: Floats) -> tuple[Floats, Floats, float]:
    """Holder (of equals the lowest id), its share of armed people, and the contestation every plaza starts with."""
    crews, n = run.crews, run.plazas.n
    armed = np.zeros((run.groups.n, n))
    armed[crews.group, crews.plaza] = crews.members[:, ARMED]
    total = armed.sum(axis=0)
    by_id = np.argsort(run.groups.id, kind="stable")
    best = by_id[armed[by_id].argmax(axis=0)]
    share = armed[best, np.arange(n)] / np.maximum(total, 1.0)
    return np.where(total > 0, best, -1), share, run.p["contest_start"]


@process(
    reads=("groups", "crews", "plazas", "lanes", SHIELD, REPORTING, TRUST, PROSPECTS),
    writes=("groups", "plazas", "tally"),
    accounts=("groups.treasury",),
)
def community(run: Run) -> None:
    """Groups take from firms, migrants and others; people trust, fear, report and grow up.

    Source: scales from the national account; forms are assumptions F13 to F18.
    """
    extorted = extort(run)
    smuggle_migrants(run)
    prey(run)
    take_tolls(run)
    _report(run, extorted)
    _feel(run)
    _grow_up(run)
    places = run.plazas
    places.worth += (worth_now(run, run.groups.profit) - places.worth) / run.p["worth_weeks"]


def _report(run: Run, extorted: Floats) -> None:
    """Crimes of the week by plaza and how many of them are reported."""
    tally = run.tally
    count_crimes(
        people_of(run), run.p["crime_rate"], extorted, tally.deaths[0], tally.deaths_members[0], tally.background[0],
        run.plazas.reporting, tally.crimes[0], tally.reported[0],
    )  # fmt: skip


def violence_level(run: Run) -> Floats:
    """Running organised-crime deaths per person over the usual national level, (P,); 1 is usual."""
    return np.asarray(run.plazas.violence / np.maximum(run.p["violence_usual"] * people_of(run), 1e-12))


def abuse_level(run: Run) -> Floats:
    """Running abuses by forces per person over the usual, (P,)."""
    return np.asarray(run.plazas.abuses / np.maximum(run.p["abuse_usual"] * people_of(run), 1e-12))


def _feel(run: Run) -> None:
    """Trust, fear, reporting and prospects follow violence, abuse, bought police, programmes and border waits."""
    p, crews, places, plazas = run.p, run.crews, run.plazas, run.world.plazas
    c = run.keep("feelings", p.version, lambda: np.array([p[name] for name in FEELINGS]))
    levers = [run.levers[name] for name in (TRUST, REPORTING, PROSPECTS)]
    feel(
        crews.plaza, crews.members, crews.protection, plazas.site, run.world.lanes.site, run.lanes.wait,
        run.world.sites.n, plazas.state, people_of(run), places.violence, places.abuses, *levers, c, places.trust,
        places.fear, places.reporting, places.prospects,
    )  # fmt: skip


def _grow_up(run: Run) -> None:
    """Some come of age into the pool at risk, some grow out of it; gangs fill up again from among them."""
    places, draws = run.plazas, run.draws
    c = run.keep("growing up", run.p.version, lambda: _growing_up(run))
    keys = draws.keys(GROWING_UP)
    grow_up(
        people_of(run), places.prospects, places.contest, c, keys, draws.week_word, places.pool, places.gang
    )


def _growing_up(run: Run) -> Floats:
    """What `grow_up` takes as `c`."""
    p = run.p
    names = ("pool_share", "pool_prospects", "gang_share", "gang_contest", "contest_start", "gang_weeks")
    return np.array([1.0 / p["pool_weeks"], *(p[name] for name in names)])
