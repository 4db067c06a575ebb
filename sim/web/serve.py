"""Serve the page on the loopback interface. Nothing is reported to anybody and no request leaves the machine."""

from __future__ import annotations

import importlib.util
import os
import socket
import warnings

from sim.errors import Fault, InputError
from sim.scenario import Scenario, load

HOST = "127.0.0.1"
NAMES = [HOST, "localhost", "[::1]"]
# Read by the server at import. A session that nobody is connected to is dropped after the given time.
SETTINGS = {
    "SOLARA_APP": "sim.web.page",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_THEME_TITLE": "Contraflow",
    "SOLARA_KERNEL_CULL_TIMEOUT": "2m",
}
NEEDED = ("solara", "ipyvue", "ipyvuetify", "uvicorn")


def missing() -> list[str]:
    """Packages of the extra `web` that are not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def free_port(wanted: int = 0) -> int:
    """The wanted port if it is free, else InputError; 0 asks for any."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as fault:
            expected = "a free port; take another, or 0 for any"
            raise InputError([Fault("--port", wanted, expected)]) from fault
        return int(probe.getsockname()[1])


def serve(scenario: str | Scenario = "status_quo", port: int = 8765, seed: int = 1) -> None:
    """Serve the page until interrupted. Raises InputError for a bad scenario or a taken port."""
    lacking = missing()
    if lacking:
        fix = "install contraflow[web] and contraflow[offline], or start with: python3 bootstrap.py run serve"
        raise InputError([Fault("serve", ", ".join(lacking), "the packages of the browser lab", fix=fix)])
    plan = load(scenario)
    port = free_port(port)
    os.environ.update({key: os.environ.get(key, value) for key, value in SETTINGS.items()})
    _warm_up(plan, seed)

    # The server advises on frames of other sites at every first visit; this one is for one machine.
    warnings.filterwarnings("ignore", message="Cookies with samesite", category=UserWarning)
    import uvicorn
    from solara.server.starlette import app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from sim.web import session

    session.DEFAULTS.spec, session.DEFAULTS.seed = plan, seed
    print(f"Contraflow: http://{HOST}:{port}  (Ctrl-C ends it)", flush=True)
    # Only requests for this machine by name: a page from elsewhere cannot reach it through a name of its own.
    guarded = TrustedHostMiddleware(app, allowed_hosts=NAMES)
    uvicorn.run(guarded, host=HOST, port=port, log_level="error", ws_max_queue=64)


def _warm_up(plan: Scenario, seed: int) -> None:
    """Compile, and leave the state after the spin-up in the cache, so that the first visitor does not wait."""
    from sim.model import Model
    from sim.web.painter import ground

    print(f"Preparing {plan.title or plan.name} ...", flush=True)
    model = Model(plan, rng=seed)
    model.step()
    model.close()
    ground()
