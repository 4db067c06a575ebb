"""Arrest and seizure: what is taken from crews, treasuries and market areas leaves by the conversions declared here.

It decides nothing: processes say whom and how much. Amounts never exceed what is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    crews, groups = run.crews, run.groups
    taken = np.minimum(taken, crews.members[rows])
    crews.members[rows] -= taken
    crews.managers_lost[rows] += taken[:, MANAGER]
    total = taken.sum(axis=1)
    court = np.where(in_us, run.courts.n - 1, court_of_plazas(run)[crews.plaza[rows]])
    np.add.at(groups.accused, (crews.group[rows], court), total)
    np.add.at(run.tally.files_members[0], court, total)
    run.ledger.post("members", "crews.members", "groups.accused", int(total.sum()), "arrests")
    run.tally.arrests[0] += np.bincount(crews.plaza[rows], total, minlength=run.plazas.n)
    return np.asarray(total)


def seize_stock(run: Run, rows: Ints, share: Floats) -> Floats:
    """Seize a share (n, drugs) of the stocks of crews `rows`; returns pure kg by drug (n, drugs)."""
    crews = run.crews
    found: dict[str, Floats] = {}
    for name, gone in STOCK.items():
        column = getattr(crews, name)
        found[name] = column[rows] * share
        column[rows] -= found[name]
        run.ledger.post(name, f"crews.{name}", gone, found[name].sum(axis=0), "seizure_inland")
    n_drugs = found["pure"].shape[1]
    cell = crews.plaza[rows].astype(np.int64)[:, None] * n_drugs + np.arange(n_drugs)
    np.add.at(run.tally.seized_mx[0].reshape(-1), cell.reshape(-1), found["pure"].reshape(-1))
    return found["pure"]


def seize_guns(run: Run, rows: Ints, taken: Ints) -> Ints:
    """Seize `taken` (n, types) guns of crews `rows` and the rounds that go with them. Returns guns (n,)."""
    crews = run.crews
    taken = np.minimum(taken, crews.guns[rows])
    total = taken.sum(axis=1)
    share = total / np.maximum(crews.guns[rows].sum(axis=1), 1)
    rounds = np.floor(crews.ammunition[rows] * share).astype(np.int64)
    crews.guns[rows] -= taken
    crews.ammunition[rows] -= rounds
    run.ledger.post("guns", "crews.guns", GUNS, taken.sum(axis=0), "seizure_inland")
    run.ledger.post("ammunition", "crews.ammunition", ROUNDS, int(rounds.sum()), "seizure_inland")
    run.tally.guns_taken_mx[0] += np.bincount(crews.plaza[rows], total, minlength=run.plazas.n)
    return np.asarray(total)


def seize_cash(run: Run, rows: Ints, share: Floats) -> float:
    """Seize a share (n,) of the cash of crews `rows`, which is in the United States; returns USD."""
    crews = run.crews
    taken = crews.cash[rows] * share
    crews.cash[rows] -= taken
    run.ledger.post("usd", "crews.cash", CASH, taken.sum(), "seizure_inland")
    run.tally.cash_inland[0] += np.bincount(crews.plaza[rows], taken, minlength=run.plazas.n)
    return float(taken.sum())


def seize_treasury(run: Run, group: int, share: float) -> float:
    """Freeze and forfeit a share of what one group holds in Mexico; returns USD."""
    taken = run.groups.treasury[group] * share
    run.groups.treasury[group] -= taken
    run.ledger.post("usd", "groups.treasury", ACCOUNTS, taken, "forfeiture")
    run.tally.forfeited[0] += taken
    return float(taken)


def seize_areas(run: Run, wanted: Floats) -> Floats:
    """Seize up to `wanted` pure kg (areas, drugs) of the stocks of market areas, with their cut; returns pure kg."""
    areas = run.areas
    taken = np.minimum(wanted, areas.pure)
    share = np.divide(taken, areas.pure, out=np.zeros_like(taken), where=areas.pure > 0.0)
    cut = areas.diluent * share
    areas.pure -= taken
    areas.diluent -= cut
    run.ledger.post("pure", "areas.pure", STOCK["pure"], taken.sum(axis=0), "seizure_us")
    run.ledger.post("diluent", "areas.diluent", STOCK["diluent"], cut.sum(axis=0), "seizure_us")
    run.tally.seized_us[0] += taken
    return taken
