"""Each process of a benchmark is on the core it asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_CHILD = """
import os, sys
from benchmarks.machine import pin
pin(int(sys.argv[1]))
print(*os.sched_getaffinity(0))
"""
_PARENT = f"""
import os, subprocess, sys
from benchmarks.machine import pin
pin(int(sys.argv[1]))
subprocess.run([sys.executable, "-c", {_CHILD!r}, sys.argv[2]], check=True)
"""


def test_a_child_leaves_the_core_of_its_parent() -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("missing part: a second core")
    first, second = map(str, cores[:2])
    done = subprocess.run(
        [sys.executable, "-c", _PARENT, first, second],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [second]


def test_a_core_that_is_not_there_is_not_insisted_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, "100000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {int(core) for core in done.stdout.split()} == os.sched_getaffinity(0)
