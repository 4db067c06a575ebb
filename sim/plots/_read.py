"""What the figures read from a results store: outcomes with their units, headline lists, yearly values by place.

Names, units, headline flags and directions come from the store's dictionary and summary; no list of outcomes is kept
here, so a new outcome appears in the figures by itself. This module draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import stats

from sim.units import WEEKS_PER_YEAR

LEVEL = 0.90  # of every interval drawn here; the summary's own intervals use the same
COUNTRIES = {"MX": "Mexico", "US": "United States", "both": "Between the two"}
IN_TEXT = COUNTRIES | {"US": "the United States"}


class Results(Protocol):
    """The part of a results store that figures use."""

    @property
    def scenarios(self) -> Sequence[str]: ...
    @property
    def baseline(self) -> str: ...
    def weekly(self) -> pd.DataFrame: ...
    def regional(self) -> pd.DataFrame: ...
    def corridors(self) -> pd.DataFrame: ...
    def summary(self) -> pd.DataFrame: ...
    def dictionary(self) -> pd.DataFrame: ...


class Held:
    """Results whose tables are read or computed once, however many figures ask."""

    def __init__(self, results: Results) -> None:
        self.scenarios: Sequence[str] = list(results.scenarios)
        self.baseline = results.baseline
        self._source = results
        self._tables: dict[str, pd.DataFrame] = {}
        self.experiment: Mapping[str, Any] = getattr(results, "experiment", {})
        self.folder: Any = getattr(results, "folder", None)

    def _once(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = getattr(self._source, name)()
        return self._tables[name]

    def weekly(self) -> pd.DataFrame:
        return self._once("weekly")

    def regional(self) -> pd.DataFrame:
        return self._once("regional")

    def corridors(self) -> pd.DataFrame:
        return self._once("corridors")

    def summary(self) -> pd.DataFrame:
        return self._once("summary")

    def dictionary(self) -> pd.DataFrame:
        return self._once("dictionary")


def held(results: Results) -> Held:
    """The same results, holding what has been read."""
    return results if isinstance(results, Held) else Held(results)


_DEFAULTS = {"level": "", "unit": "", "country": "both", "better": "", "total": "sum", "headline": False}
_DEFAULTS |= {"arrow": "", "title": "", "meaning": ""}


def outcomes(results: Results) -> pd.DataFrame:
    """One row per outcome, by name: level, unit, country, better, total, headline, arrow, title, meaning.

    What the dictionary does not say is taken from the summary, then from plain defaults.
    """
    table = results.dictionary().rename(columns={"column": "outcome", "name": "outcome", "doc": "meaning"})
    table = table.drop_duplicates("outcome").set_index("outcome")
    summary = results.summary().drop_duplicates("outcome").set_index("outcome")
    for column, default in _DEFAULTS.items():
        if column not in table:
            known = summary[column].to_dict() if column in summary else {}
            table[column] = [known.get(name) for name in table.index]
        table[column] = table[column].astype(object).where(table[column].notna(), default)
    truth = {"true": True, "1": True, "yes": True}
    table["headline"] = [truth.get(str(value).lower(), False) for value in table["headline"]]
    blank = table["title"] == ""
    table.loc[blank, "title"] = [str(name).replace("_", " ") for name in table.index[blank]]
    return _borrow_titles(table)


def _borrow_titles(table: pd.DataFrame) -> pd.DataFrame:
    """An outcome by state or corridor without a title of its own takes that of its national twin."""
    titles = dict(zip(map(str, table.index), table["title"].astype(str), strict=True))
    for name, title in titles.items():
        twin = name.removesuffix("_by_state").removesuffix("_by_corridor")
        if twin != name and twin in titles and title == name.replace("_", " "):
            table.loc[name, "title"] = titles[twin]
    return table


def row(table: pd.DataFrame, key: object) -> Any:
    """One row of a table, as a Series; the pandas stubs do not say which of several types `loc` gives."""
    return table.loc[key]  # type: ignore[call-overload]


def headlines(results: Results) -> dict[str, list[str]]:
    """Headline outcomes of the summary by country ("MX", "US", "both"), in the order of the dictionary."""
    table, present = outcomes(results), set(results.summary()["outcome"])
    kept = table[[name in present for name in table.index]]
    kept = kept[kept["headline"]] if kept["headline"].any() else kept
    blocks = {code: [str(name) for name in kept.index[kept["country"] == code]] for code in COUNTRIES}
    return {code: names for code, names in blocks.items() if names}


def policies(results: Results) -> list[str]:
    """Scenarios other than the baseline, in their order."""
    return [name for name in results.scenarios if name != results.baseline]


def sentence(title: str) -> str:
    """The title with a capital, other letters as they are."""
    return title[:1].upper() + title[1:]


def pretty(unit: str) -> str:
    """A unit as words: `deaths/100k/yr` becomes `deaths per 100,000 per year`."""
    if unit in ("1", ""):
        return "no unit"
    words = {
        "100k": "100,000",
        "10k": "10,000",
        "1k": "1,000",
        "yr": "year",
        "wk": "week",
        "fraction": "share",
        "prob": "probability",
    }
    parts = [words.get(part, part.replace("_", " ")) for part in unit.split("/")]
    return (
        " per ".join(parts) if len(parts) > 1 and parts[0] != "1" else " per ".join(parts).removeprefix("1 ")
    )


def weekly_unit(meta: pd.Series) -> str:
    """Unit of a weekly value: totals are per week, levels are as they are."""
    timed = str(meta["unit"]).endswith(("/week", "/wk", "/yr"))
    unit = pretty(str(meta["unit"]))
    return f"{unit} per week" if meta["total"] == "sum" and not timed else unit


def yearly_unit(meta: pd.Series) -> str:
    """Unit of a yearly value."""
    unit = str(meta["unit"])
    if meta["total"] != "sum" or unit.endswith("/yr"):
        return pretty(unit).replace(" per year", " a year")
    return f"{pretty(unit.removesuffix('/week').removesuffix('/wk'))} a year"


def runs_by(table: pd.DataFrame) -> list[str]:
    """The columns that name a run within a scenario."""
    return [column for column in ("replicate", "draw") if column in table]


def window_years(results: Results, years: Iterable[int]) -> dict[int, float]:
    """Years of a table by place that lie in the summary's window, each with the share of it that was run.

    The window is the store's `experiment["window_weeks"]`, else the whole run; if no year begins in it, all count.
    """
    weeks = results.weekly()["week"]
    end = float(weeks.max() + 1) / WEEKS_PER_YEAR
    run = {int(year): min(1.0, max(end - i, 0.02)) for i, year in enumerate(sorted(years))}
    window = getattr(results, "experiment", {}).get("window_weeks")
    if window is None:
        return run
    first, last = (week / WEEKS_PER_YEAR for week in window)
    inside = {year: share for i, (year, share) in enumerate(run.items()) if first - 0.05 <= i < last - 0.05}
    return inside or run


def span(results: Results, table: pd.DataFrame) -> str:
    """The years that `yearly` takes together, as words."""
    years = sorted(window_years(results, table["year"].unique()))
    return f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0])


def yearly(results: Results, table: pd.DataFrame, places: Sequence[str], total: str) -> pd.DataFrame:
    """Value per year by run and place over the years of the window: sums, means, or the last year's.

    Returns rows (scenario, replicate[, draw]) and columns by place.
    """
    years = window_years(results, table["year"].unique())
    table = table.dropna(subset=["value"])
    keys = ["scenario", *runs_by(table), *places]
    table = table[table["year"] == max(years)] if total == "last" else table[table["year"].isin(list(years))]
    grouped = table.groupby(keys, observed=True)["value"]
    value = grouped.sum() / sum(years.values()) if total == "sum" else grouped.mean()
    return value.unstack(list(places))


def n_pairs(results: Results) -> int:
    """Number of paired runs behind the differences."""
    table = results.summary()
    return int(table["n_pairs" if "n_pairs" in table else "n"].max())


def interval(values: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Mean and Student-t interval over axis 0: array (3, ...) of mean, low, high. Needs two or more runs to be wide."""
    n = values.shape[0]
    if n == 0:
        return np.full((3, *values.shape[1:]), np.nan)
    mean = values.mean(axis=0)
    if n < 2:
        return np.stack([mean, mean, mean])
    half = stats.t.ppf(0.5 + level / 2, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return np.stack([mean, mean - half, mean + half])


def paired(table: pd.DataFrame, scenario: str, baseline: str) -> pd.DataFrame:
    """Scenario minus baseline, run by run, for runs that both have (rows by run, columns by place)."""
    difference: pd.DataFrame = row(table, scenario) - row(table, baseline)
    return difference.dropna(how="all")


def verdict(low: float, high: float, better: str) -> str:
    """What an interval of a difference says: "better", "worse", "changed" (no agreed direction) or "unclear"."""
    if not (np.isfinite(low) and np.isfinite(high)) or low <= 0 <= high:
        return "unclear"
    if better not in ("lower", "higher"):
        return "changed"
    return "better" if (high < 0) == (better == "lower") else "worse"


def contrasts(results: Results) -> pd.DataFrame:
    """Summary rows of the policies with the difference as % of the baseline's mean and what its interval says.

    Adds percent, percent_low, percent_high, verdict and standardised: the difference in units of its standard
    deviation between runs, recovered from the interval (half-width = t x sd / sqrt(n)).
    """
    table, meta = results.summary(), outcomes(results)
    base = table[table["scenario"] == results.baseline].set_index("outcome")["mean"]
    table = table[table["scenario"] != results.baseline].copy()
    scale: pd.Series[float] = table["outcome"].map(base.to_dict()).abs().astype(float)
    scale = scale.where(scale > 0)
    for column, source in (("percent", "diff"), ("percent_low", "diff_low"), ("percent_high", "diff_high")):
        table[column] = 100 * table[source].astype(float) / scale
    n = table["n_pairs" if "n_pairs" in table else "n"].clip(lower=2).astype(float)
    half = (table["diff_high"] - table["diff_low"]).astype(float) / 2
    spread: Any = half * np.sqrt(n) / stats.t.ppf(0.5 + LEVEL / 2, n - 1)
    table["standardised"] = (table["diff"] / spread.where(spread > 0)).fillna(0.0)
    better = table["outcome"].map(meta["better"])
    table["better"] = better
    table["verdict"] = [
        verdict(lo, hi, d) if told else "unclear"
        for told, lo, hi, d in zip(
            table["excludes_zero"], table["diff_low"], table["diff_high"], better, strict=True
        )
    ]
    return table
