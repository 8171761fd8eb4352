"""Which of a customer's open contacts may be about the same: proposed, and joined by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.vendors.mail.quotes import strip_reply_prefixes

_WITHIN = timedelta(days=7)


def same_subject(tx: Tx, row: Row[Any], other_ids: Sequence[str]) -> list[str]:
    """Return the ids of those under the same subject, whatever stands before it ("Re:"), that
    began within a week of this one.
    """
    subject = _plain(row.subject)
    if not subject or not other_ids:
        return []
    near = select(contacts.c.id, contacts.c.subject).where(
        contacts.c.id.in_(sorted(other_ids)),
        contacts.c.opened_at.between(row.opened_at - _WITHIN, row.opened_at + _WITHIN),
    )
    same = {one.id for one in tx.execute(near) if _plain(one.subject) == subject}
    return [one for one in other_ids if one in same]


def _plain(subject: str | None) -> str:
    return " ".join(strip_reply_prefixes(subject or "").casefold().split())
