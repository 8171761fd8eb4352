"""The agent answers and takes notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from hub.contacts import service as contact_service
from hub.contacts.later.taken_back import taken_back
from hub.contacts.model import ContactState, DeliveryState, Direction, InteractionKind
from hub.contacts.service import NewInteraction, preview_of
from hub.contacts.tables import attachments, contacts, conversations
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.card_numbers import hide_card_numbers
from hub.routing.service import follow_contacts, has_deadlines
from hub.storage import Tx, batch
from hub.storage.outbox import add_effects
from hub.storage.search import Document, SearchKind, index_documents

from . import outgoing as out
from . import permits
from .answering import rows_to_answer
from .asides import asides_of, touch_asides
from .awaiting import Awaiting, awaiting, is_said_in_chat
from .card_numbers import storable
from .commands import Mentioned, Note, Reply, Written
from .known import known_of

_ANSWERABLE = frozenset({ContactState.ACTIVE, ContactState.HOLD, ContactState.PARKED})
MAX_TEXT = 100_000  # characters of one answer


@batch
def reply(tx: Tx, items: Sequence[Reply]) -> Sequence[Written | HubError]:
    """Store answers and what sends them. The same (agent, client id) again: the same answer."""
    items = [storable(tx, item) for item in items]
    before, gone = known_of(tx, [(item.agent_id, item.client_id) for item in items])
    rows = contact_service.lock_contacts(tx, [item.contact_id for item in items])
    on = rows_to_answer(tx, items, rows)
    asides = asides_of(tx, items, on)
    heads = _lock_conversations(
        tx, [row.conversation_id for row in on if row is not None and not isinstance(row, HubError)]
    )
    files = _uploads(tx, items)
    results: list[Written | HubError | None] = []
    fresh: dict[tuple[str, str], permits.Written] = {}
    for place, (item, row) in enumerate(zip(items, on, strict=True)):
        key = (item.agent_id, item.client_id)
        if key in before or key in fresh:
            results.append(before.get(key))
            continue
        aside = asides.get(place, item)
        refusal = row if isinstance(row, HubError) else _refusal(item, row, files)
        refusal = refusal or (aside if isinstance(aside, HubError) else None)
        refusal = taken_back() if key in gone and not item.scheduled else refusal
        if refusal or row is None or isinstance(row, HubError) or isinstance(aside, HubError):
            results.append(refusal or NotFound("There is no such contact."))
            continue
        sends = [files[file_id] for file_id in item.attachment_ids]
        fresh[key] = permits.Written(aside, row, sends)
        results.append(None)
    written = _clear_and_write(tx, fresh, heads)
    return [
        result if result is not None else written[(item.agent_id, item.client_id)]
        for item, result in zip(items, results, strict=True)
    ]


def _clear_and_write(
    tx: Tx, fresh: Mapping[tuple[str, str], permits.Written], heads: Mapping[str, Row[Any]]
) -> dict[tuple[str, str], Written | HubError]:
    """Write those that may go out; the others get why not."""
    answers = dict(zip(fresh, permits.clear(tx, list(fresh.values())), strict=True))
    cleared = {key: one for key, one in answers.items() if not isinstance(one, HubError)}
    refused = {key: one for key, one in answers.items() if isinstance(one, HubError)}
    going = [fresh[key] for key in cleared]
    return {**refused, **_write(tx, going, list(cleared.values()), heads)}


def _refusal(item: Reply, row: Row[Any] | None, files: Mapping[str, Row[Any]]) -> HubError | None:
    if row is None:
        return NotFound("There is no such contact.")
    if row.agent_id != item.agent_id and not item.scheduled:
        return Conflict("The contact is with somebody else now.", code="contact.not_yours")
    if ContactState(row.state) not in _ANSWERABLE and not item.scheduled:
        return Conflict(
            f"The contact is {row.state} and cannot be answered; take it again or start a new one.",
            code="contact.not_answerable",
        )
    if not item.text.strip() and not item.attachment_ids and item.aside_of is None:
        return Invalid("An answer needs words or a file.", code="reply.empty")
    if len(item.text) > MAX_TEXT:
        return _too_long()
    if not all(_may_send(item, files.get(file_id)) for file_id in item.attachment_ids):
        return Invalid(
            "A file of this answer was not uploaded by you, or is used already.",
            code="reply.unknown_file",
        )
    return None


def check_length(text: str) -> None:
    """Raise Invalid where an answer has too many characters."""
    if len(text) > MAX_TEXT:
        raise _too_long()


def _too_long() -> Invalid:
    return Invalid(f"An answer has at most {MAX_TEXT} characters.", code="reply.too_long")


def _may_send(item: Reply, file: Row[Any] | None) -> bool:
    """Their own upload, or one of the draft that came with the contact."""
    return file is not None and (
        file.uploader == f"user:{item.agent_id}" or file.contact_id == item.contact_id
    )


def _lock_conversations(tx: Tx, ids: Sequence[str]) -> dict[str, Row[Any]]:
    rows = tx.execute(
        select(conversations)
        .where(conversations.c.id.in_(sorted(set(ids))))
        .order_by(conversations.c.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


def _uploads(tx: Tx, items: Sequence[Reply]) -> dict[str, Row[Any]]:
    """Files named by these answers that nothing uses yet."""
    wanted = {file_id for item in items for file_id in item.attachment_ids}
    if not wanted:
        return {}
    rows = tx.execute(
        select(attachments).where(
            attachments.c.id.in_(wanted), attachments.c.interaction_id.is_(None)
        )
    )
    return {row.id: row for row in rows}


def _write(
    tx: Tx,
    fresh: Sequence[permits.Written],
    cleared: Sequence[permits.Cleared],
    heads: Mapping[str, Row[Any]],
) -> dict[tuple[str, str], Written]:
    if not fresh:
        return {}
    in_chat = [is_said_in_chat(item, row, heads[row.conversation_id]) for item, row, _ in fresh]
    entries = [
        _entry(tx, item, row, heads[row.conversation_id].channel if chat else None)
        for (item, row, _), chat in zip(fresh, in_chat, strict=True)
    ]
    seqs = contact_service.append(
        tx, entries, {conversation_id: head.last_seq for conversation_id, head in heads.items()}
    )
    _bind_files(tx, fresh, entries)
    outgoing = [
        out.outgoing(may.permit, item, row, files, entry, heads[row.conversation_id])
        for (item, row, files), may, entry, chat in zip(
            fresh, cleared, entries, in_chat, strict=True
        )
        if not chat
    ]
    out.fill_recipients(tx, outgoing)
    add_effects(tx, [out.encoded(one) for one in outgoing])
    entry_ids = [entry.id for entry in entries]
    permits.note_cleared(tx, list(zip(fresh, cleared, entry_ids, strict=True)))
    told = list(zip(fresh, seqs, strict=True))
    touch_asides(tx, [(one.row, seq) for one, seq in told if one.item.aside_of is not None])
    answers = [(one, seq) for one, seq in told if one.item.aside_of is None]
    if answers:
        _touch(tx, [one for one, _ in answers], [seq for _, seq in answers], heads)
        follow_contacts(tx, {one.row.id for one, _ in answers if has_deadlines(one.row)})
    _index(tx, entries)
    return {
        (item.agent_id, item.client_id): Written(entry.id, row.conversation_id, seq, entry.delivery)
        for (item, row, _), entry, seq in zip(fresh, entries, seqs, strict=True)
    }


def _index(tx: Tx, entries: Sequence[NewInteraction]) -> None:
    documents = [Document(entry.id, entry.text, entry.at) for entry in entries if entry.text]
    index_documents(tx, SearchKind.INTERACTIONS, documents)


def _entry(tx: Tx, item: Reply, row: Row[Any], chat: str | None) -> NewInteraction:
    """`chat`: the channel in which it is said by being stored."""
    return NewInteraction(
        id=new_id(),
        conversation_id=row.conversation_id,
        contact_id=row.id,
        identity_id=row.identity_id,
        channel=chat or row.channel,
        kind=InteractionKind.MESSAGE if item.aside_of is None else InteractionKind.ASIDE,
        direction=Direction.OUTBOUND if item.aside_of is None else Direction.INTERNAL,
        text=item.text,
        at=tx.now,
        author_id=item.agent_id,
        author_name=item.agent_name,
        client_id=item.client_id,
        html=item.html,
        subject=item.subject,
        delivery=DeliveryState.SENT if chat else DeliveryState.PENDING,
        meta=_meta(item),
    )


def _meta(item: Reply) -> dict[str, Any]:
    fields = (("to", item.to), ("cc", item.cc), ("bcc", item.bcc))
    named: dict[str, Any] = {name: list(addresses) for name, addresses in fields if addresses}
    return named if item.aside_of is None else {**named, "aside_of": item.aside_of}


def _bind_files(
    tx: Tx, fresh: Sequence[permits.Written], entries: Sequence[NewInteraction]
) -> None:
    parameters = [
        {"b_file": file.id, "b_interaction": entry.id}
        for (_, _, files), entry in zip(fresh, entries, strict=True)
        for file in files
    ]
    if parameters:
        tx.execute(
            update(attachments)
            .where(attachments.c.id == bindparam("b_file"))
            .values(interaction_id=bindparam("b_interaction")),
            parameters,
        )


def _touch(
    tx: Tx,
    fresh: Sequence[permits.Written],
    seqs: Sequence[int],
    heads: Mapping[str, Row[Any]],
) -> None:
    """An answer is out: nothing is unanswered, and this agent is the conversation's last."""
    waits = awaiting(tx, fresh, heads)
    tx.execute(
        update(conversations)
        .where(conversations.c.id == bindparam("b_id"))
        .values(
            last_seq=bindparam("b_seq"),
            last_at=tx.now,
            last_agent_id=bindparam("b_agent"),
            last_agent_at=tx.now,
            mail_due_at=bindparam("b_due", type_=conversations.c.mail_due_at.type),
            version=conversations.c.version + 1,
        ),
        [
            {
                "b_id": row.conversation_id,
                "b_seq": seq,
                "b_agent": item.agent_id,
                "b_due": waits[row.id].mail_due_at
                if row.id in waits
                else heads[row.conversation_id].mail_due_at,
            }
            for (item, row, _), seq in zip(fresh, seqs, strict=True)
        ],
    )
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            unanswered_since=None,
            unread=0,
            answered_at=func.coalesce(
                contacts.c.answered_at, bindparam("b_now", type_=contacts.c.answered_at.type)
            ),
            last_message_at=tx.now,
            untouched_until=None,
            quiet_until=bindparam("b_quiet", type_=contacts.c.quiet_until.type),
            draft_author_id=bindparam("b_draft_author"),
            draft_version=bindparam("b_draft_version"),
            preview=bindparam("b_preview"),
            version=contacts.c.version + 1,
        ),
        [
            {
                "b_id": row.id,
                "b_now": tx.now,
                "b_quiet": waits.get(row.id, Awaiting()).quiet_until,
                "b_preview": preview_of(item.text),
                "b_draft_author": row.draft_author_id if _keeps_draft(item, row) else None,
                "b_draft_version": row.draft_version + (not _keeps_draft(item, row)),
            }
            for item, row, _ in fresh
        ],
    )
    contact_service.end_drafts(
        tx,
        {
            row.id
            for item, row, _ in fresh
            if row.draft_author_id is not None and not _keeps_draft(item, row)
        },
    )
    # What an earlier contact of the same conversation left open is answered by this, too.
    tx.execute(
        update(contacts)
        .where(
            contacts.c.conversation_id.in_({row.conversation_id for _, row, _ in fresh}),
            contacts.c.unanswered_since.is_not(None),
        )
        .values(unanswered_since=None, version=contacts.c.version + 1)
    )
    for _, row, _ in fresh:
        tx.hint("contact.changed", row.id)


