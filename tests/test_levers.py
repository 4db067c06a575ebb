"""Presses combine by their rule, in any order, within bounds; a zero effect changes no bit."""

from __future__ import annotations

from collections.abc import Iterable
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.levers import LEVERS, Lever, LeverBoard, Press, lever

AXES = {"country": ["MX", "US"]}
NAME = "test_officers"
BASE = np.array([10.0, 20.0])


def board() -> LeverBoard:
    """A board with the lever of this test alone; the registry is as before afterwards."""
    with mock.patch.dict(LEVERS, clear=True):
        lever(
            NAME, unit="1", axes=("country",), low=0, high=100, base=lambda _: BASE.copy(), doc="t", reader=""
        )
        made = OneLever(None, AXES)
        made.declared = dict(LEVERS)
    return made


class OneLever(LeverBoard):
    """Presses with its own registry in place."""

    declared: dict[str, Lever]

    def press(self, presses: Iterable[tuple[str, Press]]) -> None:
        with mock.patch.dict(LEVERS, self.declared):
            super().press(presses)


press = st.builds(
    Press,
    lever=st.just(NAME),
    op=st.sampled_from(["add", "scale", "floor", "cap"]),
    value=st.floats(0, 50),
    where=st.sampled_from([{}, {"country": ["MX"]}, {"country": ["US"]}]),
)


@given(st.lists(press, max_size=6), st.randoms())
def test_order_does_not_matter_and_bounds_hold(presses: list[Press], shuffler) -> None:  # type: ignore[no-untyped-def]
    named = [(f"policy_{i}", item) for i, item in enumerate(presses)]
    one, other = board(), board()
    one.press(named)
    shuffler.shuffle(named)
    other.press(named)
    assert np.array_equal(one[NAME], other[NAME])
    assert (one[NAME] >= 0).all() and (one[NAME] <= 100).all()


def test_the_rule_is_base_plus_sum_times_product_then_floor_then_cap() -> None:
    made = board()
    made.press(
        [("a", Press(NAME, "add", 5.0)), ("b", Press(NAME, "scale", 2.0)), ("c", Press(NAME, "cap", 40.0))]
    )
    assert made[NAME].tolist() == [30.0, 40.0]
    made.press([("c", Press(NAME, "floor", 12.0, {"country": ["MX"]}))])
    assert made[NAME].tolist() == [12.0, 20.0]
    made.press([])
    assert made[NAME].tolist() == [10.0, 20.0]


def test_presses_that_do_nothing_change_no_bit() -> None:
    made = board()
    before = made[NAME].copy()
    made.press([("a", Press(NAME, "add", 0.0)), ("b", Press(NAME, "scale", 1.0))])
    assert before.tobytes() == made[NAME].tobytes()


def test_an_unknown_place_is_named_with_its_nearest() -> None:
    with pytest.raises(InputError, match="MX"):
        board().press([("a", Press(NAME, "add", 1.0, {"country": ["MXX"]}))])
