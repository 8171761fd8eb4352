"""The outside ledger: what the world sent and was told is stored, held against what is stored.

Kept by the driver, outside the hub's process, so a killed hub cannot take it along. It reads the
hub's database file directly and read-only: the proof must not rest on the hub's own word.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Balance:
    """`lost`: acknowledged and not stored; `twice`: stored more than once."""

    sent: int
    acknowledged: int
    stored: int
    lost: tuple[str, ...]
    twice: tuple[str, ...]


@dataclass(slots=True)
class Ledger:
    """Marks are what the sender can find again: a chat's client id, a Message-ID, a call's id."""

    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)

    def sending(self, mark: str) -> None:
        self.sent.add(mark)

    def accepted(self, mark: str) -> None:
        self.acknowledged.add(mark)

    def balance(self, database: Path) -> Balance:
        """Compare with the hub's database file (SQLite), which stays untouched."""
        found = _stored(database)
        return Balance(
            sent=len(self.sent),
            acknowledged=len(self.acknowledged),
            stored=sum(1 for mark in self.sent if found[mark]),
            lost=tuple(sorted(mark for mark in self.acknowledged if not found[mark])),
            twice=tuple(sorted(mark for mark in self.sent if found[mark] > 1)),
        )


def _stored(database: Path) -> Counter[str]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT COALESCE(client_id, external_id) FROM interactions"
            " WHERE direction = 'in' AND (client_id IS NOT NULL OR external_id IS NOT NULL)"
        )
        return Counter(mark for (mark,) in rows)
    finally:
        connection.close()
