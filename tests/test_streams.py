"""Draws: published vectors first, then the laws (order, chunks, threads, processes, monotone), then distributions."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.quantiles import (
    WALK_BELOW,
    binomial_array,
    binomial_inv,
    normal_array,
    normal_inv,
    poisson_array,
    poisson_inv,
)
from sim.streams import Draws, philox4x32, philox4x32_numpy, stable_hash, stable_id, u53, uniform_numpy
from tests.strategies import decisions, id_lists, seeds, tails, weeks

ROOT = Path(__file__).resolve().parents[1]

# Random123 1.14, tests/kat_vectors, the three lines "philox4x32 10": counter, key, result.
KNOWN = [
    "00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1",
]


@pytest.mark.parametrize("line", KNOWN)
def test_known_answers(line: str) -> None:
    numbers = [int(word, 16) for word in line.split()]
    counter, key, expected = numbers[:4], numbers[4:6], numbers[6:]
    assert [int(x) for x in philox4x32(*key, *counter)] == expected
    assert [int(x) for x in philox4x32_numpy((key[0], key[1]), *counter)] == expected


@given(seeds, decisions, id_lists, weeks)
@settings(deadline=None, max_examples=50)
def test_twin_gives_the_same_bits(seed: int, decision: str, ids: list[int], week: int) -> None:
    draws = Draws(seed)
    draws.week = week
    x0, x1, x2, x3 = philox4x32_numpy(draws.key(decision), ids, 7, draws.week_word, 2)
    u = draws.uniform(decision, ids, 7, block=2)
    assert np.array_equal(u, uniform_numpy(x0, x1))
    words = draws.words(decision, ids, 7, block=2)
    assert np.array_equal(words, (np.stack([x0, x1, x2, x3], axis=-1) + 0.5) * 2.0**-32)
    assert draws.scalar(decision, ids[0], 7, block=2) == u[0]
    assert np.array_equal(draws.uniform(decision, ids, np.full(len(ids), 7), block=2), u)


def test_ends_of_the_uniform() -> None:
    low, high = u53(0, 0), u53(0xFFFFFFFF, 0xFFFFFFFF)
    assert low == 2.0**-53 and high == 1.0 - 2.0**-53
    assert np.isfinite(normal_inv(low)) and np.isfinite(normal_inv(high))


@given(seeds, id_lists)
@settings(deadline=None, max_examples=50)
def test_order_and_chunks_do_not_matter(seed: int, ids: list[int]) -> None:
    draws = Draws(seed)
    whole = draws.uniform("choose", ids)
    order = np.random.default_rng(seed).permutation(len(ids))
    assert np.array_equal(draws.uniform("choose", np.array(ids)[order]), whole[order])
    cut = len(ids) // 3
    parts = [draws.uniform("choose", np.array(part, dtype=np.int64)) for part in (ids[:cut], ids[cut:])]
    assert np.array_equal(np.concatenate(parts), whole)
    draws.uniform("another decision", ids)
    assert np.array_equal(draws.uniform("choose", ids), whole)


def test_long_arrays_equal_their_elements() -> None:
    draws = Draws(5)
    ids = np.arange(-50, 5000)
    whole = draws.uniform("a", ids)
    assert all(draws.scalar("a", int(i)) == u for i, u in zip(ids[::97], whole[::97], strict=True))
    assert np.array_equal(draws.uniform("a", ids[::-3]), whole[::-3])


def test_threads_do_not_matter() -> None:
    draws, ids = Draws(3), np.arange(20_000)
    alone = {name: draws.poisson(name, 3.0, ids) for name in ("a", "b", "c", "d")}
    shared = Draws(3)
    with ThreadPoolExecutor(4) as pool:
        jobs = {name: [pool.submit(shared.poisson, name, 3.0, ids) for _ in range(4)] for name in alone}
    for name, expected in alone.items():
        assert all(np.array_equal(job.result(), expected) for job in jobs[name])


def test_processes_do_not_matter() -> None:
    code = (
        "from sim.streams import Draws; print(*[x.hex() for x in Draws(9).normal('pay', range(40)).tolist()])"
    )
    outputs = set()
    for hashseed in ("0", "4242"):
        env = os.environ | {"PYTHONHASHSEED": hashseed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        outputs.add(done.stdout.strip())
    here = " ".join(x.hex() for x in Draws(9).normal("pay", range(40)).tolist())
    assert outputs == {here}


def test_every_part_of_the_key_changes_the_draw() -> None:
    base = Draws(1)
    first = base.uniform("a", range(100))
    later = Draws(1)
    later.week = 1
    others = [
        Draws(2).uniform("a", range(100)),
        base.uniform("b", range(100)),
        base.uniform("a", range(100), 1),
        base.uniform("a", range(100), block=1),
        later.uniform("a", range(100)),
    ]
    assert all(not np.any(other == first) for other in others)


@given(seeds, weeks, st.integers(1, 30), st.booleans())
@settings(deadline=None, max_examples=50)
def test_counts_are_the_quantiles_of_the_uniforms(seed: int, week: int, n: int, many: bool) -> None:
    """Rows of counts are drawn in one compiled loop; they are what the uniforms of the same key give."""
    draws, ids = Draws(seed), np.arange(n) * 7
    draws.week = week
    subs = ids % 5 if many else 3
    mean, trials, prob = 0.3 + ids * 1.0, 2 + ids, np.float64(0.4)
    u = draws.uniform("count", ids, subs)
    assert np.array_equal(draws.poisson("count", mean, ids, subs), poisson_array(u, mean))
    assert np.array_equal(draws.binomial("count", trials, prob, ids, subs), binomial_array(u, trials, prob))


def test_shapes_broadcast() -> None:
    draws = Draws(1)
    table = draws.uniform("a", np.arange(4)[:, None], np.arange(3))
    assert table.shape == (4, 3)
    assert np.array_equal(table[:, 2], draws.uniform("a", np.arange(4), 2))
    assert draws.words("a", np.arange(4)[:, None], np.arange(3)).shape == (4, 3, 4)
    assert draws.uniform("a", np.zeros(0, dtype=np.int64)).shape == (0,)
    assert draws.uniform("a", []).shape == (0,)
    assert draws.poisson("a", np.array([1.0, 2.0]), 3).shape == (2,)
    with pytest.raises(TypeError, match="integers"):
        draws.uniform("a", [0.5])


@pytest.mark.parametrize(
    ("mean", "prob"), [(-1.0, 0.5), (np.nan, 0.5), (np.inf, 0.5), (1.0, 1.5), (1.0, np.nan)]
)
def test_bad_parameters_are_loud(mean: float, prob: float) -> None:
    with pytest.raises(ValueError, match="draws"):
        Draws(1).poisson("a", mean, 1)
        Draws(1).binomial("a", 10, prob, 1)


def test_hashes_are_stable() -> None:
    assert (stable_hash("abc"), stable_id("abc")) == (6455300059550759896, 1477753816)


@given(tails, tails, st.floats(0.0, 500.0))
@settings(deadline=None)
def test_poisson_is_monotone_in_u(a: float, b: float, mean: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= poisson_inv(low, mean) <= poisson_inv(high, mean)


@given(tails, tails, st.integers(0, 2000), st.floats(0.0, 1.0))
@settings(deadline=None)
def test_binomial_is_monotone_in_u(a: float, b: float, n: int, p: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= binomial_inv(low, n, p) <= binomial_inv(high, n, p) <= n


@given(tails, tails)
@settings(deadline=None)
def test_normal_is_monotone_in_u_and_odd(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert normal_inv(low) <= normal_inv(high) + 1e-14
    assert normal_inv(1.0 - a) == pytest.approx(-normal_inv(a), abs=1e-12)


U = Draws(2024).uniform("sanity", np.arange(20_000))


def test_normal_equals_the_reference() -> None:
    np.testing.assert_allclose(normal_array(U), stats.norm.ppf(U), rtol=0, atol=1e-14)
    extremes = np.array([2.0**-53, 1e-12, 1e-5, 0.0749, 0.0751, 1 - 2.0**-53])
    np.testing.assert_allclose(normal_array(extremes), stats.norm.ppf(extremes), rtol=1e-13)


@pytest.mark.parametrize("mean", [0.0, 1e-3, 0.7, 5.0, 59.9])
def test_poisson_walk_is_exact(mean: float) -> None:
    assert np.array_equal(poisson_array(U, np.float64(mean)), stats.poisson.ppf(U, mean))


@pytest.mark.parametrize("mean", [WALK_BELOW, 300.0, 1e5])
def test_poisson_tail_is_within_one(mean: float) -> None:
    error = poisson_array(U, np.float64(mean)) - stats.poisson.ppf(U, mean)
    assert np.abs(error).max() <= 1 and np.mean(error != 0) < 0.01


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.3), (10, 0.5), (10, 0.9), (500, 0.01), (500, 0.99), (7, 0.0), (7, 1.0)]
)
def test_binomial_walk_is_exact(n: int, p: float) -> None:
    assert np.array_equal(binomial_array(U, np.int64(n), np.float64(p)), stats.binom.ppf(U, n, p).clip(0, n))


@pytest.mark.parametrize(("n", "p"), [(200, 0.5), (200, 0.6), (10**6, 0.2), (10**6, 0.9999)])
def test_binomial_tail_is_within_one(n: int, p: float) -> None:
    error = binomial_array(U, np.int64(n), np.float64(p)) - stats.binom.ppf(U, n, p)
    assert np.abs(error).max() <= 1 and np.mean(error != 0) < 0.02


def test_uniforms_are_uniform_and_independent() -> None:
    draws = Draws(77)
    u = draws.uniform("flat", np.arange(50_000))
    assert stats.kstest(u, "uniform").pvalue > 0.001
    assert stats.chisquare(np.bincount((u * 100).astype(int), minlength=100)).pvalue > 0.001
    for other in (
        draws.uniform("flat", np.arange(50_000), 1),
        draws.uniform("flat 2", np.arange(50_000)),
        np.roll(u, 1),
    ):
        assert abs(np.corrcoef(u, other)[0, 1]) < 0.02
    assert stats.kstest(draws.words("flat", np.arange(20_000))[:, 3], "uniform").pvalue > 0.001


def test_draws_have_their_moments() -> None:
    draws, ids = Draws(11), np.arange(40_000)
    assert stats.kstest(draws.normal("n", ids, mean=2.0, sigma=3.0), "norm", args=(2.0, 3.0)).pvalue > 0.001
    assert np.log(draws.lognormal("l", ids, mean=1.0, sigma=0.5)).mean() == pytest.approx(1.0, abs=0.01)
    assert draws.poisson("p", 4.0, ids).var() == pytest.approx(4.0, rel=0.03)
    assert draws.binomial("b", 12, 0.25, ids).mean() == pytest.approx(3.0, rel=0.02)
    assert draws.bernoulli("c", 0.1, ids).mean() == pytest.approx(0.1, rel=0.05)
    assert not draws.bernoulli("c", 0.0, ids).any() and draws.bernoulli("c", 1.0, ids).all()


def test_keys_of_several_decisions_are_those_of_each() -> None:
    draws = Draws(5)
    words = draws.keys(("one", "another"))
    assert words.dtype == np.uint32 and words.shape == (2, 2)
    assert [tuple(row) for row in words.tolist()] == [draws.key("one"), draws.key("another")]
    assert draws.keys(("one", "another")) is words and not np.array_equal(
        Draws(6).keys(("one", "another")), words
    )
