"""What a file has said already, however long it is: keys on disk, not in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import msgspec

_CACHE_KIB = 4_096


class Seen:
    """Keys with the line that had each first; a temporary database that goes when it is closed."""

    def __init__(self) -> None:
        # an empty name: a file of SQLite's own, removed by it (https://www.sqlite.org/inmemorydb.html)
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def note(self, keys: Sequence[tuple[str, int]]) -> list[int | None]:
        """Return for each (key, line) the line that had the key before, None where it is new."""
        asked = msgspec.json.encode([key for key, _ in keys]).decode()
        found = self._db.execute(
            "SELECT s.key, s.line FROM json_each(?) j JOIN seen s ON s.key = j.value", (asked,)
        )
        known = dict(found.fetchall())
        new: dict[str, int] = {}
        before: list[int | None] = []
        for key, line in keys:
            at = known.get(key, new.get(key))
            before.append(at)
            if at is None:
                new[key] = line
        self._db.executemany("INSERT INTO seen VALUES (?, ?)", new.items())
        return before
