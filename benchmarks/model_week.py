"""Time the weeks of `status_quo`: CPU seconds of 520 weeks, ratio to a reference kernel, memory, rows of the profile.

The reference, timed in the same process between the runs, is a fixed loop of known work, so that figures of different
machines, or of one that is busy, can be compared. Compilation and spin-up are apart. A second model of the same seed
must take its spin-up from the cache. Run: python -m benchmarks.model_week [--weeks 520] [--repeats 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from sim.lab.worker import one_thread
from sim.model import Model
from sim.streams import philox4x32, u32

REFERENCE_DRAWS = 20_000_000
MOST_SECONDS, MOST_MEGABYTES, LEAST_PROFILED = 10.0, 600.0, 0.95
"""What the project asks for on one core of its first machine."""


@njit(cache=True)
def reference(n):  # type: ignore[no-untyped-def]
    """Draw a block for each of n counters and add one uniform of each: no memory, no branch."""
    total = 0.0
    for i in range(n):
        x0, _, _, _ = philox4x32(1, 2, i, 3, 4, 5)
        total += u32(x0)
    return total


def main() -> int:
    """Print the figures and write them as JSON; exit code 1 when one is not what the project asks for."""
    options = _options()
    one_thread()
    figures = measure(options.weeks, options.repeats, options.people_per_agent)
    show(figures)
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if figures["holds"] else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weeks", type=int, default=520)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--people-per-agent", type=int, default=100)
    parser.add_argument("--json", help="write the figures to this file")
    return parser.parse_args()


def measure(weeks: int, repeats: int, people_per_agent: int) -> dict[str, Any]:
    """CPU seconds of each repeat and of the reference beside it, then one more run with the profile on."""
    warm = _model(people_per_agent)
    _stepped(warm, 5)
    reference(1000)
    runs, references, cached = [], [], []
    for _ in range(repeats):
        references.append(_cpu(reference, REFERENCE_DRAWS))
        model = _model(people_per_agent)
        cached.append(model.spin_up_cached)
        runs.append(_cpu(_stepped, model, weeks))
    profile, seconds = _profiled(weeks, people_per_agent)
    figures: dict[str, Any] = {
        "weeks": weeks,
        "cpu_seconds": runs,
        "reference_seconds": references,
        "cpu_seconds_median": float(np.median(runs)),
        "ratio_to_reference": float(np.median(np.array(runs) / np.array(references))),
        "peak_megabytes": peak_megabytes(),
        "spin_up_cached": all(cached),
        "profiled_share": sum(profile.values()) / seconds,
        "ms_per_week": {name: 1000.0 * spent / weeks for name, spent in profile.items()},
    }
    figures["holds"] = bool(
        figures["cpu_seconds_median"] <= MOST_SECONDS * weeks / 520
        and figures["peak_megabytes"] <= MOST_MEGABYTES
        and figures["profiled_share"] >= LEAST_PROFILED
        and figures["spin_up_cached"]
    )
    return figures


def _model(people_per_agent: int) -> Model:
    gc.collect()
    return Model("status_quo", rng=1, people_per_agent=people_per_agent, years=11)


def _stepped(model: Model, weeks: int) -> None:
    for _ in range(weeks):
        model.step()


def _cpu(work: Any, *arguments: Any) -> float:
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def _profiled(weeks: int, people_per_agent: int) -> tuple[dict[str, float], float]:
    """Seconds by row of the profile, and of the whole run."""
    model = _model(people_per_agent)
    model.profiling = True
    began = time.perf_counter()
    _stepped(model, weeks)
    return dict(model.profile), time.perf_counter() - began


def peak_megabytes() -> float:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def show(figures: dict[str, Any]) -> None:
    """Print the figures, then the rows of the profile, largest first."""
    seconds = ", ".join(f"{value:.2f}" for value in figures["cpu_seconds"])
    print(f"CPU seconds of {figures['weeks']} weeks  {seconds}")
    print(f"median                    {figures['cpu_seconds_median']:.2f} (at most {MOST_SECONDS:g} for 520)")
    print(f"ratio to the reference    {figures['ratio_to_reference']:.1f}")
    print(f"peak memory, MB           {figures['peak_megabytes']:.0f} (at most {MOST_MEGABYTES:g})")
    print(f"spin-up from the cache    {'yes' if figures['spin_up_cached'] else 'no'}")
    print(f"share in the profile      {figures['profiled_share']:.1%} (at least {LEAST_PROFILED:.0%})")
    for name, spent in sorted(figures["ms_per_week"].items(), key=lambda row: -row[1]):
        print(f"  {name:14s}{spent:8.2f} ms a week")


if __name__ == "__main__":
    sys.exit(main())
