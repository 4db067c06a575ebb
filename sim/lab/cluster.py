"""The engine: hand out tasks and give back what they return, in process or through Dask distributed.

Where work runs decides nothing about results: the writer sorts. A local cluster listens on loopback only. A task
whose worker keeps dying is taken apart, so that only the run which kills it fails.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from sim.errors import Fault, InputError
from sim.lab.worker import THREADS, TOPIC, Done, Work, run_remote, run_work

Tell = Callable[[str, bool], None]
"""Called with (run_id, failed) as each run ends, before its chunk is stored."""
Weekly = Callable[[int, int], None]
"""Called with (week, n_weeks) as a run in this process goes on."""

SETTINGS: dict[str, Any] = {
    "distributed.worker.preload": ["sim.lab.worker"],
    "distributed.worker.multiprocessing-method": "spawn",
    "distributed.scheduler.allowed-failures": 3,
    "distributed.admin.low-level-log-length": 0,
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(THREADS, "1"),
}
DIED = "The worker process died each time it ran this (out of memory, or killed).\n"


def execute(
    works: Sequence[Work], *, jobs: int, scheduler: str | None, tell: Tell, weekly: Weekly | None = None
) -> Generator[list[Done], None, None]:
    """Yield the ended runs of each task as they come, in any order."""
    if scheduler is None and jobs == 1:
        for work in works:
            yield run_work(work, lambda done: tell(done.run.run_id, done.error is not None), weekly)
        return
    with _client(jobs, scheduler) as client:
        client.subscribe_topic(TOPIC, lambda event: tell(event[1]["run_id"], event[1]["failed"]))
        yield from _through(client, works, jobs)


def spread(
    function: Callable[[str], Any], names: Sequence[str], *, jobs: int
) -> Generator[tuple[str, Any, str | None], None, None]:
    """Call `function(name)` for each name; yields (name, result, None), or (name, None, error), in any order.

    In this process with one job, else in worker processes; `function` must be importable.
    """
    if jobs == 1 or len(names) <= 1:
        for name in names:
            yield name, function(name), None
        return
    from distributed import KilledWorker, as_completed

    with _client(jobs, None) as client:
        sent = {client.submit(function, name, key=f"contraflow-{name}", pure=False): name for name in names}
        for future in as_completed(list(sent), loop=client.loop):
            try:
                result, error = future.result(), None
            except KilledWorker:
                result, error = None, DIED
            except Exception as fault:
                result, error = None, f"{type(fault).__name__}: {fault}\n"
            future.release()
            yield sent[future], result, error


@contextmanager
def _client(jobs: int, scheduler: str | None) -> Iterator[Any]:
    import dask
    from distributed import (
        Client,
        LocalCluster,
    )  # before the settings: its defaults must not be undone with them

    with ExitStack() as stack:
        stack.enter_context(dask.config.set(SETTINGS))
        stack.enter_context(_quiet())
        if scheduler is not None:
            yield stack.enter_context(_existing(scheduler))
            return
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="contraflow-", ignore_cleanup_errors=True)
        )
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                local_directory=folder,
            )
        )
        yield stack.enter_context(Client(cluster, set_as_default=False))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the engine's own log to itself; failures are told by the batch."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.gc")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _existing(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout="20s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        fault = Fault("--scheduler", address, "the address of a running Dask scheduler", fix=str(error))
        raise InputError([fault]) from error


def _through(client: Any, works: Sequence[Work], jobs: int) -> Iterator[list[Done]]:
    """Keep a few tasks per worker on the way, drop each result as soon as it is read; suspects go last, one by one.

    A worker that dies takes innocent tasks with it, so each run of a task that was lost is tried again alone.
    """
    from distributed import as_completed

    waiting = list(reversed(works))
    suspects: list[Work] = []
    sent: dict[str, Work] = {}
    done = as_completed(loop=client.loop)
    room = 3 * max(jobs, len(client.scheduler_info()["workers"]))

    def fill() -> None:
        while waiting and len(sent) < room:
            work = waiting.pop()
            future = client.submit(run_remote, work, key=f"contraflow-{work.name}", pure=False)
            sent[future.key] = work
            done.add(future)

    fill()
    for future in done:
        work = sent.pop(future.key)
        ended = _read(future, work)
        future.release()
        fill()
        if ended is None:
            suspects += work.split()
        else:
            yield ended
    for work in suspects:
        future = client.submit(run_remote, work, key=f"contraflow-alone-{work.name}", pure=False)
        yield _read(future, work) or [Done(run, {}, DIED) for run, _ in work.runs]


def _read(future: Any, work: Work) -> list[Done] | None:
    """What a task returned; None if its worker died each time it ran."""
    from distributed import KilledWorker

    try:
        result: list[Done] = future.result()
        return result
    except KilledWorker:
        return None
    except Exception as error:
        return [Done(run, {}, f"{type(error).__name__}: {error}\n") for run, _ in work.runs]
