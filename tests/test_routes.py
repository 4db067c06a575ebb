"""Path costs against closed forms on a toy map, and sanity on the real one."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.world import route_costs, world
from sim.world.grid import HEIGHT, WIDTH, Cells
from sim.world.routes import LOCAL_KM, OWN_KM, RouteNet, build_net


def toy(width: int = 6, height: int = 3) -> tuple[RouteNet, np.ndarray]:
    """Two countries of `width` x `height` cells, one above the other; one site at the west end of the shared edge."""
    x, y = (a.ravel() for a in np.meshgrid(np.arange(width), np.arange(2 * height)))
    at = np.full((WIDTH, HEIGHT), -1, dtype=np.int64)
    at[x, y] = np.arange(x.size)
    zero = np.zeros(x.size)
    country = (y >= height).astype(np.int64)
    cells = Cells(x, y, zero, zero, country, country, zero, at)
    mexican = np.flatnonzero(country == 0)
    south, north = at[0, height - 1], at[0, height]
    plazas = SimpleNamespace(
        cell=np.append(mexican, at[width - 1, height]), hub_area=np.append(np.full(mexican.size, -1), 0)
    )
    sites = SimpleNamespace(mx_cell=np.array([south]), us_cell=np.array([north]), plaza=np.array([south]))
    areas = SimpleNamespace(cell=np.array([at[width - 1, height]]))
    return build_net(cells, plazas, sites, areas), at  # type: ignore[arg-type]


def test_straight_line_is_the_distance() -> None:
    net, at = toy()
    paths = net.costs(np.ones(net.n_cells))
    for x in range(1, 6):
        assert paths.cost_mx[at[x, 2], 0] == 100.0 * x
    assert paths.cost_us[0, 0] == 500.0
    assert paths.cost_mx[-1, 0] == 500.0, "a hub's row is its leg in the United States"


def test_octile_distance_everywhere() -> None:
    net, at = toy()
    cost = net.costs(np.ones(net.n_cells)).cost_mx
    for x in range(6):
        for y in range(3):
            long, short = max(x, 2 - y), min(x, 2 - y)
            if long:
                assert cost[at[x, y], 0] == pytest.approx(100 * (long - short) + 100 * np.sqrt(2) * short)


def test_local_terms() -> None:
    net, at = toy()
    paths = net.costs(np.full(net.n_cells, 3.0))
    assert paths.cost_mx[at[0, 2], 0] == 3 * OWN_KM and OWN_KM < LOCAL_KM


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 50.0), st.integers(0, 2**31))
def test_cost_scales_with_the_layer_and_grows_with_any_cell(factor: float, seed: int) -> None:
    net, _ = toy()
    layer = np.random.default_rng(seed).uniform(0.5, 4.0, net.n_cells)
    base, scaled = net.costs(layer), net.costs(layer * factor)
    assert scaled.cost_mx == pytest.approx(base.cost_mx * factor, rel=1e-9)
    assert scaled.cost_us == pytest.approx(base.cost_us * factor, rel=1e-9)
    dearer = layer.copy()
    dearer[seed % net.n_cells] *= 2.0
    assert np.all(net.costs(dearer).cost_mx >= base.cost_mx - 1e-9)


def test_blocking_a_cell_goes_round_it() -> None:
    net, at = toy()
    layer = np.ones(net.n_cells)
    layer[at[2, 2]] = np.inf
    paths = net.costs(layer)
    assert paths.cost_mx[at[4, 2], 0] == pytest.approx(200 + 200 * np.sqrt(2))
    cell, seen = int(at[4, 2]), []
    while cell >= 0:
        seen.append(cell)
        cell = int(paths.next_mx[0, cell])
    assert at[2, 2] not in seen and seen[-1] == at[0, 2]


def test_a_closed_wall_leaves_no_way() -> None:
    net, at = toy()
    layer = np.ones(net.n_cells)
    layer[at[2, :3]] = np.inf
    paths = net.costs(layer)
    assert np.isinf(paths.cost_mx[at[4, 2], 0]) and paths.weeks_mx[at[4, 2], 0] == 0
    assert np.isfinite(paths.cost_us).all()


def test_sums_along_a_path() -> None:
    net, at = toy()
    paths = net.costs(np.ones(net.n_cells))
    assert net.along_mx(paths, np.ones(net.n_cells))[at[5, 2], 0] == 6
    toll = np.zeros(net.n_cells)
    toll[at[3, 2]] = 7.0
    summed = net.along_mx(paths, toll)[:, 0]
    assert summed[at[5, 2]] == 7.0 and summed[at[2, 2]] == 0.0
    assert net.along_us(paths, np.ones(net.n_cells))[0, 0] == 6


@pytest.mark.parametrize("layer", [np.ones(3), np.zeros(983), np.full(983, np.nan), np.full(983, -1.0)])
def test_a_bad_layer_is_refused(layer: np.ndarray) -> None:
    with pytest.raises(ValueError, match="983 positive multipliers"):
        route_costs(layer)


def test_real_map_is_connected_bounded_and_quick() -> None:
    w = world()
    begun = time.perf_counter()
    paths = route_costs(np.ones(983))
    assert time.perf_counter() - begun < 0.1
    assert paths.cost_mx.shape == (w.plazas.n, 38) and paths.cost_us.shape == (38, 48)
    assert np.isfinite(paths.cost_mx).all() and np.isfinite(paths.cost_us).all()
    assert paths.cost_mx.min() == OWN_KM and 3000 < paths.cost_mx.max() < 6000
    assert np.array_equal(paths.cost_mx[w.areas.hub_plaza], paths.cost_us.T)
    cell, site = w.plazas.cell[:500], w.sites.mx_cell
    straight = 100 * np.hypot(
        w.cells.x[cell][:, None] - w.cells.x[site], w.cells.y[cell][:, None] - w.cells.y[site]
    )
    assert np.all(paths.cost_mx[:500] >= straight - 1e-6)
