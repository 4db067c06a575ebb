"""The narrow door to Mesa: what differs between Mesa 3.3 and the newest 3.x, and the traps of both.

Everything else of Mesa that the project uses works alike in all of them. See docs/odd.md for what Mesa does here.
"""

from __future__ import annotations

import itertools
import weakref
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np
from mesa.discrete_space import OrthogonalMooreGrid

WIDTH, HEIGHT = 46, 40


class _WeakCounters(weakref.WeakKeyDictionary):  # type: ignore[type-arg]
    """Counters of agent numbers by model that do not keep the model alive."""

    def __getitem__(self, model: mesa.Model) -> Any:
        try:
            return super().__getitem__(model)
        except KeyError:
            self[model] = itertools.count(1)
            return super().__getitem__(model)


if isinstance(getattr(mesa.Agent, "_ids", None), defaultdict):
    mesa.Agent._ids = _WeakCounters()  # Mesa 3.3 would keep every model with agents for ever


def weekly_values(names: Sequence[str]) -> mesa.DataCollector:
    """Mesa's collector of the national values of a model that has just recorded a week in `record.row`."""
    return mesa.DataCollector(model_reporters={name: _reporter(at) for at, name in enumerate(names)})


def _reporter(at: int) -> Any:
    return lambda model: model.record.row[at] if model.record.row else None


def seed_of(rng: Any) -> int:
    """The replicate seed as an int, from what Mesa's tools pass as `rng`.

    Accepts an int, its text (SolaraViz hands over what was typed), None (0), a SeedSequence or a Generator.
    Raises ValueError for a text that is no whole number.
    """
    if rng is None:
        return 0
    if isinstance(rng, np.random.SeedSequence):
        return int(rng.generate_state(1, np.uint64)[0] >> np.uint64(1))
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63 - 1))
    return int(rng)


def without_mesa_words(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Drop what Mesa 3.5 pushes into the keywords of a model on Reset."""
    return {key: value for key, value in kwargs.items() if key != "scenario"}


def new_grid(model: mesa.Model, layers: dict[str, np.ndarray]) -> OrthogonalMooreGrid:
    """The two-country grid with property layers; each layer has shape (46, 40), x first."""
    grid = OrthogonalMooreGrid((WIDTH, HEIGHT), torus=False, capacity=None, random=model.random)
    for name, values in layers.items():
        grid.create_property_layer(name, default_value=0.0, dtype=float)
        getattr(grid, name).data[:] = values
    return grid


def release(model: mesa.Model) -> None:
    """Let go of all agents of a model that is done; dropping the model is enough to free it."""
    model.remove_all_agents()
