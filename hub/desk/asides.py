"""Forwarding: a mail of a contact goes to somebody else, beside the conversation with its customer.

What is forwarded, and what its recipient answers, is written into the log as an aside: internal, so
that no customer is ever shown it, and no answer to the customer by any deadline or figure. The
answer of who was forwarded a mail joins by our signed Message-ID like every other one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, or_, select, update

from hub.contacts import service as contact_service
from hub.contacts.joining.tables import contact_merges
from hub.contacts.model import InteractionKind
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.errors import HubError, Invalid, NotFound
from hub.customers.settings import find_home_zone
from hub.storage import Tx
from hub.vendors.mail.sanitise import html_of_text
from hub.vendors.mail.templates import forwarded

from .commands import Reply

_WRITTEN = frozenset({InteractionKind.MESSAGE, InteractionKind.FAX, InteractionKind.ASIDE})


def asides_of(
    tx: Tx, items: Sequence[Reply], rows: Sequence[Row[Any] | HubError | None]
) -> dict[int, Reply | HubError]:
    """Return, by place, those that forward a mail (or go on with who was forwarded one), with the
    words of that mail below theirs; or why not. Costs nothing where none does.
    """
    wanted = {item.aside_of for item in items if item.aside_of is not None}
    if not wanted:
        return {}
    found = {
        entry.id: entry
        for entry in tx.execute(select(interactions).where(interactions.c.id.in_(sorted(wanted))))
    }
    zone = ZoneInfo(find_home_zone(tx))
    return {
        place: _aside(tx, item, row, found.get(item.aside_of), zone)
        for place, (item, row) in enumerate(zip(items, rows, strict=True))
        if item.aside_of is not None and row is not None and not isinstance(row, HubError)
    }


def _aside(
    tx: Tx, item: Reply, row: Row[Any], entry: Row[Any] | None, zone: ZoneInfo
) -> Reply | HubError:
    if entry is None or entry.kind not in _WRITTEN or not _goes_on_in(tx, entry, row):
        return NotFound("The mail that was to be forwarded is not in this contact.")
    if not item.to:
        return Invalid("Say to whom it is to be forwarded.", code="reply.no_forward_to", field="to")
    answers = entry.kind == InteractionKind.ASIDE and entry.author_id is None
    text, html = _below(item, entry, row.language or "en", entry.at.astimezone(zone))
    return replace(item, text=text, html=html, in_reply_to=entry.external_id if answers else None)


def _goes_on_in(tx: Tx, entry: Row[Any], row: Row[Any]) -> bool:
    if entry.conversation_id == row.conversation_id or entry.contact_id == row.id:
        return True
    merged = select(contact_merges.c.id).where(
        contact_merges.c.undone_at.is_(None),
        or_(
            contact_merges.c.kept_conversation_id == row.conversation_id,
            contact_merges.c.from_conversation_id == row.conversation_id,
        ),
        contact_merges.c.from_conversation_id == entry.conversation_id,
    )
    return tx.execute(merged.limit(1)).first() is not None


def _below(
    item: Reply, entry: Row[Any], language: str, at_local: datetime
) -> tuple[str, str | None]:
    """Return text and HTML of a forward: the agent's words, then head and words of the mail."""
    head = forwarded(
        language,
        at_local,
        sender=" ".join(filter(None, (entry.author_name, _bracketed(entry.meta.get("from"))))),
        to=_listed(entry.meta.get("to")),
        subject=entry.subject or "",
    )
    text = "\n\n".join(filter(None, (item.text.strip(), f"{head}\n\n{entry.text}".rstrip())))
    if item.html is None and entry.html is None:
        return text, None
    own = item.html if item.html is not None else html_of_text(item.text.strip())
    words = entry.html if entry.html is not None else f"<p>{html_of_text(entry.text)}</p>"
    return text, (
        f'{own}<div class="hub-quote"><p>{html_of_text(head)}</p>'
        f'<blockquote type="cite">{words}</blockquote></div>'
    )


def _bracketed(address: object) -> str:
    return f"<{address}>" if isinstance(address, str) and address else ""


def _listed(addresses: object) -> str:
    if isinstance(addresses, list):
        return ", ".join(str(one) for one in addresses)
    return addresses if isinstance(addresses, str) else ""


def touch_asides(tx: Tx, written: Sequence[tuple[Row[Any], int]]) -> None:
    """Bring contacts and conversations up to what was forwarded: (contact, seq) each. Nobody is
    answered by it, so nothing that waits for an answer ends.
    """
    if not written:
        return
    tx.execute(
        update(conversations)
        .where(conversations.c.id == bindparam("b_id"))
        .values(last_seq=bindparam("b_seq"), last_at=tx.now, version=conversations.c.version + 1),
        [{"b_id": row.conversation_id, "b_seq": seq} for row, seq in written],
    )
    ids = sorted({row.id for row, _ in written})
    drafts = {row.id for row, _ in written if row.draft_author_id is not None}
    contact_service.end_drafts(tx, drafts)
    tx.execute(
        update(contacts)
        .where(contacts.c.id.in_(ids))
        .values(
            untouched_until=None,
            draft_author_id=None,
            draft_version=contacts.c.draft_version + 1,
            version=contacts.c.version + 1,
        )
    )
    for contact_id in ids:
        tx.hint("contact.changed", contact_id)
