"""Supply: drugs are grown, made and bought, some is sold in Mexico, and the rest goes on the way north."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_routing import group_sum
from sim.kernels_supply import cut_back, local_sales, plan_by_crew, put_in_stock, synthesise
from sim.ledger import conversion
from sim.levers import lever
from sim.state.capacity import KG_PER_T, capacity, place_capacity, season, transport_costs, unit_costs
from sim.state.crews import BUYER, SELLER
from sim.state.run import OTHER_TRADES, Run, process
from sim.state.shipping import draw_loads, nearness, put_on_the_way

Floats = NDArray[np.float64]

LOCAL_RETAIL, TOLLS = OTHER_TRADES.index("local retail"), OTHER_TRADES.index("tolls")
PATH_WEEKS = 4
"""Weights of distance are refreshed this often."""

conversion("drug_source", "pure", "fields, laboratories and sellers in the south")
conversion("cut_source", "diluent", "cut that is added to bulk")
conversion("used_in_mexico", "pure", "sold to users in Mexico")
conversion("cut_used_in_mexico", "diluent", "cut in what users in Mexico took")
conversion("precursor_market", "precursor", "chemicals from abroad")
conversion("precursor_found", "precursor", "chemicals seized at seaports")
conversion("precursor_used", "precursor", "chemicals that became drugs")
conversion("southern_suppliers", "usd", "paid for drugs bought ready")
conversion("growers", "usd", "paid to growers")
conversion("laboratories", "usd", "paid for making synthetic drugs, without chemicals")
conversion("chemical_sellers", "usd", "paid for precursors")
conversion("buyers_in_mexico", "usd", "paid by users in Mexico")
conversion("couriers", "usd", "transport and couriers to and over the border")

lever(
    "production_cost_factor", unit="1", axes=("drug",), low=0.2, high=20.0, base=lambda run: 1.0,
    doc="cost of making or buying a kilogram over that of the status quo", reader="plan, produce",
)  # fmt: skip
lever(
    "crop_capacity", unit="1", axes=("state",), low=0.0, high=3.0, base=lambda run: 1.0,
    doc="what the fields of a state can give over the status quo", reader="plan, produce",
)  # fmt: skip
lever(
    "lab_capacity", unit="1", axes=("state",), low=0.0, high=3.0, base=lambda run: 1.0,
    doc="what the laboratories of a state can make over the status quo", reader="plan, produce",
)  # fmt: skip
lever(
    "precursor_seized", unit="1", axes=(), low=0.0, high=0.95, base=lambda run: run.p["precursor_seized"],
    doc="share of precursors that customs finds at seaports", reader="plan, produce",
)  # fmt: skip
lever(
    "precursor_price_factor", unit="1", axes=(), low=0.2, high=20.0, base=lambda run: 1.0,
    doc="price of precursors over that of the status quo", reader="plan, produce",
)  # fmt: skip
lever(
    "southern_price_factor", unit="1", axes=(), low=0.2, high=20.0, base=lambda run: 1.0,
    doc="price at which drugs are offered from the south over that of the status quo", reader="plan, produce",
)  # fmt: skip


@process(
    reads=("groups", "crews", "plazas", "lever production_cost_factor", "lever crop_capacity", "lever lab_capacity",
           "lever precursor_seized", "lever precursor_price_factor", "lever southern_price_factor"),
    writes=("crews", "groups", "plazas", "tally"),
    accounts=("crews.pure", "crews.diluent", "crews.precursor", "groups.treasury"),
)  # fmt: skip
def produce(run: Run) -> None:
    """Crews harvest, make and buy what their group planned and can pay; part is sold in Mexico.

    Fields follow the season; laboratories need precursors from seaports; bought drugs enter in the south on an
    upward supply curve; both purchases go as far as the contact of the crew's buyer stands. Source: accounts.md 1.2
    and 1.4, assumptions A-S1, A-S2, F22.
    """
    crews, groups, drugs = run.crews, run.groups, run.world.drugs
    own = capacity(run, place_capacity(run))
    make, whole = plan_by_crew(crews.ptr, crews.plaza, own, groups.produce_plan, season(run))
    cost = unit_costs(run)
    cut_back(crews.ptr, _affordable(run, whole, cost), crews.contact[:, BUYER], drugs.is_bought, make)
    _use_precursors(run, make, cost)
    cut = 1.0 / drugs.purity_bulk - 1.0
    made, whole = put_in_stock(
        crews.ptr, crews.plaza, make, cut, crews.pure, crews.diluent, run.tally.produced[0]
    )
    run.ledger.post("pure", "drug_source", "crews.pure", made[0], "produced")
    run.ledger.post("diluent", "cut_source", "crews.diluent", made[1], "cut")
    _pay_producers(run, whole, cost)
    sell_in_mexico(run)


def _affordable(run: Run, whole: Floats, cost: Floats) -> Floats:
    """Share of the plan (G, D) kg that each group can pay for this week, (G,)."""
    bill = whole @ cost
    purse = run.p["spend_share_inputs"] * run.groups.treasury
    return np.minimum(1.0, purse / np.where(bill > 0.0, bill, 1.0))


def _use_precursors(run: Run, make: Floats, cost: Floats) -> None:
    """Buy precursors up to the wished stock, lose what customs finds, and make what there are precursors for.

    Lowers `make` (C, D) kg to that.
    """
    p, crews, drugs = run.p, run.crews, run.world.drugs
    need = np.where(drugs.is_synthetic, p.by("precursor_kg_per_kg", drugs.names), 0.0)
    wanted = make * need
    found = min(run.levers.scalar("precursor_seized"), 0.95)
    order = np.maximum(p["precursor_cover_weeks"] * wanted - crews.precursor, 0.0) / (1.0 - found)
    order *= crews.contact[:, BUYER, None]
    price = cost * _chemical_share(run) / np.where(need > 0.0, need, 1.0) * (1.0 - found)
    purse = p["spend_share_inputs"] * run.groups.treasury
    bill = group_sum(crews.ptr, order) @ price
    got = np.minimum(1.0, purse / np.where(bill > 0.0, bill, 1.0))
    run.extra["precursors.bill"] = bill * got
    _pay(run, run.extra["precursors.bill"], "chemical_sellers", "precursors")
    came, lost, used = synthesise(crews.ptr, order, got, found, need, crews.precursor, make)
    run.ledger.post("precursor", "precursor_market", "crews.precursor", came, "precursors")
    run.ledger.post("precursor", "precursor_market", "precursor_found", lost, "seizure_precursor")
    run.ledger.post("precursor", "crews.precursor", "precursor_used", used, "synthesis")


def _chemical_share(run: Run) -> Floats:
    """Share of this week's unit cost that is chemicals, (D,)."""
    share = run.p["precursor_cost_share"]
    found = min(run.levers.scalar("precursor_seized"), 0.95)
    chemicals = share * run.levers.scalar("precursor_price_factor") / (1.0 - found)
    return np.where(run.world.drugs.is_synthetic, chemicals / (1.0 - share + chemicals), 0.0)


