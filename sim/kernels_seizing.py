"""Compiled loops of arrest and seizure: what is taken from crews leaves their rows, and is counted where it was taken.

They decide nothing and post nothing: totals come back, and `sim.state.seizing` tells the ledger.
"""

from __future__ import annotations

from sim.compiled import kernel


@kernel
def arrest_members(  # type: ignore[no-untyped-def]
    rows,
    taken,
    group,
    plaza,
    court_of,
    in_us,
    manager,
    members,
    managers_lost,
    accused,
    files,
    arrests,
    total,
):
    """Move up to taken (k, roles) of members (n, roles) of crews `rows` to accused (G, courts); returns how many.

    group, plaza (n,); court_of (P,): court of a plaza, the last one with `in_us`; manager: the role counted in
    managers_lost (n,). Adds to files (courts,) and arrests (P,); writes total (k,).
    """
    every = 0
    for i in range(rows.size):
        c = rows[i]
        people = 0
        for role in range(taken.shape[1]):
            gone = min(taken[i, role], members[c, role])
            members[c, role] -= gone
            people += gone
            if role == manager:
                managers_lost[c] += gone
        court = files.size - 1 if in_us else court_of[plaza[c]]
        accused[group[c], court] += people
        files[court] += people
        arrests[plaza[c]] += people
        total[i] = people
        every += people
    return every


@kernel
def take_stock(rows, share, plaza, pure, diluent, precursor, by_plaza, found, totals):  # type: ignore[no-untyped-def]
    """Take share (k, drugs) of pure, diluent and precursor (n, drugs) of crews `rows`; write kg found (k, drugs).

    plaza (n,); adds the pure to by_plaza (P, drugs), and all to totals (3, drugs).
    """
    for i in range(rows.size):
        c = rows[i]
        for d in range(share.shape[1]):
            kg, cut, other = (
                pure[c, d] * share[i, d],
                diluent[c, d] * share[i, d],
                precursor[c, d] * share[i, d],
            )
            found[i, d] = kg
            by_plaza[plaza[c], d] += kg
            pure[c, d] -= kg
            diluent[c, d] -= cut
            precursor[c, d] -= other
            totals[0, d] += kg
            totals[1, d] += cut
            totals[2, d] += other


@kernel
def take_guns(rows, taken, plaza, guns, ammunition, by_plaza, total, kinds):  # type: ignore[no-untyped-def]
    """Take up to taken (k, kinds) of guns (n, kinds) of crews `rows`, and rounds in proportion; returns rounds.

    plaza (n,), ammunition (n,); by_plaza (P,) and kinds (kinds,) are added to; writes total (k,).
    """
    every = 0
    for i in range(rows.size):
        c = rows[i]
        held, gone = 0, 0
        for kind in range(guns.shape[1]):
            n = min(taken[i, kind], guns[c, kind])
            held += guns[c, kind]
            guns[c, kind] -= n
            kinds[kind] += n
            gone += n
        rounds = int(ammunition[c] * (gone / max(held, 1)))
        ammunition[c] -= rounds
        by_plaza[plaza[c]] += gone
        total[i] = gone
        every += rounds
    return every


@kernel
def take_cash(rows, share, plaza, cash, by_plaza):  # type: ignore[no-untyped-def]
    """Take share (k,) of the cash (n,) of crews `rows`; plaza (n,); adds to by_plaza (P,); returns USD."""
    every = 0.0
    for i in range(rows.size):
        c = rows[i]
        usd = cash[c] * share[i]
        cash[c] -= usd
        by_plaza[plaza[c]] += usd
        every += usd
    return every


@kernel
def take_from_areas(wanted, pure, diluent, seized, taken, cut):  # type: ignore[no-untyped-def]
    """Take up to wanted kg (areas, drugs) of pure, with its share of diluent, both (areas, drugs).

    Adds to seized (areas, drugs) and to cut (drugs,); writes taken (areas, drugs).
    """
    for a in range(wanted.shape[0]):
        for d in range(wanted.shape[1]):
            kg = min(wanted[a, d], pure[a, d])
            share = kg / pure[a, d] if pure[a, d] > 0.0 else 0.0
            gone = diluent[a, d] * share
            pure[a, d] -= kg
            diluent[a, d] -= gone
            cut[d] += gone
            seized[a, d] += kg
            taken[a, d] = kg
