"""Every switch of structure changes the run, and every side of it runs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from sim.model import Model
from sim.parameters import parameter_table
from tests.unspun import unspun

SWITCHES = {name: row for name, row in parameter_table().items() if row.is_switch}
SIDES = [(name, side) for name, row in SWITCHES.items() for side in row.choices if side != row.default]
WEEKS = 8


@lru_cache(maxsize=1)
def usual() -> np.ndarray:
    return history()


def history(**switches: str) -> np.ndarray:
    """National outcomes of a few weeks after a short spin-up, in which leaders fall, (weeks, outcomes).

    More naloxone kits than the status quo: both sides of its effect are solved to agree there.
    """
    with unspun(26):
        model = Model(
            rng=5, people_per_agent=1000, years=(WEEKS + 0.5) / 52.1775, naloxone_kits_base=600.0, **switches
        )
    model.run.groups.removed[model.run.alive[:20]] = True
    while model.running:
        model.step()
    assert model.week >= WEEKS
    return model.record.weekly().to_numpy()


def test_there_are_switches_and_their_defaults_are_choices() -> None:
    assert SWITCHES
    assert all(row.default in row.choices and len(row.choices) > 1 for row in SWITCHES.values())


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_each_side_runs_and_changes_the_run(name: str, side: str) -> None:
    other = history(**{name: side})
    assert np.isfinite(other).any(axis=0).all()
    assert not np.array_equal(other, usual(), equal_nan=True)


def test_the_same_side_said_aloud_changes_nothing() -> None:
    stated = {name: str(row.default) for name, row in SWITCHES.items()}
    np.testing.assert_array_equal(history(**stated), usual())
