"""Start Contraflow from nothing but Python: make the environment once, then run a command in it.

Standard library only, and readable by Python 3.8, so that an old interpreter ends in a sentence. The environment
holds the locked packages (hashes checked) and this package, editable. A stamp, written last, says what was
installed from; without it an environment counts as unfinished and is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, NamedTuple, NoReturn, Sequence

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
NEWER = (3, 12)
NAMES = ("python3.13", "python3.12", "python3.11", "python3", "python")
MANAGED = ("~/.pyenv/versions/*/bin/python3", "~/.local/share/uv/python/*/bin/python3")
LOCKS = {"dev": ROOT / "requirements" / "dev.txt", "web": ROOT / "requirements" / "web.txt"}
# Lets the pages run without a CDN: a source archive, hence apart from the wheels. The locked backend builds it.
OFFLINE = ROOT / "requirements" / "offline.txt"
SKIPPED = 77
USAGE = """usage: python3 bootstrap.py [--python PATH | --newest] [--web] COMMAND [ARGS...]

commands
  demo [ARGS...]   compare four policies for two countries; tables and pictures go to results/
  test [ARGS...]   pytest; --all also runs the tests marked slow, patterns and browser
  lint             ruff check, ruff format --check, mypy
  run ARGS...      contraflow ARGS, for example: run week

options
  --python PATH    use this interpreter, in an environment of its own (.venv-X.Y)
  --newest         the same with the newest working Python; exit code 77 if none from 3.12 on works
  --web            also install the packages of the browser lab (implied by: run serve, test --all)
"""
# What a candidate must be able to do; base executables, so that a virtual environment leads to its parent.
PROBE = """
import json, sys
try:
    import ensurepip, venv
    whole = True
except ImportError:
    whole = False
base = getattr(sys, "_base_executable", "") or sys.executable
print("contraflow" + json.dumps([base, list(sys.version_info[:3]), whole]))
"""


class SetupError(Exception):
    """Set-up cannot go on; the message is a sentence for the person at the keyboard."""


class Interpreter(NamedTuple):
    """A Python that was executed and answered."""

    path: str
    version: tuple
    whole: bool  # has venv and ensurepip

    @property
    def short(self) -> str:
        return "{}.{}".format(*self.version[:2])


def probe(candidate: str) -> Interpreter | None:
    """Execute a candidate; None if it does not start, fails or answers nonsense (as a broken shim does)."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP")}
    try:
        done = subprocess.run(
            [candidate, "-c", PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            env=env,
        )
        answer = done.stdout.decode("utf-8", "replace").partition("contraflow")[2]
        if done.returncode != 0 or not answer:
            return None
        path, version, whole = json.loads(answer)
        return Interpreter(path, tuple(version), whole)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def candidates(path: str | None = None, first: str | None = None) -> Iterator[str]:
    """Yield interpreters worth trying: `first`, then each name on every entry of PATH, then managed ones."""
    seen = set()
    folders = [Path(entry) for entry in (path or "").split(os.pathsep) if entry]
    suffix = ".exe" if os.name == "nt" else ""
    found = [Path(first)] if first else []
    found += [folder / (name + suffix) for name in NAMES for folder in folders]
    for pattern in MANAGED:
        home = Path.home()
        found += sorted(home.glob(pattern[2:]), reverse=True)
    for file in found:
        if str(file) not in seen and file.is_file() and os.access(str(file), os.X_OK):
            seen.add(str(file))
            yield str(file)


def find_interpreter(tries: Iterator[str] | Sequence[str], newest: bool = False) -> Interpreter:
    """Return the first candidate that works, or with `newest` the one of the highest version.

    Raises SetupError naming what was tried when none does.
    """
    refused, good = [], []
    for candidate in tries:
        answer = probe(candidate)
        if answer is None:
            refused.append(f"{candidate}: does not run")
        elif answer.version < OLDEST:
            refused.append(f"{candidate}: is Python {answer.short}")
        elif not answer.whole:
            refused.append(f"{candidate}: has no venv or ensurepip (on Debian: apt install python3-venv)")
        elif not newest:
            return answer
        else:
            good.append(answer)
    if good:
        return max(good, key=lambda interpreter: interpreter.version)
    tried = "\n".join("  " + line for line in refused) or "  nothing: no python on PATH"
    raise SetupError(
        "Contraflow needs Python {}.{} or newer, with venv. Tried:\n{}\n"
        "Install one from your system's packages or python.org and start again.".format(*OLDEST, tried)
    )


def tool(env: Path, name: str) -> str:
    """Return the path of a program of the environment."""
    return str(env / "Scripts" / (name + ".exe")) if os.name == "nt" else str(env / "bin" / name)


def child_environment() -> dict:
    """Return the variables of every child: one thread for linear algebra, no redirection of Python or pip."""
    env = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    }
    env.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    return env


def stamp_text(interpreter: Interpreter, lock: Path) -> str:
    """Return two lines: who made the environment, and the hash of what it was installed from."""
    content = hashlib.sha256(str(ROOT).encode())
    for file in (lock, ROOT / "pyproject.toml"):
        content.update(file.read_bytes())
    maker = os.path.realpath(interpreter.path) + " " + ".".join(map(str, interpreter.version))
    return f"{maker}\n{content.hexdigest()}\n"


