"""Markets: what lands is priced, traded between areas and used; the opening of stocks and prices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_market import clear_prices
from sim.kernels_sums import over_kinds
from sim.ledger import conversion
from sim.levers import lever
from sim.state.areas import DEPENDENT, LIGHT
from sim.state.capacity import KG_PER_T
from sim.state.ladder import reference_hub, user_elasticities, wholesale
from sim.state.opening import start_supply
from sim.state.run import Run, process
from sim.state.running import smooth
from sim.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]
NEWTON_STEPS = 6

conversion("other_routes", "pure", "mailed, flown in, landed elsewhere or grown at home")
conversion("other_cut", "diluent", "cut in what came by other routes")
conversion("consumed", "pure", "used in the United States")
conversion("cut_consumed", "diluent", "cut in what was used")
conversion("retail_cut", "diluent", "cut that dealers add when wholesale is dear")

lever(
    "legal_share", unit="fraction", axes=("area", "drug"), low=0.0, high=1.0, base=lambda run: 0.0,
    doc="share of what users want that legal sellers serve", reader="clear",
)  # fmt: skip


def clearing_price(offered: Floats, need: Floats, elasticity: Floats, low: float, high: float) -> Floats:
    """Price over the reference at which use meets what is offered, within [low, high]; same shape as offered.

    Solves `sum_k need_k x^-e_k = offered` by Newton steps in ln x; with one elasticity x = (need/offered)^(1/e).
    offered (A, D) kg/week; need (A, D, kind) kg/week at the reference price; elasticity (D, kind) > 0.
    Source: constant elasticity by kind of user, mechanisms.md (prices).
    """
    out = np.empty(offered.shape)
    clear_prices(offered, need, elasticity, low, high, NEWTON_STEPS, out)
    return out


@process(
    reads=("areas", "legal_share"),
    writes=("areas", "tally"),
    accounts=("areas.pure", "areas.diluent"),
)
def clear(run: Run) -> None:
    """Prices move toward what clears the stock on offer, and users take their dose at that price.

    Offered is stock over cover weeks; need is what people would use at the reference price; each kind of user answers
    with its own elasticity; the price moves part of the way each week. Wholesale follows by the pass-through switch.
    Source: mechanisms.md (prices); assumption A-S7.
    """
    areas, p, drugs = run.areas, run.p, run.world.drugs
    reference = drugs.price("us_retail")
    _other_arrivals(run, reference)
    _trade_between_areas(run)
    elasticity = user_elasticities(run)
    offered = areas.pure / p.by("cover_weeks", drugs.names)
    need = areas.need * (1.0 - run.levers["legal_share"])[:, :, None]
    target = clearing_price(offered, need, elasticity, p["price_low"], p["price_high"])
    log_now = np.log(np.maximum(areas.price, 1e-12) / reference)
    ratio = np.exp(log_now + p["price_speed"] * (np.log(target) - log_now))
    areas.price[:] = reference * ratio
    areas.price_hub[:] = wholesale(run, areas.price, reference_hub(run))
    areas.price_border[:] = wholesale(run, areas.price, drugs.price("us_border"))
    dose = np.exp(-elasticity * np.log(ratio)[:, :, None])
    wanted = over_kinds(need * dose)
    areas.scarcity[:] = np.where(wanted > 0.0, offered / np.maximum(wanted, 1e-12), 1.0)
    served = np.minimum(1.0, areas.pure / np.maximum(wanted, 1e-12))
    areas.dose[:] = dose * served[:, :, None]
    _dilute(run, ratio)
    _consume_stock(run, wanted * served)


def _dilute(run: Run, ratio: Floats) -> None:
    """Dealers answer to a dear pure gram with more cut before they ask more for the gram in the bag; sets `purity`.

    purity = purity of the stock x ratio^-s, never above the stock's; the price in the bag moves by ratio^(1-s). ratio
    (A, D): price of a pure gram over the reference. Source: quality moves where price does not, Caulkins & Reuter 1998
    (J. Drug Issues 28:593); the share s is assumption A-S8.
    """
    areas = run.areas
    bulk = areas.pure + areas.diluent
    whole = np.where(bulk > 0.0, areas.pure / np.where(bulk > 0.0, bulk, 1.0), run.world.drugs.purity_bulk)
    areas.purity[:] = whole * np.maximum(ratio, 1.0) ** -run.p["purity_response"]


def _other_arrivals(run: Run, reference: Floats) -> None:
    """What does not cross the land border arrives where it is needed, more of it when prices are high."""
    areas, p, drugs = run.areas, run.p, run.world.drugs
    need = over_kinds(areas.need)
    share = need / np.maximum(need.sum(axis=0), 1e-12)
    usual = drugs.us_use_otherwise * KG_PER_T / WEEKS_PER_YEAR
    amount = share * usual * (areas.price / reference) ** p["other_supply_elasticity"]
    run.ledger.move("pure", "other_routes", "areas.pure", amount, "other_routes")
    cut = amount * (1.0 / drugs.purity_bulk - 1.0)
    run.ledger.move("diluent", "other_cut", "areas.diluent", cut, "other_routes")
    landed = run.tally.delivered[0] + amount
    areas.arrivals[:] = smooth(areas.arrivals, landed, p["arrivals_weeks"])


def _trade_between_areas(run: Run) -> None:
    """Dealers move a share of every stock to where need is, so that one large load is not a local glut."""
    areas = run.areas
    share = run.p["area_trade_share"]
    use = over_kinds(areas.need)
    weight = use / np.maximum(use.sum(axis=0), 1e-12)
    for commodity in ("pure", "diluent"):
        stock = getattr(areas, commodity)
        pool = share * stock
        back = weight * pool.sum(axis=0)
        known = use.sum(axis=0) > 0.0
        stock += np.where(known, back - pool, 0.0)
        moved = np.where(known, pool.sum(axis=0), 0.0)
        run.ledger.post(commodity, f"areas.{commodity}", f"areas.{commodity}", moved, "area_trade")


def _consume_stock(run: Run, amount: Floats) -> None:
    """Take what is used (A, D) from stock, with its share of cut and what dealers added to it."""
    areas = run.areas
    amount = np.minimum(amount, areas.pure)
    bulk = areas.pure + areas.diluent
    more = amount / np.maximum(areas.purity, 1e-12) - amount * bulk / np.where(
        areas.pure > 0.0, areas.pure, 1.0
    )
    run.ledger.move("diluent", "retail_cut", "cut_consumed", np.maximum(more, 0.0), "retail_cut")
    cut = areas.diluent * (amount / np.where(areas.pure > 0.0, areas.pure, 1.0))
    run.ledger.move("pure", "areas.pure", "consumed", amount, "consumed")
    run.ledger.move("diluent", "areas.diluent", "cut_consumed", np.minimum(cut, areas.diluent), "consumed")
    run.tally.consumed[0] += amount
    run.tally.spending[0] += amount * areas.price


def start_markets(run: Run) -> None:
    """Open markets and supply at the reference: prices of the ladder, stocks for the cover, goods on the way.

    Where people have set `need` it stays; drugs whose need nobody sets are spread by population.
    """
    areas, p, drugs = run.areas, run.p, run.world.drugs
    population = run.world.areas.population
    usual = np.outer(population / population.sum(), drugs.us_use * KG_PER_T / WEEKS_PER_YEAR)
    dependent = p.by("dependent_share", drugs.names)
    unset = areas.need.sum(axis=(0, 2)) <= 0.0
    areas.need[:, unset, LIGHT] = (usual * (1.0 - dependent))[:, unset]
    areas.need[:, unset, DEPENDENT] = (usual * dependent)[:, unset]
    areas.price[:] = drugs.price("us_retail")
    areas.price_hub[:] = reference_hub(run)
    areas.price_border[:] = drugs.price("us_border")
    areas.dose[:] = 1.0
    areas.purity[:] = drugs.purity_bulk
    areas.pure[:] = over_kinds(areas.need) * p.by("cover_weeks", drugs.names)
    areas.diluent[:] = areas.pure * (1.0 / drugs.purity_bulk - 1.0)
    areas.arrivals[:] = over_kinds(areas.need)
    start_supply(run)
