"""Patterns of routes and ports: balloon, random patrols, few against all routes, scanners, trusted lanes.

Every rule, and the number of replicates, was written here before the first run of it. Common to all: 78 weeks from the
end of the spin-up at 1,000 people per agent, the last 52 compared; N = 5 replicates, arm and base of a replicate with
the same seed and the same spin-up; the null arm is the base against the base of other seeds, twenty random splits of
ten seeds, and must fail the rule in at least 18 of 20; the knock-out lives from the same spin-up with the named
mechanism off in arm and base alike, and must fail the rule. `t` is a one-sided t test over the replicates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.pattern_runs import BASE, Arm, History, N, history, null_passes, p_above, pairs, the_world

pytestmark = pytest.mark.patterns
TRUCK, TRUSTED, CAR, FOOT = range(4)
MOST_NULLS = 2
FRESH = range(2 * N, 2 * N + 8)
"""Seeds of the second run of rules (3) and (7), eight replicates; their null splits all eighteen seeds in halves."""
ALL = range(2 * N + 8)
NO_LEARNING = BASE.but(route_learning="fixed")


def say(record: Any, **numbers: float) -> None:
    """Keep the numbers of a pattern with the test's report."""
    for name, value in numbers.items():
        record(name, float(value))
        print(f"{name} = {float(value):.4g}")


def busiest(kinds: tuple[int, ...], n: int) -> np.ndarray:
    """Rows of the n ports with most legal crossings of these kinds."""
    lanes, sites = the_world().lanes, the_world().sites
    traffic = np.bincount(lanes.site, lanes.traffic_per_week * np.isin(lanes.kind, kinds), minlength=sites.n)
    return np.argsort(-traffic, kind="stable")[:n]


def codes(rows: np.ndarray) -> tuple[str, ...]:
    return tuple(the_world().sites.code[row] for row in rows)


def mean(values: list[float]) -> float:
    return float(np.mean(values))


# (1) Balloon


def balloon(pair: tuple[History, ...]) -> tuple[float, float, float]:
    """Relative change of the port's share of loads; change of the shares of other ports, and of no port."""
    lanes, port = the_world().lanes, busiest((TRUCK, TRUSTED, CAR, FOOT), 1)[0]
    shares = [h.loads.sum(axis=1) / h.loads.sum() for h in pair]
    there, at_port = lanes.site == port, lanes.kind <= FOOT
    moved = shares[0] - shares[1]
    return moved[there].sum() / shares[1][there].sum(), moved[at_port & ~there].sum(), moved[~at_port].sum()


def moves_away(found: list[tuple[float, float, float]]) -> bool:
    there, others, between = zip(*found, strict=True)
    return (
        mean(there) <= -0.10
        and p_above([-x for x in there]) < 0.01
        and p_above(others) < 0.05
        and p_above(between) < 0.05
    )


def test_more_checks_at_one_port_move_loads_elsewhere(record_property: Any) -> None:
    """(1) Twice the officers at the port with most legal crossings. Mechanism: learning; knock-out: routes fixed.

    Rule, N = 5: the port's share of loads falls by at least 10 % (t, p < 0.01), the share of other ports rises (t,
    p < 0.05), and so does the share between ports and at sea (t, p < 0.05).
    """
    more = (("port_officers", "scale", 2.0, codes(busiest((TRUCK, TRUSTED, CAR, FOOT), 1))),)
    found = [balloon(pair) for pair in pairs(Arm(presses=more))]
    nulls = null_passes(BASE, moves_away, lambda i, j: balloon((history(i, BASE), history(j, BASE))))
    off = [balloon(pair) for pair in pairs(Arm(NO_LEARNING.parameters, more), NO_LEARNING)]
    for name, values in (("effect", found), ("knock_out", off)):
        there, others, between = zip(*values, strict=True)
        say(record_property, **{f"{name}_there": mean(there), f"{name}_others": mean(others)})
        say(record_property, **{f"{name}_between": mean(between)})
    say(record_property, nulls=nulls)
    assert moves_away(found)
    assert nulls <= MOST_NULLS
    assert not moves_away(off)


# (2) Random patrols


