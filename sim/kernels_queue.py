"""Queues at a border lane: Erlang-C for the mean of a steady lane, a fluid for hours with more arrivals than booths.

Pure functions of arrivals, booths and time at a booth. Who opens booths, and who gives up, is decided elsewhere.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel

HOURS = 24


@kernel
def erlang_c(servers, load):  # type: ignore[no-untyped-def]
    """Chance that an arrival waits at `servers` (whole, >= 1) booths with `load` busy ones on average (< servers).

    Source: Erlang 1917; the recursion of the blocking formula B(n) = a B(n-1) / (n + a B(n-1)) is stable.
    """
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


@kernel
def steady_wait(booths, rho, service_hours):  # type: ignore[no-untyped-def]
    """Mean wait in hours of M/M/c at utilisation `rho` (< 1).

    Between whole numbers of booths the chance of waiting is interpolated at the same utilisation; below one booth
    the lane is one booth that works more slowly.
    """
    if rho <= 0.0:
        return 0.0
    low = max(1, int(math.floor(booths)))
    waits = erlang_c(low, rho * low)
    part = booths - low
    if part > 0.0:
        waits += part * (erlang_c(low + 1, rho * (low + 1)) - waits)
    return waits * service_hours / (booths * (1.0 - rho))


@kernel
def fluid_hour(queue, arriving, leaving):  # type: ignore[no-untyped-def]
    """One hour of a fluid queue at constant rates: the queue after it and the time spent waiting in it.

    queue: waiting at the start; arriving, leaving: per hour. Exact: the queue is a straight line until it is empty.
    """
    after = queue + arriving - leaving
    if after >= 0.0:
        return after, 0.5 * (queue + after)
    empty_at = queue / (leaving - arriving)
    return 0.0, 0.5 * queue * empty_at


@kernel
def day_wait(arrivals, booths, service_hours, cap_hours, steady_cap, through):  # type: ignore[no-untyped-def]
    """Mean wait (hours) over an average day that follows another like it; fills `through` (24,) with who is served.

    arrivals: (24,) per hour; booths: (24,) open; service_hours: per arrival at a booth; cap_hours: nobody joins a
    queue that is longer than this; steady_cap: utilisation above which the steady formula no longer holds within an
    hour, and only the fluid grows. The mean is fluid wait plus steady wait, over those who joined.
    """
    total = arrivals.sum()
    through[:] = arrivals
    if total <= 0.0 or service_hours <= 0.0:
        return 0.0
    queue, waited, joined = 0.0, 0.0, total
    for _ in range(2):
        waited, joined = 0.0, total
        for hour in range(HOURS):
            leaving = booths[hour] / service_hours
            before = queue
            queue, spent = fluid_hour(queue, arrivals[hour], leaving)
            queue_cap = cap_hours * leaving
            away = min(arrivals[hour], max(0.0, queue - queue_cap))
            queue = min(queue, queue_cap)
            joined -= away
            through[hour] = min(leaving, max(0.0, before + arrivals[hour] - away - queue))
            rho = min(steady_cap, arrivals[hour] / leaving)
            waited += min(spent, queue_cap)
            waited += (arrivals[hour] - away) * steady_wait(booths[hour], rho, service_hours)
        if queue == 0.0:
            break  # the next day begins as this one did, and is the same
    return waited / max(joined, 1e-9 * total)


@kernel
def stage_waits(  # type: ignore[no-untyped-def]
    traffic, booths, service_hours, scanned, scan_hours, demand, staffing, kind, cap_hours, steady_cap
):
    """Mean wait (hours) of each lane at its booths and, for the share that is sent there, at scanners behind, (L,).

    traffic: (L,) a week; booths: (L,) open at the peak; service_hours, scanned, scan_hours: (L,); demand, staffing:
    (K, 24) hourly shape of arrivals (sums to 1) and of open booths (largest is 1) by kind of lane; kind: (L,). A lane
    with a booth keeps one open; a lane without booths has no queue. One scanner stands behind each open booth and gets
    what booths let through.
    """
    out = np.zeros(traffic.size)
    arrivals, staff = np.empty(HOURS), np.empty(HOURS)
    through, rest = np.empty(HOURS), np.empty(HOURS)
    for lane in range(traffic.size):
        if booths[lane] <= 0.0:
            continue
        least = min(1.0, booths[lane])
        for hour in range(HOURS):
            arrivals[hour] = traffic[lane] / 7.0 * demand[kind[lane], hour]
            staff[hour] = max(least, booths[lane] * staffing[kind[lane], hour])
        out[lane] = day_wait(arrivals, staff, service_hours[lane], cap_hours, steady_cap, through)
        if scanned[lane] > 0.0 and scan_hours[lane] > 0.0:
            through *= scanned[lane]
            behind = day_wait(through, staff, scan_hours[lane], cap_hours, steady_cap, rest)
            out[lane] += scanned[lane] * behind
    return out
