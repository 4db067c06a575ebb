"""The command that writes a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.reading import Folder, Quiet


def report(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file. (default: DIR/report.html)")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Another scenario to compare with.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write one self-contained HTML file: comparison, figures, sensitivity, parameters, limits, provenance.

    It opens without a network and prints without cut figures.

    Example: contraflow report results/demo --out demo.html
    """
    from sim.lab.report import report as write

    path = write(folder, out=out, baseline=baseline)
    if not quiet:
        print(path)
