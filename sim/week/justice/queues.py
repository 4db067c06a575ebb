"""Queues of justice: files to investigate, suspects to charge, people to try, terms to serve. It moves no member."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    p, groups, courts = run.p, run.groups, run.courts
    accused, charged = _count(groups.accused), _count(groups.charged)
    taken, others = charge_shares(can.charge, can.work * accused, courts.ready, p["custody_priority"])
    worked = np.minimum(1.0, can.investigate / np.maximum(_member_files(run), 1e-9))
    sound = worked * (1.0 - p["member_file_bought"] * (1.0 - integrity))
    mexican = can.country == MX
    least = np.where(mexican, p["weeks_to_trial"], p["us_weeks_to_trial"])
    decided = trial_share(courts.charged + charged, can.decide, least)
    stands = run.levers.scalar(EVIDENCE) * run.levers.scalar(COURTS)
    guilty = np.where(mexican, stands, p["us_conviction_prob"]) * -np.expm1(
        -p["custody_weeks_most"] * decided
    )
    early = 1.0 + p["crowding_release"] * np.maximum(occupancy(run, accused + charged) - 1.0, 0.0)
    own, other = (
        -np.expm1(-early / np.array([p[name], p["us_sentence_weeks"]]))
        for name in ("sentence_weeks", "others_sentence_weeks")
    )
    return Chances(np.stack([taken, sound, decided, guilty]), others, own, other)


def _count(held: Ints) -> Floats:
    """People by court of a custody table (CAPACITY, courts)."""
    return np.asarray(held.sum(axis=0), dtype=np.float64)


def _member_files(run: Run) -> Floats:
    """Work of investigators on those arrested this week, in ordinary files, (courts,)."""
    return np.asarray(run.p["member_file_work"] * run.tally.files_members[0])


def charge_shares(capacity: Floats, members: Floats, others: Floats, weight: float) -> tuple[Floats, Floats]:
    """Share of the work on members and of that on others that is done in a week, (courts,) each in [0, 1].

    Time goes to each in proportion to work x weight (those in custody first, weight >= 1), none to more than there is.
    """
    rate = capacity / np.maximum(weight * members + others, 1e-9)
    rest = np.maximum(capacity - members, 0.0) / np.maximum(others, 1e-9)
    return np.minimum(1.0, weight * rate), np.minimum(1.0, np.where(weight * rate <= 1.0, rate, rest))


def trial_share(waiting: Floats, capacity: Floats, least_weeks: Floats) -> Floats:
    """Share of those who wait for a judge who are decided in a week, (courts,): as ready, or as judges can."""
    return np.asarray(np.minimum(1.0 / least_weeks, capacity / np.maximum(waiting, 1e-9)))


def occupancy(run: Run, members_waiting: Floats) -> Floats:
    """People in custody per place, Mexico and the United States, (2,); members_waiting (courts,) have no sentence yet.

    Source: places and terms of accounts section 7; the answer of terms to crowding is assumption E11.
    """
    held = members_waiting + run.courts.charged + run.courts.inmates
    total = np.array([held[:-1].sum(), held[-1]]) + run.groups.prisoners.sum(axis=0)
    return np.asarray(total / np.array([run.p["prison_places"], run.p["us_prison_places"]]))


def pass_others(run: Run, can: Offices, odds: Chances) -> None:
    """Others move on in the same queues, as expected numbers: released, tried or settled, charged, or lost."""
    p, courts, tally = run.p, run.courts, run.tally
    _, _, decided, guilty = odds.members
    courts.inmates[:-1] *= 1.0 - odds.release_others[0]
    courts.inmates[-1] *= 1.0 - odds.release_others[1]
    done = courts.charged * decided
    sentenced = done * guilty
    sentenced[:-1] *= 1.0 - p["others_settled"]
    bound = courts.ready * odds.others
    lapsed = (courts.ready - bound) / p["ready_weeks"]
    courts.inmates += sentenced
    courts.charged += bound - done
    courts.ready -= bound + lapsed
    for column, flow in ((tally.decided, done), (tally.convicted_others, sentenced), (tally.charged, bound)):
        column[0, 0] += flow[:-1].sum()
        column[0, 1] += flow[-1]
    tally.files_shelved[0] += lapsed[:-1].sum()


def investigate(run: Run, can: Offices, integrity: Floats) -> None:
    """Reported crimes become files; investigators, after those arrested, take some to their end; the rest grow old.

    Taken to an end: min(files / least weeks, capacity left); of them chance x integrity find a suspect.
    Source: files opened, accounts section 7; the form is assumption E10.
    """
    p, courts, tally = run.p, run.courts, run.tally
    n = courts.n - 1
    opened = (
        np.bincount(court_of_plazas(run), run.seen.crimes[0], minlength=n + 1)[:n] * p["file_opened_share"]
    )
    left = np.maximum(can.investigate[:n] - _member_files(run)[:n], 0.0)
    taken = np.minimum(courts.files[:n] / p["file_weeks_least"], left)
    shelved = (courts.files[:n] - taken) / p["file_weeks"]
    solved = taken * p["file_solved_prob"] * integrity[:n]
    courts.files[:n] += opened - taken - shelved
    courts.ready[:n] += solved
    courts.ready[n] += p["us_cases_filed"]
    tally.files_opened[0] += opened.sum()
    tally.files_shelved[0] += (taken - solved + shelved).sum()
