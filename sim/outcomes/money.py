"""Money: what groups take in, keep and lose; what programmes cost."""

from __future__ import annotations

from sim.outcome import outcome
from sim.state.governments import MX, US
from sim.state.run import OTHER_TRADES, Run


@outcome("USD", country="both", better="lower", headline=True, title="income of groups from drugs")
def drug_income(run: Run) -> float:
    """Receipts of groups from drugs sold north, at US border cities and US hubs (definition C of the accounts)."""
    return float(run.tally.income[0][:, : len(run.world.drugs.names)].sum())


@outcome("USD", country="MX", better="lower")
def other_income(run: Run) -> float:
    """Receipts of groups from other trades: extortion, migrants, predation, local retail."""
    drugs = len(run.world.drugs.names)
    tolls = drugs + OTHER_TRADES.index("tolls")
    return float(run.tally.income[0][:, drugs:].sum() - run.tally.income[0][:, tolls].sum())


@outcome("USD", country="MX", better="lower")
def extortion_income(run: Run) -> float:
    """Receipts of groups from extortion."""
    return float(run.tally.income[0][:, len(run.world.drugs.names) + OTHER_TRADES.index("extortion")].sum())


@outcome("USD", country="MX", better="lower")
def migrant_income(run: Run) -> float:
    """Receipts of groups from migrant smuggling and its tolls."""
    return float(
        run.tally.income[0][:, len(run.world.drugs.names) + OTHER_TRADES.index("migrant smuggling")].sum()
    )


@outcome("USD", country="both")
def cash_sent_south(run: Run) -> float:
    """Bulk cash that set out going south."""
    return float(run.tally.cash_south[0].sum())


@outcome("USD", country="both", better="lower")
def cash_smuggled(run: Run) -> float:
    """Bulk cash that got through going south."""
    return float(run.tally.cash_south[0].sum() - run.tally.cash_seized[0].sum())


@outcome("USD", sees="seen", country="both")
def cash_seized(run: Run) -> float:
    """Bulk cash seized on its way south."""
    return float(run.tally.cash_seized[0].sum())


@outcome("USD", country="both", better="lower")
def money_laundered(run: Run) -> float:
    """Moved to Mexico through finance and trade, before fees."""
    return float(run.tally.laundered[0].sum())


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
