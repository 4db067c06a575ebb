"""Custody: which court a place belongs to, and who is in custody at the start. It charges and releases nobody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.state.governments import MX, US
from sim.state.run import Run

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CUSTODY = ("accused", "charged", "prisoners")
"""Columns of groups that hold people in custody."""


def court_of_plazas(run: Run) -> Ints:
    """Row of `courts` in which those arrested at each plaza or US hub are charged, (P,)."""
    return run.keep("court of plazas", 0, lambda: _court_of_plazas(run))


def _court_of_plazas(run: Run) -> Ints:
    plazas, states = run.world.plazas, run.world.states
    row = np.cumsum(states.country == MX) - 1
    return np.where(plazas.hub_area < 0, row[plazas.state], run.courts.n - 1).astype(np.int64)


def people_of_courts(run: Run) -> Floats:
    """People of the state of each Mexican court, (courts - 1,)."""
    states = run.world.states
    return np.asarray(states.population[states.country == MX], dtype=np.float64)


def held_of_groups(run: Run) -> Ints:
    """Members in custody of any kind and country by group, (CAPACITY,)."""
    return np.asarray(sum(getattr(run.groups, name).sum(axis=1) for name in CUSTODY))


def start_custody(run: Run) -> None:
    """Fill custody and queues as they stand in the status quo: members where crews are, others by people.

    Source: accounts sections 4 and 7; files and waits follow from the flows there (assumption E8).
    """
    p, groups, courts, start = run.p, run.groups, run.courts, run.world.groups0
    here = np.zeros((start.n, courts.n))
    np.add.at(here, (run.crews.group, court_of_plazas(run)[run.crews.plaza]), run.crews.people)
    here[:, -1] = 0.0
    here *= (start.share / np.maximum(here.sum(axis=1), 1.0))[:, None]
    by_id = np.argsort(start.id, kind="stable")
    groups.accused[by_id] = _whole(p["accused_start"] * here[by_id])
    groups.charged[by_id] = _whole(p["charged_start"] * here[by_id])
    groups.prisoners[by_id, MX] = _whole(p["prisoners_start"] * start.share[by_id])
    groups.prisoners[by_id, US] = _whole(p["prisoners_us_start"] * start.share[by_id])
    people = people_of_courts(run)
    for name in ("files", "ready", "charged", "inmates"):
        column = getattr(courts, name)
        column[:-1] = p[f"others_{name}_start"] * people / people.sum()
    courts.ready[-1] = p["us_cases_filed"]
    courts.charged[-1] = p["us_cases_filed"] * p["us_weeks_to_trial"]
    courts.inmates[-1] = p["others_inmates_us_start"]


def _whole(expected: Floats) -> Ints:
    """Whole numbers of the shape of `expected` whose running sum is its running sum, rounded."""
    steps = np.floor(np.cumsum(expected.reshape(-1)) + 0.5)
    return np.diff(steps, prepend=0.0).astype(np.int64).reshape(expected.shape)
