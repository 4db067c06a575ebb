"""How cases end: they leak to their target, fail, or succeed. It arrests and seizes at the end of a case only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_cases import ready
from sim.kernels_enforcement import leak_prob
from sim.kernels_links import follow_ties
from sim.kernels_routing import choose
from sim.state.crews import ROLES
from sim.state.governments import MX, US
from sim.state.integrity import tell_abroad
from sim.state.run import Run
from sim.state.seizing import arrest, seize_cash, seize_guns, seize_stock, seize_treasury
from sim.state.units import CASE_KINDS as KINDS
from sim.state.units import LEADER
from sim.week.enforcement.vetting import team_integrity

Floats = NDArray[np.float64]


def close_cases(run: Run) -> None:
    """Cases that are ready are tried: they leak, fail or succeed; what was tried is closed."""
    cases = run.cases
    if cases.n == 0:
        return
    p = run.p
    can = ready(
        cases.kind,
        cases.group,
        cases.done,
        cases.needed,
        cases.age,
        run.keep("least weeks", p.version, lambda: np.array([p[f"{kind}_case_weeks"] for kind in KINDS])),
        LEADER,
        run.groups.vacancy,
        run.groups.removed,
    )
    rows = np.flatnonzero(can)
    for row in rows[np.argsort(cases.id[rows])].tolist():
        _try(run, row)
    if rows.size:
        cases.take(~can)


def case_leak_prob(run: Run, row: int) -> float:
    """Chance that a case leaks, by who is informed on each side and what the target has bought."""
    return leak_prob(*_who_knows(run, row))


def _who_knows(run: Run, row: int) -> tuple[Floats, Floats, float]:
    """People informed in each unit of a case, the integrity of those, (1 or 2,) each, and the chance that a corrupt one
    talks. Integrity counts by its weight (1; 0 takes every team for one of middling integrity)."""
    cases, crews, p = run.cases, run.crews, run.p
    mine = crews.group == cases.group[row]
    bought = float(crews.protection[mine].mean()) if mine.any() else 0.0
    loose = p["leak_per_informed"] * (1.0 + p["leak_protection"] * bought)
    informed, units = [cases.officers[row]], [int(cases.unit[row])]
    if cases.partner[row] >= 0:
        informed.append(cases.partner_officers[row])
        units.append(int(cases.partner[row]))
    integrity = run.units.integrity[units]
    if len(units) > 1:
        integrity = team_integrity(run, integrity)
    weight = p["leak_integrity_weight"]
    integrity = weight * integrity + (1.0 - weight) * p["leak_integrity_middling"]
    return p["informed_share"] * np.array(informed), integrity, loose


def _try(run: Run, row: int) -> None:
    cases, p, kind = run.cases, run.p, int(run.cases.kind[row])
    g, identity = int(cases.group[row]), int(cases.id[row])
    chance, joint = case_leak_prob(run, row), run.cases.partner[row] >= 0
    run.tally.joint_tried[0] += joint
    run.tally.joint_leak_hazard[0] += joint * chance
    if run.draws.scalar("cases/leak", identity) < chance:
        _leak(run, row, g)
        return
    if run.draws.scalar("cases/success", identity) >= p[f"{KINDS[kind]}_success_prob"]:
        return
    (_capture, _take_down, _forfeit)[kind](run, row, g)
    if joint:
        run.relations.grievance[0] -= p["goodwill_success"]
        _shift_trust(run, row, p["trust_won_by_success"])


def _leak(run: Run, row: int, g: int) -> None:
    """The target is warned: what was known of it is stale, and a partner who suspects it trusts the other less.

    Whose people talked is drawn by their shares of the hazard, and an inquiry may find them, with chance
    1 - (1 - caught)^w for w weeks' worth of ordinary control. Only then do the governments hear of a scandal and all
    agencies of the other country trust that one less. Assumption E6.
    """
    p, relations, kind = run.p, run.relations, int(run.cases.kind[row])
    run.tally.leaks[0] += 1
    run.note("leak", run.names[g], f"{KINDS[kind]} case")
    run.units.intelligence[:, g] *= p["leak_intelligence_kept"]
    if run.cases.partner[row] < 0:
        return
    run.tally.joint_leaks[0] += 1
    _shift_trust(run, row, -p["trust_lost_by_leak"])
    identity, sides = int(run.cases.id[row]), [int(run.cases.unit[row]), int(run.cases.partner[row])]
    informed, integrity, loose = _who_knows(run, row)
    hazard = -informed * np.log1p(-np.clip(loose * (1.0 - integrity), 0.0, 1.0 - 1e-12))
    who = int(run.draws.scalar("cases/leak-side", identity) * hazard.sum() >= hazard[0])
    caught = float(run.levers["corruption_detection"][run.world.units0.country[sides[who]]])
    if run.draws.scalar("cases/leak-found", identity) < 1.0 - (1.0 - caught) ** p["leak_inquiry"]:
        relations.grievance[0] += p["grievance_leak"]
        tell_abroad(run, int(run.world.units0.agency[sides[who]]))
        run.tally.scandals[0] += 1


def _shift_trust(run: Run, row: int, change: float) -> None:
    """Move trust between the agencies of a joint case: a share of the way to 1, or of what there is lost."""
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
    """The crews that a case has come to know lose people and part of what they hold in one week, and lie low.

    Source: Manzi & Calderoni 2024, doi:10.18564/jasss.5430: arrests by role; buying and recruiting stop for about
    60 days, less if efficiency-minded. How far a case sees is assumption E7.
    """
    p, groups = run.p, run.groups
    rows, part = _known_crews(run, int(run.cases.id[row]), g)
    prob = np.array([p[f"network_arrest_{role}"] for role in ROLES])
    taken = _strike(run, rows, prob, "network")
    full = np.full(rows.size, p["network_stock_share"])
    seize_stock(run, rows, full[:, None] * np.ones(run.world.drugs.n))
    seize_cash(run, rows, np.full(rows.size, p["network_cash_share"]))
    seize_guns(run, rows, np.floor(run.crews.guns[rows] * p["network_gun_share"]).astype(np.int64))
    seize_treasury(run, g, part * p["network_treasury_share"])
    groups.shock[g] = min(1.0, groups.shock[g] + part * p["network_shock"])
    run.crews.pause[rows] += p["network_pause_weeks"] * (0.5 + groups.caution[g])
    run.tally.takedowns[0] += 1
    run.note("takedown", run.names[g], f"{taken} arrested")


def _known_crews(run: Run, identity: int, g: int) -> tuple[NDArray[np.int64], float]:
    """Crews of a group that a network case takes in, and the share of its members who are in them.

    It begins with somebody of one crew and goes on from tie to tie, the most trusted first, until it knows
    `network_reach` people.
    """
    crews = run.crews
    first, last = int(crews.ptr[g]), int(crews.ptr[g + 1])
    if last <= first:
        return np.zeros(0, dtype=np.int64), 0.0
    people = crews.people[first:last].astype(np.float64)
    begin = choose(people, people.sum(), run.draws.scalar("cases/network/entry", identity))
    seen = follow_ties(
        first, last, begin, crews.plaza, crews.at[g], crews.known, crews.trust, people, run.p["network_reach"]
    )
    return first + np.flatnonzero(seen), float(people[seen].sum() / max(people.sum(), 1.0))


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
