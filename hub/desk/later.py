"""The agent's answers that go out later: put aside, sent at their time, held, taken back.

A mail that is sent with the time to take it back is one of them, some seconds ahead.

At its time an answer goes the usual way (messages.reply) for who wrote it, whoever holds the
contact now. What the customer said since its agent agreed to it holds it, and so does a refusal, or
that its contact ended as spam, or its sender was blocked: it then waits for somebody's word, and
its agent is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, or_, select, update

from hub.accounts.model import Actor
from hub.contacts import service as contact_service
from hub.contacts.later import service as later
from hub.contacts.later.meanwhile import OVERTAKEN, last_seqs, overtaken
from hub.contacts.later.model import UNDO_S, Answer, check_time
from hub.contacts.later.tables import scheduled_replies
from hub.contacts.later.taken_back import Key, note_taken_back, taken_back, taken_back_of
from hub.contacts.model import ContactState
from hub.contacts.tables import attachments, contacts
from hub.core.errors import Conflict, HubError, Invalid
from hub.knowledge.service import record_uses
from hub.storage import Tx

from .closing_later import close_with_answer, finish_closing, keep_open
from .commands import Reply, Written
from .handling import Close, close
from .known import known_of
from .messages import MAX_TEXT, reply
from .taken import held_by_other
from .unwanted import unwanted

_ANSWERABLE = frozenset({ContactState.ACTIVE, ContactState.HOLD, ContactState.PARKED})


@dataclass(frozen=True, slots=True)
class SendLater:
    """Exactly one of the two: `send_at`, a time with its zone, or `undo_s`, some seconds."""

    contact_id: str
    agent_id: str
    agent_name: str
    client_id: str
    answer: Answer
    send_at: datetime | None = None
    undo_s: float | None = None
    draft_version: int | None = None


@dataclass(frozen=True, slots=True)
class OfVersion:
    """One that waits, as it was shown. It was accessed before."""

    scheduled_id: str
    version: int


@dataclass(frozen=True, slots=True)
class ChangeTime:
    of: OfVersion
    send_at: datetime


def send_later(tx: Tx, cmd: SendLater) -> Row[Any]:
    """Put an answer aside until its time; its draft ends. The same (agent, client id) again is the
    same one.

    Raises Invalid; Conflict also where it has gone out (later.went) or was taken back.
    """
    if (cmd.send_at is None) == (cmd.undo_s is None):
        raise Invalid("Say when: send_at, or undo_s, one of the two.", code="later.when")
    row = contact_service.get_contact(tx, cmd.contact_id)
    before = find_put(tx, (cmd.agent_id, cmd.client_id))
    if before is not None:
        return before
    _check(tx, row, cmd)
    if cmd.undo_s is None:
        at = check_time(tx.now, cmd.send_at) if cmd.send_at else tx.now
    else:
        at = tx.now + timedelta(seconds=min(max(cmd.undo_s, 0.0), UNDO_S))
    kept = later.put(
        tx,
        later.Put(
            cmd.contact_id,
            cmd.agent_id,
            cmd.agent_name,
            cmd.client_id,
            cmd.answer,
            at,
            undo=cmd.undo_s is not None,
        ),
    )
    if cmd.answer.attachment_ids:  # from now on they belong to the contact
        tx.execute(
            update(attachments)
            .where(attachments.c.id.in_(sorted(cmd.answer.attachment_ids)))
            .values(contact_id=cmd.contact_id)
        )
    _end_draft(tx, row, cmd.draft_version)
    contact_service.touched(tx, row.id, cmd.agent_id)
    return kept


def find_put(tx: Tx, key: Key) -> Row[Any] | None:
    """Return one's own answer as it was put aside before. Raises Conflict where it waits no more:
    it has gone out (later.went), or was taken back.
    """
    same = later.find_same(tx, *key)
    if same is not None:
        return same
    known = known_of(tx, [key])
    if key in known.taken_back:
        raise taken_back()
    if key in known.written:
        raise Conflict("This answer has gone out already.", code="later.went")
    return None


def _check(tx: Tx, row: Row[Any], cmd: SendLater) -> None:
    if row.agent_id != cmd.agent_id:
        raise held_by_other(tx, row)
    if ContactState(row.state) not in _ANSWERABLE:
        raise Conflict(f"The contact is {row.state} and takes no answer.", code="draft.closed")
    empty = not cmd.answer.text.strip() and not cmd.answer.attachment_ids
    if empty and cmd.answer.aside_of is None:
        raise Invalid("An answer needs words or a file.", code="reply.empty")
    if len(cmd.answer.text) > MAX_TEXT:
        raise Invalid(f"An answer has at most {MAX_TEXT} characters.", code="reply.too_long")
    if not cmd.answer.attachment_ids:
        return
    own = or_(
        attachments.c.uploader == f"user:{cmd.agent_id}",
        attachments.c.contact_id == cmd.contact_id,
    )
    wanted = set(cmd.answer.attachment_ids)
    free = attachments.c.interaction_id.is_(None)
    found = select(attachments.c.id).where(attachments.c.id.in_(sorted(wanted)), free, own)
    if wanted - set(tx.execute(found).scalars()):
        raise Invalid(
            "A file of this answer was not uploaded by you, or is used already.",
            code="reply.unknown_file",
        )


def _end_draft(tx: Tx, row: Row[Any], version: int | None) -> None:
    """What was put aside is no draft any more; one that was changed since stays."""
    if row.draft_author_id is None or (version is not None and row.draft_version > version):
        return
    contact_service.end_drafts(tx, [row.id])
    gone = {"draft_author_id": None, "draft_version": row.draft_version + 1}
    contact_service.amend(tx, row.id, gone)


def change_time(tx: Tx, cmd: ChangeTime) -> None:
    """Let it go out at another time; whoever says so has seen what the customer said.

    Raises NotFound, Conflict, Invalid.
    """
    row = later.get(tx, cmd.of.scheduled_id, cmd.of.version)
    changes = {
        "send_at": check_time(tx.now, cmd.send_at),
        "after_seqs": last_seqs(tx, row.contact_id),
        "held": None,
        "held_detail": None,
    }
    later.change(tx, row, changes)


def send_now(tx: Tx, cmd: OfVersion) -> Written:
    """Send it at once. Raises NotFound, Conflict, and why it may not go out."""
    row = later.get(tx, cmd.scheduled_id, cmd.version)
    written = _send(tx, [row])[row.id]
    if isinstance(written, HubError):
        raise written
    finish_closing(tx, [row.contact_id])
    return written


def cancel(tx: Tx, cmd: OfVersion) -> Answer:
    """Take it back, and return its words: nothing else is left of it. Raises NotFound, Conflict."""
    row = later.get(tx, cmd.scheduled_id, cmd.version)
    _take_back(tx, row)
    return msgspec.json.decode(row.document, type=Answer)


def take_back(tx: Tx, key: Key) -> None:
    """Take back one's own answer by the id it was sent under, whether or not it has arrived: where
    it comes later it is refused. Raises Conflict where it has gone out.
    """
    row = later.find_same(tx, *key)
    if row is not None:
        _take_back(tx, row)
    elif key in known_of(tx, [key]).written:
        raise Conflict("It is too late: this answer has gone out.", code="later.went")
    else:
        note_taken_back(tx, [key])


def _take_back(tx: Tx, row: Row[Any]) -> None:
    later.remove(tx, [row])
    keep_open(tx, [row.contact_id])
    note_taken_back(tx, [(row.agent_id, row.client_id)])


def close_answered(tx: Tx, cmd: Close) -> None:
    """Close a contact after its answer: at once, or where its agent can still take that back, as
    soon as it has gone out. What others could take back goes first. Raises as `close`.
    """
    send_undoable(tx, cmd.handle.contact_id, but_of=cmd.handle.agent_id)
    if later.list_undoable(tx, cmd.handle.contact_id):
        close_with_answer(tx, cmd)
    else:
        close(tx, cmd)


def send_undoable(tx: Tx, contact_id: str, *, but_of: str | None = None) -> None:
    """Send at once what could still be taken back, whoever wrote it: the contact is ended, and it
    is answered before it is over. `but_of`: an agent who can take theirs back afterwards, too.

    Raises why one may not go out.
    """
    rows = [row for row in later.list_undoable(tx, contact_id) if row.agent_id != but_of]
    rows = _still_wanted(tx, rows)
    held = unwanted(tx, rows)
    for written in _send(tx, [row for row in rows if row.id not in held]).values():
        if isinstance(written, HubError):
            raise written


def fire_due_replies(tx: Tx, now: datetime, limit: int) -> int:
    """Send what is due (timekeeper); hold what the customer overtook, or what is refused."""
    found = later.due(tx, now, limit)
    if not found:
        return 0
    due = _still_wanted(tx, found)
    held = {**dict.fromkeys(overtaken(tx, due), OVERTAKEN), **unwanted(tx, due)}
    sent = _send(tx, [row for row in due if row.id not in held])
    for row in due:
        result = sent.get(row.id)
        if row.id in held:
            _hold(tx, row, held[row.id], None)
        elif isinstance(result, HubError):
            _hold(tx, row, result.reason, result.message)
    finish_closing(tx, {row.contact_id for row in due})
    return len(found)


def _still_wanted(tx: Tx, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Drop those that were taken back while they were put aside, each in a transaction of its own
    that did not see the other.
    """
    keys = taken_back_of(tx, [(row.agent_id, row.client_id) for row in rows])
    gone = [row for row in rows if (row.agent_id, row.client_id) in keys]
    later.remove(tx, gone)
    keep_open(tx, {row.contact_id for row in gone})
    return [row for row in rows if row not in gone]


