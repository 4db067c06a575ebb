"""Run an experiment into a folder of results: plan, run, store, sum up. It decides nothing about the model.

A run that fails is recorded with its traceback and the rest go on. A run is in the store whole or not at all; what
an interruption keeps is what was stored before it, and `resume` runs the rest and ends with the same bytes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError
from sim.lab import manifest
from sim.lab.cluster import execute
from sim.lab.dictionary import declared, table_of
from sim.lab.interrupt import Interrupts
from sim.lab.runs import Chunk, Plan, RunSpec, Spec, default_folder, make_plan, same_experiment
from sim.lab.store import TABLES, Results, Store
from sim.lab.summary import summarise, to_csv
from sim.lab.worker import Done, Work, run_one

MANIFEST_SECONDS = 2.0


@dataclass
class Progress:
    """What is heard of a batch while it runs.

    `changed` is called as runs end, `weekly` with (week, n_weeks) of a run in this process, `stored` with each run
    after it was stored; `profile` asks for the time of each process of the week.
    """

    total: int = 0
    ended: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    changed: Callable[[Progress], None] | None = None
    weekly: Callable[[int, int], None] | None = None
    stored: Callable[[Done], None] | None = None
    profile: bool = False

    def tell(self, run_id: str, failed: bool) -> None:
        """One run has ended (heard twice, counted once)."""
        self.ended.add(run_id)
        if failed:
            self.failed.add(run_id)
        if self.changed is not None:
            self.changed(self)


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def batch(
    scenarios: Sequence[Spec],
    *,
    replicates: int = 8,
    seed: int = 1,
    weeks: int | None = None,
    sets: Mapping[str, object] | None = None,
    draws: Sequence[Mapping[str, object]] = (),
    baseline: str | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    name: str | None = None,
    progress: Progress | None = None,
    command: str | None = None,
    factory: str | None = None,
    loader: str | None = None,
) -> Results:
    """Run scenarios x replicates x draws and return a reader of the folder written (`out`, or results/NAME).

    `jobs` worker processes (default: one per core; 1 runs in this process), or the cluster at `scheduler`. In a
    script, call it below `if __name__ == "__main__":`, as worker processes import the script.
    Raises InputError before anything is written; KeyboardInterrupt after what is finished has been kept.
    """
    plan = make_plan(
        scenarios, replicates=replicates, seed=seed, weeks=weeks, sets=sets, draws=draws, baseline=baseline,
        name=name, factory=factory, loader=loader,
    )  # fmt: skip
    n_jobs = cores() if jobs is None else jobs
    if n_jobs < 1:
        raise InputError([Fault("--jobs", n_jobs, "a whole number of at least 1")])
    folder = default_folder(plan) if out is None else Path(out)
    return carry_out(plan, folder, n_jobs, scheduler, resume, progress or Progress(), command)


def run(
    spec: Spec = "status_quo", *, seed: int = 1, out: str | Path | None = None, **options: Any
) -> Results:
    """Run one scenario once, in this process, into a folder of results. Options are those of `batch`."""
    return batch([spec], replicates=1, seed=seed, jobs=1, out=out, **options)


def carry_out(
    plan: Plan,
    folder: Path,
    jobs: int,
    scheduler: str | None,
    resume: bool,
    progress: Progress,
    command: str | None,
) -> Results:
    """Run a plan into a folder. Raises InputError if the folder exists and may not be resumed."""
    record = _opened(plan, folder, jobs, resume, command or manifest.command_line())
    store = Store(folder)
    store.clean()
    dictionary = table_of(declared(plan.factory).values())
    manifest.write_text(folder / "dictionary.csv", to_csv(dictionary))
    book = Book(plan, folder, record)
    works = [
        work for work in (_work(plan, chunk, book, progress.profile) for chunk in plan.chunks) if work.runs
    ]
    progress.total = len(book.status)
    progress.ended |= {run_id for run_id, status in book.status.items() if status == "done"}
    chunk_of = {run.run_id: chunk.name for chunk in plan.chunks for run in chunk.runs}
    with Interrupts() as interrupts:
        try:
            tasks = execute(works, jobs=jobs, scheduler=scheduler, tell=progress.tell, weekly=progress.weekly)
            with closing(tasks):
                for ended in tasks:
                    with interrupts.held():
                        store.commit(chunk_of[ended[0].run.run_id], ended)
                        book.note(ended)
                    _tell(progress, ended)
        finally:
            with interrupts.held():
                book.close()
    return Results(folder)


def _tell(progress: Progress, ended: Sequence[Done]) -> None:
    for done in ended:
        progress.tell(done.run.run_id, done.error is not None)
        if progress.stored is not None:
            progress.stored(done)


def _opened(plan: Plan, folder: Path, jobs: int, resume: bool, command: str) -> dict[str, Any]:
    """Make the folder, or check that the one which exists is of the same experiment and code."""
    runs = [{"run_id": r.run_id, **_key(r), "status": "planned"} for r in plan.runs]
    record = manifest.new(plan.record(), runs, jobs, command)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not resume:
            fix = "choose another folder with --out, remove it, or continue it with --resume"
            raise InputError([Fault("--out", str(folder), "a folder that does not exist yet", fix=fix)])
        old = Results(folder).manifest
        faults = same_experiment(old["experiment"], record["experiment"])
        if old["code"]["source_sha256"] != record["code"]["source_sha256"]:
            expected = (
                f"the code that began it (version {old['code']['version']}, commit {old['code']['commit']})"
            )
            fix = "resume with that code, or start a new folder"
            faults.append(Fault("--resume, code", record["code"]["commit"], expected, fix=fix))
        if faults:
            raise InputError(faults)
        record["made"]["seconds_by_run"] = old["made"]["seconds_by_run"]
    for table in TABLES:
        (folder / table).mkdir(parents=True, exist_ok=True)
    manifest.write(folder, record)
    return record


def _key(run: RunSpec) -> dict[str, Any]:
    return {"scenario": run.scenario, "replicate": run.replicate, "draw": run.draw, "seed": run.seed}


def _work(plan: Plan, chunk: Chunk, book: Book, profile: bool) -> Work:
    runs = tuple((run, plan.scenario_of(run)) for run in chunk.runs if book.status[run.run_id] != "done")
    return Work(chunk.name, runs, plan.factory, profile)


class Book:
    """Keeps the manifest of a store as runs end, and sums the store up when the batch is over."""

    def __init__(self, plan: Plan, folder: Path, record: dict[str, Any]) -> None:
        self.plan, self.folder, self.record = plan, folder, record
        self.status = {run.run_id: "planned" for run in plan.runs}
        self.errors: dict[str, str] = {}
        self.written = time.monotonic()
        store = Store(folder)
        for chunk in plan.chunks:
            stored = store.stored(chunk.name)
            self.status.update({r.run_id: "done" for r in chunk.runs if r.run_id in stored})

    def note(self, ended: Sequence[Done]) -> None:
        """Note runs that are now in the store, or failed."""
        for done in ended:
            self.status[done.run.run_id] = "done" if done.error is None else "failed"
            self.record["made"]["seconds_by_run"][done.run.run_id] = round(done.seconds, 3)
            if done.error is not None:
                self.errors[done.run.run_id] = done.error
        if time.monotonic() - self.written > MANIFEST_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the manifest as it stands."""
        for entry in self.record["runs"]:
            entry["status"] = self.status[entry["run_id"]]
            if entry["run_id"] in self.errors:
                entry["error"] = self.errors[entry["run_id"]]
        manifest.write(self.folder, self.record)
        self.written = time.monotonic()

    def close(self) -> None:
        """Write the summary of what is in the store, and the manifest with the files' hashes."""
        self.save()
        places = ["dictionary.csv"]
        if "done" in self.status.values():
            manifest.write_text(self.folder / "summary.csv", to_csv(summarise(Results(self.folder))))
            places.append("summary.csv")
        for table in TABLES:
            places += [f"{table}/{path.name}" for path in (self.folder / table).glob("*.parquet")]
        self.record["files"] = manifest.hashes(self.folder, places)
        seconds = self.record["made"]["seconds_by_run"]
        self.record["made"]["seconds_by_run"] = dict(sorted(seconds.items()))
        self.record["made"]["ended"] = manifest.now()
        self.save()


def failures(results: Results) -> list[str]:
    """One line per failed run: its name and the last line of its traceback."""
    return [f"{run['run_id']}: {run['error'].strip().splitlines()[-1]}" for run in results.failed]


__all__ = ["Progress", "batch", "carry_out", "cores", "failures", "run", "run_one"]
