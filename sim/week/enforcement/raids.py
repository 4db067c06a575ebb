"""Raids, searches and stops: what officers on the street find, and what units learn from it. Cases are elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import (
    at_home,
    couriers_caught,
    deal_whole,
    loads_lost,
    operations,
    search_stores,
    take_cash_abroad,
    warm,
)
from sim.kernels_patrol import exposure, take_in
from sim.state.crews import ROLES, TRANSIT
from sim.state.run import Run
from sim.state.seizing import arrest, post_cash, seize_areas, seize_guns, seize_stock
from sim.week.enforcement.patrol import GAIN, Effort
from sim.world.agencies import MANDATES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DRUGS, GUNS, CASH, GROUPS = (MANDATES.index(word) for word in ("drugs", "guns", "cash", "groups"))
USED_FOR = np.array([GROUPS, GROUPS, DRUGS, GUNS])
"""Purposes whose officers raid, arrest on the street, search, and take guns."""


DECISIONS = ("enforce/raid", "enforce/arrest", "enforce/search", "enforce/guns")


def raid_crews(run: Run, effort: Effort) -> Floats:
    """Raids, street arrests, searches and gun seizures at every crew. Returns finds per crew (n,) for learning.

    Exposure of a crew: officers by skill per 1,000 people x (1 - protection) x (1 + knowledge of its group) x tips.
    Source: arrests, guns and seizures of accounts sections 1.2, 3, 4; form is assumption E4.
    """
    crews, p = run.crews, run.p
    arrested, raids, searches, guns = draw_operations(run, _exposure(run, effort))
    total, rows, armed = (np.empty(crews.n, dtype=np.int64) for _ in range(3))
    n, m = warm(
        crews.plaza, crews.members, raids, arrested, guns, p["weeks_per_year"], p["heat_weeks"], crews.heat,
        run.tally.raids[0], total, rows, armed,
    )  # fmt: skip
    arrest(run, rows[:n], arrested[:n])
    searches = _search(run, searches)
    seize_guns(run, armed[:m], guns[:m])
    _us_cash(run, effort)
    return (total + raids + searches).astype(np.float64)


def draw_operations(run: Run, here: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw arrests (n, roles), raids (n,), searches (n,) and guns (n, types) for effort `here` (n, mandates)."""
    crews, draws = run.crews, run.draws
    rates, cell, by_raid, by_street = run.keep("rates of operations", run.p.version, lambda: _rates(run))
    arrested, taken = np.empty_like(crews.members), np.empty_like(crews.guns)
    raids, searches = np.empty(crews.n, dtype=np.int64), np.empty(crews.n, dtype=np.int64)
    operations(
        run.groups.id[crews.group],
        crews.plaza,
        crews.members,
        crews.guns,
        here,
        USED_FOR,
        rates,
        _abroad(run),
        cell,
        by_raid,
        by_street,
        draws.keys(DECISIONS),
        draws.week_word,
        arrested,
        raids,
        searches,
        taken,
    )
    return arrested, raids, searches, taken


def _abroad(run: Run) -> NDArray[np.bool_]:
    """Which plazas are in the United States, (P,)."""
    return run.keep("plazas abroad", 0, lambda: run.world.plazas.hub_area >= 0)


def _rates(run: Run) -> tuple[Floats, float, Floats, Floats]:
    """Rates of raids, street arrests, searches and seizures of guns by country, (4, 2); people whom a raid reaches;
    and how far a raid and the street reach each role, (roles,) each."""
    p, kinds = run.p, ("raid", "street_arrest", "gun_seizure")
    rates = [[p[f"{kind}_rate_mx"], p[f"{kind}_rate_us"]] for kind in kinds]
    rates.insert(2, [p["search_rate"]] * 2)
    return np.array(rates), p["raid_cell"], p.by("raid_arrest", ROLES), p.by("street_visibility", ROLES)


def _exposure(run: Run, effort: Effort) -> Floats:
    """Effort by purpose that meets each crew, (n, M): that of its place, by knowledge, tips and bought protection."""
    crews, p, extra = run.crews, run.p, run.extra
    out = np.empty((crews.n, len(MANDATES)))
    exposure(
        crews.group, crews.plaza, extra["beat.ptr"], extra["beat.unit"], effort.beat, effort.density,
        run.units.intelligence, crews.protection, run.plazas.reporting, p["reporting_usual"],
        p["reporting_elasticity"], p["protection_effect"], p["knowledge_effect"], out,
    )  # fmt: skip
    return out


def _search(run: Run, found: Ints) -> Ints:
    """Searches of stores, labs and roads: each takes part of a crew's stock. Returns those that found any (n,)."""
    crews, p = run.crews, run.p
    rows, share = np.empty(crews.n, dtype=np.int64), np.empty(crews.pure.shape)
    find = p.by("search_find", run.world.drugs.names)
    n = search_stores(found, crews.pure, p["search_share"], find, rows, share)
    seize_stock(run, rows[:n], share[:n])
    return found


