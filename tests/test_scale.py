"""People per agent of 50, 100 and 400 agree on headline means (slow)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.model import Model
from sim.outcome import OUTCOMES

pytestmark = pytest.mark.slow

SCALES, SEEDS = (50, 100, 400), range(1, 7)
CONFIDENCE = 0.99


def means(people_per_agent: int, seed: int) -> np.ndarray:
    """Mean over a year of every national headline outcome."""
    model = Model(rng=seed, people_per_agent=people_per_agent, years=1)
    while model.running:
        model.step()
    table = model.record.weekly()
    model.close()
    return table[headlines()].mean().to_numpy()


def headlines() -> list[str]:
    return [name for name, item in OUTCOMES.items() if item.headline and item.level == "national"]


def test_people_per_agent_agree_on_headline_means() -> None:
    """Six replicates of a year each, independent seeds.

    For each pair of scales and each headline outcome the difference of means lies inside the pooled interval for a
    difference, whose confidence of 99 % is that of all pairs and outcomes taken together (Bonferroni).
    """
    runs = {
        scale: np.array([means(scale, seed + 100 * k) for seed in SEEDS]) for k, scale in enumerate(SCALES)
    }
    pairs = [(one, other) for i, one in enumerate(SCALES) for other in SCALES[i + 1 :]]
    names = headlines()
    level = 1.0 - (1.0 - CONFIDENCE) / (len(pairs) * len(names))
    reach = stats.t.ppf(0.5 + 0.5 * level, 2 * len(SEEDS) - 2)
    outside = []
    for one, other in pairs:
        gap = runs[one].mean(axis=0) - runs[other].mean(axis=0)
        pooled = np.sqrt((runs[one].var(axis=0, ddof=1) + runs[other].var(axis=0, ddof=1)) / len(SEEDS))
        for name, difference, error in zip(names, gap, pooled, strict=True):
            print(f"{name:32s} {one:4d} {other:4d} {difference / max(error, 1e-12):8.2f}")
            if abs(difference) > reach * error:
                outside.append(f"{name}: {one} against {other}, {difference / error:.1f} standard errors")
    assert not outside
