"""Mesa's own page with the same map: `solara run sim/web/mesa_app.py`.

A thin subclass with named keywords stands between SolaraViz and the model: what SolaraViz pushes into a constructor
on Reset differs between Mesa 3.3 and the newest 3.x, and a typed seed arrives as text.
"""

from __future__ import annotations

import warnings
from typing import Any

import solara

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # Mesa 3.3 warns of a hook of its own
    from mesa.visualization import SolaraViz, make_plot_component
    from mesa.visualization.utils import update_counter

from sim.model import Model
from sim.scenario import scenario_files
from sim.scope import SCOPE
from sim.web import numbers
from sim.web.page import STYLE, MapView, use_resend
from sim.web.painter import Painter, ground

PLOTS = 4


class MesaLab(Model):
    """The model with the keywords that SolaraViz offers: a scenario by name, a seed, people per agent."""

    def __init__(self, plan: str = "status_quo", rng: Any = 1, people_per_agent: int = 1000) -> None:
        super().__init__(plan, rng=int(rng), people_per_agent=int(people_per_agent))


model_params = {
    "plan": {
        "type": "Select",
        "value": "status_quo",
        "label": "Scenario",
        "values": sorted(scenario_files()),
    },
    "rng": {"type": "InputText", "value": "1", "label": "Seed"},
    "people_per_agent": {
        "type": "Select",
        "value": 1000,
        "label": "People per agent",
        "values": [100, 400, 1000],
    },
}


@solara.component
def TheMap(model: Model) -> None:
    """The map of the page, drawn after every step that SolaraViz shows."""
    update_counter.get()
    painter, seen = solara.use_memo(lambda: (Painter(model.run), [model.week]), [model])
    if seen[0] != model.week:
        painter.see(model.run)
        seen[0] = model.week
    asked, ask = solara.use_state(0)

    def layer(data: dict[str, str]) -> None:
        painter.choose(data["country"], data["name"])
        ask(asked + 1)

    resend, keep = use_resend()
    solara.Style(STYLE)
    with solara.Div(classes=["cf-page", "cf-alone"]):
        view = MapView(
            event_ready=resend,
            frame=painter.frame(model.run, model.week),
            ground=ground(),
            legend=painter.legend(),
            event_drawn=lambda _: None,
            event_layer=layer,
        )
    keep(view)


@solara.component
def Scope(model: Model) -> None:
    """What the model is for, and the week it is in."""
    update_counter.get()
    solara.Text(f"Week {model.week} of {model.n_weeks}, seed {model.seed}. {SCOPE}")


page = SolaraViz(
    MesaLab(),
    components=[
        (TheMap, 0),
        (Scope, 0),
        *(make_plot_component(item.name) for item in numbers.headlines()[:PLOTS]),
    ],
    model_params=model_params,
    name="Contraflow",
)
page  # noqa: B018  Solara shows the element of this name
