"""What of a customer is found by search: names, addresses, numbers by their last four digits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import text

from hub.storage import Tx
from hub.storage.bulk import encode_rows, json_rows
from hub.storage.search import Document, SearchKind, index_documents, remove_documents
from hub.storage.types import UTCDateTime

from .model import IdentityKind
from .normalise import number_search_words

_SEARCHED = frozenset(
    {IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.FAX, IdentityKind.EXTERNAL}
)
_SELECT = """
SELECT c.id, c.name, c.created_at, c.merged_into_id, i.kind, i.value_norm, i.value_raw
FROM {rows}
JOIN customers c ON c.id = j.value ->> 0
LEFT JOIN customer_identities i ON i.customer_id = c.id AND i.status <> 'removed'
"""


def index_customers(tx: Tx, ids: Collection[str]) -> None:
    """Bring the search index up to date for these customers, with a fixed number of statements.

    Merged customers and visitors of whom nothing is known are not in it.
    """
    rows = tx.execute(
        text(_SELECT.format(rows=json_rows(tx))).columns(created_at=UTCDateTime()),
        {"rows": encode_rows([customer_id] for customer_id in sorted(ids))},
    ).all()
    words: defaultdict[str, list[str]] = defaultdict(list)
    made_at = {}
    for row in rows:
        made_at[row.id] = row.created_at
        if row.merged_into_id is None:
            words[row.id] += _words(row.kind, row.value_norm, row.value_raw)
            if row.name and row.name not in words[row.id]:
                words[row.id].append(row.name)
    remove_documents(tx, SearchKind.CUSTOMERS, ids)
    index_documents(
        tx,
        SearchKind.CUSTOMERS,
        [Document(key, "\n".join(found), made_at[key]) for key, found in words.items()],
    )


def _words(kind: str | None, value: str | None, written: str | None) -> list[str]:
    if kind not in _SEARCHED or value is None or written is None:
        return []
    if kind in (IdentityKind.PHONE, IdentityKind.FAX):
        return [number_search_words(value)]
    return [written]
