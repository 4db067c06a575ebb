"""The painter: turns a run into frames and says what its colours and widths mean. It changes nothing in the run.

Layers are the declared regional outcomes, arrows the declared corridor outcomes that carry an `arrow`; both are
running means, since a single week jumps. A place is drawn, never ranked: arrows are by corridor.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.outcome import Outcome, of_level
from sim.state.groups import CAPACITY
from sim.state.run import Run
from sim.units import WEEKS_PER_YEAR
from sim.web.frame import ARROW, MARK, SHADES, SPLINTER, Frame, nice, pack, shade
from sim.world.grid import HEIGHT, WIDTH

COUNTRIES = ("MX", "US")
MEMORY_WEEKS = 13
"""Length of the running means: about a quarter of a year."""
COLOURED = 6
PER_HEAD = 100_000


def layers(country: str) -> list[Outcome]:
    """Regional outcomes of a country, deaths first."""
    mine = [item for item in of_level("regional") if item.country in (country, "both")]
    return sorted(mine, key=lambda item: (item.unit != "deaths", item.family, item.name))


def arrows() -> list[Outcome]:
    """Corridor outcomes the map draws, in the order of the tables."""
    return sorted((item for item in of_level("corridor") if item.arrow), key=lambda item: str(item.arrow))


def per_head(item: Outcome) -> bool:
    """Whether a map shows the outcome per 100,000 people."""
    return item.unit in ("deaths", "people")


def map_unit(item: Outcome) -> str:
    """Unit as the map shows it: a sum over weeks becomes a yearly pace."""
    words = "" if item.unit == "1" else item.unit
    if per_head(item):
        words += " per 100,000 people"
    return (words + (" a year" if item.total == "sum" else "")).strip()


class Painter:
    """Frames of one model. `chosen` is the layer by country; the rest is memory of the weeks seen."""

    def __init__(self, run: Run) -> None:
        self.chosen: dict[str, Outcome | None] = {code: next(iter(layers(code)), None) for code in COUNTRIES}
        self.number = 0
        self._weeks = 0
        self._means: dict[str, NDArray[np.float64]] = {}
        self._full: dict[str, float] = {}
        self._colours = _starting_colours(run)
        self._titles = [(_title(run, row), i + 1) for i, row in enumerate(_largest(run))]
        self.see(run)

    def choose(self, country: str, name: str) -> None:
        """Show another layer in a country. Unknown names are ignored."""
        for item in layers(country):
            if item.name == name:
                self.chosen[country] = item

    def see(self, run: Run) -> None:
        """Take in the week that has just ended."""
        self._weeks += 1
        weight = 1 / min(self._weeks, MEMORY_WEEKS)
        for item in (*of_level("regional"), *arrows()):
            now = self._yearly(run, item)
            old = self._means.get(item.name)
            self._means[item.name] = now if old is None else old + weight * (now - old)
            self._widen(item)

    def frame(self, run: Run, week: int) -> bytes:
        """The picture of now."""
        self.number += 1
        cells = run.world.cells
        values = np.full(cells.n, np.nan)
        for index, code in enumerate(COUNTRIES):
            item = self.chosen[code]
            if item is not None:
                here = cells.country == index
                values[here] = self._means[item.name][cells.state[here]]
        ground = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
        ground[HEIGHT - 1 - cells.y, cells.x] = shade(
            values, cells.country, [self._top(c) for c in COUNTRIES]
        )
        return pack(Frame(week, self.number, ground, self._marks(run), self._arrows()))

    def legend(self) -> dict[str, Any]:
        """What the picture means, for the page."""
        return {
            "layers": {code: self._layer(code) for code in COUNTRIES},
            "groups": [{"title": title, "colour": colour} for title, colour in self._titles],
            "arrows": [
                {"kind": item.arrow, "full": self._full[item.name], "unit": map_unit(item), "doc": item.doc}
                for item in arrows()
            ],
        }

    def _layer(self, code: str) -> dict[str, Any]:
        item = self.chosen[code]
        choices = [{"name": one.name, "title": one.title, "doc": one.doc} for one in layers(code)]
        if item is None:
            return {"name": "", "unit": "", "top": 1.0, "choices": choices}
        return {"name": item.name, "unit": map_unit(item), "top": self._full[item.name], "choices": choices}

    def _top(self, code: str) -> float:
        item = self.chosen[code]
        return 1.0 if item is None else self._full[item.name]

    def _yearly(self, run: Run, item: Outcome) -> NDArray[np.float64]:
        values = np.asarray(item.fn(run), dtype=float)
        if item.level == "corridor":
            values = values.sum(axis=1)
        elif per_head(item):
            values = values / run.world.states.population * PER_HEAD
        return values * WEEKS_PER_YEAR if item.total == "sum" else values

    def _widen(self, item: Outcome) -> None:
        """Keep the scale of a layer round and steady: it moves only when it has to."""
        values = self._means[item.name]
        known = values[np.isfinite(values)]
        if known.size == 0:
            known = np.zeros(1)
        top = float(np.max(known) if item.level == "corridor" else np.percentile(known, 95))
        old = self._full.get(item.name, 0.0)
        if not old or not 0.45 * old < top < 1.15 * old:
            self._full[item.name] = nice(top)

    def _marks(self, run: Run) -> NDArray[np.void]:
        cells, crews = run.world.cells, run.crews
        at = run.world.plazas.cell[crews.plaza]
        here, where = np.unique(at, return_inverse=True)
        people = np.bincount(
            where * CAPACITY + crews.group, crews.members.sum(axis=1), minlength=len(here) * CAPACITY
        ).reshape(len(here), CAPACITY)
        group, most = people.argmax(axis=1), people.max(axis=1)
        here, group, most = here[most > 0], group[most > 0], most[most > 0]
        marks = np.zeros(len(here), dtype=MARK)
        marks["x"], marks["y"] = cells.x[here], HEIGHT - 1 - cells.y[here]
        colours = {int(row): self._colour(run, int(row)) for row in np.unique(group)}
        marks["colour"] = [colours[int(row)] for row in group]
        marks["size"] = np.rint(255 * np.sqrt(most / max(1.0, most.max()))) if len(most) else 0
        return marks

    def _colour(self, run: Run, row: int) -> int:
        """A splinter, and a splinter of a splinter, has the colour of the group it came from."""
        own = int(run.groups.id[row])
        if own not in self._colours:
            inherited = self._colours.get(int(run.groups.parent[row]), 0)
            self._colours[own] = inherited | SPLINTER if inherited else 0
        return self._colours[own]

    def _arrows(self) -> NDArray[np.void]:
        rows = [
            (corridor, kind, round(65535 * min(1.0, max(0.0, value) / self._full[item.name])))
            for kind, item in enumerate(arrows())
            for corridor, value in enumerate(self._means[item.name].tolist())
        ]
        return np.array(rows, dtype=ARROW)


def _sizes(run: Run) -> NDArray[np.float64]:
    sizes = np.bincount(run.crews.group, run.crews.members.sum(axis=1), minlength=CAPACITY)
    return sizes.astype(np.float64)


def _largest(run: Run) -> list[int]:
    sizes = np.where(run.groups.named, _sizes(run), 0)
    return [int(row) for row in np.argsort(-sizes, kind="stable")[:COLOURED] if sizes[row] > 0]


def _starting_colours(run: Run) -> dict[int, int]:
    return {int(run.groups.id[row]): i + 1 for i, row in enumerate(_largest(run))}


def _title(run: Run, row: int) -> str:
    start = run.world.groups0
    return start.title[row] if row < start.n and start.name[row] == run.names[row] else run.names[row]


@lru_cache(maxsize=1)
def ground() -> dict[str, Any]:
    """What of the map never changes: cells by country and state (north first), corridors, colours of the shades."""
    from sim.plots._ground import ground as place
    from sim.plots._style import LAND, MX_SHADES, US_SHADES
    from sim.world.world import world

    cells, states = world().cells, world().states
    state = np.full((HEIGHT, WIDTH), -1)
    state[HEIGHT - 1 - cells.y, cells.x] = cells.state
    country = np.where(state >= 0, states.country[state], -1)
    bare = [int(LAND[i : i + 2], 16) for i in (1, 3, 5)]
    table = [[255, 255, 255]]
    for shades in (MX_SHADES, US_SHADES):
        levels = shades(np.linspace(0, 1, SHADES))[:, :3]
        table += [bare, *np.rint(255 * levels).astype(int).tolist()]
    crossings = place().corridors
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "state": state.ravel().tolist(),
        "country": country.ravel().tolist(),
        "colours": table,
        "corridors": [
            {
                "name": name,
                "x": crossings[name][0],
                "y": HEIGHT - 1 - crossings[name][1],
                "sea": crossings[name][2],
            }
            for name in world().corridors
        ],
    }
