"""What a message of a page becomes for the hub: who writes, what came before it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hub.contacts.inbound import (
    HistoryEntry,
    IdentityKind,
    Inbound,
    Receipt,
    Scalar,
    SenderIdentity,
)
from hub.contacts.model import InteractionKind

from . import service


def senders_of(visitor: service.Visitor, *, introduce: bool) -> tuple[SenderIdentity, ...]:
    """Who writes: the visitor; once a socket also what else is known of them."""
    own = visitor.speaks_as or visitor.id
    first = SenderIdentity(IdentityKind.VISITOR, own, visitor.name or None, verified=True)
    if not introduce:
        return (first,)
    senders, name, signed = [first], visitor.name or None, visitor.signed_email
    if visitor.external_id:
        senders.append(SenderIdentity(IdentityKind.EXTERNAL, visitor.external_id, name, True))
    if signed:
        senders.append(SenderIdentity(IdentityKind.EMAIL, signed, name, True))
    if visitor.email and visitor.email != signed:  # what the page says proves nothing
        senders.append(SenderIdentity(IdentityKind.EMAIL, visitor.email, name))
    return tuple(senders)


def meta_of(page: str, searched: Sequence[str], read: Sequence[str]) -> dict[str, Scalar]:
    """What is kept beside a message: the page, what was searched and read before, a line each."""
    kept: dict[str, Scalar] = {"page": page} if page else {}
    for name, lines in (("searched", searched), ("read", read)):
        told = [" ".join(line.replace("\x00", " ").split()) for line in lines]
        if text := "\n".join(filter(None, dict.fromkeys(told))):
            kept[name] = text
    return kept


def entry_of(inbound: Inbound, receipt: Receipt) -> HistoryEntry | None:
    """Return what other pages of the same customer are shown, if it is known without a query."""
    if inbound.files:
        return None
    return HistoryEntry(
        interaction_id=receipt.interaction_id,
        seq=receipt.seq,
        kind=InteractionKind.MESSAGE,
        direction="in",
        text=inbound.text,
        html=None,
        author_name=None,
        at=inbound.received_at,
        client_id=inbound.client_id,
    )
