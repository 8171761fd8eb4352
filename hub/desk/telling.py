"""What those who act on many contacts write on their timelines: one system entry for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from hub.contacts import service as contact_service
from hub.storage import Tx

Said = Mapping[str, str | int | None]
"""The entry's code and what its words name."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, as the timeline names them. `id` None: nobody, a rule does."""

    id: str | None
    name: str


def tell_each(
    tx: Tx, said: Iterable[tuple[Row[Any], Said]], heads: Mapping[str, int], by: By
) -> list[str]:
    """Append a system entry to the conversation of each contact, and return their ids.

    `heads`: last seq of each conversation, locked.
    """
    who = (by.id, by.name)
    entries = [contact_service.system_entry(tx, row, meta, who) for row, meta in said]
    contact_service.append_system(tx, entries, heads)
    return [entry.id for entry in entries]
