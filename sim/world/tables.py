"""Read a committed table of ``sim/data`` into typed columns. It checks nothing about meaning."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parent.parent / "data"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """Rows of one CSV file, kept as text until a column is asked for with a type."""

    name: str
    rows: tuple[Mapping[str, str], ...]

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, column: str) -> tuple[str, ...]:
        """Return a column as text."""
        return tuple(row[column] for row in self.rows)

    def floats(self, column: str, blank: float = np.nan) -> Floats:
        """Return a column as float64; an empty field becomes `blank`."""
        return np.array([float(row[column]) if row[column] else blank for row in self.rows], dtype=np.float64)

    def ints(self, column: str, blank: int = -1) -> Ints:
        """Return a column as int64; an empty field becomes `blank`."""
        return np.array([int(row[column]) if row[column] else blank for row in self.rows], dtype=np.int64)

    def flags(self, column: str) -> Flags:
        """Return a column of 0 and 1 as bool."""
        return self.ints(column, 0).astype(np.bool_)

    def where(self, column: str, value: str) -> Table:
        """Return the rows whose text in `column` is `value`."""
        return Table(self.name, tuple(row for row in self.rows if row[column] == value))


def read(name: str) -> Table:
    """Read ``sim/data/<name>.csv``."""
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        return Table(name, tuple(csv.DictReader(lines)))


def index_of(names: Sequence[str]) -> dict[str, int]:
    """Map each name to its position."""
    return {name: position for position, name in enumerate(names)}


def positions(values: Iterable[str], names: Mapping[str, int]) -> Ints:
    """Return the position of each value, (n,) int64; an empty text becomes -1."""
    return np.array([names[value] if value else -1 for value in values], dtype=np.int64)


def csr(lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Pack lists of row numbers as (pointer (n + 1,), index (m,)), both int64."""
    pointer = np.zeros(len(lists) + 1, dtype=np.int64)
    pointer[1:] = np.cumsum([len(entry) for entry in lists])
    flat = [item for entry in lists for item in entry]
    return pointer, np.array(flat, dtype=np.int64)


def great_circle_km(lat: Floats, lon: Floats, lat0: float | Floats, lon0: float | Floats) -> Floats:
    """Return great-circle distance in km from each (lat, lon) in degrees, shape (n,), to one point, or broadcast."""
    a, b, c, d = np.radians(lat), np.radians(lon), np.radians(lat0), np.radians(lon0)
    cosine = np.sin(a) * np.sin(c) + np.cos(a) * np.cos(c) * np.cos(b - d)
    return np.asarray(6371.0 * np.arccos(np.clip(cosine, -1.0, 1.0)), dtype=np.float64)
