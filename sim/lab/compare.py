"""Compare the scenarios of a store for people: a table per country, paired differences, figures.

It reads the summary and words it. Deaths of the two countries stand in blocks of their own and are never summed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.lab.store import Results
from sim.lab.summary import INTERVAL
from sim.lab.switches import sides

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

BLOCKS = {"MX": "Mexico", "US": "United States", "both": "Between the two countries"}
ACROSS = 3
"""Scenarios side by side in one table; more of them make more tables."""


def compare(folder: str | Path, *, baseline: str | None = None, figures: bool = True) -> pd.DataFrame:
    """The summary of a store against its baseline or another; draws its figures into the folder."""
    results = Results(folder, baseline)
    if figures:
        draw(results)
    return results.summary()


def draw(results: Results) -> list[Path]:
    """Draw every figure into DIR/figures, or into DIR/figures-vs-NAME for a baseline not the store's own."""
    from sim.plots import draw_all

    own = results.baseline == results.experiment["baseline"]
    pictures = draw_all(results, results.folder / ("figures" if own else f"figures-vs-{results.baseline}"))
    return [Path(picture) for picture in pictures]


def verdict(row: pd.Series) -> str:
    """Say what the interval says: better, worse, changed (no direction is agreed to be better) or unclear."""
    if not row["excludes_zero"]:
        return "unclear" if row["n_pairs"] > 1 else "one pair"
    if not row["better"]:
        return "changed"
    return "better" if (row["diff"] < 0) == (row["better"] == "lower") else "worse"


def number(value: float) -> str:
    """A number for people: three significant digits, thousands with commas, a dash for none."""
    if not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size > 14:
        return f"{value:.2e}"
    if size >= 2:
        return f"{round(value, 2 - size):,.0f}"
    return f"{value:,.{2 - size}f}"


def signed(value: float) -> str:
    """The same with its sign."""
    return ("+" if value > 0 else "") + number(value)


def shown(results: Results, every: bool = False) -> pd.DataFrame:
    """Rows of the summary to print: headline outcomes, or all where none is declared or `every` is asked for."""
    table = results.summary()
    return table if every or not table["headline"].any() else table[table["headline"]]


def blocks(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows by country, in the order Mexico, United States, both; empty blocks are left out."""
    for country, title in BLOCKS.items():
        rows = table[table["country"] == country]
        if len(rows):
            yield title, rows


def print_comparison(results: Results, console: Console, every: bool = False) -> None:
    """Print the tables, what they mean, and how many runs are missing."""
    table = shown(results, every)
    others = [
        name for name in results.scenarios if name != results.baseline and (table["scenario"] == name).any()
    ]
    for title, rows in blocks(table):
        for first in range(0, max(1, len(others)), ACROSS):
            _print_block(results, title, rows, others[first : first + ACROSS], console)
    for line in notes(results, table):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_block(
    results: Results, title: str, rows: pd.DataFrame, others: list[str], console: Console
) -> None:
    from rich import box
    from rich.table import Table

    plain = not console.is_terminal
    grid = Table(
        title=title, title_justify="left", box=box.ASCII2 if plain else box.SIMPLE_HEAD, show_lines=plain
    )
    grid.add_column("outcome, unit", overflow="fold")
    grid.add_column(results.baseline, justify="right", overflow="fold")
    for name in others:
        grid.add_column(f"{name} -\n{results.baseline}", justify="right", overflow="fold")
    by_name = {(row["scenario"], row["outcome"]): row for _, row in rows.iterrows()}
    for outcome in dict.fromkeys(rows["outcome"]):
        some = next(row for key, row in by_name.items() if key[1] == outcome)
        base = by_name.get((results.baseline, outcome))
        level = (
            "-"
            if base is None
            else f"{number(base['mean'])}\n[{number(base['low'])}, {number(base['high'])}]"
        )
        cells = [_cell(by_name.get((name, outcome)), plain) for name in others]
        seen = " (seen)" if some["seen_or_true"] == "seen" else ""
        grid.add_row(f"{some['title']}{seen}\n{some['unit']}", level, *cells)
    console.print(grid)


def _cell(row: pd.Series | None, plain: bool) -> str:
    if row is None or not math.isfinite(row["diff"]):
        return "-"
    percent = f" ({row['diff_percent']:+.1f}%)" if math.isfinite(row["diff_percent"]) else ""
    word = verdict(row)
    style = {"better": "bold cyan", "worse": "bold dark_orange", "changed": "bold"}.get(word, "dim")
    text = f"{signed(row['diff'])}{percent}\n\\[{signed(row['diff_low'])}, {signed(row['diff_high'])}]\n"
    text += word if plain else f"[{style}]{word}[/]"
    if row["excludes_zero"] and row["signs_differ"]:
        text += f"\nbut {signed(row['change_from_start'])} since the start"
    return text


def notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Lines below the tables: what an interval is, over which weeks, what is missing."""
    first = table.iloc[0]
    pairs = int(table["n_pairs"].max())
    lines = [
        f"Levels and differences: {first['window']}; start: {first['start_window']}. Brackets: {INTERVAL}.",
        f"Differences are paired, replicate by replicate ({pairs} pairs), against {results.baseline}; "
        "better, worse and changed mark intervals that exclude 0. They say how sure the ranking is in this model.",
        "Switches used: "
        + "; ".join(f"{name} {side}" for name, side in switches_used(results).items())
        + ".",
    ]
    if len(results.missing):
        lines.append(f"{len(results.missing)} of {len(results.manifest['runs'])} runs are not in the store.")
    return lines


def switches_used(results: Results) -> dict[str, str]:
    """The side used of every switch of structure, in words; where scenarios differ, that of each."""
    return {row.name: used for row, used in sides(results)}


def as_data(results: Results, every: bool = False) -> dict[str, Any]:
    """The comparison as plain data for scripts; None where there is no number."""
    table = shown(results, every)
    countries: dict[str, list[dict[str, Any]]] = {}
    for country in BLOCKS:
        rows = table[table["country"] == country].to_dict("records")
        countries[country] = [{str(k): _plain(v) for k, v in row.items()} for row in rows]
    return {
        "baseline": results.baseline,
        "scenarios": results.scenarios,
        "interval": INTERVAL,
        "switches": switches_used(results),
        "failed": [run["run_id"] for run in results.failed],
        "missing": [run["run_id"] for run in results.missing],
        "countries": countries,
    }


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
