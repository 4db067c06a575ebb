"""Compiled loops over loads, one pass each: who arrives, what becomes of a load at its lane, what is paid for it.

All arrays called by a column of `Loads` are (n,); rows (k,) are those meant. The caller posts what moved.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel
from sim.state.loads import GONE, IN_US, TO_BORDER

PASSES, FOUND, BACK = range(3)
"""What becomes of a load at its lane."""


@kernel
def arrivals(stage, weeks, at):  # type: ignore[no-untyped-def]
    """Take a week off `weeks` of the loads in stage `at`; returns the rows of those that arrive."""
    rows, n = np.empty(stage.size, dtype=np.int64), 0
    for i in range(stage.size):
        if stage[i] == at:
            weeks[i] -= 1
            if weeks[i] <= 0:
                rows[n] = i
                n += 1
    return rows[:n]


@kernel
def fates(rows, chance, u, ratio, lane, away, owner, origin, alive, crew_at):  # type: ignore[no-untyped-def]
    """PASSES, FOUND or BACK for each of the rows, (k,), by one draw u (k,) each; chance (k,) to be found.

    In lanes away (L,) from ports those that are met but not taken, `ratio` as many as are taken on the mean, turn back
    if their owner still has a crew where they set out: alive (G,), crew_at (G, P).
    """
    out = np.full(rows.size, PASSES, dtype=np.int8)
    for i in range(rows.size):
        r = rows[i]
        if u[i] < chance[i]:
            out[i] = FOUND
        elif away[lane[r]] and u[i] < chance[i] * (1.0 + ratio):
            if alive[owner[r]] and crew_at[owner[r], origin[r]] >= 0:
                out[i] = BACK
    return out


@kernel
def settle(  # type: ignore[no-untyped-def]
    rows, fate, lane, drug, owner, area, origin, pure, diluent, stage, weeks, site, weeks_us, crew_at,
    crew_pure, crew_diluent, turned, shipped, seized, bulk, loads, hits, sent, lost,
):  # fmt: skip
    """Loads that met their fate (k,) go on, are gone, or return to their crews; returns kg (found or home, cut, D).

    site (L,); weeks_us (S, A); crew_at (G, P); crew_pure, crew_diluent (C, D). Added to, by lane and drug (L, D):
    turned; of all others what was shipped and how many loads, and of those found seized, its bulk and hits; by owner
    (G, D, L): sent and lost.
    """
    kg = np.zeros((2, 2, shipped.shape[1]))
    for i in range(rows.size):
        r = rows[i]
        at, d, g = lane[r], drug[r], owner[r]
        if fate[i] == BACK:
            c = crew_at[g, origin[r]]
            turned[at, d] += pure[r]
            crew_pure[c, d] += pure[r]
            crew_diluent[c, d] += diluent[r]
            kg[1, 0, d] += pure[r]
            kg[1, 1, d] += diluent[r]
            stage[r] = GONE
            continue
        shipped[at, d] += pure[r]
        loads[at, d] += 1.0
        sent[g, d, at] += pure[r]
        if fate[i] == FOUND:
            seized[at, d] += pure[r]
            bulk[at, d] += pure[r] + diluent[r]
            hits[at, d] += 1.0
            lost[g, d, at] += pure[r]
            kg[0, 0, d] += pure[r]
            kg[0, 1, d] += diluent[r]
            stage[r] = GONE
        else:
            stage[r] = IN_US
            weeks[r] = 1 + weeks_us[site[at], area[r]]
    return kg


@kernel
def forget(sent, lost, n):  # type: ignore[no-untyped-def]
    """Set sent and lost (G, D, L) of the first n groups to zero; nothing is lost where nothing was sent."""
    for g in range(n):
        for d in range(sent.shape[1]):
            some = False
            for lane in range(sent.shape[2]):
                some |= sent[g, d, lane] != 0.0
            if some:
                sent[g, d] = 0.0
                lost[g, d] = 0.0


@kernel
def _people(members, row):  # type: ignore[no-untyped-def]
    """People of the crew at a row; members (C, roles)."""
    people = 0
    for role in range(members.shape[1]):
        people += members[row, role]
    return people


@kernel
def _seller(g, hub, origin, crew_at, ptr, members):  # type: ignore[no-untyped-def]
    """Row of the crew of group g that sells a load, -1 for none, and whether it is the one at the hub.

    crew_at (G, P) rows of crews, ptr (G + 1,). The crew at the hub if it has people, else the one that sent the load,
    else the largest, the last of equals.
    """
    row = crew_at[g, hub]
    if row >= 0 and _people(members, row) > 0:
        return row, True
    row, most = crew_at[g, origin], -1
    if row < 0:
        for c in range(ptr[g], ptr[g + 1]):
            people = _people(members, c)
            if people >= most:
                row, most = c, people
    return row, False


@kernel
def hand_over(  # type: ignore[no-untyped-def]
    rows, area, drug, owner, origin, pure, diluent, stage, alive, crew_at, ptr, members, hub_plaza, price_hub,
    price_border, area_pure, area_diluent, delivered, cash, income, landed,
):  # fmt: skip
    """Add loads to areas (A, D) and what they bring to crews (C,) and groups (G, D), (G, trade).

    alive (G,), crew_at, ptr, members as `_seller` has them; hub_plaza (A,); prices (A, D) USD/kg: `price_hub` for a
    group with people at the area's hub. Nobody is paid for a load of a group that is no more.
    Returns USD in all, and kg of pure and of cut, (2, D).
    """
    whole, kg = 0.0, np.zeros((2, delivered.shape[1]))
    for i in range(rows.size):
        r = rows[i]
        a, d, g = area[r], drug[r], owner[r]
        area_pure[a, d] += pure[r]
        area_diluent[a, d] += diluent[r]
        delivered[a, d] += pure[r]
        kg[0, d] += pure[r]
        kg[1, d] += diluent[r]
        stage[r] = GONE
        crew, at_hub = -1, False
        if alive[g]:
            crew, at_hub = _seller(g, hub_plaza[a], origin[r], crew_at, ptr, members)
        if crew >= 0:
            usd = (price_hub[a, d] if at_hub else price_border[a, d]) * pure[r]
            whole += usd
            cash[crew] += usd
            income[g, d] += usd
            landed[g, d] += pure[r]
    return whole, kg


@kernel
def write_down(  # type: ignore[no-untyped-def]
    first, whole, real, chosen, at, site, weeks_mx, weeks_us,
    owner, drug, lane, area, origin, ids, pure, diluent, carrier, stage, weeks,
):  # fmt: skip
    """Fill the columns from row `first` on with new loads in stage `at`.

    whole (k, 6): group, drug, lane, area, plaza, id; real (k, 4): pure, diluent and two more; chosen (k,) carriers;
    site (L,); weeks_mx (P, S), weeks_us (S, A) that the way takes.
    """
    for i in range(whole.shape[0]):
        r, s = first + i, site[whole[i, 2]]
        owner[r], drug[r], lane[r] = whole[i, 0], whole[i, 1], whole[i, 2]
        area[r], origin[r], ids[r] = whole[i, 3], whole[i, 4], whole[i, 5]
        pure[r], diluent[r] = real[i, 0], real[i, 1]
        carrier[r], stage[r] = chosen[i], at
        weeks[r] = 1 + (weeks_mx[whole[i, 4], s] if at == TO_BORDER else weeks_us[s, whole[i, 3]])
