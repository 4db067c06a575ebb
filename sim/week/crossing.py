"""Loads meet the border, and those that pass reach a market area and are sold.

`cross` runs the lanes (traffic, booths, waits, checks) and draws once per load; `deliver` hands over what landed.
Which lane a load takes, and what is learned from the outcome, is not decided here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.kernels_inspection import chances_of_loads, tips
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
    _forget(run.groups.sent, run.groups.lost, used)
    loads = run.loads
    if loads.n == 0:
        return
    here = _a_week_nearer(loads.stage, loads.weeks, TO_BORDER)
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
    gone = loads.stage == TURNED
    gone[seized] = True
    loads.take(np.flatnonzero(~gone))


def load_chances(run: Run, rows: Ints) -> Floats:
    """P(hit) of loads that stand at their lanes this week, (k,). Size counts by its mean by weight: assumption B14."""
    loads, world, p = run.loads, run.world, run.p
    times, usual = run.keep("load_times", p.version, lambda: _times(run))
    carrier = rows_of(run, loads.carrier[rows])
    own = np.zeros(rows.size)
    on = np.flatnonzero(carrier >= 0)
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


def _turned_back(run: Run, rows: Ints, chance: Floats, u: Floats) -> NDArray[np.bool_]:
    """Loads away from ports that are met but not taken, by the same draw, and whose owner still has a crew, (k,)."""
    loads, crews = run.loads, run.crews
    between = run.world.lanes.kind[loads.lane[rows]] > FOOT
    met = between & (u >= chance) & (u < chance * (1.0 + run.p["turn_back_ratio"]))
    at = np.flatnonzero(met)
    owner, origin = loads.group[rows[at]], loads.origin[rows[at]]
    met[at] = run.groups.alive[owner] & (crews.at[owner, origin] >= 0)
    return np.asarray(met)


def _take_home(run: Run, rows: Ints) -> None:
    """Loads that were turned back return to the crew that sent them. Assumption B15."""
    if not rows.size:
        return
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
    loads, tally, groups = run.loads, run.tally, run.groups
    _count_loads(
        rows, hit, loads.lane, loads.drug, loads.group, loads.pure, loads.diluent, tally.shipped[0], tally.seized[0],
        tally.seized_bulk[0], tally.loads[0], tally.hits[0], groups.sent, groups.lost,
    )  # fmt: skip


@kernel
def _count_loads(  # type: ignore[no-untyped-def]
    rows, hit, lane, drug, owner, pure, diluent, shipped, seized, bulk, loads, hits, sent, lost
):
    """Add the loads `rows` (k,), found or not (k,), to totals by lane and drug (L, D) and by owner (G, D, L)."""
    for i in range(rows.size):
        r = rows[i]
        at, d, g = lane[r], drug[r], owner[r]
        shipped[at, d] += pure[r]
        loads[at, d] += 1.0
        sent[g, d, at] += pure[r]
        if hit[i]:
            seized[at, d] += pure[r]
            bulk[at, d] += pure[r] + diluent[r]
            hits[at, d] += 1.0
            lost[g, d, at] += pure[r]


@kernel
def _forget(sent, lost, n):  # type: ignore[no-untyped-def]
    """Set sent and lost (G, D, L) of the first n groups to zero; nothing is lost where nothing was sent."""
    for g in range(n):
        for d in range(sent.shape[1]):
            some = False
            for lane in range(sent.shape[2]):
                some |= sent[g, d, lane] != 0.0
            if some:
                sent[g, d] = 0.0
                lost[g, d] = 0.0


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
    rows = _a_week_nearer(loads.stage, loads.weeks, IN_US)
    if rows.size == 0:
        return
    area, drug, owner = loads.area[rows], loads.drug[rows], loads.group[rows]
    pure, diluent = loads.pure[rows], loads.diluent[rows]
    for account, amount in (("pure", pure), ("diluent", diluent)):
        total = np.bincount(drug, amount, minlength=run.world.drugs.n)
        run.ledger.post(account, f"loads.{account}", f"areas.{account}", total, "delivery")
    crew, at_hub = _sellers(run, owner, area, loads.origin[rows])
    price = np.where(at_hub, run.areas.price_hub[area, drug], run.areas.price_border[area, drug])
    usd = _hand_over(
        area, drug, owner, pure, diluent, crew, price, run.areas.pure, run.areas.diluent, run.tally.delivered[0],
        run.crews.cash, run.tally.income[0], run.groups.landed,
    )  # fmt: skip
    run.ledger.post("usd", BUYERS, "crews.cash", usd, "wholesale")
    loads.take(np.delete(np.arange(loads.n), rows))


@kernel
def _hand_over(  # type: ignore[no-untyped-def]
    area, drug, owner, pure, diluent, crew, price, area_pure, area_diluent, delivered, cash, income, landed
):
    """Add loads (k,) to areas (A, D) and what they bring to crews (C,) and groups (G, D), (G, trade); returns USD.

    crew: row of who is paid, -1 for nobody; price USD/kg.
    """
    whole = 0.0
    for i in range(area.size):
        a, d, g = area[i], drug[i], owner[i]
        area_pure[a, d] += pure[i]
        area_diluent[a, d] += diluent[i]
        delivered[a, d] += pure[i]
        if crew[i] >= 0:
            usd = price[i] * pure[i]
            whole += usd
            cash[crew[i]] += usd
            income[g, d] += usd
            landed[g, d] += pure[i]
    return whole


def _sellers(run: Run, owner: Ints, area: Ints, origin: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The crew that is paid for each load (row, -1 for nobody) and whether it sits at the hub, each (k,)."""
    crews, alive = run.crews, run.groups.alive
    hub = run.world.areas.hub_plaza[area]
    crew, at_hub = _who_sells(owner, hub, origin, alive, crews.at, crews.ptr, crews.members)
    return np.asarray(crew), np.asarray(at_hub)


@kernel
def _people(members, row):  # type: ignore[no-untyped-def]
    """People of the crew at a row; members (C, roles)."""
    people = 0
    for role in range(members.shape[1]):
        people += members[row, role]
    return people


@kernel
def _who_sells(owner, hub, origin, alive, at, ptr, members):  # type: ignore[no-untyped-def]
    """Row of the crew that sells each load, -1 for nobody, and whether it is the one at the hub, each (k,).

    owner, hub, origin (k,); at (G, P) rows of crews, ptr (G + 1,). The owner's crew at the hub if it has people, else
    the one that sent the load, else the largest, the last of equals.
    """
    crew, at_hub = np.full(owner.size, -1), np.zeros(owner.size, dtype=np.bool_)
    for i in range(owner.size):
        g = owner[i]
        if not alive[g]:
            continue
        row = at[g, hub[i]]
        at_hub[i] = row >= 0 and _people(members, row) > 0
        if not at_hub[i]:
            row = at[g, origin[i]]
        if row < 0:
            most = -1
            for c in range(ptr[g], ptr[g + 1]):
                people = _people(members, c)
                if people >= most:
                    row, most = c, people
        crew[i] = row
    return crew, at_hub


@kernel
def _a_week_nearer(stage, weeks, at):  # type: ignore[no-untyped-def]
    """Take a week off `weeks` of the loads in stage `at`, both (n,); returns the rows of those that arrive."""
    rows, n = np.empty(stage.size, dtype=np.int64), 0
    for i in range(stage.size):
        if stage[i] == at:
            weeks[i] -= 1
            if weeks[i] <= 0:
                rows[n] = i
                n += 1
    return rows[:n]
