"""How a group's people divide their time over its trades: what a usual week in each pays, and the time each gets.

It moves nothing and earns nothing: trades read `groups.effort` where the work is done.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_planning import shares_of_time
from sim.state.run import OTHER_TRADES, Run
from sim.state.running import smooth

Floats = NDArray[np.float64]
LEAST_RATIO, MOST_RATIO = 0.05, 20.0
"""Bounds of a return over the usual one, so that a trade seldom practised does not take all time."""


def expected_returns(run: Run, goods: Floats) -> Floats:
    """USD/week that each trade would bring at the usual effort, (G, trade): goods as planned, the rest as in the books.

    goods (G, D): expected profit of what is made. Tolls need no time and count as nothing.
    """
    groups, drugs = run.groups, run.world.drugs.n
    out = np.zeros(groups.revenue.shape)
    out[:, :drugs] = np.maximum(goods, 0.0)
    out[:, drugs:] = groups.revenue[:, drugs:] / np.maximum(groups.effort[:, drugs:], LEAST_RATIO)
    out[:, drugs + OTHER_TRADES.index("tolls")] = 0.0
    return out


def learn_usual(run: Run, returns: Floats) -> None:
    """Through the spin-up the usual return of each trade (G, trade) follows `returns`; after that it stays.

    Effort is counted over that of the spin-up, to which the sizes of the trades are fitted. Splinters inherit it.
    """
    if run.week < 0:
        run.groups.usual[:] = smooth(run.groups.usual, returns, run.p["plan_usual_weeks"])


def wished_effort(run: Run, returns: Floats) -> Floats:
    """Time of each trade over the usual, (G, trade): a step toward usual share x (return / usual return)^e, shared out.

    All time is divided: what a trade that pays less gives up, the others get. With e = 0 nothing moves. Source: choice
    by relative strength of what alternatives pay, Herrnstein 1961, doi:10.1901/jeab.1961.4-267; assumption A-P6.
    """
    groups, p = run.groups, run.p
    return np.asarray(
        shares_of_time(
            groups.effort, returns, groups.usual, run.week >= 0, LEAST_RATIO, MOST_RATIO, p["plan_effort_response"],
            p["plan_effort_weeks"],
        )
    )  # fmt: skip
