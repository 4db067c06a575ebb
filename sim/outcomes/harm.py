"""Harm and health in the United States: overdoses, people by state of use, treatment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.outcome import outcome, regional
from sim.state.people import DEPENDENT, PRESCRIBED, SUPERVISED, TREATED
from sim.state.run import Run
from sim.state.sums import opioid_users, totals


@outcome("deaths", sees="seen", country="US", better="lower")
def overdose_deaths(run: Run) -> float:
    """Overdose deaths of people who use the modelled drugs, as counted (drawn)."""
    return totals(run).of("overdose_deaths")


@outcome("deaths", country="US", better="lower", headline=True, title="overdose deaths (expected)")
def overdose_hazard(run: Run) -> float:
    """Overdose deaths expected from the hazard of every person and week: the same mean with less noise."""
    return totals(run).of("overdose_hazard")


@outcome("deaths", country="US", title="overdose deaths outside the model")
def overdose_background(run: Run) -> float:
    """Overdose deaths outside the five drugs, as data; no policy here reaches them."""
    states = run.world.states
    people = run.keep(
        "people of the United States", 0, lambda: float(states.population[states.country == 1].sum())
    )
    return run.p["overdose_background_rate"] * people


@outcome("deaths", country="US", better="lower")
def overdose_deaths_opioid_users(run: Run) -> float:
    """Overdose deaths of people whose main drug is an opioid."""
    return _deaths_of(run, run.world.drugs.is_opioid)


@outcome("deaths", country="US", better="lower")
def overdose_deaths_stimulant_users(run: Run) -> float:
    """Overdose deaths of people whose main drug is a stimulant."""
    return _deaths_of(run, run.world.drugs.is_stimulant)


@outcome("1", country="US", better="lower")
def overdoses_survived(run: Run) -> float:
    """Overdoses that did not kill."""
    return totals(run).of("overdoses")


@outcome("people", country="US", better="lower", total="mean", headline=True)
def people_dependent(run: Run) -> float:
    """People dependent on opioids, cocaine or methamphetamine and neither treated nor supervised."""
    return totals(run).by("people")[DEPENDENT]


@outcome("people", country="US", better="higher", total="mean", headline=True)
def people_in_treatment(run: Run) -> float:
    """People in treatment."""
    return totals(run).by("people")[TREATED]


@outcome("1", country="US", better="higher", total="mean")
def medication_coverage(run: Run) -> float:
    """People with opioid use disorder who are in treatment, as a share."""
    disorder = opioid_use_disorder(run)
    return opioid_users(run)[TREATED] / disorder if disorder else 0.0


@outcome("people", country="US", better="lower", total="mean", title="people with opioid use disorder")
def opioid_use_disorder(run: Run) -> float:
    """People with opioid use disorder: dependent on prescribed or illicit opioids, treated or supervised ones too."""
    people = opioid_users(run)
    return people[PRESCRIBED] + people[DEPENDENT] + people[TREATED] + people[SUPERVISED]


@outcome("people", country="US", better="lower")
def new_users(run: Run) -> float:
    """People who began to use one of the drugs that are followed person by person."""
    return totals(run).of("initiates")


@regional("deaths", country="US", better="lower", title="overdose deaths (expected) by state")
def overdose_hazard_by_state(run: Run) -> NDArray[np.float64]:
    """Overdose deaths expected, by US state; not a number elsewhere."""
    values = np.full(run.world.states.n, np.nan)
    values[run.world.areas.state] = run.tally.overdose_hazard[0].sum(axis=1)
    return values


def _deaths_of(run: Run, some: NDArray[np.bool_]) -> float:
    """Overdose deaths of people whose main drug is one of some (D,)."""
    by_drug = totals(run).by("overdose_deaths")
    return sum(deaths for deaths, mine in zip(by_drug, some.tolist(), strict=True) if mine)
