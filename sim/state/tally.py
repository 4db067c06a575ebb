"""The week's tally: what happened this week, by place, for outcomes and `observe`. Zeroed each Monday."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import over_parts
from sim.state.table import F8, Table, column

CAUSES = ("rivalry", "succession", "state", "extortion", "local", "bystander")
RIVALRY, SUCCESSION, STATE, EXTORTION, LOCAL, BYSTANDER = range(6)


class Tally(Table):
    """One row, true values. Processes add to it; only `observe` and outcomes read it.

    Columns are parts of one array, so that a week is emptied, and summed, in one go: they are never put anew.
    """

    shipped: F8 = column(np.float64, "pure kg", "reached a lane", "lane", "drug")
    seized: F8 = column(np.float64, "pure kg", "seized at a lane", "lane", "drug")
    seized_bulk: F8 = column(np.float64, "kg", "the same with its cut", "lane", "drug")
    loads: F8 = column(np.float64, "1", "loads that reached a lane", "lane", "drug")
    hits: F8 = column(np.float64, "1", "of them, found", "lane", "drug")
    turned: F8 = column(np.float64, "pure kg", "turned back before a lane and taken home", "lane", "drug")
    produced: F8 = column(np.float64, "pure kg", "made or bought by plaza", "plaza", "drug")
    seized_mx: F8 = column(np.float64, "pure kg", "seized in Mexico by plaza", "plaza", "drug")
    seized_us: F8 = column(np.float64, "pure kg", "seized inside the United States by area", "area", "drug")
    delivered: F8 = column(np.float64, "pure kg", "reached a market area", "area", "drug")
    consumed: F8 = column(np.float64, "pure kg", "used", "area", "drug")
    spending: F8 = column(np.float64, "USD", "paid at retail", "area", "drug")
    income: F8 = column(np.float64, "USD", "receipts of groups by trade", "group", "trade")
    cash_south: F8 = column(np.float64, "USD", "bulk cash that set out, by site", "site")
    cash_seized: F8 = column(np.float64, "USD", "of it, seized, by site", "site")
    cash_inland: F8 = column(
        np.float64, "USD", "cash seized from crews away from the border, by plaza", "plaza"
    )
    forfeited: F8 = column(np.float64, "USD", "accounts and property of groups forfeited")
    laundered: F8 = column(np.float64, "USD", "moved by finance and trade, before fees")
    guns_south: F8 = column(np.float64, "guns", "that set out, by site and type", "site", "gun")
    guns_seized: F8 = column(np.float64, "guns", "of them, seized on the way", "site", "gun")
    guns_taken_mx: F8 = column(np.float64, "guns", "seized from groups by plaza", "plaza")
    deaths: F8 = column(np.float64, "deaths", "victims who are not members, by cause", "plaza", "cause")
    deaths_members: F8 = column(np.float64, "deaths", "members killed, by cause", "plaza", "cause")
    deaths_gang: F8 = column(
        np.float64, "deaths", "of victims who are not members, people of gangs, by plaza", "plaza"
    )
    abuses: F8 = column(np.float64, "people", "civilians abused in operations of forces, by plaza", "plaza")
    raids: F8 = column(np.float64, "1", "raids on crews by plaza", "plaza")
    background: F8 = column(np.float64, "deaths", "homicides outside organised crime by plaza", "plaza")
    fights: F8 = column(np.float64, "1", "fights by plaza", "plaza")
    street_fights: F8 = column(np.float64, "1", "fights of crews with gangs by plaza", "plaza")
    extorted: F8 = column(np.float64, "firms", "firms extorted by plaza", "plaza")
    recruits: F8 = column(np.float64, "people", "who joined, by plaza", "plaza")
    deserters: F8 = column(np.float64, "people", "who left, by plaza", "plaza")
    arrests: F8 = column(np.float64, "people", "members arrested by plaza", "plaza")
    files_members: F8 = column(np.float64, "files", "on members arrested, by court", "court")
    convicted: F8 = column(np.float64, "people", "members convicted, by country", "country")
    charged: F8 = column(np.float64, "people", "bound over for trial, members and others", "country")
    decided: F8 = column(np.float64, "people", "tried or settled, members and others", "country")
    convicted_others: F8 = column(np.float64, "people", "others convicted, by country", "country")
    files_opened: F8 = column(np.float64, "files", "opened on crimes of others in Mexico")
    files_shelved: F8 = column(np.float64, "files", "of them, put away unsolved or without a charge")
    crimes: F8 = column(np.float64, "1", "crimes modelled by plaza", "plaza")
    reported: F8 = column(np.float64, "1", "of them, reported", "plaza")
    overdose_deaths: F8 = column(np.float64, "deaths", "by area and main drug", "area", "drug")
    overdose_hazard: F8 = column(np.float64, "deaths", "summed hazard by area and main drug", "area", "drug")
    overdoses: F8 = column(np.float64, "1", "not fatal, by area and main drug", "area", "drug")
    opioid_in: F8 = column(
        np.float64, "deaths", "deaths with a synthetic opioid present, by main drug", "drug"
    )
    overdose_involved: F8 = column(
        np.float64, "deaths", "overdose deaths in which the drug was present", "drug"
    )
    initiates: F8 = column(np.float64, "people", "who began, by main drug", "drug")
    treated_in: F8 = column(np.float64, "people", "who entered treatment, by main drug", "drug")
    people: F8 = column(np.float64, "people", "by main drug and state of use", "drug", "use")
    wait_cost: F8 = column(np.float64, "USD", "cost of waiting at lanes", "lane")
    captures: F8 = column(np.float64, "1", "leaders captured or killed")
    takedowns: F8 = column(np.float64, "1", "network takedowns carried out")
    cases_opened: F8 = column(np.float64, "1", "cases opened")
    leaks: F8 = column(np.float64, "1", "cases that leaked")
    joint_opened: F8 = column(np.float64, "1", "joint cases opened by kind: leader, network, finance", "case")
    joint_tried: F8 = column(np.float64, "1", "joint cases that came to their end")
    joint_leaks: F8 = column(np.float64, "1", "of them, leaked")
    joint_leak_hazard: F8 = column(np.float64, "1", "summed chance of those that came to their end to leak")
    scandals: F8 = column(np.float64, "1", "corrupt officials who became known in the other country")
    surplus: F8 = column(np.float64, "USD", "taken out by leaders and partners", "group")
    bribes: F8 = column(np.float64, "USD", "paid to officials by plaza", "plaza")

    def __init__(self, n: int, axes: Mapping[str, int]) -> None:
        super().__init__(n, axes)
        self._sums_at: dict[str, slice] = {}
        parts, start, first = [], 0, 0
        for name in self.columns:
            shape = getattr(self, name).shape
            width = shape[-1] if len(shape) > 2 else 1
            rows = getattr(self, name).size // width
            parts.append((start, rows, width, first))
            self._sums_at[name] = slice(first, first + width)
            start, first = start + rows * width, first + width
        self._values, self._sums, self._parts = np.zeros(start), np.zeros(first), np.array(parts)
        for name, (at, rows, width, _) in zip(self.columns, parts, strict=True):
            setattr(self, name, self._values[at : at + rows * width].reshape(getattr(self, name).shape))

    def zero(self) -> None:
        """Empty the tally."""
        self._values.fill(0.0)

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Copy saved columns into place. Raises KeyError when one is missing."""
        for name in self.columns:
            getattr(self, name)[:] = saved[name]

    def totals(self) -> Totals:
        """Sums of all columns as they are now."""
        over_parts(self._values, self._parts, self._sums)
        return Totals(self._sums.tolist(), self._sums_at)


class Totals:
    """Sums of a tally's columns over places or groups: `by` what their second axis tells apart, or `of` everything."""

    def __init__(self, values: list[float], at: dict[str, slice]) -> None:
        self._values, self._at = values, at

    def by(self, name: str) -> list[float]:
        """Sums of a column over its first axis, one for each element of the second."""
        return self._values[self._at[name]]

    def of(self, name: str) -> float:
        """Sum of a whole column."""
        return sum(self._values[self._at[name]])
