"""The mails with a link to set a password: how each is known, and that one did not arrive.

It is told as long as its link is in force: whoever made it sees it at the user, and hands the link
over otherwise, or corrects the address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select, update

from hub.storage import Tx
from hub.storage.emptied import empty_effects
from hub.storage.outbox import OutboxState, outbox

from .tables import password_links

LINK_UNDELIVERED = "link.undelivered"
_MOST_DETAIL = 300  # characters of what a mail server says
_KEY = "password_link:"
_MESSAGE = "link-"


def link_mail_key(token_sha256: str) -> str:
    """Return the key of the mail with a link in the outbox."""
    return f"{_KEY}{token_sha256}"


def link_mail_message(key: str) -> str:
    """Return what the Message-ID of the mail with that key has before the domain: never more of the
    link's digest than another digest.
    """
    return f"{_MESSAGE}{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def is_link_mail(message_id: str) -> bool:
    """Say whether a Message-ID, in its angle brackets, has the form of ours with a link."""
    return message_id.startswith(f"<{_MESSAGE}")


def forget_link_mails(tx: Tx, tokens: Collection[str]) -> None:
    """Forget what the mails with these links (their digests) said; one that waits never goes."""
    if tokens:
        empty_effects(tx, outbox.c.dedupe_key.in_(sorted(map(link_mail_key, tokens))))


def note_link_bounced(tx: Tx, message_id: str, detail: str) -> bool:
    """Keep that the mail with a link came back; False: no link in force went out under that id."""
    local = message_id.strip("<>").rpartition("@")[0]
    noted = tx.execute(
        update(password_links)
        .where(password_links.c.message == local, password_links.c.expires_at > tx.now)
        .values(undelivered=detail[:_MOST_DETAIL])
        .returning(password_links.c.user_id)
    ).scalars()
    user_ids = list(noted)
    for user_id in user_ids:
        tx.hint(LINK_UNDELIVERED, user_id)
    return bool(user_ids)


class Undelivered(NamedTuple):
    """`detail`: what the mail server said. `made_by`: the id of who made the link."""

    detail: str
    made_by: str | None


def undelivered_links(tx: Tx, user_ids: Sequence[str]) -> dict[str, Undelivered]:
    """Return whose link is in force though its mail did not arrive: it came back, or was refused
    as it went out. Two statements.
    """
    links = password_links.c
    chosen = select(password_links).where(links.user_id.in_(user_ids), links.expires_at > tx.now)
    rows = {link_mail_key(row.token_sha256): row for row in tx.execute(chosen)}
    if not rows:
        return {}
    refused = select(outbox.c.dedupe_key, outbox.c.last_error).where(
        outbox.c.dedupe_key.in_(sorted(rows)), outbox.c.state == OutboxState.FAILED
    )
    said = {row.dedupe_key: row.last_error for row in tx.execute(refused)}
    found = {key: row.undelivered or said.get(key) for key, row in rows.items()}
    return {
        rows[key].user_id: Undelivered(detail[:_MOST_DETAIL], rows[key].made_by)
        for key, detail in found.items()
        if detail
    }


def user_of_link_mail(tx: Tx, effect_id: str) -> str | None:
    """Return whose link a mail of the outbox has; None: it is another one, or its link has
    ended.
    """
    found = select(outbox.c.dedupe_key).where(outbox.c.id == effect_id)
    key = tx.execute(found).scalar_one_or_none() or ""
    if not key.startswith(_KEY):
        return None
    whose = select(password_links.c.user_id).where(
        password_links.c.token_sha256 == key.removeprefix(_KEY)
    )
    user_id: str | None = tx.execute(whose).scalar_one_or_none()
    return user_id
