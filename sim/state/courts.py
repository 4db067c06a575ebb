"""Courts: files and people who are not members of groups, waiting for investigators, prosecutors, judges, release."""

from __future__ import annotations

import numpy as np

from sim.state.table import F8, Table, column
from sim.world.world import World


class Courts(Table):
    """One row per Mexican state, in the order of `world.states`, and last the federal courts of the United States.

    Members of groups are in `groups.accused`, `charged` and `prisoners`, and wait in the same queues.
    """

    files: F8 = column(np.float64, "files", "open files on crimes of others that nobody has closed")
    ready: F8 = column(np.float64, "files", "of others, with a suspect, that wait for a prosecutor")
    charged: F8 = column(np.float64, "people", "others bound over for trial who wait for a judge")
    inmates: F8 = column(np.float64, "people", "others who serve a sentence")


def n_courts(world: World) -> int:
    """Rows of the table: Mexican states and the United States."""
    return int((world.states.country == 0).sum()) + 1
