"""Loads meet the border, and those that pass reach a market area and are sold.

`cross` runs the lanes (traffic, booths, waits, checks) and draws once per load; `deliver` hands over what landed.
Which lane a load takes, and what is learned from the outcome, is not decided here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.kernels_inspection import found_chance
from sim.ledger import conversion
from sim.state.border import BORDER_LEVERS, FOOT, carrier_hazard, run_lanes
from sim.state.carriers import find_out, lane_checks, relative_checks, rows_of
from sim.state.governments import US
from sim.state.loads import IN_US, TO_BORDER, TURNED
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
    used = int(run.alive.max(initial=-1)) + 1
    run.groups.sent[:used].fill(0.0)
    run.groups.lost[:used].fill(0.0)
    loads = run.loads
    if loads.n == 0:
        return
    coming = loads.stage == TO_BORDER
    loads.weeks[coming] -= 1
    here = np.flatnonzero(coming & (loads.weeks <= 0))
    if here.size == 0:
        return
    chance, u = load_chances(run, here), run.draws.uniform("cross/inspect", loads.id[here])
    hit, back = u < chance, _turned_back(run, here, chance, u)
    _take_home(run, here[back])
    here, hit = here[~back], hit[~back]
    _count(run, here, hit)
    find_out(run, loads.carrier[here[hit]])
    passed, seized = here[~hit], here[hit]
    loads.stage[passed] = IN_US
    site = run.world.lanes.site[loads.lane[passed]]
    loads.weeks[passed] = 1 + run.world.paths.weeks_us[site, loads.area[passed]]
    n_drugs = run.tally.shipped.shape[2]
    for account, conv in (("pure", SEIZED_PURE), ("diluent", SEIZED_DILUENT)):
        lost = np.bincount(loads.drug[seized], getattr(loads, account)[seized], minlength=n_drugs)
        run.ledger.post(account, f"loads.{account}", conv, lost, "seizure_border")
    keep = np.ones(loads.n, dtype=bool)
    keep[seized] = False
    keep[np.flatnonzero(loads.stage == TURNED)] = False
    loads.take(keep)


def load_chances(run: Run, rows: Ints) -> Floats:
    """P(hit) of loads that stand at their lanes this week, (k,)."""
    loads, names = run.loads, run.world.drugs.names
    lane, owner, drug = loads.lane[rows], loads.group[rows], loads.drug[rows]
    at_port = run.world.lanes.kind[lane] <= FOOT
    times = np.where(
        at_port, run.p.by("detectability", names)[drug], run.p.by("detectability_between", names)[drug]
    )
    times *= _size_factor(run, rows)
    hazard = run.lanes.hazard[lane]
    carrier = rows_of(run, loads.carrier[rows])
    on = np.flatnonzero(carrier >= 0)
    if on.size:
        share = relative_checks(run)[carrier[on]] / np.maximum(lane_checks(run)[lane[on]], 1e-12)
        hazard[on] = carrier_hazard(run, lane[on], share)
    bought = run.groups.post_protection[owner, run.world.lanes.site[lane]]
    northern = run.keep("northern_units", 0, lambda: np.flatnonzero(run.world.units0.country == US))
    officers = run.units.officers[northern]
    known = officers @ run.units.intelligence[northern] / max(officers.sum(), 1e-12)
    tip = np.clip(run.p["tip_at_full_intelligence"] * known, 0.0, 1.0)[owner]
    return found_chance(hazard, times, np.clip(bought, 0.0, 1.0), tip)


def _size_factor(run: Run, rows: Ints) -> Floats:
    """How much more hazard a load's size brings: (kg / usual kg)^b over its mean by weight, (k,). Assumption B14."""
    loads, drugs, b = run.loads, run.world.drugs, run.p["size_detection"]
    usual = drugs.lane_load_kg[loads.drug[rows], run.world.lanes.kind[loads.lane[rows]]]
    mean = np.exp(0.5 * b * (1.0 + b) * run.p["load_sigma"] ** 2)
    return np.asarray((loads.pure[rows] / np.maximum(usual, 1e-12)) ** b / mean)


def _turned_back(run: Run, rows: Ints, chance: Floats, u: Floats) -> NDArray[np.bool_]:
    """Loads away from ports that are met but not taken, by the same draw, and whose owner still has a crew, (k,)."""
    loads, crews = run.loads, run.crews
    between = run.world.lanes.kind[loads.lane[rows]] > FOOT
    met = between & (u >= chance) & (u < chance * (1.0 + run.p["turn_back_ratio"]))
    owner = loads.group[rows]
    return np.asarray(met & run.groups.alive[owner] & (crews.at[owner, loads.origin[rows]] >= 0))


