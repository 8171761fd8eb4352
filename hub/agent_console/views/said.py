"""What was said: entries by their words, newest first, on contacts that a filter keeps."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, select

from hub.contacts.access import Sight
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, interactions
from hub.core.text import fold, parse_query
from hub.storage import Tx
from hub.storage.search import MAX_HITS, Hit, SearchKind, search_documents

from .ranges import Rest

_SEARCHES = 5  # of MAX_HITS entries, looked at for one page
_BEGINNING = 3  # letters of a word that is still being typed: fewer begin too many words


class ByDoc(msgspec.Struct, frozen=True, array_like=True, tag="w"):
    """Behind this entry of the index of what was said."""

    doc: int


class Said(NamedTuple):
    """`phrase`: stands in the entry as it is, whatever the case and the form of its letters."""

    sight: Sight
    words: str
    phrase: str
    rest: Rest
    limit: int
    before: int | None = None


class Entry(NamedTuple):
    doc: int
    id: str
    contact_id: str


def contacts_said(tx: Tx, wanted: Said) -> tuple[list[str], ByDoc | None]:
    """Return the contacts with such an entry, each once on a page, and where to go on."""
    entries, after = entries_said(tx, wanted, once=True)
    return [entry.contact_id for entry in entries], after


def entries_said(tx: Tx, wanted: Said, *, once: bool = False) -> tuple[list[Entry], ByDoc | None]:
    """Return such entries, newest first, and where to go on; None: no more.

    `once`: the newest of each contact only. A page can be short, or empty, and not be the last.
    """
    typed = f"{wanted.phrase} {wanted.words}".strip()
    last_word = typed.rpartition(" ")[2]
    prefix = len(last_word) >= _BEGINNING and bool(wanted.words.strip())
    query = parse_query(typed, prefix=prefix)
    before, found, known = wanted.before, list[Entry](), set[str]()
    for _ in range(_SEARCHES):
        hits = search_documents(tx, SearchKind.INTERACTIONS, query, MAX_HITS, before)
        kept = _kept(tx, wanted, hits)
        for hit in hits:
            row = kept.get(hit.ref_id)
            if row is None or (once and row.contact_id in known):
                continue
            if len(found) == wanted.limit:
                return found, ByDoc(found[-1].doc)
            known.add(row.contact_id)
            found.append(Entry(hit.doc, hit.ref_id, row.contact_id))
        if len(hits) < MAX_HITS:
            return found, None
        before = hits[-1].doc
    return found, None if before is None else ByDoc(before)


def _kept(tx: Tx, wanted: Said, hits: list[Hit]) -> dict[str, Row[Any]]:
    """Return, by entry, those of contacts that one may see and the filter keeps."""
    if not hits:
        return {}
    rows = tx.execute(
        select(interactions.c.id, interactions.c.contact_id, interactions.c.text,
               interactions.c.subject)
        .join(contacts, contacts.c.id == interactions.c.contact_id)
        .where(
            interactions.c.id.in_([hit.ref_id for hit in hits]),
            wanted.sight.contacts(),
            contacts.c.state != ContactState.QUARANTINED,  # nobody has let it in yet
            *wanted.rest(contacts.c),
        )
    )  # fmt: skip
    phrase = _plain(wanted.phrase)
    return {
        row.id: row
        for row in rows
        if not phrase or phrase in _plain(f"{row.subject or ''}\n{row.text}")
    }


def _plain(text: str) -> str:
    return " ".join(fold(text).split())
