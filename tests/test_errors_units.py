"""Errors print every fault; units know their words and convert rates once."""

from __future__ import annotations

import pytest

from sim.errors import ContraflowError, Fault, InputError, LedgerLeak, RunFailed, nearest
from sim.units import WEEKS_PER_YEAR, check_unit, is_rate, model_unit, natural_bounds, to_file, to_model


def test_input_error_prints_every_fault_numbered() -> None:
    faults = [
        Fault("a.toml: run.years", -1, "a number of years in (0, 200]"),
        Fault("b", "x", "y", "z", "Write z."),
    ]
    text = str(InputError(faults))
    assert text.splitlines()[0] == "2 faults in the input:"
    assert "1. a.toml: run.years: read -1; expected a number of years" in text
    assert "2. b: read 'x'; expected y; did you mean 'z'? Write z." in text


def test_one_root_for_all_errors() -> None:
    for kind in (InputError, LedgerLeak, RunFailed):
        assert issubclass(kind, ContraflowError)
    assert InputError(Fault("a", 1, "b")).faults == [Fault("a", 1, "b")]


def test_a_fault_prints_values_no_terminal_could() -> None:
    text = str(Fault("k", "\ud800" + "x" * 500, "text"))
    text.encode("utf-8")
    assert len(text) < 200


def test_nearest() -> None:
    assert nearest("kingpin_targetting", ["kingpin_targeting", "vetting"]) == "kingpin_targeting"
    assert nearest("qqq", ["kingpin_targeting"]) is None


@pytest.mark.parametrize(
    "unit", ["fraction", "USD/kg", "deaths/100k/yr", "1/yr", "g/user/yr", "officers", "switch", "yr"]
)
def test_known_units(unit: str) -> None:
    assert check_unit(unit) == unit


@pytest.mark.parametrize("unit", ["", "furlong", "USD//kg", "USD per kg", "/yr"])
def test_unknown_units_are_refused(unit: str) -> None:
    with pytest.raises(InputError, match="unit"):
        check_unit(unit)


def test_rates_become_weekly_once() -> None:
    assert to_model(WEEKS_PER_YEAR, "deaths/yr") == 1.0
    assert to_file(to_model(3.0, "1/yr"), "1/yr") == pytest.approx(3.0)
    assert to_model(4.0, "USD/kg") == 4.0
    assert is_rate("1/yr") and not is_rate("yr")
    assert model_unit("deaths/yr") == "deaths/week" and model_unit("kg") == "kg"
    assert natural_bounds("prob") == (0.0, 1.0)
