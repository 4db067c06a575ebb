"""The ledger: nothing appears or vanishes.

Kilograms, dollars, guns, ammunition, members and prisoners live in registered accounts (columns of state
tables). They move by `move`, or a compiled kernel moves them and tells `post`. Named conversions are the
only sources and sinks. After every process the accounts it writes are counted again; a difference stops the
run and names process, account and week. The ledger keeps totals, never entry objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import LedgerLeak
from sim.kernels_books import balances, book, book_one, book_rows, close, shift_rows
from sim.kernels_sums import column_sums

Values = NDArray[Any]
Key = tuple[str, str, str, str]
"""Kind, commodity, source and target of postings."""
RELATIVE = 1e-9
ROUNDING = 2e-13


@dataclass(frozen=True)
class Commodity:
    """What is counted: `width` columns (names of the last axis), whole numbers or not."""

    name: str
    unit: str
    width: int
    whole: bool

    @cached_property
    def dtype(self) -> type:
        """What totals of it are kept in."""
        return np.int64 if self.whole else np.float64


@dataclass(frozen=True)
class Conversion:
    """A named source or sink at the edge of the model."""

    name: str
    commodity: str
    doc: str


CONVERSIONS: dict[str, Conversion] = {}


def conversion(name: str, commodity: str, doc: str) -> str:
    """Declare a source or sink and return its name. Raises ValueError when the name is taken."""
    if name in CONVERSIONS:
        raise ValueError(f"conversion {name} is declared twice")
    CONVERSIONS[name] = Conversion(name, commodity, doc)
    return name


@dataclass(slots=True)
class _Books:
    """Books of one commodity. `rows` (2, accounts, width): what is expected of each, and the size of its postings."""

    what: Commodity
    rows: Values
    relative: float
    rounding: float

    @classmethod
    def new(cls, what: Commodity) -> _Books:
        """Books without accounts; what is whole has no rounding to allow for."""
        allowed = (0.0, 0.0) if what.whole else (RELATIVE, ROUNDING)
        return cls(what, np.zeros((2, 0, what.width), dtype=what.dtype), *allowed)

    def add(self, opening: Values) -> int:
        """Give an account a row and return it."""
        self.rows = np.concatenate([self.rows, np.stack([opening, 0 * opening])[:, None]], axis=1)
        return int(self.rows.shape[1]) - 1


@dataclass(slots=True)
class _Account:
    name: str
    books: _Books
    row: int
    read: Callable[[], Values]


@dataclass(slots=True)
class _Way:
    """A kind of posting from source to target, looked up once: rows in the books (-1 for a conversion)."""

    books: _Books
    source: int
    target: int
    total: Values
    begun: int = -1
    """The week, counted by the ledger, that `total` is of."""


class Ledger:
    """Accounts, postings and the audit. `week` and `process` are set by the model as it goes."""

    def __init__(self, commodities: Iterable[Commodity]) -> None:
        self.commodities = {item.name: item for item in commodities}
        self.week = 0
        self.process = "start"
        self.largest_residue = 0.0
        self._accounts: dict[str, _Account] = {}
        self._books = {name: _Books.new(item) for name, item in self.commodities.items()}
        self._ways: dict[Key, _Way] = {}
        self._begun = 0

    @property
    def totals(self) -> dict[Key, Values]:
        """This week's totals; they are the ledger's own, and the next week is booked in them."""
        return {key: way.total for key, way in self._ways.items() if way.begun == self._begun}

    @property
    def accounts(self) -> dict[str, str]:
        """Commodity of each account, by name of the account."""
        return {name: item.books.what.name for name, item in self._accounts.items()}

    def account(self, name: str, commodity: str, read: Callable[[], Values]) -> None:
        """Register a column as an account; `read` returns the array, last axis `width` when width > 1."""
        books = self._books[commodity]
        row = books.add(column_sums(read(), books.what.width))
        self._accounts[name] = _Account(name, books, row, read)
        self._ways.clear()

    def move(
        self,
        commodity: str,
        source: str,
        target: str,
        amounts: Values,
        kind: str,
        *,
        source_rows: Values | None = None,
        target_rows: Values | None = None,
    ) -> None:
        """Move `amounts` ((k,) or (k, width), never negative) from source to target and post the total.

        An account is changed at its rows (repeated rows add up), or everywhere when rows are not given and
        shapes agree; a conversion only takes or gives. `kind` is what the totals are kept under.
        """
        amounts = np.asarray(amounts)
        if source in self._accounts:
            self._shift(source, source_rows, amounts, np.subtract)
        if target in self._accounts:
            self._shift(target, target_rows, amounts, np.add)
        way = self._way((kind, commodity, source, target))
        whole: Values = np.ascontiguousarray(amounts, dtype=way.books.what.dtype)
        book_rows(whole, way.total, way.books.rows, way.source, way.target)

    def post(self, commodity: str, source: str, target: str, total: Values | float | int, kind: str) -> None:
        """Record that `total` (scalar, or (width,)) went from source to target; a kernel has moved it."""
        way = self._way((kind, commodity, source, target))
        rows, dtype = way.books.rows, way.books.what.dtype
        if isinstance(total, np.ndarray) and total.shape == way.total.shape:
            book(total.astype(dtype, copy=False), way.total, rows, way.source, way.target)
        else:
            book_one(
                int(total) if dtype is np.int64 else float(total), way.total, rows, way.source, way.target
            )

    def _way(self, key: Key) -> _Way:
        """The way a posting goes, with its total of this week. Raises LedgerLeak where there is none."""
        way = self._ways.get(key)
        if way is None:
            way = self._ways[key] = self._find_way(*key[1:])
        if way.begun != self._begun:
            way.begun = self._begun
            way.total.fill(0)
        return way

    def _find_way(self, commodity: str, source: str, target: str) -> _Way:
        books, rows = self._books[commodity], []
        for name in (source, target):
            account = self._accounts.get(name)
            if account is not None:
                rows.append(account.row)
            elif name not in CONVERSIONS:
                raise LedgerLeak(
                    f"{self.process} posts to {name}, which is neither an account nor a conversion"
                )
            elif CONVERSIONS[name].commodity != commodity:
                raise LedgerLeak(
                    f"{self.process} posts {commodity} to {name}, which is for {CONVERSIONS[name].commodity}"
                )
            else:
                rows.append(-1)
        return _Way(books, rows[0], rows[1], np.zeros(books.what.width, dtype=books.what.dtype))

    def flow(self, kind: str, commodity: str | None = None) -> Values:
        """This week's total posted under a kind, shape (width,); zeros when nothing was."""
        found = [v for k, v in self.totals.items() if k[0] == kind and commodity in (None, k[1])]
        if not found:
            return np.zeros(1 if commodity is None else self.commodities[commodity].width)
        return np.asarray(np.sum(found, axis=0))

    def begin_week(self, week: int) -> None:
        """Forget last week's totals."""
        self.week = week
        self._begun += 1
        self._forget_postings()

    def check(self, names: Iterable[str] | None = None) -> None:
        """Count accounts again (all of them by default). Raises LedgerLeak naming process, account, week."""
        for name in self._accounts if names is None else names:
            item = self._accounts[name]
            books = item.books
            gap, wrong = balances(item.read(), books.rows, item.row, books.relative, books.rounding)
            self._judge(item, gap, wrong)

    def audit(self) -> None:
        """Close the week: every account balances and none is negative; rounding is not carried over."""
        for item in self._accounts.values():
            values, books = item.read(), item.books
            gap, wrong, debts = close(values, books.rows, item.row, books.relative, books.rounding)
            self._judge(item, gap, wrong)
            if debts:
                raise LedgerLeak(
                    f"account {item.name} ({books.what.unit}) is negative after week {self.week}: {values.min()}"
                )

    def resync(self) -> None:
        """Take what is in the tables as the opening balance (after building or restoring)."""
        for item in self._accounts.values():
            item.books.rows[0, item.row] = column_sums(item.read(), item.books.what.width)
        self._forget_postings()

    def _forget_postings(self) -> None:
        for books in self._books.values():
            books.rows[1] = 0

    def _judge(self, item: _Account, gap: float, wrong: bool) -> None:
        """Keep the largest gap that rounding explains. Raises LedgerLeak where it does not."""
        if wrong:
            raise self._leak(item)
        if gap > self.largest_residue:
            self.largest_residue = gap

    def _leak(self, item: _Account) -> LedgerLeak:
        what, expected = item.books.what, item.books.rows[0, item.row]
        found = column_sums(item.read(), what.width)
        column = int(np.argmax(np.abs(found - expected)))
        return LedgerLeak(
            f"the books do not balance: process {self.process}, account {item.name} "
            f"({what.name}, column {column}, {what.unit}), week {self.week}: "
            f"expected {expected[column]!r}, found {found[column]!r}"
        )

    def _shift(self, name: str, rows: Values | None, amounts: Values, how: Any) -> None:
        values = self._accounts[name].read()
        if rows is None:
            how(values, amounts, out=values)
        elif values.ndim == amounts.ndim == rows.ndim == 1 and values.dtype == amounts.dtype == np.float64:
            shift_rows(values, rows, amounts, 1.0 if how is np.add else -1.0)
        else:
            how.at(values, rows, amounts)
