"""Prices and use: what people pay, what they use, what they spend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import over_rows, price_indices, product
from sim.outcome import outcome, shared
from sim.state.run import Run
from sim.state.sums import need, totals

TONNE, GRAM = 1e-3, 1e-3


@outcome("1", country="US", better=None, total="mean", headline=True, title="retail price index")
def price_index(run: Run) -> float:
    """Retail price per pure gram over the reference price, weighted by use at the reference price in USD."""
    return _indices(run)[0]


@outcome("1", country="US", better=None, total="mean", title="retail purity")
def purity_index(run: Run) -> float:
    """Purity at retail over that of bulk, weighted by use at the reference price in USD."""
    return _indices(run)[1]


@outcome("1", country="US", better=None, total="mean", title="nominal retail price index")
def nominal_price_index(run: Run) -> float:
    """Price of a gram as sold, cut and all, over the reference, weighted by use at the reference price in USD."""
    return _indices(run)[2]


@outcome("USD/g", sees="seen", country="US", total="mean")
def price_stimulants(run: Run) -> float:
    """Mean published retail price of stimulants per pure gram, weighted by use."""
    return _published(run, run.world.drugs.is_stimulant)


@outcome("USD/g", sees="seen", country="US", total="mean")
def price_opioids(run: Run) -> float:
    """Mean published retail price of opioids per pure gram, weighted by use."""
    return _published(run, run.world.drugs.is_opioid)


@outcome("USD", country="US", better="lower")
def retail_spending(run: Run) -> float:
    """Spent at retail in the United States on the five drugs."""
    return totals(run).of("spending")


@outcome("t", country="US", better="lower")
def consumption_stimulants(run: Run) -> float:
    """Stimulants used in the United States, pure."""
    return _used(run, run.world.drugs.is_stimulant)


@outcome("t", country="US", better="lower")
def consumption_opioids(run: Run) -> float:
    """Illicit opioids used in the United States, pure."""
    return _used(run, run.world.drugs.is_opioid)


@shared
def _indices(run: Run) -> tuple[float, float, float]:
    """Price, purity and the price in the bag over the reference."""
    areas, drugs = run.areas, run.world.drugs
    reference = run.keep("reference retail prices", 0, lambda: np.ascontiguousarray(drugs.prices[:, -1]))
    price, purity, bag = price_indices(areas.price, areas.purity, need(run), reference, drugs.purity_bulk)
    return price, purity, bag


def _used(run: Run, which: NDArray[np.bool_]) -> float:
    """Tonnes of some drugs (D,) that were used."""
    by_drug = totals(run).by("consumed")
    return sum(kg for kg, mine in zip(by_drug, which.tolist(), strict=True) if mine) * TONNE


@shared
def _needed(run: Run) -> NDArray[np.float64]:
    """What users need at the reference price by drug, (D,)."""
    return np.asarray(over_rows(need(run)))


def _published(run: Run, which: NDArray[np.bool_]) -> float:
    used = _needed(run) * which
    return float(product(run.seen.price[0], used) / max(used.sum(), 1e-12) * GRAM)
