"""Flows: drugs made, sent, seized and delivered; cash and guns on their way south; by nation and corridor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import by_group, of_columns, product
from sim.outcome import corridor, outcome
from sim.state.run import Run
from sim.state.sums import hard_sent, totals

TONNE = 1e-3
CAR, BETWEEN, SEA = 2, 4, 5


@outcome("t", country="both", better="lower")
def drugs_sent(run: Run) -> float:
    """Drugs that reached the border going north, all five by weight."""
    return totals(run).of("shipped") * TONNE


@outcome("t", country="US", better="lower", headline=True, title="drugs delivered, cannabis apart")
def hard_drugs_delivered(run: Run) -> float:
    """Drugs other than cannabis that reached US market areas over the land border and its sea approaches."""
    return _hard(run, "delivered") * TONNE


@outcome("kg", country="both", better="lower")
def synthetic_opioids_sent(run: Run) -> float:
    """Synthetic opioids that reached the border, pure kilograms."""
    drugs = run.world.drugs
    return _of_some(run, "shipped", drugs.is_opioid & drugs.is_synthetic)


@outcome(
    "t", sees="seen", country="both", better=None, headline=True, title="drugs seized at the border, bulk"
)
def drugs_seized_border(run: Run) -> float:
    """Bulk weight of drugs other than cannabis seized at the border, as statistics would show it."""
    return _hard(run, "seized_bulk") * TONNE


@outcome("1", country="both", total="mean")
def interdiction_rate(run: Run) -> float:
    """Share of loads reaching the border that was found."""
    loads = totals(run).of("loads")
    return totals(run).of("hits") / loads if loads else 0.0


@outcome("t", country="MX", title="drugs seized in Mexico")
def drugs_seized_mexico(run: Run) -> float:
    """Drugs seized in Mexico, pure."""
    return totals(run).of("seized_mx") * TONNE


@outcome("t", country="MX")
def drugs_produced(run: Run) -> float:
    """Drugs made in Mexico or bought from the south, pure."""
    return totals(run).of("produced") * TONNE


@outcome("1", country="both", total="mean")
def share_between_ports(run: Run) -> float:
    """Share of shipped weight (cannabis apart) that crossed between ports or by sea."""
    total = _hard(run, "shipped")
    return float(product(hard_sent(run), run.world.lanes.kind >= BETWEEN)) / total if total else 0.0


@outcome("guns", country="MX", better="lower", headline=True, title="guns reaching Mexico")
def guns_reaching_mexico(run: Run) -> float:
    """Guns bought in the United States that got to buyers in Mexico."""
    return totals(run).of("guns_south") - totals(run).of("guns_seized")


@outcome("guns", country="both", better="lower")
def guns_sent_south(run: Run) -> float:
    """Guns bought in the United States that set out for buyers in Mexico, groups and others."""
    return totals(run).of("guns_south")


@outcome("guns", sees="seen", country="both")
def guns_seized(run: Run) -> float:
    """Guns seized on the way south or from groups in Mexico."""
    return totals(run).of("guns_seized") + totals(run).of("guns_taken_mx")


@corridor("kg", arrow="drugs", title="drugs going north (pure)")
def drugs_north(run: Run) -> NDArray[np.float64]:
    """Drugs other than cannabis that got through, by corridor and mode."""
    through = run.tally.shipped[0] - run.tally.seized[0]
    return _by_corridor(run, of_columns(through, ~run.world.drugs.is_cannabis))


@corridor("kg", sees="seen", title="drugs seized at the border (bulk)")
def drugs_found(run: Run) -> NDArray[np.float64]:
    """Bulk weight of drugs other than cannabis seized, by corridor and mode."""
    return _by_corridor(run, of_columns(run.tally.seized_bulk[0], ~run.world.drugs.is_cannabis))


@corridor("USD", arrow="cash")
def cash_going_south(run: Run) -> NDArray[np.float64]:
    """Bulk cash that got through going south, by corridor (all under the mode of cars)."""
    return _sites_by_corridor(run, run.tally.cash_south[0] - run.tally.cash_seized[0])


@corridor("guns", arrow="guns")
def guns_going_south(run: Run) -> NDArray[np.float64]:
    """Guns that got through going south, by corridor (all under the mode of cars)."""
    return _sites_by_corridor(run, (run.tally.guns_south[0] - run.tally.guns_seized[0]).sum(axis=1))


def _hard(run: Run, name: str) -> float:
    """Sum of a column of the tally over drugs other than cannabis."""
    return _of_some(run, name, ~run.world.drugs.is_cannabis)


def _of_some(run: Run, name: str, some: NDArray[np.bool_]) -> float:
    """Sum of a column of the tally over some drugs (D,)."""
    return sum(value for value, mine in zip(totals(run).by(name), some.tolist(), strict=True) if mine)


def _by_corridor(run: Run, by_lane: NDArray[np.float64]) -> NDArray[np.float64]:
    sites, lanes, n = run.world.sites, run.world.lanes, len(run.world.corridors)
    at = run.keep(
        "corridor and mode of lanes", 0, lambda: sites.corridor[lanes.site] * (SEA + 1) + lanes.kind
    )
    return np.asarray(by_group(at, by_lane, n * (SEA + 1))).reshape(n, SEA + 1)


def _sites_by_corridor(run: Run, by_site: NDArray[np.float64]) -> NDArray[np.float64]:
    table = np.zeros((len(run.world.corridors), SEA + 1))
    table[:, CAR] = by_group(run.world.sites.corridor, by_site, len(table))
    return table
