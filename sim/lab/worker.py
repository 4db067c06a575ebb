"""What a worker process does: run the runs of a chunk, one after the other, each on one thread.

A run that fails gives back its traceback instead of its tables. This module writes no file. Dask loads it in each
worker before any task (`dask_setup`).
"""

from __future__ import annotations

import gc
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

    def split(self) -> list[Work]:
        """The same runs, one task each."""
        return [Work(f"{self.name}-{i}", (run,), self.factory) for i, run in enumerate(self.runs)]


@dataclass(frozen=True)
class Done:
    """A run that ended: its tables by name (weekly, regional, corridors, events), or the traceback of its failure."""

    run: RunSpec
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    error: str | None = None
    seconds: float = 0.0


def run_one(run: RunSpec, scenario: Any, factory: str) -> Done:
    """Run one scenario with one seed to its end."""
    began = time.perf_counter()
    model = None
    try:
        model = resolve(factory)(scenario, rng=run.seed)
        while model.running:
            model.step()
        record = model.record
        tables = {
            "weekly": record.weekly(),
            "regional": record.regional(),
            "corridors": record.corridors(),
            "events": record.events(),
        }
        return Done(run, tables, None, time.perf_counter() - began)
    except Exception:
        return Done(run, {}, traceback.format_exc(), time.perf_counter() - began)
    finally:
        if model is not None:
            model.close()
        del model
        gc.collect()


def run_work(work: Work, tell: Callable[[Done], None] | None = None) -> list[Done]:
    """Run a task's runs in order. `tell` hears of each run as it ends."""
    ended = []
    for run, scenario in work.runs:
        done = run_one(run, scenario, work.factory)
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
    """Let the client alone hear Ctrl-C, and keep one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_thread()
