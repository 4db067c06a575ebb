"""patterns.png: what each pattern measured with its mechanism at work and with it knocked out; misses first.

`contraflow validate` draws it. Numbers differ in kind, so each row is drawn over the largest of its own values; zero is
the line in the middle and the numbers themselves stand at the right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.lab.levels import number
from sim.plots import _style as style

Record = Mapping[str, Any]
ROW, HEAD, FOOT = 0.21, 1.05, 0.62  # inches
REACH = 1.25
LEFT, INDENT, AT_WORK, KNOCKED = -1.41, 0.06, 1.06, 1.78
"""Where words stand, in widths of the axis: names, and the two columns of numbers."""
STRIPE = (-1.43, 2.2)
"""Ends of the stripe behind a pattern's title, in widths of the axis."""


def draw(records: Sequence[Record], title: str, note: str, out: Path) -> Path:
    """Draw the patterns in the order given into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    rows = sum(1 + len(record["effect"]) for record in records)
    height = HEAD + FOOT + ROW * max(rows, 1)
    with style.page(11, height) as figure:
        ax = figure.add_axes((0.4, FOOT / height, 0.27, 1 - (HEAD + FOOT) / height))
        _axis(ax, rows)
        row = 0
        for record in records:
            _head(ax, row, record)
            row += 1
            for name, effect in record["effect"].items():
                _values(ax, row, name, effect, record["knock_out"].get(name), record)
                row += 1
        for x, text in ((AT_WORK, "mechanism at work"), (KNOCKED, "knocked out")):
            _say(ax, x, -0.9, text, style.QUIET)
        style.headings(figure, title, note)
        _key(figure)
        return style.save(figure, out / "patterns.png")


def _axis(ax: Axes, rows: int) -> None:
    ax.set_xlim(-REACH, REACH)
    ax.set_ylim(rows - 0.4, -0.6)
    ax.set_yticks([])
    ax.set_xticks([-1, 0, 1], ["−largest", "0", "largest"])
    for side in ("left", "top", "right"):
        ax.spines[side].set_visible(False)
    ax.axvline(0.0, color=style.QUIET, lw=0.8, zorder=1)


def _head(ax: Axes, row: int, record: Record) -> None:
    """The pattern's number and title, and its verdict at the right."""
    bad = record["verdict"] in ("failed", "misses")
    ink = style.VERMILLION if bad else style.INK
    words = f"({record['number']}) {record['title']}" if record["number"] else record["title"]
    start, end = STRIPE
    stripe = Rectangle((start, row - 0.5), end - start, 1.0, color="#f3f3f0", lw=0, zorder=0, clip_on=False)
    stripe.set_transform(ax.get_yaxis_transform())
    ax.add_patch(stripe)
    _say(ax, LEFT, row, words, ink, "bold")
    _say(ax, AT_WORK, row, record["verdict"], ink, "bold")


def _values(
    ax: Axes, row: int, name: str, effect: Mapping[str, Any], off: Mapping[str, Any] | None, record: Record
) -> None:
    """One measured value: filled with the mechanism at work, hollow without it."""
    scale = max((abs(x) for item in (effect, off) if item for x in _ends(item)), default=0.0) or 1.0
    colour = style.VERMILLION if record["verdict"] == "misses" else style.BLUE
    _say(ax, LEFT + INDENT, row, name.replace("_", " "), style.QUIET)
    for item, ink, face, x in ((off, style.QUIET, "white", KNOCKED), (effect, colour, colour, AT_WORK)):
        if item is None or item["mean"] is None:
            continue
        if item["low"] is not None:
            ax.plot([item["low"] / scale, item["high"] / scale], [row, row], color=ink, lw=2.0, zorder=2)
        ax.plot(item["mean"] / scale, row, "o", ms=5, mfc=face, mec=ink, mew=1.2, zorder=3)
        ends = (
            "" if item["low"] is None or item is off else f"  {number(item['low'])} to {number(item['high'])}"
        )
        _say(ax, x, row, f"{number(item['mean'])}{ends}", ink)


def _ends(item: Mapping[str, Any]) -> list[float]:
    return [
        item[key] for key in ("mean", "low", "high") if item[key] is not None and math.isfinite(item[key])
    ]


def _say(ax: Axes, x: float, row: float, text: str, ink: str, weight: str = "normal") -> None:
    words = text.replace("-", "−") if text[:1] == "-" or " -" in text else text
    ax.text(
        x, row, words, transform=ax.get_yaxis_transform(), ha="left", va="center", fontsize=7.6, color=ink,
        fontweight=weight,
    )  # fmt: skip


def _key(figure: Figure) -> None:
    words = "Filled: the mechanism at work; hollow: knocked out. Lines: 90 % intervals over replicates."
    style.foot(figure, f"{words} Orange: the pattern misses. Each row is drawn over its own largest value.")
