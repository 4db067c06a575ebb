"""Arms: how guns and rounds are bought in US states and brought to groups and to other owners in Mexico.

Guns that are bought are counted by site, not followed as rows. What guns do is decided in fights.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_spread import spread_whole
from sim.ledger import conversion
from sim.levers import lever
from sim.state.crews import ARMED
from sim.state.run import GUNS, Run, process
from sim.state.southbound import southbound_shares

F8 = NDArray[np.float64]

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
    price, reach = _gun_sources(run)
    keep = _gun_risk(run)
    _group_guns(run, price, reach, keep)
    _private_guns(run, price, reach, keep)
    _ammunition(run)


def _wear(run: Run) -> None:
    """Binomial wear of guns of crews and of other owners."""
    ids, subs = run.groups.id[run.crews.group], run.crews.plaza
    for k in range(len(GUNS)):
        worn = run.draws.binomial(f"arm/wear-{k}", run.crews.guns[:, k], run.p["gun_wear_rate"], ids, subs)
        run.crews.guns[:, k] -= worn
        gone = run.draws.binomial(
            f"arm/private-exit-{k}",
            run.arms.private[:, k],
            run.p["private_gun_exit_rate"],
            np.arange(run.arms.n),
        )
        run.arms.private[:, k] -= gone
        total = np.zeros(len(GUNS), dtype=np.int64)
        total[k] = worn.sum()
        run.ledger.post("guns", "crews.guns", "worn_guns", total, "worn")
        total[k] = gone.sum()
        run.ledger.post("guns", "arms.private", "worn_guns", total, "worn_private")


def _gun_sources(run: Run) -> tuple[F8, F8]:
    """Price by (area, gun) in USD, and share of each site's guns by source, (site, area, gun)."""
    straw = run.levers["straw_enforcement"]
    premium = run.p["straw_premium"] * straw ** run.p["straw_premium_elasticity"]
    supply = run.levers["dealer_supply"]
    scarce = np.maximum(supply, 0.02) ** -run.p["dealer_scarcity_elasticity"]
    price = run.p["gun_price_dealer"] * scarce + premium[:, None]
    run.arms.price[run.world.areas.state] = price
    near = np.exp(-run.world.paths.cost_us / run.p["gun_distance_km"])
    dear = (price / (run.p["gun_price_dealer"] + run.p["straw_premium"])) ** -run.p["gun_source_elasticity"]
    pull = (run.world.areas.gun_share[:, None] * supply * dear)[None] * near[:, :, None]
    return price, pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-300)


def _gun_risk(run: Run) -> F8:
    """Chance that a gun is seized on its way, by site: outbound checks, then checks in Mexico."""
    outbound = np.minimum(1.0, run.levers["outbound_checks"] * run.p["gun_find_prob"])
    return 1.0 - (1.0 - outbound) * (1.0 - run.p["gun_seizure_mx_prob"])


def _paid_price(run: Run, price: F8, reach: F8, at_site: F8, risk: F8) -> F8:
    """Price in Mexico by (buyer, gun): price at the source and a margin, over the chance to arrive.

    Where no state supplies a type the mean price is quoted, at which nothing can be had (`_on_offer`).
    """
    served = reach.sum(axis=1)
    source = at_site @ ((reach * price).sum(axis=1) + (1.0 - served) * price.mean(axis=0))
    margin = run.p["gun_price_mx"] - run.p["gun_price_dealer"] - run.p["straw_premium"]
    base_risk = 1.0 - (1.0 - run.p["outbound_share"] * run.p["gun_find_prob"]) * (
        1.0 - run.p["gun_seizure_mx_prob"]
    )
    return (source + margin) * (1.0 - base_risk) / (1.0 - at_site @ risk)[:, None]


def _on_offer(reach: F8, at_site: F8) -> F8:
    """Share of each buyer's wishes for which there is a seller at all, (buyer, gun); 0 or 1 by site."""
    return np.asarray(at_site @ reach.sum(axis=1))


def _group_guns(run: Run, price: F8, reach: F8, risk: F8) -> None:
    """Groups order by plan as far as the treasury goes; what is not seized on the way arms their crews."""
    groups, alive = run.groups, run.alive
    if not len(alive):
        return
    seat = run.crews.ptr[alive]
    has = run.crews.ptr[alive + 1] > seat
    alive, seat = alive[has], seat[has]
    at_site = southbound_shares(run, run.crews.plaza[seat])
    paid = _paid_price(run, price, reach, at_site, risk)
    wish = groups.gun_plan[alive]
    can = np.minimum(1.0, groups.treasury[alive] / np.maximum((wish * paid).sum(axis=1), 1e-9))
    ids = groups.id[alive]
    want = _on_offer(reach, at_site) * (wish * can[:, None]) / (1.0 - at_site @ risk)[:, None]
    for k in range(len(GUNS)):
        ordered = run.draws.poisson(f"arm/order-{k}", want[:, k], ids)
        arrived = run.draws.binomial(f"arm/arrive-{k}", ordered, 1.0 - at_site @ risk, ids)
        arrived = np.minimum(arrived, np.floor(groups.treasury[alive] / paid[:, k]).astype(np.int64))
        run.ledger.move(
            "usd", "groups.treasury", "gun_sellers", arrived * paid[:, k], "guns", source_rows=alive
        )
        _hand_out(run, alive, arrived, k)
        _count_guns(run, k, ordered, ordered - arrived, at_site, risk)


