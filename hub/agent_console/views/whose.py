"""Whose contacts: a name or an address that was typed becomes identities, of those one may see."""

from __future__ import annotations

from sqlalchemy import select

from hub.agent_console.readers import scope_of
from hub.core.text import parse_query
from hub.customers.access import seen_customers
from hub.customers.normalise import as_digits
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.search import MAX_HITS, SearchKind, search_documents
from hub.web import Principal

_MOST_IDENTITIES = 400


def identities_of(tx: Tx, principal: Principal, typed: str) -> list[str]:
    """Return the identities of customers that this finds, of at most 200 customers."""
    digits = as_digits(typed)
    texts = [typed] if digits in ("", typed) else [typed, digits]
    for text in texts:
        query = parse_query(text, prefix=True)
        hits = search_documents(tx, SearchKind.CUSTOMERS, query, MAX_HITS)
        seen = seen_customers(tx, scope_of(tx, principal), [hit.ref_id for hit in hits])
        if seen:
            found = select(identities.c.id).where(identities.c.customer_id.in_(sorted(seen)))
            return list(
                tx.execute(found.order_by(identities.c.id).limit(_MOST_IDENTITIES)).scalars()
            )
    return []