def _take_home(run: Run, rows: Ints) -> None:
    """Loads that were turned back return to the crew that sent them. Assumption B15."""
    loads, crews = run.loads, run.crews
    lane, drug = loads.lane[rows], loads.drug[rows]
    home = crews.at[loads.group[rows], loads.origin[rows]]
    np.add.at(run.tally.turned[0], (lane, drug), loads.pure[rows])
    for account in ("pure", "diluent"):
        amount = getattr(loads, account)
        np.add.at(getattr(crews, account), (home, drug), amount[rows])
        total = np.bincount(drug, amount[rows], minlength=run.world.drugs.n)
        run.ledger.post(account, f"loads.{account}", f"crews.{account}", total, "turned_back")
    loads.stage[rows] = TURNED


def _count(run: Run, rows: Ints, hit: NDArray[np.bool_]) -> None:
    """Tally what reached the lanes and what was found there, for outcomes and for the owners."""
    loads, tally = run.loads, run.tally
    lane, drug, owner, pure = loads.lane[rows], loads.drug[rows], loads.group[rows], loads.pure[rows]
    n_lanes, n_drugs = tally.shipped.shape[1:]
    cell = lane.astype(np.int64) * n_drugs + drug
    for column, weight in (
        ("shipped", pure),
        ("seized", pure * hit),
        ("seized_bulk", (pure + loads.diluent[rows]) * hit),
        ("loads", None),
        ("hits", hit.astype(float)),
    ):
        total = np.bincount(cell, weight, minlength=n_lanes * n_drugs).reshape(n_lanes, n_drugs)
        getattr(tally, column)[0] += total
    of_owner = (owner.astype(np.int64) * n_drugs + drug) * n_lanes + lane
    np.add.at(run.groups.sent.reshape(-1), of_owner, pure)
    np.add.at(run.groups.lost.reshape(-1), of_owner[hit], pure[hit])


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
    run.groups.landed.fill(0.0)
    loads = run.loads
    inland = loads.stage == IN_US
    loads.weeks[inland] -= 1
    landed = inland & (loads.weeks <= 0)
    rows = np.flatnonzero(landed)
    if rows.size == 0:
        return
    area, drug, owner = loads.area[rows], loads.drug[rows], loads.group[rows]
    pure, diluent = loads.pure[rows], loads.diluent[rows]
    n_drugs = run.areas.pure.shape[1]
    cell = area.astype(np.int64) * n_drugs + drug
    np.add.at(run.areas.pure.reshape(-1), cell, pure)
    np.add.at(run.areas.diluent.reshape(-1), cell, diluent)
    np.add.at(run.tally.delivered[0].reshape(-1), cell, pure)
    run.ledger.post(
        "pure", "loads.pure", "areas.pure", np.bincount(drug, pure, minlength=n_drugs), "delivery"
    )
    run.ledger.post(
        "diluent", "loads.diluent", "areas.diluent", np.bincount(drug, diluent, minlength=n_drugs), "delivery"
    )
    crew, at_hub = _sellers(run, owner, area, loads.origin[rows])
    price = np.where(at_hub, run.areas.price_hub[area, drug], run.areas.price_border[area, drug])
    sold = crew >= 0
    usd = (price * pure)[sold]
    np.add.at(run.crews.cash, crew[sold], usd)
    run.ledger.post("usd", BUYERS, "crews.cash", usd.sum(), "wholesale")
    income = run.tally.income[0]
    np.add.at(income.reshape(-1), owner[sold].astype(np.int64) * income.shape[1] + drug[sold], usd)
    of_owner = owner[sold].astype(np.int64) * n_drugs + drug[sold]
    np.add.at(run.groups.landed.reshape(-1), of_owner, pure[sold])
    loads.take(~landed)


@kernel
def _largest_crews(group, people, n_groups):  # type: ignore[no-untyped-def]
    """Row of the crew with most people of each group, the last of equals, -1 for none: (n_groups,)."""
    largest = np.full(n_groups, -1)
    for row in range(group.size):
        g = group[row]
        if largest[g] < 0 or people[row] >= people[largest[g]]:
            largest[g] = row
    return largest


def _sellers(run: Run, owner: Ints, area: Ints, origin: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The crew that is paid for each load (row, -1 for nobody) and whether it sits at the hub, each (k,)."""
    crews, groups = run.crews, run.groups
    people = crews.people
    hub = crews.at[owner, run.world.areas.hub_plaza[area]]
    at_hub = (hub >= 0) & (people[hub] > 0)
    home = crews.at[owner, origin]
    largest = _largest_crews(crews.group, people, len(groups.alive))
    crew = np.where(at_hub, hub, np.where(home >= 0, home, largest[owner]))
    alive = groups.alive[owner]
    return np.where(alive, crew, -1), at_hub & alive
