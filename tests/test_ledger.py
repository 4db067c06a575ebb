"""The ledger balances, catches planted leaks and names them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.errors import LedgerLeak
from sim.ledger import CONVERSIONS, Commodity, Ledger, conversion


class Books:
    """Two accounts of dollars and one of people, as a table would hold them."""

    def __init__(self) -> None:
        if "test_source" not in CONVERSIONS:
            conversion("test_source", "usd", "money from nowhere, for tests")
            conversion("test_people", "members", "people from nowhere, for tests")
        self.a, self.b = np.full(5, 1e6), np.full(3, 2e6)
        self.people = np.full(4, 1000, dtype=np.int64)
        self.ledger = Ledger([Commodity("usd", "USD", 1, False), Commodity("members", "people", 1, True)])
        self.ledger.account("a", "usd", lambda: self.a)
        self.ledger.account("b", "usd", lambda: self.b)
        self.ledger.account("people", "members", lambda: self.people)
        self.ledger.begin_week(7)
        self.ledger.process = "repatriate"


amounts = hnp.arrays(np.float64, 5, elements=st.floats(0, 1e5))


@settings(deadline=None)
@given(amounts, st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_moves_balance_and_keep_the_sum(sums: np.ndarray, rows: list[int]) -> None:
    books = Books()
    before = books.a.sum() + books.b.sum()
    books.ledger.move("usd", "a", "b", sums, "test", target_rows=np.array(rows))
    books.ledger.check()
    books.ledger.audit()
    assert books.a.sum() + books.b.sum() == pytest.approx(before, rel=1e-12)
    assert books.ledger.flow("test")[0] == pytest.approx(sums.sum())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), min_size=1, max_size=12))
def test_repeated_rows_of_whole_numbers_add_up(given_out: list[tuple[int, int]]) -> None:
    books = Books()
    rows, people = (np.array(column, dtype=np.int64) for column in zip(*given_out, strict=True))
    books.ledger.move("members", "test_people", "people", people, "test", target_rows=rows)
    books.ledger.audit()
    assert books.people.tolist() == (1000 + np.bincount(rows, people, minlength=4)).tolist()


@settings(deadline=None)
@given(st.floats(1e3, 1e6), st.integers(0, 2))
def test_a_leak_of_one_in_a_million_is_caught_and_named(amount: float, row: int) -> None:
    books = Books()
    books.ledger.post("usd", "test_source", "b", amount, "test")
    books.b[row] += amount * (1 + 1e-6)
    with pytest.raises(LedgerLeak, match=r"process repatriate, account b .* week 7"):
        books.ledger.check(["b"])


def test_one_person_too_many_is_caught() -> None:
    books = Books()
    books.ledger.post("members", "people", "test_people", 3, "killed")
    books.people[0] -= 2
    with pytest.raises(LedgerLeak, match="account people"):
        books.ledger.check()


def test_a_negative_account_stops_the_run() -> None:
    books = Books()
    books.ledger.move(
        "usd", "a", "b", np.array([2e6]), "test", source_rows=np.array([0]), target_rows=np.array([0])
    )
    books.ledger.check()
    with pytest.raises(LedgerLeak, match="negative"):
        books.ledger.audit()


def test_posting_to_an_unknown_place_is_refused() -> None:
    books = Books()
    with pytest.raises(LedgerLeak, match="neither an account nor a conversion"):
        books.ledger.post("usd", "a", "thin_air", 1.0, "test")


def test_a_conversion_takes_only_its_own_commodity() -> None:
    books = Books()
    with pytest.raises(LedgerLeak, match="is for usd"):
        books.ledger.post("members", "people", "test_source", 1, "test")
