"""Arrest and seizure: what is taken from crews, treasuries and market areas leaves by the conversions declared here.

It decides nothing: processes say whom and how much. Amounts never exceed what is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_seizing import arrest_members, take_cash, take_from_areas, take_guns, take_stock
from sim.ledger import conversion
from sim.state.crews import MANAGER
from sim.state.custody import court_of_plazas
from sim.state.run import Run

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STOCK = {
    "pure": conversion("inland_pure", "pure", "drugs seized away from the border"),
    "diluent": conversion("inland_diluent", "diluent", "cut seized with drugs away from the border"),
    "precursor": conversion("inland_precursor", "precursor", "precursors seized"),
}
GUNS = conversion("inland_guns", "guns", "guns seized from groups in raids")
ROUNDS = conversion("inland_ammunition", "ammunition", "rounds seized with guns")
CASH = conversion("inland_cash", "usd", "cash of crews seized inland")
ACCOUNTS = conversion("forfeited_usd", "usd", "accounts and property of groups frozen and forfeited")


def arrest(run: Run, rows: Ints, taken: Ints, *, in_us: bool = False) -> Ints:
    """Arrest `taken` (n, roles) members of crews `rows` (n,): they become accused. Returns (n,) totals.

    The court is that of the crew's place, or with `in_us` the American one, wherever the crew lives.
    """
    crews, tally = run.crews, run.tally
    total = np.empty(rows.size, dtype=np.int64)
    every = arrest_members(
        rows,
        taken,
        crews.group,
        crews.plaza,
        court_of_plazas(run),
        in_us,
        MANAGER,
        crews.members,
        crews.managers_lost,
        run.groups.accused,
        tally.files_members[0],
        tally.arrests[0],
        total,
    )
    run.ledger.post("members", "crews.members", "groups.accused", every, "arrests")
    return total


def seize_stock(run: Run, rows: Ints, share: Floats) -> Floats:
    """Seize a share (n, drugs) of the stocks of crews `rows`; returns pure kg by drug (n, drugs)."""
    crews, found, totals = run.crews, np.empty(share.shape), np.zeros((len(STOCK), share.shape[1]))
    take_stock(
        rows, share, crews.plaza, crews.pure, crews.diluent, crews.precursor, run.tally.seized_mx[0], found, totals
    )  # fmt: skip
    for (name, gone), total in zip(STOCK.items(), totals, strict=True):
        run.ledger.post(name, f"crews.{name}", gone, total, "seizure_inland")
    return found


def seize_guns(run: Run, rows: Ints, taken: Ints) -> Ints:
    """Seize `taken` (n, types) guns of crews `rows` and the rounds that go with them. Returns guns (n,)."""
    crews, by_plaza = run.crews, run.tally.guns_taken_mx[0]
    total, kinds = np.empty(rows.size, dtype=np.int64), np.zeros(taken.shape[1], dtype=np.int64)
    rounds = take_guns(rows, taken, crews.plaza, crews.guns, crews.ammunition, by_plaza, total, kinds)
    run.ledger.post("guns", "crews.guns", GUNS, kinds, "seizure_inland")
    run.ledger.post("ammunition", "crews.ammunition", ROUNDS, rounds, "seizure_inland")
    return total


def seize_cash(run: Run, rows: Ints, share: Floats) -> float:
    """Seize a share (n,) of the cash of crews `rows`, which is in the United States; returns USD."""
    crews = run.crews
    usd = float(take_cash(rows, share, crews.plaza, crews.cash, run.tally.cash_inland[0]))
    post_cash(run, usd)
    return usd


def post_cash(run: Run, usd: float) -> None:
    """Post cash of crews that a compiled loop has seized."""
    run.ledger.post("usd", "crews.cash", CASH, usd, "seizure_inland")


def seize_treasury(run: Run, group: int, share: float) -> float:
    """Freeze and forfeit a share of what one group holds in Mexico; returns USD."""
    taken = run.groups.treasury[group] * share
    run.groups.treasury[group] -= taken
    run.ledger.post("usd", "groups.treasury", ACCOUNTS, taken, "forfeiture")
    run.tally.forfeited[0] += taken
    return float(taken)


def seize_areas(run: Run, wanted: Floats) -> Floats:
    """Seize up to `wanted` pure kg (areas, drugs) of the stocks of market areas, with their cut; returns pure kg."""
    areas, taken, cut = run.areas, np.empty(wanted.shape), np.zeros(wanted.shape[1])
    take_from_areas(wanted, areas.pure, areas.diluent, run.tally.seized_us[0], taken, cut)
    run.ledger.post("pure", "areas.pure", STOCK["pure"], taken.sum(axis=0), "seizure_us")
    run.ledger.post("diluent", "areas.diluent", STOCK["diluent"], cut, "seizure_us")
    return taken
