"""Finding what was said: messages, answers and notes on the contacts that one may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts.tables import contacts, interactions
from hub.storage import Store, Tx
from hub.web import Access, Page, PageQuery, Principal, decode_cursor, encode_cursor, route

from .readers import Reader, reader_of
from .rows import contact_rows
from .shapes import ContactRow, FoundEntry
from .views.said import Said, entries_said

_EXCERPT = 160  # characters
_BEFORE = 40  # of them stand before the first word found


class WordsQuery(PageQuery, frozen=True):
    """`q`: words in any language; the last one may be unfinished."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Position(msgspec.Struct, frozen=True, array_like=True):
    doc: int


class SearchRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/interactions",
        access=Access.AGENT,
        summary="Find what was said, newest first",
    )
    async def find(self, principal: Principal, query: WordsQuery) -> Page[FoundEntry]:
        """At most 1,000 entries with these words are looked at for a page: where others may see
        more of them than one may oneself, a page can be short, or empty, and still not be the
        last.
        """
        return await self._store.read(self._find, (principal, query))

    def _find(self, tx: Tx, asked: tuple[Principal, WordsQuery]) -> Page[FoundEntry]:
        principal, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        position = decode_cursor(query.after, _Position)
        before = None if position is None else position.doc
        wanted = Said(reader.sight, query.q, "", lambda _: [], query.limit, before)
        entries, after = entries_said(tx, wanted)
        return Page(
            items=found_entries(tx, reader, [entry.id for entry in entries], query.q),
            after=None if after is None else encode_cursor(_Position(after.doc)),
        )


def found_entries(tx: Tx, reader: Reader, ids: Sequence[str], typed: str) -> list[FoundEntry]:
    """Show entries in this order, each with one line around the first of the typed words."""
    rows = _entries(tx, ids)
    views = contact_rows(tx, reader, rows)
    return [_found(row, view, typed) for row, view in zip(rows, views, strict=True)]


def _entries(tx: Tx, ids: Sequence[str]) -> list[Row[Any]]:
    """Return the entries, each with its contact, in this order."""
    rows = tx.execute(
        select(
            interactions.c.id.label("entry_id"),
            interactions.c.at.label("entry_at"),
            interactions.c.kind.label("entry_kind"),
            interactions.c.direction.label("entry_direction"),
            interactions.c.text.label("entry_text"),
            contacts,
        )
        .join(contacts, contacts.c.id == interactions.c.contact_id)
        .where(interactions.c.id.in_(ids))
    )
    found = {row.entry_id: row for row in rows}
    return [found[entry_id] for entry_id in ids]


def _found(row: Row[Any], contact: ContactRow, typed: str) -> FoundEntry:
    return FoundEntry(
        id=row.entry_id,
        at=row.entry_at,
        kind=row.entry_kind,
        direction=row.entry_direction,
        excerpt=excerpt(row.entry_text, typed),
        contact=contact,
    )


def excerpt(text: str, typed: str) -> str:
    """Return one line of a text around the first of the typed words that stands in it as typed."""
    line = " ".join(text.split())
    lower = line.lower()
    places = [place for word in typed.lower().split() if (place := lower.find(word)) >= 0]
    start = max(0, min(places, default=0) - _BEFORE)
    cut = line[start : start + _EXCERPT]
    return f"{'…' if start else ''}{cut}{'…' if start + _EXCERPT < len(line) else ''}"
