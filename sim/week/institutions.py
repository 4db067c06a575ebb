"""Governing: announced intensities become capacity that presses levers, and the two sides deal with each other.

No process here knows a policy by name; programmes come from the scenario through `run.actors`.
"""

from __future__ import annotations

import numpy as np

from sim.levers import lever
from sim.state.governments import MX, US
from sim.state.run import Run, process

COUNTRY = {"MX": [MX], "US": [US], "both": [MX, US]}

lever(
    "implementation_loss",
    unit="1",
    axes=(),
    low=0.0,
    high=0.9,
    base=lambda run: run.p["implementation_loss"],
    doc="share of programme money that never becomes capacity",
    reader="govern",
)
lever(
    "talks_linked",
    unit="1",
    axes=(),
    low=0.0,
    high=1.0,
    base=lambda run: 0.0,
    doc="weight of bargaining the issues as one package (1) rather than one by one (0)",
    reader="diplomacy",
)


@process(
    reads=("programmes", "governments", "seen", "lever implementation_loss"),
    writes=("programmes", "governments", "parameters", "levers"),
)
def govern(run: Run) -> None:
    """Dated changes and events take effect; programme money becomes capacity with delay and loss; levers are set.

    capacity += (asked (1 - loss) - capacity) / delay, so that a programme of delay T has 63 % of its capacity
    after T weeks. Withdrawal loses nothing on the way. Source: assumption A1 (docs/odd.md).
    """
    _apply_changes(run)
    loss = run.levers.scalar("implementation_loss")
    _ask(run)
    run.governments.spent[:] = 0.0
    presses = []
    for row, programme in enumerate(run.actors.get("programme", [])):
        asked = run.programmes.asked[row]
        target = asked * (1.0 - loss) if asked > 0 else asked
        now = run.programmes.capacity[row]
        run.programmes.capacity[row] = now + (target - now) / max(1.0, programme.policy.delay_weeks)
        run.programmes.cost[row] = programme.policy.cost(asked) / run.p["weeks_per_year"]
        for side in COUNTRY[programme.policy.country]:
            run.governments.spent[side] += run.programmes.cost[row] / len(COUNTRY[programme.policy.country])
        x = float(run.programmes.capacity[row])
        if x != 0.0:
            presses += [
                (programme.name, item) for item in programme.policy.press(x, programme.own, programme.where)
            ]
    presses += [("scenario", item) for week, item in run.actors.get("lever", []) if run.week >= week]
    run.levers.press(presses)
    for government in run.actors.get("government", []):
        government.weigh()
    for event in run.actors.get("event", []):
        if event.week == run.week:
            event.event.happen(run, event.values)


def _ask(run: Run) -> None:
    """Announced intensities of the week; a programme that lives on another's budget takes from it."""
    programmes = run.actors.get("programme", [])
    for row, programme in enumerate(programmes):
        run.programmes.asked[row] = programme.asked(run.week)
    for row, programme in enumerate(programmes):
        if programme.budget_from is None or run.programmes.asked[row] == 0.0:
            continue
        payer = run.policy_names.index(programme.budget_from)
        price = programmes[payer].policy.cost(-1.0)
        cost = programme.policy.cost(run.programmes.asked[row])
        if price < 0.0:
            run.programmes.asked[payer] = max(-1.0, run.programmes.asked[payer] + cost / price)


def _apply_changes(run: Run) -> None:
    """Set parameters with a dated change to their value of this week; levers get new bases."""
    changed = False
    for change in run.actors.get("change", []):
        value = change.value_at(run.week)
        if value is not None and value != change.current(run.p):
            run.p.set(change.parameter, value)
            changed = True
    if changed:
        run.levers.rebase()


@process(reads=("governments", "relations", "lever talks_linked"), writes=("relations",))
def diplomacy(run: Run) -> None:
    """Political trust moves; agency trust follows under its ceiling; every 13 weeks issues are bargained.

    Trust is lost at once and won slowly: political trust returns to its resting level at `trust_recovery_rate`,
    less the running grievance; trust between agencies of the two countries cannot exceed `agency_trust_ceiling` x that.
    An issue dealt with alone is agreed if both sides gain; as a package, iff the sum of gains less
    c n (n - 1) / 2 is positive for both and no issue is below a red line.
    Source: Tollison & Willett 1979, doi:10.1017/S0020818300027417; rates are assumption A2.
    """
    relations = run.relations
    rest = run.p["political_trust_rest"]
    trust = relations.political_trust[0]
    trust += (
        run.p["trust_recovery_rate"] * (rest - trust) - run.p["trust_per_grievance"] * relations.grievance[0]
    )
    relations.political_trust[0] = min(1.0, max(0.0, trust))
    relations.grievance[0] *= 1.0 - 1.0 / run.p["grievance_weeks"]
    ceiling = run.p["agency_trust_ceiling"] * relations.political_trust[0]
    country = run.world.agencies.country
    abroad = country[:, None] != country[None, :]
    relations.agency_trust[0] = np.where(
        abroad, np.minimum(relations.agency_trust[0], ceiling), relations.agency_trust[0]
    )
    if relations.weeks_to_talks[0] <= 0:
        relations.agreed[0] = _bargain(run)
        relations.weeks_to_talks[0] = int(run.p["talks_every_weeks"])
    relations.weeks_to_talks[0] -= 1


def _bargain(run: Run) -> np.ndarray:
    """Degree of cooperation agreed on each issue, shape (n_issues,).

    A side gains its priority times what cooperation brings it, less the cost of giving way, which its
    sensitivity to sovereignty and the lack of trust raise.
    """
    gov, trust = run.governments, run.relations.political_trust[0]
    n = gov.priority.shape[1]
    benefit = run.p["bargain_benefit"] * n * gov.priority
    give = run.p["bargain_cost"] * (0.5 + gov.sovereignty) * (1.5 - trust)
    gain = benefit * (0.5 + 0.5 * gov.willingness[:, None]) - give[:, None] * (2.0 - n * gov.priority).clip(
        0.2, None
    )
    alone = (gain > 0).all(axis=0).astype(float)
    links = run.p["bargain_link_cost"] * n * (n - 1) / 2 * (1.5 - trust)
    package = float((gain.sum(axis=1) - links > 0).all() and (gain > -run.p["bargain_red_line"]).all())
    linked = run.levers.scalar("talks_linked")
    return np.asarray((1 - linked) * alone + linked * package)
