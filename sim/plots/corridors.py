"""corridors.png: flows and seizures by corridor and mode, scenarios beside the baseline; no single port is shown."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.plots import _read as read
from sim.plots import _read_places as places
from sim.plots import _style as style

PER_PAGE = 8  # outcomes on one picture
COLUMNS = 4
ROW = 0.215  # inches per corridor


def draw(results: read.Results, out: Path) -> list[Path]:
    """Draw yearly means over runs with the range of 90 % of runs; more than eight outcomes go on further pages."""
    table = results.corridors()
    if table.empty:
        return []
    names = _order(results, table)
    rows = _rows(table)
    pages = [names[i : i + PER_PAGE] for i in range(0, len(names), PER_PAGE)]
    made = []
    for index, chosen in enumerate(pages):
        path = out / ("corridors.png" if index == 0 else f"corridors_{index + 1}.png")
        made.append(_page(results, table, chosen, rows, path))
    return made


def _order(results: read.Results, table: pd.DataFrame) -> list[str]:
    """Outcomes that have any value, each flow on the map followed by others that share most of its words."""
    sums = table.groupby("outcome", observed=True)["value"].apply(lambda value: float(value.abs().sum()))
    present = [str(name) for name in read.outcomes(results).index if sums.get(name, 0.0) > 0]
    flows = [name for chosen in places.arrows(results).values() for name in chosen if name in present]
    rank = {name: (0, i) for i, name in enumerate(flows)}
    return sorted(present, key=lambda name: rank.get(name, (1, present.index(name))))


def _rows(table: pd.DataFrame) -> list[tuple[str, str]]:
    """(mode, corridor) pairs where something happens, modes and corridors in the order of the table."""
    busy = table[table["value"] != 0]
    modes = [str(mode) for mode in table["mode"].unique()]
    corridors = [str(name) for name in table["corridor"].unique()]
    seen = set(zip(busy["mode"].astype(str), busy["corridor"].astype(str), strict=True))
    return [(mode, name) for mode in modes for name in corridors if (mode, name) in seen]


def _heights(rows: list[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Vertical place of each row; a mode's first row leaves room for its name."""
    place, y, before = {}, 0.0, ""
    for mode, name in rows:
        y += 1.0 if mode == before else 2.1
        place[(mode, name)], before = y, mode
    return place


def _page(
    results: read.Results, table: pd.DataFrame, names: list[str], rows: list[tuple[str, str]], path: Path
) -> Path:
    looks = style.looks(results.scenarios, results.baseline)
    meta = read.outcomes(results)
    at = _heights(rows)
    columns = min(3 if len(names) in (3, 5, 6) else COLUMNS, len(names))
    lines = -(-len(names) // columns)
    tall = (max(at.values()) + 1.2) * ROW
    height = lines * (tall + 0.95) + 1.45
    width = max(8.0, 1.45 + 2.55 * columns)
    with style.page(width, height) as figure:
        grid = figure.add_gridspec(
            lines, columns, left=1.35 / width, right=1 - 0.2 / width, top=1 - 1.45 / height,
            bottom=0.85 / height, wspace=0.13, hspace=0.95 / tall,
        )  # fmt: skip
        for index, name in enumerate(names):
            ax = figure.add_subplot(grid[index // columns, index % columns])
            part = table[table["outcome"] == name]
            values = read.yearly(results, part, ["mode", "corridor"], str(meta.loc[name, "total"]))
            _panel(ax, values, at, looks)
            _dress(ax, read.row(meta, name), at, index % columns == 0)
        style.headings(figure, _title(results, names), _note(results), looks, line=False)
        style.foot(
            figure, "Corridors are field offices, sectors grouped and both seas; single ports are not shown.",
        )  # fmt: skip
        return style.save(figure, path)


def _panel(
    ax: Axes, values: pd.DataFrame, at: dict[tuple[str, str], float], looks: dict[str, style.Look]
) -> None:
    scenarios = [name for name in looks if name in values.index.get_level_values("scenario")]
    step = 0.62 / max(len(scenarios) - 1, 1)
    for index, scenario in enumerate(scenarios):
        part = values.loc[scenario]
        look = looks[scenario]
        for row, y in at.items():
            if row not in part.columns or not (values[row] != 0).any():
                continue
            runs = part[row].dropna().to_numpy(dtype=float)
            if not runs.size:
                continue
            low, high = np.percentile(runs, [5, 95])
            spot = y - 0.31 + index * step
            ax.plot([low, high], [spot, spot], color=look.colour, lw=1.1, zorder=2)
            ax.plot(runs.mean(), spot, look.marker, ms=3.9, color=look.colour, mec="white", mew=0.3, zorder=3)


def _dress(ax: Axes, meta: pd.Series, at: dict[tuple[str, str], float], first: bool) -> None:
    for (mode, name), y in at.items():
        ax.axhline(y + 0.5, color="#efefef", lw=0.6, zorder=0)
        if (mode, name) == next(key for key in at if key[0] == mode):
            ax.axhline(y - 0.5, color="#cfcfcf", lw=0.7, zorder=0)
            if first:
                ax.text(-0.02, y - 1.0, read.sentence(style.say(mode)), transform=ax.get_yaxis_transform(), ha="right",
                        va="center", fontsize=8.5, fontweight="bold")  # fmt: skip
    ax.set_yticks(list(at.values()), [read.sentence(name) for _, name in at] if first else [""] * len(at))
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(at.values()) + 0.7, min(at.values()) - 1.5)
    ax.set_xlim(left=0)
    ax.margins(x=0.04)
    style.plain_axis(ax.xaxis, 4)
    ax.grid(axis="x")
    ax.set_axisbelow(True)
    ax.set_title(textwrap.fill(read.sentence(str(meta["title"])), 30), pad=4)
    ax.set_xlabel(read.yearly_unit(meta))


def _note(results: read.Results) -> str:
    n, years = int(results.summary()["n"].max()), read.span(results, results.corridors())
    return f"Point: mean over {n} runs, {years}. Line: 90 % of the runs. Rows where nothing ever passes are left out."


def _title(results: read.Results, names: list[str]) -> str:
    """Say where each policy moves the first flow most, in words."""
    meta = read.outcomes(results)
    if "seiz" in names[0] or not read.policies(results):
        return f"What crosses and what is seized, by corridor and mode, under {style.say(results.baseline)}"
    base = places.corridor_flows(results, names[:1], results.baseline)
    parts = []
    for scenario in read.policies(results):
        total = places.corridor_flows(results, names[:1], scenario).sum() / max(base.sum(), 1e-12) - 1
        parts.append(f"{style.say(scenario)} {style.signed(100 * total, 0)}")
    return f"{read.sentence(str(meta.loc[names[0], 'title']))}, all corridors together: " + ", ".join(parts)
