"""Compiled loops over crews: who is approached and joins, who leaves, whom their own kill, whom they hire.

They change the arrays they are given and know no table and no parameter by name. Sums go in the order of rows.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.kernels_force import join, take_by_role
from sim.quantiles import binomial_inv, poisson_inv
from sim.state.crews import ARMED, MANAGER
from sim.state.tally import SUCCESSION
from sim.streams import philox4x32, u32, u53

LEAVING = "leave_rate leave_unpaid leave_heat leave_loyalty loyalty_usual".split()
"""Parameters that `desert` takes, in the order of its vector `c`."""
USUAL = LEAVING.index("loyalty_usual")
MOST_STRAIN = 6.0


@kernel
def approached(group, plaza, members, hidden, contest, pool, usual, wished, c):  # type: ignore[no-untyped-def]
    """People whom each crew approaches, (C,): as its group wishes and its recruiters can, no more than there are.

    members (C, roles); hidden (C,); contest, pool, usual (P,): usual pool; wished (G,) recruits; c: weight of the
    front, share of the approached expected to join, reach of a recruiter.
    """
    n = group.size
    size, front, mean = np.zeros(n), np.empty(n), np.empty(n)
    total, crowd = np.zeros(wished.size), np.zeros(pool.size)
    for i in range(n):
        size[i] = members[i].sum() * (1.0 - hidden[i])
        front[i] = size[i] * (1.0 + c[0] * contest[plaza[i]])
        total[group[i]] += front[i]
    for i in range(n):
        z = plaza[i]
        asked = wished[group[i]] * front[i] / max(total[group[i]], 1.0) / c[1]
        mean[i] = min(asked, size[i] * c[2] * min(pool[z] / usual[z], 2.0))
        crowd[z] += mean[i]
    for i in range(n):
        mean[i] *= min(1.0, pool[plaza[i]] / max(crowd[plaza[i]], 1e-9))
    return mean


@kernel
def willing(plaza, pay, prospects, arrest, killed, shield, c):  # type: ignore[no-untyped-def]
    """Chance that an approached person joins, by crew (C,): forced, or by pay gap, prospects and risks of a year.

    pay (C,) USD a week; prospects, arrest, killed (P,) weekly risks, shield (P,) from force; c: parameters of
    `joining_prob` in its order.
    """
    out = np.empty(plaza.size)
    for i in range(plaza.size):
        z = plaza[i]
        gap = pay[i] - c[0] * prospects[z] - c[1]
        score = c[2] + c[3] * gap - c[4] * (52.0 * arrest[z]) - c[5] * (52.0 * killed[z])
        out[i] = min(1.0, c[6] * (1.0 - shield[z]) + c[7] / (1.0 + math.exp(-score)))
    return out


@kernel
def bound_by_pool(plaza, mean, pool, joins):  # type: ignore[no-untyped-def]
    """Cut joins (C,) to each crew's part of the pool (P,) by the people whom it approached, mean (C,)."""
    crowd = np.zeros(pool.size)
    for i in range(plaza.size):
        crowd[plaza[i]] += mean[i]
    for i in range(plaza.size):
        part = pool[plaza[i]] * mean[i] / max(crowd[plaza[i]], 1e-9)
        joins[i] = min(joins[i], np.int64(part))


@kernel
def recruits(  # type: ignore[no-untyped-def]
    group,
    plaza,
    gid,
    mean,
    pay,
    prospects,
    arrest,
    killed,
    shield,
    state,
    c,
    shares,
    keys,
    week,
    members,
    pool,
    joined,
):
    """Of the people approached by each crew, mean (C,), some join it, in the roles it lacks; returns how many.

    gid, pay (G,); prospects, arrest, killed, state (P,); shield (states,); c as in `willing`; shares (roles,) wished;
    keys (2, 2) of joining and of roles. members (C, roles) and pool (P,) change; adds to joined (P,).
    """
    prob = willing(plaza, pay[group], prospects, arrest, killed, shield[state], c)
    joins, u = np.empty(group.size, dtype=np.int64), np.empty(group.size)
    for i in range(group.size):
        x0, x1, _, _ = philox4x32(keys[0, 0], keys[0, 1], gid[group[i]], plaza[i], week, 0)
        joins[i] = poisson_inv(u53(x0, x1), mean[i] * prob[i])
    bound_by_pool(plaza, mean, pool, joins)
    every = 0
    for i in range(group.size):
        if joins[i] > 0:
            x0, x1, _, _ = philox4x32(keys[1, 0], keys[1, 1], gid[group[i]], plaza[i], week, 0)
            u[i] = u53(x0, x1)
            pool[plaza[i]] -= joins[i]
            joined[plaza[i]] += joins[i]
            every += joins[i]
    join(members, joins, shares, u)
    return every


@kernel
def counted(u, n, prob):  # type: ignore[no-untyped-def]
    """Binomial count of n by inversion of u, at most n; nobody, without the walk, where u is clearly that low."""
    if u <= 1.0 - n * prob * (1.0 + 1e-9) - 1e-12:
        return np.int64(0)
    return min(binomial_inv(u, n, prob), n)


