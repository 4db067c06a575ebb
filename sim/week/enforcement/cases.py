"""Cases: investigations of leaders, networks and finances. They need officers, intelligence, time, and partners' trust.

They fail, or leak to their target. It arrests and seizes only at the end of a case; streets are for `raids`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import leak_prob
from sim.levers import lever
from sim.state.crews import ROLES
from sim.state.governments import MX, US
from sim.state.run import Run
from sim.state.seizing import arrest, seize_cash, seize_guns, seize_stock, seize_treasury
from sim.state.units import FINANCE, LEADER, NETWORK
from sim.week.enforcement.sensing import cooperation
from sim.world.agencies import MANDATES

Floats = NDArray[np.float64]
KINDS = ("leader", "network", "finance")


def _officers_lever(kind: str) -> str:
    return lever(
        f"{kind}_case_officers",
        unit="officers",
        axes=("country",),
        low=0,
        high=20000,
        base=lambda run: np.array([run.p[f"{kind}_case_officers_mx"], run.p[f"{kind}_case_officers_us"]]),
        doc=f"officers assigned to {kind} cases",
        reader="enforce",
    )


def _weight_lever(kind: str) -> str:
    return lever(
        f"{kind}_target_weight",
        unit="1",
        axes=("group",),
        low=0,
        high=1000,
        base=lambda run: 1.0,
        doc=f"weight of a group when the target of a {kind} case is chosen",
        reader="enforce",
    )


OFFICERS = [_officers_lever(kind) for kind in KINDS]
WEIGHTS = [_weight_lever(kind) for kind in KINDS]
UNILATERAL = lever(
    "unilateral_share",
    unit="1",
    axes=(),
    low=0,
    high=1,
    base=lambda run: 0.0,
    doc="share of foreign leader-case officers who act alone in the other country",
    reader="enforce",
)
READINESS = lever(
    "joint_readiness",
    unit="1",
    axes=(),
    low=0,
    high=1,
    base=lambda run: run.p["joint_readiness"],
    doc="chance a week, at full trust and agreement, that a partner joins a case that is proposed",
    reader="enforce",
)


# --- who works on what -----------------------------------------------------------------------------------------------


def _leads(run: Run, kind: int, country: int) -> NDArray[np.int64]:
    """Units that can lead a case of a kind: federal, with files, and with the mandate."""
    agencies, units = run.world.agencies, run.world.units0
    wanted = ("finance", "investigators") if kind == FINANCE else ("investigators",)
    can = np.array(
        [k in wanted and level == "federal" for k, level in zip(agencies.kind, agencies.level, strict=True)]
    )
    mandate = agencies.mandate[:, MANDATES.index("cash" if kind == FINANCE else "groups")]
    able = (can & mandate & (agencies.country == country))[units.agency]
    return np.flatnonzero(able & (run.units.officers > 0))


def _slots(run: Run, kind: int, country: int) -> int:
    """How many cases of a kind a country can lead at once with the officers assigned."""
    officers = run.levers[OFFICERS[kind]]
    team = run.p[f"{KINDS[kind]}_team"]
    if kind == NETWORK:  # both sides staff it; the country where the group lives leads
        return int(officers.min() / team + 1e-9) if country == MX else 0
    alone = run.levers.scalar(UNILATERAL) if kind == LEADER and country == US else 1.0
    return int(alone * officers[country] / team + 1e-9)


def joint_prob(run: Run, lead: int, partner: int) -> float:
    """Chance that a partner unit joins: readiness x trust between the agencies x cooperation."""
    agency = run.world.units0.agency
    trust = float(run.relations.agency_trust[0][agency[lead], agency[partner]])
    return run.levers.scalar(READINESS) * trust * cooperation(run)


def open_cases(run: Run) -> None:
    """Fill free places for cases with targets that are seen and known.

    A target is drawn by prominence x (floor + intelligence) x lever weight. Source: assumption E5.
    """
    _drop_dead(run)
    for kind in (LEADER, NETWORK, FINANCE):
        for country in (MX, US):
            slots = _slots(run, kind, country)
            if slots == 0:
                continue
            running = (run.cases.kind == kind) & (run.world.units0.country[run.cases.unit] == country)
            for place in range(slots - int(running.sum())):
                _open_one(run, kind, country, place)


def _drop_dead(run: Run) -> None:
    """Close cases whose group is gone, that have run too long, or that nobody works on."""
    cases = run.cases
    if cases.n == 0:
        return
    same = run.groups.alive[cases.group] & (run.groups.id[cases.group] == cases.target_id)
    country = run.world.units0.country[cases.unit]
    officers = np.stack([run.levers[name] for name in OFFICERS])
    staffed = officers[cases.kind, country] > 0
    keep = same & staffed & (cases.age < run.p["case_weeks_most"])
    if not keep.all():
        cases.take(keep)


def _open_one(run: Run, kind: int, country: int, place: int) -> None:
    """Propose one case; it opens when a target is known well enough and, for a network, when a partner joins."""
    units, draws, cases = run.world.units0, run.draws, run.cases
    leads = _leads(run, kind, country)
    if leads.size == 0:
        return
    word = f"cases/{KINDS[kind]}"
    slot = 1000 * country + place
    lead = int(leads[_pick(run.units.officers[leads], draws.scalar(word + "/lead", slot))])
    weight = _target_weights(run, kind, lead)
    if weight.sum() <= 0 or draws.scalar(word + "/open", slot) >= run.p["case_open_prob"]:
        return
    rows = np.flatnonzero(weight > 0)
    rows = rows[np.argsort(run.groups.id[rows])]
    group = int(rows[_pick(weight[rows], draws.scalar(word + "/target", slot))])
    partner = _find_partner(run, kind, country, lead, word, slot)
    if kind == NETWORK and partner < 0:
        return
    row = cases.append(1)
    seen_size = run.seen.members[0][group]
    size = (max(seen_size, 1.0) / run.p["case_size_reference"]) ** run.p["case_size_exponent"]
    cases.id[row] = (int(units.id[lead]) * 31 + run.week * 1009 + kind * 7 + place) % 2**31
    cases.unit[row], cases.partner[row], cases.kind[row] = lead, partner, kind
    cases.group[row], cases.target_id[row] = group, run.groups.id[group]
    cases.joint[row] = partner >= 0
    cases.needed[row] = run.p[f"{KINDS[kind]}_case_needs"] * size
    run.tally.cases_opened[0] += 1


def _pick(weights: Floats, u: float) -> int:
    """Index drawn by weight with one uniform."""
    running = np.cumsum(weights)
    return int(np.searchsorted(running, u * running[-1], side="right").clip(0, len(weights) - 1))


def _target_weights(run: Run, kind: int, lead: int) -> Floats:
    """Weight of every group row as a target for a unit: what is seen and known, not yet worked on, times the lever."""
    groups, cases = run.groups, run.cases
    known = run.p["target_known_floor"] + run.units.intelligence[lead]
    weight = run.seen.prominence[0] * known * _lever_by_row(run, WEIGHTS[kind])
    weight = np.where(groups.alive, weight, 0.0)
    country = run.world.units0.country
    same = (cases.kind == kind) & (country[cases.unit] == country[lead])
    weight[cases.group[same]] = 0.0
    if kind == LEADER:
        weight[groups.vacancy > 0] = 0.0
    return weight


def _lever_by_row(run: Run, name: str) -> Floats:
    """A lever by named group as an array over group rows; a splinter has its parent's value."""
    value = run.levers[name]
    out = np.ones(len(run.groups.alive))
    if np.all(value == 1.0):
        return out
    ids = run.world.groups0.id
    order = np.argsort(ids)
    for own in (run.groups.parent, run.groups.id):
        at = order[np.searchsorted(ids, own, sorter=order).clip(0, ids.size - 1)]
        out = np.where(ids[at] == own, value[at], out)
    return out


