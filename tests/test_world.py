"""The world: counts, sums, places in the right state, the same on every build, and no test data among its tables."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from sim.streams import stable_id
from sim.world import World, world
from sim.world.drugs import LADDER, LANE_KINDS
from sim.world.tables import DATA


@pytest.fixture(scope="module")
def w() -> World:
    return world()


def arrays(part: object, path: str = "") -> dict[str, np.ndarray]:
    """Every array below a dataclass, by dotted path."""
    if isinstance(part, np.ndarray):
        return {path: part}
    if not is_dataclass(part):
        return {}
    return {k: v for f in fields(part) for k, v in arrays(getattr(part, f.name), f"{path}.{f.name}").items()}


def test_counts(w: World) -> None:
    assert (w.cells.n, w.states.n, w.areas.n, w.sites.n) == (983, 80, 48, 38)
    assert np.bincount(w.cells.country).tolist() == [200, 783]
    assert np.bincount(w.sites.kind).tolist() == [27, 9, 2]
    assert 550 <= w.plazas.n_mexico <= 680 and w.plazas.n == w.plazas.n_mexico + 48
    assert w.groups0.n == 150 and 150 <= w.units0.n <= 300 and len(w.corridors) == 5


def test_every_row_array_has_the_length_of_its_table(w: World) -> None:
    for part, n in (
        (w.cells, 983),
        (w.plazas, w.plazas.n),
        (w.sites, 38),
        (w.lanes, w.lanes.n),
        (w.units0, w.units0.n),
    ):
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, np.ndarray | tuple) and field.name not in {
                "at",
                "neighbour_ptr",
                "neighbour_idx",
            }:
                assert len(value) == n, field.name


def test_arrays_are_finite_and_read_only(w: World) -> None:
    for path, array in arrays(w).items():
        assert not array.flags.writeable, path
        assert np.all(np.isfinite(array)), path


def test_people_are_conserved_from_cell_to_plaza_to_state(w: World) -> None:
    mexican = w.plazas.hub_area < 0
    assert w.plazas.population[mexican].sum() == pytest.approx(126_014_024, rel=1e-12)
    by_cell = np.bincount(w.plazas.cell[mexican], w.plazas.population[mexican], minlength=983)
    assert by_cell[w.cells.country == 0] == pytest.approx(w.cells.population[w.cells.country == 0])
    by_state = np.bincount(w.cells.state, w.cells.population, minlength=80)
    assert by_state == pytest.approx(w.states.population)
    assert w.areas.population == pytest.approx(w.states.population[w.areas.state])


def test_each_mexican_cell_has_a_plaza_and_each_area_one_hub(w: World) -> None:
    assert set(w.plazas.cell[: w.plazas.n_mexico]) == set(np.flatnonzero(w.cells.country == 0))
    assert np.array_equal(w.plazas.cell[w.areas.hub_plaza], w.areas.cell)
    assert np.array_equal(w.plazas.hub_area[w.areas.hub_plaza], np.arange(48))
    assert np.array_equal(w.areas.of_cell[w.areas.centre_cell], np.arange(48))


def test_supply_columns_sum_to_one(w: World) -> None:
    made = ~w.drugs.is_bought
    assert w.plazas.production.sum(axis=0) == pytest.approx(made.astype(float))
    assert w.plazas.entry.sum() == pytest.approx(1.0)
    assert w.plazas.seaport_share.sum() == pytest.approx(1.0) and w.plazas.seaport.sum() == 2
    assert w.plazas.supply(w.drugs).sum(axis=0) == pytest.approx(1.0)
    assert (
        not w.plazas.production[w.plazas.n_mexico :].any() and not w.plazas.entry[w.plazas.n_mexico :].any()
    )
    grown = w.plazas.farm_season >= 0
    assert np.array_equal(grown, (w.plazas.production > 0) & w.drugs.is_plant)


def test_drug_classes_partition_and_ladder_rises(w: World) -> None:
    d = w.drugs
    assert np.all(d.is_opioid.astype(int) + d.is_stimulant + d.is_cannabis == 1)
    assert np.all(d.is_plant.astype(int) + d.is_synthetic + d.is_bought == 1)
    assert d.prices.shape == (5, len(LADDER)) and np.all(np.diff(d.prices, axis=1) > 0)
    assert d.lane_share.shape == (5, len(LANE_KINDS)) and d.lane_share.sum(axis=1) == pytest.approx(1.0)
    assert np.all((d.purity_bulk > 0) & (d.purity_bulk <= 1)) and np.all(d.potency[~d.is_opioid] == 0)


def test_accounts_balance(w: World) -> None:
    d = w.drugs
    assert d.supply - d.mx_seized - d.mx_use == pytest.approx(d.sent, rel=2e-3)
    assert d.sent - d.border_seized == pytest.approx(d.delivered, rel=2e-3)
    by_lane = (d.lane_share * d.lane_detection).sum(axis=1) * d.sent
    assert by_lane == pytest.approx(d.border_seized, rel=2e-3)
    landed_and_used = d.us_use - d.us_use_otherwise
    assert np.all(landed_and_used < d.delivered) and np.all(landed_and_used > 0.85 * d.delivered)


def test_every_site_has_a_plaza_in_its_mexican_cell(w: World) -> None:
    assert np.array_equal(w.plazas.cell[w.sites.plaza], w.sites.mx_cell)
    assert np.all(w.cells.country[w.sites.us_cell] == 1) and np.all(w.cells.country[w.sites.mx_cell] == 0)
    with (DATA / "ports.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    with (DATA / "sectors.csv").open(encoding="utf-8") as lines:
        rows += list(csv.DictReader(lines))
    assert [row["mx_state"] for row in rows] == [w.states.code[s] for s in w.plazas.state[w.sites.plaza]]
    held = np.flatnonzero(w.plazas.site >= 0)
    assert np.array_equal(w.sites.plaza[w.plazas.site[held]], held)
    assert set(held) == set(w.sites.plaza)


def test_ports_of_a_cell_share_a_plaza_only_when_plazas_run_out(w: World) -> None:
    for cell in np.unique(w.sites.mx_cell):
        ports = np.flatnonzero((w.sites.mx_cell == cell) & (w.sites.kind == 0))
        room = np.count_nonzero(w.plazas.cell == cell)
        assert np.unique(w.sites.plaza[ports]).size == min(ports.size, room)


def test_corridors_have_sites_and_lanes(w: World) -> None:
    assert np.all(np.bincount(w.sites.corridor, minlength=5) > 0)
    assert np.all(np.bincount(w.lanes.corridor, minlength=5) > 0)
    assert np.all(np.bincount(w.lanes.site, minlength=38) > 0)
    assert np.all((w.sites.corridor == 4) == (w.sites.kind == 2))


def test_lane_traffic_and_officers_match_the_accounts(w: World) -> None:
    year = np.bincount(w.lanes.kind, w.lanes.traffic_per_week, minlength=6) * 52.1775 / 1e6
    assert year[0] + year[1] == pytest.approx(6.9, abs=0.02)
    assert year[1] / (year[0] + year[1]) == pytest.approx(0.25)
    assert year[2] == pytest.approx(74.4, abs=0.1) and year[3] == pytest.approx(44.3, abs=0.1)
    assert w.sites.officers[w.sites.kind == 0].sum() == pytest.approx(7000, rel=1e-3)
    staffed = np.isin(w.lanes.kind, (0, 1, 2, 3))
    assert np.all(w.lanes.booths[staffed] > 0) and np.all(w.lanes.traffic_per_week > 0)


def test_neighbours_are_symmetric_and_near(w: World) -> None:
    p = w.plazas
    pairs = {(a, int(b)) for a in range(p.n) for b in p.neighbours(a)}
    assert all((b, a) in pairs and a != b for a, b in pairs)
    a, b = np.array(sorted(pairs)).T
    assert np.all(np.abs(w.cells.x[p.cell[a]] - w.cells.x[p.cell[b]]) <= 1)
    assert np.all(np.diff(p.neighbour_ptr)[: p.n_mexico] > 0) and np.all(
        np.diff(p.neighbour_ptr)[p.n_mexico :] == 0
    )


def test_group_sizes_follow_the_rank_law(w: World) -> None:
    g = w.groups0
    assert g.share.sum() == pytest.approx(1.0) and np.all(np.diff(g.share) < 0)
    assert g.share[:3] == pytest.approx([0.179, 0.089, 0.062], abs=0.003)
    assert g.named.sum() == 11 and np.all(g.named[:11])
    with (DATA / "group_hubs.csv").open(encoding="utf-8") as lines:
        widest = {row["group"] for row in csv.DictReader(lines) if row["n_hubs"] == "20"}
    assert set(g.name[:2]) == widest


def test_groups_are_placed(w: World) -> None:
    g = w.groups0
    sums = np.add.reduceat(g.plaza_weight, g.plaza_ptr[:-1])
    assert sums == pytest.approx(np.ones(150)) and np.all(g.plaza_weight > 0)
    assert np.all(g.plaza_idx < w.plazas.n_mexico)
    assert all(np.all(np.diff(g.plazas_of(k)) > 0) for k in range(150))
    assert all(g.home_state[k] in w.plazas.state[g.plazas_of(k)] for k in range(150))
    count = np.diff(g.plaza_ptr)[~g.named]
    assert count.min() >= 1 and count.max() <= 6
    assert 500 <= g.plaza_idx.size + g.hub_idx.size <= 2000
    hubs = np.diff(g.hub_ptr)
    assert np.all(hubs[g.named] >= 2) and not hubs[~g.named].any()
    assert np.add.reduceat(g.hub_weight, g.hub_ptr[:11]) == pytest.approx(np.ones(11))
    assert np.all(g.trades[g.named]) and 0 < g.trades[~g.named].mean() < 0.5


def test_identities_are_stable_and_distinct(w: World) -> None:
    assert w.groups0.id.tolist() == [stable_id(name) for name in w.groups0.name]
    assert np.unique(w.groups0.id).size == 150 and np.unique(w.units0.id).size == w.units0.n


def test_units_cover_states_sites_and_both_countries(w: World) -> None:
    u, a = w.units0, w.agencies
    assert set(u.agency) == set(range(a.n)) and set(u.country) == {0, 1}
    assert (
        np.all(u.officers > 0)
        and np.all(u.effort_officers <= u.officers + 0.1)
        and np.all(u.mandate.any(axis=1))
    )
    assert set(range(27, 38)) == set(u.site[u.site >= 0])
    placed = u.state >= 0
    assert np.array_equal(w.states.country[u.state[placed]], u.country[placed])
    assert np.array_equal(w.cells.country[u.cell], u.country)
    assert np.array_equal(
        w.cells.state[u.cell[placed & (u.corridor < 0)]], u.state[placed & (u.corridor < 0)]
    )
    home = u.effort_officers[u.country == 0].sum()
    assert home == pytest.approx(17_221 + 33_832 + 182_700 + 44_500 + 1_050, rel=1e-3)
    local, state, federal = (
        u.integrity[[a.level[k] == level for k in u.agency]] for level in ("local", "state", "federal")
    )
    mexican_local = u.integrity[(u.country == 0) & np.array([a.level[k] == "local" for k in u.agency])]
    assert mexican_local.max() < state.min() and local.max() > state.max() and federal.max() < 1


def test_no_test_data_among_the_tables() -> None:
    for path in DATA.glob("*.csv"):
        with path.open(encoding="utf-8") as lines:
            header = next(csv.reader(lines))
        assert not [column for column in header if "homicide" in column or "overdose_rate" in column], (
            path.name
        )


def test_same_on_every_build_and_quick(w: World) -> None:
    begun = time.perf_counter()
    again = world.__wrapped__()
    assert time.perf_counter() - begun < 1.5
    first, second = arrays(w), arrays(again)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[k], second[k]) for k in first)
    assert again.groups0.name == w.groups0.name and world() is world()


def test_same_in_another_process(w: World) -> None:
    code = "from sim.world import world; w = world(); print(w.groups0.plaza_idx.sum(), w.plazas.population[3].hex())"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert shown == [str(w.groups0.plaza_idx.sum()), w.plazas.population[3].hex()]
