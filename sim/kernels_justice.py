"""Compiled loops of justice: a week of the members in custody, cell by cell, and of the queues of each court.

They move nothing through the ledger. Rows of courts (C,) are Mexican states and last the United States.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel
from sim.quantiles import binomial_inv
from sim.streams import philox4x32, u53

DECISIONS = ("taken", "charge", "lapse", "decide", "convict", "release", "back", "removed", "place")
"""Names of the draws of `pass_custody`, under "justice/"."""
TAKEN, CHARGE, LAPSE, DECIDE, CONVICT, RELEASE, BACK, REMOVED, PLACE = range(9)


@kernel
def _some(keys, decision, identity, sub, week, n, prob):  # type: ignore[no-untyped-def]
    """A binomial count, as `Draws.binomial` gives it for the decision at this row of `keys`."""
    if n <= 0:
        return 0
    x0, x1, _, _ = philox4x32(keys[decision, 0], keys[decision, 1], identity, sub, week, 0)
    u = u53(x0, x1)
    return binomial_inv(u, n, prob) if u > 1.0 - n * prob else 0  # (1 - p)^n >= 1 - n p


@kernel
def pass_custody(  # type: ignore[no-untyped-def]
    identity,
    alive,
    accused,
    charged,
    prisoners,
    country,
    chances,
    lapse,
    release,
    keys,
    week,
    flows,
    freed,
):
    """One week of custody, in place: terms end, some who wait are tried, some of the accused are charged or let go.

    identity, alive (G,); accused, charged (G, C); prisoners (G, 2); country (C,); chances (4, C): taken up by a
    prosecutor, file sound, decided, guilty; lapse: let go without a charge; release (2,); keys (9, 2) by `DECISIONS`.
    Adds to flows (3, 2) by country: charged, decided, convicted; to freed (G + 1, 3, 2) by account (accused, charged,
    prisoners) and country, whose last row counts those of groups that are no more.
    """
    n_groups, n_courts = accused.shape
    for g in range(n_groups):
        to, some = g if alive[g] else n_groups, False
        for c in range(n_courts):
            some |= (accused[g, c] | charged[g, c]) != 0
        for side in range(2):
            n = prisoners[g, side]
            out = _some(keys, RELEASE, identity[g], side, week, n, release[side]) if alive[g] else n
            prisoners[g, side] -= out
            freed[to, 2, side] += out
        if not some:
            continue
        for c in range(n_courts):
            side = country[c]
            n = charged[g, c]
            if n > 0:
                decided = _some(keys, DECIDE, identity[g], c, week, n, chances[2, c]) if alive[g] else n
                guilty = _some(keys, CONVICT, identity[g], c, week, decided, chances[3, c]) if alive[g] else 0
                charged[g, c] -= decided
                prisoners[g, side] += guilty
                freed[to, 1, side] += decided - guilty
                flows[1, side] += decided
                flows[2, side] += guilty
            n = accused[g, c]
            if n > 0:
                taken = _some(keys, TAKEN, identity[g], c, week, n, chances[0, c]) if alive[g] else 0
                bound = _some(keys, CHARGE, identity[g], c, week, taken, chances[1, c])
                gone = _some(keys, LAPSE, identity[g], c, week, n - taken, lapse) if alive[g] else n
                accused[g, c] -= taken + gone
                charged[g, c] += bound
                freed[to, 0, side] += taken - bound + gone
                flows[0, side] += bound


@kernel
def _settle(ptr, hub, members, g, side, amount, u):  # type: ignore[no-untyped-def]
    """Add `amount` people to the crews of group g at home (side 0) or at hubs (1), in proportion to members by role.

    Whole and unbiased: the running share plus one uniform u is rounded down. Returns how many found a crew.
    """
    total = 0
    for row in range(ptr[g], ptr[g + 1]):
        if hub[row] == (side == 1):
            for role in range(members.shape[1]):
                total += members[row, role]
    if total == 0:
        return 0
    running, before, last_row, last_role = 0, 0, 0, 0
    for row in range(ptr[g], ptr[g + 1]):
        if hub[row] != (side == 1):
            continue
        for role in range(members.shape[1]):
            if members[row, role] == 0:
                continue
            running += members[row, role]
            upto = min(int(np.floor(amount * (running / total) + u)), amount)
            members[row, role] += upto - before
            before, last_row, last_role = upto, row, role
    members[last_row, last_role] += amount - before
    return amount


@kernel
def come_back(identity, freed, chance, paid, removal, ptr, hub, members, keys, week, returned):  # type: ignore[no-untyped-def]
    """Those freed who return to the group join its crews, in place.

    freed (G + 1, 3, 2) of `pass_custody`; chance (3,) by account at full pay; paid (G,) in [0, 1]; removal: share of
    those freed in the United States who are taken to Mexico; ptr (G + 1,) of crews; hub (n,) whether a crew is in the
    United States; members (n, roles). Adds to returned (3,) by account; a group without people there gets nobody.
    """
    for g in range(paid.size):
        for account in range(3):
            for side in range(2):
                n = freed[g, account, side]
                if n == 0:
                    continue
                wish = _some(keys, BACK, identity[g], 2 * account + side, week, n, chance[account] * paid[g])
                stay = wish - _some(keys, REMOVED, identity[g], account, week, wish, removal) if side else 0
                for to, amount in ((0, wish - stay), (1, stay)):
                    if amount > 0:
                        sub = 4 * account + 2 * side + to
                        x0, x1, _, _ = philox4x32(keys[PLACE, 0], keys[PLACE, 1], identity[g], sub, week, 0)
                        returned[account] += _settle(ptr, hub, members, g, to, amount, u53(x0, x1))


@kernel
def charge_shares(capacity, members, others, weight):  # type: ignore[no-untyped-def]
    """Share of the work on members and of that on others that is done in a week, (courts,) each in [0, 1].

    Time goes to each in proportion to work x weight (those in custody first, weight >= 1), none to more than there is.
    """
    own, other = np.empty(members.size), np.empty(members.size)
    for c in range(members.size):
        rate = capacity[c] / max(weight * members[c] + others[c], 1e-9)
        rest = max(capacity[c] - members[c], 0.0) / max(others[c], 1e-9)
        own[c] = min(1.0, weight * rate)
        other[c] = min(1.0, rate if weight * rate <= 1.0 else rest)
    return own, other


@kernel
def trial_share(waiting, capacity, least_weeks):  # type: ignore[no-untyped-def]
    """Share of those who wait for a judge who are decided in a week, (courts,): as ready, or as judges can."""
    out = np.empty(waiting.size)
    for c in range(waiting.size):
        out[c] = min(1.0 / least_weeks[c], capacity[c] / max(waiting[c], 1e-9))
    return out


@kernel
def _people_by_court(held):  # type: ignore[no-untyped-def]
    """People in custody of all groups (G, C), (C,)."""
    out = np.zeros(held.shape[1])
    for g in range(held.shape[0]):
        for c in range(held.shape[1]):
            out[c] += held[g, c]
    return out


@kernel
def crowding(waiting, charged, inmates, prisoners, places):  # type: ignore[no-untyped-def]
    """People in custody per place, Mexico and the United States, (2,).

    waiting, charged, inmates (C,): members without a sentence, others without and with one; prisoners (G, 2); places
    (2,).
    """
    out = np.zeros(2)
    for c in range(waiting.size):
        out[0 if c < waiting.size - 1 else 1] += waiting[c] + charged[c] + inmates[c]
    for g in range(prisoners.shape[0]):
        for side in range(2):
            out[side] += prisoners[g, side]
    return out / places


@kernel
def odds_of_courts(  # type: ignore[no-untyped-def]
    accused, charged, prisoners, others_ready, others_charged, inmates, work, charge, investigate, decide, least, files,
    integrity, places, priority, file_work, bought,
):  # fmt: skip
    """Odds of the week by court: taken up, sound and decided (3, C), of others taken up (C,), and crowding (2,).

    accused, charged (G, C), prisoners (G, 2): members; others_ready, others_charged, inmates (C,): others; work,
    charge, investigate, decide, least, integrity (C,) of the offices; files (C,) on members of this week, of file_work
    each; places (2,); priority of those in custody; bought: chance that money is offered for a file.
    """
    own, waiting = _people_by_court(accused), _people_by_court(charged)
    taken, others = charge_shares(charge, work * own, others_ready, priority)
    out = np.empty((3, own.size))
    for c in range(own.size):
        worked = min(1.0, investigate[c] / max(file_work * files[c], 1e-9))
        out[0, c] = taken[c]
        out[1, c] = worked * (1.0 - bought * (1.0 - integrity[c]))
    out[2] = trial_share(others_charged + waiting, decide, least)
    return out, others, crowding(own + waiting, others_charged, inmates, prisoners, places)


@kernel
def pass_queues(  # type: ignore[no-untyped-def]
    inmates,
    charged,
    ready,
    decided,
    guilty,
    taken,
    release,
    settled,
    ready_weeks,
    flows,
):
    """One week of those who are no members, as expected numbers, in place: released, tried, charged, or lost.

    inmates, charged, ready (C,); decided, guilty, taken (C,) shares; release (2,); settled: share of those found guilty
    in Mexico who are not sentenced to prison. Adds to flows (3, 2) by country: charged, decided, sentenced. Returns
    files that lapse in Mexico.
    """
    shelved = 0.0
    for c in range(inmates.size):
        side = 0 if c < inmates.size - 1 else 1
        done = charged[c] * decided[c]
        sentenced = done * guilty[c] * (1.0 - settled if side == 0 else 1.0)
        bound = ready[c] * taken[c]
        lapsed = (ready[c] - bound) / ready_weeks
        inmates[c] += sentenced - inmates[c] * release[side]
        charged[c] += bound - done
        ready[c] -= bound + lapsed
        flows[0, side] += bound
        flows[1, side] += done
        flows[2, side] += sentenced
        shelved += lapsed if side == 0 else 0.0
    return shelved


@kernel
def pass_files(  # type: ignore[no-untyped-def]
    court_of,
    crimes,
    opened_share,
    able,
    member_work,
    least_weeks,
    weeks,
    solved_prob,
    integrity,
    files,
    ready,
):
    """One week of the files of Mexican courts, in place; returns files opened and files shelved.

    court_of, crimes (P,); able, member_work, integrity, files, ready (C,): work that investigators can do and what
    members take of it; a share solved_prob x integrity of the files taken to their end goes to ready.
    """
    n = files.size - 1
    opened = np.zeros(files.size)
    for p in range(crimes.size):
        opened[court_of[p]] += crimes[p]
    every, shelved = 0.0, 0.0
    for c in range(n):
        new = opened[c] * opened_share
        taken = min(files[c] / least_weeks, max(able[c] - member_work[c], 0.0))
        old = (files[c] - taken) / weeks
        solved = taken * solved_prob * integrity[c]
        files[c] += new - taken - old
        ready[c] += solved
        every += new
        shelved += taken - solved + old
    return every, shelved
