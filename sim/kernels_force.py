"""Compiled loops of armed conflict: battles, fights and clashes plaza by plaza, who holds what, people by role.

They change the arrays they are given and return totals for the ledger; they know no table and no parameter by
name. Crews of a plaza are visited in the order of their groups' stable ids, so the row of a group decides nothing.
The size equations of Prieto-Curiel et al. are here too, as the limit that the tests check.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.quantiles import happens, normal_inv, poisson_inv
from sim.state.crews import ARMED
from sim.state.tally import BYSTANDER, RIVALRY, STATE, SUCCESSION
from sim.streams import philox4x32, u32

STEPS = 8
"""Exchanges of fire in a battle. Rounds per gun are for the whole battle."""

CONSTANTS = (
    "fight_rate fight_worth_exponent fight_worth_reference fight_size_exponent fight_size_reference "
    "fight_shock fight_contest fight_newcomer fight_forces fight_engaged_share fight_engaged_sigma "
    "fight_lethality fight_handgun_lethality fight_rounds_per_gun fight_break_share fight_capture_share "
    "fight_associates fight_bystanders fight_gang_half rivalry_per_fight rivalry_most clash_rate "
    "clash_patrol_half clash_new_forces clash_team clash_team_lethality clash_bystanders fight_bare_lethality "
    "fight_parity_exponent "
).split()
"""Parameters that `hostilities` takes, in the order of its vector `c`."""
(
    RATE,
    WORTH_EXP,
    WORTH_REF,
    SIZE_EXP,
    SIZE_REF,
    W_SHOCK,
    W_CONTEST,
    W_NEW,
    W_FORCES,
    ENGAGED,
    SIGMA,
    LETHAL,
    HANDGUN,
    ROUNDS,
    BREAK,
    CAPTURE,
    ASSOCIATES,
    BYSTANDERS,
    GANG_HALF,
    RIVAL,
    RIVAL_MOST,
    CLASH,
    PATROL_HALF,
    CLASH_NEW,
    TEAM,
    TEAM_LETHAL,
    CLASH_BYSTANDERS,
    BARE,
    PARITY,
) = range(len(CONSTANTS))


@kernel
def battle(  # type: ignore[no-untyped-def]
    a, b, guns_a, guns_b, rounds_a, rounds_b, lethal_a, lethal_b, per_gun, breaking, bare=0.0
):
    """Exchange aimed fire until a side has lost `breaking` of its people or STEPS are over.

    a, b: people engaged; guns, rounds: at their hands; lethal: enemies hit by a shooter in a step; per_gun: rounds
    a gun fires in a step; bare: enemies hit in a step by one without gun or rounds. Returns dead of a, dead of b,
    rounds fired by a, by b (floats).
    Source: Lanchester's square law (aimed fire), with shooters limited by guns and by ammunition left.
    """
    x, y, fired_a, fired_b = a, b, 0.0, 0.0
    for _ in range(STEPS):
        shots_a = max(0.0, min(min(x, guns_a) * per_gun, rounds_a - fired_a))
        shots_b = max(0.0, min(min(y, guns_b) * per_gun, rounds_b - fired_b))
        hit_b = min(y, lethal_a * shots_a / per_gun + bare * (x - shots_a / per_gun))
        hit_a = min(x, lethal_b * shots_b / per_gun + bare * (y - shots_b / per_gun))
        x -= hit_a
        y -= hit_b
        fired_a += shots_a
        fired_b += shots_b
        if a - x >= breaking * a or b - y >= breaking * b:
            break
    return a - x, b - y, fired_a, fired_b


@kernel
def whole(x, u, top):  # type: ignore[no-untyped-def]
    """Round x at random so that the mean is kept, within [0, top]."""
    return min(np.int64(math.floor(x + u)), np.int64(top))


@kernel
def take_by_role(members, row, n, u):  # type: ignore[no-untyped-def]
    """Take n people (at most all) from the roles of a crew in proportion, exactly n in all."""
    total = members[row].sum()
    n = min(n, total)
    done, before, taken = 0, 0, np.int64(0)
    for role in range(members.shape[1]):
        done += members[row, role]
        upto = n if done == total else np.int64(math.floor(done * (n / total) + u))
        out = min(upto - before, members[row, role])
        before += out
        taken += out
        members[row, role] -= out
    role = 0
    while taken < n:
        out = min(n - taken, members[row, role])
        members[row, role] -= out
        taken += out
        role += 1
    return n


@kernel
def leave(members, counts, u):  # type: ignore[no-untyped-def]
    """Take counts (n,) people from crews (n, roles) in proportion to roles; u (n,) uniforms."""
    for row in range(counts.size):
        if counts[row] > 0:
            take_by_role(members, row, counts[row], u[row])


@kernel
def join(members, counts, shares, u):  # type: ignore[no-untyped-def]
    """Add counts (n,) people to crews (n, roles), towards the wished `shares` (roles,) of the crew that results."""
    roles = members.shape[1]
    want = np.empty(roles)
    for row in range(counts.size):
        n = counts[row]
        if n == 0:
            continue
        size = members[row].sum() + n
        for role in range(roles):
            want[role] = max(0.0, shares[role] * size - members[row, role])
        total = want.sum()
        upto, before = 0.0, np.int64(0)
        for role in range(roles):
            upto += want[role]
            reached = n if role == roles - 1 else min(n, np.int64(math.floor(upto / total * n + u[row])))
            members[row, role] += reached - before
            before = reached


@kernel
def usable(members, guns, ammunition, row, people, c):  # type: ignore[no-untyped-def]
    """Guns and rounds at the hands of `people` of a crew's armed, and the lethality of a shooter there."""
    armed = max(members[row, ARMED], 1)
    held = guns[row].sum()
    quality = (c[HANDGUN] * guns[row, 0] + (held - guns[row, 0])) / max(held, 1)
    part = people / armed
    return people * min(1.0, held / armed), ammunition[row] * part, c[LETHAL] * quality


