"""Raids, searches and stops: what officers on the street find, and what units learn from it. Cases are elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import give_credit, known_here, take_in
from sim.state.crews import ROLES
from sim.state.run import Run
from sim.state.seizing import arrest, seize_areas, seize_cash, seize_guns, seize_stock
from sim.week.enforcement.patrol import GAIN, Effort
from sim.world.agencies import MANDATES

Floats = NDArray[np.float64]
DRUGS, GUNS, CASH, GROUPS = (MANDATES.index(word) for word in ("drugs", "guns", "cash", "groups"))


def raid_crews(run: Run, effort: Effort) -> Floats:
    """Raids, street arrests, searches and gun seizures at every crew. Returns finds per crew (n,) for learning.

    Exposure of a crew: officers by skill per 1,000 people x (1 - protection) x (1 + knowledge of its group) x tips.
    A raid takes one cell of `raid_cell` people: expected arrests per member do not depend on how people are divided
    into crews. Source: arrests, guns and seizures of accounts sections 1.2, 3, 4; form is assumption E4.
    """
    crews, p = run.crews, run.p
    exposed = _exposure(run, effort)
    here = effort.density[crews.plaza] * exposed[:, None]
    side = (run.world.plazas.hub_area[crews.plaza] >= 0).astype(np.int64)
    arrested, hit = _arrests(run, here[:, GROUPS], side)
    _heat(run, arrested)
    struck = np.flatnonzero(arrested.any(axis=1))
    arrest(run, struck, arrested[struck])
    searches = _search(run, here[:, DRUGS])
    _guns(run, here[:, GUNS] * np.array([p["gun_seizure_rate_mx"], p["gun_seizure_rate_us"]])[side])
    _us_cash(run, effort)
    return np.asarray(arrested.sum(axis=1) + hit + searches, dtype=np.float64)


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


def _arrests(run: Run, here: Floats, side: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Members of each crew arrested by role (n, roles), and raids made (n,)."""
    crews, p = run.crews, run.p
    size = crews.members.sum(axis=1)
    gid = run.groups.id[crews.group]
    raid_rate = np.array([p["raid_rate_mx"], p["raid_rate_us"]])[side]
    street_rate = np.array([p["street_arrest_rate_mx"], p["street_arrest_rate_us"]])[side]
    raids = run.draws.poisson("enforce/raid", raid_rate * here * size / p["raid_cell"], gid, crews.plaza)
    share = np.minimum(1.0, raids * p["raid_cell"] / np.maximum(size, 1))
    by_raid = np.array([p[f"raid_arrest_{role}"] for role in ROLES])
    by_street = np.array([p[f"street_visibility_{role}"] for role in ROLES])
    street = np.exp(-(street_rate * here)[:, None] * by_street)
    prob = 1.0 - (1.0 - share[:, None] * by_raid) * street
    sub = crews.plaza[:, None] * 8 + np.arange(len(ROLES))
    return run.draws.binomial("enforce/arrest", crews.members, prob, gid[:, None], sub), raids


def _heat(run: Run, arrested: NDArray[np.int64]) -> None:
    """Heat of a crew: running share of its members arrested, per year."""
    crews = run.crews
    now = run.p["weeks_per_year"] * arrested.sum(axis=1) / np.maximum(crews.members.sum(axis=1), 1)
    crews.heat += (now - crews.heat) / run.p["heat_weeks"]


def _search(run: Run, here: Floats) -> NDArray[np.int64]:
    """Searches of stores, labs and roads: each that succeeds takes part of a crew's stock. Returns searches (n,)."""
    crews, p = run.crews, run.p
    gid = run.groups.id[crews.group]
    found = run.draws.poisson("enforce/search", p["search_rate"] * here, gid, crews.plaza)
    rows = np.flatnonzero((found > 0) & (crews.pure > 0).any(axis=1))
    share = np.minimum(1.0, found[rows] * p["search_share"])
    seize_stock(run, rows, share[:, None] * p.by("search_find", run.world.drugs.names))
    finds = np.zeros(crews.n, dtype=np.int64)
    finds[rows] = found[rows]
    return finds


def _guns(run: Run, rate: Floats) -> None:
    """Guns of each crew are seized one by one at a weekly hazard (n,)."""
    crews = run.crews
    gid, sub = run.groups.id[crews.group][:, None], crews.plaza[:, None] * 8 + np.arange(crews.guns.shape[1])
    taken = run.draws.binomial("enforce/guns", crews.guns, -np.expm1(-rate)[:, None], gid, sub)
    rows = np.flatnonzero(taken.any(axis=1))
    seize_guns(run, rows, taken[rows])


def _us_cash(run: Run, effort: Effort) -> None:
    """Cash of crews found inside the United States: at hubs by the effort there, for the rest by the mean effort."""
    crews, p, plazas = run.crews, run.p, run.world.plazas
    abroad = plazas.hub_area >= 0
    density = effort.density[:, CASH] / p["effort_reference_cash_us"]
    mean = float(np.average(density[abroad], weights=plazas.population[abroad]))
    level = np.where(abroad[crews.plaza], density[crews.plaza], mean)
    sigma = p["seizure_spread"]
    luck = run.draws.lognormal(
        "enforce/cash", run.groups.id[crews.group], crews.plaza, mean=-0.5 * sigma**2, sigma=sigma
    )
    rows = np.flatnonzero(crews.cash > 0)
    seize_cash(run, rows, np.minimum(1.0, p["us_cash_share"] * level * luck)[rows])


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
    unit, plaza = extra["beat.unit"], extra["beat.plaza"]
    gain = run.levers[GAIN][run.world.units0.country][unit] * extra["beat.visited"]
    belief = units.belief[unit, plaza]
    units.belief[unit, plaza] = belief + gain * (1.0 - np.exp(-own) - belief)
    found = np.zeros(units.n)
    take_in(units.intelligence, learned, run.p["find_informs"] * units.skill, found)
    units.hits += (found - units.hits) / run.p["heat_weeks"]
