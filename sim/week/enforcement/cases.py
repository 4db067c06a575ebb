"""Cases: investigations of leaders, networks and finances. They need officers, intelligence, time, and partners' trust.

It opens and works cases; how they end is in `endings`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_cases import assign, count_running, go_on
from sim.levers import lever
from sim.state.governments import ISSUES, MX, US
from sim.state.run import Run
from sim.state.units import CASE_KINDS as KINDS
from sim.state.units import FINANCE, LEADER, NETWORK
from sim.week.enforcement.patrol import ISSUE_OF
from sim.week.enforcement.sensing import cooperation
from sim.week.enforcement.vetting import TEAMS, team_size
from sim.world.agencies import MANDATES

Floats = NDArray[np.float64]
EVERYONE = -1.0
"""Instead of a share who work alone: all officers of both sides work on the same cases."""


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
HIRED = lever(
    "case_officers_hired",
    unit="officers",
    axes=("country",),
    low=0,
    high=40000,
    base=lambda run: 0.0,
    doc="officers on cases whom programmes pay; the others on cases are missing on patrol",
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


def start_leads(run: Run) -> None:
    """Say which units can lead a case of each kind: federal, with files, and with the mandate."""
    agencies = run.world.agencies
    federal = np.array([level == "federal" for level in agencies.level])
    able = []
    for kind in (LEADER, NETWORK, FINANCE):
        wanted = ("finance", "investigators") if kind == FINANCE else ("investigators",)
        files = np.array([own in wanted for own in agencies.kind])
        mandate = agencies.mandate[:, MANDATES.index("cash" if kind == FINANCE else "groups")]
        able.append((federal & files & mandate)[run.world.units0.agency])
    run.extra["unit.leads"] = np.stack(able)


def _leads(run: Run, kind: int, country: int) -> NDArray[np.int64]:
    """Units of a country that can lead a case of a kind now."""
    able = run.extra["unit.leads"][kind] & (run.world.units0.country == country)
    return np.flatnonzero(able & (run.units.officers > 0))


def _assigned(run: Run) -> Floats:
    """Officers assigned to cases by kind and country, (kinds, 2)."""
    return np.array([run.levers[name] for name in OFFICERS])


def _slots(run: Run, assigned: Floats) -> NDArray[np.int64]:
    """How many cases of a kind a country can lead at once with the officers assigned, (kinds, 2)."""
    alone, fit = run.levers.scalar(UNILATERAL), _fit(run)
    key = (run.p.version, assigned.tobytes(), alone, fit.tobytes())
    return run.keep("slots of cases", key, lambda: _slots_of(run, assigned, alone, fit))


def _slots_of(run: Run, assigned: Floats, alone: float, fit: Floats) -> NDArray[np.int64]:
    team = np.array([run.p[f"{kind}_team"] for kind in KINDS])
    slots = assigned / team[:, None]
    slots[LEADER, US] = alone * assigned[LEADER, US] / team[LEADER]
    # both sides staff the team of a network; the country where the group lives leads
    slots[NETWORK] = (assigned[NETWORK] * fit).min() / team[NETWORK], -1.0
    return np.maximum(slots + 1e-9, 0.0).astype(np.int64)


def _fit(run: Run) -> Floats:
    """Share of the officers of each side assigned to joint teams who pass where teams are vetted, (2,): fewer teams."""
    able, units = run.extra["unit.leads"][NETWORK], run.units
    fit = np.ones(2)
    if run.levers.scalar(TEAMS) > 0.0:
        for side in (MX, US):
            own = able & (run.world.units0.country == side)
            fit[side] = np.average(team_size(run, units.integrity[own]), weights=units.officers[own] + 1e-9)
    return fit


def joint_prob(run: Run, lead: int, partner: int, kind: int = NETWORK) -> float:
    """Chance that a partner unit joins: readiness x trust between the agencies x cooperation on the case's issue."""
    agency = run.world.units0.agency
    trust = float(run.relations.agency_trust[0][agency[lead], agency[partner]])
    issue = ISSUES.index(ISSUE_OF["cash" if kind == FINANCE else "groups"])
    return run.levers.scalar(READINESS) * trust * float(cooperation(run)[issue])


def open_cases(run: Run) -> None:
    """Fill free places for cases with targets that are seen and known.

    A target is drawn by prominence x (floor + intelligence) x lever weight. Source: assumption E5.
    """
    _drop_dead(run)
    slots, cases, running = _slots(run, _assigned(run)), run.cases, np.zeros((len(KINDS), 2), dtype=np.int64)
    count_running(cases.kind, cases.unit, run.world.units0.country, running)
    free = (slots - running).tolist()
    for kind in (LEADER, NETWORK, FINANCE):
        for country in (MX, US):
            for place in range(free[kind][country]):
                _open_one(run, kind, country, place)


def _drop_dead(run: Run) -> None:
    """Close cases whose group is gone, that have run too long, or that nobody works on."""
    cases = run.cases
    if cases.n == 0:
        return
    keep = go_on(
        cases.kind,
        cases.unit,
        cases.group,
        cases.target_id,
        cases.age,
        run.world.units0.country,
        run.groups.alive,
        run.groups.id,
        _assigned(run),
        run.p["case_weeks_most"],
    )
    if not keep.all():
        cases.take(keep)


