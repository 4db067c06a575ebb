"""levels.png: every known level as a band, and where the simulation falls; misses first.

`contraflow validate` draws it. Rows differ in unit, so each is drawn relative to the geometric middle of its own
band, on one logarithmic scale; the numbers themselves stand at the right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.lab.levels import number
from sim.plots import _style as style

if TYPE_CHECKING:
    from sim.lab.validate import Judged

LEFT, RIGHT = 1 / 30, 30.0  # ends of the scale; what lies beyond is an arrow at the end
TICKS = (1 / 30, 1 / 10, 1 / 3, 1.0, 3.0, 10.0, 30.0)
BAND, ROW = 0.62, 0.235  # height of a band in rows, of a row in inches
MARKS = {"input": "s", "fitted": "D", "emergent": "o"}
AT = {
    "level": (-0.627, "left"),
    "role": (-0.16, "left"),
    "simulated": (1.24, "right"),
    "band": (1.69, "right"),
    "unit": (1.72, "left"),
    "verdict": (2.06, "left"),
}
"""Where the columns of words stand, in widths of the axis, and the side they are flush with."""
HEAD, FOOT = 1.05, 0.68  # inches


def draw(judged: Sequence[Judged], title: str, note: str, out: Path) -> Path:
    """Draw the levels in the order given into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    height = HEAD + FOOT + ROW * len(judged)
    with style.page(11, height) as figure:
        box = (0.225, FOOT / height, 0.33, 1 - (HEAD + FOOT) / height)
        ax = figure.add_axes(box)
        _axis(ax, len(judged))
        for row, item in enumerate(judged):
            _band(ax, row, item)
            _words(ax, row, item)
        _columns(ax)
        style.headings(figure, title, note)
        _key(figure)
        return style.save(figure, out / "levels.png")


def _axis(ax: Axes, rows: int) -> None:
    ax.set_xscale("log")
    ax.set_xlim(LEFT, RIGHT)
    ax.set_ylim(rows - 0.4, -0.6)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(FixedLocator(list(TICKS)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"1/{1 / x:.0f}" if x < 0.99 else f"{x:.0f}"))
    ax.grid(axis="x")
    ax.set_axisbelow(True)
    ax.set_xlabel("simulated over the middle of the band (log scale)")


def _band(ax: Axes, row: int, item: Judged) -> None:
    """The band as a bar, the interval over replicates as a line, the mean as a mark; a miss is joined to its band."""
    low, high = item.level.low, item.level.high
    middle = math.sqrt(low * high)
    if row % 2:
        stripe = Rectangle((-0.645, row - 0.5), 2.97, 1.0, color="#f6f6f4", lw=0, zorder=0, clip_on=False)
        stripe.set_transform(ax.get_yaxis_transform())
        ax.add_patch(stripe)
    ax.barh(row, (high - low) / middle, left=low / middle, height=BAND, color="#c9d9e6", lw=0, zorder=1)
    if not item.known:
        return
    colour = style.BLUE if item.inside else style.VERMILLION
    value, (start, end) = item.simulated.mean / middle, (item.simulated.low, item.simulated.high)
    if not item.inside:
        edge = (high if item.simulated.mean > high else low) / middle
        ax.plot([edge, _clip(value)], [row, row], color=colour, lw=1.0, ls=(0, (1.2, 1.2)), zorder=2)
    if math.isfinite(start):
        ends = [_clip(start / middle), _clip(end / middle)]
        ax.plot(ends, [row, row], color=colour, lw=2.2, solid_capstyle="butt", zorder=3)
    beyond = not LEFT < value < RIGHT
    mark = MARKS[item.level.role] if not beyond else ("<" if value <= LEFT else ">")
    face = colour if item.level.role == "emergent" else "white"
    ax.plot(
        _clip(value), row, marker=mark, ms=5.2, mfc=face, mec=colour, mew=1.3, ls="", clip_on=False, zorder=4
    )


def _clip(x: float) -> float:
    return min(max(x, LEFT), RIGHT)


def _words(ax: Axes, row: int, item: Judged) -> None:
    level = item.level
    ink = style.INK if item.inside else style.VERMILLION
    weight = "normal" if item.inside else "bold"
    verdict = item.verdict.replace("x ", "× ")
    cells = (
        (AT["level"], level.id.replace("_", " "), ink, weight),
        (AT["role"], level.role, style.QUIET, "normal"),
        (AT["simulated"], number(item.simulated.mean), ink, weight),
        (AT["band"], f"{number(level.low)} to {number(level.high)}", style.QUIET, "normal"),
        (AT["unit"], level.unit, style.QUIET, "normal"),
        (AT["verdict"], verdict, ink, weight),
    )
    for (x, side), text, colour, thick in cells:
        ax.text(
            x, row, text, transform=ax.get_yaxis_transform(), ha=side, va="center", fontsize=7.6,
            color=colour, fontweight=thick,
        )  # fmt: skip


def _columns(ax: Axes) -> None:
    for text, (x, side) in AT.items():
        ax.text(
            x, -0.95, text, transform=ax.get_yaxis_transform(), ha=side, va="bottom", fontsize=8,
            color=style.QUIET,
        )  # fmt: skip


def _key(figure: Figure) -> None:
    words = "Bar: the band. Circle: emergent; diamond: fitted; square: input. Line: interval over replicates."
    style.foot(figure, f"{words} Orange: the mean lies outside; an arrow at the edge lies beyond the scale.")
