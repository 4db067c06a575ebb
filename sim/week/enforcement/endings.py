"""How cases end: they leak to their target, fail, or succeed. It arrests and seizes at the end of a case only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import leak_prob
from sim.state.crews import ROLES
from sim.state.governments import MX, US
from sim.state.run import Run
from sim.state.seizing import arrest, seize_cash, seize_guns, seize_stock, seize_treasury
from sim.state.units import LEADER
from sim.week.enforcement.cases import KINDS

Floats = NDArray[np.float64]


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
        _shift_trust(run, row, -p["trust_lost_by_leak"], p["grievance_leak"])
        return
    if run.draws.scalar("cases/success", identity) >= p[f"{KINDS[kind]}_success_prob"]:
        return
    (_capture, _take_down, _forfeit)[kind](run, row, g)
    _shift_trust(run, row, p["trust_won_by_success"], -p["goodwill_success"])


def _shift_trust(run: Run, row: int, change: float, grievance: float) -> None:
    """Move trust between the agencies of a joint case: a share of the way to 1, or of what there is lost.

    The two governments hear of it too: a leak is a grievance, a success is goodwill (below zero). Assumption E6.
    """
    if run.cases.partner[row] < 0:
        return
    run.relations.grievance[0] += grievance
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
