"""Compiled loops over places: who holds them, where groups go next, who stands beside whom.

They know no table and no parameter by name.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.state.crews import ARMED
from sim.streams import philox4x32, u53


@kernel
def hold(order, ptr, group, strength, alliance, holder, share, top_crews):  # type: ignore[no-untyped-def]
    """Set who holds each plaza (`holder` row or -1), with what `share` of strength, and by which crew.

    A group holds a plaza with the strength of its allies there (alliance (G, G), 0 or 1); of those who stand equal with
    their allies, the strongest leads, and of equals the first in `order`.
    """
    for plaza in range(ptr.size - 1):
        total, best, own, row = 0.0, 0.0, 0.0, -1
        for a in range(ptr[plaza], ptr[plaza + 1]):
            i = order[a]
            total += strength[i]
            together = strength[i]
            if strength[i] <= 0.0:
                continue
            for b in range(ptr[plaza], ptr[plaza + 1]):
                together += alliance[group[i], group[order[b]]] * strength[order[b]] if a != b else 0.0
            if together > best or (together == best and strength[i] > own):
                best, own, row = together, strength[i], i
        holder[plaza] = group[row] if row >= 0 else -1
        share[plaza] = best / total if total > 0.0 else 0.0
        top_crews[plaza] = row


@kernel
def equipped(members, guns, bare):  # type: ignore[no-untyped-def]
    """Armed people of every crew, (C,), those without a gun at `bare`; members (C, roles), guns (C, 2)."""
    out = np.empty(members.shape[0])
    for i in range(out.size):
        armed = members[i, ARMED]
        with_gun = min(1.0, (guns[i, 0] + guns[i, 1]) / max(armed, 1))
        out[i] = armed * (bare + (1.0 - bare) * with_gun)
    return out


@kernel
def churn(holder, before, gid, shock, fights, c, contest):  # type: ignore[no-untyped-def]
    """Contestation of each plaza (P,) moves to what fights, a new holder and the shock of its holder make of it.

    before (P,) id of the holder until now or -1; gid, shock (G,); fights (P,); c: weights of fights, change and shock,
    weeks.
    """
    for z in range(contest.size):
        stirred = fights[z] * c[0]
        if holder[z] >= 0:
            if before[z] >= 0 and gid[holder[z]] != before[z]:
                stirred += c[1]
            stirred += shock[holder[z]] * c[2]
        contest[z] += (min(1.0, stirred) - contest[z]) / c[3]


@kernel
def pick_targets(  # type: ignore[no-untyped-def]
    going, gid, group, plaza, members, near_ptr, near, worth, armed, least, share, keys, week
):
    """Where each of the groups `going` (n,) sends people: crew, plaza and a uniform by row, as many as found, (m, 3).

    A crew of at least `least` people is drawn by size, then a plaza next to it where the group is not by what it is
    worth (P,) and what chance `share` of the crew has against the armed (P,) there. keys (4,) of crew and of plaza.
    """
    out, found = np.empty((going.size, 3)), 0
    for g in going:
        source, top = -1, -np.inf
        taken = np.zeros(worth.size, dtype=np.bool_)
        for i in range(group.size):
            if group[i] == g:
                taken[plaza[i]] = True
                size = members[i].sum()
                if size >= least:
                    x = philox4x32(keys[0], keys[1], gid[g], plaza[i], week, 0)
                    score = math.log(u53(x[0], x[1])) / size
                    if score > top:
                        source, top = i, score
        if source < 0:
            continue
        sent = share * members[source, ARMED] + 1.0
        target, most, luck = -1, -np.inf, 0.0
        for k in range(near_ptr[plaza[source]], near_ptr[plaza[source] + 1]):
            z = near[k]
            if taken[z]:
                continue
            x = philox4x32(keys[2], keys[3], gid[g], z, week, 0)
            u = u53(x[0], x[1])
            if target < 0:
                luck = u
            score = math.log(u) / ((worth[z] + 1.0) * sent / (sent + armed[z]))
            if target < 0 or score > most:
                target, most = z, score
        if target >= 0:
            out[found, 0], out[found, 1], out[found, 2] = source, target, luck
            found += 1
    return out[:found]


@kernel
def next_door(row, group, plaza, members, near_ptr, near, soldiers):  # type: ignore[no-untyped-def]
    """Place next to a crew: without soldiers, then where its group has most armed, others fewest; -1 for none."""
    own, others = np.zeros(soldiers.size), np.zeros(soldiers.size)
    for i in range(group.size):
        if group[i] == group[row]:
            own[plaza[i]] += members[i, ARMED]
        else:
            others[plaza[i]] += members[i, ARMED]
    best = -1
    for k in range(near_ptr[plaza[row]], near_ptr[plaza[row] + 1]):
        z = near[k]
        if best >= 0:
            held, held_best = soldiers[z] > 0.0, soldiers[best] > 0.0
            if held != held_best:
                better = held_best
            elif own[z] != own[best]:
                better = own[z] > own[best]
            elif others[z] != others[best]:
                better = others[z] < others[best]
            else:
                better = z < best
            if not better:
                continue
        best = z
    return best


@kernel
def shared_people(order, ptr, group, members, out):  # type: ignore[no-untyped-def]
    """Fill out (G, G), zeros before, with the overlap of groups: cosine of their people by plaza, 0 for itself.

    order, ptr: crews by plaza, at most one of a group in each; members (C, roles).
    """
    people, norm = np.empty(group.size), np.zeros(out.shape[0])
    for i in range(group.size):
        people[i] = members[i].sum()
        norm[group[i]] += people[i] ** 2
    for g in range(norm.size):
        norm[g] = math.sqrt(norm[g]) + 1e-12
    for plaza in range(ptr.size - 1):
        for a in range(ptr[plaza], ptr[plaza + 1]):
            i = order[a]
            for b in range(ptr[plaza], ptr[plaza + 1]):
                j = order[b]
                if i != j:
                    out[group[i], group[j]] += people[i] / norm[group[i]] * (people[j] / norm[group[j]])


@kernel
def follow_loyalty(group, reach, due, cut_off, pace, weeks, loyalty):  # type: ignore[no-untyped-def]
    """A week at their place passes for crews (C,), and loyalty moves toward what is due (G,) less what links lack."""
    for i in range(group.size):
        weeks[i] += 1.0
        goal = min(max(due[group[i]] - cut_off * (1.0 - reach[i]), 0.0), 1.0)
        loyalty[i] += (goal - loyalty[i]) / pace


@kernel
def drift_rivalry(rows, shared, pull, step, rivalry):  # type: ignore[no-untyped-def]
    """Rivalry (G, G) of the groups `rows` moves by a share `step` toward `pull` x what they share (G, G)."""
    for g in rows:
        for h in rows:
            rivalry[g, h] += step * (pull * shared[g, h] - rivalry[g, h])


@kernel
def pairs_beside(rows, shared, alliance):  # type: ignore[no-untyped-def]
    """Pairs of the groups `rows` (n,) that share places or have a pact: two places in `rows` each, (m, 2)."""
    out, found = np.empty((rows.size * rows.size // 2, 2), dtype=np.int64), 0
    for i in range(rows.size):
        for j in range(i + 1, rows.size):
            if shared[rows[i], rows[j]] > 0.0 or alliance[rows[i], rows[j]] > 0.0:
                out[found, 0], out[found, 1] = i, j
                found += 1
    return out[:found]


@kernel
def common_threat(root, pairs):  # type: ignore[no-untyped-def]
    """How far third parties threaten both groups of a pair more than they do each other, (m,).

    root (n, n): square root of what each group faces from each; pairs (m, 2).
    """
    out = np.empty(pairs.shape[0])
    for m in range(out.size):
        i, j = pairs[m, 0], pairs[m, 1]
        joint = 0.0
        for k in range(root.shape[0]):
            joint += root[i, k] * root[j, k]
        out[m] = joint / (1.0 + joint) - root[i, j] * root[j, i]
    return out


@kernel
def sizes(group, members, n):  # type: ignore[no-untyped-def]
    """Members of n groups, float64 (n,); members (C, roles) of their crews."""
    out = np.zeros(n)
    for i in range(group.size):
        out[group[i]] += members[i].sum()
    return out