def _open_one(run: Run, kind: int, country: int, place: int) -> None:
    """Propose one case; it opens when a target is known well enough and, for a network, when a partner joins."""
    units, draws, cases = run.world.units0, run.draws, run.cases
    word = f"cases/{KINDS[kind]}"
    slot = 1000 * country + place
    if draws.scalar(word + "/open", slot) >= run.p["case_open_prob"]:
        return
    leads = _leads(run, kind, country)
    if leads.size == 0:
        return
    lead = int(leads[_pick(run.units.officers[leads], draws.scalar(word + "/lead", slot))])
    weight = _target_weights(run, kind, lead)
    if weight.sum() <= 0:
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
    cases.id[row] = (int(units.id[lead]) * 31 + run.week * 3001 + kind * 1000 + place) % 2**31
    cases.unit[row], cases.partner[row], cases.kind[row] = lead, partner, kind
    cases.group[row], cases.target_id[row] = group, run.groups.id[group]
    cases.joint[row] = partner >= 0
    cases.needed[row] = run.p[f"{KINDS[kind]}_case_needs"] * size
    run.tally.cases_opened[0] += 1
    run.tally.joint_opened[0][kind] += partner >= 0


def _pick(weights: Floats, u: float) -> int:
    """Index drawn by weight with one uniform."""
    running = np.cumsum(weights)
    return min(int(running.searchsorted(u * running[-1], side="right")), len(weights) - 1)


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
    if (value == 1.0).all():
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
    joins = run.draws.scalar(word + "/joins", slot) < joint_prob(run, lead, partner, kind)
    return partner if joins else -1


def staff_cases(run: Run) -> None:
    """Spread the officers assigned over open cases, add their work, and take those who are not hired off the streets.

    A week's work is officers x skill x (floor + (1 - floor) intelligence). Officers beyond those whom programmes pay
    are missing on patrol; officers withdrawn from cases return to it.
    """
    cases, units, p = run.cases, run.units, run.p
    units.on_cases[:] = _off_the_streets(run)
    if cases.n == 0:
        return
    _assign(run)
    _send_back_unfit(run)
    partner = np.maximum(cases.partner, 0)
    known = units.intelligence[cases.unit, cases.group]
    known = np.maximum(known, np.where(cases.joint, units.intelligence[partner, cases.group], 0.0))
    pace = p["case_pace_floor"] + (1.0 - p["case_pace_floor"]) * known
    cases.done += pace * (
        cases.officers * units.skill[cases.unit] + cases.partner_officers * units.skill[partner]
    )
    cases.informed[:] = p["informed_share"] * (cases.officers + cases.partner_officers)
    cases.age += 1


def _assign(run: Run) -> None:
    """Officers of each open case, its own and its partner's: those of a country shared evenly over cases of a kind."""
    cases, p = run.cases, run.p
    alone = np.ones((len(KINDS), 2))
    alone[LEADER, US] = run.levers.scalar(UNILATERAL)
    alone[NETWORK] = EVERYONE
    liaison = np.zeros(len(KINDS))
    liaison[FINANCE] = p["liaison_share"] * p[f"{KINDS[FINANCE]}_team"]
    assigned = _assigned(run)
    assign(
        cases.kind,
        cases.unit,
        cases.joint,
        run.world.units0.country,
        assigned,
        alone,
        _slots(run, assigned),
        liaison,
        cases.officers,
        cases.partner_officers,
    )


def _send_back_unfit(run: Run) -> None:
    """Where teams of joint cases are vetted, those who do not pass are missing in them."""
    if run.levers.scalar(TEAMS) <= 0.0:
        return
    cases, integrity = run.cases, run.units.integrity
    rows = np.flatnonzero(cases.joint)
    cases.officers[rows] *= team_size(run, integrity[cases.unit[rows]])
    cases.partner_officers[rows] *= team_size(run, integrity[cases.partner[rows]])


def _off_the_streets(run: Run) -> Floats:
    """Officers of each unit who are on cases instead of patrols: all but those whom programmes pay, (U,)."""
    assigned, hired, officers = _assigned(run), run.levers[HIRED], run.units.officers
    key = (assigned.tobytes(), hired.tobytes(), officers.tobytes())
    return run.keep("off the streets", key, lambda: _share_out(run, assigned, hired, officers))


def _share_out(run: Run, assigned: Floats, hired: Floats, officers: Floats) -> Floats:
    """Spread those on cases who are not hired, by kind and country, over units that can lead such a case; (U,)."""
    leads = run.extra["unit.leads"][:, None] & (run.world.units0.country == [[MX], [US]])
    every = assigned.sum(axis=0)
    own = assigned * (np.maximum(every - hired, 0.0) / np.maximum(every, 1e-9))
    weight = officers * leads
    share = own[..., None] * weight / np.maximum(weight.sum(axis=2, keepdims=True), 1e-9)
    return np.minimum(share.sum(axis=(0, 1)), officers)
