"""A run with only the power chain in it: other chains are stand-ins that keep pay, guns and plans at their usual."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.ledger import conversion
from sim.parameters import Parameters, parameter_table
from sim.state.build import build_run, open_books
from sim.state.lineage import group_sizes
from sim.state.run import Process, Run
from sim.week.community import community, start_places
from sim.week.force import fight, recruit
from sim.week.structure import restructure
from sim.world.world import world

JAILED = conversion("standin_jailed", "members", "stand-in for enforcement")
MONEY = conversion("standin_money", "usd", "stand-in for trade and wages")
GUNS = conversion("standin_guns", "guns", "stand-in for the gun market")
ROUNDS = conversion("standin_rounds", "ammunition", "stand-in for the gun market")

POWER: tuple[Process, ...] = (recruit, fight, restructure, community)
RETAIL_USD_PERSON_WEEK = 0.71e9 / 126e6 / 52.1775


def sandbox(seed: int = 1, **parameters: object) -> Run:
    """A run on the real map with the power chain started and books open."""
    run = build_run(world(), Parameters(parameter_table(), parameters), seed, 1000, [])
    places, crews, plazas = run.plazas, run.crews, run.world.plazas
    places.retail_usd[:] = np.where(plazas.hub_area < 0, RETAIL_USD_PERSON_WEEK * plazas.population, 0.0)
    people = crews.people
    crews.guns[:] = np.stack([people * 6 // 10, people * 9 // 10], axis=1)
    crews.ammunition[:] = 200 * crews.guns.sum(axis=1)
    crews.protection[:] = run.p["protection_usual"]
    states = run.world.states
    people_mx = np.where(states.country == 0, states.population, 0.0)
    run.arms.private[:, 0] = np.round(run.p["private_guns_start"] * people_mx / people_mx.sum())
    run.groups.aggression *= 0.64  # what plans make of it in the full model
    start_places(run)
    open_books(run)
    return run


def stand_in(run: Run, leaders_per_year: float = 7.0) -> None:
    """What other chains do in the status quo: plans, pay, guns, arrests, patrols and captures."""
    groups, crews, plazas = run.groups, run.crews, run.world.plazas
    size = group_sizes(run)
    groups.recruit_plan[:] = 0.00209 * size
    groups.profit[:] = 820.0 * size
    gap = 13.0 * size * groups.wage - groups.treasury
    run.ledger.move("usd", MONEY, "groups.treasury", np.maximum(gap, 0.0), "standin")
    run.ledger.move("usd", "groups.treasury", MONEY, np.maximum(-gap, 0.0), "standin")
    want = np.maximum(crews.people * 3 // 2 - crews.guns.sum(axis=1), 0)
    run.ledger.move("guns", GUNS, "crews.guns", np.stack([want // 2, want - want // 2], axis=1), "standin")
    rounds = np.maximum(200 * crews.guns.sum(axis=1) - crews.ammunition, 0)
    run.ledger.move("ammunition", ROUNDS, "crews.ammunition", rounds, "standin")
    run.plazas.patrol[:] = np.where(plazas.hub_area < 0, 1e-3 * plazas.population, 0.0)
    ids = groups.id[crews.group][:, None]
    jailed = run.draws.binomial(
        "standin/jail", crews.members, 0.000657, ids, crews.plaza[:, None] * 8 + np.arange(5)
    )
    run.ledger.move("members", "crews.members", JAILED, jailed, "jailed")
    run.tally.arrests[0] += np.bincount(crews.plaza, jailed.sum(axis=1), minlength=run.plazas.n) / 0.3
    weight = np.sqrt(size) * groups.alive
    chance = leaders_per_year / 52.1775 * weight / max(weight.sum(), 1.0)
    groups.removed |= (
        run.draws.bernoulli("standin/capture", np.minimum(chance, 1.0), groups.id) & groups.alive
    )


def week(
    run: Run,
    number: int,
    processes: Iterable[Process] = POWER,
    *,
    others: bool = True,
    leaders_per_year: float = 7.0,
) -> None:
    """One week of the sandbox with the audit of the real model."""
    run.week = run.draws.week = number
    run.ledger.begin_week(number)
    run.tally.zero()
    if others:
        stand_in(run, leaders_per_year)
    for item in processes:
        run.ledger.process = item.name
        item(run)
        run.ledger.check()
    run.ledger.audit()


def taken_back(run: Run, saved: dict[str, np.ndarray], *kept: str) -> Run:
    """The run as it was saved, all parameters but those `kept` at their defaults."""
    run.restore(saved)
    for name in set(run.p.overridden()) - set(kept):
        run.p.set(name, next(row.default for row in run.p.table() if row.name == name))
    return run