@kernel
def engaged(armed, c, u):  # type: ignore[no-untyped-def]
    """People of a crew who take part: a log-normal share of its armed, at least one."""
    share = c[ENGAGED] * math.exp(c[SIGMA] * normal_inv(u))
    return np.float64(min(armed, np.int64(1 + math.floor((armed - 1) * min(1.0, share)))))


@kernel
def bury(members, guns, row, dead, u, dropped):  # type: ignore[no-untyped-def]
    """Remove the dead (armed role) and the guns they carried; dropped (2,) is filled with those guns."""
    armed = max(members[row, ARMED], 1)
    held = guns[row].sum()
    lost = min(np.int64(math.floor(dead * min(1.0, held / armed) + u)), held)
    dropped[0] = min(np.int64(math.floor(lost * guns[row, 0] / max(held, 1) + u)), guns[row, 0])
    dropped[1] = min(lost - dropped[0], guns[row, 1])
    members[row, ARMED] -= dead
    guns[row, 0] -= dropped[0]
    guns[row, 1] -= dropped[1]


@kernel
def chance_of_fight(
    worth, strength_i, strength_j, rivalry, alliance, aggression, shock, contest, new, forces, c
):  # type: ignore[no-untyped-def]
    """Chance that two crews fight in a week: contestable profit, parity, rivalry, instability, newcomers, pressure.

    rivalry is the pair's K = (R + 1) / (A + 1). Source: form of K, doi:10.1126/science.adh2888; the rest assumed.
    """
    total = strength_i + strength_j
    if total <= 0.0 or worth <= 0.0:
        return 0.0
    parity = (4.0 * strength_i * strength_j / (total * total)) ** c[PARITY]
    stirred = (1.0 + c[W_SHOCK] * shock + c[W_CONTEST] * contest) * (1.0 + c[W_NEW] * new)
    stirred *= 1.0 + c[W_FORCES] * forces
    meet = (min(strength_i, strength_j) / c[SIZE_REF]) ** c[SIZE_EXP]
    value = (worth / c[WORTH_REF]) ** c[WORTH_EXP]
    hazard = c[RATE] * value * meet * parity * rivalry * (1.0 - alliance) * aggression * stirred
    return 1.0 - math.exp(-hazard)


