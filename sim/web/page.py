"""The page of the browser lab, put together from four small views. `contraflow serve` shows it.

It computes nothing: a `Session` plays the model, views draw what it hands them. What it shows comes from the
catalogue of policies, the declarations of outcomes and the scenario files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import solara

from sim.scenario import scenario_files
from sim.scope import SCOPE
from sim.web import numbers
from sim.web.painter import ground
from sim.web.session import SPEEDS, Session, switches

STYLE = Path(__file__).with_name("page.css")
Event = Callable[[dict[str, Any]], None]


@solara.component_vue("map.vue", vuetify=False)
def MapView(
    frame: bytes,
    ground: dict[str, Any],
    legend: dict[str, Any],
    event_drawn: Event,
    event_layer: Event,
    event_ready: Event,
) -> None:
    """The map; `drawn` comes back when a frame is on the screen."""


@solara.component_vue("controls.vue", vuetify=False)
def ControlsView(
    board: dict[str, Any],
    speeds: list[str],
    scenarios: list[str],
    file: dict[str, Any],
    event_ask: Event,
    event_ready: Event,
) -> None:
    """The bar at the top: play, step, seed, files."""


@solara.component_vue("policies.vue", vuetify=False)
def PoliciesView(
    families: list[Any], now: dict[str, Any], steps: list[Any], event_policy: Event, event_ready: Event
) -> None:
    """Switches and sliders of the catalogue."""


@solara.component_vue("numbers.vue", vuetify=False)
def NumbersView(
    catalogue: dict[str, Any], now: dict[str, Any], steps: list[Any], event_chart: Event, event_ready: Event
) -> None:
    """Headline numbers with their histories, and one chart."""


def answer(session: Session, ask: dict[str, Any], give: Callable[[dict[str, Any]], None]) -> None:
    """Do what the bar at the top asks for. A reset builds its model in the background."""
    what = ask.get("what")
    if what == "play":
        session.play()
    elif what == "pause":
        session.pause()
    elif what == "step":
        session.step()
    elif what == "speed" and ask.get("speed") in SPEEDS:
        session.speed = ask["speed"]
    elif what == "reset":
        wanted = (ask.get("seed"), ask.get("scenario"), bool(ask.get("keep")))
        threading.Thread(target=session.reset, args=wanted, daemon=True).start()
    elif what == "save" and session.model is not None:
        give({"name": f"{session.opened_with.name}-edited.toml", "text": session.scenario_file()})
    elif what == "csv" and session.model is not None:
        give({"name": f"{session.opened_with.name}-weekly.csv", "text": session.weekly_csv()})


def use_resend() -> tuple[Event, Callable[[solara.Element], None]]:
    """(answer to `ready`, what to call with the view): a view that has just mounted is sent its state again.

    What changes between the first state and the mounting of a view is lost on the way to the browser.
    """
    widget = solara.use_ref(cast(Any, None))

    def resend(_data: dict[str, Any]) -> None:
        if widget.current is not None:
            widget.current.send_state()

    def keep(view: solara.Element) -> None:
        solara.use_effect(lambda: setattr(widget, "current", solara.get_widget(view)), [])

    return resend, keep


def _asked_to_play(search: str | None) -> bool:
    """`?play=0` opens the page paused."""
    return parse_qs((search or "").lstrip("?")).get("play", ["1"])[0] != "0"


@solara.component
def Picture(board: solara.Reactive[dict[str, Any]], session: Session) -> None:
    """The map. Frames go straight to its widget: rendering the component for each costs ten times as much."""
    resend, keep = use_resend()
    view = MapView(
        event_ready=resend,
        frame=session.frame,
        ground=ground(),
        legend=board.value["legend"],
        event_drawn=lambda _: session.drawn.set(),
        event_layer=lambda data: session.choose_layer(data["country"], data["name"]),
    )

    keep(view)

    def attach() -> None:
        widget = solara.get_widget(view)
        session.on_frame = lambda data: setattr(widget, "frame", data)
        session.publish()

    solara.use_effect(attach, [])


@solara.component
def Board(board: solara.Reactive[dict[str, Any]], session: Session, part: str) -> None:
    """One of the views beside the map: drawn anew with every board."""
    file, give = solara.use_state(cast(dict[str, Any], {}))
    count = solara.use_ref(0)
    now = board.value
    resend, keep = use_resend()

    def hand_over(content: dict[str, Any]) -> None:
        count.current += 1
        give({**content, "count": count.current})

    if part == "controls":
        shown = {
            key: value for key, value in now.items() if key not in ("numbers", "policies", "steps", "legend")
        }
        view = ControlsView(
            event_ready=resend,
            board=shown,
            speeds=list(SPEEDS),
            scenarios=sorted({*scenario_files(), now["scenario"]}),
            file=file,
            event_ask=lambda ask: answer(session, ask, hand_over),
        )
    elif part == "policies":
        view = PoliciesView(
            event_ready=resend,
            families=solara.use_memo(switches, []),
            now=now["policies"],
            steps=now["steps"],
            event_policy=lambda data: session.set_policy(data["name"], data["intensity"]),
        )
    else:
        view = NumbersView(
            event_ready=resend,
            catalogue=solara.use_memo(numbers.catalogue, []),
            now=now["numbers"],
            steps=now["steps"],
            event_chart=lambda data: session.choose_chart(data["name"]),
        )
    keep(view)


@solara.component
def Page() -> None:
    """The whole page. Each visitor has a session, and so a model, of their own."""
    search = solara.use_router().search
    session = solara.use_memo(Session, [])
    board = solara.use_reactive(solara.use_memo(session.board, []))

    def live() -> Callable[[], None]:
        session.on_board = board.set
        threading.Thread(target=session.open, args=(_asked_to_play(search),), daemon=True).start()
        return session.close

    solara.use_effect(live, [])
    solara.Title("Contraflow")
    solara.Style(STYLE)
    with solara.Div(classes=["cf-page"]):
        Board(board, session, "controls")
        with solara.Div(classes=["cf-body"]):
            Board(board, session, "policies")
            Picture(board, session)
            Board(board, session, "numbers")
        with solara.Div(classes=["cf-scope"]):
            solara.Text(SCOPE)


@solara.component
def Layout(children: list[Any]) -> solara.Element:
    """Nothing around the page."""
    return solara.Div(children=children)