def ensure_environment(interpreter: Interpreter, env: Path, which: str) -> None:
    """Make or renew the environment if its stamp is not the one wanted; the web lock serves for dev, too."""
    stamp = env / "contraflow.stamp"
    old = stamp.read_text() if stamp.is_file() else ""
    fits = [stamp_text(interpreter, LOCKS[name]) for name in (which, "web")]
    if old in fits and probe(tool(env, "python")) is not None:
        return
    lock = LOCKS[which]
    pins = sum("==" in line for line in lock.read_text().splitlines())
    print(
        f"Setting up {env.name} with Python {interpreter.short}: {pins} packages, about a minute.", flush=True
    )
    began = time.monotonic()
    if stamp.exists():
        stamp.unlink()
    if not old or old.splitlines()[0] != fits[0].splitlines()[0] or probe(tool(env, "python")) is None:
        _must([interpreter.path, "-m", "venv", "--clear", str(env)], "The environment could not be made")
    (env / ".gitignore").write_text("*\n")
    pip = [tool(env, "python"), "-m", "pip", "install", "-q", "--no-input", "--no-deps"]
    hashed = ["--require-hashes", "--only-binary=:all:", "-r", str(lock)]
    _must(pip + hashed, "The locked packages could not be installed (is the package index reachable?)")
    if which == "web":
        offline = ["--no-build-isolation", "--require-hashes", "-r", str(OFFLINE)]
        _must(pip + offline, "The browser's own files could not be installed")
    _must([*pip, "--no-build-isolation", "-e", str(ROOT)], "Contraflow itself could not be installed")
    partial = env / "contraflow.stamp.part"
    partial.write_text(stamp_text(interpreter, lock))
    partial.replace(stamp)
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


def _must(command: list, complaint: str) -> None:
    code = call(command)
    if code != 0:
        raise SetupError(
            f"{complaint} (exit code {code}); the lines above say why. The next start tries again."
        )


def call(command: list, cwd: Path | None = None) -> int:
    """Run a child to its end and return its exit code; an interrupt is left to the child, then passed on."""
    child = subprocess.Popen(command, cwd=str(cwd) if cwd else None, env=child_environment())
    try:
        return child.wait()
    except KeyboardInterrupt:
        try:  # from a terminal the child has had the signal already
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGTERM)
            child.wait()
        raise


def hand_over(command: list) -> NoReturn:
    """Become the command, so that signals and exit codes are its own."""
    if os.name == "nt":
        sys.exit(call(command))
    sys.stdout.flush()
    os.execve(command[0], command, child_environment())


def test_arguments(args: list) -> list:
    """Turn our arguments into pytest's: --all is every marker; a whole suite runs in up to 4 processes."""
    out = [arg for arg in args if arg != "--all"]
    if len(out) != len(args):
        out += ["-m", ""]
    own = any(arg.startswith(("-n", "--numprocesses", "--pdb", "-s")) or ".py" in arg for arg in out)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not own and cores > 1:
        out = ["-n", str(min(4, cores)), "--dist", "loadfile", *out]
    return out


def lint(env: Path) -> int:
    """Run every checker and return the first exit code that is not 0."""
    checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    codes = []
    for check in checks:
        print("$ " + " ".join(check), flush=True)
        codes.append(call([tool(env, check[0]), *check[1:]], ROOT))
    return next((code for code in codes if code), 0)


def read_options(args: list) -> tuple:
    """Split leading options off: (options, command, its arguments). Raises SetupError on what is unknown."""
    options = {"python": None, "newest": False, "web": False}
    rest = list(args)
    while rest and rest[0].startswith("--"):
        name, _, value = rest.pop(0)[2:].partition("=")
        if name not in options:
            raise SetupError(f"Unknown option --{name}.\n{USAGE}")
        if name == "python" and not value and not rest:
            raise SetupError("--python needs the path of an interpreter.")
        options[name] = (value or rest.pop(0)) if name == "python" else True
    if not rest or rest[0] not in ("demo", "test", "lint", "run"):
        raise SetupError(f"Which command? {'Not ' + rest[0] + '.' if rest else ''}\n{USAGE}")
    options["web"] = options["web"] or rest[:2] == ["run", "serve"] or (rest[0] == "test" and "--all" in rest)
    return options, rest[0], rest[1:]


def main(args: list) -> int:
    """Read the command line, see to the environment, run the command; return the exit code."""
    if not args or args[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if args else 2
    try:
        options, command, rest = read_options(args)
    except SetupError as fault:
        print(fault, file=sys.stderr)
        return 2
    chosen = options["python"]
    tries = [chosen] if chosen else candidates(os.environ.get("PATH"), sys.executable)
    interpreter = find_interpreter(tries, options["newest"])
    if options["newest"] and interpreter.version < NEWER:
        print("Skipped: no Python {}.{} or newer works on this machine.".format(*NEWER))
        return SKIPPED
    own = chosen or options["newest"]
    env = ROOT / (f".venv-{interpreter.short}" if own else ".venv")
    ensure_environment(interpreter, env, "web" if options["web"] else "dev")
    if command == "test":
        return call([tool(env, "python"), "-m", "pytest", *test_arguments(rest)], ROOT)
    if command == "lint":
        return lint(env)
    hand_over([tool(env, "contraflow"), *(["demo"] if command == "demo" else []), *rest])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
