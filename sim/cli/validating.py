"""`contraflow validate`: the status quo against known levels, patterns and published effects, as table, JSON, page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.running import AsJson, Jobs, Out, Quiet, Resume, Scale, Seed

if TYPE_CHECKING:
    from sim.lab.store import Results

REPLICATES = 8


def validate(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER] [PATTERN]...",
            help="A folder of results that holds the status quo (without it, runs are made), and with --patterns the"
            " names of some.",
        ),
    ] = None,
    patterns: Annotated[
        bool, typer.Option("--patterns", help="Measure patterns too: those named, or all.")
    ] = False,
    replicates: Annotated[int, typer.Option("--replicates", "-n", help="Replicates.")] = REPLICATES,
    seed: Seed = None,
    people_per_agent: Scale = None,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    scorecard: Annotated[
        Path | None, typer.Option("--scorecard", help="Write the page there, as docs/scorecard.md.")
    ] = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures into the folder.")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare five years of the status quo with known levels of the world; misses are shown first.

    With --patterns also measures patterns of the field, each with its null arm and knock-out (minutes each), and keeps
    what was found in the folder; with --resume those that the same code has measured are kept. What a folder holds of
    them is shown without --patterns too, beside published effects of interventions.

    Exit code 0 also where levels or patterns are missed: a miss is a finding. 1 where a run failed.

    Example: contraflow validate --replicates 8 --patterns naloxone bulk_cash --scorecard docs/scorecard.md
    """
    from sim.lab import findings
    from sim.lab import validate as lab
    from sim.lab.effects import compare

    folder, names = _targets(targets or [], patterns)
    results = (
        _stored(folder)
        if folder
        else _simulated(replicates, seed, people_per_agent, jobs, out, resume, quiet)
    )
    if patterns:
        _measure(names, results.folder, jobs, resume, quiet)
    judged, records = lab.validate(results), findings.read(results.folder)
    compared = compare(results, records)
    if as_json:
        print(json.dumps(lab.as_data(results, judged, records, compared), indent=1))
    elif not quiet:
        _print(results, judged, records, compared)
    _write(results, judged, records, figures, scorecard, quiet)
    _exit(results, records)


def _targets(targets: Sequence[str], patterns: bool) -> tuple[Path | None, list[str]]:
    """The folder, if one is named, and the names of patterns."""
    from sim.errors import Fault, InputError
    from sim.lab.patterns import patterns as known

    names = [word for word in targets if patterns and word in known()]
    folders = [word for word in targets if word not in names]
    if len(folders) > 1:
        expected = "one folder of results, and names of patterns" if patterns else "one folder of results"
        fix = "contraflow validate --help" if patterns else "name patterns after --patterns"
        raise InputError([Fault("validate", " ".join(folders), expected, fix=fix)])
    return (Path(folders[0]) if folders else None), names


def _print(results: Results, judged: Any, records: Any, compared: Any) -> None:
    """Tables of levels, of patterns where there are any, and of published effects that were measured."""
    from sim.cli.running import console
    from sim.lab import findings
    from sim.lab import validate as lab
    from sim.lab.effects import print_effects

    lab.print_levels(results, judged, console())
    if records:
        findings.print_patterns(records, console())
    if any(item.known for item in compared):
        print_effects(compared, console())


def _write(
    results: Results, judged: Any, records: Any, figures: bool, scorecard: Path | None, quiet: bool
) -> None:
    """Draw the figures, write the page, and say where they are."""
    from sim.lab import findings
    from sim.lab import validate as lab
    from sim.lab.scorecard import write_scorecard

    made = [lab.draw(results, judged)] if figures else []
    made += [findings.draw(results.folder, records)] if figures and records else []
    made += [write_scorecard(results, scorecard, judged, pictures=figures)] if scorecard else []
    if not quiet:
        for path in made:
            print(path, file=sys.stderr)


def _exit(results: Results, records: Any) -> None:
    """Say what failed and leave with code 1 if anything did."""
    from sim.lab.batch import failures

    broken = [record for record in records if record["verdict"] == "failed"]
    for line in failures(results):
        print(f"failed: {line}", file=sys.stderr)
    for record in broken:
        print(f"failed: {record['name']}: {record['error'].strip().splitlines()[-1]}", file=sys.stderr)
    if results.failed or broken:
        raise typer.Exit(1)


def _stored(folder: Path) -> Results:
    from sim.lab.store import Results
    from sim.lab.validate import SCENARIO

    results = Results(folder)
    return Results(folder, SCENARIO) if SCENARIO in results.scenarios else results


def _simulated(
    replicates: int,
    seed: int | None,
    scale: int | None,
    jobs: int | None,
    out: Path | None,
    resume: bool,
    quiet: bool,
) -> Results:
    from sim.cli.running import free_folder
    from sim.cli.watch import watching
    from sim.lab.validate import simulate

    place = out or free_folder(Path("results") / "validate")
    with watching("validate", quiet) as progress:
        return simulate(
            replicates=replicates, people_per_agent=scale, seed=1 if seed is None else seed, jobs=jobs,
            out=place, progress=progress, resume=resume,
        )  # fmt: skip


def _measure(names: Sequence[str], folder: Path, jobs: int | None, resume: bool, quiet: bool) -> None:
    from sim.cli.watch import watching
    from sim.lab.findings import measure_patterns

    with watching("patterns", quiet, "patterns") as progress:
        measure_patterns(names, folder, jobs=jobs, resume=resume, progress=progress)
