"""May these customers be called back? Who asked for it is; who only gave up waiting may say no."""

from __future__ import annotations

from collections.abc import Sequence

from hub.contacts.blocks.model import Blocked, BlockKind
from hub.contacts.blocks.service import find_blocked
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.service import AskFor, may_contact
from hub.customers.consent.model import Purpose
from hub.storage import Tx

from .model import CallbackKind
from .rows import Callback


def permits_of(tx: Tx, callbacks: Sequence[Callback]) -> dict[str, Permit]:
    """Return, by callback, the permit of those who may be called back.

    No consent is read where all of them asked for it themselves, by key, by message or in a talk.
    One that is refused is refused for good: the customer wants no calls of our own accord, or the
    number was blocked meanwhile.
    """
    asks = [ask_for(one.kind, one.channel, one.identity_id) for one in callbacks]
    answers = may_contact(tx, asks)
    blocked = find_blocked(tx, [_entry(one) for one in callbacks])
    return {
        one.id: answer
        for one, answer in zip(callbacks, answers, strict=True)
        if isinstance(answer, Permit) and _entry(one) not in blocked
    }


def _entry(callback: Callback) -> Blocked:
    """Return the entry of the block list that would block its number."""
    return BlockKind.PHONE.value, callback.number


def ask_for(kind: CallbackKind, channel: str, identity_id: str) -> AskFor:
    """Return what has to be asked before somebody is called back."""
    asked_for = kind is not CallbackKind.ABANDONED
    return AskFor(Purpose.SERVICE, channel, identity_id, asked_for=asked_for)
