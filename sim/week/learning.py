"""What is learned at the end of a week: groups about lanes and sales, ports about where finds are made.

Groups know their own results and what was published; they do not know other groups' losses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_learning import ewa_week, salience_week, saved
from sim.levers import lever
from sim.state.border import carrier_hazard
from sim.state.carriers import buy_drivers, judge
from sim.state.run import Run, process
from sim.state.running import learn_margin
from sim.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]
TRUCK = 0
KG_PER_T = 1000.0
TALK_RANGE = (-1.0, 4.0)
"""Published finds over the usual, less one, are believed within these bounds."""


def _gain(run: Run) -> float:
    return run.p["belief_gain"]


def _fusion(run: Run) -> float:
    return run.p["belief_fusion"]


for _name, _base, _doc in (
    ("belief_gain", _gain, "how fast officers' belief about a lane follows a week's finds (intelligence)"),
    (
        "belief_fusion",
        _fusion,
        "weight of the corridor's mean belief in that of a lane (shared intelligence)",
    ),
):
    lever(_name, unit="fraction", low=0.0, high=1.0, base=_base, doc=_doc, reader="learn")


@process(
    reads=(
        "groups",
        "lanes",
        "carriers",
        "seen",
        "tally",
        "lever belief_gain",
        "lever belief_fusion",
        "lever publicity",
        "lever trusted_inspection",
    ),
    writes=("groups", "lanes", "carriers"),
    accounts=("groups.treasury",),
)
def learn(run: Run) -> None:
    """Attractions of lanes, margins and officers' beliefs move by own results and by what was published.

    Switch `route_learning`: `ewa`, `salience`, or `fixed`, a knock-out in which attractions stay what they are.
    Officers: P <- (1 - g) P + g 1{find} where they look. Trusted carriers gain standing, groups buy their drivers.
    Source: Camerer & Ho 1999, doi:10.1111/1468-0262.00054 (ewa); Magliocca et al. 2019,
    doi:10.1073/pnas.1812459116 (rest); assumptions B4, B7, B8, B11.
    """
    talk = _hear(run)
    rule = run.p.switch("route_learning")
    if rule == "ewa":
        _learn_ewa(run, talk)
    elif rule == "salience":
        _learn_salience(run)
    _learn_margins(run)
    _learn_beliefs(run)
    judge(run)
    buy_drivers(run, _savings(run))


def expected_loss(run: Run) -> Floats:
    """Share of a load that common knowledge expects to lose, by drug and lane, (D, L): the reference detection."""
    drugs, kind = run.world.drugs, run.world.lanes.kind
    return run.keep("expected_loss", 0, lambda: np.ascontiguousarray(drugs.lane_detection[:, kind]))


def _hear(run: Run) -> Floats:
    """Published finds of each lane against what is usual there, less one, (L,); the usual moves slowly."""
    lanes, now = run.lanes, run.seen.publicised[0]
    if lanes.talk[0] < 0.0:
        lanes.talk[:] = _usual_talk(run)
    lanes.talk += (now - lanes.talk) / max(1.0, run.p["talk_weeks"])
    quiet = run.p["talk_noise"]
    return np.clip((now + quiet) / (lanes.talk + quiet) - 1.0, *TALK_RANGE)


def _usual_talk(run: Run) -> Floats:
    """Published finds a week that the accounts imply by lane, spread by legal traffic within a kind, (L,)."""
    drugs, kind, traffic = run.world.drugs, run.world.lanes.kind, run.world.lanes.traffic_per_week
    loads = (drugs.sent * KG_PER_T / WEEKS_PER_YEAR)[:, None] * drugs.lane_share / drugs.lane_load_kg
    finds = (loads * drugs.lane_detection).sum(axis=0)
    of_kind = np.bincount(kind, traffic, minlength=finds.size)
    return np.asarray(run.levers.scalar("publicity") * (finds / np.maximum(of_kind, 1e-12))[kind] * traffic)


def _learn_ewa(run: Run, talk: Floats) -> None:
    """Experience-weighted attraction for living groups."""
    groups, p = run.groups, run.p
    worth, expected = _worth(run), expected_loss(run)
    _start_memories(run, worth, expected)
    ewa_week(
        run.alive,
        groups.sent,
        groups.lost,
        worth,
        expected,
        talk,
        groups.attraction,
        groups.experience,
        groups.spread,
        p["ewa_forgetting"],
        p["ewa_experience"],
        p["ewa_foregone"],
        p["payoff_spread_weeks"],
        p["payoff_spread_floor"],
    )


def _start_memories(run: Run, worth: Floats, expected: Floats) -> None:
    """A group without memory starts with what is commonly known: losses as expected, and the spread they imply."""
    groups, drugs = run.groups, run.world.drugs
    fresh = np.flatnonzero(groups.alive & (groups.spread[:, 0] <= 0.0))
    if fresh.size:
        groups.spread[fresh] = worth[fresh] * np.sqrt((drugs.lane_share * drugs.lane_detection).sum(axis=1))
        groups.risk[fresh] = _window(run) * expected


def _window(run: Run) -> float:
    """Summed weights of past losses in the window of the salience rule."""
    lag = run.p["salience_memory"]
    return float((1.0 - lag ** run.p["salience_weeks"]) / max(1.0 - lag, 1e-9))


def _worth(run: Run) -> Floats:
    """Receipts of a delivered kilogram as each group knows them, at first the price in border cities, (G, D)."""
    return np.where(run.groups.margin > 0.0, run.groups.margin, run.world.drugs.price("us_border"))


def _learn_salience(run: Run) -> None:
    """The salience rule for living groups; the premium couriers ask follows mean perceived risk."""
    groups, p, world = run.groups, run.p, run.world
    kind, traffic = world.lanes.kind, world.lanes.traffic_per_week
    of_kind = np.bincount(kind, traffic, minlength=world.drugs.lane_share.shape[1])
    share = (
        (world.drugs.lane_share / world.drugs.lane_load_kg)[:, kind]
        * traffic
        / np.maximum(of_kind[kind], 1e-12)
    )
    habit = np.log(np.maximum(share, 1e-320))
    expected = expected_loss(run)
    _start_memories(run, _worth(run), expected)
    risk = salience_week(
        run.alive,
        groups.sent,
        groups.lost,
        habit,
        expected,
        groups.attraction,
        groups.risk,
        run.lanes.premium,
        p["salience_memory"],
        _window(run),
        p["salience_cost"],
        p["salience_theta"],
        p["salience_local_thinking"],
        p["salience_tolerance"],
        p["salience_new_routes"],
        p["salience_sensitivity"],
    )
    a = p["salience_premium"]
    fear = (risk / p["salience_risk_reference"]) ** 2
    run.lanes.premium[:] = np.maximum(1.0, (1.0 - a) * run.lanes.premium + a * fear)


def _learn_margins(run: Run) -> None:
    """Running sales, and what a delivered kilogram brought, from this week's receipts, (G, D)."""
    groups = run.groups
    income = run.tally.income[0][:, : run.world.drugs.n]
    weeks = run.p["margin_weeks"]
    groups.margin[:], groups.sold[:] = learn_margin(groups.margin, groups.sold, income, groups.landed, weeks)


