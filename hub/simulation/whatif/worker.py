"""The process of its own: a task comes in as a line of JSON, lines of JSON go out.

It ends when it is done, when its memory is full, and when whoever began it is gone: then its
standard input, which nothing more is written to, ends.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import BinaryIO

import msgspec

from hub.core.errors import HubError
from hub.simulation.replay import read_from

from .days import read_base
from .playing import replayed
from .shapes import ProblemView, ProgressView, ReplayLine, StaffLine
from .staffed import staffed
from .task import Failed, Task

_EVERY_S = 0.2
_NICER = 10
_MAPPED_BYTES = 1 << 30  # of the address space: programs and files that are mapped
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2)
_STATM = Path("/proc/self/statm")


class Progress:
    """Writes how far it is, now and then, and looks at the memory: MemoryError beyond the limit."""

    def __init__(self, out: BinaryIO, memory_bytes: int) -> None:
        self._out, self._memory_bytes = out, memory_bytes
        self._step = ""
        self._began_s = self._told_s = 0.0

    def tell(self, step: str, share: float | None) -> None:
        if resident_bytes() > self._memory_bytes:
            raise MemoryError
        now_s = time.monotonic()
        if step != self._step:
            self._step, self._began_s = step, now_s
        elif now_s - self._told_s < _EVERY_S:
            return
        self._told_s = now_s
        left_s = None
        if share is not None and share >= 0.02:
            left_s = round((now_s - self._began_s) * (1 - share) / share, 1)
        shown = None if share is None else round(share, 4)
        write(self._out, ReplayLine(progress=ProgressView(step=step, share=shown, left_s=left_s)))


def resident_bytes() -> int:
    """Return the memory this process takes at this moment.

    Not its peak by getrusage(2), where the system tells better: on Linux that goes over fork and
    exec, so it would be the hub's own.
    """
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def write(out: BinaryIO, line: object) -> None:
    out.write(msgspec.json.encode(line) + b"\n")
    out.flush()


def work(task: Task, out: BinaryIO) -> None:
    """Do the task and write its answer."""
    progress = Progress(out, task.memory_bytes)
    progress.tell("read", None)
    base = read_base(
        task.days,
        lambda span: read_from(task.url, span, lambda *_: progress.tell("read", None)),
    )
    if task.replay is not None:
        write(out, ReplayLine(answer=replayed(base, task, task.replay, progress.tell)))
    elif task.staff is not None:
        write(out, StaffLine(answer=staffed(base, task, task.staff, progress.tell)))


def _end_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(3)


def main() -> int:
    """Do what stands on standard input."""
    os.nice(_NICER)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    most = task.memory_bytes + _MAPPED_BYTES  # between two looks at what is really used
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    out = sys.stdout.buffer
    try:
        work(task, out)
    except HubError as error:
        write(out, ReplayLine(problem=ProblemView(code=error.reason, message=error.message)))
    except MemoryError:
        message = (
            "There is too much in this period for the memory a what-if may take: choose a shorter "
            "one (the setting whatif.memory_bytes)."
        )
        write(out, ReplayLine(problem=ProblemView(code="whatif.memory", message=message)))
    except Exception:
        write(out, Failed(traceback.format_exc()))
        return 1
    return 0


if __name__ == "__main__":
    os._exit(main())  # without waiting for the thread that reads