@kernel
def most_stirred(shock, contest, new, forces, c):  # type: ignore[no-untyped-def]
    """Factor of instability, newcomers and pressure in the hazard of a fight.

    The hazard without parity, pact and hiding is above the chance: most pairs need no more to be known not to fight.
    """
    return (
        (1.0 + c[W_SHOCK] * shock + c[W_CONTEST] * contest)
        * (1.0 + c[W_NEW] * new)
        * (1.0 + c[W_FORCES] * forces)
    )


@kernel
def hostilities(  # type: ignore[no-untyped-def]
    order, ptr, group, gid, parent, young, members, guns, ammunition, protection, new, beaten, strength, rivalry, k_own,
    alliance, aggression, shock, worth, contest, forces_new, patrol, soldiers, bought, hidden, gang, c, keys, week,
    dead_members, dead_others, fights, clashes, gang_dead, seized, by_group, totals,
):  # fmt: skip
    """Let crews of each plaza fight each other, then clash with forces there, one pair after the other.

    order, ptr: crews by plaza, then by stable id; members (n, roles), guns (n, 2), ammunition (n,), beaten (n,) and
    gang (P,) are changed; k_own (G,) is 1 + sum of a group's alliances; c as in CONSTANTS; keys (4,) key words of
    fights and of clashes; hidden (n,) share of a crew that keeps off the street: two crews meet only if both are out;
    soldiers (P,) sent from elsewhere, for whom bought protection counts only at the share `bought`.
    Filled: dead_members, dead_others (P, causes), fights, clashes and gang_dead (P,), seized (P,) guns taken by forces,
    by_group (G, 3) members killed, fights, rounds; totals (6,) guns lost in fights (2), guns taken by forces (2),
    rounds, members killed. rivalry (G, G) rises with each fight.
    """
    size = np.empty(group.size)
    for plaza in range(ptr.size - 1):
        value = 0.0
        if ptr[plaza + 1] - ptr[plaza] > 1:
            value = 1.000001 * c[RATE] * (max(worth[plaza], 0.0) / c[WORTH_REF]) ** c[WORTH_EXP]
            for a in range(ptr[plaza], ptr[plaza + 1]):
                size[order[a]] = (strength[order[a]] / c[SIZE_REF]) ** c[SIZE_EXP]
        for a in range(ptr[plaza], ptr[plaza + 1]):
            i = order[a]
            for b in range(a + 1, ptr[plaza + 1]):
                j = order[b]
                if members[i, ARMED] == 0 or members[j, ARMED] == 0:
                    continue
                g, h = group[i], group[j]
                x = philox4x32(keys[0], keys[1], plaza, gid[g] ^ (gid[h] * 2654435761), week, 0)
                k = (1.0 + 0.5 * (rivalry[g, h] + rivalry[h, g])) / (0.5 * (k_own[g] + k_own[h]))
                stirred = 0.5 * (aggression[g] + aggression[h])
                if u32(x[0]) >= value * min(size[i], size[j]) * k * stirred * most_stirred(
                    shock[g] + shock[h], contest[plaza], new[i] + new[j], forces_new[plaza], c
                ):
                    continue
                chance = chance_of_fight(
                    worth[plaza], strength[i], strength[j], k, alliance[g, h], stirred,
                    shock[g] + shock[h], contest[plaza], new[i] + new[j], forces_new[plaza], c,
                )  # fmt: skip
                if u32(x[0]) < chance * (1.0 - hidden[i]) * (1.0 - hidden[j]):
                    kin = (parent[g] == gid[h] and young[g]) or (parent[h] == gid[g] and young[h])
                    cause = SUCCESSION if kin else RIVALRY
                    _fight(
                        i, j, g, h, plaza, cause, members, guns, ammunition, beaten, gang, c, keys, week,
                        gid[g] ^ (gid[h] * 2654435761), x, dead_members, dead_others, gang_dead, by_group, rivalry,
                        totals,
                    )  # fmt: skip
                    fights[plaza] += 1.0
            present = presence(patrol[plaza], soldiers[plaza], protection[i], bought, c[PATROL_HALF])
            if members[i, ARMED] == 0 or present <= 0.0:
                continue
            x = philox4x32(keys[2], keys[3], plaza, gid[group[i]], week, 0)
            exposed = members[i, ARMED] * (1.0 - hidden[i]) * present
            if happens(u32(x[0]), c[CLASH] * exposed * (1.0 + c[CLASH_NEW] * forces_new[plaza])):
                _clash(
                    i, group[i], gid[group[i]], plaza, members, guns, ammunition, beaten, c, keys, week, x,
                    dead_members, dead_others, clashes, seized, by_group, totals,
                )  # fmt: skip


