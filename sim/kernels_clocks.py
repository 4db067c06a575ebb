"""Clocks of events, compiled: a unit-exponential threshold of a hazard summed over time, and which event has come.

They know no table and no state. Source: random time change, Anderson 2007, doi:10.1063/1.2799998.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.streams import u32


@kernel
def new_clock(word):  # type: ignore[no-untyped-def]
    """Return a unit-exponential clock from a word of 32 bits, monotone in it.

    Single precision is enough: a clock that runs out within N weeks of hazard h is not above N h, so that h is taken
    off it to N parts in 2**24.
    """
    return np.float32(-math.log1p(-u32(word)))


@kernel
def relapse_share(weeks, late, fade):  # type: ignore[no-untyped-def]
    """Return the relapse hazard over its value in week 0: it falls with e-folding time `fade` to the share `late`."""
    return late + (1.0 - late) * math.exp(-weeks / fade)


@kernel
def _cause(x, head, rates):  # type: ignore[no-untyped-def]
    """Return the first cause whose cumulative hazard exceeds x, the hazard of cause 0 being `head`."""
    last, total = 0, head
    for k in range(1, rates.size):
        if x < total:
            break
        if rates[k] > 0.0:
            last = k
        total += rates[k]
    return last


@kernel
def why(word, rates, fallen):  # type: ignore[no-untyped-def]
    """Return the cause of leaving a state, or -1 where the hazard that rang was only the most it could be.

    rates (causes,): that of cause 0 has fallen to the share `fallen` while the clock ran at its full value. Accepted
    with (1 - exp(-actual)) / (1 - exp(-full)), the chance of the event in a week is 1 - exp(-actual). Source: thinning,
    Lewis & Shedler 1979, doi:10.1002/nav.3800260304.
    """
    full, head, u = rates.sum(), rates[0] * fallen, u32(word)
    actual = full - rates[0] + head
    if fallen < 1.0:
        u *= math.expm1(-full) / math.expm1(-actual)
    return _cause(u * actual, head, rates) if u < 1.0 else -1
