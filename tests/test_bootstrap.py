"""The launcher: which interpreter it takes, what counts as finished, what is passed on. Installs nothing."""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import bootstrap

posix = pytest.mark.skipif(os.name == "nt", reason="shims are shell scripts")


def shim(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


@pytest.fixture(autouse=True)
def no_managed(monkeypatch):
    monkeypatch.setattr(bootstrap, "MANAGED", ())


@posix
def test_broken_shims_first_on_path_are_passed_over(tmp_path):
    for name in bootstrap.NAMES:
        shim(tmp_path / "shims", name, "echo command not found >&2; exit 127")
        shim(tmp_path / "silent", name, "exit 0")
        shim(tmp_path / "noisy", name, "echo contraflow; exit 0")
    (tmp_path / "listed").mkdir()
    (tmp_path / "listed" / "python3").write_text("not executable")
    shim(tmp_path / "real", "python3", f'exec "{sys.executable}" "$@"')
    folders = [str(tmp_path / name) for name in ("missing", "shims", "silent", "noisy", "listed", "real")]
    found = bootstrap.find_interpreter(bootstrap.candidates(os.pathsep.join(folders)))
    assert found.version == sys.version_info[:3]
    assert Path(found.path).is_file() and str(tmp_path) not in found.path


@posix
def test_first_candidate_wins_when_it_works(tmp_path):
    shim(tmp_path, "python3.13", "touch asked; exit 127")
    found = bootstrap.find_interpreter(bootstrap.candidates(str(tmp_path), sys.executable))
    assert found.version == sys.version_info[:3]


@posix
def test_none_works_is_a_sentence_naming_each(tmp_path):
    shim(tmp_path, "python3", "exit 127")
    old = '["/old/python", [3, 8, 1], true]'
    shim(tmp_path, "python3.11", f"echo 'contraflow{old}'")
    bare = '["/bare/python", [3, 12, 1], false]'
    shim(tmp_path, "python", f"echo 'contraflow{bare}'")
    with pytest.raises(bootstrap.SetupError) as fault:
        bootstrap.find_interpreter(bootstrap.candidates(str(tmp_path)))
    text = str(fault.value)
    assert "3.11 or newer" in text and "does not run" in text and "is Python 3.8" in text
    assert "python3-venv" in text


@posix
def test_newest_takes_the_highest_version(tmp_path):
    for name, minor in (("python3.13", 12), ("python3", 13), ("python", 11)):
        answer = f'["/{name}", [3, {minor}, 0], true]'
        shim(tmp_path, name, f"echo 'contraflow{answer}'")
    found = bootstrap.find_interpreter(bootstrap.candidates(str(tmp_path)), newest=True)
    assert found.version == (3, 13, 0)


@pytest.fixture
def dry(monkeypatch, tmp_path):
    """An environment folder whose installs are recorded, not done; `fail` makes one of them fail."""
    calls, fail = [], set()

    def call(command, cwd=None):
        step = "venv" if "venv" in command else "lock" if "-r" in command else "package"
        calls.append(step)
        (tmp_path / "env").mkdir(exist_ok=True)
        return int(step in fail)

    monkeypatch.setattr(bootstrap, "call", call)
    monkeypatch.setattr(bootstrap, "probe", lambda candidate: python)
    python = bootstrap.Interpreter("/usr/bin/python3", (3, 11, 2), True)

    def ensure(which="dev", interpreter=python):
        calls.clear()
        bootstrap.ensure_environment(interpreter, tmp_path / "env", which)
        return list(calls)

    ensure.fail, ensure.python = fail, python
    return ensure


def test_a_finished_environment_is_used_again(dry):
    assert dry() == ["venv", "lock", "package"]
    assert dry() == []
    assert dry("web") == ["lock", "lock", "package"]
    assert dry("dev") == []
    assert dry(interpreter=dry.python._replace(version=(3, 11, 3))) == ["venv", "lock", "package"]


def test_a_half_finished_install_is_not_taken_for_finished(dry):
    dry.fail.add("package")
    with pytest.raises(bootstrap.SetupError):
        dry()
    dry.fail.clear()
    assert dry() == ["venv", "lock", "package"]
    dry.fail.add("lock")
    with pytest.raises(bootstrap.SetupError):
        dry("web")
    dry.fail.clear()
    assert dry() == ["venv", "lock", "package"]


def test_arguments_are_read_and_passed_on():
    options, command, rest = bootstrap.read_options(["--newest", "test", "-m", "compat"])
    assert options["newest"] and command == "test" and rest == ["-m", "compat"]
    assert bootstrap.read_options(["run", "serve", "--port", "1"])[0]["web"]
    assert bootstrap.test_arguments(["--all", "-n0"]) == ["-n0", "-m", ""]
    assert bootstrap.test_arguments(["tests/test_bootstrap.py"]) == ["tests/test_bootstrap.py"]
    for wrong in ([], ["fly"], ["--fast", "test"], ["--python"]):
        with pytest.raises(bootstrap.SetupError):
            bootstrap.read_options(wrong)


@pytest.mark.parametrize("lock", sorted(bootstrap.LOCKS))
def test_locks_hold_hashes_and_no_addresses(lock):
    text = bootstrap.LOCKS[lock].read_text()
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
    assert len(pins) > 50 and all(line.endswith("\\") for line in pins)
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    assert "mesa==3.3.1 ; python_full_version < '3.12'" in text


@pytest.mark.compat
def test_the_package_imports_and_names_its_version():
    import mesa

    import sim

    assert (3, 3) <= tuple(map(int, mesa.__version__.split(".")[:2])) < (4, 0)
    try:
        installed = version("contraflow")
    except PackageNotFoundError:
        installed = "0+unknown"
    assert sim.__version__ == installed
    assert {"Model", "Scenario", "load", "run", "batch", "compare", "sweep", "report"} <= set(dir(sim))
    with pytest.raises(AttributeError):
        _ = sim.nonsense


@pytest.mark.compat
def test_the_doctor_finds_what_the_model_needs():
    from sim.lab.doctor import doctor

    failed = [check for check in doctor() if check.required and not check.ok]
    assert not failed


@pytest.mark.skipif(not (bootstrap.ROOT / "README.md").is_file(), reason="the wheel needs the README")
def test_the_wheel_carries_scenarios_experiments_and_tables(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=bootstrap.ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    for folder, home in (("scenarios", "_scenarios"), ("experiments", "_experiments"), ("sim/data", "data")):
        files = [
            file for file in (bootstrap.ROOT / folder).rglob("*") if file.suffix in (".toml", ".csv", ".md")
        ]
        inside = {f"sim/{home}/{file.relative_to(bootstrap.ROOT / folder).as_posix()}" for file in files}
        assert inside and inside <= names
    assert not any(name.startswith(("tests/", "scenarios/", "results/")) for name in names)
