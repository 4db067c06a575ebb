"""What units are and know: officers, integrity, beats, intelligence. It places nobody and arrests nobody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_enforcement import remember
from sim.kernels_patrol import report
from sim.levers import lever
from sim.state.integrity import agency_of_posts
from sim.state.run import Run
from sim.week.enforcement.patrol import ISSUES_OF_MANDATES
from sim.week.enforcement.vetting import start_vetting, vet_agencies

Floats = NDArray[np.float64]

PATROLLING = ("police", "forces", "investigators")
"""Kinds of agency whose officers can be placed against groups; the others work at the border or on cases."""
INVESTIGATING = ("investigators", "finance")
"""Kinds of agency that keep sources and files."""

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
    start_vetting(run)


def update_units(run: Run) -> None:
    """Officers and integrity of each unit, from its agency's levers and vetting; trust between agencies returns."""
    start, units, mean = run.world.units0, run.units, run.levers[INTEGRITY]
    units.officers[:] = start.effort_officers * run.levers[EFFORT][start.agency]
    vetted = vet_agencies(run, mean)
    if vetted is not None:
        mean = np.clip(mean + vetted[0], 0.0, 1.0)
        units.officers *= 1.0 - vetted[1][start.agency]
    shift = mean - run.world.agencies.integrity
    units.integrity[:] = np.clip(start.integrity + shift[start.agency], 0.0, 1.0)
    run.sites.integrity[:] = mean[agency_of_posts(run)]
    trust = run.relations.agency_trust[0]
    trust += run.p["agency_trust_recovery"] * (resting_trust(run) - trust)


def resting_trust(run: Run) -> Floats | float:
    """What trust between agencies returns to: that of the start, and of the rest a share where both are vetted.

    start + (1 - start) w v_a v_b, (K, K). Source: assumption A9.
    """
    rest, vetted = run.p["agency_trust_start"], run.extra["vetting.share"]
    if not vetted.any():
        return rest
    return rest + (1.0 - rest) * run.p["vetting_trust"] * np.multiply.outer(vetted, vetted)


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

    Trust between the agencies; across the border, times the mean cooperation on the issues of the mandates that both
    have: a deal on one issue opens the files of its mandate alone. Without a mandate in common nothing is told.
    """
    across, shared = run.keep("mandates in common", 0, lambda: _in_common(run))
    by_mandate = cooperation(run)[ISSUES_OF_MANDATES]
    trust = np.where(across, shared @ by_mandate, 1.0) * run.relations.agency_trust[0]
    np.fill_diagonal(trust, 1.0)
    return np.asarray(trust)


def _in_common(run: Run) -> tuple[NDArray[np.bool_], Floats]:
    """Which pairs of agencies are of two countries, (K, K); and each mandate's share of those they have in common.

    (K, K, 5), zeros where there is none.
    """
    agencies = run.world.agencies
    both = (agencies.mandate[:, None] & agencies.mandate[None, :]).astype(float)
    across = agencies.country[:, None] != agencies.country[None, :]
    return across, both / np.maximum(both.sum(axis=2, keepdims=True), 1.0)


def cooperation(run: Run) -> Floats:
    """Cooperation across the border by issue, (n_issues,) in [0, 1]: what agencies do anyway, and deals in force."""
    floor = run.p["cooperation_unagreed"]
    return np.asarray(floor + (1.0 - floor) * run.relations.in_force[0])


def _reports(run: Run) -> Floats:
    """Reports of crimes where each unit works, over the usual share reported, to an elasticity; (U,)."""
    extra, p, out = run.extra, run.p, np.empty(run.units.n)
    report(
        extra["beat.plaza"],
        extra["beat.unit"],
        extra["beat.people"],
        run.plazas.reporting,
        p["reporting_usual"],
        p["reporting_elasticity"],
        out,
    )
    return out
