"""Fill the table of people: rows by cell at the stocks of the start, with free rows among them for entrants.

It knows how many people there are of which kind, not what they do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_clocks import relapse_share
from sim.kernels_people import N_OUT
from sim.kernels_rows import count_people
from sim.quantiles import normal_array
from sim.state.people import FREE, OCCASIONAL, PRESCRIBED, RECOVERED, STATES
from sim.state.people_tables import UseTables, use_tables
from sim.state.run import Run
from sim.units import WEEKS_PER_YEAR

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
KINDS_LIGHT = (PRESCRIBED, OCCASIONAL, RECOVERED)
"""States whose use answers to price as that of light users; the rest as dependent ones."""


def build_people(run: Run) -> None:
    """Make the rows of every US cell: people by drug and state, then free rows."""
    table = use_tables(run.p, run.world.drugs)
    counts = _counts(run, table)
    n_cells, n_kinds = counts.shape
    people = counts.sum(axis=1)
    free = np.ceil(run.p["free_share"] * people + 2.0).astype(np.int64)
    free[run.world.areas.of_cell < 0] = 0
    codes = np.tile(np.arange(n_kinds + 1), n_cells)
    kind = np.repeat(codes, np.column_stack([counts, free]).ravel())
    table_rows = run.people
    table_rows.append(len(kind))
    table_rows.cell[:] = np.repeat(np.arange(n_cells), people + free)
    table_rows.area[:] = run.world.areas.of_cell[table_rows.cell]
    is_free = kind == n_kinds
    table_rows.drug[:] = np.where(is_free, 0, kind // len(STATES))
    table_rows.state[:] = np.where(is_free, FREE, kind % len(STATES))
    table_rows.index(n_cells)
    _persons(run, table)
    run.extra["people_stock"] = count_stock(run)


def people_columns(run: Run) -> tuple[NDArray[np.generic], ...]:
    """The columns in the order in which the kernels take them."""
    t = run.people
    return (
        t.area, t.drug, t.state, t.generation, t.since, t.amount, t.tolerance, t.risk, t.clock_move, t.clock_overdose,
        t.n_move, t.n_overdose,
    )  # fmt: skip


def count_stock(run: Run) -> Floats:
    """Rows and summed amounts by (area, drug, state): (A, D, S, 2)."""
    shape = (run.world.drugs.n, len(STATES))
    out = np.zeros((run.world.areas.n * shape[0] * shape[1], N_OUT))
    count_people(people_columns(run), shape, out)
    return np.ascontiguousarray(out[:, :2]).reshape(run.world.areas.n, *shape, 2)


def _counts(run: Run, table: UseTables) -> Ints:
    """Rows by (cell, drug and state); national totals are kept to one row by rounding the running sum over cells."""
    world = run.world
    here = np.where(world.areas.of_cell >= 0, world.cells.population, 0.0)
    share = np.concatenate([[0.0], np.cumsum(here) / here.sum()])
    users = table.users.reshape(-1) / run.people_per_agent
    start = run.draws.uniform("people/start", np.arange(len(users)))
    running = np.floor(share[:, None] * users[None, :] + start[None, :])
    return np.diff(running, axis=0).astype(np.int64)


def _persons(run: Run, table: UseTables) -> None:
    """Draw own amount, own risk, clocks, tolerance of the state and weeks since recovery; ids: (row, generation 0)."""
    people, p = run.people, run.p
    words = run.draws.words("people/person", np.arange(people.n))
    live = people.state != FREE
    for column, name, j in (("amount", "amount_sigma", 0), ("risk", "risk_sigma", 1)):
        sigma = p[name]
        value = np.exp(sigma * (normal_array(np.ascontiguousarray(words[:, j])) - 0.5 * sigma))
        getattr(people, column)[:] = np.where(live, value, 1.0)
    clocks = run.draws.words("people/person", np.arange(people.n), block=1)
    for column, j in (("clock_move", 0), ("clock_overdose", 1)):
        getattr(people, column)[:] = np.where(live, -np.log1p(-clocks[:, j]), 0.0)
    aim = tolerance_aim(run, table)
    people.tolerance[:] = np.where(live, aim[people.drug, people.state] * people.amount, 0.0)
    for drug in np.flatnonzero(table.relapse[:, 0] > 0):
        rows = np.flatnonzero((people.drug == drug) & (people.state == RECOVERED))
        people.since[rows] = -_weeks_recovered(table, int(drug), words[rows, 2])


def _weeks_recovered(table: UseTables, drug: int, u: Floats) -> Ints:
    """Weeks since recovery in the standing stock: by inversion of the survivor function of leaving it."""
    weeks = np.arange(int(60 * WEEKS_PER_YEAR))
    late, fade = table.relapse[drug]
    rates = table.rates[drug, RECOVERED]
    hazard = rates[0] * np.array([relapse_share(w, late, fade) for w in weeks.tolist()]) + rates[1:].sum()
    alive = np.concatenate([[0.0], np.cumsum(np.exp(-np.cumsum(hazard)))])
    return np.searchsorted(alive / alive[-1], u).astype(np.int64) - 1


def tolerance_aim(run: Run, table: UseTables) -> Floats:
    """Tolerance in mg that steady use at reference prices leads to, (D, S), medication included."""
    own, medication = tolerance_parts(run, table)
    return own + medication


def tolerance_parts(run: Run, table: UseTables) -> tuple[Floats, Floats]:
    """The part from own use (answers to the dose) and from medication, mg (D, S). Source: assumption A12."""
    weekly = table.dose * table.occasions * run.p["tolerance_gain"]
    share = np.array([0.0, *(run.p[f"medication_tolerance_{state}"] for state in STATES[1:])])
    full = weekly[:, STATES.index("dependent")]
    return weekly, full[:, None] * share[None, :]
