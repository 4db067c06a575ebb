"""Integrity inside a force: who is at its low end, what vetting removes, and which agency mans a post.

Integrity of officers is spread normally around the mean of their force, as in the rule of bribes. Values are
illustrative and no finding about any agency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.state.run import Run

Floats = NDArray[np.float64]
POSTS = ("ports", "border", "sea")
"""Kinds of agency that man the border, in the order of `sites.kind`."""


@dataclass(frozen=True)
class Vetted:
    """What checking a whole force does: share of its officers dismissed, and mean integrity of those who stay."""

    dismissed: Floats
    mean: Floats


def vet(mean: Floats | float, spread: float, bar: float, found: float) -> Vetted:
    """Dismiss a share `found` of those below the bar in a normal force N(mean, spread).

    f = Phi(z), z = (bar - mean) / spread; mean below the bar m = mean - spread phi(z) / f; mean of those who stay
    (mean - found f m) / (1 - found f). Source: mean of a truncated normal; assumption A9.
    """
    mean = np.asarray(mean, dtype=float)
    z = (bar - mean) / spread
    below = ndtr(z)
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    gone = found * below
    return Vetted(gone, (mean - found * (mean * below - spread * density)) / np.maximum(1.0 - gone, 1e-9))


def vetting(run: Run, mean: Floats | float) -> Vetted:
    """`vet` with the parameters of the run."""
    p = run.p
    return vet(mean, p["integrity_spread"], p["vetting_bar"], p["vetting_found"])


def agency_of_posts(run: Run) -> NDArray[np.int64]:
    """Agency that mans each crossing site: a port, a sector between ports or a sea approach, (S,)."""
    kinds = list(run.world.agencies.kind)
    return run.keep(
        "agency of posts", 0, lambda: np.array([kinds.index(kind) for kind in POSTS])[run.world.sites.kind]
    )


def tell_abroad(run: Run, agency: int) -> None:
    """A scandal of an agency: all agencies of the other country lose a share of their trust in it, at once."""
    country, trust = run.world.agencies.country, run.relations.agency_trust[0]
    abroad = np.flatnonzero(country != country[agency])
    trust[agency, abroad] *= 1.0 - run.p["trust_lost_by_scandal"]
    trust[abroad, agency] = trust[agency, abroad]
