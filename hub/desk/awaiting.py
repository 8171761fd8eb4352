"""What an answer in a live chat sets going: the clock of the customer's silence, and the mail that
goes where they do not read it (routing.md 3.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from hub.contacts.by_mail.model import SilenceRules, mail_due_at, next_step_at, rules_in
from hub.contacts.model import ContactState
from hub.contacts.tables import entry_points
from hub.storage import Tx

from . import permits
from .commands import Reply

_DEFAULT = SilenceRules()


class Awaiting(NamedTuple):
    """`quiet_until`, of the contact; `mail_due_at`, of its conversation: None for none."""

    quiet_until: datetime | None = None
    mail_due_at: datetime | None = None


def is_said_in_chat(item: Reply, row: Row[Any], head: Row[Any]) -> bool:
    """Say whether an answer reaches its customer by being stored: the channel is live, or the
    customer of a mail that belongs to a chat was last heard in the chat.
    """
    if item.instant:
        return True
    return bool(row.channel != head.channel and head.heard_by == head.channel)


def awaiting(
    tx: Tx, fresh: Sequence[permits.Written], heads: Mapping[str, Row[Any]]
) -> dict[str, Awaiting]:
    """Return, by contact, what these answers set going; one statement for all."""
    live = [
        (item, row, heads[row.conversation_id])
        for item, row, _ in fresh
        if is_said_in_chat(item, row, heads[row.conversation_id])
    ]
    rules = _rules(tx, {head.entry_point_id for _, _, head in live})
    return {
        row.id: _awaiting(tx.now, item, row, head, rules.get(head.entry_point_id, _DEFAULT))
        for item, row, head in live
    }


def _awaiting(
    now: datetime, item: Reply, row: Row[Any], head: Row[Any], rules: SilenceRules
) -> Awaiting:
    quiet = None
    # Where others go on in it, the silence of one conversation ends nothing of theirs.
    if item.instant and row.state == ContactState.ACTIVE and not row.joins:
        quiet = next_step_at(rules, now, reminded=row.reminded_at is not None)
        if quiet is not None and row.reminded_at is not None:
            quiet -= timedelta(seconds=min(rules.remind_after_s, rules.end_after_s))
    due = head.mail_due_at
    if rules.mail and head.mail_to is not None:
        in_chat = head.heard_by is None or head.heard_by == head.channel
        due = mail_due_at(rules, now, due, in_chat=in_chat)
    return Awaiting(quiet, due)


def _rules(tx: Tx, entry_point_ids: set[str]) -> dict[str, SilenceRules]:
    if not entry_point_ids:
        return {}
    found = select(entry_points.c.id, entry_points.c.settings).where(
        entry_points.c.id.in_(sorted(entry_point_ids))
    )
    return {row.id: rules_in(row.settings) for row in tx.execute(found)}
