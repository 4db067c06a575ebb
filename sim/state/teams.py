"""Mobile teams: part of the checks at ports and of the agents between them, stationed at a site for some weeks.

Teams are moved, never made: what they add at one site is missing at the others. Where the rest of the effort goes is
decided in `sim.state.border`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_inspection import attention, ratio, sums
from sim.levers import lever
from sim.state.run import Run

Floats = NDArray[np.float64]
PORT, SECTOR = 0, 1

lever(
    "patrol_rotation", unit="fraction", low=0.0, high=1.0, base=lambda run: run.p["patrol_rotation"],
    doc="chance that a mobile team is moved in a week (0: fixed posts)", reader="cross",
)  # fmt: skip


def move_teams(run: Run) -> None:
    """Each team stays where it is or is moved, by the strength of sites at random, or to where finds are expected."""
    teams, kinds, officers = run.teams, run.world.sites.kind, run.world.sites.officers
    if not teams.n:
        count = int(run.p["mobile_teams"])
        teams.append(2 * count)
        teams.kind[count:] = SECTOR
    ids = np.arange(teams.n)
    moved = run.draws.bernoulli("cross/team-moves", run.levers.scalar("patrol_rotation"), ids)
    moved |= teams.site < 0
    if not moved.any():
        return
    blind = run.draws.bernoulli("cross/team-blind", run.levers.scalar("patrol_random"), ids)
    u = run.draws.uniform("cross/team-site", ids)
    drawn = expected_finds(run)
    for kind in (PORT, SECTOR):
        strength = officers * (kinds == kind)
        for blindly, weight in ((True, strength), (False, strength * drawn)):
            mine = np.flatnonzero(moved & (teams.kind == kind) & (blind == blindly))
            edges = np.cumsum(weight) / weight.sum()
            teams.site[mine] = np.searchsorted(edges, u[mine])


def expected_finds(run: Run) -> Floats:
    """How much a site draws teams by belief: 1 at the mean of its lanes' kinds, more where finds are expected, (S,)."""
    fixed, lanes = run.world.lanes, run.lanes
    weight = fixed.traffic_per_week
    group = np.where(run.world.sites.kind[fixed.site] == 0, 0, 1)
    n = run.world.sites.n
    centre = ratio(sums(group, lanes.belief * weight, 2), sums(group, weight, 2))
    at_site = ratio(sums(fixed.site, lanes.belief * weight, n), sums(fixed.site, weight, n))
    return attention(at_site, centre[(run.world.sites.kind > 0).astype(int)], run.p["belief_weight"])


def with_teams(run: Run, kind: int, strength: Floats) -> Floats:
    """`strength` of sites (S,) after the mobile share of sites of a kind has gone to where teams are; same sum."""
    mine = run.world.sites.kind == kind
    mobile = np.where(mine, run.p["patrol_mobile_share"] * strength, 0.0)
    at = run.teams.site[run.teams.kind == kind]
    stationed = np.bincount(at, minlength=strength.size) * (mobile.sum() / max(1, at.size))
    return np.asarray(strength - mobile + stationed)
