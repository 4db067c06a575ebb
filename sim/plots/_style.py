"""One look for every figure: colours, line styles, type, numbers and units.

Colours are those of Okabe and Ito, which the colour-blind can tell apart; each scenario also has a line style and a
marker of its own, so that a grey print loses nothing. Source: doi:10.1038/nmeth.1618.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

INK, QUIET, RULE, LAND = "#1a1a1a", "#5c5c5c", "#c9c9c9", "#eeeeec"
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW = "#CC79A7", "#56B4E9", "#F0E442"
RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": "#8a8a8a",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.7,
    "savefig.dpi": 150,
    "figure.dpi": 150,
}
_LOOKS = (
    (BLUE, (0, (5, 1.6)), "s"),
    (VERMILLION, (0, (1.2, 1.2)), "^"),
    (GREEN, (0, (6, 1.5, 1.2, 1.5)), "D"),
    (PURPLE, (0, (3, 1, 1, 1, 1, 1)), "v"),
    (ORANGE, (0, (8, 2)), "P"),
    (SKY, (0, (2, 2)), "X"),
)
# Light is little and dark is much in both, so the two countries differ in hue and grey still ranks within each.
US_SHADES = LinearSegmentedColormap.from_list("us", ["#f1f5f9", "#a9c6de", "#4f8fbf", "#1d5b8f"])
MX_SHADES = LinearSegmentedColormap.from_list("mx", ["#fbf3e6", "#f0c48a", "#d98a3d", "#9c4a12"])
# Better is dark blue and worse is pale orange at the same distance: grey keeps them apart.
WORSE_BETTER = LinearSegmentedColormap.from_list(
    "worse_better", ["#e08214", "#fbd9a0", "#f7f7f7", "#92b8dc", "#155a9a"]
)


@dataclass(frozen=True)
class Look:
    """How one scenario is drawn everywhere: colour, line style, marker."""

    colour: str
    line: Any
    marker: str


def looks(scenarios: Sequence[str], baseline: str) -> dict[str, Look]:
    """Give each scenario its look; the baseline is solid black."""
    others = [name for name in scenarios if name != baseline]
    table = {baseline: Look(INK, "solid", "o")}
    return table | {name: Look(*_LOOKS[i % len(_LOOKS)]) for i, name in enumerate(others)}


@contextmanager
def page(width: float, height: float, **options: Any) -> Iterator[Figure]:
    """A figure of `width` x `height` inches in the common style, without pyplot's global state."""
    with matplotlib.rc_context(RC):
        yield Figure(figsize=(width, height), facecolor="white", **options)


MARGIN = 0.2  # inches at the left of titles, keys and notes


def _lines(figure: Figure, text: str, size: float, bold: bool = False) -> list[str]:
    """Break a text to the width of the figure; type of `size` points is about 0.6 of that wide (bold 0.7)."""
    room = 72 * (figure.get_figwidth() - 2 * MARGIN)
    return textwrap.wrap(text, int(room / (size * (0.68 if bold else 0.585))))


def headings(
    figure: Figure, title: str, note: str = "", key: Mapping[str, Look] | None = None, **options: bool
) -> None:
    """Write at the top left the sentence a figure says, how to read it, and the key of the scenarios.

    Takes at most 1.3 inches for a title of two lines and a note of two.
    """
    width, height = figure.get_figwidth(), figure.get_figheight()
    lines = _lines(figure, title, 12, bold=True)
    figure.text(MARGIN / width, 1 - 0.12 / height, "\n".join(lines), va="top", fontsize=12, fontweight="bold")
    used = 0.2 + 0.2 * len(lines)
    if note:
        notes = _lines(figure, note, 8.5)
        figure.text(MARGIN / width, 1 - used / height, "\n".join(notes), va="top", fontsize=8.5, color=QUIET)
        used += 0.145 * len(notes)
    if key:
        legend_lines(figure, key, 1 - (used + 0.17) / height, **options)


def foot(figure: Figure, text: str) -> None:
    """Write a small note along the foot of the figure."""
    note = "\n".join(_lines(figure, text, 7.5))
    place = (MARGIN / figure.get_figwidth(), 0.08 / figure.get_figheight())
    figure.text(*place, note, va="bottom", fontsize=7.5, color=QUIET)


def save(figure: Figure, path: Path) -> Path:
    """Write the picture with nothing in it that differs between two equal runs."""
    figure.savefig(path, metadata={"Software": None})
    return path


def compact(value: float, _position: object = None) -> str:
    """Write a number as a person would: 0.42, 37, 12,500, 360 k, 1.2 M, 4 bn."""
    size = abs(value)
    for limit, suffix in ((1e9, " bn"), (1e6, " M"), (1e5, " k")):
        if size >= limit:
            return f"{value / {' bn': 1e9, ' M': 1e6, ' k': 1e3}[suffix]:.3g}{suffix}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:.3g}"


def plain_axis(axis: Any, bins: int = 5) -> None:
    """Few round ticks, written by `compact`."""
    axis.set_major_locator(MaxNLocator(nbins=bins, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(compact))


def signed(value: float, digits: int = 1, unit: str = " %") -> str:
    """A change with its sign, a true minus, and no sign on zero."""
    text = f"{value:+.{digits}f}"
    text = text[1:] if float(text) == 0 else text.replace("-", "−")
    return text + unit


def say(name: str) -> str:
    """A scenario's or group's name as words."""
    return name.replace("_", " ")


def legend_lines(figure: Figure, table: Mapping[str, Look], y: float, *, line: bool = True) -> None:
    """One row of keys for the scenarios, at height `y` (figure share)."""
    from matplotlib.lines import Line2D

    keys = [
        Line2D([], [], color=look.colour, ls=look.line if line else "none", marker=look.marker, ms=5, lw=1.8)
        for look in table.values()
    ]
    figure.legend(
        keys,
        [say(name) for name in table],
        loc="center left",
        bbox_to_anchor=((MARGIN - 0.05) / figure.get_figwidth(), y),
        ncols=len(keys),
        handlelength=3.4 if line else 1.2,
        columnspacing=1.8,
        borderpad=0,
    )
