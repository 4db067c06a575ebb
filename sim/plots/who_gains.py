"""who_gains.png: one matrix of policies by headline outcomes, by country: better, worse, or not distinguishable."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.plots import _read as read
from sim.plots import _style as style

RANK = 20  # place among the figures of a report
CAP = 3.0  # standard deviations at which colour is full, or the 90th percentile if that is more
SIGNS = {"better": "+", "worse": "−", "unclear": "0", "changed": "≠"}


def draw(results: read.Results, out: Path) -> list[Path]:
    """Draw the matrix: colour by standardised paired difference, symbol by what the 90 % interval says."""
    rows, blocks, order = read.contrasts(results), read.headlines(results), read.policies(results)
    if rows.empty or not blocks or not order:
        return []
    table = read.outcomes(results)
    cells = rows.set_index(["scenario", "outcome"])
    n_columns = sum(len(names) for names in blocks.values()) + 0.35 * (len(blocks) - 1)
    width = max(9.0, 2.0 + 0.92 * n_columns)
    height = 0.62 * len(order) + 3.2
    with style.page(width, height) as figure:
        ax = figure.add_axes((1.75 / width, 1.0 / height, 1 - 2.0 / width, 0.62 * len(order) / height))
        cap = max(CAP, float(rows["standardised"].abs().quantile(0.9)))
        _matrix(ax, cells, blocks, order, table, cap)
        note = (
            "Colour: paired difference from "
            f"{style.say(results.baseline)} in standard deviations between runs, blue better, orange worse. "
            "Small print: change in % of the baseline."
        )
        style.headings(figure, _title(rows, order, blocks), note)
        _keys(figure, width, height, bool((rows["verdict"] == "changed").any()))
        _scale(figure, width, height, cap)
        style.foot(
            figure,
            "Deaths in the two countries are never added together; a row is not a score and its cells do not sum.",
        )
        return [style.save(figure, out / "who_gains.png")]


def _matrix(
    ax: Axes,
    cells: pd.DataFrame,
    blocks: dict[str, list[str]],
    order: list[str],
    table: pd.DataFrame,
    cap: float,
) -> None:
    x = 0.0
    for code, names in blocks.items():
        ax.text(x, -1.1, read.COUNTRIES[code], fontsize=11, color=style.QUIET, va="bottom")
        ax.plot([x, x + len(names) - 0.06], [-1.04, -1.04], color=style.RULE, lw=1, clip_on=False)
        for name in names:
            words = textwrap.fill(read.sentence(str(table.loc[name, "title"])), 13)
            ax.text(x + 0.47, -0.12, words, ha="center", va="bottom", fontsize=8, linespacing=1.05)
            for y, scenario in enumerate(order):
                if (scenario, name) in cells.index:
                    _cell(ax, read.row(cells, (scenario, name)), x, y, cap)
            x += 1
        x += 0.35
    for y, scenario in enumerate(order):
        ax.text(
            -0.12, y + 0.47, textwrap.fill(style.say(scenario), 18), ha="right", va="center", fontsize=9.5
        )
    ax.set_xlim(0, x - 0.35)
    ax.set_ylim(len(order), 0)
    ax.axis("off")


def shade(standardised: float, cap: float) -> float:
    """Signed square root of the standardised difference over its cap, in [-1, 1]: small ones stay visible."""
    return float(np.sign(standardised) * np.sqrt(min(abs(standardised) / cap, 1.0)))


def _cell(ax: Axes, row: pd.Series, x: float, y: float, cap: float) -> None:
    """One tile. Sign of colour follows what is better; an outcome without a direction stays grey."""
    way = {"lower": -1.0, "higher": 1.0}.get(str(row["better"]), 0.0)
    value = way * float(shade(row["standardised"], cap))
    colour = style.WORSE_BETTER((1 + value) / 2) if way else "#e6e6e6"
    dark = value > 0.55
    hatch = "////" if row["verdict"] == "worse" else None
    ax.add_patch(Rectangle((x, y), 0.94, 0.94, facecolor=colour, edgecolor="white", lw=0, hatch=hatch))
    ink = "white" if dark else style.INK
    box = {"facecolor": colour, "edgecolor": "none", "pad": 0.8} if hatch else None
    ax.text(x + 0.47, y + 0.37, SIGNS[row["verdict"]], ha="center", va="center", color=ink, fontsize=14,
            fontweight="bold" if row["verdict"] != "unclear" else "normal", bbox=box)  # fmt: skip
    percent = float(row["percent"])
    way_words = "<0.1 %" if abs(percent) < 0.05 else f"{abs(percent):.1f} % {'up' if percent > 0 else 'down'}"
    words = way_words if np.isfinite(percent) else "n/a"
    ax.text(x + 0.47, y + 0.76, words, ha="center", va="center", color=ink, fontsize=7, bbox=box)


def _keys(figure: Figure, width: float, height: float, changed: bool) -> None:
    words = [
        ("+", "better"),
        ("−", "worse (hatched)"),
        ("0", "not distinguishable (90 % interval includes zero)"),
    ]
    words += [("≠", "changed, no agreed direction")] if changed else []
    x = 1.75
    for sign, text in words:
        figure.text(x / width, 0.62 / height, sign, fontsize=13, fontweight="bold", va="center", ha="center")
        figure.text((x + 0.13) / width, 0.62 / height, text, fontsize=8.5, va="center")
        x += 0.5 + 0.068 * len(text)


def _scale(figure: Figure, width: float, height: float, cap: float) -> None:
    """The key of colours, in standard deviations between runs."""
    ax = figure.add_axes(((width - 2.3) / width, 0.26 / height, 1.6 / width, 0.13 / height))
    ticks = [-cap, -cap / 4, 0, cap / 4, cap]
    ax.imshow(np.linspace(0, 1, 101)[None, :], cmap=style.WORSE_BETTER, aspect="auto", extent=(-1, 1, 0, 1))
    ax.set_xticks([shade(tick, cap) for tick in ticks], [f"{tick:.2g}".replace("-", "−") for tick in ticks])
    ax.set_yticks([])
    ax.tick_params(length=2, pad=1, labelsize=7)
    ax.spines[:].set_visible(False)
    for x, words, side in ((-1.06, "worse", "right"), (1.06, "better", "left")):
        ax.text(x, 0.5, words, ha=side, va="center", fontsize=7.5)


def _where(countries: list[str]) -> str:
    return "both countries" if len(countries) == 2 else countries[0]


def _title(rows: pd.DataFrame, order: list[str], blocks: dict[str, list[str]]) -> str:
    """Name who gains and who pays: policies better for both countries, and those with a cost in one of them."""
    home = {name: code for code, names in blocks.items() for name in names}
    rows = rows[rows["outcome"].isin(list(home))].assign(home=lambda frame: frame["outcome"].map(home))
    parts = []
    for scenario in order:
        mine = rows[rows["scenario"] == scenario]
        gain = [
            read.IN_TEXT[c]
            for c in ("MX", "US")
            if ((mine["home"] == c) & (mine["verdict"] == "better")).any()
        ]
        loss = [
            read.IN_TEXT[c]
            for c in ("MX", "US")
            if ((mine["home"] == c) & (mine["verdict"] == "worse")).any()
        ]
        told = f"gains in {_where(gain)}" if gain else "no clear gain"
        told += f", losses in {_where(loss)}" if loss else ""
        parts.append(f"{style.say(scenario)}: {told}")
    return read.sentence("; ".join(parts))
