"""Who begins to use drugs: peers, what is to be had, deaths seen, prevention at school, prescriptions.

It puts entrants into free rows of people; what they do from then on is the rest of `consume`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels_rows import admit
from sim.kernels_use import in_states
from sim.state.people import DEPENDENT, OCCASIONAL, PRESCRIBED, STATES, SUPERVISED
from sim.state.people_build import people_columns
from sim.state.people_tables import UseTables, by_drug, person_drugs, population_share
from sim.state.run import Run
from sim.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
S = len(STATES)
AGES = np.arange(13.0, 36.0)
"""Years of age that prevention is followed over, from the school programme to the last usual age of beginning."""
IS_USING = np.isin(np.arange(S), (OCCASIONAL, DEPENDENT, SUPERVISED)).astype(float)
"""States whose people are peers, (S,) of 0 and 1."""


def begin(run: Run, table: UseTables, open_share: Floats, out: Floats) -> Floats:
    """Entrants take free rows of their cells; returns rows begun by (drug), prescribed ones apart: (2, D).

    Initiation = rate x peers^e x availability x (deaths seen)^-e x prevention, each 1 at the reference.
    Source: mechanisms of the design; elasticities are assumption A16; prevention doi:10.7249/MR1062.
    """
    world, drugs = run.world, run.world.drugs
    share, rows = population_share(run), person_drugs(drugs)
    factor = _peers(run, table) * open_share * _fear(run)[:, None] * _prevented(run)
    doors = run.keep("entrants", run.p.version, lambda: _doors(run, table))
    people = np.concatenate([table.initiation[rows] * factor[:, rows], doors.medical], axis=1)
    mean = (people * share[:, None])[doors.area] * doors.inside
    wanted = np.zeros((world.cells.n, len(doors.drug)), dtype=np.int64)
    counts = run.draws.poisson("people/begin", mean.reshape(-1), doors.ids, doors.subs)
    wanted[doors.cells] = counts.reshape(mean.shape)
    kinds, states = doors.drug, doors.state
    begun = np.zeros(len(kinds))
    spreads = np.array([run.p["amount_sigma"], run.p["risk_sigma"]])
    k0, k1 = run.draws.key("people/entrant")
    admit(
        k0, k1, wanted, kinds, states, run.people.ptr,
        people_columns(run), spreads, out, (drugs.n, S), int(run.extra["people_weeks"][0]), begun,
    )  # fmt: skip
    return np.stack([np.bincount(kinds, begun * (states == s), drugs.n) for s in (OCCASIONAL, PRESCRIBED)])


@dataclass(frozen=True)
class _Doors:
    """Streams of entrants (k,), by drug and state begun in, and the cells (n,) that they enter; identities of their
    draws (n * k,); share of its area's rows in each cell (n, 1); medical entrants by area and opioid."""

    drug: Ints
    state: Ints
    cells: Ints
    area: Ints
    inside: Floats
    ids: Ints
    subs: Ints
    medical: Floats


def _doors(run: Run, table: UseTables) -> _Doors:
    """What stays alike from week to week about those who begin."""
    world, drugs = run.world, run.world.drugs
    rows, opioid = person_drugs(drugs), np.flatnonzero(drugs.is_opioid)
    cells = np.flatnonzero(np.diff(run.people.ptr) > 0)
    area, population = world.areas.of_cell[cells], world.cells.population[cells]
    inside = population / np.bincount(area, population, world.areas.n)[area] / run.people_per_agent
    drug = np.concatenate([rows, opioid])
    state = np.repeat([OCCASIONAL, PRESCRIBED], [len(rows), len(opioid)])
    ids, subs = np.repeat(cells, len(drug)), np.tile(drug + drugs.n * state, len(cells))
    medical = np.tile(table.initiation_prescribed[opioid], (world.areas.n, 1))
    return _Doors(drug, state, cells, area, inside[:, None], ids, subs, medical)


def _peers(run: Run, table: UseTables) -> Floats:
    """Users here per head over users per head at the start, to a power, (A, D). Source: assumption A16."""
    now = in_states(run.extra["people_stock"], IS_USING) * run.people_per_agent
    usual = population_share(run)[:, None] * np.dot(table.users, IS_USING)[None, :]
    ratio = np.divide(now, usual, out=np.ones_like(now), where=usual > 0)
    return np.asarray(np.clip(ratio, 0.25, 4.0) ** run.p["peer_elasticity"])


def _fear(run: Run) -> Floats:
    """Factor of perceived risk from the deaths counted here, (A,); 1 before any are seen. Source: assumption A16."""
    seen = run.seen.overdoses[0]
    usual = population_share(run) * run.p["deaths_seen_reference"]
    ratio = np.where(seen > 0, np.clip(seen / usual, 0.25, 4.0), 1.0)
    return np.asarray(ratio ** -run.p["fear_elasticity"])


def _prevented(run: Run) -> Floats:
    """Factor of prevention on initiation, (A, D): it reaches those at the age of beginning only as cohorts age."""
    p = run.p
    weight = run.keep("ages_of_initiation", p.version, lambda: _ages_of_initiation(run))
    covered = run.extra["people_protected"] @ weight.T
    effect = p["prevention_effect"]
    return np.asarray((1.0 - effect * covered) / (1.0 - effect * p["prevention_base"]))


def _ages_of_initiation(run: Run) -> Floats:
    """Share of those who begin at each of AGES, by drug, (D, ages)."""
    drugs = run.world.drugs
    centre = by_drug(run.p, "initiation_age", drugs, person_drugs(drugs))
    weight = np.exp(-0.5 * ((AGES[None, :] - centre[:, None]) / run.p["initiation_age_sd"]) ** 2)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def age_prevention(run: Run) -> None:
    """Move the protected shares up by a week of age; the youngest take this week's coverage."""
    shares, step = run.extra["people_protected"], 1.0 / WEEKS_PER_YEAR
    before = np.column_stack([run.levers["prevention_coverage"], shares[:, :-1]])
    run.extra["people_protected"] = shares + step * (before - shares)
