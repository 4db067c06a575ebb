"""Compiled loops over places: who holds them, where groups go next, who stands beside whom.

They know no table and no parameter by name.
"""

from __future__ import annotations

from sim.compiled import kernel


@kernel
def hold(order, ptr, group, strength, alliance, holder, share, top_crews):  # type: ignore[no-untyped-def]
    """Set who holds each plaza (`holder` row or -1), with what `share` of strength, and by which crew.

    A group holds a plaza with the strength of its allies there (alliance (G, G), 0 or 1); of those who stand equal with
    their allies, the strongest leads, and of equals the first in `order`.
    """
    for plaza in range(ptr.size - 1):
        total, best, own, row = 0.0, 0.0, 0.0, -1
        for a in range(ptr[plaza], ptr[plaza + 1]):
            i = order[a]
            total += strength[i]
            together = strength[i]
            for b in range(ptr[plaza], ptr[plaza + 1]):
                together += alliance[group[i], group[order[b]]] * strength[order[b]] if a != b else 0.0
            if strength[i] > 0.0 and (together > best or (together == best and strength[i] > own)):
                best, own, row = together, strength[i], i
        holder[plaza] = group[row] if row >= 0 else -1
        share[plaza] = best / total if total > 0.0 else 0.0
        top_crews[plaza] = row
