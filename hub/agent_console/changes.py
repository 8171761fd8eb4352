"""What is new for all consoles that ask at once: rows in hand and entries of conversations.

A message concerns the row of one contact and the entries of one conversation, on every console that
shows them. All of it is read together, by a fixed number of statements however many consoles ask
(`hub.storage.together`), and an entry is made into what is shown once for all who follow it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hub.contacts.access import conversations_seen
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.web.principal import Principal

from .hiding import without_numbers
from .readers import Reader, readers_of
from .rows import rows_of_readers
from .shapes import ContactRow, InteractionView
from .timeline import list_many_entries

MOST_ENTRIES = 500  # of one conversation at once


class AskChanges(NamedTuple):
    """`rows`: contacts; `after`: conversation -> the seq after which its entries are wanted."""

    principal: Principal
    masks: bool
    rows: frozenset[str]
    after: Mapping[str, int]


class Conversation(NamedTuple):
    """Entries after `after`, oldest first, at most MOST_ENTRIES; what the customer has read."""

    after: int
    entries: Sequence[InteractionView]
    customer_read_seq: int


class Changes(NamedTuple):
    """What somebody may not see, or no longer, is missing in both."""

    rows: Mapping[str, ContactRow]
    conversations: Mapping[str, Conversation]


def read_changes(tx: Tx, asked: Sequence[AskChanges]) -> list[Changes]:
    """Return to each what it asked for and may see."""
    readers = readers_of(tx, [(ask.principal, ask.masks) for ask in asked])
    rows = _rows(tx, readers, [ask.rows for ask in asked])
    talks = _conversations(tx, readers, [ask.after for ask in asked])
    return [Changes(*found) for found in zip(rows, talks, strict=True)]


_CONTACTS = Statement("SELECT c.* FROM {rows} JOIN contacts c ON c.id = {text 0}")


def _rows(
    tx: Tx, readers: Sequence[Reader], wanted: Sequence[frozenset[str]]
) -> list[dict[str, ContactRow]]:
    ids = sorted(frozenset().union(*wanted))
    if not ids:
        return [{} for _ in wanted]
    found = {row.id: row for row in _CONTACTS(tx, [[id_] for id_ in ids])}
    pairs = [
        (place, found[contact_id])
        for place, of_one in enumerate(wanted)
        for contact_id in of_one & found.keys()
        if readers[place].sight.sees(
            found[contact_id].queue_id, found[contact_id].agent_id, contact_id
        )
    ]
    shown = rows_of_readers(tx, [(readers[place], row) for place, row in pairs])
    answers: list[dict[str, ContactRow]] = [{} for _ in wanted]
    for (place, _), row in zip(pairs, shown, strict=True):
        answers[place][row.id] = row
    return answers


def _conversations(
    tx: Tx, readers: Sequence[Reader], wanted: Sequence[Mapping[str, int]]
) -> list[dict[str, Conversation]]:
    pairs = [
        (reader.sight, conversation_id)
        for reader, of_one in zip(readers, wanted, strict=True)
        for conversation_id in of_one
    ]
    seen = conversations_seen(tx, pairs)
    whole = list_many_entries(tx, _lowest(wanted), MOST_ENTRIES)
    hidden = {id_: [without_numbers(entry) for entry in found] for id_, found in whole.items()}
    return [
        {
            conversation_id: Conversation(
                after,
                [entry for entry in shown.get(conversation_id, ()) if entry.seq > after],
                seen[reader.sight.user_id, conversation_id],
            )
            for conversation_id, after in of_one.items()
            if (reader.sight.user_id, conversation_id) in seen
        }
        for reader, of_one in zip(readers, wanted, strict=True)
        for shown in (hidden if reader.masks else whole,)
    ]


def _lowest(wanted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Several consoles may follow one conversation from different places: read from the first."""
    lowest: defaultdict[str, int] = defaultdict(lambda: 2**53)
    for of_one in wanted:
        for conversation_id, after in of_one.items():
            lowest[conversation_id] = min(lowest[conversation_id], after)
    return dict(lowest)