@kernel
def _fight(  # type: ignore[no-untyped-def]
    i, j, g, h, plaza, cause, members, guns, ammunition, beaten, gang, c, keys, week, pair, x,
    dead_members, dead_others, gang_dead, by_group, rivalry, totals,
):  # fmt: skip
    """One fight of crews i and j: attrition, guns captured or lost, victims among associates and bystanders."""
    y = philox4x32(keys[0], keys[1], plaza, pair, week, 1)
    z = philox4x32(keys[0], keys[1], plaza, pair, week, 2)
    n_i, n_j = engaged(members[i, ARMED], c, u32(x[1])), engaged(members[j, ARMED], c, u32(x[2]))
    guns_i, rounds_i, lethal_i = usable(members, guns, ammunition, i, n_i, c)
    guns_j, rounds_j, lethal_j = usable(members, guns, ammunition, j, n_j, c)
    per_gun = c[ROUNDS] / STEPS
    lost_i, lost_j, fired_i, fired_j = battle(
        n_i, n_j, guns_i, guns_j, rounds_i, rounds_j, lethal_i, lethal_j, per_gun, c[BREAK], c[BARE]
    )
    dead_i, dead_j = whole(lost_i, u32(x[3]), n_i), whole(lost_j, u32(y[0]), n_j)
    shots_i, shots_j = whole(fired_i, u32(y[1]), ammunition[i]), whole(fired_j, u32(y[1]), ammunition[j])
    ammunition[i] -= shots_i
    ammunition[j] -= shots_j
    i_wins, j_wins = lost_i / n_i < lost_j / n_j, lost_j / n_j < lost_i / n_i
    if i_wins:
        beaten[j] += 1.0
    if j_wins:
        beaten[i] += 1.0
    _spoils(members, guns, i, j, dead_i, j_wins, u32(y[2]), c, totals)
    _spoils(members, guns, j, i, dead_j, i_wins, u32(y[3]), c, totals)
    fire = (fired_i + fired_j) / c[ROUNDS]
    crowd = gang[plaza] / (gang[plaza] + c[GANG_HALF])
    associates = poisson_inv(u32(z[0]), c[ASSOCIATES] * fire * crowd)
    fallen = min(gang[plaza], whole(0.5 * associates, u32(z[1]), associates))
    gang[plaza] -= fallen
    gang_dead[plaza] += fallen
    dead_members[plaza, cause] += dead_i + dead_j
    dead_others[plaza, cause] += associates
    dead_others[plaza, BYSTANDER] += poisson_inv(u32(z[2]), c[BYSTANDERS] * fire)
    for one, other in ((g, h), (h, g)):
        rivalry[one, other] += c[RIVAL] * max(0.0, 1.0 - rivalry[one, other] / c[RIVAL_MOST])
    for row, dead, shots in ((g, dead_i, shots_i), (h, dead_j, shots_j)):
        by_group[row, 0] += dead
        by_group[row, 1] += 1.0
        by_group[row, 2] += shots
    totals[4] += shots_i + shots_j
    totals[5] += dead_i + dead_j