def _keeps_draft(item: Reply, row: Row[Any]) -> bool:
    """The next answer was begun while this one was held back: it is no draft of this one."""
    if item.scheduled:  # it took its draft along when it was put aside
        return True
    return item.draft_version is not None and row.draft_version > item.draft_version


def note(tx: Tx, cmd: Note) -> Written:
    """Append a note. The same (author, client id) again gives the same answer. Raises Invalid,
    Conflict where it was taken back before it came.
    """
    key = (cmd.author_id, cmd.client_id)
    before, gone = known_of(tx, [key])
    if key in before:
        return before[key]
    if key in gone:
        raise taken_back()
    check_note(cmd.text)
    row = contact_service.get_contact(tx, cmd.contact_id)
    contact_service.touched(tx, row.id, cmd.author_id)
    return append_internal(
        tx,
        row,
        InteractionKind.NOTE,
        cmd.text,
        author_id=cmd.author_id,
        author_name=cmd.author_name,
        client_id=cmd.client_id,
        meta=mentions_meta(cmd.mentions),
    )


def check_note(text: str) -> None:
    """Raise Invalid where a note has no words, or too many."""
    if not text.strip():
        raise Invalid("A note needs words.", code="note.empty")
    if len(text) > MAX_TEXT:
        raise Invalid(f"At most {MAX_TEXT} characters.", code="note.too_long", most=MAX_TEXT)


