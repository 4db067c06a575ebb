"""The command: exit codes, what goes to stdout and stderr, nothing written on bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli import main
from sim.lab import demo, runs

HERE = Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def fake(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "FACTORY", "tests.fake_model:FakeModel")
    monkeypatch.setattr(runs, "LOADER", "tests.fake_model:load")
    monkeypatch.setattr(
        demo.demo, "__kwdefaults__", {**demo.demo.__kwdefaults__, "scenarios": ("base", "hard")}
    )
    monkeypatch.chdir(tmp_path)


def test_run_stores_and_prints(capsys, tmp_path):
    assert main(["run", "hard", "--weeks", "30", "--profile"]) == 0
    out = capsys.readouterr().out
    assert "Mexico" in out and "accounted for" in out
    assert (tmp_path / "results" / "hard" / "manifest.json").exists()
    assert main(["run", "hard", "--weeks", "30", "--quiet"]) == 0
    assert (tmp_path / "results" / "hard-2").exists()
    assert capsys.readouterr().out == ""


def test_batch_json_and_existing_folder(capsys, tmp_path):
    command = [
        "batch",
        "base",
        "hard",
        "-n",
        "2",
        "-j",
        "1",
        "--set",
        "parameters.a=1",
        "--out",
        "o",
        "--json",
    ]
    assert main(command) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["baseline"] == "base"
    assert "4 of 4 runs ended" in captured.err
    assert main(command) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*command, "--resume"]) == 0
    assert json.loads((tmp_path / "o" / "manifest.json").read_text())["made"]["command"].startswith(
        "contraflow"
    )


def test_a_failed_run_gives_1_and_is_named(capsys):
    assert main(["batch", "base", "hard", "-n", "2", "-j", "1", "--set", "parameters.fail_seed=2", "-q"]) == 1
    captured = capsys.readouterr()
    assert "hard-r0001" in captured.err and captured.out == ""


@pytest.mark.parametrize(
    "command",
    [
        ["batch", "base", "hrad"],
        ["batch", "base", "--set", "nothing"],
        ["batch", "base", "--replicates", "0"],
        ["batch", "base", "--nope"],
        ["batch"],
        ["run", "base", "--set", "what.is=1"],
        ["compare", "nowhere"],
        ["export", "nowhere"],
        ["nonsense"],
    ],
)
def test_bad_input_gives_2_and_writes_nothing(command, capsys, tmp_path):
    assert main(command) == 2
    captured = capsys.readouterr()
    assert captured.err and "Traceback" not in captured.err and captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_experiment_file(capsys, tmp_path):
    Path("few.toml").write_text('scenarios = ["base", "soft"]\nreplicates = 2\n[set]\n"run.years" = 1.5\n')
    assert main(["batch", "few.toml", "--jobs", "1", "--quiet"]) == 0
    experiment = json.loads((tmp_path / "results" / "few" / "manifest.json").read_text())["experiment"]
    assert experiment["replicates"] == 2 and experiment["scenarios"][0]["weeks"] == 78
    assert main(["run", "few.toml"]) == 2


def test_compare_and_export(capsys, tmp_path):
    assert main(["batch", "base", "hard", "-n", "3", "-j", "1", "--out", "o", "-q"]) == 0
    assert main(["compare", "o", "--no-figures", "--all"]) == 0
    said = capsys.readouterr().out
    assert "Flat" in said and "Switches used: " in said and "price_pass_through multiplicative" in said
    assert main(["compare", "o", "--no-figures", "--baseline", "hard", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["baseline"] == "hard" and told["switches"]["route_learning"] == "ewa"
    assert main(["export", "o", "--format", "csv"]) == 0
    assert (tmp_path / "o" / "export" / "weekly.csv").exists()


def test_demo_replaces_only_its_own_folder(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.cli.running._figures", lambda results: None)
    command = ["demo", "--jobs", "1", "--replicates", "2", "--years", "2", "--quiet"]
    assert main(command) == 0 and main(command) == 0
    assert json.loads((tmp_path / "results/demo/manifest.json").read_text())["experiment"]["name"] == "demo"
    Path("mine").mkdir()
    Path("mine/precious").touch()
    assert main([*command, "--out", "mine"]) == 2
    assert Path("mine/precious").exists()


def test_scenarios(capsys):
    assert main(["scenarios", "check", "base", "hard"]) == 0
    assert "104 weeks" in capsys.readouterr().out
    assert main(["scenarios", "check", "bas", "hrad"]) == 2
    assert capsys.readouterr().err.count("expected a scenario") == 2
    assert main(["scenarios", "diff", "base", "hard"]) == 0
    assert "effect: 0.0 -> 0.3" in capsys.readouterr().out
    assert main(["scenarios", "show", "base"]) == 0
    assert "effect = 0.0" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["scenarios", "policies", "events", "parameters", "outcomes"])
def test_lists(kind, capsys):
    assert main([kind, "list"]) == 0
    assert main([kind, "list", "--json"]) == 0
    names = [
        row["name"] for row in json.loads(capsys.readouterr().out.partition("\n[")[2].join(["[", ""]) or "[]")
    ]
    if names and kind != "scenarios":
        assert main([kind, "show", names[0]]) == 0
    if kind != "scenarios":
        assert main([kind, "show", "no_such_thing"]) == 2


def test_help_has_examples(capsys):
    for command in ("run", "batch", "compare", "export", "demo", "week", "doctor"):
        assert main([command, "--help"]) == 0
        assert f"contraflow {command}" in capsys.readouterr().out
    assert main(["--version"]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_is_quiet_and_keeps_what_is_finished(jobs, tmp_path):
    code = (
        "import sys; from sim.lab import runs; from sim.cli import main\n"
        "if __name__ == '__main__':\n"
        "    runs.FACTORY, runs.LOADER = 'tests.fake_model:FakeModel', 'tests.fake_model:load'\n"
        "    sys.exit(main(sys.argv[1:]))\n"
    )
    (tmp_path / "script.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    arguments = [
        "batch",
        "base",
        "hard",
        "-n",
        "6",
        "-j",
        jobs,
        "--set",
        "parameters.sleep=0.005",
        "--out",
        "o",
    ]
    child = subprocess.Popen(
        [sys.executable, "script.py", *arguments], cwd=tmp_path, env=environment, start_new_session=True,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("o/weekly/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate(timeout=30)[1]
    assert child.returncode == 130
    assert "Traceback" not in said and "Interrupted" in said and len(said.splitlines()) <= 3
    manifest = json.loads((tmp_path / "o" / "manifest.json").read_text())
    assert 0 < sum(run["status"] == "done" for run in manifest["runs"]) < 12
