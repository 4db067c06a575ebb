"""The command `contraflow`: its entry point and exit codes. The commands are in the files beside this one.

Exit codes: 0 done, 1 a run failed (the rest is kept), 2 bad input (nothing was written), 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    from sim.lab.worker import one_thread

    one_thread()
    try:
        return _call(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:  # the reader of our output went away, as in `contraflow ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _call(arguments: list[str]) -> int:
    from sim.cli.app import app
    from sim.errors import ContraflowError, InputError

    try:
        code = app(arguments, prog_name="contraflow", standalone_mode=False)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except ContraflowError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        return _of_typer(error)
    if code == 130:  # typer turns an interruption into this code
        return _interrupted()
    return code if isinstance(code, int) else 0


def _of_typer(error: Any) -> int:
    """Exit code of typer's own exceptions, whose home differs between its versions; others go on."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "Abort" in kinds:
        return _interrupted()
    if "Exit" in kinds:
        return int(error.exit_code)
    if "ClickException" in kinds:
        error.show()
        return 2
    raise error


def _interrupted() -> int:
    print("Interrupted. What was finished is kept; the same command with --resume goes on.", file=sys.stderr)
    return 130
