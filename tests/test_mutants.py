"""The mutation check is ready to run: every mistake still applies, is still Python, and names tests that exist.

Whether the suite notices them takes long and is asked by `python -m tests.mutants`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants import LEAST, LEAST_KILLED, ROOT, Mutant, bench, enough, mutants

CHAINS = {"ledger", "draws", "routes", "market", "ports", "people", "fights", "cases", "trust"}
"""Parts of the model that must have mutants."""


def test_there_are_enough_of_every_chain() -> None:
    names = list(mutants())
    assert len(names) >= LEAST and {name.split("/")[0] for name in names} >= CHAINS


@pytest.mark.parametrize("mutant", mutants().values(), ids=lambda mutant: mutant.name)
def test_every_mistake_applies_once_and_changes_the_code(mutant: Mutant) -> None:
    path, text = mutant.applied(ROOT)
    before, after = (ast.dump(ast.parse(code)) for code in (path.read_text(encoding="utf-8"), text))
    assert before != after and mutant.breaks
    assert mutant.near and all((ROOT / test).is_file() for test in mutant.near)


def test_text_is_found_in_what_a_module_grew_into_and_refused_when_it_is_gone(tmp_path: Path) -> None:
    mutant = Mutant("x/y", "sim.a", "one", "two", "", ())
    file, package = tmp_path / "sim" / "a.py", tmp_path / "sim" / "a" / "b.py"
    package.parent.mkdir(parents=True)
    package.write_text("one + 1", encoding="utf-8")
    assert mutant.applied(tmp_path) == (package, "two + 1")
    file.write_text("one", encoding="utf-8")
    with pytest.raises(ValueError, match="2 times"):
        mutant.applied(tmp_path)
    package.unlink()
    assert mutant.applied(tmp_path) == (file, "two")
    file.write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="0 times, not once; write it anew"):
        mutant.applied(tmp_path)


def test_the_share_that_is_asked_for() -> None:
    assert enough(LEAST_KILLED, LEAST) and not enough(LEAST_KILLED - 1, LEAST)
    assert enough(33, 36) and not enough(32, 36)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one line, with a test near it, one far from it, and one that always fails."""
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    (root / "a.py").write_text("ONE = 1\n", encoding="utf-8")
    for name, rule in (("near", "ONE < 3"), ("far", "ONE < 2"), ("zz", "False")):
        text = f"from a import ONE\n\n\ndef test_{name}() -> None:\n    assert {rule}\n"
        (root / "tests" / f"test_{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(bench, "ROOT", root)
    return root


def test_pytest_says_which_test_failed_first(project: Path, tmp_path: Path) -> None:
    place = bench.Bench(tmp_path / "bench")
    tests = bench.all_tests(project, ("tests/test_near.py",))
    assert [Path(name).stem for name in tests] == ["test_near", "test_far", "test_zz"]
    assert bench.run_tests(place.sound, tests, 300.0) == (bench.FAILED, "tests/test_zz.py::test_zz")


def test_a_mutant_is_killed_only_by_a_test_that_passes_without_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stand_in(folder: Path, tests: list[str], timeout: float) -> tuple[int, str]:
        one = int((folder / "tree" / "a.py").read_text(encoding="utf-8").split()[-1])
        holds = {"near": one < 3, "far": one < 2, "zz": False}
        failed = [name for name in tests if not holds[name.split("::")[0][11:-3]]]
        return (bench.FAILED, f"{failed[0]}::test") if failed else (bench.PASSED, "")

    monkeypatch.setattr(bench, "run_tests", stand_in)

    def verdict(new: str, near_only: bool = False) -> tuple[str, str]:
        place = bench.Bench(tmp_path / f"bench-{new}-{near_only}", near_only=near_only)
        found = place.try_one(Mutant("x/y", "a", "1", new, "", ("tests/test_near.py",)))
        assert not (place.folder / "x-y").exists()
        return found.word, found.by

    assert verdict("3") == ("killed", "tests/test_near.py::test")
    assert verdict("2") == ("killed", "tests/test_far.py::test")
    assert verdict("0") == ("unsound", "tests/test_zz.py::test")
    assert verdict("2", near_only=True) == ("survived", "")