@kernel
def desert(  # type: ignore[no-untyped-def]
    k0, k1, week, group, gid, plaza, paid, heat, loyalty, c, support, members, out
):
    """Members (C, roles) leave, the more readily the less they are paid, the hotter it is and the less loyal they are.

    paid, gid (G,); heat, loyalty (C,); c as `LEAVING`; support: factor of programmes. Adds those who leave to out (P,)
    and returns how many.
    """
    gone = np.int64(0)
    unpaid = c[1] * (1.0 - np.minimum(np.maximum(paid, 0.0), 1.0))
    for i in range(group.size):
        strain = unpaid[group[i]] + c[2] * heat[i] / (1.0 + abs(heat[i]))
        strain += c[3] * (c[USUAL] - loyalty[i])
        hazard = c[0] * math.exp(min(strain, MOST_STRAIN)) * support
        x, people = philox4x32(k0, k1, gid[group[i]], plaza[i], week, 0), np.int64(0)
        for role in range(members.shape[1]):
            people += members[i, role]
        if u32(x[0]) <= 1.0 - people * hazard * (1.0 + 1e-9) - 1e-12:  # the chance is at most the hazard
            continue
        left = counted(u32(x[0]), people, -math.expm1(-hazard))
        if left > 0:
            gone += take_by_role(members, i, left, u32(x[1]))
            out[plaza[i]] += left
    return gone


@kernel
def purge(  # type: ignore[no-untyped-def]
    keys,
    week,
    group,
    gid,
    plaza,
    shock,
    rate,
    associates,
    members,
    managers_lost,
    dead_members,
    dead_others,
    by_group,
):
    """Crews of groups in shock (G,) kill some of their own, and associates: returns members killed.

    keys (4,) key words of members and of associates; rate a week in full shock; dead_members, dead_others (P, causes)
    and by_group (G,) are added to; managers_lost (C,) counts managers among the dead.
    """
    killed = np.int64(0)
    for i in range(group.size):
        g = group[i]
        if shock[g] <= 0.0:
            continue
        x = philox4x32(keys[0], keys[1], gid[g], plaza[i], week, 0)
        dead = counted(u32(x[0]), members[i].sum(), -math.expm1(-rate * shock[g]))
        if dead == 0:
            continue
        managers = members[i, MANAGER]
        take_by_role(members, i, dead, u32(x[1]))
        managers_lost[i] += managers - members[i, MANAGER]
        y = philox4x32(keys[2], keys[3], gid[g], plaza[i], week, 0)
        dead_members[plaza[i], SUCCESSION] += dead
        dead_others[plaza[i], SUCCESSION] += poisson_inv(u53(y[0], y[1]), dead * associates)
        by_group[g] += dead
        killed += dead
    return killed


@kernel
def hire_gangs(group, plaza, members, contest, gang, treasury, armed, c, hired, bill):  # type: ignore[no-untyped-def]
    """Strength that hired gang people add to each crew, (C,); fills hired (P,) people and bill (G,) USD.

    contest, gang (P,); treasury (G,); armed (P,) share of gang people with a gun; c: share wished, pay of a week, share
    of the treasury at most, strength of one without a gun.
    """
    people, there = np.empty(group.size), np.zeros(gang.size)
    hired[:] = 0.0
    bill[:] = 0.0
    for i in range(group.size):
        there[plaza[i]] += members[i, ARMED]
    for i in range(group.size):
        z = plaza[i]
        people[i] = c[0] * contest[z] * gang[z] / max(there[z], 1.0) * members[i, ARMED]
        bill[group[i]] += people[i]
    afford = np.empty(bill.size)
    for g in range(bill.size):
        bill[g] *= c[1]
        afford[g] = min(1.0, c[2] * treasury[g] / max(bill[g], 1e-9))
        bill[g] *= afford[g]
    for i in range(group.size):
        people[i] *= afford[group[i]]
        hired[plaza[i]] += people[i]
        people[i] *= c[3] + (1.0 - c[3]) * armed[plaza[i]]
    return people


@kernel
def strength(members, guns, ammunition, rounds, bare):  # type: ignore[no-untyped-def]
    """Armed strength of every crew, (C,): armed people, those with a gun and `rounds` each over the others, `bare`."""
    out = np.empty(ammunition.size)
    for i in range(out.size):
        armed = np.float64(members[i, ARMED])
        ready = min(1.0, min(np.float64(guns[i, 0] + guns[i, 1]), ammunition[i] / rounds) / max(armed, 1.0))
        out[i] = armed * (bare + (1.0 - bare) * ready)
    return out


