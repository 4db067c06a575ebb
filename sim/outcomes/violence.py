"""Violence and groups in Mexico: homicides by cause, size and number of groups, arrests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import by_group, by_place, product
from sim.outcome import outcome, regional
from sim.state.run import Run
from sim.state.sums import organised, people_of_crews, sizes, totals
from sim.state.tally import BYSTANDER, EXTORTION, LOCAL, RIVALRY, STATE, SUCCESSION


@outcome("deaths", sees="seen", country="MX", better="lower", headline=True, title="homicides, all")
def homicides(run: Run) -> float:
    """Homicides in Mexico, all causes, as counted."""
    return homicides_organised(run) + totals(run).of("background")


@outcome("deaths", country="MX", better="lower", headline=True, title="homicides tied to organised crime")
def homicides_organised(run: Run) -> float:
    """Homicides tied to organised crime: members and others."""
    return totals(run).of("deaths") + totals(run).of("deaths_members")


@outcome("deaths", country="MX", better="lower")
def homicides_rivalry(run: Run) -> float:
    """Deaths in fights between groups and gangs, members and others."""
    return _cause(run, RIVALRY)


@outcome("deaths", country="MX", better="lower")
def homicides_succession(run: Run) -> float:
    """Deaths in contests over succession and purges."""
    return _cause(run, SUCCESSION)


@outcome("deaths", country="MX", better="lower")
def homicides_state_clashes(run: Run) -> float:
    """Deaths in clashes with police and soldiers."""
    return _cause(run, STATE)


@outcome("deaths", country="MX", better="lower")
def homicides_predation(run: Run) -> float:
    """Deaths of people extorted, kidnapped or preyed upon, in local retail disputes, and of bystanders."""
    return _cause(run, EXTORTION) + _cause(run, LOCAL) + _cause(run, BYSTANDER)


@outcome("deaths", country="MX", better="lower")
def gang_members_killed(run: Run) -> float:
    """People of gangs that belong to no group who were killed, by crews, by other gangs or in quarrels."""
    return totals(run).of("deaths_gang")


@outcome("people", country="MX", better="lower")
def abuses_by_forces(run: Run) -> float:
    """Civilians abused in operations of forces, killed or not."""
    return totals(run).of("abuses")


@outcome("deaths", country="MX", better="lower")
def members_killed(run: Run) -> float:
    """Members of groups killed."""
    return totals(run).of("deaths_members")


@outcome("1", country="MX", better="lower")
def fights(run: Run) -> float:
    """Fights in plazas."""
    return totals(run).of("fights")


@outcome("people", country="MX", better="lower", total="mean", headline=True, title="members of groups")
def members(run: Run) -> float:
    """Members of groups at large."""
    return float(people_of_crews(run).sum())


@outcome("people", country="MX", better="lower")
def recruits(run: Run) -> float:
    """People who joined groups."""
    return totals(run).of("recruits")


@outcome("people", country="MX", title="members killed or jailed")
def members_lost(run: Run) -> float:
    """Members killed, or convicted and jailed."""
    return totals(run).of("deaths_members") + totals(run).of("convicted")


@outcome("people", sees="seen", country="MX")
def members_arrested(run: Run) -> float:
    """Members arrested."""
    return totals(run).of("arrests")


@outcome("1", country="MX", total="mean", headline=True, title="groups")
def number_of_groups(run: Run) -> float:
    """Groups alive."""
    return float(run.groups.alive.sum())


@outcome("1", country="MX", total="mean")
def concentration(run: Run) -> float:
    """Concentration of members over groups (HHI, 0 to 1)."""
    members = sizes(run)
    return float(product(members, members)) / max(1.0, float(members.sum())) ** 2


@outcome("1", country="MX", total="mean")
def top_group_share(run: Run) -> float:
    """Share of members in the largest group."""
    members = sizes(run)
    return float(members.max() / max(1.0, members.sum()))


@outcome("1", country="MX", better="lower", total="mean")
def plazas_contested(run: Run) -> float:
    """Mean contestation of Mexican plazas, 0 to 1."""
    home = run.keep("share of each Mexican plaza", 0, lambda: _equal_shares(run.world.plazas.hub_area < 0))
    return float(product(run.plazas.contest, home))


@regional("deaths", country="MX", better="lower", title="homicides tied to organised crime by state")
def homicides_organised_by_state(run: Run) -> NDArray[np.float64]:
    """Homicides tied to organised crime by Mexican state; not a number elsewhere."""
    return _in_mexico(run, by_group(run.world.plazas.state, organised(run), run.world.states.n))


@regional("people", country="MX", total="mean", title="members of groups by state")
def members_by_state(run: Run) -> NDArray[np.float64]:
    """Members of groups at large by Mexican state; not a number elsewhere."""
    world = run.world
    return _in_mexico(
        run, by_place(run.crews.plaza, world.plazas.state, people_of_crews(run), world.states.n)
    )


def _in_mexico(run: Run, by_state: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same, not a number outside Mexico."""
    by_state[run.world.states.country != 0] = np.nan
    return by_state


def _equal_shares(mine: NDArray[np.bool_]) -> NDArray[np.float64]:
    """One over their number for those that are meant, 0 for others, (n,)."""
    return mine / mine.sum()


def _cause(run: Run, cause: int) -> float:
    return totals(run).by("deaths")[cause] + totals(run).by("deaths_members")[cause]
