"""A crew as a Mesa agent: a handle on its row of the table of crews, drawn in the cell where it is.

All crews decide in one function per kind of decision (`sim.week.force`, `sim.week.structure`); the handle reads.
"""

from __future__ import annotations

from typing import Any

from mesa.discrete_space import CellAgent

from sim.state.crews import ARMED
from sim.state.run import Run


class Crew(CellAgent):
    """One group's people in one plaza or US hub: known by the row of its group and its plaza, wherever its own is."""

    def __init__(self, model: Any, run: Run, row: int, cell: Any) -> None:
        super().__init__(model)
        self._run = run
        self._group = int(run.crews.group[row])
        self.plaza = int(run.crews.plaza[row])
        self.cell = cell

    @property
    def row(self) -> int:
        """Its row in the table of crews now; -1 when it is gone."""
        return int(self._run.crews.at[self._group, self.plaza])

    @property
    def key(self) -> tuple[int, int]:
        """Identity: the id of its group and its plaza."""
        crews = self._run.crews
        return int(self._run.groups.id[crews.group[self.row]]), int(crews.plaza[self.row])

    @property
    def group(self) -> str:
        """Name of its group."""
        return self._run.names[int(self._run.crews.group[self.row])]

    @property
    def members(self) -> int:
        """People of all roles."""
        return int(self._run.crews.members[self.row].sum())

    @property
    def armed(self) -> int:
        """People who fight."""
        return int(self._run.crews.members[self.row, ARMED])

    @property
    def guns(self) -> int:
        """Guns of both kinds."""
        return int(self._run.crews.guns[self.row].sum())

    @property
    def holds(self) -> bool:
        """Whether its group holds the place."""
        return bool(self._run.plazas.holder[self.plaza] == self._run.crews.group[self.row])

    @property
    def loyalty(self) -> float:
        """Loyalty to the leader, 0 to 1."""
        return float(self._run.crews.loyalty[self.row])
