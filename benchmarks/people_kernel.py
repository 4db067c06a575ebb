"""Time the week of people: ns per person-week of the kernel, ms per week of `consume`, ratio to a reference kernel.

The reference, timed in the same process, draws the doses of the rows and takes one logarithm, in stages of
the same length: what no person-week can do without. Run: python -m benchmarks.people_kernel [people per agent]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from sim import kernels_people as kernel
from sim.kernels_people import BLOCK, _doses, _ln_ratio
from sim.parameters import Parameters
from sim.state.build import build_run, open_books
from sim.week import people
from sim.world.world import world


@njit(error_model="numpy")
def reference(k0, k1, week, n):  # type: ignore[no-untyped-def]
    """Draw a half word and take a logarithm for each of n rows; returns a sum so that nothing is left out."""
    words, own, none = (
        np.empty(BLOCK // 2 + 8, np.uint32),
        np.ones(BLOCK, np.float32),
        np.zeros(BLOCK, np.float32),
    )
    x, exponent, way = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.array([80.0, 0.3])
    total = 0.0
    for start in range(0, n, BLOCK):
        m = min(BLOCK, n - start)
        _doses((k0, k1), week, start, m, words)
        _ln_ratio(m, words.view(np.uint16), own, none, way, x, x.view(np.int32), exponent)
        total += x[0]
    return total


def timed(function: Callable[..., Any], *arguments: Any, repeats: int = 5) -> float:
    """Median CPU seconds of `repeats` calls after one to compile."""
    function(*arguments)
    spent = []
    for _ in range(repeats):
        began = time.process_time()
        for _ in range(10):
            function(*arguments)
        spent.append((time.process_time() - began) / 10)
    return float(np.median(spent))


def main(per_agent: int = 100) -> dict[str, float]:
    """Print and return the figures."""
    run = build_run(world(), Parameters(), 1, per_agent, [])
    people.start_people(run)
    open_books(run)
    taken: list[tuple[Any, ...]] = []
    original = kernel.people_week
    kernel.people_week = lambda *arguments: (taken.append(arguments), original(*arguments))[1]
    people.consume(run)
    kernel.people_week = original
    rows = run.people.n

    def week() -> None:
        run.tally.zero()
        run.draws.week += 1
        people.consume(run)

    persons = int(run.tally.people[0].sum() / per_agent)
    arguments = list(taken[0])
    arguments[5] = tuple(column.copy() for column in arguments[5])
    own = timed(original, *arguments)
    base = timed(reference, *run.draws.key("x"), 5, rows)
    figures = {
        "rows": rows,
        "persons": persons,
        "kernel ns per row-week": own / rows * 1e9,
        "kernel ns per person-week": own / persons * 1e9,
        "reference ns per row-week": base / rows * 1e9,
        "ratio to the reference": own / base,
        "consume ms per week": timed(week) * 1e3,
    }
    for name, value in figures.items():
        print(f"{name:28s} {value:12.2f}")
    return figures


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
