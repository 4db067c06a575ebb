"""Raids, searches and stops: what officers on the street find, and what units learn from it. Cases are elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import believe, deal_whole, give_credit, known_here, operations, take_in
from sim.state.crews import ROLES, TRANSIT
from sim.state.run import Run
from sim.state.seizing import arrest, seize_areas, seize_cash, seize_guns, seize_stock
from sim.week.enforcement.patrol import GAIN, Effort
from sim.world.agencies import MANDATES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DRUGS, GUNS, CASH, GROUPS = (MANDATES.index(word) for word in ("drugs", "guns", "cash", "groups"))


DECISIONS = ("enforce/raid", "enforce/arrest", "enforce/search", "enforce/guns")


def raid_crews(run: Run, effort: Effort) -> Floats:
    """Raids, street arrests, searches and gun seizures at every crew. Returns finds per crew (n,) for learning.

    Exposure of a crew: officers by skill per 1,000 people x (1 - protection) x (1 + knowledge of its group) x tips.
    Source: arrests, guns and seizures of accounts sections 1.2, 3, 4; form is assumption E4.
    """
    crews = run.crews
    here = effort.density[crews.plaza] * _exposure(run, effort)[:, None]
    arrested, raids, searches, guns = draw_operations(run, here)
    total = arrested @ np.ones(arrested.shape[1], dtype=np.int64)
    run.tally.raids[0] += np.bincount(crews.plaza, raids, minlength=run.plazas.n)
    _heat(run, total)
    rows = np.flatnonzero(total)
    arrest(run, rows, arrested[rows])
    searches = _search(run, searches)
    rows = np.flatnonzero(guns[:, 0] + guns[:, 1])
    seize_guns(run, rows, guns[rows])
    _us_cash(run, effort)
    return np.asarray(total + raids + searches, dtype=np.float64)


def draw_operations(run: Run, here: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw arrests (n, roles), raids (n,), searches (n,) and guns (n, types) for effort `here` (n, mandates)."""
    crews, p = run.crews, run.p
    side = (run.world.plazas.hub_area[crews.plaza] >= 0).astype(np.int64)
    rates = np.stack(
        [
            np.array([p["raid_rate_mx"], p["raid_rate_us"]])[side] * here[:, GROUPS],
            np.array([p["street_arrest_rate_mx"], p["street_arrest_rate_us"]])[side] * here[:, GROUPS],
            p["search_rate"] * here[:, DRUGS],
            np.array([p["gun_seizure_rate_mx"], p["gun_seizure_rate_us"]])[side] * here[:, GUNS],
        ],
        axis=1,
    )
    arrested, taken = np.empty_like(crews.members), np.empty_like(crews.guns)
    raids, searches = np.empty(crews.n, dtype=np.int64), np.empty(crews.n, dtype=np.int64)
    operations(
        run.groups.id[crews.group],
        crews.plaza,
        crews.members,
        crews.guns,
        rates,
        p["raid_cell"],
        np.array([p[f"raid_arrest_{role}"] for role in ROLES]),
        np.array([p[f"street_visibility_{role}"] for role in ROLES]),
        np.array([run.draws.key(word) for word in DECISIONS], dtype=np.uint64),
        run.draws.week_word,
        arrested,
        raids,
        searches,
        taken,
    )
    return arrested, raids, searches, taken


def _exposure(run: Run, effort: Effort) -> Floats:
    """What makes officers' time count at each crew, (n,), about 1: knowledge, tips, less bought protection."""
    crews, p, extra = run.crews, run.p, run.extra
    known = np.empty(crews.n)
    known_here(
        crews.group,
        crews.plaza,
        extra["beat.ptr"],
        extra["beat.unit"],
        effort.beat,
        run.units.intelligence,
        known,
    )
    tips = (run.plazas.reporting / p["reporting_usual"]) ** p["reporting_elasticity"]
    open_share = 1.0 - p["protection_effect"] * np.clip(crews.protection, 0.0, 1.0)
    return np.asarray(open_share * (1.0 + p["knowledge_effect"] * known) * tips[crews.plaza])


def _heat(run: Run, arrested: Ints) -> None:
    """Heat of a crew: running share of its members arrested, per year; arrested (n,)."""
    crews = run.crews
    size = crews.members @ np.ones(crews.members.shape[1], dtype=np.int64)
    now = run.p["weeks_per_year"] * arrested / np.maximum(size, 1)
    crews.heat += (now - crews.heat) / run.p["heat_weeks"]


