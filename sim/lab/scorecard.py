"""Write `docs/scorecard.md` from a validation: every level, misses first.

`python -m sim.lab.scorecard results/validate docs/scorecard.md` writes it from stored runs; nothing is simulated.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.lab.docs import table
from sim.lab.levels import number
from sim.lab.validate import Judged, counts, interval, misses_first, summary_lines, validate

if TYPE_CHECKING:
    from sim.lab.store import Results

BANNER = "Written by `contraflow validate --scorecard` from stored runs: run it again, do not edit this page."
HEADER = ("level", "what", "role", "chain", "years", "simulated", "interval", "band", "unit", "verdict")


def write_scorecard(results: Results, path: str | Path, judged: Sequence[Judged] | None = None) -> Path:
    """Write the page from the runs of a store (judged already, or judged here) and return its path."""
    rows = list(judged) if judged is not None else validate(results)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(results, rows), encoding="utf-8", newline="\n")
    return target


def page(results: Results, judged: Sequence[Judged]) -> str:
    """The text of the page."""
    ordered = misses_first(judged)
    missed = [item for item in ordered if not item.inside]
    lines = "\n".join(f"- {line}" for line in summary_lines(results, judged))
    parts = [
        "# Scorecard",
        BANNER,
        "What the status quo should look like, and what the model makes of it. An *emergent* level must come out by"
        " itself, for a *fitted* one defaults were chosen, an *input* was put in. A miss is a finding and stays here"
        f" until a mechanism explains it.\n\nMade from {_made(results)}.",
        lines,
        f"## Rows inside, by role and chain\n\n{_counts(judged)}",
        f"## Misses\n\n{_levels(missed) if missed else 'None.'}",
        f"## Inside\n\n{_levels(item for item in ordered if item.inside)}",
        f"## Where the bands come from\n\n{_sources(judged)}",
    ]
    return "\n\n".join(parts) + "\n"


def _made(results: Results) -> str:
    experiment = results.experiment
    chosen = next(each for each in experiment["scenarios"] if each["name"] == results.baseline)
    scale = (
        tomllib.loads(chosen.get("toml", "")).get("run", {}).get("people_per_agent", "the usual number of")
    )
    return (
        f"`{results.baseline}` from {chosen['start']}, {chosen['weeks']} weeks, {scale} people per agent,"
        f" {experiment['replicates']} replicates"
        f" with seeds from {experiment['seed']}, scenario hash `{str(chosen['hash'])[:12]}`"
    )


def _counts(judged: Sequence[Judged]) -> str:
    rows = [
        (name, inside, within, n)
        for key in ("role", "chain")
        for name, (inside, within, n) in counts(judged, key).items()
    ]
    return table(("rows", "inside", "inside or within the margin", "of"), rows)


def _levels(judged: Iterable[Judged]) -> str:
    cells = (
        (
            f"`{item.level.id}`",
            item.level.metric,
            item.level.role,
            item.level.chain,
            item.level.window,
            number(item.simulated.mean),
            interval(item),
            f"{number(item.level.low)} to {number(item.level.high)}",
            item.level.unit,
            item.verdict + (f" (by {item.distance:.2g})" if item.level.is_share and not item.inside else ""),
        )
        for item in judged
    )
    return table(HEADER, cells)


def _sources(judged: Sequence[Judged]) -> str:
    rows = ((f"`{item.level.id}`", item.level.period, item.level.basis) for item in judged)
    return table(("level", "period", "basis"), rows)


if __name__ == "__main__":
    from sim.lab.store import Results as Reader

    print(write_scorecard(Reader(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "docs/scorecard.md"))
