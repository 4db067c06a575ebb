"""What units are and know: officers, integrity, beats, intelligence. It places nobody and arrests nobody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import remember
from sim.levers import lever
from sim.state.governments import ISSUES
from sim.state.run import Run

Floats = NDArray[np.float64]

PATROLLING = ("police", "forces", "investigators")
"""Kinds of agency whose officers can be placed against groups; the others work at the border or on cases."""
INVESTIGATING = ("investigators", "finance")
"""Kinds of agency that keep sources and files."""
POSTS = ("ports", "border", "sea")
"""Kinds of agency that man the border, in the order of `sites.kind`."""

EFFORT = lever(
    "agency_effort",
    unit="ratio",
    axes=("agency",),
    low=0,
    high=10,
    base=lambda run: 1.0,
    doc="officers that an agency can place against groups, over the status quo",
    reader="sense",
)
INTEGRITY = lever(
    "agency_integrity",
    unit="1",
    axes=("agency",),
    low=0,
    high=1,
    base=lambda run: run.world.agencies.integrity,
    doc="mean integrity of an agency (illustrative)",
    reader="sense",
)


def start_beats(run: Run) -> None:
    """List the pairs of unit and plaza where a unit works, by plaza: its state's, or its whole country's."""
    units, plazas, agencies = run.world.units0, run.world.plazas, run.world.agencies
    kinds = np.array(agencies.kind)[units.agency]
    abroad = plazas.hub_area >= 0
    pairs = []
    for u in np.flatnonzero(np.isin(kinds, PATROLLING)).tolist():
        own = abroad == bool(units.country[u])
        if units.state[u] >= 0:
            own = own & (plazas.state == units.state[u])
        pairs.append(np.stack([np.flatnonzero(own), np.full(int(own.sum()), u)]))
    plaza, unit = np.concatenate(pairs, axis=1)
    order = np.lexsort((unit, plaza))
    run.extra["beat.plaza"], run.extra["beat.unit"] = plaza[order], unit[order]
    run.extra["beat.ptr"] = np.searchsorted(plaza[order], np.arange(plazas.n + 1)).astype(np.int64)
    people = plazas.population[plaza[order]]
    run.extra["beat.people"] = (
        people / np.bincount(unit, plazas.population[plaza], minlength=units.n)[unit[order]]
    )
    run.units.belief[unit, plaza] = run.p["belief_start"]
    investigates = np.isin(kinds, INVESTIGATING)
    run.extra["unit.craft"] = np.where(investigates, 1.0, run.p["source_share_other"])


def update_units(run: Run) -> None:
    """Officers and integrity of each unit, from its agency's levers; trust between agencies returns to its rest."""
    start, units = run.world.units0, run.units
    units.officers[:] = start.effort_officers * run.levers[EFFORT][start.agency]
    shift = run.levers[INTEGRITY] - run.world.agencies.integrity
    units.integrity[:] = np.clip(start.integrity + shift[start.agency], 0.0, 1.0)
    run.sites.integrity[:] = run.levers[INTEGRITY][_agency_of_posts(run)]
    trust = run.relations.agency_trust[0]
    trust += run.p["agency_trust_recovery"] * (run.p["agency_trust_start"] - trust)


def _agency_of_posts(run: Run) -> NDArray[np.int64]:
    """Agency that mans each crossing site: a port, a sector between ports or a sea approach, (S,)."""
    kinds = list(run.world.agencies.kind)
    return np.array([kinds.index(kind) for kind in POSTS])[run.world.sites.kind]


def share_intelligence(run: Run) -> None:
    """Intelligence decays, grows by sources where a group is seen and people report, and is shared as far as trusted.

    Visible is prominence / (prominence + half), what the news and the counts show; never the true size.
    """
    units, start = run.units, run.world.units0
    prominence = run.seen.prominence[0]
    visible = np.where(run.groups.alive, prominence / (prominence + run.p["prominence_half"]), 0.0)
    source = run.p["source_rate"] * units.skill * run.extra["unit.craft"] * _reports(run)
    remember(
        units.intelligence,
        start.agency,
        sharing_trust(run),
        1.0 - run.p["intelligence_decay"],
        run.p["sharing_rate"],
        np.minimum(source, 1.0),
        visible,
    )


def sharing_trust(run: Run) -> Floats:
    """How far each agency (row) is told what each other (column) knows, (K, K) in [0, 1].

    Trust between the agencies; across the border, times what is agreed on violence.
    """
    country = run.world.agencies.country
    across = country[:, None] != country[None, :]
    trust = np.where(across, cooperation(run), 1.0) * run.relations.agency_trust[0]
    np.fill_diagonal(trust, 1.0)
    return np.asarray(trust)


def cooperation(run: Run) -> float:
    """Weight of cooperation across the border in cases, 0 to 1: what agencies do anyway, and what is agreed."""
    agreed = float(run.relations.agreed[0][ISSUES.index("violence")])
    floor = run.p["cooperation_unagreed"]
    return floor + (1.0 - floor) * agreed


def _reports(run: Run) -> Floats:
    """Reports of crimes where each unit works, over the usual share reported, to an elasticity; (U,)."""
    extra = run.extra
    here = extra["beat.people"] * run.plazas.reporting[extra["beat.plaza"]]
    share = np.bincount(extra["beat.unit"], here, minlength=run.units.n)
    share[share <= 0] = run.p["reporting_usual"]
    return np.asarray((share / run.p["reporting_usual"]) ** run.p["reporting_elasticity"])
