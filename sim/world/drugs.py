"""The commodities and what the accounts say of each: classes, purity, prices, yearly balance, lanes.

Reference values for defaults and calibration; no process may write an outcome from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.tables import Flags, Floats, Table, index_of, read

LADDER = ("production", "mx_wholesale", "mx_border", "us_border", "us_hub", "us_ounce", "us_retail")
"""Steps of the price ladder, in order."""
LANE_KINDS = ("truck", "trusted", "car", "foot", "between", "sea")
"""Kinds of lane; the position is the code used in `Lanes.kind`."""


@dataclass(frozen=True)
class Drugs:
    """One row per drug, in the order of commodities.csv (D = 5). Sources: accounts sections 1.1 to 1.4."""

    names: tuple[str, ...]
    """(D,) name, as in the suffix of parameters."""
    title: tuple[str, ...]
    """(D,) name for people."""
    is_opioid: Flags
    """(D,) bool."""
    is_stimulant: Flags
    """(D,) bool."""
    is_cannabis: Flags
    """(D,) bool."""
    is_plant: Flags
    """(D,) bool, grown in Mexico."""
    is_synthetic: Flags
    """(D,) bool, made in Mexico from precursors."""
    is_bought: Flags
    """(D,) bool, bought south of Mexico."""
    purity_bulk: Floats
    """(D,) float64, pure share of what is shipped."""
    potency: Floats
    """(D,) float64, heroin equivalents by mass; 0 for what is not an opioid."""
    prices: Floats
    """(D, 7) float64, USD of about 2018 per pure kg at each step of `LADDER`."""
    us_use: Floats
    """(D,) float64, pure t/yr used in the United States, all origins."""
    us_use_otherwise: Floats
    """(D,) float64, pure t/yr of that which came by mail, sea and air elsewhere, or was grown at home."""
    mx_use: Floats
    """(D,) float64, pure t/yr used in Mexico."""
    mx_seized: Floats
    """(D,) float64, pure t/yr seized in Mexico and its waters."""
    us_seized: Floats
    """(D,) float64, pure t/yr seized inside the United States."""
    border_seized: Floats
    """(D,) float64, pure t/yr seized at the border."""
    supply: Floats
    """(D,) float64, pure t/yr made in Mexico or bought from the south."""
    sent: Floats
    """(D,) float64, pure t/yr sent over the border."""
    delivered: Floats
    """(D,) float64, pure t/yr delivered over the border."""
    hub_share: Floats
    """(D,) float64, share of what lands that the groups' own crews carry to US hubs."""
    lane_share: Floats
    """(D, 6) float64, share sent by lane kind; rows sum to 1. Trucks are split by the trusted share."""
    lane_detection: Floats
    """(D, 6) float64, reference detection per load by lane kind."""
    lane_load_kg: Floats
    """(D, 6) float64, mean load, pure kg, by lane kind."""
    index: dict[str, int]
    """Position of each name."""

    @property
    def n(self) -> int:
        """Number of drugs."""
        return len(self.names)

    def price(self, step: str) -> Floats:
        """Return the reference price at a step of `LADDER`, (D,) USD per pure kg."""
        return np.ascontiguousarray(self.prices[:, LADDER.index(step)])


def load_drugs() -> Drugs:
    """Read the commodities, their facts and their lanes."""
    table, facts = read("commodities"), read("commodity_facts")
    names = table.text("drug")
    index = index_of(names)

    def fact(quantity: str) -> Floats:
        rows = facts.where("quantity", quantity)
        value = dict(zip(rows.text("drug"), rows.floats("value"), strict=True))
        return np.array([value[name] for name in names], dtype=np.float64)

    share, detection, load_kg = _by_lane(read("lanes_by_drug"), index, read("lane_kinds"))
    from_mexico = facts.where("quantity", "us_use_share_from_mexico")
    otherwise, use = fact("us_use_otherwise"), fact("us_use")
    for drug, part in zip(from_mexico.text("drug"), from_mexico.floats("value"), strict=True):
        otherwise[index[drug]] = use[index[drug]] * (1.0 - part)
    return Drugs(
        names=names,
        title=table.text("title"),
        is_opioid=table.flags("is_opioid"),
        is_stimulant=table.flags("is_stimulant"),
        is_cannabis=table.flags("is_cannabis"),
        is_plant=table.flags("is_plant"),
        is_synthetic=table.flags("is_synthetic"),
        is_bought=table.flags("is_bought"),
        purity_bulk=fact("purity_bulk"),
        potency=fact("potency"),
        prices=np.stack([fact(f"price_{step}") for step in LADDER], axis=1),
        us_use=use,
        us_use_otherwise=otherwise,
        mx_use=fact("mx_use"),
        mx_seized=fact("mx_seized"),
        us_seized=fact("us_seized"),
        border_seized=fact("border_seized"),
        supply=fact("supply"),
        sent=fact("sent"),
        delivered=fact("delivered"),
        hub_share=fact("hub_share"),
        lane_share=share,
        lane_detection=detection,
        lane_load_kg=load_kg,
        index=index,
    )


def _by_lane(table: Table, drugs: dict[str, int], kinds: Table) -> tuple[Floats, Floats, Floats]:
    """Return share sent, detection and mean load, each (D, 6); a kind without a row takes its parent's values."""
    rows = {(row["drug"], row["lane"]): row for row in table.rows}
    shape = (len(drugs), len(LANE_KINDS))
    share, detection, load_kg = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for kind in kinds.rows:
        column = LANE_KINDS.index(kind["lane"])
        for drug, line in drugs.items():
            row = rows[drug, kind["of"]]
            share[line, column] = float(row["share_sent"]) * float(kind["share_of"])
            detection[line, column] = float(row["detection"])
            load_kg[line, column] = float(row["load_kg"])
    return share / share.sum(axis=1, keepdims=True), detection, load_kg
