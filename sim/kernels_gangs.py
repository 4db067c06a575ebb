"""Compiled loop of the street: retail disputes, feuds of a plaza's gangs, gangs that resist crews.

Gangs are counts of people who belong to no group. They have what guns private owners of the place have, and dead of
their own. The loop changes the arrays it is given and returns totals for the ledger.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_force import (
    BARE,
    BREAK,
    BYSTANDERS,
    ENGAGED,
    HANDGUN,
    LETHAL,
    ROUNDS,
    SIGMA,
    STEPS,
    W_CONTEST,
    W_NEW,
    battle,
    bury,
    engaged,
    usable,
    whole,
)
from sim.quantiles import binomial_inv, happens, normal_inv, poisson_inv
from sim.state.crews import ARMED
from sim.state.tally import BYSTANDER, LOCAL, RIVALRY
from sim.streams import philox4x32, u32

STREET_CONSTANTS = (
    "retail_deaths_per_usd retail_contest retail_hold retail_gang_share gang_band gang_feud_rate gang_feud_contest "
    "gang_feud_hold gang_crew_rate gang_crew_half gang_rounds"
).split()
"""Parameters that `street` takes, in the order of its vector `k`."""
(
    RETAIL,
    RETAIL_CONTEST,
    RETAIL_HOLD,
    RETAIL_GANG,
    BAND,
    FEUD,
    FEUD_CONTEST,
    FEUD_HOLD,
    CREW,
    CREW_HALF,
    GANG_ROUNDS,
) = range(len(STREET_CONSTANTS))


@kernel
def mean_of_feuds(gang, armed, contest, hold, k):  # type: ignore[no-untyped-def]
    """Gang members whom feuds of a plaza's gangs kill in a week, mean: none where there is one band or no gun.

    gang people in bands of k[BAND]; armed: share with a gun; more where the plaza is contested, fewer where one group
    holds it and keeps order. Source: assumption F19.
    """
    if gang <= k[BAND]:
        return 0.0
    met = 1.0 - k[BAND] / gang
    return k[FEUD] * gang * met * armed * max(0.0, 1.0 + k[FEUD_CONTEST] * contest - k[FEUD_HOLD] * hold)


@kernel
def street(  # type: ignore[no-untyped-def]
    order, ptr, group, gid, members, guns, ammunition, new, hidden, aggression, hired, armed, retail_usd, contest, hold,
    gang, c, k, keys, week, dead_members, dead_others, gang_dead, street_fights, by_group, totals,
):  # fmt: skip
    """Let sellers and users quarrel, gangs feud, and gangs that nobody hired resist the crews of their plaza.

    order, ptr: crews by plaza, then by stable id; hired (P,) gang people whom crews pay; armed (P,) share of gang
    people with a gun; c, k as CONSTANTS and STREET_CONSTANTS; keys (4,) key words of quarrels and of resistance.
    Changed: members, guns, ammunition, gang. Added to: dead_members and dead_others (P, causes), gang_dead and
    street_fights (P,), by_group (G, 3), totals (6,) as in `hostilities`.
    """
    for plaza in range(ptr.size - 1):
        x = philox4x32(keys[0], keys[1], plaza, 0, week, 0)
        loose = 1.0 + k[RETAIL_CONTEST] * contest[plaza] - k[RETAIL_HOLD] * hold[plaza]
        dead = poisson_inv(u32(x[0]), k[RETAIL] * max(retail_usd[plaza], 0.0) * max(loose, 0.0))
        own = min(binomial_inv(u32(x[1]), dead, k[RETAIL_GANG]), gang[plaza])
        mean = mean_of_feuds(np.float64(gang[plaza]), armed[plaza], contest[plaza], hold[plaza], k)
        fell = min(poisson_inv(u32(x[2]), mean), gang[plaza] - own)
        dead_others[plaza, LOCAL] += dead + fell
        gang_dead[plaza] += own + fell
        gang[plaza] -= own + fell
        for a in range(ptr[plaza], ptr[plaza + 1]):
            i = order[a]
            free = gang[plaza] - hired[plaza]
            if free < 1.0 or members[i, ARMED] == 0:
                continue
            g = group[i]
            stirred = (1.0 + c[W_CONTEST] * contest[plaza]) * (1.0 + c[W_NEW] * new[i]) * aggression[g]
            hazard = k[CREW] * free / (free + k[CREW_HALF]) * stirred * (1.0 - hidden[i])
            y = philox4x32(keys[2], keys[3], plaza, gid[g], week, 0)
            if happens(u32(y[0]), hazard):
                street_fights[plaza] += 1.0
                _resist(
                    i, g, gid[g], plaza, free, armed[plaza], members, guns, ammunition, gang, c, k, keys, week, y,
                    dead_members, dead_others, gang_dead, by_group, totals,
                )  # fmt: skip


@kernel
def _resist(  # type: ignore[no-untyped-def]
    i, g, gid, plaza, free, armed, members, guns, ammunition, gang, c, k, keys, week, y,
    dead_members, dead_others, gang_dead, by_group, totals,
):  # fmt: skip
    """One fight of crew i with a band of the plaza's gangs, by the same attrition as between crews."""
    z = philox4x32(keys[2], keys[3], plaza, gid, week, 1)
    people = engaged(members[i, ARMED], c, u32(y[1]))
    share = min(1.0, c[ENGAGED] * math.exp(c[SIGMA] * normal_inv(u32(y[2]))))
    band = min(free, 1.0 + math.floor((k[BAND] - 1.0) * share))
    held, rounds, lethal = usable(members, guns, ammunition, i, people, c)
    own = armed * band
    lost, fallen, fired, theirs = battle(
        people, band, held, own, rounds, k[GANG_ROUNDS] * own, lethal, c[LETHAL] * c[HANDGUN], c[ROUNDS] / STEPS,
        c[BREAK], c[BARE],
    )  # fmt: skip
    dead, shots = whole(lost, u32(y[3]), people), whole(fired, u32(z[0]), ammunition[i])
    fell = whole(fallen, u32(z[1]), min(gang[plaza], np.int64(band)))
    ammunition[i] -= shots
    dropped = np.zeros(2, dtype=np.int64)
    bury(members, guns, i, dead, u32(z[2]), dropped)
    gang[plaza] -= fell
    gang_dead[plaza] += fell
    dead_members[plaza, RIVALRY] += dead
    dead_others[plaza, RIVALRY] += fell
    dead_others[plaza, BYSTANDER] += poisson_inv(u32(z[3]), c[BYSTANDERS] * (fired + theirs) / c[ROUNDS])
    by_group[g, 0] += dead
    by_group[g, 2] += shots
    totals[0] += dropped[0]
    totals[1] += dropped[1]
    totals[4] += shots
    totals[5] += dead
