"""What groups can make and what it costs: capacity by crew, and cost per kilogram by drug."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.kernels_routing import crew_capacity
from sim.state.crews import MANAGER, TRANSIT
from sim.state.run import Run
from sim.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]
KG_PER_T = 1000.0


def place_capacity(run: Run) -> Floats:
    """What the fields, laboratories and entry points of every plaza could give, (P, D) kg/week, mean of a year."""
    crops, labs = run.levers["crop_capacity"], run.levers["lab_capacity"]
    key = (run.p.version, crops.tobytes(), labs.tobytes())
    return run.keep("place_capacity", key, lambda: _place_capacity(run))


def _place_capacity(run: Run) -> Floats:
    drugs, plazas = run.world.drugs, run.world.plazas
    whole = run.p.by("capacity", drugs.names) * KG_PER_T
    crops, labs = run.levers["crop_capacity"][plazas.state], run.levers["lab_capacity"][plazas.state]
    factor = np.where(drugs.is_plant, crops[:, None], np.where(drugs.is_synthetic, labs[:, None], 1.0))
    return np.asarray(plazas.supply(drugs) * whole * factor)


def capacity(run: Run, place: Floats) -> Floats:
    """Capacity of every crew, (C, D) kg/week, none while it lies low; `place` is that of plazas (P, D)."""
    crews, groups = run.crews, run.groups
    people = crews.members[:, TRANSIT] + run.p["manager_weight"] * crews.members[:, MANAGER]
    skill = groups.trades * groups.alive[:, None]
    leaderless = np.where(groups.vacancy > 0, 1.0 - run.p["disruption_loss"], 1.0)
    working = leaderless[crews.group] * (crews.pause <= 0.0)
    made = crew_capacity(crews.group, crews.plaza, people, skill, place, run.p["crew_half_size"])
    return np.asarray(made * working[:, None])


def season(run: Run) -> Floats:
    """Harvest of this week over its mean in the year, (P, D); 1 where nothing is grown."""
    return np.asarray(_harvest(run.world.plazas.farm_season, run.week, run.p["harvest_amplitude"]))


@kernel
def _harvest(peak, week, amplitude):  # type: ignore[no-untyped-def]
    """1 + amplitude x cos(weeks from the peak) where something is grown, else 1; peak (P, D) weeks, -1 for nothing."""
    out = np.ones(peak.shape)
    for i in range(peak.shape[0]):
        for d in range(peak.shape[1]):
            if peak[i, d] >= 0.0:
                out[i, d] += amplitude * math.cos(2.0 * np.pi * (week - peak[i, d]) / WEEKS_PER_YEAR)
    return out


def unit_costs(run: Run) -> Floats:
    """What a pure kilogram costs at the place where it is made or bought, (D,) USD.

    Bought drugs on an upward supply curve of this plan's volume; synthetic ones by the price of precursors.
    Source: accounts.md 1.4; the curve is assumption A-S1.
    """
    drugs, p, levers = run.world.drugs, run.p, run.levers
    cost = p.by("production_cost", drugs.names) * levers["production_cost_factor"]
    usual = run.keep("usual_supply", 0, lambda: drugs.supply * KG_PER_T / WEEKS_PER_YEAR)
    share = p["precursor_cost_share"]
    found = min(levers.scalar("precursor_seized"), 0.95)
    chemicals = 1.0 - share + share * levers.scalar("precursor_price_factor") / (1.0 - found)
    return np.asarray(
        dear(
            cost, run.alive, run.groups.produce_plan, usual, 1.0 / p["southern_supply_elasticity"],
            levers.scalar("southern_price_factor"), chemicals, drugs.is_bought, drugs.is_synthetic,
        )
    )  # fmt: skip


@kernel
def dear(cost, rows, plan, usual, power, southern, chemicals, bought, synthetic):  # type: ignore[no-untyped-def]
    """Cost (D,) x what makes it dearer: of bought drugs the volume of the plan (G, D) of `rows` over the usual (D,), to
    a power and x the southern price; of synthetic ones the price of chemicals. bought, synthetic (D,) which.
    """
    out = cost.copy()
    for d in range(out.size):
        if bought[d]:
            planned = 0.0
            for g in rows:
                planned += plan[g, d]
            out[d] *= max(planned / usual[d], 0.05) ** power * southern
        elif synthetic[d]:
            out[d] *= chemicals
    return out


def transport_costs(run: Run) -> Floats:
    """Transport and couriers to and over the border, (D,) USD per pure kg."""
    return np.asarray(run.p["transport_cost_share"] * run.world.drugs.price("us_border"))
