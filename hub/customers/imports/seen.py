"""Which rows of one file are about the same customer, whatever the size of the file.

The index of what was seen lies in a temporary file of its own, so that memory stays that of a page.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from hub.core.text import fold

_TABLE = """
CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER NOT NULL, name TEXT NOT NULL,
                   external_id TEXT NOT NULL) WITHOUT ROWID
"""
_CACHE_KIB = 8_192
_MAX_KEYS = 200  # of one row


@dataclass(frozen=True, slots=True)
class Earlier:
    """A row that came before: the first one about its customer. `is_same`: it is about the one of
    this row too, for their names and ids do not contradict each other.
    """

    line: int
    is_same: bool


class Seen:
    """What the rows up to now are known by. Close it; used by one thread at a time."""

    def __init__(self) -> None:
        # "": a temporary file that SQLite removes itself; it holds the index beyond the cache
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(_TABLE)
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def find(self, keys: Sequence[str], name: str | None, external_id: str) -> list[Earlier]:
        """Return the earlier rows that are known by one of `keys`, each once, the first first."""
        marks = ", ".join("?" * len(keys[:_MAX_KEYS]))
        rows = self._db.execute(
            f"SELECT DISTINCT line, name, external_id FROM seen WHERE key IN ({marks})"  # noqa: S608 - question marks only
            " ORDER BY line",
            keys[:_MAX_KEYS],
        )
        folded = _folded(name)
        return [
            Earlier(
                line,
                is_same=(not folded or not other or folded == other)
                and (not external_id or not other_id or external_id == other_id),
            )
            for line, other, other_id in rows
        ]

    def knows(self, keys: Sequence[str]) -> bool:
        """Say whether all of these were seen."""
        marks = ", ".join("?" * len(keys[:_MAX_KEYS]))
        [(known,)] = self._db.execute(
            f"SELECT count(*) FROM seen WHERE key IN ({marks})",  # noqa: S608 - question marks only
            keys[:_MAX_KEYS],
        )
        return bool(known == len(set(keys)))

    def add(self, keys: Sequence[str], line: int, name: str | None, external_id: str) -> None:
        """Keep by what a row is known; what was seen before stays with its first row."""
        row = (line, _folded(name), external_id)
        self._db.executemany(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", [(key, *row) for key in keys]
        )


def _folded(name: str | None) -> str:
    return "".join(fold(name).split()) if name else ""
