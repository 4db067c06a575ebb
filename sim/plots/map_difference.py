"""map_difference.png: where each policy changes harm against the baseline, by state, one small map per policy."""

from __future__ import annotations

import textwrap
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

from sim.plots import _ground as ground_of
from sim.plots import _read as read
from sim.plots import _read_places as places
from sim.plots import _style as style

COUNTRIES = (("US", 1), ("MX", 0))


def draw(results: read.Results, out: Path, place: ground_of.Ground | None = None) -> list[Path]:
    """Draw paired differences of the state outcomes, policy minus baseline, means over runs and years."""
    place = place or ground_of.ground()
    order = read.policies(results)
    rates = {}
    for code, _ in COUNTRIES:
        name = places.state_outcome(results, code)
        if name is not None:
            rates[code] = (name, places.state_rates(results, name, place.population))
    if not order or not rates:
        return []
    columns = 2 if len(order) > 1 else 1
    rows = -(-len(order) // columns)
    spare = rows * columns > len(order)  # the free corner takes the colour bars
    height = 4.6 * rows + (1.35 if spare else 1.95)
    with style.page(11, height) as figure:
        grid = figure.add_gridspec(
            rows, columns, left=0.01, right=0.99, top=1 - 1.15 / height, bottom=(0.3 if spare else 0.95) / height,
            wspace=0.02, hspace=0.12,
        )  # fmt: skip
        norms = {code: _norm(table, order, results.baseline) for code, (_, table) in rates.items()}
        drawn: dict[str, PatchCollection] = {}
        counts: dict[str, list[str]] = {}
        for index, scenario in enumerate(order):
            ax = figure.add_subplot(grid[index // columns, index % columns])
            counts[scenario] = _panel(ax, results, place, scenario, rates, norms, drawn)
        corner = grid[rows - 1, columns - 1].get_position(figure) if spare else None
        spots = [(0.06, 0.5 / height), (0.55, 0.5 / height)]
        if corner is not None:
            spots = [(0.56, corner.y0 + (1.9 - 0.85 * i) / height) for i in range(2)]
        _bars(figure, results, rates, drawn, spots)
        style.headings(figure, _title(counts), _note(results))
        style.foot(figure, "Not for scoring a place. Deaths in the two countries are never added together.")
        return [style.save(figure, out / "map_difference.png")]


def _signed(results: read.Results, name: str) -> tuple[str, float]:
    """Direction of better and the sign that makes better positive (lower is taken as better if nothing is said)."""
    better = str(read.outcomes(results).loc[name, "better"]) or "lower"
    return better, (1.0 if better == "higher" else -1.0)


def _norm(table: pd.DataFrame, order: list[str], baseline: str) -> Normalize:
    size = [read.paired(table, s, baseline).mean(axis=0).abs().to_numpy() for s in order if s in table.index]
    top = float(np.nanpercentile(np.concatenate(size), 97)) if size else 1.0
    return Normalize(-(top or 1.0), top or 1.0)


def _panel(
    ax: Axes,
    results: read.Results,
    place: ground_of.Ground,
    scenario: str,
    rates: dict[str, tuple[str, pd.DataFrame]],
    norms: dict[str, Normalize],
    drawn: dict[str, PatchCollection],
) -> list[str]:
    """One map; returns what its distinguishable states say, for the title."""
    told = []
    for code, country in COUNTRIES:
        if code not in rates:
            continue
        name, table = rates[code]
        better, sign = _signed(results, name)
        pairs = read.paired(table, scenario, results.baseline)
        mean, low, high = read.interval(pairs.to_numpy(dtype=float))
        values = dict(zip([str(c) for c in pairs.columns], sign * mean, strict=True))
        values = {state: value for state, value in values.items() if state in place.states_of(country)}
        shades = style.WORSE_BETTER
        drawn[code] = ground_of.draw_states(ax, place, values, country, shades, norms[code])
        says = {str(s): read.verdict(a, b, better) for s, a, b in zip(pairs.columns, low, high, strict=True)}
        says = {state: word for state, word in says.items() if state in values}
        _signs(ax, place, says)
        good, bad = (sum(word == want for word in says.values()) for want in ("better", "worse"))
        told.append(f"{read.COUNTRIES[code]}: {good} better, {bad} worse of {len(says)} states")
    ground_of.draw_lines(ax, place, state=0.35, border=1.1)
    for line in ax.collections[-2:-1]:
        line.set_color("#b5b5b5")
    ax.set_title(read.sentence(style.say(scenario)), loc="left", pad=17, x=0.03, fontsize=11)
    ax.text(0.03, 1.015, "; ".join(told), transform=ax.transAxes, fontsize=8, color=style.QUIET, va="bottom")
    return told


def _signs(ax: Axes, place: ground_of.Ground, says: dict[str, str]) -> None:
    """+ or - at the middle of each state whose 90 % interval excludes zero."""
    for state, word in says.items():
        if word in ("better", "worse"):
            x, y = place.centre(state)
            ax.text(
                x, y - 0.05, "+" if word == "better" else "−", ha="center", va="center", fontsize=8, fontweight="bold",
                path_effects=[withStroke(linewidth=1.8, foreground="white")], zorder=6,
            )  # fmt: skip


def _bars(
    figure: Figure,
    results: read.Results,
    rates: dict[str, tuple[str, pd.DataFrame]],
    drawn: dict[str, PatchCollection],
    spots: list[tuple[float, float]],
) -> None:
    table = read.outcomes(results)
    for index, (code, _) in enumerate(COUNTRIES):
        if code not in drawn:
            continue
        name = rates[code][0]
        _, sign = _signed(results, name)
        bar = figure.add_axes((*spots[index], 0.38, 0.11 / figure.get_figheight()))
        figure.colorbar(drawn[code], cax=bar, orientation="horizontal", extend="both")
        style.plain_axis(bar.xaxis, 5)
        bar.xaxis.set_major_formatter(FuncFormatter(partial(_unsigned, sign)))
        words = textwrap.fill(
            f"{read.COUNTRIES[code]}: difference in {places.state_unit(read.row(table, name))}", 62
        )
        bar.set_title(words, fontsize=8.2, fontweight="normal", pad=3)


def _unsigned(sign: float, value: float, _position: object = None) -> str:
    """A tick of the better-is-positive scale, as the change it stands for."""
    return f"{sign * value:+.3g}".replace("-", "−") if value else "0"


def _note(results: read.Results) -> str:
    n, years = read.n_pairs(results), read.span(results, results.regional())
    return (
        f"Policy minus {style.say(results.baseline)}, mean over {n} paired runs, {years}. Dark blue: better. "
        "Orange: worse. + and − mark states whose 90 % interval excludes zero."
    )


def _title(counts: dict[str, list[str]]) -> str:
    one = len(counts) == 1
    return f"Where {'the policy changes' if one else 'each policy changes'} harm, state by state, and where it does not"
