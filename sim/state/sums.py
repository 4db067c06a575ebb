"""Sums of the tables that several outcomes read; each is worked out once a week. No outcome is declared here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import all_and_last, by_group, of_both, of_columns, over_kinds, over_some_rows
from sim.outcome import shared
from sim.state.run import Run
from sim.state.tally import Totals

Floats = NDArray[np.float64]


@shared
def totals(run: Run) -> Totals:
    """Sums of the columns of the tally."""
    return run.tally.totals()


@shared
def need(run: Run) -> Floats:
    """What users of all kinds need at the reference price, kg/week by area and drug, (A, D)."""
    return np.asarray(over_kinds(run.areas.need))


@shared
def people_of_crews(run: Run) -> NDArray[np.int64]:
    """People of each crew, (C,)."""
    return run.crews.people


@shared
def sizes(run: Run) -> Floats:
    """Members of each group, (G,)."""
    return np.asarray(by_group(run.crews.group, people_of_crews(run), len(run.groups.alive)))


@shared
def organised(run: Run) -> Floats:
    """Homicides tied to organised crime by plaza, (P,)."""
    return np.asarray(of_both(run.tally.deaths[0], run.tally.deaths_members[0]))


@shared
def hard_sent(run: Run) -> Floats:
    """Drugs other than cannabis that reached each lane, pure kg, (L,)."""
    return np.asarray(of_columns(run.tally.shipped[0], ~run.world.drugs.is_cannabis))


@shared
def opioid_users(run: Run) -> list[float]:
    """People whose main drug is an opioid, by state of use."""
    found: list[float] = over_some_rows(run.tally.people[0], run.world.drugs.is_opioid).tolist()
    return found


@shared
def held(run: Run) -> tuple[int, int, int, int]:
    """Members accused in Mexico and in the United States, and members who wait for a judge in each."""
    groups = run.groups
    return (*all_and_last(groups.accused), *all_and_last(groups.charged))


@shared
def others_held(run: Run) -> tuple[float, float, float, float]:
    """Others in the courts of Mexico: open files, those before a prosecutor, before a judge, and inmates."""
    courts = run.courts
    files, ready, charged, inmates = (
        float(column[:-1].sum()) for column in (courts.files, courts.ready, courts.charged, courts.inmates)
    )
    return files, ready, charged, inmates


@shared
def prisoners(run: Run) -> list[int]:
    """Members who serve a sentence, by country."""
    found: list[int] = run.groups.prisoners.sum(axis=0).tolist()
    return found
