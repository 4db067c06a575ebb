"""By commodity: what is made, sent, found, delivered, used and paid for; who uses it; deaths it has a part in.

One national outcome for each drug of the tables (`by_commodity`). Weights are pure unless they say bulk, with the cut.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import over_some_rows, weighted_mean
from sim.outcome import Commodity, by_commodity
from sim.state.people import DEPENDENT, OCCASIONAL, SUPERVISED, TREATED
from sim.state.run import Run
from sim.state.sums import totals
from sim.world.tables import read

Floats = NDArray[np.float64]

TONNE, GRAM = 1e-3, 1e-3
FOOT = 3
"""Last kind of lane that is at a port."""


def _commodities() -> tuple[tuple[Commodity, ...], tuple[Commodity, ...]]:
    """All drugs, and those that are followed person by person (cannabis is not)."""
    table = read("commodities")
    rows = zip(table.text("drug"), table.text("title"), table.flags("is_cannabis"), strict=True)
    found = [(Commodity(i, name, title), aggregate) for i, (name, title, aggregate) in enumerate(rows)]
    return tuple(item for item, _ in found), tuple(item for item, aggregate in found if not aggregate)


DRUGS, FOLLOWED = _commodities()


@by_commodity("t", DRUGS, country="MX")
def made(run: Run) -> Floats:
    """Pure {} made in Mexico or bought from the south."""
    return _sum(run, "produced") * TONNE


@by_commodity("t", DRUGS, better="lower", title="sent north")
def sent(run: Run) -> Floats:
    """Pure {} that reached the border going north, on all lanes."""
    return _sum(run, "shipped") * TONNE


@by_commodity("t", DRUGS, title="found at the border")
def found(run: Run) -> Floats:
    """Pure {} in the loads found at the border, on all lanes."""
    return _sum(run, "seized") * TONNE


@by_commodity("t", DRUGS, country="US", better="lower", title="delivered north")
def delivered(run: Run) -> Floats:
    """Pure {} that reached US market areas over the border."""
    return _sum(run, "delivered") * TONNE


@by_commodity("t", DRUGS, sees="seen", title="seized at the border")
def seized_border(run: Run) -> Floats:
    """Bulk weight of {} seized at the border, on all lanes, as statistics show it."""
    return _sum(run, "seized_bulk") * TONNE


@by_commodity("t", DRUGS, sees="seen", title="seized at ports of entry")
def seized_ports(run: Run) -> Floats:
    """Bulk weight of {} seized at ports of entry: part of what is seized at the border."""
    return np.asarray(over_some_rows(run.tally.seized_bulk[0], run.world.lanes.kind <= FOOT) * TONNE)


@by_commodity("t", DRUGS, country="MX", title="seized in Mexico")
def seized_mexico(run: Run) -> Floats:
    """Pure {} seized in Mexico."""
    return _sum(run, "seized_mx") * TONNE


@by_commodity("t", DRUGS, country="US", title="seized inside the United States")
def seized_inland_us(run: Run) -> Floats:
    """Pure {} seized inside the United States, away from the border."""
    return _sum(run, "seized_us") * TONNE


@by_commodity("t", DRUGS, country="US", better="lower")
def use(run: Run) -> Floats:
    """Pure {} used in the United States, of all origins."""
    return _sum(run, "consumed") * TONNE


@by_commodity("USD", DRUGS, country="US", better="lower")
def spending(run: Run) -> Floats:
    """Spent at retail on {} in the United States."""
    return _sum(run, "spending")


@by_commodity("USD/g", DRUGS, country="US", total="mean", title="retail price")
def retail_price(run: Run) -> Floats:
    """Retail price of a pure gram of {}, weighted by what is used in each area."""
    return _weighted(run, run.areas.price) * GRAM


@by_commodity("ratio", DRUGS, total="mean", title="price across the border")
def border_markup(run: Run) -> Floats:
    """Price of {} in US border cities over the reference price south of the border, which is data."""
    return _weighted(run, run.areas.price_border) / run.world.drugs.price("mx_border")


@by_commodity("USD", DRUGS, better="lower", title="groups' income")
def income(run: Run) -> Floats:
    """Receipts of groups from {} sold at US border cities and US hubs."""
    return _sum(run, "income")[: run.world.drugs.n]


@by_commodity("people", FOLLOWED, country="US", better="lower", total="mean", title="chronic users")
def chronic_users(run: Run) -> Floats:
    """People whose main drug is {} and who depend on it: active, in treatment or under supervision."""
    people = run.tally.people[0]
    return people[:, DEPENDENT] + people[:, TREATED] + people[:, SUPERVISED]


@by_commodity("people", FOLLOWED, country="US", better="lower", total="mean", title="active users")
def active_users(run: Run) -> Floats:
    """People whose main drug is {} and who use it now: occasional, dependent or under supervision."""
    people = run.tally.people[0]
    return people[:, OCCASIONAL] + people[:, DEPENDENT] + people[:, SUPERVISED]


@by_commodity("deaths", FOLLOWED, sees="seen", country="US", better="lower", title="overdose deaths with")
def overdose_involving(run: Run) -> Floats:
    """Overdose deaths in which {} was present; a death counts under every drug involved, so these do not add up."""
    return run.tally.overdose_involved[0]


def _sum(run: Run, name: str) -> Floats:
    """Sums of a column of the tally over places or groups."""
    return np.array(totals(run).by(name))


def _weighted(run: Run, price: Floats) -> Floats:
    """Mean over areas of a price (A, D), weighted by use this week, or by need where nothing was used."""
    used = run.tally.consumed[0]
    some = [whole > 0.0 for whole in totals(run).by("consumed")]
    weight = used if all(some) else np.where(some, used, run.areas.need.sum(axis=2))
    return np.asarray(weighted_mean(price, weight))
