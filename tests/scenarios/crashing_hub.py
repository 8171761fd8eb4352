"""A hub that is killed at a point that is named: run as a module, it forks a hub for each line.

`python -m tests.scenarios.crashing_hub SETTINGS` imports everything once; for each line "POINT N"
on stdin a child serves until the point is passed for the Nth time, and dies there by SIGKILL. An
empty point serves until the line "stop". What became of it is a line on stdout. Nothing of it is
in the hub: the points are calls of the hub's own functions, wrapped in the child.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from hub.app import serve
from hub.channels.mailbox import way_out
from hub.intake import acknowledgement
from hub.intake.case import Case
from hub.settings import load_settings
from hub.storage import DirectoryBlobs, Store, Tx
from hub.vendors.mail.imap import ImapSession
from hub.vendors.mail.intake import MailIntake

Die = Callable[[], None]


def _around(owner: Any, name: str, die: Die, *, before: bool) -> None:
    """Die before or after each call of a coroutine function."""
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(real)
    async def call(*args: Any, **named: Any) -> Any:
        if before:
            die()
        result = await real(*args, **named)
        if not before:
            die()
        return result

    setattr(owner, name, call)


def _committed(use_case: str, die: Die) -> None:
    """Die as soon as a transaction of this use case is committed, before its caller knows."""
    real = Store.write

    async def write(store: Store, function: Any, argument: Any) -> Any:
        result = await real(store, function, argument)
        # One that takes many at once is no function and has a `name`.
        name = getattr(function, "name", getattr(function, "__name__", ""))
        if name.rpartition(".")[2] == use_case:
            die()
        return result

    Store.write = write  # type: ignore[method-assign,assignment]  # this child's own copy


def _uncommitted(die: Die) -> None:
    """Die in the transaction that files: all is written, nothing is committed."""
    real = acknowledgement.acknowledge

    def acknowledge(tx: Tx, due: Sequence[Case]) -> set[str]:
        promised = real(tx, due)
        die()
        return promised

    acknowledgement.acknowledge = acknowledge


POINTS: dict[str, Callable[[Die], None]] = {
    "fetched, nothing kept": lambda die: _around(DirectoryBlobs, "put", die, before=True),
    "bytes kept, no row": lambda die: _around(DirectoryBlobs, "put", die, before=False),
    "kept and filed, nobody told": lambda die: _committed("kept_and_received", die),
    "row kept, not filed": lambda die: _committed("keep_raw", die),
    "filing, not committed": _uncommitted,
    "filed, nobody told": lambda die: _committed("receive", die),
    "settled, not marked": lambda die: _committed("settle_raw", die),
    "marked at the server": lambda die: _around(ImapSession, "mark", die, before=False),
    "stored, before the 250": lambda die: _around(MailIntake, "handle_DATA", die, before=False),
    "acknowledgement claimed": lambda die: _around(way_out, "send_smtp", die, before=True),
    "acknowledgement taken": lambda die: _around(way_out, "send_smtp", die, before=False),
    "acknowledgement recorded": lambda die: _committed("settle", die),
}

# Passed by what is kept before it is read: large mails.
LONG_WAY = {"row kept, not filed", "filed, nobody told", "settled, not marked"}


def _serve(settings_file: Path, point: str, times: int) -> None:
    left = times

    def die() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if point:
        POINTS[point](die)
    asyncio.run(serve(load_settings(settings_file), asyncio.Event(), _told))


def _told(_: object) -> None:
    _say("up")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Fork a hub for each line of stdin."""
    settings_file = Path(sys.argv[1])
    _say("ready")
    for line in sys.stdin:
        point, _, times = line.rstrip("\n").rpartition(" ")
        child = os.fork()
        if child == 0:
            try:
                _serve(settings_file, point, int(times))
            finally:
                os._exit(1)
        if not point:
            sys.stdin.readline()
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        _say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