def kept(h: History, usual: History) -> float:
    """Hit rate over what the same patrols would have found among the loads of `usual`, by lane and week."""
    run_p, world = _parameters(), the_world()
    ports = (world.lanes.kind <= FOOT)[:, None]
    times = np.where(
        ports,
        run_p.by("detectability", world.drugs.names),
        run_p.by("detectability_between", world.drugs.names),
    )
    chance = np.mean([1.0 - (1.0 - hazard[:, None]) ** times for hazard in h.hazard], axis=0)
    would = (usual.loads * chance).sum() / usual.loads.sum()
    return float(h.hits.sum() / h.loads.sum() / would)


def _parameters() -> Any:
    from tests.pattern_runs import opened

    return opened(0)[0].run.p


def random_wins(found: list[float]) -> bool:
    return mean(found) >= 0.02 and p_above(found) < 0.01


def test_random_patrols_beat_fixed_ones_of_equal_effort(record_property: Any) -> None:
    """(2) Half of checks and agents with mobile teams sent without regard to belief: sent anew each week, or left.

    Mechanism: learning; knock-out: routes fixed. Both arms send all teams anew in the first week by the same dice.
    Yield is the hit rate over what the same patrols, where they stood, would have found among the loads of the base
    run, so that luck of the posts cancels. Rule, N = 5: random less fixed is at least 0.02 (t, p < 0.01). Null:
    random against random of other seeds.
    """
    teams = Arm((("patrol_mobile_share", 0.5), ("patrol_random", 1.0), ("patrol_rotation", 1.0)))
    posts = Arm(teams.parameters, (), 1)
    off = {"route_learning": "fixed"}
    found = [
        kept(history(s, teams), history(s, BASE)) - kept(history(s, posts), history(s, BASE))
        for s in range(N)
    ]
    posts_off, teams_off = Arm(posts.but(**off).parameters, (), 1), teams.but(**off)
    knocked = [
        kept(history(s, teams_off), history(s, NO_LEARNING))
        - kept(history(s, posts_off), history(s, NO_LEARNING))
        for s in range(N)
    ]
    for seed in range(2 * N):
        history(seed, BASE)
    nulls = null_passes(
        teams,
        random_wins,
        lambda i, j: kept(history(i, teams), history(i, BASE)) - kept(history(j, teams), history(j, BASE)),
    )
    say(record_property, effect=mean(found), knock_out=mean(knocked), nulls=nulls, p=p_above(found))
    say(record_property, yield_random=mean([kept(history(s, teams), history(s, BASE)) for s in range(N)]))
    assert random_wins(found)
    assert nulls <= MOST_NULLS
    assert not random_wins(knocked)


# (3) Few routes and all


def few_and_all(few: History, all_: History, base: History) -> tuple[float, float, float]:
    """Relative fall of use with few routes and with all, and the share of kilograms that the few carried."""
    hard = ~the_world().drugs.is_cannabis
    use = [h.consumed[:, hard].sum() for h in (few, all_, base)]
    there = np.isin(the_world().lanes.site, busiest((TRUCK, TRUSTED, CAR, FOOT), 3))
    carried = base.shipped[:, hard]
    return 1.0 - use[0] / use[2], 1.0 - use[1] / use[2], carried[there].sum() / carried.sum()


def few_barely_matter(found: list[tuple[float, float, float]]) -> bool:
    all_ = [a for _, a, _ in found]
    spare = [0.5 * c * a - f for f, a, c in found]
    return mean(all_) >= 0.03 and p_above(all_) < 0.01 and p_above(spare) < 0.05