def _pay_producers(run: Run, whole: Floats, cost: Floats) -> None:
    """Pay growers, laboratories and suppliers in the south for what groups made, (G, D) kg."""
    drugs = run.world.drugs
    bill = whole * (cost * (1.0 - _chemical_share(run)))
    _pay(run, bill[:, drugs.is_bought].sum(axis=1), "southern_suppliers", "purchase")
    _pay(run, bill[:, drugs.is_plant].sum(axis=1), "growers", "harvest")
    _pay(run, bill[:, drugs.is_synthetic].sum(axis=1), "laboratories", "synthesis")


def _pay(run: Run, amounts: Floats, target: str, kind: str) -> None:
    """Pay from treasuries, (G,) USD, at most what is there."""
    run.ledger.move("usd", "groups.treasury", target, np.minimum(amounts, run.groups.treasury), kind)


def sell_in_mexico(run: Run) -> None:
    """Sellers serve the users of their plaza; sets what local retail is worth there.

    Users by people, use by state and the national amount; a plaza's users are shared by the sellers there, and
    those of plazas without any buy from the others. The goods come from all stocks in Mexico at the wholesale price,
    the mark-up is the sellers'. Source: accounts.md 1.2 and section 2, assumption A-S5.
    """
    world, crews, p = run.world, run.crews, run.p
    people = world.plazas.use
    use = p.by("mx_use", world.drugs.names) * KG_PER_T
    price = world.drugs.price("mx_wholesale") * p["local_sale_markup"]
    run.plazas.retail_usd[:] = people * (use @ price)
    sold, held, part, gone = local_sales(
        crews.ptr, crews.plaza, crews.members[:, SELLER], world.plazas.n_mexico, people, use,
        p["local_sale_stock_share"], crews.pure, crews.diluent,
    )  # fmt: skip
    run.ledger.post("diluent", "crews.diluent", "cut_used_in_mexico", gone[1], "local_use")
    run.ledger.post("pure", "crews.pure", "used_in_mexico", gone[0], "local_use")
    wholesale = price / p["local_sale_markup"]
    receipts = part * (sold @ (price - wholesale)) + held @ wholesale
    run.ledger.move("usd", "buyers_in_mexico", "groups.treasury", receipts, "local_sales")
    run.tally.income[0, :, world.drugs.n + LOCAL_RETAIL] += receipts


