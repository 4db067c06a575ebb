"""Flows: drugs made, sent, seized and delivered; cash and guns on their way south; by nation and corridor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.outcome import corridor, outcome
from sim.state.run import Run

TONNE = 1e-3
BETWEEN, SEA = 4, 5


@outcome("t", country="both", better="lower")
def drugs_sent(run: Run) -> float:
    """Drugs that reached the border going north, all five by weight."""
    return float(run.tally.shipped[0].sum() * TONNE)


@outcome("t", country="US", better="lower", headline=True, title="drugs delivered, cannabis apart")
def hard_drugs_delivered(run: Run) -> float:
    """Drugs other than cannabis that reached US market areas over the land border and its sea approaches."""
    hard = ~run.world.drugs.is_cannabis
    return float(run.tally.delivered[0][:, hard].sum() * TONNE)


@outcome("kg", country="both", better="lower")
def synthetic_opioids_sent(run: Run) -> float:
    """Synthetic opioids that reached the border, pure kilograms."""
    return float(run.tally.shipped[0][:, _synthetic_opioids(run)].sum())


@outcome(
    "t", sees="seen", country="both", better=None, headline=True, title="drugs seized at the border, bulk"
)
def drugs_seized_border(run: Run) -> float:
    """Bulk weight of drugs other than cannabis seized at the border, as statistics would show it."""
    hard = ~run.world.drugs.is_cannabis
    return float(run.tally.seized_bulk[0][:, hard].sum() * TONNE)


@outcome("1", country="both", total="mean")
def interdiction_rate(run: Run) -> float:
    """Share of loads reaching the border that was found."""
    loads = run.tally.loads[0].sum()
    return float(run.tally.hits[0].sum() / loads) if loads else 0.0


@outcome("t", country="MX", title="drugs seized in Mexico")
def drugs_seized_mexico(run: Run) -> float:
    """Drugs seized in Mexico, pure."""
    return float(run.tally.seized_mx[0].sum() * TONNE)


@outcome("t", country="MX")
def drugs_produced(run: Run) -> float:
    """Drugs made in Mexico or bought from the south, pure."""
    return float(run.tally.produced[0].sum() * TONNE)


@outcome("1", country="both", total="mean")
def share_between_ports(run: Run) -> float:
    """Share of shipped weight (cannabis apart) that crossed between ports or by sea."""
    hard = ~run.world.drugs.is_cannabis
    weight = run.tally.shipped[0][:, hard].sum(axis=1)
    total = weight.sum()
    return float(weight[run.world.lanes.kind >= BETWEEN].sum() / total) if total else 0.0


@outcome("guns", country="MX", better="lower", headline=True, title="guns reaching Mexico")
def guns_reaching_mexico(run: Run) -> float:
    """Guns bought in the United States that got to buyers in Mexico."""
    return float(run.tally.guns_south[0].sum() - run.tally.guns_seized[0].sum())


@outcome("guns", country="both", better="lower")
def guns_sent_south(run: Run) -> float:
    """Guns bought in the United States that set out for buyers in Mexico, groups and others."""
    return float(run.tally.guns_south[0].sum())


@outcome("guns", sees="seen", country="both")
def guns_seized(run: Run) -> float:
    """Guns seized on the way south or from groups in Mexico."""
    return float(run.tally.guns_seized[0].sum() + run.tally.guns_taken_mx[0].sum())


@corridor("kg", arrow="drugs", title="drugs going north (pure)")
def drugs_north(run: Run) -> NDArray[np.float64]:
    """Drugs other than cannabis that got through, by corridor and mode."""
    hard = ~run.world.drugs.is_cannabis
    return _by_corridor(run, (run.tally.shipped[0] - run.tally.seized[0])[:, hard].sum(axis=1))


@corridor("kg", sees="seen", title="drugs seized at the border (bulk)")
def drugs_found(run: Run) -> NDArray[np.float64]:
    """Bulk weight of drugs other than cannabis seized, by corridor and mode."""
    hard = ~run.world.drugs.is_cannabis
    return _by_corridor(run, run.tally.seized_bulk[0][:, hard].sum(axis=1))


@corridor("USD", arrow="cash")
def cash_going_south(run: Run) -> NDArray[np.float64]:
    """Bulk cash that got through going south, by corridor (all under the mode of cars)."""
    return _sites_by_corridor(run, run.tally.cash_south[0] - run.tally.cash_seized[0])


@corridor("guns", arrow="guns")
def guns_going_south(run: Run) -> NDArray[np.float64]:
    """Guns that got through going south, by corridor (all under the mode of cars)."""
    return _sites_by_corridor(run, (run.tally.guns_south[0] - run.tally.guns_seized[0]).sum(axis=1))


def _synthetic_opioids(run: Run) -> NDArray[np.bool_]:
    return np.asarray(run.world.drugs.is_opioid & run.world.drugs.is_synthetic)


def _by_corridor(run: Run, by_lane: NDArray[np.float64]) -> NDArray[np.float64]:
    table = np.zeros((len(run.world.corridors), SEA + 1))
    lanes = run.world.lanes
    np.add.at(table, (run.world.sites.corridor[lanes.site], lanes.kind), by_lane)
    return table


def _sites_by_corridor(run: Run, by_site: NDArray[np.float64]) -> NDArray[np.float64]:
    table = np.zeros((len(run.world.corridors), SEA + 1))
    np.add.at(table[:, 2], run.world.sites.corridor, by_site)
    return table
