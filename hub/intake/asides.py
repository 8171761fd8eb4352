"""What answers something we had forwarded: it is said beside the conversation with the customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound
from hub.contacts.model import InteractionKind
from hub.contacts.tables import conversations, interactions
from hub.customers.model import Identified
from hub.customers.reads import customers_of_identities
from hub.customers.tables import identities
from hub.storage import Tx

from .case import Case

_MAILS = frozenset({InteractionKind.MESSAGE, InteractionKind.SYSTEM})  # and reports on them


def as_asides(tx: Tx, items: Sequence[Inbound]) -> list[Inbound]:
    """Return the items; those that answer an aside of ours are asides, which nobody acknowledges.
    The report that one did not arrive is internal, too.

    An answer that names no mail of ours, but comes to the address of a conversation, is one where
    its sender was forwarded something there. One statement for each kind, none where none is.
    """
    found = _asides_among(tx, {item.answers for item in items if item.answers is not None})
    forwarded_to = _forwarded_to(tx, [item for item in items if _is_unmarked(item)])
    return [
        _aside(item)
        if item.answers in found
        or (_is_unmarked(item) and _sender(item) in forwarded_to[item.conversation_id or ""])
        else item
        for item in items
    ]


def _aside(item: Inbound) -> Inbound:
    if item.kind is InteractionKind.SYSTEM:
        return structs.replace(item, internal=True)
    return structs.replace(
        item,
        kind=InteractionKind.ASIDE,
        internal=True,
        acknowledge=False,
        no_acknowledge_reason=item.no_acknowledge_reason or "aside",
    )


def _is_unmarked(item: Inbound) -> bool:
    """Whether a mail came to a conversation without the mark of what it answers or tells of."""
    mail = item.senders[0].kind is IdentityKind.EMAIL and item.kind in _MAILS
    return mail and item.answers is None and item.conversation_id is not None


def _sender(item: Inbound) -> str:
    return item.senders[0].value.strip().casefold()


def _asides_among(tx: Tx, ids: set[str]) -> set[str]:
    if not ids:
        return set()
    aside = interactions.c.kind == InteractionKind.ASIDE
    found = select(interactions.c.id).where(interactions.c.id.in_(sorted(ids)), aside)
    return set(tx.execute(found).scalars())


def _forwarded_to(tx: Tx, items: Sequence[Inbound]) -> defaultdict[str, set[str]]:
    """Return by conversation who was forwarded something in it, but never its own customer."""
    ids = {item.conversation_id for item in items if item.conversation_id is not None}
    found: defaultdict[str, set[str]] = defaultdict(set)
    if not ids:
        return found
    rows = tx.execute(
        select(interactions.c.conversation_id, interactions.c.meta, identities.c.value_norm)
        .join(conversations, conversations.c.id == interactions.c.conversation_id)
        .join(identities, identities.c.id == conversations.c.identity_id)
        .where(
            interactions.c.conversation_id.in_(sorted(ids)),
            interactions.c.kind == InteractionKind.ASIDE,
            interactions.c.author_id.is_not(None),
        )
    )
    for row in rows:
        found[row.conversation_id] |= set(_named(row.meta)) - {row.value_norm.casefold()}
    return found


def _named(meta: Any) -> Iterator[str]:
    return (
        str(one).strip().casefold() for name in ("to", "cc", "bcc") for one in meta.get(name, ())
    )


def serve_their_customers(tx: Tx, cases: Sequence[Case]) -> None:
    """What an aside opens is its customer's, with their tier: not of who was forwarded a mail."""
    theirs = [
        case
        for case in cases
        if case.item.kind is InteractionKind.ASIDE
        and case.thread.identity_id != case.who.identity_id
    ]
    rows = customers_of_identities(tx, [case.thread.identity_id for case in theirs])
    for case in theirs:
        row = rows.get(case.thread.identity_id)
        if row is not None:
            case.served = Identified(
                row.id, row.customer_id, row.tier, row.language, is_new=False, name=row.name
            )
