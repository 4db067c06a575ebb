"""Open supply at the status quo: habits of lanes, use of capacity, stocks, loads on the way and treasuries.

Solved so that the start agrees with the accounts; nothing here is read again to hold a flow where it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_routing import group_sum
from sim.state.capacity import KG_PER_T, capacity, transport_costs
from sim.state.ladder import reference_hub
from sim.state.run import Run
from sim.state.shipping import area_pull, draw_loads, hubs_held, nearness, put_on_the_way
from sim.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]
FITTING_ROUNDS = 60
BISECTIONS = 60
MOST_PREFERENCE = 3.0
"""Log of the strongest preference for areas with own people; groups without hubs may leave the share below its aim."""


def start_supply(run: Run) -> None:
    """Fill groups' plans and memories, crews' stocks, loads on the way and the fixed arrays of routing."""
    world, groups = run.world, run.groups
    own = capacity(run, world.plazas.supply(world.drugs) * run.p.by("capacity", world.drugs.names) * KG_PER_T)
    total = group_sum(run.crews.ptr, own)
    run.extra["route_near_mx"], run.extra["route_near_us"] = nearness(run)
    groups.attraction[:] = (1.0 - world.drugs.lane_detection)[:, world.lanes.kind]
    run.extra["route_base"] = fit_lanes(run, _by_plaza(run, own))
    share, run.extra["hub_preference"] = fit_hubs(run, total)
    _start_memories(run, total, share)
    _start_stocks(run, own, total)
    _start_loads(run)


def _by_plaza(run: Run, own: Floats) -> Floats:
    """Capacity of crews (C, D) by plaza, as shares by drug, (P, D)."""
    out = np.zeros((run.world.plazas.n, own.shape[1]))
    np.add.at(out, run.crews.plaza, own)
    return np.asarray(out / np.maximum(out.sum(axis=0), 1e-12))


def lane_targets(run: Run) -> tuple[Floats, Floats]:
    """Shares of kilograms sent at the start: by kind of lane (D, K), and through ports by land corridor (D, 4)."""
    world = run.world
    land = world.corridors[:4]
    rows = [run.p.by(f"corridor_share_{name}", land) for name in world.drugs.names]
    corridor = np.array(rows)
    return world.drugs.lane_share, corridor / corridor.sum(axis=1, keepdims=True)


def fit_lanes(run: Run, origins: Floats) -> Floats:
    """Fixed log weight of every lane per load, (D, L), so that kilograms by kind and corridor meet the data.

    origins (P, D) shares. Starts from the traffic of the site, then iterative proportional fitting against the flow
    that distances and attraction give. What is fitted stands for habits and costs that are not modelled; learning
    moves away from it. Source: accounts.md 1.3.
    """
    world, lanes = run.world, run.world.lanes
    by_kind, by_corridor = lane_targets(run)
    port = world.sites.kind[lanes.site] == 0
    pull = area_pull(run)
    base = np.log(np.maximum(lanes.traffic_per_week, 1.0)) - np.log(world.drugs.lane_load_kg[:, lanes.kind])
    learned = run.p["route_sensitivity"] * run.groups.attraction[0]
    for d in range(world.drugs.n):
        for _ in range(FITTING_ROUNDS):
            kg = (
                expected_lanes(run, base[d] + learned[d], origins[:, d], pull[d])
                * world.drugs.lane_load_kg[d, lanes.kind]
            )
            kg /= kg.sum()
            kinds = np.bincount(lanes.kind, kg, minlength=by_kind.shape[1])
            base[d] += np.log(by_kind[d, lanes.kind] / np.maximum(kinds[lanes.kind], 1e-300))
            through = np.bincount(lanes.corridor[port], kg[port], minlength=len(world.corridors))[:4]
            factor = by_corridor[d] * through.sum() / np.maximum(through, 1e-300)
            base[d, port] += np.log(factor[lanes.corridor[port]])
        base[d] -= base[d].max()
    return np.asarray(base)


def expected_lanes(run: Run, logs: Floats, origins: Floats, pull: Floats) -> Floats:
    """Expected share of loads by lane (L,), for log weights (L,), origins (P,) and demand by area (A,)."""
    lanes, n = run.world.lanes, run.world.sites.n
    weight = np.exp(logs - logs.max())
    by_site = np.bincount(lanes.site, weight, minlength=n)
    from_mx, to_us = run.extra["route_near_mx"], run.extra["route_near_us"]
    some = np.flatnonzero(origins > 0.0)
    reach = from_mx[some] * by_site
    total = reach @ to_us
    share = (origins[some][:, None] * pull / np.maximum(total, 1e-300)) @ to_us.T
    flow = (reach * share).sum(axis=0)
    return np.asarray(flow[lanes.site] * weight / np.maximum(by_site[lanes.site], 1e-300))


def fit_hubs(run: Run, total: Floats) -> tuple[Floats, Floats]:
    """Share of each group's kilograms that goes to areas where it has people (G, D), and the preference (D,).

    The preference is solved so that the national share is that of the accounts (1.4). total (G, D): capacity.
    """
    pull, held = area_pull(run), hubs_held(run).astype(float)
    reach = held @ pull.T
    weight = total / np.maximum(total.sum(axis=0), 1e-12)
    low, high = np.full(pull.shape[0], -8.0), np.full(pull.shape[0], 12.0)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        share = _hub_share(reach, np.exp(middle))
        above = (weight * share).sum(axis=0) > run.world.drugs.hub_share
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    preference = np.exp(np.minimum(0.5 * (low + high), MOST_PREFERENCE))
    return _hub_share(reach, preference), preference


def _hub_share(reach: Floats, preference: Floats) -> Floats:
    return np.asarray(reach * preference / (reach * preference + 1.0 - reach + 1e-12))


def _start_memories(run: Run, total: Floats, hub_share: Floats) -> None:
    """What groups remember at the start: margins, losses, use of capacity, sales, receipts, surplus."""
    drugs, groups, p = run.world.drugs, run.groups, run.p
    groups.margin[:] = hub_share * reference_hub(run) + (1.0 - hub_share) * drugs.price("us_border")
    groups.loss[:] = drugs.border_seized / drugs.sent
    cost = p.by("production_cost", drugs.names) + transport_costs(run)
    profit = np.maximum(groups.margin * (1.0 - groups.loss) - cost, 1.0)
    power, whole = p["supply_elasticity"], np.maximum(total.sum(axis=0), 1e-12)
    usual = ((total * profit**power).sum(axis=0) / whole) ** (1.0 / power)
    share = drugs.supply * KG_PER_T / WEEKS_PER_YEAR / whole
    run.extra["supply_reference"] = np.stack([share, usual])
    groups.utilisation[:] = np.clip(share * (profit / usual) ** power, 0.0, 1.0)
    groups.produce_plan[:] = groups.utilisation * total
    sent = groups.produce_plan * (drugs.sent / drugs.supply)
    groups.ship_plan[:] = sent
    groups.sold[:] = sent * (1.0 - groups.loss)
    groups.revenue[:, : drugs.n] = groups.sold * groups.margin
    members = group_sum(run.crews.ptr, run.crews.members.astype(float)).sum(axis=1)
    groups.size[:] = members
    groups.profit[:] = members * p["profit_per_member_week"]
    bills = (groups.produce_plan * p.by("production_cost", drugs.names) + sent * transport_costs(run)).sum(
        axis=1
    )
    groups.treasury += p["inputs_weeks_start"] * bills


def _start_stocks(run: Run, own: Floats, total: Floats) -> None:
    """Stocks in Mexico, by the capacity of crews, at which groups send what they sent in the accounts; precursors."""
    drugs, crews, p = run.world.drugs, run.crews, run.p
    share = own / np.where(total > 0.0, total, 1.0)[crews.group]
    make = run.groups.produce_plan[crews.group] * share
    still = (drugs.sent / drugs.supply) ** (1.0 / max(p["storage_exponent"], 0.1))
    crews.pure[:] = make * still * p.by("ship_weeks", drugs.names)
    crews.diluent[:] = crews.pure * (1.0 / drugs.purity_bulk - 1.0)
    need = np.where(drugs.is_synthetic, p.by("precursor_kg_per_kg", drugs.names), 0.0)
    crews.precursor[:] = make * need * p["precursor_cover_weeks"]


def _start_loads(run: Run) -> None:
    """Loads on the way to the border and in the United States, drawn as dispatch draws them; stocks stay."""
    crews, week = run.crews, run.draws.week
    free = np.full(len(run.groups.alive), np.inf)
    nothing = np.zeros(run.world.drugs.n)
    for stage, ages in ((0, 1), (1, 2)):
        saved = crews.pure.copy(), crews.diluent.copy()
        run.draws.week = week - ages
        shipment = draw_loads(run, run.groups.ship_plan.copy(), free, nothing, nothing)
        crews.pure[:], crews.diluent[:] = saved
        if stage:
            shipment.real[:, :2] *= (1.0 - run.groups.loss[0])[shipment.whole[:, 1]][:, None]
        put_on_the_way(run, shipment, stage)
    run.draws.week = week
