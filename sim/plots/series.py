"""series.png: headline outcomes over time, one panel each, Mexico on the left and the United States on the right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.plots import _read as read
from sim.plots import _style as style
from sim.units import WEEKS_PER_YEAR

RANK = 30  # place among the figures of a report
WINDOW = 13  # weeks averaged into one point
BAND = (5, 95)  # percentiles over runs


def draw(results: read.Results, out: Path) -> list[Path]:
    """Draw medians and 90 % bands over runs of 13-week means, for every scenario."""
    weekly = results.weekly()
    blocks = {code: [n for n in names if n in weekly] for code, names in read.headlines(results).items()}
    blocks = {code: names for code, names in blocks.items() if names}
    if not blocks or weekly.empty:
        return []
    table = read.outcomes(results)
    looks = style.looks(results.scenarios, results.baseline)
    cells = _layout(blocks)
    rows = 1 + max(row for row, _, _ in cells)
    below = min((row for row, _, name in cells if name in blocks.get("both", [])), default=rows)
    ratios = [0.02 if row == below - 1 and 0 < below < rows else 1.0 for row in range(rows)]
    height = 1.75 * sum(ratios) + 1.85
    with style.page(11, height) as figure:
        grid = figure.add_gridspec(
            rows, 2, left=0.075, right=0.985, top=1 - 1.6 / height, bottom=0.68 / height, hspace=0.6, wspace=0.17,
            height_ratios=ratios,
        )  # fmt: skip
        blocked = _blocks(weekly, [name for _, _, name in cells])
        for row, column, name in cells:
            ax = figure.add_subplot(grid[row, column])
            _panel(ax, blocked, name, read.row(table, name), looks)
        last = {column: max(row for row, c, _ in cells if c == column) for _, column, _ in cells}
        for ax, (row, column, _) in zip(figure.axes, cells, strict=True):
            ax.set_xlabel("years since the start" if row == last[column] else "")
        _column_heads(figure, blocks, height)
        style.headings(figure, _title(results, weekly, table, blocks), _note(weekly), looks)
        style.foot(
            figure,
            "Deaths in the two countries are never added together. Scales differ between panels "
            "and need not start at zero.",
        )
        return [style.save(figure, out / "series.png")]


def _layout(blocks: dict[str, list[str]]) -> list[tuple[int, int, str]]:
    """Rows and columns of the panels: a column per country, what lies between the two beneath both."""
    cells = [(i, 0, name) for i, name in enumerate(blocks.get("MX", []))]
    cells += [(i, 1, name) for i, name in enumerate(blocks.get("US", []))]
    below = 2 + max((row for row, _, _ in cells), default=-2)  # a narrow row stays free above
    return cells + [(below + i // 2, i % 2, name) for i, name in enumerate(blocks.get("both", []))]


def _column_heads(figure: object, blocks: dict[str, list[str]], height: float) -> None:
    axes = figure.axes  # type: ignore[attr-defined]
    first = 0
    for code, names in blocks.items():
        box = axes[first].get_position()
        at = (box.x0 - 0.048, box.y1 + 0.32 / height)
        figure.text(*at, read.COUNTRIES[code], fontsize=11, color=style.QUIET, va="bottom")  # type: ignore[attr-defined]
        first += len(names)


def _blocks(weekly: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Means over whole blocks of 13 weeks (shorter runs: of 4 or 1), by scenario, run and block."""
    start = weekly["week"].min()
    n_weeks = int(weekly["week"].max() - start + 1)
    window = next((w for w in (WINDOW, 4, 1) if n_weeks >= 3 * w), 1)
    table = weekly.assign(block=(weekly["week"] - start) // window)
    table = table[table["block"] < n_weeks // window]
    means = (
        table.groupby(["scenario", *read.runs_by(table), "block"], observed=True)[names].mean().reset_index()
    )
    return means.assign(year=(means["block"] + 0.5) * window / WEEKS_PER_YEAR)


def _panel(ax: Axes, blocked: pd.DataFrame, name: str, meta: pd.Series, looks: dict[str, style.Look]) -> None:
    for scenario, look in looks.items():
        part = blocked[blocked["scenario"] == scenario].pivot_table(
            index="year", columns=read.runs_by(blocked), values=name
        )
        part = part.dropna(how="all")
        if part.empty:
            continue
        low, middle, high = np.nanpercentile(part.to_numpy(dtype=float), [BAND[0], 50, BAND[1]], axis=1)
        year = part.index.to_numpy()
        order = 3 if look.line == "solid" else 4
        ax.fill_between(year, low, high, color=look.colour, alpha=0.13, lw=0, zorder=1)
        every = max(1, len(year) // 6)
        ax.plot(
            year, middle, color=look.colour, ls=look.line, lw=1.6, zorder=order,
            marker=look.marker, ms=3.8, markevery=(every // 2, every),
        )  # fmt: skip
    ax.set_title(read.sentence(str(meta["title"])), pad=5)
    ax.set_ylabel(read.weekly_unit(meta))
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.margins(x=0.01)
    low_end, high_end = ax.get_ylim()
    if low_end >= 0 and low_end < 0.6 * high_end:
        ax.set_ylim(0, high_end)
    style.plain_axis(ax.yaxis, 4)


def _note(weekly: pd.DataFrame) -> str:
    n = len(weekly[read.runs_by(weekly)].drop_duplicates())
    return f"Line: median of {n} paired runs, each point the mean of {WINDOW} weeks. Band: 90 % of the runs."


def _title(
    results: read.Results, weekly: pd.DataFrame, table: pd.DataFrame, blocks: dict[str, list[str]]
) -> str:
    """Say which headline outcome moved most against the baseline, in each country, in standardised terms."""
    shown = read.contrasts(results)
    parts = []
    for code in ("MX", "US"):
        rows = shown[shown["outcome"].isin(blocks.get(code, [])) & shown["verdict"].isin(("better", "worse"))]
        rows = rows.dropna(subset=["percent"])
        if rows.empty:
            parts.append(f"{read.IN_TEXT[code]}, none")
            continue
        top = read.row(rows, rows["percent"].abs().idxmax())
        change = style.signed(float(top["percent"]), 0)
        words = f"{read.row(table, top['outcome'])['title']} {change} under {style.say(str(top['scenario']))}"
        parts.append(f"{read.IN_TEXT[code]}, {words}")
    return f"Largest clear changes from {style.say(results.baseline)}: in {'; in '.join(parts)}"
