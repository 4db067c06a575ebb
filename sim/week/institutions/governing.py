"""Governing: announced intensities and deals in force become capacity that presses levers.

No process here knows a policy by name; programmes come from the scenario through `run.actors`.
"""

from __future__ import annotations

from sim.levers import lever
from sim.state.governments import MX, US
from sim.state.run import Run, process
from sim.week.institutions.agreements import agreement_presses

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


@process(
    reads=("programmes", "governments", "relations", "seen", "lever implementation_loss"),
    writes=("programmes", "governments", "parameters", "levers"),
)
def govern(run: Run) -> None:
    """Dated changes and events take effect; money and deals become capacity with delay and loss; levers are set.

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
    presses += agreement_presses(run)
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
