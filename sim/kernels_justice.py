"""Compiled loop of justice: a week of the members in custody, cell by cell. It moves nothing through the ledger."""

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
    Adds to flows (3, C): charged, decided, convicted; to freed (G + 1, 3, 2) by account (accused, charged, prisoners)
    and country, whose last row counts those of groups that are no more.
    """
    n_groups, n_courts = accused.shape
    for g in range(n_groups):
        to = g if alive[g] else n_groups
        for side in range(2):
            n = prisoners[g, side]
            out = _some(keys, RELEASE, identity[g], side, week, n, release[side]) if alive[g] else n
            prisoners[g, side] -= out
            freed[to, 2, side] += out
        for c in range(n_courts):
            side = country[c]
            n = charged[g, c]
            if n > 0:
                decided = _some(keys, DECIDE, identity[g], c, week, n, chances[2, c]) if alive[g] else n
                guilty = _some(keys, CONVICT, identity[g], c, week, decided, chances[3, c]) if alive[g] else 0
                charged[g, c] -= decided
                prisoners[g, side] += guilty
                freed[to, 1, side] += decided - guilty
                flows[1, c] += decided
                flows[2, c] += guilty
            n = accused[g, c]
            if n > 0:
                taken = _some(keys, TAKEN, identity[g], c, week, n, chances[0, c]) if alive[g] else 0
                bound = _some(keys, CHARGE, identity[g], c, week, taken, chances[1, c])
                gone = _some(keys, LAPSE, identity[g], c, week, n - taken, lapse) if alive[g] else n
                accused[g, c] -= taken + gone
                charged[g, c] += bound
                freed[to, 0, side] += taken - bound + gone
                flows[0, c] += bound


@kernel
def _settle(ptr, hub, members, g, side, amount, u):  # type: ignore[no-untyped-def]
    """Add `amount` people to the crews of group g at home (side 0) or at hubs (1), in proportion to members by role.

    Whole and unbiased: the running share plus one uniform u is rounded down. Returns how many found a crew.
    """
    total = 0
    for row in range(ptr[g], ptr[g + 1]):
        if hub[row] == (side == 1):
            total += members[row].sum()
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
