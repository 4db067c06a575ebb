"""How a batch is watched: a bar when a person looks, plain lines otherwise, nothing with --quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sim.lab.batch import Progress

LINE_SECONDS = 10.0


@contextmanager
def watching(what: str, quiet: bool, unit: str = "runs") -> Iterator[Progress]:
    """A `Progress` that shows itself on stderr, so that stdout stays for results; `unit`: what ends."""
    if quiet:
        yield Progress()
    elif sys.stderr.isatty():
        with _bar(what, unit) as progress:
            yield progress
    else:
        yield _lines(what, unit)


@contextmanager
def _bar(what: str, unit: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit))
    clocks = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Bar(*columns, *clocks, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)

        def changed(progress: Progress) -> None:
            failed = f", {len(progress.failed)} failed" if progress.failed else ""
            bar.update(task, total=progress.total, completed=len(progress.ended), description=what + failed)

        def weekly(week: int, n_weeks: int) -> None:
            if week % 4 == 0:
                bar.update(task, description=f"{what}, week {week} of {n_weeks}")

        yield Progress(changed=changed, weekly=weekly)


def _lines(what: str, unit: str) -> Progress:
    """A line with the time left at most every ten seconds, and one at the end."""
    last = [time.monotonic(), 0.0]
    begun: list[float] = []  # when the first run was heard of, and how many had ended by then

    def changed(progress: Progress) -> None:
        done = len(progress.ended)
        if done == last[1]:
            return
        if not begun:
            begun[:] = [time.monotonic(), done]
        if done == progress.total or time.monotonic() - last[0] >= LINE_SECONDS:
            last[:] = [time.monotonic(), done]
            failed = f", {len(progress.failed)} failed" if progress.failed else ""
            left = _left(time.monotonic() - begun[0], done - begun[1], progress.total - done)
            print(
                f"{what}: {done} of {progress.total} {unit} ended{failed}{left}", file=sys.stderr, flush=True
            )

    return Progress(changed=changed)


def _left(seconds: float, ended: float, runs: int) -> str:
    """How long the rest will take at the pace so far, as words; nothing where that is not known or nearly over."""
    guess = seconds / ended * runs if ended > 0 else 0.0
    if guess < LINE_SECONDS:
        return ""
    return f", about {guess / 60:.0f} min left" if guess > 90 else f", about {guess:.0f} s left"
