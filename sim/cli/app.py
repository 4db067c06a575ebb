"""The commands put together into one application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from sim.cli import documents, lists, reading, reporting, running, serving, sweeping, validating

app = typer.Typer(
    name="contraflow",
    help="Compare policies for two countries by simulation. For broad choices; not for targeting or for scoring places "
    "or people. Start with: contraflow demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from sim.lab.manifest import version

        typer.echo(f"contraflow {version()}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options of the command as a whole."""


COMMANDS: tuple[Callable[..., None], ...] = (
    running.run,
    running.batch,
    running.demo,
    sweeping.sweep,
    validating.validate,
    reading.compare,
    reporting.report,
    reading.export,
    serving.serve,
    reading.week,
    reading.doctor,
    documents.docs,
)
for command in COMMANDS:
    app.command(name=command.__name__)(command)
for name, group in lists.groups().items():
    app.add_typer(group, name=name)
