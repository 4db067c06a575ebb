"""Time the week of people: ns per person-week of the kernel, ms per week of `consume`, ratio to a reference kernel.

The reference, timed in the same process, draws one block of four words per row and takes one logarithm, in stages of
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
from sim.kernels_people import BLOCK, _ln_block
from sim.parameters import Parameters
from sim.state.build import build_run, open_books
from sim.streams import philox4x32, u32
from sim.week import people
from sim.world.world import world


@njit(error_model="numpy")
def reference(k0, k1, generation, week, n):  # type: ignore[no-untyped-def]
    """Draw four words and take a logarithm for each of n rows; returns a sum so that nothing is left out."""
    u, ratio, exponent = np.empty((4, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
    total = 0.0
    for start in range(0, n, BLOCK):
        m = min(BLOCK, n - start)
        for i in range(m):
            x0, x1, x2, x3 = philox4x32(k0, k1, start + i, generation[start + i], week, 0)
            u[0, i] = u32(x0)
            u[1, i] = u32(x1)
            u[2, i] = u32(x2)
            u[3, i] = u32(x3)
        for i in range(m):
            ratio[i] = u[0, i] + u[1, i] + u[2, i] + u[3, i]
        _ln_block(ratio, ratio.view(np.int64), exponent, exponent.view(np.int64), m)
        total += ratio[0]
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
    own = timed(original, *taken[0])
    base = timed(reference, *run.draws.key("x"), run.people.generation, 5, rows)
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
