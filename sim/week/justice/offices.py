"""What investigators, prosecutors and judges can do in a week, and how honest they are. It decides no case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.levers import lever
from sim.state.custody import people_of_courts
from sim.state.governments import MX, US
from sim.state.run import Run

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def _staff(name: str, unit: str, high: float, doc: str) -> str:
    return lever(name, unit=unit, low=0, high=high, base=lambda run: run.p[name], doc=doc, reader="prosecute")


INVESTIGATORS = _staff(
    "investigators_per_100k", "officers/100k", 200, "investigators of files in Mexico per 100,000 people"
)
PROSECUTORS = _staff(
    "prosecutors_per_100k", "prosecutors/100k", 60, "prosecutors in Mexico per 100,000 people"
)
JUDGES = _staff("judges_per_100k", "people/100k", 40, "judges in Mexico per 100,000 people")
EVIDENCE = _staff("evidence_quality", "1", 1, "chance that the evidence in a tried case stands")
COURTS = _staff("court_integrity", "1", 1, "chance that a court is not bought or threatened")
LEVERS = (INVESTIGATORS, PROSECUTORS, JUDGES, EVIDENCE, COURTS)


@dataclass(frozen=True)
class Offices:
    """What the offices of each court can do in a week, (courts,) each; the last is the American one."""

    investigate: Floats
    """Files taken to their end."""
    charge: Floats
    """Charges, in cases of the work of an ordinary one."""
    decide: Floats
    """People tried."""
    work: Floats
    """Work of a charge against a member over an ordinary one."""
    country: Ints
    """0 Mexico, 1 United States."""


def offices(run: Run) -> Offices:
    """Capacities of a week, from staff per head and the work of each; American ones are given as cases."""
    value = [run.levers.scalar(name) for name in LEVERS[:3]]
    return run.keep("offices of justice", (run.p.version, *value), lambda: _offices(run, value))


def _offices(run: Run, staff: list[float]) -> Offices:
    p, n = run.p, run.courts.n
    head = people_of_courts(run) / 1e5
    each = (p["files_per_investigator"], p["cases_per_prosecutor"], p["cases_per_judge"])
    abroad = (np.inf, p["us_cases_charged"], p["us_cases_decided"])
    able = [np.append(x * y * head, z) for x, y, z in zip(staff, each, abroad, strict=True)]
    country = np.where(np.arange(n) < n - 1, MX, US)
    work = np.where(country == MX, p["member_case_work"], 1.0)
    return Offices(able[0], able[1], able[2], work, country.astype(np.int64))


def office_integrity(run: Run) -> Floats:
    """Integrity of those who work on the files of each court, (courts,): investigating units by officers."""
    weight = run.keep("investigators of courts", 0, lambda: _weights(run))
    integrity = run.units.integrity
    return run.keep("integrity of courts", integrity.tobytes(), lambda: np.asarray(weight @ integrity))


def _weights(run: Run) -> Floats:
    """Share of each unit in the investigators of each court, (courts, U); national units are spread by people."""
    units, states, agencies = run.world.units0, run.world.states, run.world.agencies
    files = (np.array(agencies.kind) == "investigators")[units.agency]
    mexican = np.flatnonzero(states.country == MX)
    people = people_of_courts(run)
    out = np.zeros((run.courts.n, units.n))
    for u in np.flatnonzero(files).tolist():
        if units.country[u] == US:
            out[-1, u] = units.officers[u]
        elif units.state[u] >= 0:
            out[np.searchsorted(mexican, units.state[u]), u] = units.officers[u]
        else:
            out[:-1, u] = units.officers[u] * people / people.sum()
    return np.asarray(out / out.sum(axis=1, keepdims=True))
