"""What is learned at the end of a week: groups about lanes and sales, ports about where finds are made.

Groups know their own results and what was published; they do not know other groups' losses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_learning import ewa_week, relative_losses, salience_week, saved
from sim.levers import lever
from sim.state.border import carrier_hazard
from sim.state.carriers import TRUCK, TRUSTED, buy_drivers, freight_lane, judge
from sim.state.run import Run, process
from sim.state.running import learn_margin, smooth

Floats = NDArray[np.float64]
MOST_TALK = 5.0
"""Published finds over the usual are believed up to here."""


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
    """Perceived loss of each drug in each lane over the expected, less one, (D, L), from published finds.

    Couriers and those who take tolls see what passes, so a lane does not become safe because loads left it. What is
    usual at a lane is that of the spin-up, as are the habits fitted to it. Finds are read as checks m times the usual,
    which find a drug with 1 - (1 - expected loss)^m: m solves for the finds of all drugs. Source: payoffs not taken
    are judged by what is known of them, doi:10.1111/j.1468-0297.2007.02103.x; assumption B8.
    """
    p, lanes, quiet, expected = run.p, run.lanes, run.p["talk_noise"], expected_loss(run)
    heard = (run.seen.publicised[0] + quiet) / ((lanes.passing * expected.T).sum(axis=1) + quiet)
    if run.week < 0:
        lanes.heard[:] = smooth(lanes.heard, heard, p["talk_weeks"])
    talk = relative_losses(expected, lanes.passing, np.minimum(heard / lanes.heard, MOST_TALK))
    lanes.passing[:] = smooth(
        lanes.passing, run.levers.scalar("publicity") * run.tally.loads[0], p["publicity_weeks"]
    )
    return np.asarray(talk)


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
    """USD living groups would save this week if all their trucks were checked as carriers of full standing, (k, S).

    Against checks of ordinary trucks, whether or not they had a driver; less what bought officers let pass anyway.
    """
    world, groups, alive = run.world, run.groups, run.alive
    out = np.zeros((alive.size, world.sites.n))
    if run.p.switch("carrier_records") == "none":
        return out
    lanes = run.keep("freight_lanes", 0, lambda: np.flatnonzero(world.lanes.kind <= TRUSTED))
    ordinary = freight_lane(run, TRUCK)[lanes]
    times = run.p.by("detectability", world.drugs.names)[:, None]
    clean = carrier_hazard(run, ordinary, np.full(lanes.size, run.levers.scalar("trusted_inspection")))
    less = (1.0 - clean) ** times - (1.0 - run.lanes.hazard[ordinary]) ** times
    site = world.lanes.site[lanes]
    saved(alive, lanes, site, groups.sent, _worth(run), np.maximum(less, 0.0), groups.post_protection, out)
    return out
