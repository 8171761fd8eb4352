"""What a message of a page becomes for the hub: who writes, what came before it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.contacts.inbound import (
    HistoryEntry,
    IdentityKind,
    Inbound,
    Proven,
    Receipt,
    Scalar,
    SenderIdentity,
)
from hub.contacts.model import Channel, InteractionKind
from hub.contacts.proving.model import PROOF, Proof

from . import service
from .identity import SiteIdentity
from .settings import WebChatSettings


def senders_of(
    visitor: service.Visitor, *, now: datetime, introduce: bool, phone: str = ""
) -> tuple[SenderIdentity, ...]:
    """Who writes: the visitor; once a socket also what else is known of them. `phone`: the number
    the site has signed. A proof that has ended is no more than words.
    """
    own = visitor.speaks_as or visitor.id
    first = SenderIdentity(IdentityKind.VISITOR, own, visitor.name or None, verified=True)
    if not introduce:
        return (first,)
    senders, name, signed = [first], visitor.name or None, visitor.signed_email
    if visitor.external_id:
        senders.append(SenderIdentity(IdentityKind.EXTERNAL, visitor.external_id, name, True))
    if signed:
        senders.append(SenderIdentity(IdentityKind.EMAIL, signed, name, True))
    if phone:
        senders.append(SenderIdentity(IdentityKind.PHONE, phone, name, True))
    proven = visitor.proven_email if visitor.is_proven(now) else None
    if proven and proven != signed:
        senders.append(SenderIdentity(IdentityKind.EMAIL, proven, name, True, PROOF))
    proved = {signed, proven}
    if visitor.email and visitor.email not in proved:  # what the page says proves nothing
        senders.append(SenderIdentity(IdentityKind.EMAIL, visitor.email, name))
    return tuple(senders)


def proof_of(visitor: service.Visitor) -> Proof | None:
    """Return the code on which it rests who a visitor is; None where the site has signed it since,
    or where they came by a link in a mail.
    """
    by_code = not visitor.is_signed and visitor.speaks_as is None
    return visitor.proof if by_code else None


def proven_of(
    visitor: service.Visitor,
    identity: SiteIdentity | None,
    widget: WebChatSettings,
    now: datetime,
) -> Proven:
    """Return who the visitor of a conversation is, by what the site says, or by a code they typed.
    The tier only where the site is trusted with it.

    Raises ValueError for a visitor who has not written.
    """
    if visitor.conversation_id is None:
        raise ValueError("nobody asks yet who this visitor is")
    return Proven(
        entry_point_id=visitor.entry_point_id,
        channel=Channel.WEBCHAT,
        conversation_id=visitor.conversation_id,
        senders=senders_of(
            visitor, now=now, introduce=True, phone=identity.phone if identity else ""
        ),
        language=(identity.language if identity else "") or visitor.language or None,
        tier=(identity.tier or None) if identity and widget.trust_tier else None,
        highest_tier=widget.highest_tier,
        proof=proof_of(visitor),
    )


def meta_of(
    page: str, searched: Sequence[str], read: Sequence[str], plan: str = ""
) -> dict[str, Scalar]:
    """What is kept beside a message: the page, the plan the site has signed, what was searched and
    read before, a line each.
    """
    named = {"page": page, "plan": plan}
    kept: dict[str, Scalar] = {name: text for name, text in named.items() if text}
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
