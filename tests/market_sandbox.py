"""A closed loop of supply and markets with plain stand-ins for crossing, delivery, payment and seizures."""

from __future__ import annotations

from collections.abc import Callable

import mesa
import numpy as np

from sim.agents.group import TraffickingGroup
from sim.ledger import CONVERSIONS, conversion
from sim.parameters import Parameters
from sim.state.build import build_run, open_books
from sim.state.capacity import KG_PER_T
from sim.state.run import Run
from sim.state.running import smooth
from sim.units import WEEKS_PER_YEAR
from sim.week.market import clear, start_markets
from sim.week.planning import plan
from sim.week.supply import dispatch, produce
from sim.world.world import world

for _name, _commodity in (("stand_in", "pure"), ("stand_in_cut", "diluent"), ("stand_in_usd", "usd")):
    if _name not in CONVERSIONS:
        conversion(_name, _commodity, "where the stand-ins of the tests take from and give to")
KEPT = 0.6
"""Share of US receipts that comes back to a treasury in the sandbox."""
RESERVE_WEEKS = 8.0
SALES_WEEKS = 13.0


def open_sandbox(seed: int = 1, overrides: dict | None = None) -> Run:
    """A run with markets and supply started and books open, and a handle for every group."""
    run = build_run(world(), Parameters(None, overrides or {}), seed, 400, [])
    start_markets(run)
    open_books(run)
    model = mesa.Model()
    run.actors["group"] = [TraffickingGroup(model, run, row) for row in run.alive.tolist()]
    return run


def rates(run: Run) -> dict[str, np.ndarray]:
    """Weekly shares of stock that the stand-in seizes in Mexico and in the United States."""
    drugs = run.world.drugs
    weekly = KG_PER_T / WEEKS_PER_YEAR
    return {
        "mx": drugs.mx_seized * weekly / run.crews.pure.sum(axis=0),
        "us": drugs.us_seized * weekly / run.areas.pure.sum(axis=0),
    }


def _seize_stocks(run: Run, rate: dict[str, np.ndarray]) -> None:
    for name, side in (("crews", "mx"), ("areas", "us")):
        table = getattr(run, name)
        run.ledger.move(
            "diluent", f"{name}.diluent", "stand_in_cut", table.diluent * rate[side], "seizure_stock"
        )
        run.ledger.move("pure", f"{name}.pure", "stand_in", table.pure * rate[side], "seizure_stock")


def _leave(run: Run, rows: np.ndarray, target: str, kind: str) -> None:
    """Loads go to a conversion (seized) or to their areas (landed)."""
    loads, n = run.loads, run.world.drugs.n
    for commodity in ("pure", "diluent"):
        amount = getattr(loads, commodity)[rows]
        total = np.bincount(loads.drug[rows], amount, minlength=n)
        if target == "areas":
            stock = getattr(run.areas, commodity)
            np.add.at(stock, (loads.area[rows], loads.drug[rows]), amount)
            run.ledger.post(commodity, f"loads.{commodity}", f"areas.{commodity}", total, kind)
        else:
            name = "stand_in" if commodity == "pure" else "stand_in_cut"
            run.ledger.post(commodity, f"loads.{commodity}", name, total, kind)


