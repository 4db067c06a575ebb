"""Compiled loops over open cases: which go on, how many run, who is assigned to them and which are ready to be tried.

All read columns of `Cases`: kind, unit, group and the others (n,); country (U,) is that of a unit.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel


@kernel
def go_on(kind, unit, group, target_id, age, country, alive, identity, officers, most):  # type: ignore[no-untyped-def]
    """Return which cases go on, (n,): the target lives, officers (kinds, 2) work on such cases, age is below `most`.

    alive, identity (G,) of groups: a row may have passed to another group since the case was opened.
    """
    out = np.empty(kind.size, dtype=np.bool_)
    for i in range(kind.size):
        same = alive[group[i]] and identity[group[i]] == target_id[i]
        out[i] = same and officers[kind[i], country[unit[i]]] > 0.0 and age[i] < most
    return out


@kernel
def count_running(kind, unit, country, out):  # type: ignore[no-untyped-def]
    """Add the cases by kind and country that leads them to out (kinds, 2)."""
    for i in range(kind.size):
        out[kind[i], country[unit[i]]] += 1


@kernel
def assign(kind, unit, joint, country, officers, alone, slots, liaison, own, partner):  # type: ignore[no-untyped-def]
    """Write the officers of each case, own and of its partner (n,): those of a country shared evenly over its cases.

    officers, slots (kinds, 2); alone (kinds, 2): share of them who work on cases of their own, the rest on those of
    the other country (all of them where cases are joint by nature: the share is below zero); liaison (kinds,).
    """
    led, joined = np.zeros(slots.shape, dtype=np.int64), np.zeros(slots.shape, dtype=np.int64)
    for i in range(kind.size):
        side = country[unit[i]]
        led[kind[i], side] += 1
        if joint[i]:
            joined[kind[i], 1 - side] += 1
    for i in range(kind.size):
        k, side = kind[i], country[unit[i]]
        other = 1 - side
        lead = alone[k, side] if alone[k, side] >= 0.0 else 1.0
        own[i] = lead * officers[k, side] / max(slots[k, side], led[k, side], 1)
        if joint[i]:
            free = (1.0 - alone[k, other] if alone[k, other] >= 0.0 else 1.0) * officers[k, other]
            partner[i] = liaison[k] + free / max(slots[k, side], joined[k, other], 1)


@kernel
def ready(kind, group, done, needed, age, least, leader, vacancy, removed):  # type: ignore[no-untyped-def]
    """Return which cases can be tried, (n,): the work is done, and not in less than least (kinds,) weeks.

    A case against a leader waits while there is none: vacancy, removed (G,).
    """
    out = np.empty(kind.size, dtype=np.bool_)
    for i in range(kind.size):
        out[i] = done[i] >= needed[i] and age[i] >= least[kind[i]]
        if kind[i] == leader and (vacancy[group[i]] > 0 or removed[group[i]]):
            out[i] = False
    return out
