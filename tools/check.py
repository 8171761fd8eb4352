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
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
PROGRAMS = Path(sys.executable).parent  # ruff, mypy, node, npm, … of this environment
FRONT_ENDS = {  # folder: the npm scripts to run there beside its tests
    "hub/agent_console/web": ("types", "budgets"),
    "hub/channels/webchat/widget": ("check",),  # its build checks the budgets
}


def _integration(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/integration/{name}" for name in names)


LANES = 3  # so many pytests at a time; two cores wait for browsers and networks in between
SECOND_TRIES = 5  # so many browser tests may need one in a whole run: see docs/decisions/0015
EVERYTHING_ELSE = "everything else"
# What is told apart, each in a pytest of its own: the longest first, so that no lane is left over
# at the end. A group has what its patterns find and no group before it has; a new folder is with
# "everything else". The letters halve the time of the browser tests.
GROUPS: dict[str, tuple[str, ...]] = {
    EVERYTHING_ELSE: (),
    "browser a to o": ("tests/browser/console/test_[a-o]*.py",),
    "browser p to z": ("tests/browser",),
    "scenarios": ("tests/scenarios",),
    "customers": _integration("campaigns", "commitments", "customers", "outbound", "outreach"),
    "phone": _integration("callbacks", "cti", "phone", "phone_lists", "sms"),
    "writing": _integration("channels", "email", "fax", "intake", "mail", "webchat"),
    "console": _integration("accounts", "agent_console", "cli", "demo", "desk", "doctor", "jobs"),
}


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    folder: Path = ROOT
    fast: bool = False
    lane: bool = False  # runs beside the others of its kind, and prints when it has ended


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
    for number, (name, which) in enumerate(groups().items(), start=1):
        junit = f"--junitxml={BUILD / f'pytest-{number}.xml'}"
        found.append(Step(f"pytest of {name}", ("pytest", *which, junit), lane=True))
    return found


def groups() -> dict[str, tuple[str, ...]]:
    """Return what the pytest of each group is told to run, and to leave to others."""
    told: dict[str, tuple[str, ...]] = dict.fromkeys(GROUPS, ())
    taken: list[str] = []
    for name, patterns in GROUPS.items():
        found = sorted(
            path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)
        )
        if patterns and not found:  # told nothing, pytest would run everything
            raise FileNotFoundError(f"no tests are found for {name}: {', '.join(patterns)}")
        inside = tuple(f"{folder}/" for folder in found)
        told[name] = (*found, *(f"--ignore={one}" for one in taken if one.startswith(inside)))
        taken += found
    told[EVERYTHING_ELSE] = tuple(f"--ignore={one}" for one in taken)
    return told


def run(chosen: list[Step]) -> list[str]:
    """Run the steps one after the other, then those that have lanes; name what failed."""
    failed = [step.name for step in chosen if not step.lane and not _run(step)]
    lanes = [step for step in chosen if step.lane]
    with ThreadPoolExecutor(LANES) as pool:
        running = {pool.submit(_run_beside, step): step for step in lanes}
        for done in as_completed(running):
            step = running[done]
            failed += [] if done.result() else [step.name]
            print(_log(step).read_text("utf-8"), end="", flush=True)
    return failed


def _log(step: Step) -> Path:
    return BUILD / f"{step.name.replace(' ', '-')}.log"


def _run_beside(step: Step) -> bool:
    print(f"── {step.name} begins, see {_log(step).relative_to(ROOT)}", flush=True)
    with _log(step).open("w", encoding="utf-8") as log:
        return _run(step, log)


def _run(step: Step, out: TextIO | None = None) -> bool:
    print(f"── {step.name}", file=out, flush=True)
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - fixed commands of this file
        (shutil.which(step.command[0], path=str(PROGRAMS)) or "", *step.command[1:]),
        cwd=step.folder,
        env={**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
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
    if tally.second_tries > SECOND_TRIES:
        failures.append(f"more than {SECOND_TRIES} tests needed a second try")
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
