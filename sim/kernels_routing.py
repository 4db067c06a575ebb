"""Compiled loops of production and shipping: capacity of crews, and loads with their lane, area and size.

They draw by the keyed function and hold no state; kilograms and money they move are posted by the caller.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.quantiles import normal_inv
from sim.streams import philox4x32, u32

Floats = NDArray[np.float64]


def lane_flow(attraction: Floats, nearness: Floats, wanted: Floats) -> Floats:
    """Flow by group and lane when every area's demand is split over lanes by logit, factorised.

    attraction: E (G, L), weights of a lane for a group; nearness: F (L, A); wanted: q (G, A) kg. Returns (G, L) kg:
    `E ((q / Z) F')` with `Z = E F`, equal to the direct sum of `q E F / Z` over areas.
    Source: logit choice, doi:10.1111/1468-0262.00054.
    """
    total = attraction @ nearness
    return attraction * ((wanted / np.where(total > 0.0, total, 1.0)) @ nearness.T)


@kernel
def group_sum(ptr, values):  # type: ignore[no-untyped-def]
    """Sum rows of crews to groups: ptr (G + 1,), values (C, D); returns (G, D)."""
    out = np.zeros((ptr.size - 1, values.shape[1]))
    for g in range(ptr.size - 1):
        for c in range(ptr[g], ptr[g + 1]):
            for d in range(values.shape[1]):
                out[g, d] += values[c, d]
    return out


@kernel
def row_sum(rows, values):  # type: ignore[no-untyped-def]
    """Sum values (G, D, L) over the last axis for some rows; others are 0. Returns (G, D)."""
    out = np.zeros(values.shape[:2])
    for i in range(rows.size):
        g = rows[i]
        for d in range(values.shape[1]):
            total = 0.0
            for lane in range(values.shape[2]):
                total += values[g, d, lane]
            out[g, d] = total
    return out


@kernel
def site_sum(rows, values, weights, lane_site, out):  # type: ignore[no-untyped-def]
    """Add values (G, D, L) >= 0 x weights (D, L) for some rows over drugs and the lanes of a site to out (G, S).

    Most pairs of row and drug have nothing: they are passed over at the pace of memory.
    """
    for i in range(rows.size):
        g = rows[i]
        for d in range(values.shape[1]):
            some = False
            for lane in range(values.shape[2]):
                some |= values[g, d, lane] > 0.0
            if not some:
                continue
            for lane in range(values.shape[2]):
                if values[g, d, lane] > 0.0:
                    out[g, lane_site[lane]] += values[g, d, lane] * weights[d, lane]


@kernel
def crew_capacity(group, plaza, people, skill, place, half):  # type: ignore[no-untyped-def]
    """Kilograms a week each crew can make: what a plaza can give, shared by effective people with know-how.

    group, plaza (C,); people (C,) effective people; skill (G, D); place (P, D) kg/week; half: people at which half of
    a plaza is used. Returns (C, D). Crews that leave give their share to those that stay.
    """
    n, drugs = group.size, skill.shape[1]
    total = np.zeros(place.shape)
    for c in range(n):
        for d in range(drugs):
            if skill[group[c], d] > 0.0:
                total[plaza[c], d] += people[c] * skill[group[c], d]
    out = np.zeros((n, drugs))
    for c in range(n):
        p = plaza[c]
        for d in range(drugs):
            if place[p, d] > 0.0 and skill[group[c], d] > 0.0:
                out[c, d] = place[p, d] * people[c] * skill[group[c], d] / (total[p, d] + half)
    return out


@kernel
def tolls(holder, alive, alliance):  # type: ignore[no-untyped-def]
    """Share of the toll a living group owes to the holder (S,) of a site, (G, S); alliance (G, G), alive (G,)."""
    out = np.zeros((alive.size, holder.size))
    for g in np.flatnonzero(alive):
        for s in range(holder.size):
            h = holder[s]
            if h >= 0 and h != g and alive[h]:
                out[g, s] = min(max(1.0 - alliance[g, h], 0.0), 1.0)
    return out


@kernel
def passages(due, sensitivity):  # type: ignore[no-untyped-def]
    """Weight of a site where a share `due` (G, S) of the toll is owed, exp(-sensitivity x due)."""
    out, whole = np.ones(due.shape), math.exp(-sensitivity)
    for g in range(due.shape[0]):
        for s in range(due.shape[1]):
            if due[g, s] == 1.0:
                out[g, s] = whole
            elif due[g, s] > 0.0:
                out[g, s] = math.exp(-sensitivity * due[g, s])
    return out


@kernel
def choose(weights, total, u):  # type: ignore[no-untyped-def]
    """Index drawn by inverse CDF from weights (n,) >= 0 that sum to `total`, at u in (0, 1)."""
    left = u * total
    found = 0
    for i in range(weights.size):
        if weights[i] > 0.0:
            found = i
            left -= weights[i]
            if left < 0.0:
                break
    return found


@kernel
def pick(cumulative, at):  # type: ignore[no-untyped-def]
    """`choose` by cumulative weights (n,): the first that is above `at`, which is below the last. No branches."""
    found = 0
    for i in range(cumulative.size):
        found += cumulative[i] <= at
    return min(found, cumulative.size - 1)


@kernel
def choose_lane(cumulative, lane_weight, site_weight, lane_site, first, at):  # type: ignore[no-untyped-def]
    """Site and lane where the summed weights pass `at`, lanes being in order of site: the inverse CDF over all lanes.

    cumulative (S,): summed weights of sites; first (S,): first lane of each site.
    """
    found = pick(cumulative, at)
    before = cumulative[found - 1] if found > 0 else 0.0
    weight = cumulative[found] - before
    inside = min((at - before) / weight, 1.0) * site_weight[found]
    lane, chosen = 0, 0
    for lane in range(first[found], lane_site.size):
        if lane_site[lane] == found and lane_weight[lane] > 0.0:
            chosen = lane
            if inside < lane_weight[lane]:
                break
            inside -= lane_weight[lane]
        elif lane_site[lane] > found:
            break
    return found, chosen


@kernel
def stock_in_mexico(first, last, d, plaza, n_mexico, pure, diluent, stocks):  # type: ignore[no-untyped-def]
    """Fill `stocks` with the summed kg of crews from `first` to `last`, none at US hubs; returns pure and diluent."""
    stock, cut = 0.0, 0.0
    for c in range(first, last):
        here = plaza[c] < n_mexico
        stock += pure[c, d] if here else 0.0
        stocks[c - first] = stock
        cut += diluent[c, d] if here else 0.0
    return stock, cut


@kernel
def keep_share(first, last, d, plaza, n_mexico, pure, diluent, share):  # type: ignore[no-untyped-def]
    """Leave every crew in Mexico from `first` to `last` with a share of its stock."""
    for c in range(first, last):
        if plaza[c] < n_mexico:
            pure[c, d] *= share
            diluent[c, d] *= share


@kernel
def by_mode(base, attraction, sensitivity, lane_mode, modes, out):  # type: ignore[no-untyped-def]
    """Fill out = exp(base + sensitivity x attraction) by lane (L,); returns its sums by mode (M,)."""
    total = np.zeros(modes)
    for lane in range(lane_mode.size):
        out[lane] = math.exp(base[lane] + sensitivity * attraction[lane])
        total[lane_mode[lane]] += out[lane]
    return total


@kernel
def weigh_lanes(  # type: ignore[no-untyped-def]
    base, attraction, usual, sensitivity, similarity, lane_mode, passage, lane_site, lane_weight, site_weight
):
    """Fill E = e (I / I usual)^(similarity - 1) x passage by lane (L,), and its sums by site (S,): a nested logit.

    e = exp(base + sensitivity x attraction); I: sum of e over the lanes of the mode; usual (M,): I when every lane is
    as attractive as expected. similarity 1 is the plain logit, near 0 nobody changes the mode. Source: McFadden 1978
    (inclusive values).
    """
    total = by_mode(base, attraction, sensitivity, lane_mode, usual.size, lane_weight)
    for m in range(usual.size):
        some = total[m] > 0.0 and usual[m] > 0.0
        total[m] = (total[m] / usual[m]) ** (similarity - 1.0) if some else 1.0
    site_weight[:] = 0.0
    for lane in range(lane_site.size):
        s = lane_site[lane]
        lane_weight[lane] *= passage[s] * total[lane_mode[lane]]
        site_weight[s] += lane_weight[lane]


@kernel
def add_up(a, b, c, out):  # type: ignore[no-untyped-def]
    """Fill out with the cumulative sums of a b c, all (n,); returns the last."""
    total = 0.0
    for i in range(out.size):
        total += a[i] * b[i] * c[i]
        out[i] = total
    return total


@kernel
def make_loads(  # type: ignore[no-untyped-def]
    rows, ids, ptr, plaza, n_mexico, pure, diluent, credit, base, attraction, expected, sensitivity, similarity,
    lane_site, lane_kind, lane_mode,
    passage, due, near_mx, near_us, pull, hubs, hub_preference, load_kg, sigma, wait_kg, transport, toll, budget,
    k0, k1, week, whole, real,
):  # fmt: skip
    """Fill load rows from crews' stocks until each group's credit is used; returns how many were made.

    A load leaves from one crew (by stock) and takes from the group's stock in Mexico, every crew giving its share.

    rows (k,) living groups; ids (G,); ptr (G + 1,), plaza (C,) crews by group; pure, diluent (C, D) are taken from;
    credit (G, D) kg to send, lowered by what goes (a load may overshoot it once); base (D, L) fixed log weight of a
    lane; attraction (G, D, L), that of a lane as `expected` (D, L); sensitivity and similarity of `weigh_lanes`;
    passage (G, S) weight of tolls; due (G, S) share of the toll that is owed; near_mx
    (P, S), near_us (S, A); pull (D, A) demand; hubs (G, A) where a group has people; load_kg (D, K); wait_kg (D,)
    least stock worth a load; transport, toll (D,) USD/kg; budget (G,) USD; whole (n, 6): group, drug, lane, area,
    plaza, id; real (n, 4): pure, diluent, transport USD, toll USD.
    """
    n, sites, areas = 0, near_us.shape[0], pull.shape[1]
    lane_weight, area_weight, ones = np.empty(base.shape[1]), np.empty(areas), np.ones(areas)
    site_weight, weight = np.empty(sites), np.empty(sites)
    to_area, modes = np.ascontiguousarray(near_us.T), lane_mode.max() + 1
    usual = np.empty((base.shape[0], modes))
    for d in range(base.shape[0]):
        usual[d] = by_mode(base[d], expected[d], sensitivity, lane_mode, modes, lane_weight)
    starts = np.searchsorted(lane_site, np.arange(sites))
    for i in range(rows.size):
        g = rows[i]
        money = budget[g]
        first, last = ptr[g], ptr[g + 1]
        stocks = np.zeros(last - first)
        for d in range(base.shape[0]):
            stock, cut = stock_in_mexico(first, last, d, plaza, n_mexico, pure, diluent, stocks)
            if credit[g, d] <= 0.0 or stock < wait_kg[d]:
                continue
            weigh_lanes(
                base[d], attraction[g, d], usual[d], sensitivity, similarity, lane_mode, passage[g], lane_site,
                lane_weight, site_weight,
            )  # fmt: skip
            preference = np.where(hubs[g], hub_preference[d], 1.0)
            area_total = add_up(pull[d], preference, ones, area_weight)
            k, had, per_kg = 0, stock, cut / stock
            while credit[g, d] > 0.0 and stock >= wait_kg[d] and n < whole.shape[0]:
                x0, x1, x2, x3 = philox4x32(k0, k1, ids[g], (d << 16) + k, week, 0)
                c = first + pick(stocks, u32(x0) * had)
                a = pick(area_weight, u32(x1) * area_total)
                total = add_up(site_weight, near_mx[plaza[c]], to_area[a], weight)
                s, lane = choose_lane(weight, lane_weight, site_weight, lane_site, starts, u32(x2) * total)
                size = load_kg[d, lane_kind[lane]] * math.exp(
                    sigma * normal_inv(u32(x3)) - 0.5 * sigma * sigma
                )
                size = min(size, stock)
                price = transport[d] + toll[d] * due[g, s]
                if size * price > money:
                    size = money / price
                    if size < wait_kg[d]:
                        break
                y0, _, _, _ = philox4x32(k0, k1, ids[g], (d << 16) + k, week, 1)
                whole[n, 0], whole[n, 1], whole[n, 2] = g, d, lane
                whole[n, 3], whole[n, 4], whole[n, 5] = a, plaza[c], np.int64(y0)
                real[n, 0], real[n, 1] = size, size * per_kg
                real[n, 2], real[n, 3] = size * transport[d], size * toll[d] * due[g, s]
                credit[g, d] -= size
                money -= size * price
                stock -= size
                n += 1
                k += 1
            keep_share(first, last, d, plaza, n_mexico, pure, diluent, max(stock, 0.0) / had)
    return n
