"""The file lock: one hub on one SQLite file, whatever happens to its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.storage.lock import FileLock, HubRuns

HOLD = """
import sys, time
from pathlib import Path
from hub.storage.lock import FileLock
with FileLock(Path(sys.argv[1]), Path("/run/hub.sock")):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(database: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_hub_is_refused_and_told_where_the_first_is(tmp_path: Path) -> None:
    database = tmp_path / "hub.sqlite"
    with holder(database) as first:
        try:
            with (
                pytest.raises(HubRuns, match=f"process {first.pid}") as refused,
                FileLock(database),
            ):
                pass
            assert refused.value.socket == Path("/run/hub.sock")
        finally:
            first.kill()


def test_a_killed_hub_leaves_nothing_to_clean_up(tmp_path: Path) -> None:
    database = tmp_path / "hub.sqlite"
    with holder(database) as first:
        os.kill(first.pid, signal.SIGKILL)
    with FileLock(database):
        pass


def test_the_lock_is_free_again_after_use_and_refused_within(tmp_path: Path) -> None:
    database = tmp_path / "hub.sqlite"
    for _ in range(2):
        with (
            FileLock(database),
            pytest.raises(HubRuns, match=f"process {os.getpid()}"),
            FileLock(database),
        ):
            pass
