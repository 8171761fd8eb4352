"""May a mail be acknowledged automatically, and if not, why not (RFC 3834 §2). Pure.

What depends on what was sent before (once per conversation, few per address and day, a breaker per
mailbox) is decided by intake in the transaction; this decides from the mail alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from .authentication import Verdict
from .automail import AutoKind, Judgement
from .model import ParsedMail


class NoAcknowledgement(StrEnum):
    """Why no acknowledgement goes out; the console shows a sentence for each (templates.py)."""

    BOUNCE = "bounce"
    AUTO_MAIL = "auto_mail"
    LIST = "list"
    BULK = "bulk"
    NO_REPLY = "no_reply"
    OWN_ADDRESS = "own_address"
    DMARC_FAILED = "dmarc_failed"
    ASKED_NOT_TO = "asked_not_to"
    NULL_SENDER = "null_sender"
    SPAM = "spam"
    OLD = "old"


# A mailbox that is fetched for the first time may hold years of mail.
_OLD_AFTER = timedelta(days=3)
_NO_REPLY = re.compile(
    r"^(?:.*[-_.+])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply|donotreply|mailer-daemon|postmaster|bounces?"
    r"|notifications?|listserv|majordomo|abuse|root|daemon|owner-.*|.*-request|.*-owner)(?:[-_.+].*)?$",
    re.I,
)
_BY_KIND = {
    AutoKind.BOUNCE: NoAcknowledgement.BOUNCE,
    AutoKind.READ_RECEIPT: NoAcknowledgement.AUTO_MAIL,
    AutoKind.OUT_OF_OFFICE: NoAcknowledgement.AUTO_MAIL,
    AutoKind.AUTO_REPLY: NoAcknowledgement.AUTO_MAIL,
    AutoKind.AUTO_GENERATED: NoAcknowledgement.AUTO_MAIL,
    AutoKind.LIST: NoAcknowledgement.LIST,
    AutoKind.BULK: NoAcknowledgement.BULK,
}


def why_not_acknowledge(
    mail: ParsedMail,
    judgement: Judgement,
    dmarc: Verdict,
    own_addresses: Collection[str],
    answer_to: str,
    now: datetime,
) -> NoAcknowledgement | None:
    """Return the reason against an acknowledgement to `answer_to`, or None if it may go out.

    `now` is UTC; `own_addresses`: all addresses of the hub's entry points, in lower case.
    """
    if judgement.kind is not AutoKind.PERSONAL:
        return _BY_KIND[judgement.kind]
    if (mail.header("return-path") or "-").strip() == "<>":
        return NoAcknowledgement.NULL_SENDER
    for address in {answer_to, mail.sender.email}:
        plain = without_tag(address)
        if plain in own_addresses or address.lower() in own_addresses:
            return NoAcknowledgement.OWN_ADDRESS
        if _NO_REPLY.match(address.rpartition("@")[0]):
            return NoAcknowledgement.NO_REPLY
    suppress = {
        item.strip().lower() for item in (mail.header("x-auto-response-suppress") or "").split(",")
    }
    if suppress & {"all", "autoreply", "oof"}:
        return NoAcknowledgement.ASKED_NOT_TO
    if dmarc is Verdict.FAIL:
        return NoAcknowledgement.DMARC_FAILED
    if mail.sent_at is not None and now - mail.sent_at > _OLD_AFTER:
        return NoAcknowledgement.OLD
    return None


def without_tag(email: str) -> str:
    """Return an address in lower case without its plus tag: `a+b@c.d` is `a@c.d`."""
    local, _, domain = email.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
