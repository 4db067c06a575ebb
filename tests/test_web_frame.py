"""What the browser is fed, without a browser: the layout of frames, the painter's legend, a session and its files."""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import catalogue, outcomes, policies
from sim.model import Model
from sim.outcome import OUTCOMES, load_outcomes, of_level
from sim.scenario import load
from sim.web import numbers, painter
from sim.web.frame import ARROW, BARE, MARK, SHADES, Frame, nice, pack, shade, unpack
from sim.web.session import Session, switches

SMALL = {"run.people_per_agent": 1000, "run.years": 0.25}


@pytest.fixture(scope="module")
def session() -> Session:
    found = Session(load("status_quo", sets=SMALL), seed=1)
    found.open()
    assert found.state == "ready", found.message
    return found


def small_frame() -> Frame:
    ground = np.arange(6, dtype=np.uint8).reshape(2, 3)
    marks = np.array([(1, 0, 3, 255), (2, 1, 11, 7)], dtype=MARK)
    return Frame(300, 70000, ground, marks, np.array([(4, 2, 65535)], dtype=ARROW))


def test_a_frame_has_the_layout_that_the_map_reads() -> None:
    data = pack(small_frame())
    assert struct.unpack_from("<6H", data) == (3, 2, 2, 1, 300, 70000 % 65536)
    assert data[12:18] == bytes(range(6))
    assert data[18:26] == bytes([1, 0, 3, 255, 2, 1, 11, 7])
    assert data[26:] == bytes([4, 2, 255, 255])


def test_a_frame_reads_back_and_a_cut_one_is_refused() -> None:
    frame, data = small_frame(), pack(small_frame())
    back = unpack(data)
    assert back.week == frame.week and back.ground.tolist() == frame.ground.tolist()
    assert back.marks.tolist() == frame.marks.tolist() and back.arrows.tolist() == frame.arrows.tolist()
    with pytest.raises(ValueError, match="head says"):
        unpack(data[:-1])


def test_shades_of_the_countries_do_not_meet() -> None:
    values = np.array([0.0, 5.0, 10.0, 99.0, np.nan])
    for country in (0, 1):
        codes = shade(values, np.full(5, country), (10.0, 10.0)).astype(int) - BARE[country]
        assert codes.tolist() == [1, 1 + round(0.5 * (SHADES - 1)), SHADES, SHADES, 0]
    assert BARE[0] + SHADES < BARE[1] and BARE[1] + SHADES < 256


@given(st.floats(1e-9, 1e12))
def test_a_round_top_is_near_and_not_below(value: float) -> None:
    assert value * (1 - 1e-6) <= nice(value) <= 2.0 * value


def test_numbers_are_the_pace_of_a_quarter() -> None:
    weekly = [1.0] * 20 + [3.0] * 13
    summed = next(item for item in of_level("national") if item.total == "sum")
    mean = next(item for item in of_level("national") if item.total == "mean")
    assert numbers.pace(mean, weekly) == 3.0
    assert numbers.pace(summed, weekly) == pytest.approx(3 * 52.1775)
    assert math.isnan(numbers.pace(mean, []))


def test_the_first_picture_shows_both_countries_groups_and_flows(session: Session) -> None:
    frames: list[bytes] = []
    session.on_frame = frames.append
    session.publish()
    frame = unpack(frames[-1])
    codes = frame.ground.ravel()
    assert ((codes > BARE[0]) & (codes < BARE[1])).sum() > 150 and (codes > BARE[1]).sum() > 600
    assert len(frame.marks) > 100 and (frame.marks["colour"] > 0).any()
    assert (frame.arrows["width"] > 0).any()
    assert set(frame.arrows["corridor"]) == set(range(len(painter.ground()["corridors"])))
    legend = session.board()["legend"]
    assert [item["kind"] for item in legend["arrows"]] == sorted(item["kind"] for item in legend["arrows"])
    assert all(legend["layers"][code]["unit"] for code in ("MX", "US"))


def test_every_layer_can_be_chosen_and_belongs_to_one_country(session: Session) -> None:
    for code in ("MX", "US"):
        for item in painter.layers(code):
            session.choose_layer(code, item.name)
            assert session.board()["legend"]["layers"][code]["name"] == item.name
            assert item.country in (code, "both")
        session.choose_layer(code, "no such layer")
        session.choose_layer(code, painter.layers(code)[0].name)


def test_a_step_raises_the_week_and_a_switch_is_dated_next_week(session: Session, tmp_path: Path) -> None:
    session.reset("2")
    name = next(iter(catalogue.policies()))
    for _ in range(2):
        session.step()
    session.set_policy(name, 0.7)
    assert session.board()["steps"] == [{"week": 2, "date": "2019-01-15", "policy": name, "intensity": 0.7}]
    for _ in range(5):
        session.step()
    board = session.board()
    assert (board["week"], board["seed"]) == (7, 2)
    file = tmp_path / "saved.toml"
    file.write_text(session.scenario_file())
    again = Model(file, rng=2)
    for _ in range(7):
        again.step()
    weekly = again.record.weekly()
    assert session.weekly_csv() == weekly.to_csv(index=False)
    shown = dict(zip([item.name for item in numbers.headlines()], board["numbers"]["values"], strict=True))
    for item in numbers.headlines():
        assert shown[item.name] == pytest.approx(numbers.pace(item, weekly[item.name]), rel=1e-6)


def test_reset_keeps_steps_when_asked_and_refuses_what_is_no_seed(session: Session) -> None:
    name = next(iter(catalogue.policies()))
    session.reset("1")
    session.set_policy(name, -0.5)
    session.reset("2", keep_steps=True)
    assert (session.seed, len(session.board()["steps"]), session.board()["week"]) == (2, 1, 0)
    session.reset("1")
    assert session.board()["steps"] == []
    session.reset("twelve")
    assert "whole number" in session.board()["message"] and session.seed == 1
    session.reset("1", spec="no_such_scenario")
    assert "no_such_scenario" in session.board()["message"] and session.state == "ready"


def test_a_session_ends_with_its_scenario(session: Session) -> None:
    session.reset("1")
    for _ in range(session.board()["n_weeks"] + 2):
        session.step()
    assert session.state == "ended" and session.board()["week"] == session.board()["n_weeks"]
    session.play()
    assert session.state == "ended"


def test_a_policy_and_an_outcome_that_are_dropped_in_show_up(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    here, there = tmp_path / "policies", tmp_path / "outcomes"
    here.mkdir()
    there.mkdir()
    (here / "kites.py").write_text(
        '"""Kites."""\nfrom sim.catalogue import Policy\n\n\nclass Kites(Policy):\n'
        '    name = "kites"\n    title = "More kites"\n    family = "E"\n'
    )
    (there / "wind.py").write_text(
        '"""Wind."""\nfrom sim.outcome import outcome\n\n\n@outcome("1", country="US", headline=True)\n'
        'def gusts(run):\n    """Gusts."""\n    return 1.0\n'
    )
    monkeypatch.setattr(policies, "__path__", [*policies.__path__, str(here)])
    offered = [policy["title"] for family in switches() for policy in family["policies"]]
    assert "More kites" in offered
    monkeypatch.setattr(outcomes, "__path__", [*outcomes.__path__, str(there)])
    try:
        load_outcomes()
        assert "gusts" in [item["name"] for item in numbers.catalogue()["headlines"]]
    finally:
        OUTCOMES.pop("gusts", None)
        for name in ("sim.policies.kites", "sim.outcomes.wind"):
            sys.modules.pop(name, None)
