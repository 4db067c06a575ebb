"""Crews: one group's people in one place, sorted by (group, plaza); at most one per pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.state.table import B1, F8, I4, I8, Table, column

ROLES = ("lookout", "seller", "armed", "transit", "manager")
LOOKOUT, SELLER, ARMED, TRANSIT, MANAGER = range(5)
OFFICES = ("financier", "buyer")
FINANCIER, BUYER = range(len(OFFICES))
"""Who in a crew holds its links to the outside: to those who launder, and to those who sell drugs and precursors."""
TIES = 4
"""Own crews that a crew knows well, at most."""


@kernel
def _sum_roles(members, out):  # type: ignore[no-untyped-def]
    """Add members (n, roles) over roles to out (n,)."""
    for i in range(members.shape[0]):
        for j in range(members.shape[1]):
            out[i] += members[i, j]


class Crews(Table):
    """Stocks and people of each crew. Pointers `ptr` and `at` are rebuilt by `index` on birth or death."""

    group: I4 = column(np.int32, "row", "group it belongs to")
    plaza: I4 = column(np.int32, "row", "place where it is")
    members: I8 = column(np.int64, "people", "by role: lookout, seller, armed, transit, manager", "role")
    cash: F8 = column(np.float64, "USD", "proceeds not yet repatriated or handed in")
    pure: F8 = column(np.float64, "pure kg", "drug stock", "drug")
    diluent: F8 = column(np.float64, "kg", "cut in the stock", "drug")
    precursor: F8 = column(np.float64, "kg", "precursors at hand, by the drug they make", "drug")
    guns: I8 = column(np.int64, "guns", "handguns, long guns", "gun")
    ammunition: I8 = column(np.int64, "rounds", "ammunition")
    loyalty: F8 = column(np.float64, "1", "to the leader, 0 to 1", fill=0.5)
    protection: F8 = column(np.float64, "1", "share of local enforcement bought, 0 to 1")
    heat: F8 = column(np.float64, "1", "running pressure by enforcement")
    weeks: F8 = column(np.float64, "weeks", "since it came to this place", fill=520)
    hidden: F8 = column(np.float64, "1", "share that keeps off the street because soldiers hold the place")
    beaten: F8 = column(np.float64, "1", "fights lost since its group last reviewed where it is")
    onto: I4 = column(
        np.int32,
        "row",
        "place of the own crew its goods go on to; its own at an outlet, -1 no broker",
        fill=-2,
    )
    supply: F8 = column(np.float64, "1", "how well that link stands, 0 to 1")
    reach: F8 = column(np.float64, "1", "share of its stock that its links carry on to the border", fill=1)
    known: I4 = column(np.int32, "row", "places of the own crews that it knows, -1 is none", "tie", fill=-1)
    trust: F8 = column(np.float64, "1", "in each of those, 0 to 1", "tie")
    degree: F8 = column(np.float64, "1", "trust in it and its own, summed over ties and halved")
    contact: F8 = column(
        np.float64, "1", "how well the link of each office to the outside stands, 0 to 1", "office"
    )
    unfilled: B1 = column(np.bool_, "1", "nobody holds the office", "office")
    pause: F8 = column(np.float64, "weeks", "still lying low after a takedown")
    managers_lost: I8 = column(np.int64, "people", "arrested or killed this week; `restructure` breaks links")

    ptr: NDArray[np.int64]
    at: NDArray[np.int32]

    @property
    def people(self) -> I8:
        """Members of all roles of each crew, (n,)."""
        out = np.zeros(self.n, dtype=np.int64)
        _sum_roles(self.members, out)
        return out

    def index(self, n_groups: int, n_plazas: int) -> NDArray[np.int64]:
        """Sort by (group, plaza), rebuild `ptr` (n_groups + 1,) and `at` (n_groups, n_plazas; -1 is none).

        Returns the order that was applied, so that handles can follow their rows.
        """
        order = np.lexsort((self.plaza, self.group)).astype(np.int64)
        if not np.array_equal(order, np.arange(self.n)):
            self.take(order)
        counts = np.bincount(self.group, minlength=n_groups)
        self.ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        if getattr(self, "at", np.empty(0)).shape == (n_groups, n_plazas):
            self.at = self.at.view()  # a new object says that rows moved; its memory is used again
            self.at.fill(-1)
        else:
            self.at = np.full((n_groups, n_plazas), -1, dtype=np.int32)
        self.at[self.group, self.plaza] = np.arange(self.n, dtype=np.int32)
        return order
