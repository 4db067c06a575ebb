"""Vetting: agencies check their officers, dismiss who is found unfit, and train others. It arrests nobody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.levers import lever
from sim.state.integrity import vetting
from sim.state.run import Run

Floats = NDArray[np.float64]
LEAST = 1e-6

SHARE = lever(
    "vetting_share",
    unit="1",
    axes=("agency",),
    low=0.0,
    high=1.0,
    base=lambda run: 0.0,
    doc="share of an agency's officers that is kept vetted, beyond the status quo",
    reader="sense",
)
TEAMS = lever(
    "vetted_teams",
    unit="1",
    axes=(),
    low=0.0,
    high=1.0,
    base=lambda run: 0.0,
    doc="share of those on joint cases who were vetted for it",
    reader="enforce",
)


def start_vetting(run: Run) -> None:
    """Nobody is vetted beyond what the integrity of the start stands for."""
    for name in ("vetting.share", "vetting.gap"):
        run.extra[name] = np.zeros(run.world.agencies.n)


def vet_agencies(run: Run, mean: Floats) -> tuple[Floats, Floats] | None:
    """Move vetting a week on; integrity added to each agency and officers missing, (K,) each; None without any.

    share += (wanted - share)+ / vetting weeks, and falls by turnover; those newly vetted lose who is found below the
    bar; gaps fill over months with recruits who pass. The dismissed are missed first: capacity dips. Assumption A9.
    """
    share, gap, wanted = run.extra["vetting.share"], run.extra["vetting.gap"], run.levers[SHARE]
    if not (wanted.any() or share.any() or gap.any()):
        return None
    p, rise = run.p, wanted - share
    newly = np.maximum(rise, 0.0) / p["vetting_weeks"]
    left = vetting(run, mean)
    share += newly + np.minimum(rise, 0.0) / p["vetting_turnover_weeks"]
    gap += newly * left.dismissed - gap / p["vetting_refill_weeks"]
    for column in (share, gap):
        column[column < LEAST] = 0.0
    return share * (left.mean - mean), gap


def team_integrity(run: Run, integrity: Floats) -> Floats:
    """Mean integrity of the members of a joint case from units of given integrity, some of them vetted for it."""
    share = run.levers.scalar(TEAMS)
    return integrity + share * (vetting(run, integrity).mean - integrity) if share > 0.0 else integrity


def team_size(run: Run, integrity: Floats) -> Floats | float:
    """Share of those assigned to joint cases who may work on them once the unfit among them are sent back."""
    share = run.levers.scalar(TEAMS)
    return 1.0 - share * vetting(run, integrity).dismissed if share > 0.0 else 1.0
