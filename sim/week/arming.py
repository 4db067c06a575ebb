"""Arms: how guns and rounds are bought in US states and brought to groups and to other owners in Mexico.

Guns that are bought are counted by site, not followed as rows. What guns do is decided in fights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels_arms import DECISIONS, buy_rounds, hand_out, order_guns, order_privately, wear
from sim.ledger import conversion
from sim.levers import lever
from sim.state.crews import ARMED
from sim.state.run import GUNS, Run, process
from sim.state.southbound import southbound_shares

F8 = NDArray[np.float64]
DRAWS = tuple(f"arm/{word}" for word in DECISIONS)
LEAST_WEIGHT = 0.01
"""Added to the armed people of a crew when arms are shared, so that a group without any can be given some."""

conversion("gun_sellers", "usd", "paid for guns and ammunition")
conversion("gun_dealers", "guns", "guns sold or stolen in the United States")
conversion("seized_guns", "guns", "guns seized on the way")
conversion("worn_guns", "guns", "guns worn out or lost")
conversion("ammunition_dealers", "ammunition", "rounds bought in the United States")

lever(
    "straw_enforcement",
    unit="1",
    axes=("area",),
    low=0.0,
    high=20,
    base=lambda run: 1.0,
    doc="effort against straw purchase by US state, relative to the status quo",
    reader="arm",
)
lever(
    "dealer_supply",
    unit="1",
    axes=("area", "gun"),
    low=0.0,
    high=2.0,
    base=lambda run: 1.0,
    doc="legal supply of each type of gun by US state, relative to the status quo",
    reader="arm",
)


def start_arms(run: Run) -> None:
    """Guns and rounds of crews, guns of other owners by Mexican state, prices; from the accounts."""
    armed = run.crews.members[:, ARMED]
    per = run.p["guns_per_member"] * run.crews.members.sum() / max(1, armed.sum())
    u = run.draws.uniform("start/guns", run.groups.id[run.crews.group], run.crews.plaza)
    for k, share in enumerate((run.p["gun_share_handgun"], 1.0 - run.p["gun_share_handgun"])):
        run.crews.guns[:, k] = np.floor(armed * per * share + u).astype(np.int64)
    run.crews.ammunition[:] = run.crews.guns.sum(axis=1) * int(run.p["rounds_per_gun"])
    people = np.where(run.world.states.country == 0, run.world.states.population, 0.0)
    stock = run.p["private_guns_start"] * people / people.sum()
    run.arms.private[:, 0] = np.round(stock * run.p["gun_share_handgun"])
    run.arms.private[:, 1] = np.round(stock * (1 - run.p["gun_share_handgun"]))
    run.arms.price_mx[:] = run.p["gun_price_mx"]
    run.extra["laundered.running"] = np.array([run.p["laundering_volume_reference"]])


@process(
    reads=(
        "groups",
        "crews",
        "arms",
        "lever straw_enforcement",
        "lever dealer_supply",
        "lever outbound_checks",
    ),
    writes=("crews", "arms", "groups", "tally"),
    accounts=("crews.guns", "arms.private", "crews.ammunition", "groups.treasury"),
)
def arm(run: Run) -> None:
    """Guns wear out; groups and other owners buy guns in US states, which go south through sites with checks.

    A state is chosen in proportion to its supply x (price there / mean price)^-e x nearness; price is the dealer's plus
    a straw premium that grows with enforcement. Source: prices and volumes from accounts.md section 3; form is A22.
    """
    _wear(run)
    levers = (
        run.levers[name].tobytes() for name in ("straw_enforcement", "dealer_supply", "outbound_checks")
    )
    key = (run.p.version, *levers)
    sources = run.keep("gun_sources", key, lambda: _gun_sources(run))
    run.arms.price[run.world.areas.state] = sources.price
    ways = run.keep("gun_ways", key, lambda: _ways(run, sources))
    _group_guns(run, ways)
    _private_guns(run, run.keep("gun_private", key, lambda: _private_market(run, ways)))
    _ammunition(run)


def _wear(run: Run) -> None:
    """Binomial wear of guns of crews and of other owners."""
    crews, p, draws = run.crews, run.p, run.draws
    total, exits = np.zeros(len(GUNS), dtype=np.int64), np.zeros(len(GUNS), dtype=np.int64)
    wear(
        run.groups.id, crews.group, crews.plaza, crews.guns, run.arms.private, p["gun_wear_rate"],
        p["private_gun_exit_rate"], draws.keys(DRAWS), draws.week_word, total, exits,
    )  # fmt: skip
    run.ledger.post("guns", "crews.guns", "worn_guns", total, "worn")
    run.ledger.post("guns", "arms.private", "worn_guns", exits, "worn_private")


@dataclass(frozen=True)
class _Sources:
    """What follows from levers and parameters: price (A, gun) USD, share of each site's guns that some state supplies
    and price there (S, gun), and risk on the way by site (S,)."""

    price: F8
    served: F8
    at_source: F8
    risk: F8


@dataclass(frozen=True)
class _Ways:
    """Buyers' ways: shares by site (B, S), chance to lose a gun (B,), where it is lost (B, S), what a gun costs and
    share of wishes with a seller (B, gun); B plazas, or those asked for by `of`."""

    at_site: F8
    lost: F8
    where: F8
    paid: F8
    offer: F8

    def of(self, plaza: NDArray[np.integer]) -> _Ways:
        """The ways of buyers at some plazas (k,)."""
        every = (self.at_site, self.lost, self.where, self.paid, self.offer)
        return _Ways(*(column[plaza] for column in every))


def _gun_sources(run: Run) -> _Sources:
    """Where guns are bought and at what price, and the chance that one is seized on its way."""
    straw = run.levers["straw_enforcement"]
    premium = run.p["straw_premium"] * straw ** run.p["straw_premium_elasticity"]
    supply = run.levers["dealer_supply"]
    scarce = np.maximum(supply, 0.02) ** -run.p["dealer_scarcity_elasticity"]
    price = run.p["gun_price_dealer"] * scarce + premium[:, None]
    near = np.exp(-run.world.paths.cost_us / run.p["gun_distance_km"])
    dear = (price / (run.p["gun_price_dealer"] + run.p["straw_premium"])) ** -run.p["gun_source_elasticity"]
    pull = (run.world.areas.gun_share[:, None] * supply * dear)[None] * near[:, :, None]
    reach = pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-300)
    served = reach.sum(axis=1)
    at_source = (reach * price).sum(axis=1) + (1.0 - served) * price.mean(axis=0)
    return _Sources(price, served, at_source, _gun_risk(run))


def _gun_risk(run: Run) -> F8:
    """Chance that a gun is seized on its way, by site: outbound checks, then checks in Mexico."""
    outbound = np.minimum(1.0, run.levers["outbound_checks"] * run.p["gun_find_prob"])
    return 1.0 - (1.0 - outbound) * (1.0 - run.p["gun_seizure_mx_prob"])


def _ways(run: Run, sources: _Sources) -> _Ways:
    """The ways of buyers at every plaza. A gun costs the price at its source and a margin, over the chance to arrive.

    Where no state supplies a type the mean price is quoted, at which nothing can be had.
    """
    at_site = southbound_shares(run)
    lost = at_site @ sources.risk
    margin = run.p["gun_price_mx"] - run.p["gun_price_dealer"] - run.p["straw_premium"]
    base_risk = 1.0 - (1.0 - run.p["outbound_share"] * run.p["gun_find_prob"]) * (
        1.0 - run.p["gun_seizure_mx_prob"]
    )
    paid = (at_site @ sources.at_source + margin) * (1.0 - base_risk) / (1.0 - lost)[:, None]
    where = at_site * sources.risk
    where /= np.maximum(where.sum(axis=1, keepdims=True), 1e-300)
    return _Ways(at_site, lost, where, paid, at_site @ sources.served)


def _group_guns(run: Run, ways: _Ways) -> None:
    """Groups order by plan as far as the treasury goes; what is not seized on the way arms their crews."""
    groups, crews, alive, draws = run.groups, run.crews, run.alive, run.draws
    if not len(alive):
        return
    seat = crews.ptr[alive]
    has = crews.ptr[alive + 1] > seat
    alive, place = alive[has], crews.plaza[seat[has]]
    ordered, arrived = (np.empty((len(alive), len(GUNS)), dtype=np.int64) for _ in range(2))
    cost, total = np.empty((len(GUNS), len(alive))), np.zeros(len(GUNS), dtype=np.int64)
    order_guns(
        alive, place, groups.id, groups.gun_plan, groups.treasury, ways.paid, ways.offer, ways.lost, draws.keys(DRAWS),
        draws.week_word, ordered, arrived, cost,
    )  # fmt: skip
    for paid in cost:
        run.ledger.move("usd", "groups.treasury", "gun_sellers", paid, "guns", source_rows=alive)
    hand_out(alive, arrived, crews.group, crews.members[:, ARMED] + LEAST_WEIGHT, groups.n, crews.guns, total)
    run.ledger.post("guns", "gun_dealers", "crews.guns", total, "guns_to_groups")
    _count_guns(run, ordered, ordered - arrived, ways.at_site[place], ways.where[place])


def _count_guns(
    run: Run, ordered: NDArray[np.int64], lost: NDArray[np.int64], at_site: F8, where: F8
) -> None:
    """Add to the tally by site, (B, S) shares, and post what was seized; ordered, lost (B, gun)."""
    for k in range(len(GUNS)):
        run.tally.guns_south[0][:, k] += ordered[:, k].astype(float) @ at_site
        run.tally.guns_seized[0][:, k] += lost[:, k].astype(float) @ where
    run.ledger.post("guns", "gun_dealers", "seized_guns", lost.sum(axis=0), "guns_seized_south")


def _private_market(run: Run, ways: _Ways) -> tuple[NDArray[np.int64], _Ways, F8]:
    """States of Mexico, the ways of other owners there, and guns they order a week, (k, gun).

    People x rate x (price / reference)^-e.
    """
    states = np.flatnonzero(run.world.states.country == 0)
    ways = ways.of(run.keep("largest_plaza", 0, lambda: _largest_plaza(run))[states])
    people = run.world.states.population[states] / run.world.states.population[states].sum()
    share = np.array([run.p["gun_share_handgun"], 1.0 - run.p["gun_share_handgun"]])
    answer = ways.offer * (ways.paid / run.p["gun_price_mx"]) ** -run.p["private_gun_elasticity"]
    usual = run.p["private_guns_rate"] * people
    return states, ways, usual[:, None] * share * answer / (1.0 - ways.lost)[:, None]


def _private_guns(run: Run, market: tuple[NDArray[np.int64], _Ways, F8]) -> None:
    """Other owners in Mexico buy by state."""
    states, ways, mean = market
    run.arms.price_mx[states] = ways.paid
    ordered, arrived = (np.empty(mean.shape, dtype=np.int64) for _ in range(2))
    order_privately(states, mean, ways.lost, run.draws.keys(DRAWS), run.draws.week_word, ordered, arrived)
    run.arms.private[states] += arrived
    run.ledger.post("guns", "gun_dealers", "arms.private", arrived.sum(axis=0), "guns_to_others")
    _count_guns(run, ordered, ordered - arrived, ways.at_site, ways.where)


def _largest_plaza(run: Run) -> NDArray[np.int64]:
    """Most populous plaza of each state, (n_states,); 0 where a state has none."""
    plazas = run.world.plazas
    order = np.lexsort((plazas.population, plazas.state))
    largest = np.zeros(run.world.states.n, dtype=np.int64)
    largest[plazas.state[order]] = order
    return largest


def _ammunition(run: Run) -> None:
    """Rounds by plan, as far as the treasury goes, to crews by armed members."""
    groups, crews, alive, cost = run.groups, run.crews, run.alive, np.empty(run.alive.size)
    weight = crews.members[:, ARMED] + LEAST_WEIGHT
    given = buy_rounds(
        alive, groups.ammunition_plan, groups.treasury, run.p["round_price"], crews.group, weight,
        crews.ammunition, cost,
    )  # fmt: skip
    run.ledger.move("usd", "groups.treasury", "gun_sellers", cost, "ammunition", source_rows=alive)
    run.ledger.post("ammunition", "ammunition_dealers", "crews.ammunition", given, "ammunition")