def _find_partner(run: Run, kind: int, country: int, lead: int, word: str, slot: int) -> int:
    """A unit of the other country that joins the case, or -1. Leaders sought alone abroad are not shared."""
    other = 1 - country
    if run.levers[OFFICERS[kind]][other] <= 0 or (kind == LEADER and country == US):
        return -1
    able = _leads(run, kind, other)
    if able.size == 0:
        return -1
    partner = int(able[_pick(run.units.officers[able], run.draws.scalar(word + "/partner", slot))])
    joins = run.draws.scalar(word + "/joins", slot) < joint_prob(run, lead, partner)
    return partner if joins else -1


def staff_cases(run: Run) -> None:
    """Spread the officers assigned over open cases, add their work, and take those of the status quo off the streets.

    A week's work is officers x skill x (floor + (1 - floor) intelligence). Officers added by a programme are hired
    for it; officers withdrawn from cases return to patrol.
    """
    cases, units, p = run.cases, run.units, run.p
    country = run.world.units0.country
    usual = np.zeros(units.n)
    for kind in (LEADER, NETWORK, FINANCE):
        officers = run.levers[OFFICERS[kind]]
        base = np.array([p[f"{KINDS[kind]}_case_officers_{side}"] for side in ("mx", "us")])
        mine = cases.kind == kind
        for side in (MX, US):
            led, joined = (
                mine & (country[cases.unit] == side),
                mine & cases.joint & (country[cases.unit] != side),
            )
            own = officers[side] * (1.0 if kind != LEADER or side == MX else run.levers.scalar(UNILATERAL))
            cases.officers[led] = own / max(_slots(run, kind, side), int(led.sum()), 1)
            cases.partner_officers[joined] = officers[side] / max(
                _slots(run, kind, 1 - side), int(joined.sum()), 1
            )
            leads = _leads(run, kind, side)
            weight = units.officers[leads]
            usual[leads] += min(officers[side], base[side]) * weight / max(weight.sum(), 1e-9)
    units.on_cases[:] = np.minimum(usual, units.officers)
    known = units.intelligence[cases.unit, cases.group]
    partner = np.maximum(cases.partner, 0)
    known = np.maximum(known, np.where(cases.joint, units.intelligence[partner, cases.group], 0.0))
    pace = p["case_pace_floor"] + (1.0 - p["case_pace_floor"]) * known
    hours = cases.officers * units.skill[cases.unit]
    hours = hours + np.where(cases.joint, cases.partner_officers * units.skill[partner], 0.0)
    cases.done += hours * pace
    cases.informed[:] = p["informed_share"] * (
        cases.officers + np.where(cases.joint, cases.partner_officers, 0.0)
    )
    cases.age += 1


