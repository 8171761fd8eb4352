"""A mail that belongs to no conversation and no contact: a code, a link, a test. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from hub.contacts.effects import Send
from hub.storage.outbox import NewEffect

from .model import Permit
from .sending import to_person


class LoneMail(NamedTuple):
    """`message`: what its Message-ID has before the domain; `key`: of it in the outbox.

    `until`: when it is of no use any more, so that it never goes out later; `secret`: its words
    leave the outbox with it; `bounces`: it answers nobody, and comes back to us where it does not
    arrive.
    """

    to: str
    subject: str
    text: str
    html: str | None
    language: str
    message: str
    key: str
    until: datetime | None = None
    secret: bool = False
    bounces: bool = False


_LONE = ("<link-", "<code-")


def is_lone(message_id: str) -> bool:
    """Say whether a Message-ID, in its angle brackets, has the form of one of these."""
    return message_id.startswith(_LONE)


def lone_mail(permit: Permit, writer: Row[Any], mail: LoneMail) -> NewEffect:
    """Return what sends it; `writer`: a row of `entry_points`.

    Nobody who answers it comes into somebody's conversation by that.
    """
    send = Send(
        interaction_id="",
        conversation_id="",
        contact_id=None,
        to=(mail.to,),
        text=mail.text,
        html=mail.html,
        subject=mail.subject,
        external_id=f"<{mail.message}@{writer.address.rpartition('@')[2]}>",
        automatic=True,
        language=mail.language,
        until=mail.until,
        secret=mail.secret,
        bounces=mail.bounces,
    )
    return to_person(
        permit,
        send,
        channel=writer.channel,
        entry_point_id=writer.id,
        dedupe_key=mail.key,
    )