def test_few_routes_barely_move_use_and_all_routes_do(record_property: Any) -> None:
    """(3) Three times the officers at the three busiest ports, or at all ports and sectors. Mechanism: routes.

    Use is kilograms consumed, cannabis apart. Knock-out: routes fixed. Rule, N = 5: all routes lower use by
    at least 3 % (t, p < 0.01), and the fall with few is less than half of the fall with all times the share of
    kilograms that the few carried (t of the difference, p < 0.05).

    The first run, N = 5, missed the rule: few 1.9 %, all 7.3 %, share 0.33, ratio 0.79 (routes fixed: 3.1 %, 9.0 %,
    1.05), with wide replicates of few. The rule is unchanged; the replicates are now eight others, and miss it too:
    few 1.7 %, all 6.8 %, ratio 0.74 (routes fixed: 3.3 %, 9.4 %, 1.03). Learning takes back half of what few routes
    cost, short of the rule; a route sensitivity of 8 for 3 gives 0.80. A finding, kept as an expected failure.
    """
    three = codes(busiest((TRUCK, TRUSTED, CAR, FOOT), 3))
    few = (("port_officers", "scale", 3.0, three),)
    all_ = (("port_officers", "scale", 3.0, ()), ("sector_agents", "scale", 3.0, ()))

    def triple(seed: int, base: Arm) -> tuple[float, float, float]:
        arms = [Arm(base.parameters, presses) for presses in (few, all_)]
        return few_and_all(history(seed, arms[0]), history(seed, arms[1]), history(seed, base))

    found, off = ([triple(seed, base) for seed in FRESH] for base in (BASE, NO_LEARNING))
    nulls = null_passes(
        BASE,
        few_barely_matter,
        lambda i, j: few_and_all(history(i, BASE), history(i, BASE), history(j, BASE)),
        ALL,
    )
    for name, values in (("effect", found), ("knock_out", off)):
        f, a, c = (mean(list(x)) for x in zip(*values, strict=True))
        say(
            record_property,
            **{f"{name}_few": f, f"{name}_all": a, f"{name}_share": c, f"{name}_ratio": f / (c * a)},
        )
    say(record_property, nulls=nulls)
    assert nulls <= MOST_NULLS
    assert not few_barely_matter(off)
    if not few_barely_matter(found):
        pytest.xfail("few routes cost more than half of their share of what all routes cost")


# (6) Scanners


def scanned(fast: History, slow: History, base: History) -> dict[str, float]:
    """At lanes with scanners: relative change of hits per load, share of loads, kilograms seized; waits."""
    lanes = the_world().lanes
    there = np.isin(lanes.site, busiest((CAR,), 5)) & (lanes.kind == CAR)

    def rate(h: History) -> float:
        return float(h.hits[there].sum() / h.loads[there].sum())

    def share(h: History) -> float:
        return float(h.loads[there].sum() / h.loads.sum())

    def wait(h: History) -> float:
        return float(h.waited[there].sum() / h.traffic[there].sum())

    return {
        "rate": rate(fast) / rate(base) - 1.0,
        "share": share(fast) / share(base) - 1.0,
        "seized": float(fast.seized[there].sum() / base.seized[there].sum()) - 1.0,
        "seized_all": float(fast.seized.sum() / base.seized.sum()) - 1.0,
        "fast": wait(fast) - wait(base),
        "slow": wait(slow) - wait(base),
    }


def scanners_work(found: list[dict[str, float]]) -> bool:
    by = {name: [one[name] for one in found] for name in found[0]}
    return (
        mean(by["rate"]) >= 0.2
        and p_above(by["rate"]) < 0.01
        and mean(by["share"]) <= -0.1
        and p_above([-x for x in by["share"]]) < 0.01
        and mean(by["seized"]) < 0.5 * mean(by["rate"])
        and abs(mean(by["fast"])) < 0.05
        and mean(by["slow"]) >= 0.25
        and p_above(by["slow"]) < 0.01
    )


def test_scanners_raise_hits_move_loads_and_delay_only_when_slow(record_property: Any) -> None:
    """(6) Half of the cars scanned at the five ports with most cars, at 30 s a scan (primary takes 43 s) or at 240 s.

    Mechanism: queues (knock-out: slow scanners stand aside of the lane); for the moving of loads, learning
    (knock-out: routes fixed). Rule, N = 5, at these lanes: hits per load rise by at least 20 % (t, p < 0.01); their
    share of loads falls by at least 10 % (t, p < 0.01); kilograms seized rise by less than half as much as hits per
    load; the mean wait moves by less than 0.05 h with the fast scan and rises by at least 0.25 h with the
    slow one (t, p < 0.01).
    """
    half = (("port_scan_share_cars", "floor", 0.5, codes(busiest((CAR,), 5))),)
    fast, slow = Arm(presses=half), Arm((("scan_seconds_car", 240.0),), half)
    aside, still = slow.but(scan_place="aside"), Arm(NO_LEARNING.parameters, half)
    seeds = range(N)
    found = [scanned(history(s, fast), history(s, slow), history(s, BASE)) for s in seeds]
    no_queue = [scanned(history(s, fast), history(s, aside), history(s, BASE)) for s in seeds]
    no_learning = [scanned(history(s, still), history(s, still), history(s, NO_LEARNING)) for s in seeds]
    nulls = null_passes(
        BASE, scanners_work, lambda i, j: scanned(history(i, BASE), history(i, BASE), history(j, BASE))
    )
    for name, values in (("effect", found), ("no_queue", no_queue), ("no_learning", no_learning)):
        say(record_property, **{f"{name}_{key}": mean([one[key] for one in values]) for key in values[0]})
    say(record_property, nulls=nulls)
    assert scanners_work(found)
    assert nulls <= MOST_NULLS
    assert mean([one["slow"] for one in no_queue]) < 0.25 and not scanners_work(no_queue)
    assert mean([one["share"] for one in no_learning]) > -0.1 and not scanners_work(no_learning)


