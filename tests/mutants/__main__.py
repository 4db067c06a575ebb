"""Try every mutant: make one small mistake in a copy of the code, and see whether the default tests fail.

Exit code 0 when at least 22 of 24 are noticed. Half a minute to some minutes each: it is no part of the tests.
Run: python -m tests.mutants [--jobs 3] [--only WORD]... [--near] [--list] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from tests.mutants import LEAST, ROOT, Mutant, enough, mutants
from tests.mutants.bench import LONGEST_SECONDS, Bench, Verdict


def main() -> int:
    """Print a line for each mutant as it ends, then the count; the exit code says whether it is enough."""
    options = _options()
    chosen = [item for name, item in mutants().items() if _asked(name, options.only)]
    if options.list or not chosen:
        print(
            "\n".join(f"{item.name:45s} {item.module}: {item.breaks}" for item in chosen) or "no such mutant"
        )
        return 0 if chosen else 2
    verdicts = try_all(chosen, options.jobs, options.near, options.timeout)
    killed = sum(item.word == "killed" for item in verdicts)
    print(f"{killed} of {len(verdicts)} mutants killed")
    if options.json:
        lines = [asdict(item) for item in sorted(verdicts, key=lambda item: item.name)]
        Path(options.json).write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
    return 0 if enough(killed, len(verdicts)) and (options.only or len(verdicts) >= LEAST) else 1


def try_all(chosen: list[Mutant], jobs: int, near_only: bool, timeout: float) -> list[Verdict]:
    """Try mutants, `jobs` at a time, in a temporary folder."""
    for mutant in chosen:
        mutant.applied(ROOT)  # none may fail to apply after half an hour
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch, ThreadPoolExecutor(jobs) as pool:
        bench = Bench(Path(scratch), near_only=near_only, timeout=timeout)
        for task in as_completed([pool.submit(bench.try_one, item) for item in chosen]):
            verdict = task.result()
            print(f"{verdict.word:9s} {verdict.name:45s} {verdict.seconds:5.0f} s  {verdict.by}", flush=True)
            verdicts.append(verdict)
    return verdicts


def _asked(name: str, only: list[str]) -> bool:
    return not only or any(word in name for word in only)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1, help="mutants tried at a time, a core each")
    parser.add_argument(
        "--only", action="append", default=[], metavar="WORD", help="those with WORD in their name"
    )
    parser.add_argument(
        "--near", action="store_true", help="only the test files near each; quick, and no verdict"
    )
    parser.add_argument(
        "--timeout", type=float, default=LONGEST_SECONDS, help="seconds after which tests hang"
    )
    parser.add_argument("--list", action="store_true", help="print what there is and stop")
    parser.add_argument("--json", help="write the verdicts to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
