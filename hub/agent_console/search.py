"""Finding what was said: the words of all entries on the contacts that one may see."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, interactions
from hub.core.text import parse_query
from hub.storage import Store, Tx
from hub.storage.search import MAX_HITS, SearchKind, search_documents
from hub.web import Access, Page, PageQuery, Principal, decode_cursor, encode_cursor, route

from .readers import reader_of
from .rows import contact_rows
from .shapes import ContactRow, FoundEntry

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
        """At most 200 entries with these words are looked at for a page: where others may see more
        of them than one may oneself, a page can be short, or empty, and still not be the last.
        """
        return await self._store.read(self._find, (principal, query))

    def _find(self, tx: Tx, asked: tuple[Principal, WordsQuery]) -> Page[FoundEntry]:
        principal, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        position = decode_cursor(query.after, _Position)
        words = parse_query(query.q, prefix=True)
        before = None if position is None else position.doc
        hits = search_documents(tx, SearchKind.INTERACTIONS, words, MAX_HITS, before)
        seen = {
            row.entry_id: row
            for row in tx.execute(
                select(
                    interactions.c.id.label("entry_id"),
                    interactions.c.at.label("entry_at"),
                    interactions.c.kind.label("entry_kind"),
                    interactions.c.direction.label("entry_direction"),
                    interactions.c.text.label("entry_text"),
                    contacts,
                )
                .join(contacts, contacts.c.id == interactions.c.contact_id)
                .where(interactions.c.id.in_([hit.ref_id for hit in hits]))
                .where(reader.sight.contacts())
                .where(contacts.c.state != ContactState.QUARANTINED)  # nobody has let it in yet
            )
        }
        visible = [hit for hit in hits if hit.ref_id in seen]
        shown = [seen[hit.ref_id] for hit in visible[: query.limit]]
        last = visible[query.limit - 1] if len(visible) > query.limit else None
        if last is None and len(hits) == MAX_HITS:
            last = hits[-1]
        return Page(
            items=[
                _found(row, view, query.q)
                for row, view in zip(shown, contact_rows(tx, reader, shown), strict=True)
            ],
            after=None if last is None else encode_cursor(_Position(last.doc)),
        )


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