# (7) Trusted lanes


def trusted(pair: tuple[History, ...]) -> dict[str, float]:
    """Relative change of the mean wait of trucks and of drivers bought; change of the share of loads they carry."""
    kind = the_world().lanes.kind
    freight = kind <= TRUSTED

    def wait(h: History) -> float:
        return float(h.waited[freight].sum() / h.traffic[freight].sum())

    def carried(h: History) -> float:
        return float(h.loads[kind == TRUSTED].sum() / h.loads[freight].sum())

    new, old = pair
    return {
        "wait": wait(new) / wait(old) - 1.0,
        "bought": new.bought / max(old.bought, 1e-9) - 1.0,
        "carried": carried(new) - carried(old),
    }


def infiltrated(found: list[dict[str, float]]) -> bool:
    by = {name: [one[name] for one in found] for name in found[0]}
    return (
        mean(by["wait"]) <= -0.10
        and p_above([-x for x in by["wait"]]) < 0.01
        and mean(by["bought"]) >= 0.2
        and p_above(by["bought"]) < 0.01
        and p_above(by["carried"]) < 0.05
    )


def test_trusted_lanes_cut_waits_and_get_infiltrated(record_property: Any) -> None:
    """(7) Half instead of a quarter of trucks enrolled, and checks at full standing a quarter instead of half.

    Mechanism: records; knock-out: `carrier_records` = none (enrolled trucks are checked like all). Rule, N = 5: the
    mean wait of all trucks falls by at least 10 % (t, p < 0.01), drivers in groups' pay rise by at least 20 % (t,
    p < 0.01), and so does the share of trucked loads that go with them (t, p < 0.05).

    The first run, N = 5, missed the last part alone: waits -39 %, drivers +31 %, share of loads +0.018 (records off:
    -39 %, +9 %, -0.001). The rule is unchanged; the replicates are now eight others. They met it (+30 %, +0.026) and
    then, after changes elsewhere in the model, missed the last part again (+30 %, +0.005; records off +10 %, +0.007).
    A finding, kept as an expected failure of that part: drivers are bought, but with about fifty trucked loads a week
    what they carry is not told from chance.
    """
    larger = (("trusted_share", "floor", 0.5, ()), ("trusted_inspection", "cap", 0.25, ()))
    none = BASE.but(carrier_records="none")
    found = [trusted(pair) for pair in pairs(Arm(presses=larger), BASE, FRESH)]
    off = [trusted(pair) for pair in pairs(Arm(none.parameters, larger), none, FRESH)]
    nulls = null_passes(BASE, infiltrated, lambda i, j: trusted((history(i, BASE), history(j, BASE))), ALL)
    for name, values in (("effect", found), ("knock_out", off)):
        say(record_property, **{f"{name}_{key}": mean([one[key] for one in values]) for key in values[0]})
    say(record_property, nulls=nulls, drivers=mean([history(s, BASE).bought for s in range(N)]))
    assert nulls <= MOST_NULLS
    assert not infiltrated(off) and mean([one["bought"] for one in off]) < 0.2
    assert infiltrated([one | {"carried": 1.0} for one in found]), "the parts on waits and drivers"
    if not infiltrated(found):
        pytest.xfail("the share of loads that go with bought drivers does not rise beyond chance")
