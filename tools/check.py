"""Run every check, go on after a failure, and end with what failed, what was skipped, the counts.

`make test` calls this in the environment. The closing line `N passed, N failed` (`, N skipped`)
adds up pytest and vitest. With CI set, a skipped test is a failure: there, no part may be missing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
PROGRAMS = Path(sys.executable).parent  # ruff, mypy, node, npm, … of this environment
FRONT_ENDS = {  # folder: the npm scripts to run there beside its tests
    "hub/agent_console/web": ("types", "budgets"),
    "hub/channels/webchat/widget": ("check",),  # its build checks the budgets
}
PARTS = (  # folders of tests/integration that make about half of the time of all that compute
    *("accounts", "agent_console", "callbacks", "campaigns", "channels", "cli", "commitments"),
    *("customers", "demo", "desk", "doctor", "email", "fax", "intake", "jobs", "knowledge"),
    *("mail", "outbound", "outreach"),
)


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    folder: Path = ROOT
    fast: bool = False
    beside: bool = False  # runs while the step before it does, and prints when that has ended


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    second_tries: int = 0
    skips: Counter[str] = field(default_factory=Counter)


def steps() -> list[Step]:
    found = [
        Step("ruff check", ("ruff", "check", "--quiet", "."), fast=True),
        Step("ruff format", ("ruff", "format", "--quiet", "--check", "."), fast=True),
        Step("layers", ("lint-imports", "--no-logo"), fast=True),
        Step("types", ("mypy",), fast=True),
    ]
    for front_end, scripts in FRONT_ENDS.items():
        folder = ROOT / front_end
        found += [
            Step(f"{script} of {front_end}", ("npm", "run", "-s", script), folder)
            for script in scripts
        ]
        report = BUILD / f"vitest-{folder.name}.json"
        vitest = ("--", "--reporter=default", "--reporter=json", f"--outputFile.json={report}")
        found.append(
            Step(f"tests of {front_end}", ("npm", "run", "-s", "test", *vitest), folder),
        )
    # What waits for browsers and networks leaves room for the others, which compute. A new folder
    # is with "pytest of laws", and so are enough parts that both end at about the same time.
    waiting = ("tests/browser", "tests/scenarios")
    parts = tuple(f"tests/integration/{name}" for name in PARTS)
    elsewhere = (f"--ignore={folder}" for folder in (*waiting, *parts))
    found += [
        Step("pytest", ("pytest", *waiting, _junit("pytest"))),
        Step("pytest of parts", ("pytest", *parts, _junit("pytest-2")), beside=True),
        Step("pytest of laws", ("pytest", *elsewhere, _junit("pytest-3")), beside=True),
    ]
    return found


def _junit(name: str) -> str:
    return f"--junitxml={BUILD / name}.xml"


def run(chosen: list[Step]) -> list[str]:
    """Run the steps one after the other, those `beside` with the one before; name what failed."""
    failed = []
    for number, step in enumerate(chosen):
        if step.beside:
            continue
        others = list(takewhile(lambda one: one.beside, chosen[number + 1 :]))
        with ThreadPoolExecutor(len(others) + 1) as pool:
            outcomes = [pool.submit(_run_beside, other) for other in others]
            failed += [] if _run(step) else [step.name]
            for other, outcome in zip(others, outcomes, strict=True):
                failed += [] if outcome.result() else [other.name]
                print(_log(other).read_text("utf-8"), end="", flush=True)
    return failed


def _log(step: Step) -> Path:
    return BUILD / f"{step.name.replace(' ', '-')}.log"


def _run_beside(step: Step) -> bool:
    with _log(step).open("w", encoding="utf-8") as log:
        return _run(step, log)


def _run(step: Step, out: TextIO = sys.stdout) -> bool:
    print(f"── {step.name}", file=out, flush=True)
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - fixed commands of this file
        (shutil.which(step.command[0], path=str(PROGRAMS)) or "", *step.command[1:]),
        cwd=step.folder,
        env={**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=None if out is sys.stdout else out,
        check=False,
    )
    verdict = "ok" if done.returncode == 0 else f"FAILED ({done.returncode})"
    print(f"── {step.name}: {verdict}, {time.monotonic() - began:.0f} s", file=out, flush=True)
    return done.returncode == 0


def count(tally: Tally) -> None:
    """Add up the reports that the runners left in build/."""
    for report in BUILD.glob("pytest*.xml"):
        tries: defaultdict[tuple[str, str], list[ElementTree.Element]] = defaultdict(list)
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
            tries[case.attrib["classname"], case.attrib["name"]].append(case)
        for made in tries.values():
            _add(tally, made)
    for report in BUILD.glob("vitest-*.json"):
        figures = json.loads(report.read_text("utf-8"))
        tally.passed += figures["numPassedTests"]
        tally.failed += figures["numFailedTests"]
        pending = figures["numPendingTests"] + figures["numTodoTests"]
        if pending:
            tally.skips[f"{report.stem}: skipped in the front end"] += pending


def _add(tally: Tally, tries: list[ElementTree.Element]) -> None:
    """Count one test. Each try has an element; that of a failed try before another is empty."""
    skipped = tries[-1].find("skipped")
    if any(one.find(bad) is not None for one in tries for bad in ("failure", "error")):
        tally.failed += 1
    elif skipped is not None:
        tally.skips[skipped.get("message", "no reason given")] += 1
    else:
        tally.passed += 1
        tally.second_tries += len(tries) - 1


def main() -> int:
    fast = "--fast" in sys.argv[1:]
    BUILD.mkdir(exist_ok=True)
    for old in (*BUILD.glob("vitest-*.json"), *BUILD.glob("pytest*.xml")):
        old.unlink(missing_ok=True)
    began = time.monotonic()
    chosen = [step for step in steps() if step.fast or not fast]
    failures = run(chosen)
    tally = Tally()
    if not fast:
        count(tally)
    skipped = tally.skips.total()
    if skipped and os.environ.get("CI"):
        failures.append("a part is missing, which CI does not allow")
    if not fast and not tally.passed:
        failures.append("no test ran")
    print(f"\n{len(chosen)} checks in {time.monotonic() - began:.0f} s")
    for failure in failures:
        print(f"FAILED: {failure}")
    if not fast:
        for reason, times in tally.skips.most_common():
            print(f"skipped {times}: {reason}")
        print(f"skipped parts: {len(tally.skips) or 'none'}")
        if tally.second_tries:
            print(f"needed a second try, see above: {tally.second_tries}")
        more = f", {skipped} skipped" if skipped else ""
        print(f"{tally.passed} passed, {tally.failed} failed{more}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
