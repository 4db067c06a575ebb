"""Every pattern of the lab holds by its own rule, fails for the null arm and goes with its mechanism."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.lab.patterns import Pattern, measure, patterns
from sim.lab.patterns._pattern import MOST_NULLS

pytestmark = pytest.mark.patterns
MISSES: dict[str, str] = {
    "few_routes": "use falls 0.6 % with few routes (90 % interval 0.5 to 0.8), 3.8 % with all; few carried 0.32, so "
    "the ratio is 0.50 (routes fixed: 1.0), not below a half. Most of what is left seems to be cocaine, of which so "
    "little is lost that going round a port hardly pays",
}
"""Patterns known to miss, with what was found: a finding, shown on the scorecard, and kept as an expected failure."""


@pytest.mark.parametrize("pattern", patterns().values(), ids=list(patterns()))
def test_pattern(pattern: Pattern, record_property: Any) -> None:
    """A pattern with a pass mark holds, its nulls fail and its knock-out removes it; the others give numbers."""
    found = measure(pattern)
    for name, value in [*found.effect.items(), *((f"knocked_{k}", v) for k, v in found.knock_out.items())]:
        record_property(name, value)
        print(f"{pattern.name}: {name} = {value:.4g}")
    print(f"{pattern.name}: nulls {found.nulls}, {found.verdict}")
    assert all(np.isfinite(value) for value in found.effect.values())
    if pattern.reported:
        assert found.table
        return
    assert found.nulls <= MOST_NULLS
    assert not found.knock_out_holds
    if pattern.name in MISSES and not found.holds:
        pytest.xfail(MISSES[pattern.name])
    assert found.holds
