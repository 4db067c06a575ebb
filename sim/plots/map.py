"""map.png: both countries under the baseline: harm by state, flows across the border by corridor, the largest groups.

It never shows a single port: a corridor is one place on the border, and its arrows are sums over ports and sectors.
Other layers join through `layers`: {"groups": table of x, y, group}, one row per cell to mark.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from sim.plots import _ground as ground_of
from sim.plots import _read as read
from sim.plots import _read_places as places
from sim.plots import _style as style

RANK = 40  # place among the figures of a report
SCOPE = (
    "For comparing broad choices, not for targeting or scoring a place or a person. Flows are sums over a corridor's "
    "ports, the land between them or the sea approaches; detection, corruption and staffing by place are synthetic. "
    "Deaths in the two countries are never added together."
)
FILLS = {"drugs": (style.INK, None), "cash": ("#7fd3b8", "////"), "guns": (style.YELLOW, "....")}
MARKS = ("o", "s", "^", "D", "v")
TINTS = (style.SKY, style.PURPLE, style.GREEN, style.VERMILLION, style.YELLOW)
LONG, WIDE = 4.6, 0.95  # cells: length of an arrow, width of the largest flow
HALO = [withStroke(linewidth=2.4, foreground="white")]


def draw(
    results: read.Results,
    out: Path,
    place: ground_of.Ground | None = None,
    layers: Mapping[str, pd.DataFrame] | None = None,
) -> list[Path]:
    """Draw the map of the baseline: means over its runs and years."""
    place = place or ground_of.ground()
    with style.page(11, 9.3) as figure:
        ax = figure.add_axes((0.01, 0.055, 0.98, 0.845))
        titles = _harm(ax, results, place)
        ground_of.draw_lines(ax, place)
        flows = {
            kind: places.corridor_flows(results, names, results.baseline)
            for kind, names in places.arrows(results).items()
        }
        flows = {kind: flow for kind, flow in flows.items() if flow.max() > 0}
        if not titles and not flows:
            return []
        given = (layers or {}).get("groups")
        marks = _starting_groups(place) if given is None else given
        when = " at the start" if given is None else ""
        _groups(ax, marks, float(place.x.max()), f"Largest group in a cell{when} (illustrative)")
        _flows(ax, place, flows)
        _widths(ax, flows, results)
        style.headings(figure, _title(results, titles, flows), _note(results))
        style.foot(figure, SCOPE)
        return [style.save(figure, out / "map.png")]


def _title(results: read.Results, titles: list[str], flows: Mapping[str, pd.Series]) -> str:
    told = " and ".join(titles) + (" by state" if titles else "")
    if flows:
        *most, last = flows
        crossing = f"{', '.join(most)} and {last}" if most else last
        told += f"{', and ' if told else ''}what crosses the border each year: {crossing} by corridor"
    return f"{read.sentence(style.say(results.baseline))}: {told}"


def _note(results: read.Results) -> str:
    n, years = int(results.summary()["n"].max()), read.span(results, results.regional())
    return f"Yearly means over {n} simulated runs, {years}. Width of an arrow is its flow; key at lower left."


def _harm(ax: Axes, results: read.Results, place: ground_of.Ground) -> list[str]:
    """Shade the states of both countries, each on its own scale; return what was shaded."""
    titles = []
    for row, (code, country, shades) in enumerate((("US", 1, style.US_SHADES), ("MX", 0, style.MX_SHADES))):
        name = places.state_outcome(results, code)
        if name is None:
            continue
        rates = read.row(places.state_rates(results, name, place.population), results.baseline).mean(axis=0)
        values = {
            str(state): float(rate) for state, rate in rates.items() if state in place.states_of(country)
        }
        low, top = np.nanpercentile(list(values.values()), [5, 95])
        scale = Normalize(0 if low < 0.4 * top or low > 0.8 * top else low, top or 1.0)
        drawn = ground_of.draw_states(ax, place, values, country, shades, scale)
        meta = read.row(read.outcomes(results), name)
        scale_bar(ax, drawn, (place.x.max() - 10.8, 0.2 + 3.7 * (1 - row)), read.COUNTRIES[code], meta)
        titles.append(places.state_title(meta))
    return titles


def scale_bar(
    ax: Axes, drawn: PatchCollection, at: tuple[float, float], country: str, meta: pd.Series
) -> None:
    """A colour bar in the sea, labelled with country, outcome and unit."""
    bar = ax.inset_axes((at[0], at[1], 11.5, 0.55), transform=ax.transData)
    figure: Any = ax.figure
    figure.colorbar(drawn, cax=bar, orientation="horizontal", extend="both" if drawn.norm.vmin else "max")
    style.plain_axis(bar.xaxis, 5)
    bar.tick_params(length=2, pad=1.5)
    words = textwrap.fill(f"{country}: {places.state_unit(meta)}", 42)
    bar.set_title(words, fontsize=8, fontweight="normal", pad=3)


def _starting_groups(place: ground_of.Ground) -> pd.DataFrame:
    """The layer used when none is given: the largest group of each cell at the start, if the world names them."""
    chosen = ground_of.largest_groups(place)
    rows = [(place.x[cell], place.y[cell], name) for cell, name in chosen.items()]
    return pd.DataFrame(rows, columns=["x", "y", "group"])


def _groups(ax: Axes, marks: pd.DataFrame, place_right: float, title: str) -> None:
    """Mark the largest group of each cell; the most widespread get a mark of their own, unnamed ones a dot."""
    if marks.empty:
        return
    counts = marks["group"].value_counts(sort=True)
    names = sorted((name for name in counts.index if name), key=lambda name: (-counts[name], str(name)))
    handles = []
    for index, name in enumerate([*names[: len(MARKS)], None]):
        part = (
            marks[marks["group"] == name]
            if name is not None
            else marks[~marks["group"].isin(names[: len(MARKS)])]
        )
        if part.empty:
            continue
        marker, tint, size = (MARKS[index], TINTS[index], 15) if name is not None else (".", style.INK, 7)
        label = style.say(str(name)) if name is not None else "others, or unnamed local groups"
        handles.append(
            ax.scatter(
                part["x"],
                part["y"],
                s=size,
                marker=marker,
                c=tint,
                ec=style.INK,
                lw=0.6,
                label=label,
                zorder=4,
            )
        )
    key = ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(place_right - 10.9, 6.9), bbox_transform=ax.transData,
        title=title, title_fontsize=8, fontsize=7.5, alignment="left",
        handletextpad=0.3, labelspacing=0.3, borderpad=0,
    )  # fmt: skip
    key.set_zorder(6)


def arrow(x: float, y: float, width: float, north: bool, long: float = LONG) -> np.ndarray:
    """Corners (7, 2) of a straight arrow centred at (x, y), shaft of the given width, pointing north or south."""
    half, head, flare = width / 2, min(1.2, 0.2 * long + 0.55 * width), width / 2 + 0.2
    shape = np.array([
        (-half, -long / 2), (half, -long / 2), (half, long / 2 - head), (flare, long / 2 - head),
        (0, long / 2), (-flare, long / 2 - head), (-half, long / 2 - head),
    ])  # fmt: skip
    corners: np.ndarray = np.array([x, y]) + shape * (1 if north else -1)
    return corners


def _width(flow: float, top: float) -> float:
    return max(WIDE * flow / top, 0.07)


def _paint(ax: Axes, kind: str, corners: np.ndarray) -> None:
    face, hatch = FILLS.get(kind, ("#bbbbbb", None))
    ax.add_patch(Polygon(corners, fc="none", ec="white", lw=2.6, joinstyle="round", zorder=5))
    ax.add_patch(Polygon(corners, fc=face, ec=style.INK, lw=0.8, hatch=hatch, zorder=5.1))


def _flows(ax: Axes, place: ground_of.Ground, flows: Mapping[str, pd.Series]) -> None:
    """Arrows side by side at each corridor, widths on one scale per kind."""
    for name, (x, y, _) in place.corridors.items():
        here = {kind: float(flow.get(name, 0.0)) for kind, flow in flows.items()}
        here = {kind: flow for kind, flow in here.items() if flow > 0}
        for index, (kind, flow) in enumerate(here.items()):
            dx = (index - (len(here) - 1) / 2) * 1.22
            _paint(ax, kind, arrow(x + dx, y, _width(flow, flows[kind].max()), places.NORTH[kind]))
        if here:
            label = read.sentence(name)
            ax.text(x, y + LONG / 2 + 0.35, label, ha="center", va="bottom", fontsize=9, fontweight="bold",
                    path_effects=HALO, zorder=7)  # fmt: skip


def _widths(ax: Axes, flows: Mapping[str, pd.Series], results: read.Results) -> None:
    """The key of widths: for each kind its largest round flow and a quarter of it, drawn to the map's scale."""
    table = read.outcomes(results)
    for row, (kind, flow) in enumerate(flows.items()):
        names = places.arrows(results)[kind]
        unit = read.yearly_unit(read.row(table, names[0]))
        y = 7.3 - 3.45 * row
        ax.text(-1.9, y + 1.35, f"{read.sentence(kind)} going {'north' if places.NORTH[kind] else 'south'}, {unit}",
                fontsize=8.5, va="bottom")  # fmt: skip
        top = float(flow.max())
        big = places.round_down(top)
        for index, value in enumerate((big, big / 4)):
            x = -1.2 + 4.6 * index
            _paint(ax, kind, arrow(x, y, _width(value, top), places.NORTH[kind], long=2.2))
            ax.text(x + 1.05, y, style.compact(value), fontsize=8.5, va="center")
