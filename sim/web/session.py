"""A visitor's session: one model of their own, its painter, and the loop that plays it. No widgets here.

Everything that touches the model holds `lock`. The loop computes a week while the browser draws the one before,
and waits until that is drawn: a slow screen slows the model, and nothing is drawn long after Pause.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.catalogue import FAMILIES, intensity_at, policies
from sim.errors import ContraflowError, InputError
from sim.model import Model
from sim.outcome import OUTCOMES
from sim.scenario import Scenario, load
from sim.web import numbers
from sim.web.painter import Painter

SPEEDS = {"calm": 6.0, "brisk": 14.0, "full": 30.0}
"""Weeks a second at most."""
BREATH_S = 0.005
DRAWN_WITHIN_S = 1.0
UNSEEN_FRAMES = 30
"""Frames in a row that nobody drew before a session pauses by itself."""
BOARD_EVERY_S = 0.2


@dataclass
class Defaults:
    """What a new session opens with."""

    spec: str | Scenario = "status_quo"
    seed: int = 1


DEFAULTS = Defaults()


def show_nothing(_value: Any) -> None:
    """Take a picture or a board when no page is there."""


class Session:
    """One model, started in the background. `on_frame` takes bytes, `on_board` what the rest of the page shows."""

    def __init__(
        self,
        spec: str | Scenario | None = None,
        seed: int | None = None,
        *,
        on_frame: Callable[[bytes], None] = show_nothing,
        on_board: Callable[[dict[str, Any]], None] = show_nothing,
    ) -> None:
        self.opened_with: Scenario = load(DEFAULTS.spec if spec is None else spec)
        self.seed = DEFAULTS.seed if seed is None else seed
        self.on_frame, self.on_board = on_frame, on_board
        self.lock = threading.RLock()
        self.drawn = threading.Event()
        self.state, self.message, self.speed = "preparing", "", "calm"
        self.chart, self.frame = "", b""
        self.model: Model | None = None
        self.painter: Painter | None = None
        self._closed = False
        self._history: list[list[float]] = []
        self._wish = 0

    # What the page asks for

    def open(self, play: bool = False) -> None:
        """Build the model of the opening scenario; the page shows `preparing` meanwhile."""
        self._build(self.opened_with, play)

    def reset(self, seed: Any, spec: str | Scenario | None = None, keep_steps: bool = False) -> None:
        """Start again at week 0 with a typed seed; with `keep_steps` the policies switched by hand stay dated."""
        try:
            wanted = int(str(seed).strip())
            plan = self.opened_with if spec in (None, self.opened_with.name) else load(spec or "")
        except ValueError:
            self._say(f"The seed must be a whole number; {str(seed).strip()!r} is none.")
            return
        except InputError as fault:
            self._say(str(fault))
            return
        self.pause()
        if keep_steps and self.model is not None and plan is self.opened_with:
            plan = self.model.plan
        elif plan is not self.opened_with:
            self.opened_with = plan
        self.seed = wanted
        self._build(plan, False)

    def step(self) -> None:
        """Run one week and show it."""
        self.pause()
        self._advance()
        self.publish()

    def play(self) -> None:
        """Run week after week in a thread of its own until paused, ended or left alone."""
        with self.lock:
            if self.state != "ready":
                return
            self.state = "playing"
            self._wish += 1
            wish = self._wish
        threading.Thread(target=self._loop, args=(wish,), daemon=True).start()

    def pause(self) -> None:
        """Stop playing; at most the week in progress is still shown."""
        with self.lock:
            self._wish += 1
            if self.state == "playing":
                self.state = "ready"
        self.drawn.set()
        self._board()

    def set_policy(self, name: str, intensity: float) -> None:
        """Switch a policy from the next week on; the plan keeps the dated step."""
        with self.lock:
            if self.model is None or self.state not in ("ready", "playing"):
                return
            try:
                self.model.set_policy(name, float(intensity))
                self.message = ""
            except ContraflowError as fault:
                self.message = str(fault)
        self._board()

    def choose_layer(self, country: str, name: str) -> None:
        """Show another layer of a country."""
        with self.lock:
            if self.painter is not None:
                self.painter.choose(country, name)
        self.publish()

    def choose_chart(self, name: str) -> None:
        """Chart another national outcome."""
        self.chart = name if name in OUTCOMES else self.chart
        self._board()

    def scenario_file(self) -> str:
        """The plan as a scenario file, with every step that was made by hand."""
        with self.lock:
            assert self.model is not None
            note = f"# Saved in week {self.model.week} of a history with seed {self.model.seed}.\n"
            return note + self.model.plan.to_toml()

    def weekly_csv(self) -> str:
        """The national outcomes of every week so far."""
        with self.lock:
            assert self.model is not None
            return str(self.model.record.weekly().to_csv(index=False))

    def close(self) -> None:
        """End the session for good."""
        self._closed = True
        self.pause()
        with self.lock:
            if self.model is not None:
                self.model.close()
            self.model = self.painter = None

    # How it goes on

    def _build(self, plan: Scenario, play: bool) -> None:
        self.state, self.message = "preparing", ""
        self._board()
        try:
            with self.lock:
                if self.model is not None:
                    self.model.close()
                self.model = Model(plan, rng=self.seed)
                self.painter = Painter(self.model.run)
                self._history = []
                self.state = "ready"
        except ContraflowError as fault:
            self.state, self.message = "failed", str(fault)
        self.publish()
        if play and self.state == "ready" and not self._closed:
            self.play()

    def _loop(self, wish: int) -> None:
        unseen, shown, began = 0, 0.0, time.monotonic()
        self.drawn.set()
        while self._wish == wish and unseen < UNSEEN_FRAMES:
            going = self._advance()  # while the browser draws the week before
            unseen = 0 if self.drawn.wait(DRAWN_WITHIN_S) else unseen + 1
            rest = 1 / SPEEDS[self.speed] - (time.monotonic() - began)
            time.sleep(max(BREATH_S, rest))
            began = time.monotonic()
            self.drawn.clear()
            self._frame()
            if began - shown > BOARD_EVERY_S:
                self._board()
                shown = began
            if not going:
                break
        with self.lock:
            if self._wish == wish and self.state == "playing":
                self.state = "ready"
        self.publish()  # once more: picture and board agree on the last week, whatever the browser skipped

    def _advance(self) -> bool:
        """Run a week; False when none is left after it or the model failed."""
        with self.lock:
            model, painter = self.model, self.painter
            if model is None or painter is None or self.state not in ("ready", "playing"):
                return False
            try:
                if model.running:
                    model.step()
                    painter.see(model.run)
                    self._history.append(list(model.record.now.values()))
            except ContraflowError as fault:
                self.state, self.message = "failed", str(fault)
                return False
            if not model.running:
                self.state = "ended"
            return self.state != "ended"

    def publish(self) -> None:
        """Show picture and board as they are."""
        self._frame()
        self._board()

    def _frame(self) -> None:
        with self.lock:
            if self._closed or self.model is None or self.painter is None:
                return
            self.frame = self.painter.frame(self.model.run, self.model.week)
        self.on_frame(self.frame)

    def _board(self) -> None:
        if self._closed:
            return
        with self.lock:
            board = self.board()
        self.on_board(board)

    def _say(self, message: str) -> None:
        self.message = message
        self._board()

    def board(self) -> dict[str, Any]:
        """All that the page shows beside the picture."""
        model = self.model
        plan = self.opened_with if model is None else model.plan
        week = 0 if model is None else model.week
        return {
            "state": self.state,
            "message": self.message,
            "speed": self.speed,
            "scenario": self.opened_with.name,
            "title": plan.title or plan.name,
            "seed": self.seed,
            "week": week,
            "n_weeks": plan.n_weeks,
            "date": plan.date_of(week).isoformat(),
            "start": plan.start.isoformat(),
            "people_per_agent": plan.people_per_agent,
            "numbers": self._numbers(),
            "policies": self._policies(plan, week),
            "steps": self._steps(plan),
            "legend": copy.deepcopy(self.painter.legend()) if self.painter else {},
        }

    def _numbers(self) -> dict[str, Any]:
        """Numbers shown; weekly histories as float32 bytes, a row an outcome: headlines, then the chart's."""
        shown = numbers.headlines()
        chart = OUTCOMES.get(self.chart) or (shown[0] if shown else None)
        if self.model is None or chart is None:
            return {"values": [], "weeks": 0, "chart": chart.name if chart else "", "series": b""}
        names = {name: i for i, name in enumerate(self.model.record.now)}
        if not self._history:
            return {"values": [None] * len(shown), "weeks": 0, "chart": chart.name, "series": b""}
        table = np.array(self._history, dtype=np.float64)
        rows = table[:, [names[item.name] for item in (*shown, chart)]].T
        values = [_plain(numbers.pace(item, row)) for item, row in zip(shown, rows, strict=False)]
        series = np.ascontiguousarray(rows, dtype="<f4").tobytes()
        return {"values": values, "weeks": len(table), "chart": chart.name, "series": series}

    def _policies(self, plan: Scenario, week: int) -> dict[str, dict[str, float]]:
        """By policy: intensity asked for in the coming week, and how much of it is at work."""
        now = {}
        for name, use in plan.policies.items():
            now[name] = {"asked": intensity_at(use.steps, week), "at_work": 0.0}
        if self.model is not None:
            run = self.model.run
            for row, name in enumerate(run.policy_names):
                if name in now:
                    now[name]["at_work"] = float(run.programmes.capacity[row])
        return now

    def _steps(self, plan: Scenario) -> list[dict[str, Any]]:
        """Every dated step of the plan, in order of time."""
        steps = [
            {
                "week": step.week,
                "date": plan.date_of(step.week).isoformat(),
                "policy": name,
                "intensity": step.intensity,
            }
            for name, use in plan.policies.items()
            for step in use.steps
        ]
        return sorted(steps, key=lambda step: (step["week"], step["policy"]))


def switches() -> list[dict[str, Any]]:
    """The catalogue of policies by family, as the page offers it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, policy in policies().items():
        now, full = policy.cost_usd_per_year
        found.setdefault(policy.family, []).append(
            {
                "name": name,
                "title": policy.title or name.replace("_", " "),
                "tradeoff": policy.tradeoff,
                "country": numbers.COUNTRIES.get(policy.country, ""),
                "cost": full - now,
                "delay_weeks": policy.delay_weeks,
                "source": policy.source,
            }
        )
    return [
        {"family": family, "title": FAMILIES.get(family, family), "policies": found[family]}
        for family in sorted(found)
    ]


def _plain(value: float) -> float | None:
    """JSON knows no NaN."""
    return float(value) if np.isfinite(value) else None
