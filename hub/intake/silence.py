"""The customer who falls silent in a live chat (routing.md 3.6): each step fires exactly once.

After our last word without a word of theirs they are reminded, and the contact costs its agent
nothing until they write again; later it ends, without a question how it was, and goes on by mail
where an address is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from hub.contacts import service as contact_service
from hub.contacts.by_mail.model import SilenceRules, reminds
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, conversations
from hub.core.errors import HubError
from hub.routing import service as routing
from hub.storage import LIMIT, NOW, Look, Tx

from .by_mail import Transcript, mail_transcript
from .case import Case
from .mailing import find_rules, last_said_seq
from .talks import finish

_DEFAULT = SilenceRules()


_SILENT = Look(
    select(contacts.c.id, contacts.c.conversation_id)
    .where(contacts.c.state == ContactState.ACTIVE, contacts.c.quiet_until <= NOW)
    .order_by(contacts.c.quiet_until)
    .limit(LIMIT)
)


def fire_due_silences(tx: Tx, now: datetime, limit: int) -> int:
    """Take the step that is due with each silent customer; return how many."""
    found = _SILENT(tx, now, limit)
    if not found:
        return 0
    heads = _heads(tx, [row.conversation_id for row in found])  # locked before their contacts
    locked = contact_service.lock_contacts(tx, [row.id for row in found]).values()
    due = [row for row in locked if _is_due(row, now)]
    rules = find_rules(tx, {head.entry_point_id for head in heads.values()})
    reminded: list[tuple[Row[Any], datetime | None]] = []
    for row in due:
        rule = rules.get(heads[row.conversation_id].entry_point_id, _DEFAULT)
        if row.unanswered_since is not None or row.joins:
            # They wait for us; or other conversations go on in it, which do not end with this one.
            contact_service.amend(tx, row.id, {"quiet_until": None})
        elif reminds(rule, reminded=row.reminded_at is not None):
            reminded.append((row, _ends_at(rule, now)))
        else:
            _end(tx, row, heads[row.conversation_id], rule)
    _remind(tx, reminded, heads)
    return len(due)


def heard_again(tx: Tx, cases: Sequence[Case]) -> None:
    """Customers who were silent write: their contacts cost their agents something again."""
    back = {
        case_.contact["id"]: case_.contact["conversation_id"]
        for case_ in cases
        if case_.contact is not None and case_.contact.get("reminded_at") is not None
    }
    routing.bring_back(tx, list(back))
    for contact_id, conversation_id in back.items():
        tx.hint("contact.changed", contact_id)
        tx.hint("conversation.contact", conversation_id)


def _is_due(row: Row[Any], now: datetime) -> bool:
    until: datetime | None = row.quiet_until
    return row.state == ContactState.ACTIVE and until is not None and until <= now


def _heads(tx: Tx, ids: Sequence[str]) -> dict[str, Row[Any]]:
    rows = tx.execute(
        select(conversations)
        .where(conversations.c.id.in_(sorted(set(ids))))
        .order_by(conversations.c.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


def _ends_at(rule: SilenceRules, now: datetime) -> datetime | None:
    if not rule.end_after_s:
        return None
    return now + timedelta(seconds=rule.end_after_s - rule.remind_after_s)


def _remind(
    tx: Tx, due: Sequence[tuple[Row[Any], datetime | None]], heads: Mapping[str, Row[Any]]
) -> None:
    if not due:
        return
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            reminded_at=tx.now,
            quiet_until=bindparam("b_until", type_=contacts.c.quiet_until.type),
            version=contacts.c.version + 1,
        ),
        [{"b_id": row.id, "b_until": until} for row, until in due],
    )
    routing.set_aside(tx, [row.id for row, _ in due])
    contact_service.append_system(
        tx,
        [contact_service.system_entry(tx, row, {"code": "chat_reminded"}) for row, _ in due],
        {row.conversation_id: heads[row.conversation_id].last_seq for row, _ in due},
    )
    for row, _ in due:
        tx.hint("contact.changed", row.id)
        tx.hint("conversation.contact", row.conversation_id)


def _end(tx: Tx, row: Row[Any], head: Row[Any], rule: SilenceRules) -> None:
    """End the contact, and mail what was said where it has not gone already."""
    finish(tx, row)
    contact_service.amend(tx, row.id, {"reminded_at": tx.now})  # so their page knows why it ended
    mails = rule.mail and head.mail_to and head.mailed_seq < last_said_seq(tx, head.id)
    if mails:
        try:
            mail_transcript(tx, Transcript(head.id, head.mail_to, "chat_silent", contact_id=row.id))
        except HubError as refused:  # no such entry point any more, or they want no mail
            meta = {"why": refused.reason}
        else:
            return
    else:
        meta = {}
    entry = contact_service.system_entry(tx, row, {"code": "chat_left_silent", **meta})
    contact_service.append_system(tx, [entry], {head.id: head.last_seq})
