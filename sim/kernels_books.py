"""Compiled sums and postings of the ledger: columns are counted, booked and compared here, named in sim/ledger.py."""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel
from sim.kernels_sums import column_sums


@kernel
def _gap(found, books, at, relative, rounding):  # type: ignore[no-untyped-def]
    """Largest difference of what is found (width,) to what is expected, and whether rounding explains all of them."""
    largest, wrong = 0.0, False
    for j in range(found.size):
        expected = books[0, at, j]
        gap = float(abs(found[j] - expected))
        wrong |= not gap <= relative * books[1, at, j] + rounding * abs(expected) + 1e-12
        largest = max(largest, gap)
    return largest, wrong


@kernel
def balances(values, books, at, relative, rounding):  # type: ignore[no-untyped-def]
    """Count an account and compare: the largest difference, and whether one is more than rounding explains.

    books (2, accounts, width): what is expected, and the size of all postings.
    """
    return _gap(column_sums(values, books.shape[2]), books, at, relative, rounding)


@kernel
def close(values, books, at, relative, rounding):  # type: ignore[no-untyped-def]
    """`balances`, and whether a value is negative; what is found is what will be expected."""
    found = column_sums(values, books.shape[2])
    largest, wrong = _gap(found, books, at, relative, rounding)
    if not wrong:
        books[0, at] = found
    debts = False
    for value in values.reshape(values.size):
        debts |= value < 0
    return largest, wrong, debts


@kernel
def book(amount, total, books, source, target):  # type: ignore[no-untyped-def]
    """Add amount (width,) to total (width,), take it from what is expected of the source and give it to the target.

    books (2, accounts, width): what is expected, and the size of all postings; source, target: rows, -1 for none.
    """
    for j in range(amount.size):
        total[j] += amount[j]
        for at, sign in ((source, -1), (target, 1)):
            if at >= 0:
                books[0, at, j] += sign * amount[j]
                books[1, at, j] += abs(amount[j])


@kernel
def book_rows(amounts, total, books, source, target):  # type: ignore[no-untyped-def]
    """`book` of the sum of contiguous amounts, (k,) or (k, width)."""
    book(column_sums(amounts, total.size), total, books, source, target)


@kernel
def book_one(amount, total, books, source, target):  # type: ignore[no-untyped-def]
    """`book` of a number, the same in every column."""
    book(np.full(total.size, amount, total.dtype), total, books, source, target)


@kernel
def shift_rows(values, rows, amounts, sign):  # type: ignore[no-untyped-def]
    """Add sign x amounts (k,) to the rows (k,) of values (n,); repeated rows add up."""
    for i in range(rows.size):
        values[rows[i]] += sign * amounts[i]