# --- how cases end ---------------------------------------------------------------------------------------------------


def close_cases(run: Run) -> None:
    """Cases that are ready are tried: they leak, fail or succeed; what was tried is closed."""
    cases = run.cases
    if cases.n == 0:
        return
    least = np.array([run.p[f"{kind}_case_weeks"] for kind in KINDS])[cases.kind]
    ready = (cases.done >= cases.needed) & (cases.age >= least)
    ready &= ~(
        (cases.kind == LEADER) & ((run.groups.vacancy[cases.group] > 0) | run.groups.removed[cases.group])
    )
    rows = np.flatnonzero(ready)
    for row in rows[np.argsort(cases.id[rows])].tolist():
        _try(run, row)
    if rows.size:
        cases.take(~ready)


def case_leak_prob(run: Run, row: int) -> float:
    """Chance that a case leaks, by who is informed on each side and what the target has bought."""
    cases, crews, p = run.cases, run.crews, run.p
    mine = crews.group == cases.group[row]
    bought = float(crews.protection[mine].mean()) if mine.any() else 0.0
    loose = p["leak_per_informed"] * (1.0 + p["leak_protection"] * bought)
    lead, partner = int(cases.unit[row]), int(cases.partner[row])
    informed = [p["informed_share"] * cases.officers[row]]
    integrity = [run.units.integrity[lead]]
    if partner >= 0:
        informed.append(p["informed_share"] * cases.partner_officers[row])
        integrity.append(run.units.integrity[partner])
    return leak_prob(np.array(informed), np.array(integrity), loose)


