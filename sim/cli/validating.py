"""`contraflow validate`: the status quo against known levels, as table, JSON, figure and page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.running import AsJson, Jobs, Out, Quiet, Scale, Seed

if TYPE_CHECKING:
    from sim.lab.store import Results

REPLICATES = 8


def validate(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder of results that holds the status quo; without it, runs are made."),
    ] = None,
    replicates: Annotated[int, typer.Option("--replicates", "-n", help="Replicates.")] = REPLICATES,
    seed: Seed = None,
    people_per_agent: Scale = None,
    jobs: Jobs = None,
    out: Out = None,
    scorecard: Annotated[
        Path | None, typer.Option("--scorecard", help="Write the page there, as docs/scorecard.md.")
    ] = None,
    figures: Annotated[bool, typer.Option(help="Draw the figure into the folder.")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare five years of the status quo with known levels of the world; misses are shown first.

    Exit code 0 also where levels are missed: a miss is a finding. 1 where a run failed.

    Example: contraflow validate --replicates 8 --people-per-agent 200
    """
    from sim.cli.running import console
    from sim.lab import validate as lab
    from sim.lab.batch import failures
    from sim.lab.scorecard import write_scorecard

    results = _stored(folder) if folder else _simulated(replicates, seed, people_per_agent, jobs, out, quiet)
    judged = lab.validate(results)
    if as_json:
        print(json.dumps(lab.as_data(results, judged), indent=1))
    elif not quiet:
        lab.print_levels(results, judged, console())
    made = [lab.draw(results, judged)] if figures else []
    made += [write_scorecard(results, scorecard, judged)] if scorecard else []
    if not quiet:
        for path in made:
            print(path, file=sys.stderr)
    for line in failures(results):
        print(f"failed: {line}", file=sys.stderr)
    if results.failed:
        raise typer.Exit(1)


def _stored(folder: Path) -> Results:
    from sim.lab.store import Results
    from sim.lab.validate import SCENARIO

    results = Results(folder)
    return Results(folder, SCENARIO) if SCENARIO in results.scenarios else results


def _simulated(
    replicates: int, seed: int | None, scale: int | None, jobs: int | None, out: Path | None, quiet: bool
) -> Results:
    from sim.cli.running import free_folder
    from sim.cli.watch import watching
    from sim.lab.validate import simulate

    place = out or free_folder(Path("results") / "validate")
    with watching("validate", quiet) as progress:
        return simulate(
            replicates=replicates, people_per_agent=scale, seed=1 if seed is None else seed, jobs=jobs,
            out=place, progress=progress,
        )  # fmt: skip
