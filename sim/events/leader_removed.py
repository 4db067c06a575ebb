"""The event of a leader lost: captured or killed, by forces or by rivals, whatever the policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sim.catalogue import Event, Field
from sim.errors import Fault, InputError, nearest


class LeaderRemoved(Event):
    """A group loses its leader; what follows (succession, splits, fights) is left to the processes of the week."""

    kind = "leader_removed"
    title = "The leader of a group is captured or killed"
    source = "Organisations under pressure, docs/odd.md"
    fields: ClassVar[Mapping[str, Field]] = {
        "group": Field("group", "name of the group that loses its leader", required=True),
        "how": Field("text", "captured or killed", default="captured", choices=("captured", "killed")),
        "by": Field("text", "who did it, for the table of events", default="forces"),
    }

    def happen(self, run: Any, values: Mapping[str, Any]) -> None:
        """Mark the leader as removed; nothing happens to a group that has ended."""
        name = str(values["group"])
        if name not in run.names:
            if name in run.world.groups0.name:
                run.note(self.kind, name, "the group had ended")
                return
            known = [item for item in run.names if item]
            raise InputError(
                [Fault("events.leader_removed.group", name, "the name of a group", nearest(name, known))]
            )
        run.groups.removed[run.names.index(name)] = True
        how = str(values.get("how") or "captured")
        run.note(self.kind, name, f"{how} by {values.get('by') or 'forces'}")
        if how == "captured":
            run.tally.captures[0] += 1.0
