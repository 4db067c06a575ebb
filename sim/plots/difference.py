"""difference.png: what each policy changes against the baseline, as % of it, paired run by run, by country."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.plots import _read as read
from sim.plots import _style as style

RANK = 10  # place among the figures of a report
LEFT, RIGHT = 0.27, 0.80
ROW, GAP = 0.19, 0.85  # inches per interval; rows left free between outcomes


def draw(results: read.Results, out: Path) -> list[Path]:
    """Draw paired differences of the headline outcomes with 90 % intervals."""
    rows = read.contrasts(results)
    blocks = read.headlines(results)
    order = read.policies(results)
    if rows.empty or not blocks or not order:
        return []
    table = read.outcomes(results)
    looks = style.looks(results.scenarios, results.baseline)
    tall = [len(names) * (len(order) + GAP) * ROW for names in blocks.values()]
    height = sum(tall) + 0.5 * len(blocks) + 1.85
    with style.page(10, height) as figure:
        grid = figure.add_gridspec(
            len(blocks), 1, height_ratios=tall, left=LEFT, right=RIGHT,
            top=1 - 1.5 / height, bottom=0.72 / height, hspace=0.5 * len(blocks) / sum(tall),
        )  # fmt: skip
        for index, (code, names) in enumerate(blocks.items()):
            ax = figure.add_subplot(grid[index])
            part = rows[rows["outcome"].isin(names)].set_index(["outcome", "scenario"])
            _block(ax, part, names, order, table, looks)
            box = ax.get_position()
            figure.text(
                0.02,
                box.y1 + 0.04 / height,
                read.COUNTRIES[code],
                fontsize=11,
                color=style.QUIET,
                va="bottom",
            )
        figure.axes[-1].set_xlabel(f"difference from {style.say(results.baseline)}, % of its mean")
        style.headings(
            figure,
            _title(rows, order, blocks),
            _note(results),
            {name: looks[name] for name in order},
            line=False,
        )
        style.foot(
            figure, "Deaths in the two countries are never added together. Scales differ between blocks."
        )
        return [style.save(figure, out / "difference.png")]


def _reach(part: pd.DataFrame) -> float:
    """Half-width of a block's axis in %: all intervals, unless a few would squeeze the rest to less than half."""
    ends = part[["percent_low", "percent_high"]].abs().max(axis=1).dropna().to_numpy()
    if ends.size == 0:
        return 1.0
    most, usual = ends.max(), 4 * np.percentile(ends, 80)
    return float(max(most if most <= 2 * usual else usual, 1e-6) * 1.08)


def _block(
    ax: Axes,
    part: pd.DataFrame,
    names: list[str],
    order: list[str],
    table: pd.DataFrame,
    looks: dict[str, style.Look],
) -> None:
    reach = _reach(part)
    step = len(order) + GAP
    ax.set_xlim(-reach, reach)
    ax.set_ylim(len(names) * step - GAP / 2 - 0.5, -0.5 - GAP / 2)
    ax.axvline(0, color=style.INK, lw=1, zorder=2)
    for index, name in enumerate(names):
        top = index * step
        if index % 2 == 0:
            ax.axhspan(top - 0.5 - GAP / 2, top + len(order) - 0.5 + GAP / 2, color="#f4f4f2", lw=0, zorder=0)
        middle = top + (len(order) - 1) / 2
        words = str(table.loc[name, "title"])
        at = (0.02 - LEFT) / (RIGHT - LEFT)
        ax.text(
            at, middle, read.sentence(words), transform=ax.get_yaxis_transform(), va="center", fontsize=9.5
        )
        _direction(ax, middle, str(table.loc[name, "better"]))
        for offset, scenario in enumerate(order):
            if (name, scenario) in part.index:
                _whisker(ax, read.row(part, (name, scenario)), top + offset, looks[scenario], reach)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_axisbelow(True)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:+.3g}".replace("-", "−") if value else "0")


def _whisker(ax: Axes, row: pd.Series, y: float, look: style.Look, reach: float) -> None:
    """An interval; hollow if it includes zero, an arrow head with the number if it runs off the axis."""
    low, mid, high = (float(row[key]) for key in ("percent_low", "percent", "percent_high"))
    if not np.isfinite(mid):
        ax.text(0, y, " baseline is zero", va="center", fontsize=7, color=style.QUIET)
        return
    ax.plot(
        [max(low, -reach), min(high, reach)],
        [y, y],
        color=look.colour,
        lw=1.7,
        solid_capstyle="butt",
        zorder=3,
    )
    face = "white" if row["verdict"] == "unclear" else look.colour
    if abs(mid) <= reach:
        ax.plot(mid, y, look.marker, ms=6, mfc=face, mec=look.colour, mew=1.3, zorder=4)
    elif mid > 0:
        ax.plot(reach * 0.985, y, ">", ms=6, mfc=face, mec=look.colour, clip_on=False, zorder=4)
    else:
        ax.plot(-reach * 0.985, y, "<", ms=6, mfc=face, mec=look.colour, clip_on=False, zorder=4)
    ax.text(
        1.03, y, style.signed(mid), transform=ax.get_yaxis_transform(), va="center", ha="left", fontsize=7.8,
        color=style.INK if row["verdict"] != "unclear" else style.QUIET,
    )  # fmt: skip


def _direction(ax: Axes, y: float, better: str) -> None:
    """Say which way is better, at the far right of the row."""
    words = {"lower": "◀ lower is better", "higher": "higher is better ▶"}.get(better, "no agreed direction")
    ax.text(1.135, y, words, transform=ax.get_yaxis_transform(), va="center", fontsize=7.8, color=style.QUIET)


def _note(results: read.Results) -> str:
    n = read.n_pairs(results)
    return (
        f"Mean difference over {n} runs paired on the same dice, and its 90 % interval. "
        "Filled: the interval excludes zero. Hollow: not distinguishable from no change."
    )


def _title(rows: pd.DataFrame, order: list[str], blocks: dict[str, list[str]]) -> str:
    shown = rows[rows["outcome"].isin([name for names in blocks.values() for name in names])]
    parts = []
    for scenario in order:
        counts = shown[shown["scenario"] == scenario]["verdict"].value_counts()
        good, bad = int(counts.get("better", 0)), int(counts.get("worse", 0))
        parts.append(f"{style.say(scenario)} improves {good} and worsens {bad}")
    return read.sentence(f"{'; '.join(parts)} of {shown['outcome'].nunique()} headline outcomes")