def _hand_out(run: Run, alive: NDArray[np.int64], arrived: NDArray[np.int64], k: int) -> None:
    """Guns of type k to the crews of each group, by armed members."""
    amounts = np.zeros(len(run.groups.alive), dtype=np.int64)
    amounts[alive] = arrived
    given = spread_whole(amounts, run.crews.group, run.crews.members[:, ARMED] + 0.01)
    run.crews.guns[:, k] += given
    total = np.zeros(len(GUNS), dtype=np.int64)
    total[k] = given.sum()
    run.ledger.post("guns", "gun_dealers", "crews.guns", total, "guns_to_groups")


def _count_guns(
    run: Run, k: int, ordered: NDArray[np.int64], lost: NDArray[np.int64], at_site: F8, risk: F8
) -> None:
    """Add to the tally by site, and post what was seized."""
    run.tally.guns_south[0][:, k] += ordered @ at_site
    where = at_site * risk
    where /= np.maximum(where.sum(axis=1, keepdims=True), 1e-300)
    run.tally.guns_seized[0][:, k] += lost @ where
    total = np.zeros(len(GUNS), dtype=np.int64)
    total[k] = lost.sum()
    run.ledger.post("guns", "gun_dealers", "seized_guns", total, "guns_seized_south")


def _private_guns(run: Run, price: F8, reach: F8, risk: F8) -> None:
    """Other owners in Mexico buy by state: people x rate x (price / reference)^-e."""
    states = np.flatnonzero(run.world.states.country == 0)
    plaza = run.keep("largest_plaza", 0, lambda: _largest_plaza(run))[states]
    at_site = southbound_shares(run, plaza)
    paid = _paid_price(run, price, reach, at_site, risk)
    run.arms.price_mx[states] = paid
    people = run.world.states.population[states] / run.world.states.population[states].sum()
    share = np.array([run.p["gun_share_handgun"], 1.0 - run.p["gun_share_handgun"]])
    answer = _on_offer(reach, at_site) * (paid / run.p["gun_price_mx"]) ** -run.p["private_gun_elasticity"]
    for k in range(len(GUNS)):
        mean = run.p["private_guns_rate"] * people * share[k] * answer[:, k] / (1.0 - at_site @ risk)
        ordered = run.draws.poisson(f"arm/private-{k}", mean, states)
        arrived = run.draws.binomial(f"arm/private-arrive-{k}", ordered, 1.0 - at_site @ risk, states)
        run.arms.private[states, k] += arrived
        total = np.zeros(len(GUNS), dtype=np.int64)
        total[k] = arrived.sum()
        run.ledger.post("guns", "gun_dealers", "arms.private", total, "guns_to_others")
        _count_guns(run, k, ordered, ordered - arrived, at_site, risk)


def _largest_plaza(run: Run) -> NDArray[np.int64]:
    """Most populous plaza of each state, (n_states,); 0 where a state has none."""
    plazas = run.world.plazas
    order = np.lexsort((plazas.population, plazas.state))
    largest = np.zeros(run.world.states.n, dtype=np.int64)
    largest[plazas.state[order]] = order
    return largest


def _ammunition(run: Run) -> None:
    """Rounds by plan, as far as the treasury goes, to crews by armed members."""
    groups, alive = run.groups, run.alive
    price = run.p["round_price"]
    rounds = np.floor(np.minimum(groups.ammunition_plan[alive], groups.treasury[alive] / price)).astype(
        np.int64
    )
    amounts = np.zeros(len(groups.alive), dtype=np.int64)
    amounts[alive] = rounds
    given = spread_whole(amounts, run.crews.group, run.crews.members[:, ARMED] + 0.01)
    got = np.bincount(run.crews.group, given, minlength=len(amounts))[alive]
    run.ledger.move("usd", "groups.treasury", "gun_sellers", got * price, "ammunition", source_rows=alive)
    run.crews.ammunition += given
    run.ledger.post("ammunition", "ammunition_dealers", "crews.ammunition", int(given.sum()), "ammunition")
