"""SQLite's log: when it is brought into the database, by the writer and nobody else.

A page that is written in every commit is copied once for each checkpoint: few large ones cost far
less than many small ones, and one that nobody waits for costs nothing. The file stays as long as it
was (RESTART): written over, a commit takes half the time it takes to make the file longer.

https://www.sqlite.org/wal.html and https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import logging
import struct
import time
from pathlib import Path

from sqlalchemy import Connection

from .engine import BUSY_TIMEOUT_MS

log = logging.getLogger(__name__)

IDLE_BYTES = 4 << 20
CALM_BYTES = 8 << 20  # nobody waits: a short one now, not a long one later
FORCED_BYTES = 64 << 20
LOOK_EVERY = 32  # commits
READERS_MS = 25  # how long a checkpoint waits for those who read what is in the log
AGAIN_S = 1.0  # after one that they kept from ending; a backup reads for minutes

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_SALT_BYTES = 8
_MAGIC = (0x377F0682, 0x377F0683)


class Log:
    """The log of one database, for the thread that writes it."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._look_at = 0  # the commit after which its length is looked at, idle or not
        self._not_before = 0.0  # on the monotonic clock

    def between(self, connection: Connection | None, commits: int, *, calm: bool) -> None:
        """Look at it between two transactions, now and then. `calm`: nobody waits just now."""
        if commits >= self._look_at:
            self._look_at = commits + LOOK_EVERY
            self._shorten(connection, CALM_BYTES if calm else FORCED_BYTES)

    def idle(self, connection: Connection | None) -> None:
        self._shorten(connection, IDLE_BYTES)

    def empty(self, connection: Connection) -> None:
        """Leave nothing in it: the hub stops."""
        _checkpoint(connection, "TRUNCATE", BUSY_TIMEOUT_MS)

    def _shorten(self, connection: Connection | None, most_bytes: int) -> None:
        """Begin it anew where it passes `most_bytes`. Calls wait meanwhile, so readers are hardly
        waited for.
        """
        if connection is None or connection.closed or time.monotonic() < self._not_before:
            return
        if is_longer(self._path, most_bytes) and not _checkpoint(connection, "RESTART", READERS_MS):
            self._not_before = time.monotonic() + AGAIN_S


def _checkpoint(connection: Connection, mode: str, patience_ms: int) -> bool:
    """Copy the log into the database; say whether all of it could be, so that it begins anew."""
    try:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - a live pooled connection has one
        driver.execute(f"PRAGMA busy_timeout={patience_ms}").close()
        busy, _, _ = driver.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").close()
    except Exception as error:
        log.warning("checkpoint failed, it is tried again later: %s", error)
        return False
    return not busy


def is_longer(path: str | Path, most_bytes: int) -> bool:
    """Say whether the log in use passes `most_bytes`; the size of its file does not tell.

    A frame belongs to it if it bears the salt of the header: what was written before the log began
    anew bears another one. After a checkpoint the old answer holds until the next commit.
    """
    try:
        with open(path, "rb", buffering=0) as log:
            header = log.read(_HEADER_BYTES)
            if len(header) < _HEADER_BYTES:
                return False
            magic, _, page_bytes = struct.unpack_from(">III", header)
            if magic not in _MAGIC:
                return False
            frame_bytes = _FRAME_HEADER_BYTES + page_bytes
            place = max(0, most_bytes - _HEADER_BYTES) // frame_bytes
            log.seek(_HEADER_BYTES + place * frame_bytes + 8)
            return log.read(_SALT_BYTES) == header[16 : 16 + _SALT_BYTES]
    except FileNotFoundError:
        return False
