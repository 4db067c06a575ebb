"""What a state table is: named columns with units, one array each.

A table owns its arrays; a Mesa agent holds a row number. Rows are appended, taken and reordered here, and
nowhere else. No table knows what its columns mean to a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
F4 = NDArray[np.float32]
I8 = NDArray[np.int64]
I4 = NDArray[np.int32]
I2 = NDArray[np.int16]
I1 = NDArray[np.int8]
B1 = NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """A column: dtype, unit, meaning and the axes behind the row (`group`, `drug`, `lane`, ...)."""

    dtype: type
    unit: str
    doc: str
    axes: tuple[str, ...] = ()
    fill: float = 0


def column(dtype: type, unit: str, doc: str, *axes: str, fill: float = 0) -> Any:
    """Declare a column in the body of a table."""
    return Column(dtype, unit, doc, axes, fill)


class Table:
    """Base of all tables. `axes` gives the length of every named axis that a column uses."""

    columns: ClassVar[dict[str, Column]] = {}

    def __init_subclass__(cls) -> None:
        cls.columns = {k: v for k, v in vars(cls).items() if isinstance(v, Column)}
        for name in cls.columns:
            delattr(cls, name)

    def __init__(self, n: int, axes: Mapping[str, int]) -> None:
        self.axes = dict(axes)
        self.n = n
        for name, item in self.columns.items():
            setattr(self, name, np.full(self._shape(item, n), item.fill, dtype=item.dtype))

    def _shape(self, item: Column, n: int) -> tuple[int, ...]:
        return (n, *(self.axes[axis] for axis in item.axes))

    def append(self, n: int, **values: Any) -> slice:
        """Add n rows with the values given by column, else fill values; returns their slice. Arrays are new objects."""
        for name, item in self.columns.items():
            column: NDArray[Any] = np.empty(self._shape(item, self.n + n), dtype=item.dtype)
            column[: self.n] = getattr(self, name)
            column[self.n :] = values.get(name, item.fill)
            setattr(self, name, column)
        self.n += n
        return slice(self.n - n, self.n)

    def take(self, rows: NDArray[Any]) -> None:
        """Keep the given rows in the given order (a mask or row numbers)."""
        for name in self.columns:
            setattr(self, name, np.ascontiguousarray(getattr(self, name)[rows]))
        self.n = len(getattr(self, next(iter(self.columns)))) if self.columns else 0

    def clear(self, row: int) -> None:
        """Set one row to fill values."""
        for name, item in self.columns.items():
            getattr(self, name)[row] = item.fill

    def zero(self) -> None:
        """Set every column to its fill values."""
        for name, item in self.columns.items():
            getattr(self, name).fill(item.fill)

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Copies of all columns by name."""
        return {name: getattr(self, name).copy() for name in self.columns}

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Put copies of saved columns in place. Raises KeyError when one is missing."""
        for name in self.columns:
            setattr(self, name, np.array(saved[name]))
        self.n = len(getattr(self, next(iter(self.columns)))) if self.columns else 0
