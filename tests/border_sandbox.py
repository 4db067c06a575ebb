"""The border alone: constant shipments, a logit stand-in for dispatch, no market; the ledger is checked each week."""

from __future__ import annotations

import numpy as np

import sim.week.observing  # noqa: F401  (declares the lever `publicity`)
from sim.ledger import CONVERSIONS, conversion
from sim.parameters import Parameters
from sim.state.build import build_run, open_books
from sim.state.run import Run
from sim.streams import stable_id
from sim.units import WEEKS_PER_YEAR
from sim.week.crossing import cross, deliver
from sim.week.learning import learn
from sim.week.observing import observe
from sim.world.world import world

SENSITIVITY = 3.0
SIGMA = 1.2
for _name, _commodity in (("border_stand_in", "pure"), ("border_stand_in_cut", "diluent")):
    if _name not in CONVERSIONS:
        conversion(_name, _commodity, "where loads of the border's tests come from")


def open_border(seed: int = 1, overrides: dict | None = None) -> Run:
    """A run with groups, crews, posts and reference prices, books open."""
    run = build_run(world(), Parameters(None, overrides or {}), seed, 400, [])
    drugs = run.world.drugs
    run.areas.price_hub[:] = drugs.price("us_hub")
    run.areas.price_border[:] = drugs.price("us_border")
    run.areas.price[:] = drugs.price("us_retail")
    run.areas.need[:] = (drugs.us_use * 1e3 / WEEKS_PER_YEAR / run.areas.need.shape[0])[None, :, None] / 2
    open_books(run)
    return run


def habit(run: Run) -> np.ndarray:
    """Log weight of each lane per load, (D, L), so that kilograms by kind meet the accounts."""
    drugs, kind, traffic = run.world.drugs, run.world.lanes.kind, run.world.lanes.traffic_per_week
    of_kind = np.bincount(kind, traffic, minlength=6)[kind]
    per_load = (drugs.lane_share / drugs.lane_load_kg)[:, kind] * traffic / of_kind
    return np.log(per_load) - SENSITIVITY * (1.0 - drugs.lane_detection[:, kind])


def send(run: Run, base: np.ndarray, scale: float = 1.0, size: float = 1.0) -> None:
    """Put a week's loads on the way: Poisson counts by group and drug, lanes by logit, log-normal sizes.

    `size` divides loads (and multiplies their number), for less noise.
    """
    drugs, groups, start = run.world.drugs, run.groups, run.world.groups0
    alive = run.alive
    shares = start.share[alive] / start.share[alive].sum()
    mean_kg = 1.0 / (drugs.lane_share / drugs.lane_load_kg).sum(axis=1)
    kg = drugs.sent * 1e3 / WEEKS_PER_YEAR * scale
    mean = shares[:, None] * (kg / mean_kg)[None, :] / size
    sub = np.arange(drugs.n)[None, :]
    count = run.draws.poisson("sandbox/count", mean, groups.id[alive][:, None], sub)
    weight = np.exp(base[None] + SENSITIVITY * groups.attraction[alive])
    cumulative = np.cumsum(weight, axis=2)
    g, d = (
        np.repeat(x, count.ravel())
        for x in np.meshgrid(np.arange(alive.size), np.arange(drugs.n), indexing="ij")
    )
    g, d = g.ravel(), d.ravel()
    first = np.cumsum(count.ravel()) - count.ravel()
    ordinal = np.arange(g.size) - np.repeat(first, count.ravel())
    ids = (groups.id[alive][g] * 1009 + d * 100003 + ordinal * 7919) % 2**31
    u = run.draws.words("sandbox/load", ids)
    total = cumulative[g, d, -1]
    lane = (cumulative[g, d] < (u[:, 0] * total)[:, None]).sum(axis=1)
    z = run.draws.normal("sandbox/size", ids, 0, -0.5 * SIGMA**2, SIGMA)
    crews = run.crews
    origin = crews.plaza[crews.ptr[alive]][g]
    rows = run.loads.append(g.size)
    loads = run.loads
    loads.id[rows], loads.group[rows], loads.drug[rows], loads.lane[rows] = ids, alive[g], d, lane
    loads.area[rows] = (u[:, 1] * run.world.areas.n).astype(int)
    loads.origin[rows] = origin
    loads.pure[rows] = drugs.lane_load_kg[d, run.world.lanes.kind[lane]] * np.exp(z) * size
    loads.diluent[rows] = loads.pure[rows] * (1.0 / drugs.purity_bulk[d] - 1.0)
    loads.weeks[rows] = 1
    for commodity, source in (("pure", "border_stand_in"), ("diluent", "border_stand_in_cut")):
        amount = np.bincount(d, getattr(loads, commodity)[rows], minlength=drugs.n)
        run.ledger.post(commodity, source, f"loads.{commodity}", amount, "stand_in")


def week(run: Run, number: int, base: np.ndarray, **kwargs: float) -> None:
    """One week: send, cross, deliver, learn, observe, with every account checked after each process."""
    run.week = run.draws.week = number
    run.ledger.begin_week(number)
    run.tally.zero()
    send(run, base, **kwargs)
    for process in (cross, deliver, learn):
        run.ledger.process = process.name
        process(run)
        run.ledger.check()
    run.ledger.audit()
    observe(run)


def load_id(text: str) -> int:
    """A stable id for hand-made loads."""
    return stable_id(text)
