"""The machine under the figures: which core runs what, and how long its disk takes to be sure."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import defaultdict
from pathlib import Path

from .figures import percentile

HUB_CORE = 0
LOAD_CORE = 1
_CORES = os.sched_getaffinity(0)
_PAGE = b"\0" * 4096


def pin(core: int) -> None:
    """Keep this process, and what it starts, on one core, where the machine has so many.

    A child inherits its parent's core and may still choose another one.
    """
    with contextlib.suppress(OSError):  # there is no such core, or it is not ours
        os.sched_setaffinity(0, {core})


def unpin() -> None:
    """Give this process all cores again that it had at the start."""
    os.sched_setaffinity(0, _CORES)


def fsync_s(folder: Path, times: int = 100) -> float:
    """Return the median seconds of appending 4 KiB to a file in `folder` and fsync."""
    path = folder / "fsync-probe"
    taken = []
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        for _ in range(times):
            began = time.perf_counter()
            os.write(file, _PAGE)
            os.fsync(file)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(file)
        path.unlink()
    return percentile(taken, 50)


def cpu_s_by_thread() -> dict[str, float]:
    """Return the CPU seconds of this process's Python threads so far, by their kind."""
    spent: defaultdict[str, float] = defaultdict(float)
    for thread in threading.enumerate():
        fields = (
            Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rpartition(")")[2].split()
        )
        kind = thread.name.removeprefix("hub-").partition("_")[0]
        spent[kind] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def memory_of(pid: int) -> tuple[int, int]:
    """Return the bytes of memory of a process: resident (RSS), and proportional (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split(":")[0]: line.split()[1] for line in lines[1:]}
    return int(found["Rss"]) * 1024, int(found["Pss"]) * 1024
