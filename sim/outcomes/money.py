"""Money: what groups take in, keep and lose; what programmes cost."""

from __future__ import annotations

from sim.outcome import outcome
from sim.state.governments import MX, US
from sim.state.run import OTHER_TRADES, Run
from sim.state.sums import totals


@outcome("USD", country="both", better="lower", headline=True, title="income of groups from drugs")
def drug_income(run: Run) -> float:
    """Receipts of groups from drugs sold north, at US border cities and US hubs (definition C of the accounts)."""
    return sum(totals(run).by("income")[: run.world.drugs.n])


@outcome("USD", country="MX", better="lower")
def other_income(run: Run) -> float:
    """Receipts of groups from other trades: extortion, migrants, predation, local retail."""
    return sum(totals(run).by("income")[run.world.drugs.n :]) - _from(run, "tolls")


@outcome("USD", country="MX", better="lower")
def extortion_income(run: Run) -> float:
    """Receipts of groups from extortion."""
    return _from(run, "extortion")


@outcome("USD", country="MX", better="lower")
def migrant_income(run: Run) -> float:
    """Receipts of groups from migrant smuggling and its tolls."""
    return _from(run, "migrant smuggling")


@outcome("USD", country="both")
def cash_sent_south(run: Run) -> float:
    """Bulk cash that set out going south."""
    return totals(run).of("cash_south")


@outcome("USD", country="both", better="lower")
def cash_smuggled(run: Run) -> float:
    """Bulk cash that got through going south."""
    return totals(run).of("cash_south") - totals(run).of("cash_seized")


@outcome("USD", sees="seen", country="both")
def cash_seized(run: Run) -> float:
    """Bulk cash seized on its way south."""
    return totals(run).of("cash_seized")


@outcome("USD", country="both", better="lower")
def money_laundered(run: Run) -> float:
    """Moved to Mexico through finance and trade, before fees."""
    return totals(run).of("laundered")


@outcome("USD", country="MX", better="lower", total="mean")
def treasuries(run: Run) -> float:
    """Money at hand of all groups."""
    return float(run.groups.treasury.sum())


@outcome("USD", country="MX", better="lower", title="programme cost, Mexico")
def programme_cost_mexico(run: Run) -> float:
    """Programme money Mexico spends above the status quo."""
    return float(run.governments.spent[MX])


@outcome("USD", country="US", better="lower", title="programme cost, United States")
def programme_cost_us(run: Run) -> float:
    """Programme money the United States spends above the status quo."""
    return float(run.governments.spent[US])


def _from(run: Run, trade: str) -> float:
    """Receipts of groups from one of their other trades."""
    return totals(run).by("income")[run.world.drugs.n + OTHER_TRADES.index(trade)]
