"""Violence and groups in Mexico: homicides by cause, size and number of groups, arrests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import by_group, of_both
from sim.outcome import outcome, regional
from sim.state.run import Run
from sim.state.tally import BYSTANDER, EXTORTION, LOCAL, RIVALRY, STATE, SUCCESSION


@outcome("deaths", sees="seen", country="MX", better="lower", headline=True, title="homicides, all")
def homicides(run: Run) -> float:
    """Homicides in Mexico, all causes, as counted."""
    return float(_organised(run).sum() + run.tally.background[0].sum())


@outcome("deaths", country="MX", better="lower", headline=True, title="homicides tied to organised crime")
def homicides_organised(run: Run) -> float:
    """Homicides tied to organised crime: members and others."""
    return float(_organised(run).sum())


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
    return float(run.tally.deaths_gang[0].sum())


@outcome("people", country="MX", better="lower")
def abuses_by_forces(run: Run) -> float:
    """Civilians abused in operations of forces, killed or not."""
    return float(run.tally.abuses[0].sum())


@outcome("deaths", country="MX", better="lower")
def members_killed(run: Run) -> float:
    """Members of groups killed."""
    return float(run.tally.deaths_members[0].sum())


@outcome("1", country="MX", better="lower")
def fights(run: Run) -> float:
    """Fights in plazas."""
    return float(run.tally.fights[0].sum())


@outcome("people", country="MX", better="lower", total="mean", headline=True, title="members of groups")
def members(run: Run) -> float:
    """Members of groups at large."""
    return float(run.crews.members.sum())


@outcome("people", country="MX", better="lower")
def recruits(run: Run) -> float:
    """People who joined groups."""
    return float(run.tally.recruits[0].sum())


@outcome("people", country="MX", title="members killed or jailed")
def members_lost(run: Run) -> float:
    """Members killed, or convicted and jailed."""
    return float(run.tally.deaths_members[0].sum() + run.tally.convicted[0].sum())


@outcome("people", sees="seen", country="MX")
def members_arrested(run: Run) -> float:
    """Members arrested."""
    return float(run.tally.arrests[0].sum())


@outcome("1", country="MX", total="mean", headline=True, title="groups")
def number_of_groups(run: Run) -> float:
    """Groups alive."""
    return float(run.groups.alive.sum())


@outcome("1", country="MX", total="mean")
def concentration(run: Run) -> float:
    """Concentration of members over groups (HHI, 0 to 1)."""
    sizes = _sizes(run)
    share = sizes / max(1.0, sizes.sum())
    return float((share**2).sum())


@outcome("1", country="MX", total="mean")
def top_group_share(run: Run) -> float:
    """Share of members in the largest group."""
    sizes = _sizes(run)
    return float(sizes.max() / max(1.0, sizes.sum()))


@outcome("1", country="MX", better="lower", total="mean")
def plazas_contested(run: Run) -> float:
    """Mean contestation of Mexican plazas, 0 to 1."""
    return float(run.plazas.contest[run.world.plazas.hub_area < 0].mean())


@regional("deaths", country="MX", better="lower", title="homicides tied to organised crime by state")
def homicides_organised_by_state(run: Run) -> NDArray[np.float64]:
    """Homicides tied to organised crime by Mexican state; not a number elsewhere."""
    values = np.bincount(run.world.plazas.state, _organised(run), minlength=run.world.states.n)
    return np.where(run.world.states.country == 0, values, np.nan)


@regional("people", country="MX", total="mean", title="members of groups by state")
def members_by_state(run: Run) -> NDArray[np.float64]:
    """Members of groups at large by Mexican state; not a number elsewhere."""
    state = run.world.plazas.state[run.crews.plaza]
    values = np.bincount(state, run.crews.people, minlength=run.world.states.n)
    return np.where(run.world.states.country == 0, values, np.nan)


def _organised(run: Run) -> NDArray[np.float64]:
    return np.asarray(of_both(run.tally.deaths[0], run.tally.deaths_members[0]))


def _cause(run: Run, cause: int) -> float:
    return float(run.tally.deaths[0][:, cause].sum() + run.tally.deaths_members[0][:, cause].sum())


def _sizes(run: Run) -> NDArray[np.float64]:
    return np.asarray(by_group(run.crews.group, run.crews.people, len(run.groups.alive)))
