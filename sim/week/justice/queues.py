"""Queues of justice: files to investigate, suspects to charge, people to try, terms to serve. It moves no member."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels_justice import (
    crowding,
    odds_of_courts,
    pass_files,
    pass_queues,
)
from sim.state.custody import court_of_plazas
from sim.state.governments import MX
from sim.state.run import Run
from sim.week.justice.offices import COURTS, EVIDENCE, Offices

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chances:
    """What a week brings to one who waits, by court or country."""

    members: Floats
    """(4, courts): taken up by a prosecutor, the file is sound, decided by a judge, found guilty."""
    others: Floats
    """(courts,): taken up by a prosecutor."""
    release: Floats
    """(2,): a member's term ends."""
    release_others: Floats
    """(2,): the term of another prisoner ends."""


def chances(run: Run, can: Offices, integrity: Floats) -> Chances:
    """Odds of the week from who waits and what offices can do.

    A file on a member is sound as far as investigators have time for it, and unless it is spoilt, with the chance that
    money is offered times 1 - integrity; P(guilty | decided) =
    evidence x integrity of courts x P(the wait was within the longest one), waits being exponential.
    Source: accounts sections 4 and 7 for the levels; forms are assumption E8.
    """
    p, groups, courts, least, terms = run.p, run.groups, run.courts, *_terms(run, can)
    places = run.keep("places", p.version, lambda: _places(run))
    odds, others, crowded = odds_of_courts(
        groups.accused, groups.charged, groups.prisoners, courts.ready, courts.charged, courts.inmates, can.work,
        can.charge, can.investigate, can.decide, least, run.tally.files_members[0], integrity, places,
        p["custody_priority"], p["member_file_work"], p["member_file_bought"],
    )  # fmt: skip
    stands = run.levers.scalar(EVIDENCE) * run.levers.scalar(COURTS)
    guilty = -np.expm1(-p["custody_weeks_most"] * odds[2])
    guilty[:-1] *= stands
    guilty[-1] *= p["us_conviction_prob"]
    early = 1.0 + p["crowding_release"] * np.maximum(crowded - 1.0, 0.0)
    own, other = -np.expm1(-early / terms)
    return Chances(np.array([*odds, guilty]), others, own, other)


def _places(run: Run) -> Floats:
    """Places in prisons of Mexico and of the United States, (2,)."""
    return np.array([run.p["prison_places"], run.p["us_prison_places"]])


def _terms(run: Run, can: Offices) -> tuple[Floats, Floats]:
    """Least weeks to trial by court, (courts,); weeks of a sentence, of members and of others by country, (2, 2)."""
    return run.keep("terms", run.p.version, lambda: _weeks_of_terms(run, can))


def _weeks_of_terms(run: Run, can: Offices) -> tuple[Floats, Floats]:
    p = run.p
    least = np.where(can.country == MX, p["weeks_to_trial"], p["us_weeks_to_trial"])
    terms = [[p[name], p["us_sentence_weeks"]] for name in ("sentence_weeks", "others_sentence_weeks")]
    return least, np.array(terms)


def _member_files(run: Run) -> Floats:
    """Work of investigators on those arrested this week, in ordinary files, (courts,)."""
    return np.asarray(run.p["member_file_work"] * run.tally.files_members[0])


def occupancy(run: Run, members_waiting: Floats) -> Floats:
    """People in custody per place, Mexico and the United States, (2,); members_waiting (courts,) have no sentence yet.

    Source: places and terms of accounts section 7; the answer of terms to crowding is assumption E11.
    """
    courts, places = run.courts, run.keep("places", run.p.version, lambda: _places(run))
    return np.asarray(crowding(members_waiting, courts.charged, courts.inmates, run.groups.prisoners, places))


def pass_others(run: Run, can: Offices, odds: Chances) -> None:
    """Others move on in the same queues, as expected numbers: released, tried or settled, charged, or lost."""
    p, courts, tally, flows = run.p, run.courts, run.tally, np.zeros((3, 2))
    tally.files_shelved[0] += pass_queues(
        courts.inmates,
        courts.charged,
        courts.ready,
        odds.members[2],
        odds.members[3],
        odds.others,
        odds.release_others,
        p["others_settled"],
        p["ready_weeks"],
        flows,
    )
    for column, flow in zip((tally.charged, tally.decided, tally.convicted_others), flows, strict=True):
        column[0] += flow


def investigate(run: Run, can: Offices, integrity: Floats) -> None:
    """Reported crimes become files; investigators, after those arrested, take some to their end; the rest grow old.

    Taken to an end: min(files / least weeks, capacity left); of them chance x integrity find a suspect.
    Source: files opened, accounts section 7; the form is assumption E10.
    """
    p, courts, tally = run.p, run.courts, run.tally
    opened, shelved = pass_files(
        court_of_plazas(run),
        run.seen.crimes[0],
        p["file_opened_share"],
        can.investigate,
        _member_files(run),
        p["file_weeks_least"],
        p["file_weeks"],
        p["file_solved_prob"],
        integrity,
        courts.files,
        courts.ready,
    )
    courts.ready[-1] += p["us_cases_filed"]
    tally.files_opened[0] += opened
    tally.files_shelved[0] += shelved
