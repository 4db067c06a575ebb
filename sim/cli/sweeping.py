"""The command that sweeps: which factors matter, over their ranges."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.running import AsJson, Jobs, Out, Quiet, Resume, Scale, Scheduler, Seed, Sets, Weeks, console

if TYPE_CHECKING:
    import pandas as pd

    from sim.lab.store import Results

TOP = 5


def sweep(
    experiment: Annotated[
        str, typer.Argument(help="A name or path of an experiment of kind sweep, such as first_screening.")
    ],
    replicates: Annotated[
        int | None, typer.Option("--replicates", "-n", help="Replicates. (default: the experiment's, or 2)")
    ] = None,
    seed: Seed = None,
    weeks: Weeks = None,
    people_per_agent: Scale = None,
    sets: Sets = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    out: Out = None,
    resume: Resume = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say which factors matter: Morris screening or Sobol indices over parameters, switches, policies and levers.

    Rows share their dice replicate by replicate. Writes samples.csv, indices.csv and figures beside the runs.

    Example: contraflow sweep first_screening --jobs 4
    """
    from sim.cli.watch import watching
    from sim.lab.experiment import parse_sets
    from sim.lab.sweep import sweep as run_sweep

    given = parse_sets(sets or [])
    if people_per_agent is not None:
        given["run.people_per_agent"] = people_per_agent
    with watching(Path(experiment).stem, quiet) as progress:
        results = run_sweep(
            experiment, replicates=replicates, seed=seed, weeks=weeks, sets=given, jobs=jobs,
            scheduler=scheduler, out=out, resume=resume, progress=progress,
        )  # fmt: skip
    _finish(results, as_json, quiet)


def _finish(results: Results, as_json: bool, quiet: bool) -> None:
    import pandas as pd

    from sim.lab.batch import failures

    for line in failures(results):
        print(f"failed: {line}", file=sys.stderr)
    table = pd.read_csv(results.folder / "indices.csv")
    if as_json:
        print(table.to_json(orient="records", indent=1))
    elif not quiet:
        print_indices(table, console())
        print(f"Results: {results.folder} (indices.csv, samples.csv, figures)", file=sys.stderr)
    if results.failed:
        raise typer.Exit(1)


def print_indices(table: pd.DataFrame, to: Any) -> None:
    """Print the factors that matter most for each outcome, with both doubts."""
    from rich import box
    from rich.table import Table

    from sim.lab.compare import number

    index = "mu_star" if "mu_star" in set(table["index"]) else "ST"
    for (_, window), part in table.groupby(["outcome", "window"], sort=False):
        about = part.iloc[0]
        title = f"{about['title']}, {window}: mean {number(about['mean'])} {about['unit']}"
        grid = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD if to.is_terminal else box.ASCII2)
        for name in ("factor", "range", index, "± sample", "± dice"):
            grid.add_column(name, justify="left" if name in ("factor", "range") else "right")
        ranked = part[part["index"] == index].sort_values("value", ascending=False)
        for _, row in ranked.head(TOP).iterrows():
            cells = [number(float(row[key])) for key in ("value", "conf", "noise")]
            grid.add_row(str(row["factor"]), f"{row['range']} {row['factor_unit']}", *cells)
        to.print(grid)
