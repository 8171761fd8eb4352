"""Each benchmark runs to its end in its quick mode and prints its rows; figures are not judged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ("inbox_page", "page of queued contacts"),
        ("offer_latency", "a mail arrives"),
        ("chat_throughput", "messages"),
    ],
)
def test_a_benchmark_runs_and_prints_its_rows(script: str, row: str) -> None:
    database = [] if script == "inbox_page" else ["--database", "sqlite"]
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{script}", "--quick", *database],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    assert row in done.stdout