def _us_cash(run: Run, effort: Effort) -> None:
    """Cash of crews found inside the United States: at hubs by the effort there, for the rest by the mean effort."""
    crews, p = run.crews, run.p
    abroad = _abroad(run)
    at_hubs, people = run.keep("people at hubs", 0, lambda: _people_at_hubs(run))
    level = effort.density[:, CASH] * (p["us_cash_share"] / p["effort_reference_cash_us"])
    mean = float((level[at_hubs] * people).sum() / people.sum())
    usd = take_cash_abroad(
        run.groups.id, crews.group, crews.plaza, crews.cash, level, abroad, mean, p["seizure_spread"],
        *run.draws.key("enforce/cash"), run.draws.week_word, run.tally.cash_inland[0],
    )  # fmt: skip
    post_cash(run, usd)


def _people_at_hubs(run: Run) -> tuple[Ints, Floats]:
    """Plazas in the United States and the people there, (hubs,) each."""
    hubs = np.flatnonzero(_abroad(run))
    return hubs, run.world.plazas.population[hubs]


def seize_in_us(run: Run, effort: Effort) -> None:
    """Interior seizures: a share of what arrives in each area, by effort there over the reference.

    Source: accounts section 1.2, seized inside the US over delivered; spread is assumption E4.
    """
    p, hubs = run.p, run.world.areas.hub_plaza
    level = effort.density[hubs, DRUGS] / p["effort_reference_us"]
    sigma = p["seizure_spread"]
    area, drug = run.keep("areas and drugs", 0, lambda: _areas_and_drugs(run))
    luck = run.draws.lognormal("enforce/interior", area, drug, mean=-0.5 * sigma**2, sigma=sigma)
    share = p.by("interior_share", run.world.drugs.names)
    seize_areas(run, run.areas.arrivals * share * level[:, None] * luck.reshape(hubs.size, -1))


def _areas_and_drugs(run: Run) -> tuple[Ints, Ints]:
    """Row of the area and of the drug of every pair, (areas x drugs,) each."""
    n, drugs = run.areas.n, run.world.drugs.n
    return np.repeat(np.arange(n), drugs), np.tile(np.arange(drugs), n)


def arrest_couriers(run: Run) -> None:
    """Couriers of loads found at the border this week who are members are arrested there, into US custody.

    By group: Poisson of loads found x share of couriers who are members; they are transit members from Mexico.
    Source: assumption E9.
    """
    groups, crews, tally, draws = run.groups, run.crews, run.tally, run.draws
    lost, caught = np.empty(groups.n), np.empty(groups.n, dtype=np.int64)
    loads_lost(groups.lost, tally.hits[0], tally.seized[0], crews.ptr, lost)
    key, share = draws.key("enforce/couriers"), run.p["courier_member_share"]
    if not couriers_caught(lost, share, groups.id, *key, draws.week_word, caught):
        return
    rows, home = np.empty(crews.n, dtype=np.int64), np.empty(crews.n)
    have = np.zeros(groups.n, dtype=np.int64)
    n = at_home(crews.group, crews.plaza, caught, crews.members, TRANSIT, _abroad(run), rows, home, have)
    rows = rows[:n]
    offset = draws.uniform("enforce/courier-home", groups.id)
    owner = crews.group[rows].astype(np.int64)
    taken = deal_whole(np.minimum(caught, have), owner, home[:n], offset)
    chosen = np.flatnonzero(taken)
    arrested = np.zeros((chosen.size, len(ROLES)), dtype=np.int64)
    arrested[:, TRANSIT] = taken[chosen]
    arrest(run, rows[chosen], arrested, in_us=True)


def learn_from_finds(run: Run, effort: Effort, finds: Floats) -> None:
    """Credit finds to the units that were there: beliefs about places and intelligence about groups.

    A visited place: P <- (1 - g v) P + g v (1 - exp(-own finds)), v the chance that it was visited; others keep theirs.
    Source: doi:10.1073/pnas.1812459116 (restated per week, g 0.6 a month is 0.19).
    """
    crews, units, extra = run.crews, run.units, run.extra
    found = np.zeros(units.n)
    take_in(
        crews.group, crews.plaza, finds, extra["beat.ptr"], extra["beat.plaza"], extra["beat.unit"], effort.beat,
        extra["beat.visited"], run.p["find_informs"], units.skill, run.levers[GAIN], run.world.units0.country,
        units.intelligence, units.belief, found,
    )  # fmt: skip
    units.hits += (found - units.hits) / run.p["heat_weeks"]
