"""`contraflow docs`: write the reference pages from the code, and the README's pictures from a stored demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def docs(
    folder: Annotated[Path, typer.Argument(help="Where the pages go.")] = Path("docs"),
    pictures: Annotated[
        Path | None, typer.Option(help="A folder of results: its figures become FOLDER/images, made smaller.")
    ] = None,
) -> None:
    """Write the reference pages from the code; with --pictures, the README's pictures from stored results.

    Example: contraflow docs --pictures results/demo
    """
    from sim.lab.docs import write_docs
    from sim.lab.pictures import write_pictures

    for path in write_docs(folder):
        typer.echo(path)
    if pictures is not None:
        for path in write_pictures(pictures, folder / "images"):
            typer.echo(path)
