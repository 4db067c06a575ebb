"""Agreements: how a deal comes into force, and what a deal in force puts to work. It changes no outcome.

A deal on violence, guns, drugs or migration also opens intelligence and joint cases to the units of that mandate:
those read `relations.in_force` where they share and where they join.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.levers import Press
from sim.state.governments import ISSUES, MX, US
from sim.state.run import Run

Floats = NDArray[np.float64]
STEPS_OF_FORCE, NOTHING = 20.0, 1e-3
"""A deal is put to work in twentieths, so that what follows from levers is not worked out anew each week; and below
which degree it has lapsed."""
VEHICLES = 2
"""Last kind of lane whose traffic is vehicles."""


def carry_out(run: Run) -> None:
    """What was agreed comes into force over months and lapses within weeks; seized guns are counted for tracing.

    in force += (agreed - in force) / weeks. Source: assumption A6. Seized: a running mean as seen, and its level at
    the end of the spin-up.
    """
    relations, p = run.relations, run.p
    agreed, force = relations.agreed[0], relations.in_force[0]
    weeks = np.where(agreed > force, p["agreement_weeks"], p["agreement_end_weeks"])
    force += (agreed - force) / np.maximum(1.0, weeks)
    force[(agreed == 0.0) & (force < NOTHING)] = 0.0
    guns = run.extra["deals.guns_seized"]
    guns[0] += (run.seen.guns_seized[0] - guns[0]) / p["trace_weeks"]
    if run.week < 0:
        guns[1] = guns[0]


def agreement_presses(run: Run) -> list[tuple[str, Press]]:
    """What deals in force put to work this week, as presses of levers.

    The ports of the data are those of a deal on trade in force, under which each side recognises the carriers that the
    other has certified: where it lapses, those who enrolled by that fall out of the trusted lanes. Assumption A7.
    """
    force = np.round(run.relations.in_force[0] * STEPS_OF_FORCE) / STEPS_OF_FORCE
    guns, drugs, trade = (float(force[ISSUES.index(issue)]) for issue in ("guns", "drugs", "trade"))
    presses: list[Press] = []
    if guns > 0.0:
        presses += [
            Press("outbound_checks", "add", guns * joint_checks(run)),
            Press("straw_enforcement", "add", traced_effort(run, guns)),
        ]
    if drugs > 0.0:
        presses.append(Press("precursor_seized", "add", watched_precursors(run, drugs)))
    if trade < 1.0 and run.week >= 0:
        unrecognised = run.p["recognised_share"] * (1.0 - trade)
        presses.append(Press("trusted_share", "scale", 1.0 - unrecognised))
    return [("agreement", item) for item in presses]


def joint_checks(run: Run) -> Floats:
    """Share of southbound crossings at ports that officers lent by southern customs can check besides, (S,).

    Officers x checks each makes a week / vehicles a week, as many vehicles going south as north. Assumption A7.
    """
    return run.keep("joint_checks", run.p.version, lambda: _joint_checks(run))


def _joint_checks(run: Run) -> Floats:
    lanes, ports = run.world.lanes, run.world.sites.kind == 0
    vehicles = lanes.traffic_per_week[lanes.kind <= VEHICLES].sum()
    checks = run.p["joint_outbound_officers"] * run.p["outbound_checks_per_officer"]
    return np.where(ports, min(1.0, checks / vehicles), 0.0)


def traced_effort(run: Run, force: float) -> float:
    """Effort against straw purchase that traces of guns seized in the south add, over that of the status quo.

    A share of cases begins with a trace. Leads are guns seized x the share that is handed over for tracing, which a
    deal raises from what agencies do anyway to all: s ((floor + (1 - floor) force) seized / (floor usual) - 1).
    Source: assumption A7.
    """
    seized, usual = run.extra["deals.guns_seized"]
    floor = max(run.p["cooperation_unagreed"], 0.05)
    if usual <= 0.0:
        return 0.0
    leads = (floor + (1.0 - floor) * force) * seized / (floor * usual)
    return round(max(0.0, run.p["trace_case_share"] * (leads - 1.0)), 2)


def watched_precursors(run: Run, force: float) -> float:
    """Share of precursors found besides, since the north names suspect shipments to customs of the south.

    Shipments named x force x trust between northern investigators and southern customs x what is not found yet; told
    as far as trusted. Source: assumption A7.
    """
    agencies = run.world.agencies
    named = agencies.of_kind("investigators", US)
    told = agencies.of_kind("customs", MX)
    trust = float(run.relations.agency_trust[0][np.ix_(named, told)].mean())
    return round((1.0 - run.p["precursor_seized"]) * run.p["precursor_watch"] * force * trust, 3)