def _search(run: Run, found: Ints) -> Ints:
    """Searches of stores, labs and roads: each takes part of a crew's stock. Returns those that found any (n,)."""
    crews, p = run.crews, run.p
    rows = np.flatnonzero(found)
    rows = rows[(crews.pure[rows] > 0).any(axis=1)]
    share = np.minimum(1.0, found[rows] * p["search_share"])
    seize_stock(run, rows, share[:, None] * p.by("search_find", run.world.drugs.names))
    finds = np.zeros_like(found)
    finds[rows] = found[rows]
    return finds


def _us_cash(run: Run, effort: Effort) -> None:
    """Cash of crews found inside the United States: at hubs by the effort there, for the rest by the mean effort."""
    crews, p, plazas = run.crews, run.p, run.world.plazas
    abroad = plazas.hub_area >= 0
    density = effort.density[:, CASH] / p["effort_reference_cash_us"]
    people = plazas.population[abroad]
    mean = float((density[abroad] * people).sum() / people.sum())
    rows = np.flatnonzero(crews.cash > 0)
    plaza = crews.plaza[rows]
    level = np.where(abroad[plaza], density[plaza], mean)
    sigma = p["seizure_spread"]
    luck = run.draws.lognormal(
        "enforce/cash", run.groups.id[crews.group[rows]], plaza, mean=-0.5 * sigma**2, sigma=sigma
    )
    seize_cash(run, rows, np.minimum(1.0, p["us_cash_share"] * level * luck))


def seize_in_us(run: Run, effort: Effort) -> None:
    """Interior seizures: a share of what arrives in each area, by effort there over the reference.

    Source: accounts section 1.2, seized inside the US over delivered; spread is assumption E4.
    """
    p, hubs = run.p, run.world.areas.hub_plaza
    level = effort.density[hubs, DRUGS] / p["effort_reference_us"]
    sigma = p["seizure_spread"]
    drugs = np.arange(run.world.drugs.n)
    luck = run.draws.lognormal(
        "enforce/interior", np.arange(hubs.size)[:, None], drugs[None, :], mean=-0.5 * sigma**2, sigma=sigma
    )
    share = p.by("interior_share", run.world.drugs.names)
    seize_areas(run, run.areas.arrivals * share * level[:, None] * luck)


def arrest_couriers(run: Run) -> None:
    """Couriers of loads found at the border this week who are members are arrested there, into US custody.

    By group: Poisson of loads found x share of couriers who are members; they are transit members from Mexico.
    Source: assumption E9.
    """
    groups, crews, tally = run.groups, run.crews, run.tally
    loads_per_kg = tally.hits[0] / np.maximum(tally.seized[0], 1e-9)
    lost = groups.lost.reshape(groups.n, -1) @ np.ascontiguousarray(loads_per_kg.T).reshape(-1)
    rows = np.flatnonzero(lost)
    caught = np.zeros(groups.n, dtype=np.int64)
    caught[rows] = run.draws.poisson(
        "enforce/couriers", run.p["courier_member_share"] * lost[rows], groups.id[rows]
    )
    home = crews.members[:, TRANSIT] * (run.world.plazas.hub_area[crews.plaza] < 0)
    have = np.bincount(crews.group, home, minlength=groups.n).astype(np.int64)
    offset = run.draws.uniform("enforce/courier-home", groups.id)
    taken = deal_whole(
        np.minimum(caught, have), crews.group.astype(np.int64), home.astype(np.float64), offset
    )
    rows = np.flatnonzero(taken)
    arrested = np.zeros((rows.size, len(ROLES)), dtype=np.int64)
    arrested[:, TRANSIT] = taken[rows]
    arrest(run, rows, arrested, in_us=True)


def learn_from_finds(run: Run, effort: Effort, finds: Floats) -> None:
    """Credit finds to the units that were there: beliefs about places and intelligence about groups.

    A visited place: P <- (1 - g v) P + g v (1 - exp(-own finds)), v the chance that it was visited; others keep theirs.
    Source: doi:10.1073/pnas.1812459116 (restated per week, g 0.6 a month is 0.19).
    """
    crews, units, extra = run.crews, run.units, run.extra
    own, learned = np.zeros(effort.beat.size), np.zeros_like(units.intelligence)
    give_credit(
        crews.group, crews.plaza, extra["beat.ptr"], extra["beat.unit"], effort.beat, finds, own, learned
    )
    gain = run.levers[GAIN][run.world.units0.country]
    believe(extra["beat.plaza"], extra["beat.unit"], gain, extra["beat.visited"], own, units.belief)
    found = np.zeros(units.n)
    take_in(units.intelligence, learned, run.p["find_informs"] * units.skill, found)
    units.hits += (found - units.hits) / run.p["heat_weeks"]
