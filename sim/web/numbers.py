"""The numbers of the page: headline outcomes, their pace and history; every national outcome can be charted."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.outcome import Outcome, of_level
from sim.units import WEEKS_PER_YEAR

WINDOW = 13
"""Weeks over which a shown number is averaged."""
COUNTRIES = {"MX": "Mexico", "US": "United States", "both": "Both countries"}


def headlines() -> list[Outcome]:
    """Headline outcomes: Mexico, the United States, then what belongs to both; deaths first in each."""
    order = list(COUNTRIES)
    mine = [item for item in of_level("national") if item.headline]
    return sorted(mine, key=lambda item: (order.index(item.country), item.unit != "deaths", item.family))


def scale(item: Outcome) -> float:
    """What turns a week's value into the number shown: a sum over weeks is shown as a year's pace."""
    return WEEKS_PER_YEAR if item.total == "sum" else 1.0


def pace(item: Outcome, weekly: Any) -> float:
    """The number shown: mean of the last 13 weeks (or as many as there are), as a year's pace. NaN before any."""
    last = np.asarray(weekly, dtype=np.float64)[-WINDOW:]
    return float(last.mean() * scale(item)) if last.size else float("nan")


def unit(item: Outcome) -> str:
    """Unit as shown; empty for plain numbers."""
    words = "" if item.unit == "1" else item.unit
    return f"{words}/yr" if item.total == "sum" else words


def describe(item: Outcome) -> dict[str, Any]:
    """An outcome as the page shows it."""
    return {
        "name": item.name,
        "title": item.title,
        "unit": unit(item),
        "country": item.country,
        "family": item.family,
        "doc": item.doc,
        "sees": item.sees,
        "better": item.better,
        "scale": scale(item),
    }


def catalogue() -> dict[str, Any]:
    """Headlines, and all national outcomes that the chart can show."""
    return {
        "headlines": [describe(item) for item in headlines()],
        "all": [describe(item) for item in of_level("national")],
        "countries": COUNTRIES,
    }
