"""Finding what was said: messages, answers and notes on the contacts that one may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts.access import Sight
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, interactions
from hub.core.text import parse_query
from hub.storage import Store, Tx
from hub.storage.search import MAX_HITS, Hit, SearchKind, search_documents
from hub.web import Access, Page, PageQuery, Principal, decode_cursor, encode_cursor, route

from .readers import reader_of
from .rows import contact_rows
from .shapes import ContactRow, FoundEntry

_ROUNDS = 5  # of MAX_HITS entries, looked at for one page
_BEGINNING = 3  # letters of a word that is still being typed: fewer begin too many words
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
        hits, before = _visible_hits(tx, reader.sight, query, before)
        shown = _entries(tx, [hit.ref_id for hit in hits])
        return Page(
            items=[
                _found(row, view, query.q)
                for row, view in zip(shown, contact_rows(tx, reader, shown), strict=True)
            ],
            after=None if before is None else encode_cursor(_Position(before)),
        )


def _visible_hits(
    tx: Tx, sight: Sight, query: WordsQuery, before: int | None
) -> tuple[list[Hit], int | None]:
    """Return at most `query.limit` hits that one may see, and where to go on; None: no more."""
    last_word = query.q.rstrip().rpartition(" ")[2]
    words = parse_query(query.q, prefix=len(last_word) >= _BEGINNING)
    visible: list[Hit] = []
    for _ in range(_ROUNDS):
        hits = search_documents(tx, SearchKind.INTERACTIONS, words, MAX_HITS, before)
        ids = set(
            tx.execute(
                select(interactions.c.id)
                .join(contacts, contacts.c.id == interactions.c.contact_id)
                .where(interactions.c.id.in_([hit.ref_id for hit in hits]))
                .where(sight.contacts())
                .where(contacts.c.state != ContactState.QUARANTINED)  # nobody has let it in yet
            ).scalars()
        )
        visible += [hit for hit in hits if hit.ref_id in ids]
        if len(visible) > query.limit:
            shown = visible[: query.limit]
            return shown, shown[-1].doc
        if len(hits) < MAX_HITS:
            return visible, None
        before = hits[-1].doc
    return visible, before


def contacts_of_entries(tx: Tx, ids: Sequence[str]) -> list[str]:
    """Return the ids of the contacts that these entries belong to."""
    found = select(interactions.c.contact_id).where(
        interactions.c.id.in_(ids), interactions.c.contact_id.is_not(None)
    )
    return sorted(set(tx.execute(found).scalars()))


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