@process(
    reads=("groups", "areas", "plazas", "carriers"),
    writes=("crews", "groups", "loads", "tally"),
    accounts=("crews.pure", "crews.diluent", "loads.pure", "loads.diluent", "groups.treasury"),
)
def dispatch(run: Run) -> None:
    """Groups send what they planned as loads: from a crew with stock, for an area, by a lane chosen by logit.

    Weight of a lane: fixed habit, learned attraction, distance on both sides, toll. Area by demand and price, those
    with own people first. Sizes log-normal around the mean of lane and drug; what does not go stays in stock, and
    a load above the plan is made good in the weeks after. Transport is paid, and piso to the holder of the site's
    plaza. Source: logit, doi:10.1111/1468-0262.00054; accounts.md 1.3; assumptions A-S4, A-S6, A-S9.
    """
    groups, p = run.groups, run.p
    if run.week % PATH_WEEKS == 0:
        run.extra["route_near_mx"], run.extra["route_near_us"] = run.keep(
            "nearness", run.p.version, lambda: nearness(run)
        )
    groups.credit[:] = np.minimum(groups.credit, 0.0) + groups.ship_plan * groups.alive[:, None]
    budget = p["spend_share_transport"] * groups.treasury
    transport = transport_costs(run)
    toll = p["toll_share"] * run.world.drugs.price("us_border")
    shipment = draw_loads(run, groups.credit, budget, transport, toll)
    rows = put_on_the_way(run, shipment, stage=0)
    drug = run.loads.drug[rows]
    for commodity, column in (("pure", 0), ("diluent", 1)):
        sent = np.bincount(drug, shipment.real[:, column], minlength=run.world.drugs.n)
        run.ledger.post(commodity, f"crews.{commodity}", f"loads.{commodity}", sent, "dispatch")
    _pay_passage(run, shipment.whole, shipment.real)


def _pay_passage(run: Run, whole: NDArray[np.int64], real: Floats) -> None:
    """Pay couriers, and tolls from treasury to treasury."""
    groups = run.groups
    cost = np.bincount(whole[:, 0], real[:, 2], minlength=len(groups.alive))
    _pay(run, np.asarray(cost, dtype=np.float64), "couriers", "transport")
    owed = np.flatnonzero(real[:, 3] > 0.0)
    if not len(owed):
        return
    payer = whole[owed, 0]
    holder = run.plazas.holder[run.world.sites.plaza[run.world.lanes.site[whole[owed, 2]]]]
    amounts = real[owed, 3]
    run.ledger.move(
        "usd", "groups.treasury", "groups.treasury", amounts, "toll", source_rows=payer, target_rows=holder
    )
    got = np.bincount(holder, amounts, minlength=len(groups.alive))
    run.tally.income[0, :, run.world.drugs.n + TOLLS] += got
