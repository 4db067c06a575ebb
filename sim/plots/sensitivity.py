"""sensitivity_COUNTRY.png: which factors of a sweep move which outcomes, with what the sample and the dice leave open.

A picture per country, a panel per outcome. Screening shows the change over a factor's whole range, indices the share of
the variance.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.plots import _read as read
from sim.plots import _style as style

SECTION = "sensitivity"
MOST = 10  # factors drawn in a panel
ROW = 0.2  # inches per factor
UP, DOWN, MIXED = style.VERMILLION, style.BLUE, "#8a8a8a"


def draw(results: read.Results, out: Path) -> list[Path]:
    """Draw the indices of the sweep in the folder; nothing if it holds none."""
    folder = getattr(results, "folder", None)
    path = Path(folder) / "indices.csv" if folder is not None else None
    if path is None or not path.is_file():
        return []
    table = pd.read_csv(path, keep_default_na=True)
    if table.empty:
        return []
    countries = [code for code in read.COUNTRIES if (table["country"] == code).any()]
    return [_picture(table[table["country"] == code], code, out) for code in countries]


def _picture(table: pd.DataFrame, code: str, out: Path) -> Path:
    """One country's outcomes, two panels a row."""
    method = "morris" if "mu_star" in set(table["index"]) else "sobol"
    groups = [part for _, part in table.groupby(["outcome", "window"], sort=False)]
    n_rows = math.ceil(len(groups) / 2)
    shown = min(MOST, table["factor"].nunique())
    panel = shown * ROW + 0.62
    height = n_rows * (panel + 0.34) + 1.5
    with style.page(10, height) as figure:
        grid = figure.add_gridspec(
            n_rows, 2, left=0.2, right=0.965, top=1 - 1.42 / height, bottom=0.66 / height,
            hspace=0.72 / panel, wspace=0.62,
        )  # fmt: skip
        for i, part in enumerate(groups):
            ax = figure.add_subplot(grid[i // 2, i % 2])
            (_screening if method == "morris" else _shares)(ax, part)
        style.headings(figure, _title(table, method, code), _note(method))
        _key(figure, method, height)
        style.foot(figure, _foot(table))
        return style.save(figure, out / f"sensitivity_{code.lower()}.png")


def wide(part: pd.DataFrame, order: str) -> pd.DataFrame:
    """Factors by row, largest first; columns like (value, mu_star), (conf, mu_star)."""
    table = part.pivot(index="factor", columns="index", values=["value", "conf", "noise"])
    ranked: pd.DataFrame = table.sort_values(("value", order), ascending=False)
    return ranked.head(MOST)


def _axes(ax: Axes, part: pd.DataFrame, names: list[str]) -> None:
    about = part.iloc[0]
    ax.set_title(f"{read.sentence(str(about['title']))}", pad=4)
    ax.set_yticks(range(len(names)), [style.say(name) for name in names], color=style.INK)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.set_axisbelow(True)


def _screening(ax: Axes, part: pd.DataFrame) -> None:
    """Bars of mu_star in % of the outcome's mean, coloured by whether the effect has one direction."""
    about = part.iloc[0]
    table = wide(part, "mu_star")
    scale = 100 / abs(float(about["mean"])) if about["mean"] else 1.0
    names = [str(name) for name in table.index]
    _axes(ax, part, names)
    floor = scale * float(about["noise_floor"])
    if np.isfinite(floor) and floor > 0:
        ax.axvspan(0, floor, color="#ececea", lw=0, zorder=0)
    for y, name in enumerate(names):
        row = read.row(table, name)
        star, mean = float(row[("value", "mu_star")]), float(row[("value", "mu")])
        one_way = abs(mean) > 0.8 * star
        colour = MIXED if not one_way else (UP if mean > 0 else DOWN)
        clear = not np.isfinite(floor) or star * scale > floor
        ax.barh(y, star * scale, height=0.62, color=colour if clear else "white", ec=colour, lw=1, zorder=2)
        _whisker(ax, y, scale * star, scale * _doubt(row, "mu_star"))
    reach = float(np.nanmax(scale * (table[("value", "mu_star")] + table[("conf", "mu_star")].fillna(0))))
    ax.set_xlim(0, max(reach, 1e-9) * 1.08)
    level = f"{style.compact(float(about['mean']))} {read.pretty(str(about['unit']))}".removesuffix(
        " no unit"
    )
    ax.set_xlabel(f"% of the mean, {level}", fontsize=7.5)


def _doubt(row: Any, index: str) -> float:
    """Half-width of the interval over trajectories or base samples."""
    conf = float(row[("conf", index)])
    return conf if np.isfinite(conf) else 0.0


def _whisker(ax: Axes, y: float, middle: float, half: float) -> None:
    if half > 0:
        ax.plot([max(0.0, middle - half), middle + half], [y, y], color=style.INK, lw=0.9, zorder=3)


def _shares(ax: Axes, part: pd.DataFrame) -> None:
    """First-order indices as bars, total indices as diamonds."""
    table = wide(part, "ST")
    names = [str(name) for name in table.index]
    _axes(ax, part, names)
    for y, name in enumerate(names):
        row = read.row(table, name)
        first, total = float(row[("value", "S1")]), float(row[("value", "ST")])
        ax.barh(y, max(0.0, first), height=0.5, color=DOWN, zorder=2)
        _whisker(ax, y - 0.12, first, _doubt(row, "S1"))
        ax.plot(total, y + 0.12, "D", ms=4.5, mfc="white", mec=UP, mew=1.3, zorder=4)
        _whisker(ax, y + 0.12, total, _doubt(row, "ST"))
    reach = float(np.nanmax(table[("value", "ST")] + table[("conf", "ST")].fillna(0)))
    ax.set_xlim(0, max(1.0, min(reach, 1.5)))
    ax.set_xlabel("share of the variance", fontsize=7.5)


def _title(table: pd.DataFrame, method: str, code: str) -> str:
    index = "mu_star" if method == "morris" else "ST"
    part = table[table["index"] == index]
    top = part.loc[part.groupby(["outcome", "window"], sort=False)["value"].idxmax(), "factor"].value_counts()
    most = f"{style.say(str(top.index[0]))} matters most for {int(top.iloc[0])} of {int(top.sum())} outcomes"
    return f"{read.COUNTRIES[code]}: {most}, among {part['factor'].nunique()} factors"


def _note(method: str) -> str:
    if method == "morris":
        return (
            "Morris screening. Bar: mean absolute change of the outcome when one factor goes from one end of its range "
            "to the other; line: its 90 % interval over trajectories. The ten largest of each outcome."
        )
    return (
        "Sobol indices. Bar: share of the variance a factor explains alone; diamond: with interactions; lines: 90 % "
        "intervals over samples. The ten largest of each outcome."
    )


def _key(figure: Any, method: str, height: float) -> None:
    if method == "morris":
        keys: list[Any] = [Patch(color=UP), Patch(color=DOWN), Patch(color=MIXED), Patch(fc="white", ec=MIXED),
                Patch(color="#ececea")]  # fmt: skip
        words = ["raises it", "lowers it", "either way", "within the dice", "what dice alone would show"]
    else:
        keys = [Patch(color=DOWN), Line2D([], [], ls="none", marker="D", mfc="white", mec=UP)]
        words = ["alone", "with interactions"]
    figure.legend(keys, words, loc="center left", ncols=len(keys), columnspacing=1.6, handlelength=1.2,
                  bbox_to_anchor=((style.MARGIN - 0.05) / 10, 1 - 0.98 / height), borderpad=0)  # fmt: skip


def _foot(table: pd.DataFrame) -> str:
    first = table.iloc[0]
    share = table.drop_duplicates(["outcome", "window"])["noise_share"].max()
    dice = (
        f" Dice make at most {100 * share:.0f} % of the variance between rows." if np.isfinite(share) else ""
    )
    windows = ", ".join(dict.fromkeys(table["window"].astype(str)))
    return (
        f"{int(first['n_blocks'])} {'trajectories' if 'mu_star' in set(table['index']) else 'base samples'}, "
        f"{int(first['replicates'])} replicates on common dice, {windows}.{dice}"
    )