def _try(run: Run, row: int) -> None:
    cases, p, kind = run.cases, run.p, int(run.cases.kind[row])
    g, identity = int(cases.group[row]), int(cases.id[row])
    if run.draws.scalar("cases/leak", identity) < case_leak_prob(run, row):
        run.tally.leaks[0] += 1
        run.note("leak", run.names[g], f"{KINDS[kind]} case")
        run.units.intelligence[:, g] *= p["leak_intelligence_kept"]
        _shift_trust(run, row, -p["trust_lost_by_leak"])
        return
    if run.draws.scalar("cases/success", identity) >= p[f"{KINDS[kind]}_success_prob"]:
        return
    (_capture, _take_down, _forfeit)[kind](run, row, g)
    _shift_trust(run, row, p["trust_won_by_success"])


def _shift_trust(run: Run, row: int, change: float) -> None:
    """Move trust between the agencies of a joint case: a share of the way to 1, or of what there is lost."""
    if run.cases.partner[row] < 0:
        return
    agency = run.world.units0.agency
    a, b = int(agency[run.cases.unit[row]]), int(agency[run.cases.partner[row]])
    trust = run.relations.agency_trust[0]
    now = trust[a, b]
    trust[a, b] = trust[b, a] = now + (change * (1.0 - now) if change > 0 else change * now)


def _capture(run: Run, row: int, g: int) -> None:
    """A leader is captured or killed; alone in the other country, it is a grievance."""
    run.groups.removed[g] = True
    run.tally.captures[0] += 1
    alone = run.world.units0.country[run.cases.unit[row]] == US
    if alone:
        run.relations.grievance[0] += run.p["grievance_unilateral"]
    run.note(
        "capture", run.names[g], "unilateral" if alone else "joint" if run.cases.joint[row] else "national"
    )


def _take_down(run: Run, row: int, g: int) -> None:
    """Many crews of one group, on both sides, lose managers, transit and part of all they hold in one week.

    Source: Manzi & Calderoni 2024, doi:10.18564/jasss.5430: arrests by role; buying and recruiting stop for about
    60 days, less if efficiency-minded.
    """
    p, groups = run.p, run.groups
    rows = np.flatnonzero(run.crews.group == g)
    prob = np.array([p[f"network_arrest_{role}"] for role in ROLES])
    taken = _strike(run, rows, prob, "network")
    full = np.full(rows.size, p["network_stock_share"])
    seize_stock(run, rows, full[:, None] * np.ones(run.world.drugs.n))
    seize_cash(run, rows, np.full(rows.size, p["network_cash_share"]))
    seize_guns(run, rows, np.floor(run.crews.guns[rows] * p["network_gun_share"]).astype(np.int64))
    seize_treasury(run, g, p["network_treasury_share"])
    groups.shock[g] = min(1.0, groups.shock[g] + p["network_shock"])
    groups.pause[g] += p["network_pause_weeks"] * (0.5 + groups.caution[g])
    run.tally.takedowns[0] += 1
    run.note("takedown", run.names[g], f"{taken} arrested")


def _forfeit(run: Run, row: int, g: int) -> None:
    """Money of a group is frozen where the case has a side: accounts in Mexico, cash in the United States."""
    p, cases = run.p, run.cases
    rows = np.flatnonzero(run.crews.group == g)
    sides = {int(run.world.units0.country[cases.unit[row]])} | ({MX, US} if cases.joint[row] else set())
    if MX in sides:
        seize_treasury(run, g, p["finance_treasury_share"])
    if US in sides:
        seize_cash(run, rows, np.full(rows.size, p["finance_cash_share"]))
    managers = np.array([p["finance_arrest_manager"] if role == "manager" else 0.0 for role in ROLES])
    _strike(run, rows, managers, "finance")


def _strike(run: Run, rows: NDArray[np.int64], prob: Floats, word: str) -> int:
    """Arrest members of crews `rows` with a chance by role (roles,); returns how many."""
    crews = run.crews
    gid = run.groups.id[crews.group[rows]][:, None]
    sub = crews.plaza[rows][:, None] * 8 + np.arange(len(ROLES))
    taken = run.draws.binomial(f"cases/{word}/arrest", crews.members[rows], prob, gid, sub)
    return int(arrest(run, rows, taken).sum())