def _hold(tx: Tx, row: Row[Any], why: str, detail: str | None) -> None:
    later.change(tx, row, {"held": why, "held_detail": detail})
    if row.after_seqs is None:
        keep_open(tx, [row.contact_id])
    tx.hint("reply.held", row.id)


def _send(tx: Tx, rows: Sequence[Row[Any]]) -> dict[str, Written | HubError]:
    """Send them the usual way; those that went out are no rows any more."""
    if not rows:
        return {}
    answers = [msgspec.json.decode(row.document, type=Answer) for row in rows]
    results = reply(tx, [_reply(row, one) for row, one in zip(rows, answers, strict=True)])
    went = [row for row, one in zip(rows, results, strict=True) if not isinstance(one, HubError)]
    later.remove(tx, went)
    for row, answer in zip(rows, answers, strict=True):
        if row in went and answer.article_ids:
            by = Actor(row.agent_id, row.agent_name, "console")
            record_uses(tx, by, row.contact_id, list(answer.article_ids))
    return {row.id: one for row, one in zip(rows, results, strict=True)}


def _reply(row: Row[Any], answer: Answer) -> Reply:
    return Reply(
        contact_id=row.contact_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        client_id=row.client_id,
        text=answer.text,
        instant=answer.instant,
        html=answer.html,
        subject=answer.subject,
        to=answer.to,
        cc=answer.cc,
        bcc=answer.bcc,
        attachment_ids=answer.attachment_ids,
        scheduled=True,
        conversation_id=answer.conversation_id,
        aside_of=answer.aside_of,
    )


def held_reply(tx: Tx, scheduled_id: str) -> tuple[str, str, str] | None:
    """Return (agent, contact, its reference) of one that is held, for the notice."""
    row = tx.execute(
        select(scheduled_replies.c.agent_id, contacts.c.id, contacts.c.reference)
        .join(contacts, contacts.c.id == scheduled_replies.c.contact_id)
        .where(scheduled_replies.c.id == scheduled_id)
    ).first()
    return None if row is None else (row.agent_id, row.id, row.reference)
