"""Say what is installed and whether it works on this machine. Changes nothing and reads no results."""

import importlib.util
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CORE = (
    "mesa", "networkx", "numpy", "scipy", "pandas", "matplotlib", "numba", "pydantic", "duckdb", "dask", "distributed",
    "typer", "rich", "platformdirs", "SALib", "jinja2", "openpyxl",
)  # fmt: skip
WEB = ("solara", "altair")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True)
class Check:
    """One line of the doctor: what was tried, whether it worked, what was seen, whether it must."""

    name: str
    ok: bool
    detail: str
    required: bool = True


def doctor() -> list[Check]:
    """Run every check and return one Check each; a check that raises is a check that failed."""
    checks = [_attempt("python", _python), _package("contraflow", required=False)]
    checks += [_package(name, required=True) for name in CORE]
    checks += [_package(name, required=False) for name in WEB]
    checks += [
        _attempt("numba compiles", _numba),
        _attempt("duckdb writes parquet", _duckdb),
        _attempt("dask stays on loopback", _dask),
        _attempt("chromium", _chromium, required=False),
    ]
    return checks


def _attempt(name: str, look: Callable[[], str], *, required: bool = True) -> Check:
    try:
        return Check(name, True, look(), required)
    except Exception as fault:
        return Check(name, False, f"{type(fault).__name__}: {fault}", required)


def _package(name: str, *, required: bool) -> Check:
    try:
        return Check(name, True, version(name), required)
    except PackageNotFoundError:
        return Check(name, False, "not installed", required)


def _python() -> str:
    major, minor, _ = platform.python_version_tuple()
    if (int(major), int(minor)) < (3, 11):
        raise RuntimeError(f"3.11 or newer is needed, this is {platform.python_version()}")
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _numba() -> str:
    import numba

    triangle = numba.njit(lambda n: n * (n + 1) // 2)
    if triangle(4) != 10:
        raise RuntimeError("a compiled function gave a wrong number")
    return "a function was compiled and gave the right number"


def _duckdb() -> str:
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "three.parquet"
        connection.execute(
            f"COPY (SELECT range AS week FROM range(3)) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
        )
        row = connection.execute(f"SELECT sum(week) FROM '{file}'").fetchone()
    if row is None or row[0] != 3:
        raise RuntimeError("a table did not read back as written")
    return "a table was written and read back"


def _dask() -> str:
    """Start a cluster of one thread and look at every port this process listens on that it did not before."""
    from distributed import Client, LocalCluster

    before = _listening()
    place = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "protocol": "tcp://"}
    with tempfile.TemporaryDirectory() as folder:
        with LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            memory_limit=0,
            local_directory=folder,
            **place,
        ) as cluster:
            with Client(cluster) as client:
                if client.submit(sum, [1, 2]).result(timeout=30) != 3:
                    raise RuntimeError("a task gave a wrong number")
            opened = _listening() - before
    outside = sorted(f"{host}:{port}" for host, port in opened if host not in ("127.0.0.1", "::1"))
    if outside:
        raise RuntimeError(f"listens beyond this machine on {', '.join(outside)}")
    return f"a task ran; {len(opened)} ports, all on loopback"


def _listening() -> set[tuple[str, int]]:
    import psutil

    connections = psutil.Process().net_connections(kind="tcp")
    return {(c.laddr.ip, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN}


def _chromium() -> str:
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    if importlib.util.find_spec("playwright") is None:
        raise RuntimeError("none on PATH and no playwright; only the browser tests need one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        file = playwright.chromium.executable_path
    if not Path(file).is_file():
        raise RuntimeError("playwright has not installed one; only the browser tests need it")
    return file


def main() -> int:
    """Print the checks; return 1 if something the model needs is missing."""
    checks = doctor()
    for check in checks:
        mark = "ok" if check.ok else ("FAILED" if check.required else "absent")
        print(f"{mark:7} {check.name:24} {check.detail}")
    return int(any(check.required and not check.ok for check in checks))


if __name__ == "__main__":
    sys.exit(main())
