"""The command that serves the browser lab."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    scenario: Annotated[str, typer.Argument(help="A name, a path, or several merged with +.")] = "status_quo",
    port: Annotated[
        int, typer.Option("--port", "-p", help="Port on this machine; 0 takes a free one.")
    ] = 8765,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the first history.")] = 1,
    people_per_agent: Annotated[
        int | None, typer.Option("--people-per-agent", help="People each consumer row stands for.")
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Set a value, as in --set run.years=5. May be repeated.")
    ] = None,
) -> None:
    """Open the browser lab: the map, policies to switch, numbers as they change. For this machine only.

    Example: contraflow serve status_quo --port 8765
    """
    from sim.lab.experiment import parse_sets
    from sim.scenario import load
    from sim.web.serve import serve as serve_page

    values = parse_sets(sets or [])
    if people_per_agent is not None:
        values["run.people_per_agent"] = people_per_agent
    serve_page(load(scenario, sets=values), port, seed)