def _learn_beliefs(run: Run) -> None:
    """Officers' belief about each lane they look at, pulled to its corridor's mean as far as beliefs are shared."""
    lanes, corridor = run.lanes, run.world.lanes.corridor
    found = run.tally.hits[0].sum(axis=1) > 0.0
    looked = lanes.hazard > 0.0
    gain = run.levers.scalar("belief_gain")
    lanes.belief += np.where(looked, gain * (found - lanes.belief), 0.0)
    fusion = run.levers.scalar("belief_fusion")
    mean = np.bincount(corridor, lanes.belief) / np.maximum(np.bincount(corridor), 1)
    shared = lanes.belief + gain * fusion * (mean[corridor] - lanes.belief)
    lanes.belief[:] = np.where(looked, shared, lanes.belief)


def _savings(run: Run) -> Floats:
    """USD living groups would have kept this week had their trucks been checked as carriers of full standing, (k, S).

    Only where they were not: what went in ordinary lanes, less the part bought officers let pass anyway.
    """
    world, groups, alive = run.world, run.groups, run.alive
    out = np.zeros((alive.size, world.sites.n))
    if run.p.switch("carrier_records") == "none":
        return out
    lanes = run.keep("truck_lanes", 0, lambda: np.flatnonzero(world.lanes.kind == TRUCK))
    site = world.lanes.site[lanes]
    times = run.p.by("detectability", world.drugs.names)[:, None]
    clean = carrier_hazard(run, lanes, np.full(lanes.size, run.levers.scalar("trusted_inspection")))
    less = (1.0 - clean) ** times - (1.0 - run.lanes.hazard[lanes]) ** times
    saved(alive, lanes, site, groups.sent, _worth(run), np.maximum(less, 0.0), groups.post_protection, out)
    return out
