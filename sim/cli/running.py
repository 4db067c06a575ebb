"""Commands that run the model: run, batch, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sim.lab.store import Results
    from sim.lab.worker import Done

Seed = Annotated[
    int | None, typer.Option("--seed", help="Seed of replicate 0; replicate i has seed + i. (default: 1)")
]
Weeks = Annotated[int | None, typer.Option("--weeks", help="Length in weeks, instead of the scenario's own.")]
Scale = Annotated[
    int | None, typer.Option("--people-per-agent", help="People that one row of consumers stands for.")
]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="Set a value, as in --set run.years=5. May be repeated.")
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", help="Worker processes; 1 runs in this process. (default: one per core)"),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of results. (default: results/NAME)")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")]
Scheduler = Annotated[str | None, typer.Option("--scheduler", help="Address of a running Dask scheduler.")]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an interrupted folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def run(
    scenario: Annotated[str, typer.Argument(help="A name, a path, or several merged with +.")] = "status_quo",
    seed: Seed = None,
    weeks: Weeks = None,
    people_per_agent: Scale = None,
    sets: Sets = None,
    out: Out = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Print the time of each process of the week.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run one scenario once and store the result.

    Without --out the first free folder of results/NAME, results/NAME-2, ... is used.

    Example: contraflow run kingpin --seed 7 --set run.years=5
    """
    from sim.cli.watch import watching
    from sim.lab.batch import run as run_one

    _fits([scenario])
    place = out or free_folder(Path("results") / Path(scenario).stem)
    ended: list[Done] = []
    with watching(scenario, quiet) as progress:
        progress.profile, progress.stored = profile, ended.append
        results = run_one(
            scenario, seed=1 if seed is None else seed, weeks=weeks, sets=_sets(sets, people_per_agent),
            out=place, progress=progress,
        )  # fmt: skip
    _finish(results, quiet, as_json)
    if profile and ended and ended[0].profile:
        _print_profile(ended[0])
    _exit(results)


