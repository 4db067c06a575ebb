"""Compiled loops over crews and the places where they are: who works the people there, and what that brings groups.

They know no table and no parameter by name. Sums go in the order of rows.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.quantiles import binomial_inv, poisson_inv
from sim.state.crews import ARMED, LOOKOUT, SELLER
from sim.streams import philox4x32, u53

FEELINGS = (
    "trust_usual trust_violence trust_bought protection_usual trust_abuse trust_down_weeks trust_up_weeks fear_usual "
    "fear_violence fear_weeks reporting_trust reporting_fear reporting_usual prospects_violence prospects_wait "
    "prospects_weeks violence_usual abuse_usual wait_usual_hours"
).split()
"""Parameters that `feel` takes, in the order of its vector `c`."""
(
    TRUST,
    TRUST_VIOLENCE,
    TRUST_BOUGHT,
    BOUGHT,
    TRUST_ABUSE,
    DOWN,
    UP,
    FEAR,
    FEAR_VIOLENCE,
    FEAR_WEEKS,
    REPORT_TRUST,
    REPORT_FEAR,
    REPORT,
    PROSPECTS_VIOLENCE,
    PROSPECTS_WAIT,
    PROSPECTS_WEEKS,
    VIOLENCE,
    ABUSE,
    WAIT,
) = range(len(FEELINGS))


@kernel
def _local(members, hidden, i):  # type: ignore[no-untyped-def]
    """Lookouts, sellers and armed of crew i who are on the street; members (C, roles), hidden (C,)."""
    return (members[i, LOOKOUT] + members[i, SELLER] + members[i, ARMED]) * (1.0 - hidden[i])


@kernel
def _luck(key, identity, week):  # type: ignore[no-untyped-def]
    """A uniform, as `Draws.uniform` gives it for the decision with this key (2,)."""
    x0, x1, _, _ = philox4x32(key[0], key[1], identity, 0, week, 0)
    return u53(x0, x1)


@kernel
def extort_firms(  # type: ignore[no-untyped-def]
    group,
    plaza,
    members,
    hidden,
    time,
    need,
    safety,
    shield,
    state,
    people,
    c,
    keys,
    week,
    deaths,
    every,
    running,
):
    """Crews extort firms, harder where their group needs it; returns what groups earn, (G,), and victims by place (P,).

    members, hidden (C, ...); time, need (G,); safety, state, people (P,); shield (states,) share of attempts defeated;
    c: firms per person, effort of a person, payment, chance to be killed, weeks of memory; keys (2, 2) of victims and
    of the killed. Adds to deaths (P,) and every (P,) victims; running (P,) USD a week goes on.
    """
    n = people.size
    effort, asked, rate, victims = np.empty(group.size), np.zeros(n), np.empty(n), np.zeros(n)
    for i in range(group.size):
        g, z = group[i], plaza[i]
        effort[i] = (
            _local(members, hidden, i) * time[g] * c[1] * need[g] * safety[z] * (1.0 - shield[state[z]])
        )
        asked[z] += effort[i]
    for z in range(n):
        firms = c[0] * people[z]
        if asked[z] > 0.0 and firms > 0.0:
            mean = firms * -math.expm1(-asked[z] / max(firms, 1.0))
            victims[z] = poisson_inv(_luck(keys[0], z, week), mean)
        paid = victims[z] * c[2]
        rate[z] = paid / max(asked[z], 1e-9)
        if victims[z] > 0.0:
            deaths[z] += poisson_inv(_luck(keys[1], z, week), victims[z] * c[3])
            every[z] += victims[z]
        running[z] += (paid - running[z]) / c[4]
    out = np.zeros(need.size)
    for i in range(group.size):
        out[group[i]] += effort[i] * rate[plaza[i]]
    return out, victims


@kernel
def toll_migrants(group, plaza, members, hidden, time, border, toll, holder, most, fees):  # type: ignore[no-untyped-def]
    """What groups (G,) earn with migrants: a toll where they hold a place, and fees by the people of their crews.

    members, hidden (C, ...); time (G,); border (P,) share of each place, toll (P,) USD, holder (P,) row or -1; most:
    share of the fees that goes to groups with twice the usual time or more, fees: USD in all.
    """
    held, out = np.zeros(time.size), np.zeros(time.size)
    work, total, usual = np.empty(group.size), np.zeros(border.size), np.zeros(border.size)
    for i in range(group.size):
        local = _local(members, hidden, i)
        work[i] = local * time[group[i]]
        total[plaza[i]] += work[i]
        usual[plaza[i]] += local
    for z in range(border.size):
        if holder[z] >= 0 and toll[z] > 0.0:
            held[holder[z]] += toll[z]
        share = min(1.0, most * total[z] / max(usual[z], 1.0))
        total[z] = fees * share * border[z] / max(total[z], 1.0)
    for i in range(group.size):
        out[group[i]] += work[i] * total[plaza[i]]
    return held + out


@kernel
def at_work(group, plaza, members, hidden, time, n):  # type: ignore[no-untyped-def]
    """People of every crew times what their group gives to a trade, time (G,): by crew (C,) and at each of n places."""
    work, total = np.empty(group.size), np.zeros(n)
    for i in range(group.size):
        work[i] = _local(members, hidden, i) * time[group[i]]
        total[plaza[i]] += work[i]
    return work, total


@kernel
def earned(group, plaza, work, rate, n):  # type: ignore[no-untyped-def]
    """What n groups earn, (n,): work of their crews (C,) at the rate of each place (P,)."""
    out = np.zeros(n)
    for i in range(group.size):
        out[group[i]] += work[i] * rate[plaza[i]]
    return out


@kernel
def gang_tax(holder, hold, gang, hired, people, rate, n):  # type: ignore[no-untyped-def]
    """What n groups get from the gangs of places they hold, (n,): rate x hold x gang people not hired; all (P,)."""
    out = np.zeros(n)
    for z in range(holder.size):
        if holder[z] >= 0 and people[z] > 0.0:
            out[holder[z]] += rate * (hold[z] * max(gang[z] - hired[z], 0.0))
    return out


@kernel
def grow_up(people, prospects, contest, c, keys, week, pool, gang):  # type: ignore[no-untyped-def]
    """Some come of age into the pool at risk, some grow out of it, gangs fill up again from it; pool, gang (P,).

    people, prospects, contest (P,); c: rate of leaving, pool per person, answer to prospects, gang people per person,
    their answer to contestation, usual contestation, weeks to fill; keys (3, 2) of the draws.
    """
    for z in range(people.size):
        tempted = math.exp(-c[2] * (prospects[z] - 1.0))
        came = poisson_inv(_luck(keys[0], z, week), c[0] * c[1] * people[z] * tempted)
        went = binomial_inv(_luck(keys[1], z, week), pool[z], c[0])
        pool[z] += came - went
        wish = c[3] * people[z] * (1.0 + c[4] * (contest[z] - c[5]))
        new = poisson_inv(_luck(keys[2], z, week), max(wish - gang[z], 0.0) / c[6])
        new = min(new, pool[z])
        gang[z] += new
        pool[z] -= new


@kernel
def count_crimes(people, rate, extorted, dead_others, dead_members, background, reporting, crimes, reported):  # type: ignore[no-untyped-def]
    """Add the crimes of a week at each place (P,), and those reported: usual ones, firms extorted, the killed.

    dead_others, dead_members (P, causes).
    """
    for z in range(people.size):
        violent = 0.0
        for cause in range(dead_others.shape[1]):
            violent += dead_others[z, cause] + dead_members[z, cause]
        every = rate * people[z] + extorted[z] + (violent + background[z])
        crimes[z] += every
        reported[z] += every * reporting[z]


@kernel
def _delays(site, lane_site, wait, usual, n_sites):  # type: ignore[no-untyped-def]
    """Hours of wait above the usual at the site a place holds, (P,), 0 to 5; lane_site, wait (lanes,)."""
    count, mean, out = np.zeros(n_sites), np.zeros(n_sites), np.zeros(site.size)
    for lane in range(wait.size):
        if wait[lane] > 0.0:
            count[lane_site[lane]] += 1.0
            mean[lane_site[lane]] += wait[lane]
    for s in range(n_sites):
        mean[s] = min(max(mean[s] / max(count[s], 1.0) - usual, 0.0), 5.0)
    for z in range(site.size):
        if site[z] >= 0:
            out[z] = mean[site[z]]
    return out


@kernel
def _bought_share(plaza, members, protection, n):  # type: ignore[no-untyped-def]
    """Protection of the crews at each of n places by their people, (n,); members (C, roles), protection (C,)."""
    paid, people = np.zeros(n), np.zeros(n)
    for i in range(plaza.size):
        size = members[i].sum() + 1e-9
        paid[plaza[i]] += size * protection[i]
        people[plaza[i]] += size
    return paid / np.maximum(people, 1e-9)


@kernel
def spread_profit(group, plaza, members, pull, profit, n):  # type: ignore[no-untyped-def]
    """Profit (G,), where there is any, over n places by people of crews times the pull (n,) of where they are."""
    weight, total, out = np.empty(group.size), np.zeros(profit.size), np.zeros(n)
    for i in range(group.size):
        weight[i] = (members[i].sum() + 1e-9) * pull[plaza[i]]
        total[group[i]] += weight[i]
    for i in range(group.size):
        share = weight[i] / max(total[group[i]], 1e-9)
        out[plaza[i]] += max(profit[group[i]], 0.0) * share
    return out


@kernel
def feel(  # type: ignore[no-untyped-def]
    plaza, members, protection, site, lane_site, waits, n_sites, state, people, violence, abuses, more_trust,
    more_reports, more_prospects, c, trust, fear, reporting, prospects,
):  # fmt: skip
    """Move trust, fear, reporting and prospects of each place toward what its week deserves; all (P,).

    plaza, members, protection of crews (C, ...); site (P,) that a place holds, and the waits of its lanes; state,
    people; violence, abuses: running deaths and abuses; more_... (states,): what programmes add; c as FEELINGS.
    """
    bought = _bought_share(plaza, members, protection, people.size)
    wait = _delays(site, lane_site, waits, c[WAIT], n_sites)
    for z in range(people.size):
        seen, s = 0.0, state[z]
        if people[z] > 0.0:
            level = violence[z] / max(c[VIOLENCE] * people[z], 1e-12)
            seen = math.log1p(min(level, 50.0)) - math.log(2.0)
        deserved = c[TRUST] + more_trust[s] - c[TRUST_VIOLENCE] * seen
        deserved -= c[TRUST_BOUGHT] * (bought[z] - c[BOUGHT])
        deserved -= c[TRUST_ABUSE] * math.log1p(abuses[z] / max(c[ABUSE] * people[z], 1e-12))
        gap = min(max(deserved, 0.0), 1.0) - trust[z]
        trust[z] += gap / (c[DOWN] if gap < 0.0 else c[UP])
        afraid = min(max(c[FEAR] + c[FEAR_VIOLENCE] * seen, 0.0), 1.0)
        fear[z] += (afraid - fear[z]) / c[FEAR_WEEKS]
        tone = c[REPORT_TRUST] * (trust[z] - c[TRUST]) - c[REPORT_FEAR] * (fear[z] - c[FEAR])
        reporting[z] = min(max(c[REPORT] * math.exp(tone) + more_reports[s], 0.01), 0.9)
        legal = 1.0 + more_prospects[s] - c[PROSPECTS_VIOLENCE] * seen - c[PROSPECTS_WAIT] * wait[z]
        prospects[z] += (min(max(legal, 0.3), 2.0) - prospects[z]) / c[PROSPECTS_WEEKS]
