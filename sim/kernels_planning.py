"""Compiled loops of planning: what groups count of their own, and the steps of use and shipments. They draw nothing."""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel


@kernel
def learn_losses(rows, sent, lost, loss, weeks):  # type: ignore[no-untyped-def]
    """Move the running share lost (G, D) of some rows 1/weeks towards this week's, where something was sent.

    sent, lost (G, D, L) kg; nothing is lost where nothing was sent.
    """
    for i in range(rows.size):
        g = rows[i]
        for d in range(loss.shape[1]):
            all_sent, all_lost = 0.0, 0.0
            for lane in range(sent.shape[2]):
                if sent[g, d, lane] > 0.0:
                    all_sent += sent[g, d, lane]
                    all_lost += lost[g, d, lane]
            if all_sent > 0.0:
                loss[g, d] += (all_lost / all_sent - loss[g, d]) / max(weeks, 1.0)


@kernel
def inherit(alive, size, margin, loss, use, sold, least):  # type: ignore[no-untyped-def]
    """Give living groups without memory of a trade what its market knows; the dead have no size. Changes all in place.

    alive, size (G,); margin USD/kg, loss and use shares, sold kg/week: (G, D). Means are by what living groups sold.
    """
    for g in range(alive.size):
        if not alive[g]:
            size[g] = 0.0
    for d in range(margin.shape[1]):
        missing = False
        for g in range(alive.size):
            missing |= alive[g] and (margin[g, d] <= 0.0 or use[g, d] < least)
        if not missing:
            continue
        total, margins, uses, losses = 0.0, 0.0, 0.0, 0.0
        for g in range(alive.size):
            if alive[g]:
                total += sold[g, d]
                margins += margin[g, d] * sold[g, d]
                uses += use[g, d] * sold[g, d]
                losses += loss[g, d] * sold[g, d]
        total = max(total, 1e-9)
        for g in range(alive.size):
            if alive[g] and margin[g, d] <= 0.0:
                margin[g, d], loss[g, d] = margins / total, losses / total
            if alive[g] and use[g, d] < least:
                use[g, d] = max(uses / total, least)


@kernel
def own_people(ptr, plaza, members, contest, heat, rounds, guns, pure, n_mexico):  # type: ignore[no-untyped-def]
    """What each group has in its crews, which ptr (G + 1,) points at.

    members (C, roles), guns (C, 2), pure (C, D), contest (P,), the rest (C,). Returns (G, 6): people, people x contest
    of their plaza, people x heat of their crew, rounds, handguns, long guns; and stock in Mexico, (G, D) kg.
    """
    n, drugs = ptr.size - 1, pure.shape[1]
    own, stock = np.zeros((n, 6)), np.zeros((n, drugs))
    for g in range(n):
        for c in range(ptr[g], ptr[g + 1]):
            people = 0
            for role in range(members.shape[1]):
                people += members[c, role]
            own[g, 0] += people
            own[g, 1] += people * contest[plaza[c]]
            own[g, 2] += people * heat[c]
            own[g, 3] += rounds[c]
            own[g, 4] += guns[c, 0]
            own[g, 5] += guns[c, 1]
            if plaza[c] < n_mexico:
                for d in range(drugs):
                    stock[g, d] += pure[c, d]
    return own, stock


@kernel
def own_numbers(own, size, profit, revenue, wage, aggression, idle, usual, out):  # type: ignore[no-untyped-def]
    """Fill out (G, 12) with what each group knows of itself: people, running size, worth of a member over the usual,
    receipts, handguns, long guns, rounds, pay, readiness, contest, heat, share of its people who lie low.

    own (G, 6) as from `own_people`; revenue (G, trades); the rest (G,); usual surplus per member, USD/week.
    """
    for g in range(own.shape[0]):
        people, receipts = max(own[g, 0], 1.0), 0.0
        for trade in range(revenue.shape[1]):
            receipts += revenue[g, trade]
        out[g, 0], out[g, 1] = own[g, 0], size[g]
        out[g, 2] = min(max(profit[g] / people / usual, 0.1), 10.0)
        out[g, 3], out[g, 4], out[g, 5], out[g, 6] = receipts, own[g, 4], own[g, 5], own[g, 3]
        out[g, 7], out[g, 8] = wage[g], aggression[g]
        out[g, 9], out[g, 10] = min(own[g, 1] / people, 1.0), min(own[g, 2] / people, 1.0)
        out[g, 11] = idle[g]


@kernel
def use_step(rows, usual_use, profit, usual_profit, now, elasticity, damping, weeks, least):  # type: ignore[no-untyped-def]
    """Use of capacity after a step toward usual x (profit / usual profit)^elasticity, (G, D); `least` at other rows.

    rows (k,); profit, now (G, D); usual_use, usual_profit (D,); damping (D,): how far a step is cut. A step is at most
    e-fold / weeks.
    """
    out = np.full(now.shape, least)
    for i in range(rows.size):
        g = rows[i]
        for d in range(now.shape[1]):
            ratio = max(profit[g, d] / usual_profit[d], 1e-3)
            old = max(now[g, d], least)
            step = math.log(max(usual_use[d], least)) + elasticity * math.log(ratio) - math.log(old)
            step = min(max(step / damping[d], -1.0), 1.0)
            out[g, d] = min(max(old * math.exp(step / weeks), least), 1.0)
    return out


@kernel
def to_ship(output, stock, weeks, exponent, least):  # type: ignore[no-untyped-def]
    """Kilograms to send, (G, D): output x (even / output)^exponent, from least x even to stock; even = stock / weeks.

    output, stock (G, D) kg/week and kg; weeks (D,).
    """
    out = np.empty(output.shape)
    for g in range(output.shape[0]):
        for d in range(output.shape[1]):
            even = stock[g, d] / weeks[d]
            spread = 0.0
            if output[g, d] > 0.0:
                made = max(output[g, d], 1e-12)
                spread = made * (even / made) ** exponent
            out[g, d] = min(stock[g, d], max(spread, least * even))
    return out


@kernel
def shares_of_time(effort, returns, usual, known, low, high, response, weeks):  # type: ignore[no-untyped-def]
    """Time of each trade over the usual, (G, T), after a step of 1/weeks to usual share x (return / usual)^response.

    effort, returns, usual (G, T); returns over the usual count from `low` to `high`. Unless `known`, and for groups
    without usual returns, the step is towards 1.
    """
    out, pull = np.empty(effort.shape), np.empty(effort.shape[1])
    for g in range(effort.shape[0]):
        total, whole = 0.0, 0.0
        for t in range(pull.size):
            over = returns[g, t] / usual[g, t] if usual[g, t] > 0.0 else 1.0
            pull[t] = min(max(over, low), high)
            pull[t] = 1.0 if pull[t] == 1.0 else pull[t] ** response
            total += usual[g, t]
            whole += usual[g, t] * pull[t]
        for t in range(pull.size):
            target = pull[t] * (total / max(whole, 1e-12)) if known and total > 0.0 else 1.0
            out[g, t] = effort[g, t] + (target - effort[g, t]) / max(weeks, 1.0)
    return out