def batch(
    scenarios: Annotated[
        list[str], typer.Argument(help="Scenarios (names, paths, merged with +), or an experiment.")
    ],
    replicates: Annotated[
        int | None, typer.Option("--replicates", "-n", help="Replicates. (default: 8)")
    ] = None,
    seed: Seed = None,
    weeks: Weeks = None,
    people_per_agent: Scale = None,
    sets: Sets = None,
    baseline: Annotated[str | None, typer.Option("--baseline", help="Scenario to compare with.")] = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    out: Out = None,
    resume: Resume = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run scenarios with common dice, several replicates each, and store the results.

    A failing run is recorded with its traceback and the rest go on. An existing folder is an error without --resume.

    Example: contraflow batch status_quo kingpin demand_reduction --replicates 20 --jobs 4
    """
    from sim.cli.watch import watching
    from sim.lab.batch import batch as run_all
    from sim.lab.experiment import merged

    given = {"replicates": replicates, "seed": seed, "weeks": weeks, "baseline": baseline}
    options = merged(_experiment(scenarios), given)
    options["sets"] = {**options.get("sets", {}), **_sets(sets, people_per_agent)}
    _fits(options["scenarios"])
    with watching(options.get("name") or "batch", quiet) as progress:
        results = run_all(
            **options, jobs=jobs, scheduler=scheduler, out=out, resume=resume, progress=progress
        )
    _finish(results, quiet, as_json)
    _exit(results)


def demo(
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of results. (default: results/demo)")
    ] = None,
    replicates: Annotated[
        int | None, typer.Option("--replicates", "-n", help="Replicates. (default: 8)")
    ] = None,
    years: Annotated[float | None, typer.Option("--years", help="Years to run. (default: 6)")] = None,
    quiet: Quiet = False,
) -> None:
    """Compare four policies for two countries: tables, differences and figures in a few minutes.

    Runs status_quo, kingpin, network_takedown and demand_reduction. The folder of an earlier demo is replaced.

    Example: contraflow demo --jobs 4
    """
    from sim.cli.watch import watching
    from sim.lab import demo as the_demo

    with watching("demo", quiet) as progress:
        results = the_demo.demo(
            jobs=jobs, out=out or the_demo.OUT, replicates=replicates or the_demo.REPLICATES,
            years=years or the_demo.YEARS, progress=progress,
        )  # fmt: skip
    _finish(results, quiet, False)
    if not results.failed:
        _figures(results)
    _exit(results)


def _sets(texts: list[str] | None, people_per_agent: int | None) -> dict[str, object]:
    from sim.lab.experiment import parse_sets

    found = parse_sets(texts or [])
    if people_per_agent is not None:
        found["run.people_per_agent"] = people_per_agent
    return found


def _experiment(named: list[str]) -> dict[str, Any]:
    """Options of an experiment file if that is what was named, else the names as scenarios."""
    from sim.errors import Fault, InputError
    from sim.lab import experiment

    if len(named) == 1:
        path = experiment.find(named[0])
        if path is not None and experiment.is_sweep(path):
            fix = f"contraflow sweep {named[0]}"
            raise InputError([Fault("experiment", named[0], "scenarios; this file is a sweep", fix=fix)])
        if path is not None and experiment.is_experiment(path):
            return experiment.read(path)
    return {"scenarios": named}


def _fits(scenarios: list[str]) -> None:
    """Say so when an experiment is given where a scenario is meant."""
    from sim.errors import Fault, InputError
    from sim.lab import experiment

    for name in scenarios:
        path = Path(name)
        if path.suffix == ".toml" and path.is_file() and experiment.is_experiment(path):
            fix = f"contraflow batch {name}"
            raise InputError([Fault("scenario", name, "a scenario; this file is an experiment", fix=fix)])


def free_folder(folder: Path) -> Path:
    """The folder, or the first of its names with -2, -3 ... that is free."""
    number, place = 1, folder
    while place.exists():
        number += 1
        place = folder.with_name(f"{folder.name}-{number}")
    return place


def _finish(results: Results, quiet: bool, as_json: bool) -> None:
    """Print the comparison, if there is any run to speak of, and where it is."""
    from sim.lab.batch import failures

    for line in failures(results):
        print(f"failed: {line}", file=sys.stderr)
    any_done = len(results.missing) < len(results.manifest["runs"])
    if as_json and any_done:
        import json

        from sim.lab.compare import as_data

        print(json.dumps(as_data(results), indent=1))
    elif not quiet and any_done:
        from rich.console import Console

        from sim.lab.compare import print_comparison

        print_comparison(results, console())
        Console(stderr=True).print(f"Results: {results.folder}", highlight=False, soft_wrap=True)


def console() -> Any:
    """A console for tables: as wide as the terminal, or wide enough when nobody watches."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=140, color_system=None)


def _figures(results: Results) -> None:
    from sim.lab.compare import draw

    pictures = draw(results)
    if pictures:
        print(f"Figures: {pictures[0].parent} ({', '.join(path.name for path in pictures)})")


def _print_profile(done: Done) -> None:
    """Seconds per process of the week, and the share of the time that they account for."""
    total = sum(done.profile.values())
    print(f"\n{'process':20} {'seconds':>9} {'share':>7}")
    for name, seconds in done.profile.items():
        print(f"{name:20} {seconds:9.3f} {seconds / max(done.step_seconds, 1e-12):7.1%}")
    print(
        f"{'weeks in all':20} {done.step_seconds:9.3f} {total / max(done.step_seconds, 1e-12):7.1%} accounted for"
    )
    print(f"{'build and spin-up':20} {done.seconds - done.step_seconds:9.3f}")


def _exit(results: Results) -> None:
    """Leave with code 1 where a run failed."""
    if results.failed:
        raise typer.Exit(1)