def cross_and_deliver(run: Run, detection: float = 1.0) -> None:
    """Loads reach the border, are found with the reference chance times `detection`, land and are paid for."""
    loads, groups, areas, drugs = run.loads, run.groups, run.areas, run.world.drugs
    groups.sent[:], groups.lost[:] = 0.0, 0.0
    loads.weeks -= 1
    arrived = (loads.weeks <= 0) & (loads.stage == 0)
    chance = np.minimum(1.0, detection * drugs.lane_detection[loads.drug, run.world.lanes.kind[loads.lane]])
    found = arrived & run.draws.bernoulli("sandbox/found", chance, loads.id)
    np.add.at(
        groups.sent, (loads.group[arrived], loads.drug[arrived], loads.lane[arrived]), loads.pure[arrived]
    )
    np.add.at(groups.lost, (loads.group[found], loads.drug[found], loads.lane[found]), loads.pure[found])
    np.add.at(run.tally.shipped[0], (loads.lane[arrived], loads.drug[arrived]), loads.pure[arrived])
    np.add.at(run.tally.loads[0], (loads.lane[arrived], loads.drug[arrived]), 1.0)
    np.add.at(run.tally.seized[0], (loads.lane[found], loads.drug[found]), loads.pure[found])
    landed = (loads.weeks <= 0) & (loads.stage == 1)
    _leave(run, np.flatnonzero(found), "stand_in", "seizure_port")
    _leave(run, np.flatnonzero(landed), "areas", "deliver")
    g, d, a, kg = (getattr(loads, name)[landed] for name in ("group", "drug", "area", "pure"))
    hub = run.crews.at[g, run.world.areas.hub_plaza[a]] >= 0
    receipts = kg * np.where(hub, areas.price_hub[a, d], areas.price_border[a, d])
    np.add.at(run.tally.delivered[0], (a, d), kg)
    np.add.at(run.tally.income[0], (g, d), receipts)
    kept = np.bincount(g, KEPT * receipts, minlength=len(groups.alive))
    run.ledger.move("usd", "stand_in_usd", "groups.treasury", kept, "cash")
    delivered = np.zeros((len(groups.alive), drugs.n))
    np.add.at(delivered, (g, d), kg)
    income = run.tally.income[0][:, : drugs.n]
    receipts = smooth(groups.margin * groups.sold, income, SALES_WEEKS)
    groups.sold[:] = smooth(groups.sold, delivered, SALES_WEEKS)
    known = groups.sold > 1e-9
    groups.margin[:] = np.where(known, receipts / np.where(known, groups.sold, 1.0), groups.margin)
    groups.revenue[:] = smooth(groups.revenue, run.tally.income[0], 13.0)
    passed = arrived & ~found
    site = run.world.lanes.site[loads.lane[passed]]
    loads.weeks[passed] = 1 + run.world.paths.weeks_us[site, loads.area[passed]]
    loads.stage[passed] = 1
    loads.take(~(found | landed))


def _draw_surplus(run: Run, outlay: np.ndarray) -> None:
    """Leaders take what a treasury has above some weeks of its payments."""
    over = np.maximum(run.groups.treasury - RESERVE_WEEKS * outlay - 1e5, 0.0)
    run.ledger.move("usd", "groups.treasury", "stand_in_usd", over, "surplus")


def week(run: Run, number: int, rate: dict[str, np.ndarray], detection: float = 1.0) -> None:
    """One week of the sandbox, with the ledger checked after every process."""
    run.week = run.draws.week = number
    run.ledger.begin_week(number)
    run.tally.zero()
    for process in (plan, produce, dispatch):
        run.ledger.process = process.name
        process(run)
        run.ledger.check(process.accounts)
    run.ledger.process = "stand_in"
    cross_and_deliver(run, detection)
    run.ledger.process = "clear"
    clear(run)
    run.ledger.check(clear.accounts)
    _seize_stocks(run, rate)
    outlay = run.groups.revenue[:, : run.world.drugs.n].sum(axis=1) * 0.5
    _draw_surplus(run, outlay)
    run.ledger.audit()


def history(
    run: Run, weeks: int, read: Callable[[Run], np.ndarray], start: int = 0, rate: dict | None = None,
    detection: float = 1.0,
) -> np.ndarray:  # fmt: skip
    """Run some weeks and keep what `read` returns each week, (weeks, ...)."""
    rate = rate or rates(run)
    out = []
    for number in range(start, start + weeks):
        week(run, number, rate, detection)
        out.append(read(run))
    return np.array(out)


def flows(run: Run) -> np.ndarray:
    """By drug: made, sent, seized, delivered, used (kg/week), price over the reference, receipts (USD/week)."""
    tally, drugs = run.tally, run.world.drugs
    use = tally.consumed[0].sum(axis=0)
    price = tally.spending[0].sum(axis=0) / np.maximum(use, 1e-12) / drugs.price("us_retail")
    return np.stack(
        [
            tally.produced[0].sum(axis=0),
            tally.shipped[0].sum(axis=0),
            tally.seized[0].sum(axis=0),
            tally.delivered[0].sum(axis=0),
            use,
            price,
            tally.income[0].sum(axis=0)[: drugs.n],
        ]
    )