@kernel
def _spoils(members, guns, loser, other, dead, captured, u, c, totals):  # type: ignore[no-untyped-def]
    """Bury the dead of a side; the winner takes a share of their guns and the rest is lost."""
    dropped = np.zeros(2, dtype=np.int64)
    bury(members, guns, loser, dead, u, dropped)
    for kind in range(2):
        taken = whole(c[CAPTURE] * dropped[kind], u, dropped[kind]) if captured else 0
        guns[other, kind] += taken
        totals[kind] += dropped[kind] - taken


@kernel
def presence(patrol, soldiers, protection, bought, half):  # type: ignore[no-untyped-def]
    """How present forces are to a crew, 0 to 1: officers who are not bought, over all there and `half`.

    patrol and soldiers: officers; protection: share of local enforcement the crew has bought, of which only the share
    `bought` counts with soldiers, who come from elsewhere.
    """
    seen = patrol * (1.0 - protection) + soldiers * (1.0 - bought * protection)
    return max(seen, 0.0) / (patrol + soldiers + half)


@kernel
def _clash(  # type: ignore[no-untyped-def]
    i, g, gid, plaza, members, guns, ammunition, beaten, c, keys, week, x,
    dead_members, dead_others, clashes, seized, by_group, totals,
):  # fmt: skip
    """A clash of crew i with forces; they are likelier where forces are present and new, and the crew is out."""
    clashes[plaza] += 1.0
    y = philox4x32(keys[2], keys[3], plaza, gid, week, 1)
    people = engaged(members[i, ARMED], c, u32(x[1]))
    held, rounds, lethal = usable(members, guns, ammunition, i, people, c)
    per_gun = c[ROUNDS] / STEPS
    lost, police, fired, _ = battle(
        people, c[TEAM], held, c[TEAM], rounds, np.inf, lethal, c[TEAM_LETHAL], per_gun, c[BREAK], c[BARE]
    )
    if lost / people > police / c[TEAM]:
        beaten[i] += 1.0
    dead, shots = whole(lost, u32(x[2]), people), whole(fired, u32(x[3]), ammunition[i])
    ammunition[i] -= shots
    dropped = np.zeros(2, dtype=np.int64)
    bury(members, guns, i, dead, u32(y[0]), dropped)
    seized[plaza] += dropped[0] + dropped[1]
    totals[2] += dropped[0]
    totals[3] += dropped[1]
    totals[4] += shots
    totals[5] += dead
    dead_members[plaza, STATE] += dead
    dead_others[plaza, STATE] += whole(police, u32(y[1]), 10**6) + poisson_inv(u32(y[2]), c[CLASH_BYSTANDERS])
    by_group[g, 0] += dead
    by_group[g, 2] += shots


def size_equations(
    sizes: NDArray[np.float64],
    weeks: int,
    *,
    recruit: float = 2.527e-3,
    arrests: float = 110.0,
    conflict: float = 1.549e-8,
    saturation: float = 4.0e-8,
    weight: float = 0.331,
) -> tuple[NDArray[np.float64], float]:
    """Integrate the published equations of group size by weekly Euler steps; return sizes and mean recruits a week.

    sizes (n,) people; recruit per week; arrests people per week shared by size; conflict and saturation per person
    and week; weight: the constant K between groups. Source: doi:10.1126/science.adh2888, with s = 1 and K constant.
    """
    sizes = sizes.astype(float).copy()
    joined = 0.0
    for _ in range(weeks):
        total = sizes.sum()
        joins = recruit * sizes
        lost = arrests * sizes / total + conflict * sizes * weight * (total - sizes) + saturation * sizes**2
        joined += joins.sum()
        sizes = np.maximum(0.0, sizes + joins - lost)
    return sizes, float(joined / weeks)