@kernel
def abused(raids, clashes, soldiers, state, training, c, keys, week, abuses, deaths, running):  # type: ignore[no-untyped-def]
    """Some operations of forces in a plaza end in abuse of a civilian, who may die; clashes (k,) of the first k plazas.

    raids, soldiers, state (P,); training (states,); c: operations of a soldier, chance of abuse of one, 1 - integrity
    of forces, chance to be killed, weeks of memory; keys (2, 2) of abuse and of death. Adds to abuses and deaths (P,);
    running (P,) victims a week go on.
    """
    for z in range(raids.size):
        operations, victims = raids[z] + clashes[z] + c[0] * soldiers[z], np.int64(0)
        if operations != 0.0 and z < state.size:
            mean = operations * (c[1] * (1.0 - training[state[z]]) * c[2])
            x0, x1, _, _ = philox4x32(keys[0, 0], keys[0, 1], z, 0, week, 0)
            victims = poisson_inv(u53(x0, x1), mean)
            if victims > 0:
                x0, x1, _, _ = philox4x32(keys[1, 0], keys[1, 1], z, 0, week, 0)
                deaths[z] += binomial_inv(u53(x0, x1), victims, c[3])
                abuses[z] += victims
        running[z] += (victims - running[z]) / c[4]


@kernel
def pacts(alliance, alive):  # type: ignore[no-untyped-def]
    """1 + sum of the alliances (G, G) of each living group with groups, (G,); most have none, which is seen at once."""
    last = 0
    for g in range(alive.size):
        last = g + 1 if alive[g] else last
    out = np.ones(alive.size)
    for g in range(last):
        some, total = False, 0.0
        for h in range(last):
            some |= alliance[g, h] != 0.0
        if some:
            for h in range(last):
                total += alliance[g, h]
        out[g] += total
    return out


@kernel
def remember_fights(by_group, rate, killed, fights, fired):  # type: ignore[no-untyped-def]
    """Running losses, fights and rounds of groups, (G,) each, move toward those of the week, by_group (G, 3)."""
    for g in range(killed.size):
        killed[g] += rate * (by_group[g, 0] - killed[g])
        fights[g] += rate * (by_group[g, 1] - fights[g])
        fired[g] += rate * (by_group[g, 2] - fired[g])


@kernel
def leaders_lost(  # type: ignore[no-untyped-def]
    by_group, alive, vacancy, removed, identity, ptr, members, exposure, k0, k1, week, out
):
    """List rows of groups whose leader is among those killed, by_group (G, 3), in out (G,); returns how many.

    alive, vacancy, removed, identity (G,); ptr (G + 1,) of crews, members (n, roles); exposure: of a leader over that
    of a member; (k0, k1) is the key of the draw.
    """
    k = 0
    for g in range(alive.size):
        if not (by_group[g, 0] > 0.0 and alive[g] and vacancy[g] == 0 and not removed[g]):
            continue
        people = 0
        for row in range(ptr[g], ptr[g + 1]):
            for role in range(members.shape[1]):
                people += members[row, role]
        x0, x1, _, _ = philox4x32(k0, k1, identity[g], 0, week, 0)
        if u53(x0, x1) < -math.expm1(-(exposure * by_group[g, 0] / max(people, 1))):
            out[k] = g
            k += 1
    return k


@kernel
def remember_losses(plaza, members, dead_members, dead_others, arrests, c, violence, killed, arrested):  # type: ignore[no-untyped-def]
    """Running deaths `violence` and weekly risks `killed` and `arrested` of members at each plaza, all (P,), go on.

    dead_members, dead_others (P, causes) and arrests (P,) of the week; c: pace of deaths, pace of risks, people added
    to the members of a place.
    """
    people = np.zeros(violence.size)
    for i in range(plaza.size):
        people[plaza[i]] += members[i].sum()
    for z in range(violence.size):
        own, others = 0.0, 0.0
        for cause in range(dead_members.shape[1]):
            own += dead_members[z, cause]
            others += dead_others[z, cause]
        violence[z] += c[0] * (own + others - violence[z])
        killed[z] += c[1] * (own / (people[z] + own + c[2]) - killed[z])
        arrested[z] += c[1] * (arrests[z] / (people[z] + arrests[z] + c[2]) - arrested[z])


@kernel
def turnover(before, group, plaza, ids, n_plazas):  # type: ignore[no-untyped-def]
    """Which crews are new, and which of those `before` are gone; both lists are in order of (group, plaza).

    before (2, B): where each was, as group row x n_plazas + plaza, and who, as id of the group x n_plazas + plaza;
    group, plaza (C,); ids (G,). Returns the same of now (2, C), the gone as positions before and the born as rows.
    """
    now = np.empty((2, group.size), dtype=np.int64)
    gone, born = np.ones(before.shape[1], dtype=np.bool_), np.ones(group.size, dtype=np.bool_)
    old = 0
    for c in range(group.size):
        now[0, c] = group[c] * n_plazas + plaza[c]
        now[1, c] = ids[group[c]] * n_plazas + plaza[c]
        while old < gone.size and before[0, old] < now[0, c]:
            old += 1
        if old < gone.size and before[0, old] == now[0, c] and before[1, old] == now[1, c]:
            gone[old], born[c] = False, False
    return now, np.flatnonzero(gone), np.flatnonzero(born)
