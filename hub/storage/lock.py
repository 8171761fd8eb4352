"""The file lock of a SQLite database: one process works on it, a second is told where that is.

An advisory `flock` on `<database>.lock`, released by the kernel when its holder dies, so a crash
leaves nothing to clean up. PostgreSQL needs none: there, leases decide (leases.py).
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Self

from hub.core.errors import Conflict


class HubRuns(Conflict):
    """A hub works on this database already. `socket` is where it takes jobs, if it said so."""

    code = "hub_runs"

    def __init__(self, path: Path, pid: int | None, socket: Path | None) -> None:
        super().__init__(
            f"Another hub (process {pid or 'unknown'}) works on {path}: stop it first, "
            "or give this one its own data_dir."
        )
        self.socket = socket


class FileLock:
    """Hold with `with`. Raises HubRuns when another process, or another hub in this one, has it."""

    def __init__(self, database: Path, socket: Path | None = None) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.lock")
        self._socket = socket
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, socket = _holder(descriptor)
            os.close(descriptor)
            raise HubRuns(self._database, pid, socket) from None
        os.ftruncate(descriptor, 0)
        said = {"pid": os.getpid(), "socket": str(self._socket) if self._socket else None}
        os.pwrite(descriptor, json.dumps(said).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(self, *_: object) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def _holder(descriptor: int) -> tuple[int | None, Path | None]:
    """Read who holds the lock; nothing is known in the moment before it has written that down."""
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return None, None
    return said["pid"], Path(said["socket"]) if said["socket"] else None
