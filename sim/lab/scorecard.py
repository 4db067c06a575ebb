"""Write `docs/scorecard.md` from a validation: every level, pattern and published effect, misses first.

`python -m sim.lab.scorecard results/validate docs/scorecard.md` writes it from stored runs; nothing is simulated.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.lab import findings
from sim.lab.docs import table
from sim.lab.effects import Compared, compare
from sim.lab.effects import summary as effects_summary
from sim.lab.findings import Record
from sim.lab.levels import number
from sim.lab.scorecard_parts import effects_part, patterns_part
from sim.lab.validate import (
    Judged,
    counts,
    draw,
    interval,
    misses_first,
    summary_lines,
    validate,
)

if TYPE_CHECKING:
    from sim.lab.store import Results

BANNER = "Written by `contraflow validate --scorecard` from stored runs: run it again, do not edit this page."
HEADER = ("level", "what", "role", "chain", "years", "simulated", "interval", "band", "unit", "verdict")


def write_scorecard(
    results: Results,
    path: str | Path,
    judged: Sequence[Judged] | None = None,
    *,
    pictures: bool = True,
) -> Path:
    """Write the page from the runs and findings of a store (judged already, or judged here) and return its path.

    With `pictures` the two figures are drawn and kept, made small, in the folder `images` beside the page.
    """
    rows = list(judged) if judged is not None else validate(results)
    records = findings.read(results.folder)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shown = _pictures(results, rows, records, target.parent / "images") if pictures else []
    text = page(results, rows, records, compare(results, records), shown)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def _pictures(
    results: Results, judged: Sequence[Judged], records: Sequence[Record], folder: Path
) -> list[str]:
    """Draw what there is to see into the folder as scorecard_NAME.png, made small; returns the file names."""
    from sim.lab.pictures import shrink

    drawn = [draw(results, judged)]
    if records:
        drawn.append(findings.draw(results.folder, records))
    folder.mkdir(parents=True, exist_ok=True)
    return [shrink(path, folder / f"scorecard_{path.name}").name for path in drawn]


def page(
    results: Results,
    judged: Sequence[Judged],
    records: Sequence[Record] = (),
    compared: Sequence[Compared] = (),
    pictures: Sequence[str] = (),
) -> str:
    """The text of the page; `pictures` are file names in the folder `images`."""
    ordered = misses_first(judged)
    missed = [item for item in ordered if not item.inside]
    lines = "\n".join(f"- {line}" for line in _summary(results, judged, records, compared))
    shown = {name.removeprefix("scorecard_").removesuffix(".png"): name for name in pictures}
    parts = [
        "# Scorecard",
        BANNER,
        "What the status quo should look like, what policies and shocks should do, and what the model makes of it. An"
        " *emergent* level must come out by itself, for a *fitted* one defaults were chosen, an *input* was put in. A"
        f" miss is a finding and stays here until a mechanism explains it.\n\nLevels are made from {_made(results)}.",
        lines,
        f"## Levels that are missed\n\n{_levels(missed) if missed else 'None.'}",
        *_picture(
            shown, "levels", "Every known level as a band, and where the simulation falls; misses first."
        ),
        f"## Levels inside their bands\n\n{_levels(item for item in ordered if item.inside)}",
        f"## Levels inside, by role and chain\n\n{_counts(judged)}",
        *_picture(
            shown, "patterns", "What each pattern measured with its mechanism and without; misses first."
        ),
        *patterns_part(records),
        *effects_part(compared),
        f"## Where the bands come from\n\n{_sources(judged)}",
    ]
    return "\n\n".join(parts) + "\n"


def _summary(
    results: Results, judged: Sequence[Judged], records: Sequence[Record], compared: Sequence[Compared]
) -> list[str]:
    lines = summary_lines(results, judged)
    if records:
        missed = [f"`{r['name']}`" for r in findings.ordered(records) if r["verdict"] in ("failed", "misses")]
        lines.append(f"{findings.summary(records)} Missed: {', '.join(missed) or 'none'}.")
    if compared:
        lines.append(effects_summary(compared))
    return lines


def _picture(shown: Mapping[str, str], name: str, words: str) -> list[str]:
    return [f"![{words}](images/{shown[name]})"] if name in shown else []


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
