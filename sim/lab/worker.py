"""What a worker process does: run the runs of a chunk, one after the other, each on one thread.

A run that fails gives back its traceback instead of its tables. This module writes no file. Dask loads it in each
worker before any task (`dask_setup`).
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.lab.runs import RunSpec, resolve

if TYPE_CHECKING:
    import pandas as pd

TOPIC = "contraflow-runs"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def one_thread() -> None:
    """Keep linear algebra and compiled loops on one thread; call it before numpy is imported."""
    for name in THREADS:
        os.environ[name] = "1"


@dataclass(frozen=True)
class Work:
    """The task sent to a worker: runs with their resolved scenarios, and where to import the model from."""

    name: str
    runs: tuple[tuple[RunSpec, Any], ...]
    factory: str
    profile: bool = False

    def split(self) -> list[Work]:
        """The same runs, one task each."""
        return [
            Work(f"{self.name}-{i}", (run,), self.factory, self.profile) for i, run in enumerate(self.runs)
        ]


@dataclass(frozen=True)
class Done:
    """A run that ended: its tables by name (weekly, regional, corridors, events), or the traceback of its failure.

    `seconds` counts building and spin-up too, `step_seconds` the weeks alone; `profile` is seconds per process.
    """

    run: RunSpec
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    error: str | None = None
    seconds: float = 0.0
    step_seconds: float = 0.0
    profile: dict[str, float] = field(default_factory=dict)


def run_one(
    run: RunSpec,
    scenario: Any,
    factory: str,
    profile: bool = False,
    weekly: Callable[[int, int], None] | None = None,
) -> Done:
    """Run one scenario with one seed to its end. `weekly` hears (week, n_weeks) after each week."""
    began = time.perf_counter()
    model = None
    try:
        model = resolve(factory)(scenario, rng=run.seed)
        model.profiling = profile
        built = time.perf_counter()
        while model.running:
            model.step()
            if weekly is not None:
                weekly(model.week, model.n_weeks)
        stepped = time.perf_counter() - built
        record = model.record
        tables = {
            "weekly": record.weekly(),
            "regional": record.regional(),
            "corridors": record.corridors(),
            "events": record.events(),
        }
        times = dict(model.profile) if profile else {}
        return Done(run, tables, None, time.perf_counter() - began, stepped, times)
    except Exception:
        return Done(run, {}, traceback.format_exc(), time.perf_counter() - began)
    finally:
        if model is not None:
            model.close()
        del model
        gc.collect()


def run_work(
    work: Work,
    tell: Callable[[Done], None] | None = None,
    weekly: Callable[[int, int], None] | None = None,
) -> list[Done]:
    """Run a task's runs in order. `tell` hears of each run as it ends, `weekly` of each week."""
    ended = []
    for run, scenario in work.runs:
        done = run_one(run, scenario, work.factory, work.profile, weekly)
        ended.append(done)
        if tell is not None:
            tell(done)
    return ended


def run_remote(work: Work) -> list[Done]:
    """`run_work` inside a Dask worker, which tells the client of each run."""
    from distributed import get_worker

    worker = get_worker()

    def tell(done: Done) -> None:
        worker.log_event(TOPIC, {"run_id": done.run.run_id, "failed": done.error is not None})

    return run_work(work, tell)


def dask_setup(worker: Any) -> None:
    """Let the client alone hear Ctrl-C and speak of failures, and keep one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    one_thread()
