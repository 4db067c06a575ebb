"""Compiled loops over crews and the places where they are: who works the people there, and what that brings groups.

They know no table and no parameter by name. Sums go in the order of rows.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel
from sim.state.crews import ARMED, LOOKOUT, SELLER

FEELINGS = (
    "trust_usual trust_violence trust_bought protection_usual trust_abuse trust_down_weeks trust_up_weeks fear_usual "
    "fear_violence fear_weeks reporting_trust reporting_fear reporting_usual prospects_violence prospects_wait "
    "prospects_weeks violence_usual abuse_usual"
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
) = range(len(FEELINGS))


@kernel
def local_people(members, hidden):  # type: ignore[no-untyped-def]
    """Lookouts, sellers and armed of every crew who are on the street, (C,); members (C, roles), hidden (C,)."""
    out = np.empty(hidden.size)
    for i in range(out.size):
        out[i] = (members[i, LOOKOUT] + members[i, SELLER] + members[i, ARMED]) * (1.0 - hidden[i])
    return out


@kernel
def press(group, plaza, people, time, effort, need, safety, open_):  # type: ignore[no-untyped-def]
    """What crews with so many people (C,) do in a trade: effort of each (C,), and by place (P,).

    time, need (G,): of their group; safety, open_ (P,): factors of the place; effort: of a person.
    """
    out, there = np.empty(group.size), np.zeros(safety.size)
    for i in range(group.size):
        g, z = group[i], plaza[i]
        out[i] = people[i] * time[g] * effort * need[g] * safety[z] * open_[z]
        there[z] += out[i]
    return out, there


@kernel
def by_place(plaza, values, n):  # type: ignore[no-untyped-def]
    """Sum of values (C,) of crews at each of n places."""
    out = np.zeros(n)
    for i in range(plaza.size):
        out[plaza[i]] += values[i]
    return out


@kernel
def timed(group, people, time):  # type: ignore[no-untyped-def]
    """People of crews (C,) times what their group gives to a trade, time (G,)."""
    out = np.empty(group.size)
    for i in range(group.size):
        out[i] = people[i] * time[group[i]]
    return out


@kernel
def earned(group, plaza, work, rate, n):  # type: ignore[no-untyped-def]
    """What n groups earn, (n,): work of their crews (C,) at the rate of each place (P,)."""
    out = np.zeros(n)
    for i in range(group.size):
        out[group[i]] += work[i] * rate[plaza[i]]
    return out


@kernel
def bought_share(plaza, members, protection, n):  # type: ignore[no-untyped-def]
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
    people, violence, abuses, bought, wait, more_trust, more_reports, more_prospects, c, trust, fear, reporting,
    prospects,
):  # fmt: skip
    """Move trust, fear, reporting and prospects of each place toward what its week deserves; all (P,).

    people; violence, abuses: running deaths and abuses; bought: share of police; wait: hours over the usual; more_...:
    what programmes add; c as FEELINGS.
    """
    for z in range(people.size):
        seen = 0.0
        if people[z] > 0.0:
            level = violence[z] / max(c[VIOLENCE] * people[z], 1e-12)
            seen = math.log1p(min(level, 50.0)) - math.log(2.0)
        deserved = c[TRUST] + more_trust[z] - c[TRUST_VIOLENCE] * seen
        deserved -= c[TRUST_BOUGHT] * (bought[z] - c[BOUGHT])
        deserved -= c[TRUST_ABUSE] * math.log1p(abuses[z] / max(c[ABUSE] * people[z], 1e-12))
        gap = min(max(deserved, 0.0), 1.0) - trust[z]
        trust[z] += gap / (c[DOWN] if gap < 0.0 else c[UP])
        afraid = min(max(c[FEAR] + c[FEAR_VIOLENCE] * seen, 0.0), 1.0)
        fear[z] += (afraid - fear[z]) / c[FEAR_WEEKS]
        tone = c[REPORT_TRUST] * (trust[z] - c[TRUST]) - c[REPORT_FEAR] * (fear[z] - c[FEAR])
        reporting[z] = min(max(c[REPORT] * math.exp(tone) + more_reports[z], 0.01), 0.9)
        legal = 1.0 + more_prospects[z] - c[PROSPECTS_VIOLENCE] * seen - c[PROSPECTS_WAIT] * wait[z]
        prospects[z] += (min(max(legal, 0.3), 2.0) - prospects[z]) / c[PROSPECTS_WEEKS]
