"""The parameter table: every fault is loud and named; values are in model units; caches follow `set`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.parameters import Parameter, Parameters, ParameterTable, is_number
from sim.units import WEEKS_PER_YEAR

HEADER = "name,unit,default,low,high,source,confidence,note,choices\n"
GOOD = """elasticity_price_alpha,elasticity,-0.75,-2.5,-0.4,NRC 2001,page,"central, judged",
elasticity_price_beta_2,elasticity,-0.5,-1.5,-0.3,NRC 2001,page,,
relapse_rate,1/yr,0.6,0.2,1.2,A3,memory,,
price_pass_through,switch,additive,,,A1,assumed,,additive|multiplicative
"""


def folder_with(tmp_path: Path, **files: str) -> Path:
    for name, body in files.items():
        (tmp_path / f"{name}.csv").write_text(HEADER + body, encoding="utf-8")
    return tmp_path


@pytest.fixture
def table(tmp_path: Path) -> ParameterTable:
    return ParameterTable.read(folder_with(tmp_path, base=GOOD))


def test_values_are_in_model_units(table: ParameterTable) -> None:
    p = Parameters(table)
    assert p["relapse_rate"] == 0.6 / WEEKS_PER_YEAR
    assert p["elasticity_price_alpha"] == -0.75
    assert p.switch("price_pass_through") == "additive"
    assert p.file_values()["relapse_rate"] == 0.6
    assert [row.name for row in p.table()] == sorted(p.file_values())


def test_by_reads_rows_per_name_and_follows_set(table: ParameterTable) -> None:
    p = Parameters(table)
    first = p.by("elasticity_price", ["alpha", "Beta-2"])
    assert first.tolist() == [-0.75, -0.5] and p.by("elasticity_price", ("alpha", "Beta-2")) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0
    p.set("elasticity_price_alpha", -1)
    assert p.by("elasticity_price", ["alpha", "Beta-2"]).tolist() == [-1.0, -0.5] and first[0] == -0.75


def test_copy_hash_and_overridden(table: ParameterTable) -> None:
    p = Parameters(table, {"relapse_rate": 1})
    twin = p.copy()
    assert twin.hash == p.hash != Parameters(table).hash
    twin.set("price_pass_through", "multiplicative")
    assert p.switch("price_pass_through") == "additive" and twin.hash != p.hash
    assert twin.overridden() == {"relapse_rate": 1.0, "price_pass_through": "multiplicative"}
    twin.set("relapse_rate", 0.6)
    assert "relapse_rate" not in twin.overridden()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("relapse_rate", 2.0),
        ("relapse_rate", "0.6"),
        ("relapse_rate", float("nan")),
        ("relapse_rate", True),
        ("relapse_rate", 10**400),
        ("price_pass_through", "aditive"),
        ("price_pass_through", 1),
        ("relapse_rates", 0.5),
    ],
)
def test_set_is_checked(table: ParameterTable, name: str, value: object) -> None:
    p = Parameters(table)
    before = p.hash
    with pytest.raises(InputError):
        p.set(name, value)
    with pytest.raises(InputError):
        Parameters(table, {name: value})
    assert p.hash == before


def test_wrong_reads_name_the_nearest(table: ParameterTable) -> None:
    p = Parameters(table)
    with pytest.raises(InputError, match="did you mean 'relapse_rate'"):
        p["relapse_rat"]
    with pytest.raises(InputError, match="a number"):
        p["price_pass_through"]
    with pytest.raises(InputError, match="a switch"):
        p.switch("relapse_rate")


def test_all_faults_of_all_files_are_listed(tmp_path: Path) -> None:
    bad = """relapse_rate,1/yr,0.6,0.2,1.2,A3,memory,,
furlongs,furlong,1,0,2,A3,memory,,
outside,kg,3,0,2,A3,memory,,
not_a_share,fraction,0.5,0,2,A3,memory,,
words,kg,many,0,2,A3,memory,,
unsourced,kg,1,0,2,,memry,,
Bad Name,kg,1,0,2,A3,memory,,
lone,switch,a,,,A1,assumed,,a
astray,switch,c,,,A1,assumed,,a|b
too,kg,1,0,2,A3,memory,a, b, c
"""
    with pytest.raises(InputError) as caught:
        ParameterTable.read(folder_with(tmp_path, base=GOOD, more=bad))
    text = str(caught.value)
    for word in (
        "used once",
        "furlong",
        "outside.default",
        "not_a_share.low, high",
        "words.default",
        "unsourced.source",
    ):
        assert word in text
    for word in ("did you mean 'memory'", "Bad Name", "lone.choices", "astray.default", "as many cells"):
        assert word in text
    assert "more.csv, line 3" in text and len(caught.value.faults) == 11


def test_a_table_that_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "header.csv").write_text("nam,unit\n")
    with pytest.raises(InputError) as caught:
        ParameterTable.read(tmp_path)
    assert {fault.where for fault in caught.value.faults} == {"bytes.csv", "header.csv: header"}


RELAPSE = Parameter("relapse_rate", "1/yr", 0.6, 0.2, 1.2, "A3", "memory")


@given(st.floats(0.2, 1.2))
def test_any_value_inside_the_range_is_kept(value: float) -> None:
    p = Parameters(ParameterTable({RELAPSE.name: RELAPSE}), {"relapse_rate": value})
    assert p.file_values()["relapse_rate"] == value and p["relapse_rate"] == value / WEEKS_PER_YEAR


def test_numbers() -> None:
    assert is_number(1) and is_number(np.float32(2.0)) and not is_number(False) and not is_number("1")


def test_the_packaged_table_reads() -> None:
    for row in ParameterTable.read().values():
        assert row.fault(row.default, row.name) is None and row.source