def mentions_meta(mentioned: Sequence[Mentioned]) -> dict[str, Any]:
    """Return what a note's entry keeps of whom it mentions, so that consoles can mark them."""
    if not mentioned:
        return {}
    return {"mentions": [{"kind": one.kind, "id": one.id, "name": one.name} for one in mentioned]}


def append_internal(
    tx: Tx,
    contact: Row[Any],
    kind: InteractionKind,
    text: str,
    *,
    author_id: str | None = None,
    author_name: str | None = None,
    client_id: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Written:
    """Append a note or a system entry to a contact's conversation; its words can be searched."""
    head = _lock_conversations(tx, [contact.conversation_id])[contact.conversation_id]
    entry = NewInteraction(
        id=new_id(),
        conversation_id=contact.conversation_id,
        contact_id=contact.id,
        identity_id=contact.identity_id,
        channel=contact.channel,
        kind=kind,
        direction=Direction.INTERNAL,
        text=hide_card_numbers(tx, text),
        at=tx.now,
        author_id=author_id,
        author_name=author_name,
        client_id=client_id,
        meta=meta or {},
    )
    seq = contact_service.append(tx, [entry], {head.id: head.last_seq})[0]
    _index(tx, [entry])
    tx.execute(
        update(conversations)
        .where(conversations.c.id == head.id)
        .values(last_seq=seq, version=conversations.c.version + 1)
    )
    return Written(entry.id, head.id, seq, None)
