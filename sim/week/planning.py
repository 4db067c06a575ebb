"""Planning: every group decides, one by one, from its own results and from what may be known."""

from __future__ import annotations

from sim.agents.group import look
from sim.state.run import Run, process


@process(reads=("groups", "crews", "plazas", "seen", "areas"), writes=("groups",))
def plan(run: Run) -> None:
    """Each group plans what to make, send, pay, recruit, buy and fight for. Source: assumptions A-S3, A-P1 to A-P4."""
    sight = look(run)
    for actor in run.actors["group"]:
        actor.plan(sight)
