"""The ledger: nothing appears or vanishes.

Kilograms, dollars, guns, ammunition, members and prisoners live in registered accounts (columns of state
tables). They move by `move`, or a compiled kernel moves them and tells `post`. Named conversions are the
only sources and sinks. After every process the accounts it writes are counted again; a difference stops the
run and names process, account and week. The ledger keeps totals, never entry objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.errors import LedgerLeak

Values = NDArray[Any]
RELATIVE = 1e-9
ROUNDING = 2e-13


@dataclass(frozen=True)
class Commodity:
    """What is counted: `width` columns (names of the last axis), whole numbers or not."""

    name: str
    unit: str
    width: int
    whole: bool

    @property
    def dtype(self) -> type:
        """What totals of it are kept in."""
        return np.int64 if self.whole else np.float64


@dataclass(frozen=True)
class Conversion:
    """A named source or sink at the edge of the model."""

    name: str
    commodity: str
    doc: str


@kernel
def _column_sums(values, out):  # type: ignore[no-untyped-def]
    """Add the rows of values (n, width) to out (width,), in order; a single column in four sums side by side."""
    if values.shape[1] == 1:
        n, a, b, c, d = values.shape[0], out[0] * 0, out[0] * 0, out[0] * 0, out[0] * 0
        for i in range(0, n - 3, 4):
            a += values[i, 0]
            b += values[i + 1, 0]
            c += values[i + 2, 0]
            d += values[i + 3, 0]
        for i in range(n - n % 4, n):
            a += values[i, 0]
        out[0] += (a + b) + (c + d)
        return
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            out[j] += values[i, j]


@kernel
def _recount(values, expected, touched, relative, rounding, out):  # type: ignore[no-untyped-def]
    """Count values (n, width) into out (width,), zeros before.

    Returns the largest difference to what is expected, and whether one is more than rounding explains.
    """
    _column_sums(values, out)
    largest, wrong = 0.0, False
    for j in range(out.size):
        gap = float(abs(out[j] - expected[j]))
        wrong |= not gap <= relative * touched[j] + rounding * abs(expected[j]) + 1e-12
        largest = max(largest, gap)
    return largest, wrong


@kernel
def _shift_rows(values, rows, amounts, sign):  # type: ignore[no-untyped-def]
    """Add sign x amounts (k,) to the rows (k,) of values (n,); repeated rows add up."""
    for i in range(rows.size):
        values[rows[i]] += sign * amounts[i]


@kernel
def _book(expected, touched, amount, sign, rounds):  # type: ignore[no-untyped-def]
    """Add sign x amount to expected and, for what has rounding, its size to touched; all (width,)."""
    for j in range(amount.size):
        expected[j] += sign * amount[j]
        if rounds:
            touched[j] += abs(amount[j])


CONVERSIONS: dict[str, Conversion] = {}


def conversion(name: str, commodity: str, doc: str) -> str:
    """Declare a source or sink and return its name. Raises ValueError when the name is taken."""
    if name in CONVERSIONS:
        raise ValueError(f"conversion {name} is declared twice")
    CONVERSIONS[name] = Conversion(name, commodity, doc)
    return name


@dataclass
class _Account:
    commodity: Commodity
    read: Callable[[], Values]
    expected: Values
    touched: Values
    """Sum of all postings of the week, whatever their sign; what is whole needs none, as it has no rounding."""


class Ledger:
    """Accounts, postings and the audit. `week` and `process` are set by the model as it goes."""

    def __init__(self, commodities: Iterable[Commodity]) -> None:
        self.commodities = {item.name: item for item in commodities}
        self.week = 0
        self.process = "start"
        self.totals: dict[tuple[str, str, str, str], Values] = {}
        self.largest_residue = 0.0
        self._accounts: dict[str, _Account] = {}

    @property
    def accounts(self) -> dict[str, str]:
        """Commodity of each account, by name of the account."""
        return {name: item.commodity.name for name, item in self._accounts.items()}

    def account(self, name: str, commodity: str, read: Callable[[], Values]) -> None:
        """Register a column as an account; `read` returns the array, last axis `width` when width > 1."""
        what = self.commodities[commodity]
        now = self._count(what, read())
        self._accounts[name] = _Account(what, read, now, np.zeros_like(now))

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
        self.post(commodity, source, target, self._count(self.commodities[commodity], amounts), kind)

    def post(self, commodity: str, source: str, target: str, total: Values | float | int, kind: str) -> None:
        """Record that `total` (scalar, or (width,)) went from source to target; a kernel has moved it."""
        what = self.commodities[commodity]
        amount: Values = np.asarray(total, dtype=what.dtype)
        if amount.shape != (what.width,):
            filled: Values = np.empty(what.width, dtype=what.dtype)
            filled[:] = amount
            amount = filled
        for name, sign in ((source, -1), (target, 1)):
            account = self._accounts.get(name)
            if account is not None:
                _book(account.expected, account.touched, amount, sign, not what.whole)
            elif name not in CONVERSIONS:
                raise LedgerLeak(
                    f"{self.process} posts to {name}, which is neither an account nor a conversion"
                )
            elif CONVERSIONS[name].commodity != commodity:
                raise LedgerLeak(
                    f"{self.process} posts {commodity} to {name}, which is for {CONVERSIONS[name].commodity}"
                )
        key = (kind, commodity, source, target)
        before = self.totals.get(key)
        if before is None:
            self.totals[key] = np.array(amount)
        else:
            before += amount

    def flow(self, kind: str, commodity: str | None = None) -> Values:
        """This week's total posted under a kind, shape (width,); zeros when nothing was."""
        found = [v for k, v in self.totals.items() if k[0] == kind and commodity in (None, k[1])]
        if not found:
            return np.zeros(1 if commodity is None else self.commodities[commodity].width)
        return np.asarray(np.sum(found, axis=0))

    def begin_week(self, week: int) -> None:
        """Forget last week's totals."""
        self.week = week
        self.totals = {}
        self._forget_postings()

    def check(self, names: Iterable[str] | None = None) -> None:
        """Count accounts again (all of them by default). Raises LedgerLeak naming process, account, week."""
        for name in self._accounts if names is None else names:
            item = self._accounts[name]
            self._compare(name, item, item.read())

    def audit(self) -> None:
        """Close the week: every account balances and none is negative; rounding is not carried over."""
        for name, item in self._accounts.items():
            values = item.read()
            actual = self._compare(name, item, values)
            if values.size and values.min() < 0:
                raise LedgerLeak(
                    f"account {name} ({item.commodity.unit}) is negative after week {self.week}: {values.min()}"
                )
            item.expected = actual

    def resync(self) -> None:
        """Take what is in the tables as the opening balance (after building or restoring)."""
        for item in self._accounts.values():
            item.expected = self._count(item.commodity, item.read())
        self._forget_postings()

    def _forget_postings(self) -> None:
        for item in self._accounts.values():
            item.touched.fill(0)

    def _compare(self, name: str, item: _Account, values: Values) -> Values:
        """Return the account's count, (width,). Raises LedgerLeak where it is not what was posted, but for rounding."""
        what = item.commodity
        rounding = (0.0, 0.0) if what.whole else (RELATIVE, ROUNDING)
        actual: Values = np.zeros(what.width, dtype=what.dtype)
        gap, wrong = _recount(values.reshape(-1, what.width), item.expected, item.touched, *rounding, actual)
        if wrong:
            raise self._leak(name, item, actual - item.expected)
        self.largest_residue = max(self.largest_residue, gap)
        return actual

    def _leak(self, name: str, item: _Account, gap: Values) -> LedgerLeak:
        column = int(np.argmax(np.abs(gap)))
        return LedgerLeak(
            f"the books do not balance: process {self.process}, account {name} "
            f"({item.commodity.name}, column {column}, {item.commodity.unit}), week {self.week}: "
            f"expected {item.expected[column]!r}, found {(item.expected + gap)[column]!r}"
        )

    def _shift(self, name: str, rows: Values | None, amounts: Values, how: Any) -> None:
        values = self._accounts[name].read()
        if rows is None:
            how(values, amounts, out=values)
        elif values.ndim == amounts.ndim == rows.ndim == 1 and values.dtype == amounts.dtype == np.float64:
            _shift_rows(values, rows, amounts, 1.0 if how is np.add else -1.0)
        else:
            how.at(values, rows, amounts)

    @staticmethod
    def _count(what: Commodity, values: Values) -> Values:
        out: Values = np.zeros(what.width, dtype=what.dtype)
        _column_sums(values.reshape(-1, what.width), out)
        return out
