"""Names that scenarios may use in `where` and in events: read from the project's tables, checked at the edge.

It knows names only; what they stand for is in `sim.world`.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
START_YEAR = "2019"

WHERE = {
    "country": "country",
    "states": "state",
    "areas": "area",
    "ports": "site",
    "corridors": "corridor",
    "groups": "group",
    "drugs": "drug",
    "agencies": "agency",
}
"""What a scenario calls an axis, and what levers call it."""

_SOURCES = {
    "state": (("states.csv", "state"),),
    "area": (("areas.csv", "state"),),
    "site": (("ports.csv", "code"), ("sectors.csv", "code")),
    "corridor": (("corridors.csv", "corridor"),),
    "drug": (("commodities.csv", "drug"),),
    "agency": (("agencies.csv", "agency"),),
}


@lru_cache(maxsize=1)
def members() -> Mapping[str, Collection[str]]:
    """Names on each axis, by the word of scenarios and by the word of levers."""
    found: dict[str, tuple[str, ...]] = {"country": ("MX", "US")}
    for axis, sources in _SOURCES.items():
        found[axis] = tuple(row[column] for file, column in sources for row in _rows(file))
    groups = (row["group"] for row in _rows("groups.csv") if row["year"] == START_YEAR)
    found["group"] = tuple(dict.fromkeys(groups))
    return found | {word: found[axis] for word, axis in WHERE.items()}


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
