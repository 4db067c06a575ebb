"""The rules of a deal: what a side brings to the table, and which issues are agreed, alone or as one package.

Pure functions of what the sides state; what they state is theirs (`sim.agents.government`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Position:
    """What one side brings to the table. Arrays are (n_issues,), in the unit of `bargain_benefit`."""

    worth: Floats
    """What cooperation on an issue would bring."""
    give: Floats
    """Cost of giving way on it."""
    outside: Floats
    """Disagreement point: what the side has of the issue without a deal; below zero under a threat."""
    floor: Floats
    """Red line: the least gain on an issue that it lives with in a package, <= 0."""
    transferable: float
    """Share of a gain that can be passed to the other side to win it over, [0, 1)."""

    @property
    def gain(self) -> Floats:
        """What a deal on each issue is worth over the disagreement point."""
        return np.asarray(self.worth - self.give - self.outside)

    @property
    def payable(self) -> Floats:
        """The most this side would pass on for a deal on each issue."""
        return np.asarray(self.transferable * np.maximum(self.gain, 0.0))


def takes_alone(own: Position, received: Floats) -> NDArray[np.bool_]:
    """Issues (n,) a side takes one by one: it gains with what it is paid, and its red line is not for sale."""
    return np.asarray((own.gain + received > 0.0) & (own.gain >= own.floor))


def takes_package(own: Position, links: float, offset: float) -> bool:
    """Whether a side takes all issues as one: sum of gains - c n (n - 1) / 2 > 0 and none below its red line.

    links: c n (n - 1) / 2; offset: how far gains on one issue make up for losses on another (1: fully).
    Source: Tollison & Willett 1979, doi:10.1017/S0020818300027417.
    """
    gain = own.gain
    pooled = np.minimum(gain, 0.0).sum() + offset * np.maximum(gain, 0.0).sum()
    return bool(pooled - links > 0.0 and (gain >= own.floor).all())


def link_cost(c: float, n: int) -> float:
    """Cost of linking n issues, c n (n - 1) / 2: one c for every pair. Source: doi:10.1017/S0020818300027417."""
    return c * n * (n - 1) / 2.0


def agreed_alone(a: Position, b: Position) -> NDArray[np.bool_]:
    """Issues (n,) agreed one by one; the side that gains pays as far as the other needs it and it can.

    Payments stay inside an issue: without them (transferable 0) both must gain by themselves.
    """
    return takes_alone(a, b.payable) & takes_alone(b, a.payable)


def agreed_linked(a: Position, b: Position, links: float, offset: float) -> NDArray[np.bool_]:
    """Issues (n,) agreed as one package: all of them, or none, since a failed package blocks every issue in it."""
    both = takes_package(a, links, offset) and takes_package(b, links, offset)
    return np.full(a.gain.shape, both)


def suspicion(trust: float, third_party: float) -> float:
    """How wary the sides are of each other, 0 to 1.5: less with trust, and less with a guarantor. Assumption A5."""
    return (1.5 - trust) * (1.0 - third_party)
