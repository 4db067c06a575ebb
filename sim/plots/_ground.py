"""The ground that maps are drawn on: cells, state lines, where a corridor crosses. It reads the world, nothing else.

Coordinates are columns and rows of the grid (100 km each), x to the east and y to the north. No single port is kept:
a corridor is one place, the mean of its sites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.patches import Rectangle

from sim.plots._style import LAND

SEA_SITE = 2  # the world's code of a sea approach
APART = 3.9  # cells between corridors, so that three arrows fit side by side


@dataclass(frozen=True)
class Ground:
    """Cells (n): x, y, country (0 MX, 1 US), state code. By state code: population. By corridor: x, y, at sea.

    `group_places` holds rows (cell, group name) of the groups' starting places, largest first, or is empty.
    """

    x: np.ndarray
    y: np.ndarray
    country: np.ndarray
    state: np.ndarray
    population: Mapping[str, float]
    corridors: Mapping[str, tuple[float, float, bool]]
    group_places: tuple[tuple[int, str], ...] = ()

    def centre(self, state: str) -> tuple[float, float]:
        """The cell of the state nearest to the middle of its cells."""
        here = np.flatnonzero(self.state == state)
        mid_x, mid_y = self.x[here].mean(), self.y[here].mean()
        best = here[np.argmin((self.x[here] - mid_x) ** 2 + (self.y[here] - mid_y) ** 2)]
        return float(self.x[best]), float(self.y[best])

    def states_of(self, country: int) -> list[str]:
        """Codes of the states with cells in one country."""
        return sorted({str(code) for code in self.state[self.country == country]})


def _crossings(world: Any) -> dict[str, tuple[float, float, bool]]:
    cells, sites, names = world.cells, world.sites, list(world.corridors)
    which = np.asarray(sites.corridor)
    kind = np.asarray(sites.kind)
    places: dict[str, tuple[float, float, bool]] = {}
    for index, name in enumerate(names):
        here = np.flatnonzero((which == index) | (which.astype(str) == str(name)))
        if here.size == 0:
            continue
        pair = np.stack([np.asarray(sites.us_cell)[here], np.asarray(sites.mx_cell)[here]])
        known = pair[pair >= 0]
        x, y = (
            float(np.mean(np.asarray(axis)[known])) if known.size else np.nan for axis in (cells.x, cells.y)
        )
        places[str(name)] = (x, y, bool((kind[here] == SEA_SITE).all()))
    return offshore(places, np.asarray(cells.x), np.asarray(cells.y))


def offshore(
    places: Mapping[str, tuple[float, float, bool]], x: np.ndarray, y: np.ndarray
) -> dict[str, tuple[float, float, bool]]:
    """Move a corridor at sea off the western coast, level with the westernmost land crossing."""
    land = [place for place in places.values() if not place[2]]
    if not land:
        return dict(places)
    west = min(land)
    coast = float(x[np.abs(y - west[1]) <= 2].min())
    moved = {
        name: (coast - 2.6, west[1] - 0.6, True) if place[2] else place for name, place in places.items()
    }
    return _spread(moved)


def _spread(places: dict[str, tuple[float, float, bool]]) -> dict[str, tuple[float, float, bool]]:
    """Push corridors apart along the border until their arrows have room."""
    names = sorted(places, key=lambda name: places[name][0])
    xs = np.array([places[name][0] for name in names])
    for _ in range(60):
        short = np.clip(APART - np.diff(xs), 0, None) / 2
        xs[:-1] -= short
        xs[1:] += short
    return {name: (float(xs[names.index(name)]), y, sea) for name, (_, y, sea) in places.items()}


@lru_cache(maxsize=1)
def ground() -> Ground:
    """The ground of the model's world."""
    from sim.world import world as build

    world = build()
    cells, states = world.cells, world.states
    codes = np.asarray(states.code).astype(str)
    state = np.asarray(cells.state)
    state = codes[state] if np.issubdtype(state.dtype, np.integer) else state.astype(str)
    population = dict(zip(codes, np.asarray(states.population, dtype=float), strict=True))
    return Ground(
        np.asarray(cells.x, dtype=float),
        np.asarray(cells.y, dtype=float),
        np.asarray(cells.country),
        state,
        population,
        _crossings(world),
        _group_places(world),
    )


def _group_places(world: Any) -> tuple[tuple[int, str], ...]:
    """(cell, title) of groups where they start, most people first; an unnamed group has an empty title."""
    groups = world.groups0
    owner = np.repeat(np.arange(len(groups.name)), np.diff(groups.plaza_ptr))
    people = groups.share[owner] * groups.plaza_weight
    cell = np.asarray(world.plazas.cell)[groups.plaza_idx]
    order = np.lexsort((owner, -people))
    return tuple((int(cell[i]), str(groups.title[owner[i]]) if groups.named[owner[i]] else "") for i in order)


def edges(place: Ground, key: np.ndarray) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Segments between neighbouring land cells whose `key` differs."""
    at = {(round(a), round(b)): value for a, b, value in zip(place.x, place.y, key, strict=True)}
    lines = []
    for (a, b), value in at.items():
        if at.get((a + 1, b), value) != value:
            lines.append(((a + 0.5, b - 0.5), (a + 0.5, b + 0.5)))
        if at.get((a, b + 1), value) != value:
            lines.append(((a - 0.5, b + 0.5), (a + 0.5, b + 0.5)))
    return lines


def draw_states(
    ax: Axes,
    place: Ground,
    values: Mapping[str, float],
    country: int,
    shades: Colormap,
    norm: Normalize,
) -> PatchCollection:
    """Shade the cells of one country by the value of their state; states without one stay pale."""
    here = np.flatnonzero(place.country == country)
    tiles = [Rectangle((place.x[i] - 0.5, place.y[i] - 0.5), 1, 1) for i in here]
    seen = np.array([values.get(str(place.state[i]), np.nan) for i in here], dtype=float)
    shades = shades.with_extremes(bad=LAND)
    drawn = PatchCollection(tiles, cmap=shades, norm=norm, linewidths=0.25)
    drawn.set_array(np.ma.masked_invalid(seen))
    drawn.set_edgecolor("face")
    ax.add_collection(drawn)
    return drawn


def draw_lines(ax: Axes, place: Ground, *, state: float = 0.5, border: float = 1.6) -> None:
    """State lines in white, the border between the countries in black, and a plain frame."""
    ax.add_collection(
        LineCollection(edges(place, place.state), colors="white", linewidths=state, capstyle="round")
    )
    ax.add_collection(
        LineCollection(edges(place, place.country), colors="#222222", linewidths=border, capstyle="round")
    )
    ax.set_aspect("equal")
    ax.set_xlim(place.x.min() - 2.5, place.x.max() + 1)
    ax.set_ylim(place.y.min() - 1, place.y.max() + 1)
    ax.axis("off")


def largest_groups(place: Ground) -> dict[int, str]:
    """The first group named for each cell (rows come largest first)."""
    chosen: dict[int, str] = {}
    for cell, name in place.group_places:
        chosen.setdefault(cell, name)
    return chosen
