"""Commands that read: compare, export, week, doctor."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(help="A folder of results, such as results/demo.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


def compare(
    folder: Folder,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Another scenario to compare with.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All outcomes, not only the headline ones.")] = False,
    figures: Annotated[bool, typer.Option(help="Draw the figures into the folder.")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say what changed in each country, with intervals and paired differences; draw the figures.

    Example: contraflow compare results/demo --baseline kingpin
    """
    from sim.cli.running import console
    from sim.lab.compare import as_data, draw, print_comparison
    from sim.lab.store import Results

    results = Results(folder, baseline)
    if as_json:
        print(json.dumps(as_data(results, every), indent=1))
    elif not quiet:
        print_comparison(results, console(), every)
    if figures:
        pictures = draw(results)
        if pictures and not quiet:
            print(f"Figures: {pictures[0].parent}", file=sys.stderr)


def export(
    folder: Folder,
    form: Annotated[str, typer.Option("--format", "-f", help="csv, parquet or xlsx.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to. (default: DIR/export)")] = None,
    quiet: Quiet = False,
) -> None:
    """Write the tables of a store as CSV, as one Parquet file each, or as a workbook.

    Example: contraflow export results/demo --format xlsx
    """
    from sim.lab.export import export as write

    for path in write(folder, form, out):
        if not quiet:
            print(path)


def week(as_json: AsJson = False) -> None:
    """Print the processes of a week in their order, with what each does.

    Example: contraflow week
    """
    from sim.model import WEEK

    rows = [(process.name, first_line(process.doc)) for process in WEEK]
    if as_json:
        print(json.dumps([{"process": name, "does": text} for name, text in rows], indent=1))
        return
    for number, (name, text) in enumerate(rows, 1):
        print(f"{number:2}  {name:14} {text}")


def first_line(doc: str | None) -> str:
    """The first line of a docstring, or its first sentence where lines were joined."""
    line = (doc or "").strip().partition("\n")[0]
    return line.partition(". ")[0].rstrip(".") + "." if line else ""


def doctor() -> None:
    """Say what is installed and whether it works on this machine.

    Example: contraflow doctor
    """
    from sim.lab.doctor import main

    code = main()
    if code:
        raise typer.Exit(code)
