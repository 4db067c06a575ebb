"""Parameters about people who use drugs, as arrays by (drug, state of use) and by cause of leaving a state.

It turns named numbers into arrays, and nothing else: what the week does with them is in `sim.week.people`.
Drugs that are counted by area and not by person (cannabis) have zeros throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels_people import N_CAUSES
from sim.parameters import Parameters
from sim.state.people import DEPENDENT, FREE, OCCASIONAL, PRESCRIBED, RECOVERED, STATES, SUPERVISED, TREATED
from sim.state.run import Run
from sim.world.drugs import Drugs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
S = len(STATES)
SWAP = N_CAUSES - 1
"""The last cause of `rates`: a change of drug within the class."""


@dataclass(frozen=True)
class UseTables:
    """Reference values, all at reference prices. D drugs, S states of use, K causes; rates per week."""

    users: Floats
    """(D, S) people at the start."""
    grams: Floats
    """(D, S) pure g/week."""
    rates: Floats
    """(D, S, K) hazards of leaving."""
    to_state: Ints
    """(D, S, K) state gone to; FREE is leaving."""
    relapse: Floats
    """(D, 2) late relapse rate over the early one, and e-folding weeks between them."""
    dose: Floats
    """(D, S) mg heroin-equivalent per occasion of own drug; 0 for what is not an opioid."""
    occasions: Floats
    """(D, S) occasions per week."""
    toxic: Floats
    """(D, S) fatal overdoses per week without an opioid."""
    initiation: Floats
    """(D,) people who begin per week."""
    initiation_prescribed: Floats
    """(D,) people who become dependent on prescribed opioids per week."""


def person_drugs(drugs: Drugs) -> Ints:
    """Rows of the drugs that are followed person by person."""
    return np.flatnonzero(~drugs.is_cannabis)


def population_share(run: Run) -> Floats:
    """Share of the people of all areas, (A,)."""
    population = run.world.areas.population
    return run.keep("population_share", 0, lambda: np.asarray(population / population.sum()))


def by_drug(p: Parameters, base: str, drugs: Drugs, rows: Ints) -> Floats:
    """Parameter BASE_DRUG as (D,), zero for drugs not in `rows`."""
    out = np.zeros(drugs.n)
    out[rows] = p.by(base, tuple(drugs.names[row] for row in rows))
    return out


def by_state(p: Parameters, base: str, drugs: Drugs, rows: Ints) -> Floats:
    """Parameters BASE_STATE_DRUG as (D, S), zero for FREE; only opioids are prescribed."""
    out = np.zeros((drugs.n, S))
    opioid = rows[drugs.is_opioid[rows]]
    for state in range(1, S):
        out[:, state] = by_drug(p, f"{base}_{STATES[state]}", drugs, opioid if state == PRESCRIBED else rows)
    return out


def use_tables(p: Parameters, drugs: Drugs) -> UseTables:
    """Read all of it from the parameters."""
    rows = person_drugs(drugs)
    rates, to_state = _ways_out(p, drugs, rows)
    opioid = np.flatnonzero(drugs.is_opioid)
    grams = by_state(p, "grams", drugs, rows)
    full = by_drug(p, "dose", drugs, rows)
    share = np.array([0.0] + [p[f"dose_share_{STATES[s]}"] for s in range(1, S)])
    each = full[:, None] * np.where(drugs.is_opioid[:, None], share[None, :], 1.0)
    occasions = np.divide(1000.0 * grams, each, out=np.zeros_like(grams), where=each > 0)
    early = by_drug(p, "relapse_early", drugs, rows)
    late = np.divide(by_drug(p, "relapse_late", drugs, rows), early, out=np.zeros(drugs.n), where=early > 0)
    return UseTables(
        users=by_state(p, "users", drugs, rows),
        grams=grams,
        rates=rates,
        to_state=to_state,
        relapse=np.stack([late, np.maximum(by_drug(p, "relapse_fade", drugs, rows), 1.0)], axis=1),
        dose=each * by_drug(p, "heroin_equivalents", drugs, opioid)[:, None],
        occasions=occasions,
        toxic=by_state(p, "toxic_deaths", drugs, np.flatnonzero(drugs.is_stimulant & ~drugs.is_cannabis)),
        initiation=by_drug(p, "initiation", drugs, rows),
        initiation_prescribed=by_drug(p, "initiation_prescribed", drugs, opioid),
    )


def _ways_out(p: Parameters, drugs: Drugs, rows: Ints) -> tuple[Floats, Ints]:
    """Return hazards (D, S, K) and where they lead (D, S, K). Source: accounts, section 5.1."""

    def read(base: str) -> Floats:
        return by_drug(p, base, drugs, opioids if "prescribed" in base else rows)

    opioids = rows[drugs.is_opioid[rows]]
    leave, dependent = read("treatment_leave"), read("treatment_to_dependent")
    recovered = read("treatment_to_recovered")
    end, back = read("supervision_leave"), read("supervision_to_dependent")
    rest = np.where(drugs.is_opioid, PRESCRIBED, OCCASIONAL)
    ways: dict[int, list[tuple[Floats, int | Ints]]] = {
        PRESCRIBED: [
            (read("prescribed_to_illicit"), DEPENDENT),
            (read("prescribed_treatment"), TREATED),
            (read("prescribed_stop"), FREE),
        ],
        OCCASIONAL: [(read("escalation"), DEPENDENT), (read("quit_occasional"), FREE)],
        DEPENDENT: [
            (read("treatment_entry"), TREATED),
            (read("supervision"), SUPERVISED),
            (read("stop_unaided"), RECOVERED),
            (read("cut_back"), OCCASIONAL),
        ],
        TREATED: [
            (leave * dependent, DEPENDENT),
            (leave * recovered, RECOVERED),
            (leave * np.maximum(1.0 - dependent - recovered, 0.0), rest),
        ],
        SUPERVISED: [
            (end * back, DEPENDENT),
            (end * (1.0 - back), RECOVERED),
            (read("supervised_treatment"), TREATED),
        ],
        RECOVERED: [(read("relapse_early"), DEPENDENT), (read("recovered_for_good"), FREE)],
    }
    rates, to_state = np.zeros((drugs.n, S, N_CAUSES)), np.zeros((drugs.n, S, N_CAUSES), dtype=np.int64)
    for state, leads in ways.items():
        leads = [*leads, (read(f"death_{STATES[state]}"), FREE)]
        for cause, (rate, where) in enumerate(leads):
            rates[:, state, cause] = rate
            to_state[:, state, cause] = where
    return rates, to_state
