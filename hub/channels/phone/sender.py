"""Who calls, as the hub is told."""

from __future__ import annotations

from hub.contacts.inbound import IdentityKind, SenderIdentity

from .model import Call


def sender_of(call: Call) -> SenderIdentity:
    """Return who calls: the number as the network shows it (never proof), or nobody known."""
    if call.customer_address:
        return SenderIdentity(IdentityKind.PHONE, call.customer_address)
    return SenderIdentity(IdentityKind.EXTERNAL, f"call:{call.sid}", name="Withheld number")
