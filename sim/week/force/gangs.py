"""Gangs of a plaza: crews hire some of them, others feud, sell and resist. Their dead are their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_crews import hire_gangs
from sim.kernels_force import CONSTANTS
from sim.kernels_gangs import STREET_CONSTANTS, street
from sim.ledger import conversion
from sim.state.run import Run

Floats = NDArray[Any]
Ints = NDArray[Any]

HIRED = conversion("paid_to_gangs", "usd", "paid to gangs that fight for a crew")


def hire(run: Run, armed: Floats) -> Floats:
    """Crews of contested plazas hire gang people by the week; returns the strength that adds to each crew, (n,).

    Wished: a share of the gang that grows with contestation, among crews by armed people, as far as a part of the
    treasury pays for it. armed: share of gang people with a gun, (P,). Source: assumption F19.
    """
    p, crews, groups, places = run.p, run.crews, run.groups, run.plazas
    names = ("gang_hire", "gang_pay", "gang_purse", "strength_unarmed")
    c = run.keep("hiring of gangs", p.version, lambda: np.array([p[name] for name in names]))
    bill = np.empty(groups.n)
    added = hire_gangs(
        crews.group, crews.plaza, crews.members, places.contest, places.gang, groups.treasury, armed, c,
        places.hired, bill,
    )  # fmt: skip
    run.ledger.move("usd", "groups.treasury", HIRED, bill, "gangs")
    return np.asarray(added)


def armed_share(run: Run) -> Floats:
    """Share of gang people with a gun at each plaza, (P,): as private guns per head of the state over the start's."""
    p, world = run.p, run.world
    usual = run.keep("usual private guns", p.version, lambda: _usual_guns(run))
    ratio = run.arms.private.sum(axis=1) / usual
    return np.asarray(np.minimum(1.0, p["gang_guns"] * ratio)[world.plazas.state])


def _usual_guns(run: Run) -> Floats:
    """Guns that private people of each Mexican state would have with as many a head as at the start, (states,)."""
    states = run.world.states
    people = np.where(states.country == 0, states.population, 0.0)
    return np.asarray(np.maximum(people * (run.p["private_guns_start"] / people.sum()), 1.0))


def street_week(
    run: Run,
    order: Ints,
    ptr: Ints,
    new: Floats,
    armed: Floats,
    aggression: Floats,
    by_group: Floats,
    totals: Ints,
) -> None:
    """Retail disputes, feuds of gangs and gangs that resist crews: see `kernels_gangs.street`."""
    p, crews, groups, places, tally = run.p, run.crews, run.groups, run.plazas, run.tally
    c = run.keep("fight constants", p.version, lambda: np.array([p[name] for name in CONSTANTS]))
    k = run.keep("street constants", p.version, lambda: np.array([p[name] for name in STREET_CONSTANTS]))
    keys = run.draws.keys(("force/street", "force/resist")).reshape(-1)
    street(
        order, ptr, crews.group, groups.id, crews.members, crews.guns, crews.ammunition, new, crews.hidden,
        aggression, places.hired, armed, places.retail_usd, places.contest,
        places.hold, places.gang, c, k, keys, run.draws.week_word, tally.deaths_members[0], tally.deaths[0],
        tally.deaths_gang[0], tally.street_fights[0], by_group, totals,
    )  # fmt: skip
