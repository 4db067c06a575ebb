"""Outcomes by state and by corridor, as the maps need them: which outcome to show, per 100,000 people, flows a year."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.plots import _read as read

PEOPLE = (
    "death",
    "homicide",
    "overdose",
    "person",
    "people",
    "victim",
    "user",
    "member",
    "arrest",
    "extortion",
)
NORTH = {"drugs": True, "cash": False, "guns": False}  # which way each kind of arrow points


def state_outcome(results: read.Results, country: str) -> str | None:
    """The regional outcome of a country that says most nearly what its headline outcomes say."""
    table = read.outcomes(results)
    present = set(results.regional()["outcome"].unique())
    rows = table[[name in present for name in table.index]]
    rows = rows[rows["country"] == country]
    if rows.empty:
        return None
    heads = table[table["headline"] & (table["country"] == country) & ~table.index.isin(rows.index)]
    words = [set(str(name).split("_")) for name in heads.index]

    def likeness(name: str) -> float:
        mine = set(name.split("_")) - {"by", "state", country.lower()}
        shared = max((len(mine & other) / len(mine | other) for other in words), default=0.0)
        return shared + (0.5 if str(rows.loc[name, "unit"]).startswith(PEOPLE) else 0.0)

    return str(max(rows.index, key=lambda name: likeness(str(name))))


def _per_head(meta: pd.Series) -> bool:
    unit = str(meta["unit"])
    return unit.startswith(PEOPLE) and "100k" not in unit and not unit.endswith(("/person", "/people"))


def state_title(meta: pd.Series) -> str:
    """The outcome's title without the words a map makes needless."""
    return str(meta["title"]).removesuffix(" by state")


def state_unit(meta: pd.Series) -> str:
    """What the map's colour means."""
    if _per_head(meta):
        return f"{state_title(meta)} per 100,000 people{' a year' if meta['total'] == 'sum' else ''}"
    return f"{state_title(meta)}, {read.yearly_unit(meta)}"


def state_rates(results: read.Results, name: str, population: Mapping[str, float]) -> pd.DataFrame:
    """Mean over the window by scenario and run (rows) and state (columns); counts per 100,000 people a year."""
    meta = read.row(read.outcomes(results), name)
    table = results.regional()
    value = read.yearly(results, table[table["outcome"] == name], ["state"], str(meta["total"]))
    value = value[[code for code in value.columns if code in population]]
    if _per_head(meta):
        value = value.div(pd.Series(population, dtype=float).reindex(value.columns) / 1e5, axis=1)
    return value


def arrows(results: read.Results) -> dict[str, list[str]]:
    """Corridor outcomes by kind of arrow: as the dictionary marks them, else by the first word of their name."""
    table = read.outcomes(results)
    present = [str(name) for name in results.corridors()["outcome"].unique()]
    marked: dict[str, list[str]] = {}
    for kind in NORTH:
        by_mark = [name for name in present if name in table.index and table.loc[name, "arrow"] == kind]
        by_name = [name for name in present if name.split("_")[0] == kind and "seiz" not in name]
        chosen = by_mark or by_name[:1]
        if chosen:
            unit = table["unit"].reindex(chosen)
            marked[kind] = [name for name in chosen if unit[name] == unit.iloc[0]]
    return marked


def corridor_flows(results: read.Results, names: list[str], scenario: str) -> pd.Series:
    """Flow a year by corridor: outcomes and modes summed, averaged over runs."""
    table = results.corridors()
    table = table[table["outcome"].isin(names) & (table["scenario"] == scenario)]
    value = read.yearly(results, table, ["corridor"], "sum")
    mean: pd.Series = value.mean(axis=0)
    return mean


def round_down(value: float) -> float:
    """The largest of 1, 2, 5 x 10^k that is not above the value."""
    if value <= 0:
        return 0.0
    power = 10 ** np.floor(np.log10(value))
    return float(max(step for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)) * power)
