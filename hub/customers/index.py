"""What of a customer is found by search: names, also in Latin letters, addresses, numbers by their
last 4, 6, 7 or 8 digits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select, text, update

from hub.core.text import stem
from hub.storage import LIMIT, Look, Tx
from hub.storage.bulk import Statement, read_time
from hub.storage.search import Document, SearchKind, index_documents, remove_documents

from .model import IdentityKind
from .normalise import number_search_words
from .pinyin import search_words
from .tables import INDEXED_AS, customers

_SEARCHED = frozenset(
    {IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.FAX, IdentityKind.EXTERNAL}
)
_SELECT = Statement("""
SELECT c.id, c.name, c.created_at, c.merged_into_id, i.kind, i.value_norm, i.value_raw
FROM {rows}
JOIN customers c ON c.id = {text 0}
LEFT JOIN customer_identities i ON i.customer_id = c.id AND i.status <> 'removed'
""")


def index_customers(tx: Tx, ids: Collection[str]) -> None:
    """Bring the search index up to date for these customers, with a fixed number of statements.

    Merged customers and visitors of whom nothing is known are not in it.
    """
    rows = _SELECT(tx, [[customer_id] for customer_id in sorted(ids)])
    words: defaultdict[str, list[str]] = defaultdict(list)
    romanised: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    made_at = {}
    for row in rows:
        made_at[row.id] = read_time(row.created_at)
        if row.merged_into_id is None:
            words[row.id] += _words(row.kind, row.value_norm, row.value_raw)
            if row.name and row.name not in words[row.id]:
                words[row.id].append(row.name)
                romanised[row.id] = _latin_words(row.name)
    remove_documents(tx, SearchKind.CUSTOMERS, ids)
    index_documents(
        tx,
        SearchKind.CUSTOMERS,
        [
            Document(key, "\n".join(found), made_at[key], romanised[key])
            for key, found in words.items()
        ],
    )


_STALE = Look(
    select(customers.c.id)
    .where(customers.c.indexed_as < text(str(INDEXED_AS)))
    .order_by(customers.c.id)
    .limit(LIMIT)
)


def fire_due_reindex(tx: Tx, now: datetime, limit: int) -> int:
    """Index customers as they are indexed now who were indexed in an older way (timekeeper).

    Return how many. An index holds who is left, so nothing is looked at once there is nobody.
    """
    ids = _STALE.ids(tx, now, limit)
    if ids:
        index_customers(tx, ids)
        tx.execute(update(customers).where(customers.c.id.in_(ids)).values(indexed_as=INDEXED_AS))
    return len(ids)


def prepare_name(name: str) -> None:
    """Find a name's words ahead, so that the transaction which indexes it soon need not."""
    _latin_words(name)


@lru_cache(maxsize=4_096)
def _latin_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in Latin letters, each also as a search for it is stemmed."""
    found = search_words(name)
    return tuple(dict.fromkeys([*found, *(stem(word) for word in found)]))


def _words(kind: str | None, value: str | None, written: str | None) -> list[str]:
    if kind not in _SEARCHED or value is None or written is None:
        return []
    if kind in (IdentityKind.PHONE, IdentityKind.FAX):
        return [number_search_words(value)]
    return [written]
