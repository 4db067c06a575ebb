"""Mobile teams: part of the checks at ports and of the agents between them, stationed at a site for some weeks.

Teams are moved, never made: what they add at one site is missing at the others. Where the rest of the effort goes is
decided in `sim.state.border`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.kernels_inspection import attention, means
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
    station(teams.site, teams.kind, moved, blind, u, kinds, officers, expected_finds(run))


@kernel
def station(at, kind, moved, blind, u, site_kind, strength, drawn):  # type: ignore[no-untyped-def]
    """Send teams that are `moved` to sites of their kind, in proportion to strength, x `drawn` unless blindly.

    at, changed in place, kind (0 or 1), moved, blind, u (T,); site_kind, strength, drawn (S,). By inverse CDF at u.
    """
    edges = np.empty(strength.size)
    for team in range(at.size):
        if moved[team]:
            whole = 0.0
            for s in range(edges.size):
                if site_kind[s] == kind[team]:
                    whole += strength[s] * (1.0 if blind[team] else drawn[s])
                edges[s] = whole
            at[team] = np.searchsorted(edges / whole, u[team])


def expected_finds(run: Run) -> Floats:
    """How much a site draws teams by belief: 1 at the mean of its lanes' kinds, more where finds are expected, (S,)."""
    fixed, lanes = run.world.lanes, run.lanes
    weight = fixed.traffic_per_week
    away = run.keep("away_from_ports", 0, lambda: (run.world.sites.kind > 0).astype(np.int64))
    centre = means(away[fixed.site], lanes.belief, weight, 2)
    at_site = means(fixed.site, lanes.belief, weight, run.world.sites.n)
    return np.asarray(attention(at_site, centre[away], run.p["belief_weight"]))


def with_teams(run: Run, kind: int, strength: Floats) -> Floats:
    """`strength` of sites (S,) after the mobile share of sites of a kind has gone to where teams are; same sum."""
    mine = run.world.sites.kind == kind
    mobile = np.where(mine, run.p["patrol_mobile_share"] * strength, 0.0)
    at = run.teams.site[run.teams.kind == kind]
    stationed = np.bincount(at, minlength=strength.size) * (mobile.sum() / max(1, at.size))
    return np.asarray(strength - mobile + stationed)
