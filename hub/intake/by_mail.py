"""A chat goes on by mail: what its customer has not read, or all that was said, goes to the address
they gave.

What is not read in the chat goes once, together, when its time has come (`fire_due_mails`); all of
it at the wish of either side, or because the customer fell silent (`mail_transcript`). The mail is
written by the mail entry point that the chat's own settings name, in the same conversation: who
answers it is heard there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select, update

from hub.callbacks.rules import zone_of
from hub.contacts import service as contact_service
from hub.contacts.by_mail.letter import transcript_letter, unread_letter
from hub.contacts.by_mail.links import make_return_link, make_return_links
from hub.contacts.by_mail.model import mail_due_at, rules_in
from hub.contacts.chains import Chain, chains_of
from hub.contacts.model import Direction
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.service import may_contact, require
from hub.contacts.service import NewInteraction
from hub.contacts.tables import conversations, interactions
from hub.contacts.templates.filling import at_point
from hub.contacts.templates.service import changed_templates
from hub.core.errors import Conflict, Invalid
from hub.customers.normalise import Refusal, parse_email
from hub.routing.settings import load_settings
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.outbox import NewEffect, add_effects

from .mailing import (
    TOLD,
    Mail,
    ask_for,
    files_of,
    lock_head,
    mail_effect,
    points_of,
    said_in,
    sent_files,
    told,
    writers_of,
)

MOST = 500  # messages of one transcript
NO_MAIL = "no_mail"  # why nothing was mailed: no entry point writes for the chat


class Address(NamedTuple):
    """Where the customer of a conversation is written to once they have left it."""

    conversation_id: str
    address: str


def note_address(tx: Tx, given: Address) -> None:
    """Remember the address; what was said and not read before it was known will go there, too.

    Raises Invalid for what is no address, NotFound.
    """
    address = check_address(given.address)
    head = lock_head(tx, given.conversation_id)
    if head.mail_to == address:
        return
    rules = rules_in(points_of(tx, {head.entry_point_id})[head.entry_point_id].settings)
    waits = rules.mail and _unread(tx, [head])
    due = mail_due_at(rules, tx.now, head.mail_due_at, in_chat=True) if waits else None
    tx.execute(
        update(conversations)
        .where(conversations.c.id == head.id)
        .values(mail_to=address, mail_due_at=due, version=conversations.c.version + 1)
    )


def check_address(text: str) -> str:
    """Return a mail address in the form it is sent to. Raises Invalid."""
    parsed = parse_email(text)
    if isinstance(parsed, Refusal):
        raise Invalid(parsed.reason, code="email.wrong")
    return parsed.value


# ---- what was not read ------------------------------------------------------------------------


_TO_MAIL = Look(
    select(conversations)
    .where(conversations.c.mail_due_at <= NOW)
    .order_by(conversations.c.mail_due_at)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)


def fire_due_mails(tx: Tx, now: datetime, limit: int) -> int:
    """Mail what customers have not read in their chats by now; return how many were looked at.

    One mail for all that was said meanwhile. Who says stop to everything is sent nothing; where no
    mail entry point writes for the chat any more, what was said goes with the next mail, if there
    is one. The timeline tells either. A fixed number of statements.
    """
    heads = _TO_MAIL(tx, now, limit)
    if not heads:
        return 0
    unread = _unread(tx, heads)
    waiting = [head for head in heads if head.id in unread and head.mail_to]
    points = points_of(tx, {head.entry_point_id for head in waiting})
    writers = writers_of(tx, points)
    going = [head for head in waiting if head.entry_point_id in writers]
    mailed = {head.id: unread[head.id][-1].seq for head in going}
    tx.execute(
        update(conversations)
        .where(conversations.c.id == bindparam("b_id"))
        .values(
            mail_due_at=None,
            mailed_seq=bindparam("b_seq"),
            version=conversations.c.version + 1,
        ),
        [{"b_id": head.id, "b_seq": mailed.get(head.id, head.mailed_seq)} for head in heads],
    )
    entries = _mail_unread(tx, going, unread, points, writers)
    entries += [
        _not_mailed(tx, head, unread[head.id], NO_MAIL) for head in waiting if head.id not in mailed
    ]
    contact_service.append_system(tx, entries, {head.id: head.last_seq for head in waiting})
    return len(heads)


def _unread(tx: Tx, heads: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    """Return, by conversation, what we said in it and its customer has neither read nor been
    mailed.
    """
    rows = tx.execute(
        select(interactions)
        .join(conversations, conversations.c.id == interactions.c.conversation_id)
        .where(
            conversations.c.id.in_(sorted(head.id for head in heads)),
            interactions.c.seq > conversations.c.customer_read_seq,
            interactions.c.seq > conversations.c.mailed_seq,
            interactions.c.channel == conversations.c.channel,  # said in the chat
            interactions.c.direction == Direction.OUTBOUND,
            interactions.c.kind == TOLD,
        )
        .order_by(interactions.c.conversation_id, interactions.c.seq)
    )
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.conversation_id].append(row)
    return dict(found)


def _mail_unread(
    tx: Tx,
    going: Sequence[Row[Any]],
    unread: Mapping[str, Sequence[Row[Any]]],
    points: Mapping[str, Row[Any]],
    writers: Mapping[str, Row[Any]],
) -> list[NewInteraction]:
    """Write the mails, and return what the timelines tell of them."""
    if not going:
        return []
    answers = may_contact(tx, [ask_for(writers[one.entry_point_id], one.mail_to) for one in going])
    files = files_of(tx, [row.id for head in going for row in unread[head.id]])
    chains = chains_of(tx, {head.id for head in going})
    permitted = [
        head.id for head, one in zip(going, answers, strict=True) if isinstance(one, Permit)
    ]
    tokens = dict(zip(permitted, make_return_links(tx, permitted), strict=True))
    changed = changed_templates(tx)
    entries: list[NewInteraction] = []
    effects: list[NewEffect] = []
    for head, answer in zip(going, answers, strict=True):
        said = unread[head.id]
        if not isinstance(answer, Permit):
            entries.append(_not_mailed(tx, head, said, str(answer.why)))
            continue
        point, writer = points[head.entry_point_id], writers[head.entry_point_id]
        letter = unread_letter(
            at_point(changed, point.id),
            head.language or point.language,
            point.display_name,
            said_in(said, files, point),
        )
        chain = chains.get(head.id, Chain())
        mail = Mail(head, said[-1], point, writer, letter, chain, tokens[head.id])
        effects.append(mail_effect(answer, mail, files=sent_files(said, files)))
        facts = {"code": "chat_mailed", "address": head.mail_to, "messages": len(said)}
        entries.append(told(tx, head, said[-1].contact_id, facts))
    add_effects(tx, effects)
    return entries


def _not_mailed(tx: Tx, head: Row[Any], said: Sequence[Row[Any]], why: str) -> NewInteraction:
    facts = {"code": "chat_not_mailed", "address": head.mail_to, "why": why}
    return told(tx, head, said[-1].contact_id, facts)


# ---- all that was said ------------------------------------------------------------------------


class Transcript(NamedTuple):
    """All of a conversation's public messages to one address.

    `code`: what the timeline tells of it; `by`: the user (id, name) at whose wish, None: the
    customer's, or nobody's; `language`: None: the conversation's.
    """

    conversation_id: str
    to: str
    code: str = "chat_transcript"
    by: tuple[str, str] | None = None
    language: str | None = None
    contact_id: str | None = None


def mail_transcript(tx: Tx, cmd: Transcript) -> str:
    """Mail what was said in a conversation, and return the address it goes to.

    Raises NotFound, Invalid for what is no address, Conflict where no mail entry point writes for
    the chat, nothing was said yet, or the address wants no mail.
    """
    address = check_address(cmd.to)
    head = lock_head(tx, cmd.conversation_id)
    points = points_of(tx, {head.entry_point_id})
    writer = writers_of(tx, points).get(head.entry_point_id)
    if writer is None:
        raise Conflict(
            "No mail entry point writes for this chat: name one in its settings (`mail`).",
            code="chat.no_mail",
        )
    rows = _newest(tx, head.id)
    if not rows:
        raise Conflict("Nothing was said in this chat yet.", code="chat.empty")
    permit = require(may_contact(tx, [ask_for(writer, address)])[0])
    point, files = points[head.entry_point_id], files_of(tx, [row.id for row in rows])
    silent = cmd.code == "chat_silent"
    letter = transcript_letter(
        at_point(changed_templates(tx), point.id),
        cmd.language or head.language or point.language,
        point.display_name,
        said_in(rows[-MOST:], files, point),
        zone_of(load_settings(tx), point.queue_id),
        ended=silent,
        cut=len(rows) > MOST,
    )
    facts = {"code": cmd.code, "address": address}
    entry = told(tx, head, cmd.contact_id or rows[-1].contact_id, facts, cmd.by)
    contact_service.append_system(tx, [entry], {head.id: head.last_seq})
    chain = chains_of(tx, {head.id}).get(head.id, Chain())
    mail = Mail(head, entry, point, writer, letter, chain, make_return_link(tx, head.id))
    add_effects(tx, [mail_effect(permit, mail, to=address, automatic=True)])
    if address == head.mail_to:  # what waited to go there has gone
        tx.execute(
            update(conversations)
            .where(conversations.c.id == head.id)
            .values(mail_due_at=None, mailed_seq=rows[-1].seq)
        )
    return address


def _newest(tx: Tx, conversation_id: str) -> list[Row[Any]]:
    rows = tx.execute(
        select(interactions)
        .where(
            interactions.c.conversation_id == conversation_id,
            interactions.c.direction != Direction.INTERNAL,
            interactions.c.kind == TOLD,
        )
        .order_by(interactions.c.seq.desc())
        .limit(MOST + 1)
    ).all()
    return list(reversed(rows))
