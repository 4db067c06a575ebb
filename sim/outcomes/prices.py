"""Prices and use: what people pay, what they use, what they spend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import over_kinds, over_rows
from sim.outcome import outcome
from sim.state.run import Run


@outcome("1", country="US", better=None, total="mean", headline=True, title="retail price index")
def price_index(run: Run) -> float:
    """Retail price per pure gram over the reference price, weighted by use at the reference price in USD."""
    reference = run.world.drugs.prices[:, -1]
    need = over_kinds(run.areas.need) * reference
    return float((run.areas.price / reference * need).sum() / max(need.sum(), 1e-12))


@outcome("1", country="US", better=None, total="mean", title="retail purity")
def purity_index(run: Run) -> float:
    """Purity at retail over that of bulk, weighted by use at the reference price in USD."""
    drugs = run.world.drugs
    need = over_kinds(run.areas.need) * drugs.prices[:, -1]
    return float((run.areas.purity / drugs.purity_bulk * need).sum() / max(need.sum(), 1e-12))


@outcome("1", country="US", better=None, total="mean", title="nominal retail price index")
def nominal_price_index(run: Run) -> float:
    """Price of a gram as sold, cut and all, over the reference, weighted by use at the reference price in USD."""
    drugs = run.world.drugs
    reference = drugs.prices[:, -1]
    need = over_kinds(run.areas.need) * reference
    bag = run.areas.price * run.areas.purity / (reference * drugs.purity_bulk)
    return float((bag * need).sum() / max(need.sum(), 1e-12))


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
    return float(run.tally.spending[0].sum())


@outcome("t", country="US", better="lower")
def consumption_stimulants(run: Run) -> float:
    """Stimulants used in the United States, pure."""
    return float(run.tally.consumed[0][:, run.world.drugs.is_stimulant].sum() * 1e-3)


@outcome("t", country="US", better="lower")
def consumption_opioids(run: Run) -> float:
    """Illicit opioids used in the United States, pure."""
    return float(run.tally.consumed[0][:, run.world.drugs.is_opioid].sum() * 1e-3)


def _published(run: Run, which: NDArray[np.bool_]) -> float:
    used = over_rows(over_kinds(run.areas.need))[which]
    return float((run.seen.price[0][which] * used).sum() / max(used.sum(), 1e-12) * 1e-3)
