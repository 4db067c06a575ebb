"""Loads meet the border, and those that pass reach a market area and are sold.

`cross` runs the lanes (traffic, booths, waits, checks) and draws once per load; `deliver` hands over what landed.
Which lane a load takes, and what is learned from the outcome, is not decided here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_inspection import chances_of_loads, tips
from sim.kernels_loads import BACK, FOUND, arrivals, fates, forget, hand_over, settle
from sim.ledger import conversion
from sim.state.border import BORDER_LEVERS, FOOT, carrier_hazard, run_lanes
from sim.state.carriers import find_out, lane_checks, relative_checks, rows_of
from sim.state.governments import US
from sim.state.loads import IN_US, TO_BORDER
from sim.state.run import Run, process

Floats = NDArray[np.float64]
Ints = NDArray[Any]

SEIZED_PURE = conversion("seized_pure", "pure", "drugs seized by either country")
SEIZED_DILUENT = conversion("seized_diluent", "diluent", "the cut in them")
BUYERS = conversion("us_wholesale_buyers", "usd", "independent wholesalers in the United States")


@process(
    reads=(
        "loads",
        "sites",
        "lanes",
        "groups",
        "units",
        "carriers",
        "teams",
        "crews",
        "seen",
        *(f"lever {name}" for name in BORDER_LEVERS),
    ),
    writes=("loads", "sites", "lanes", "carriers", "teams", "crews", "groups", "tally"),
    accounts=("loads.pure", "loads.diluent", "crews.pure", "crews.diluent"),
)
def cross(run: Run) -> None:
    """Lanes queue and inspect, patrols watch between ports and at sea; loads that arrive pass or are seized.

    P(hit | load) = 1 - (1 - (1 - bought) (1 - (1 - hazard)^detectability)) (1 - tip), with `hazard` of the lane from
    officer-minutes, traffic, targeting, scanners and belief, and one draw per load; larger loads are found more easily.
    Between ports a patrol that misses a load may still turn it back. Loads still on the way come a week nearer.
    Source: mechanisms of crossing and inspection; assumptions B1 to B7 and B11 to B15 (docs/odd.md).
    """
    run_lanes(run)
    forget(run.groups.sent, run.groups.lost, int(run.alive.max(initial=-1)) + 1)
    loads, world = run.loads, run.world
    here = arrivals(loads.stage, loads.weeks, TO_BORDER)
    if here.size == 0:
        return
    chance, u = load_chances(run, here), run.draws.uniform("cross/inspect", loads.id[here])
    fate = fates(
        here, chance, u, run.p["turn_back_ratio"], loads.lane, run.keep("away", 0, lambda: world.lanes.kind > FOOT),
        loads.group, loads.origin, run.groups.alive, run.crews.at,
    )  # fmt: skip
    find_out(run, loads.carrier[here[fate == FOUND]])
    seized, home = _settle(run, here, fate)
    if (fate == BACK).any():
        for account, kg in zip(("pure", "diluent"), home, strict=True):
            run.ledger.post(account, f"loads.{account}", f"crews.{account}", kg, "turned_back")
    for account, conv, kg in zip(("pure", "diluent"), (SEIZED_PURE, SEIZED_DILUENT), seized, strict=True):
        run.ledger.post(account, f"loads.{account}", conv, kg, "seizure_border")
    loads.drop()


def _settle(run: Run, rows: Ints, fate: Ints) -> Floats:
    """Do with loads what became of them, for outcomes and for the owners; kg found and returned, (2, pure or cut, D).

    Loads that were turned back return to the crew that sent them: assumption B15.
    """
    loads, world, crews, groups, tally = run.loads, run.world, run.crews, run.groups, run.tally
    return np.asarray(
        settle(
            rows, fate, loads.lane, loads.drug, loads.group, loads.area, loads.origin, loads.pure, loads.diluent,
            loads.stage, loads.weeks, world.lanes.site, world.paths.weeks_us, crews.at, crews.pure, crews.diluent,
            tally.turned[0], tally.shipped[0], tally.seized[0], tally.seized_bulk[0], tally.loads[0], tally.hits[0],
            groups.sent, groups.lost,
        )
    )  # fmt: skip


def load_chances(run: Run, rows: Ints) -> Floats:
    """P(hit) of loads that stand at their lanes this week, (k,). Size counts by its mean by weight: assumption B14."""
    loads, world, p = run.loads, run.world, run.p
    times, usual = run.keep("load_times", p.version, lambda: _times(run))
    carrier, own = np.full(rows.size, -1), np.zeros(rows.size)
    on = (loads.carrier[rows] >= 0).nonzero()[0]
    carrier[on] = rows_of(run, loads.carrier[rows[on]])
    on = on[carrier[on] >= 0]
    if on.size:
        lane = loads.lane[rows[on]]
        share = relative_checks(run)[carrier[on]] / np.maximum(lane_checks(run)[lane], 1e-12)
        own[on] = carrier_hazard(run, lane, share)
    northern = run.keep("northern_units", 0, lambda: np.flatnonzero(world.units0.country == US))
    tip = tips(northern, run.units.officers, run.units.intelligence, p["tip_at_full_intelligence"])
    power = p["size_detection"]
    mean = math.exp(0.5 * power * (1.0 + power) * p["load_sigma"] ** 2)
    return np.asarray(
        chances_of_loads(
            rows, loads.lane, loads.group, loads.drug, loads.pure, carrier, own, run.lanes.hazard, times, usual,
            power, mean, world.lanes.site, run.groups.post_protection, tip,
        )
    )  # fmt: skip


def _times(run: Run) -> tuple[Floats, Floats]:
    """Detectability of a load of each drug in each lane, and the kilograms at which it holds, (D, L) both."""
    drugs, kind = run.world.drugs, run.world.lanes.kind
    at_ports, between = (run.p.by(f"detectability{where}", drugs.names) for where in ("", "_between"))
    times = np.where(kind <= FOOT, at_ports[:, None], between[:, None])
    return times, np.ascontiguousarray(drugs.lane_load_kg[:, kind])


@process(
    reads=("loads", "crews", "groups", "areas"),
    writes=("loads", "areas", "crews", "groups", "tally"),
    accounts=("loads.pure", "loads.diluent", "areas.pure", "areas.diluent", "crews.cash"),
)
def deliver(run: Run) -> None:
    """Loads that have landed reach their market area and are sold to independent wholesalers.

    A group with people at the area's hub sells there at `price_hub`, the others at `price_border`; the cash goes to
    the crew at the hub or to the one that sent the load (the group's largest if that is gone). Nobody is paid for a
    load of a group that is no more. Source: price ladder of the accounts (definition C), assumption B9.
    """
    loads, crews, groups, areas = run.loads, run.crews, run.groups, run.areas
    groups.landed.fill(0.0)
    rows = arrivals(loads.stage, loads.weeks, IN_US)
    if rows.size == 0:
        return
    usd, landed = hand_over(
        rows, loads.area, loads.drug, loads.group, loads.origin, loads.pure, loads.diluent, loads.stage, groups.alive,
        crews.at, crews.ptr, crews.members, run.world.areas.hub_plaza, areas.price_hub, areas.price_border,
        areas.pure, areas.diluent, run.tally.delivered[0], crews.cash, run.tally.income[0], groups.landed,
    )  # fmt: skip
    for account, kg in zip(("pure", "diluent"), landed, strict=True):
        run.ledger.post(account, f"loads.{account}", f"areas.{account}", kg, "delivery")
    run.ledger.post("usd", BUYERS, "crews.cash", usd, "wholesale")
    loads.drop()
