"""Customers are asked by a link in a mail how it was: with a permit, and not too often."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, func, insert, select

from hub.accounts.model import SYSTEM
from hub.contacts import service as contact_service
from hub.contacts.effects import Send
from hub.contacts.model import Channel, DeliveryState, Direction, InteractionKind
from hub.contacts.outreach.model import Answer, Later, Permit, Why
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import (
    AskFor,
    NewOutreach,
    Sent,
    may_contact,
    note_outreach,
    note_sent,
)
from hub.contacts.service import NewInteraction
from hub.contacts.tables import conversations, entry_points, interactions
from hub.contacts.templates.filling import Changed, at_point, say
from hub.contacts.templates.service import changed_templates
from hub.contacts.templates.usual import SURVEY
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.customers.model import IdentityStatus
from hub.customers.settings import load_customer_settings
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.outbox import NewEffect, add_effects

from .links import GOOD_FOR
from .model import AFTER_CONTACT, hash_token, make_token
from .tables import survey_asks

_TOKEN_BYTES = 24
_MAILED = frozenset({Channel.EMAIL})
"""Whose conversations can carry a link."""


class AskByMail(NamedTuple):
    """A contact that has ended, and whose it is. `conversation_id`: on which it was; where that is
    no mail, their newest mail is answered.
    """

    contact_id: str
    conversation_id: str
    channel: str
    identity_id: str
    language: str | None


def ask_by_mail(tx: Tx, asks: Sequence[AskByMail]) -> int:
    """Ask these customers how it was, and return how many are: where the set-up says so, who can be
    reached by mail, were not asked lately and may be. What is refused is kept with its reason. A
    fixed number of statements.
    """
    settings = load_customer_settings(tx).surveys
    if not settings.by_mail or not asks:
        return 0
    threads = _threads(tx, asks)
    customer_ids = {thread.customer_id for thread in threads.values()}
    lately = asked_lately(tx, customer_ids, timedelta(days=settings.ask_again_days))
    going: list[tuple[AskByMail, Row[Any]]] = []
    for ask in asks:
        thread = threads.get(ask.contact_id)
        if thread is not None and thread.customer_id not in lately:
            lately.add(thread.customer_id)
            going.append((ask, thread))
    questions = [
        AskFor(Purpose.SURVEY, thread.channel, thread.identity_id, contact_id=ask.contact_id)
        for ask, thread in going
    ]
    answers = may_contact(tx, questions, links=True) if questions else []
    permitted: list[tuple[AskByMail, Row[Any], AskFor, Permit]] = []
    refused: list[NewOutreach] = []
    for (ask, thread), question, answer in zip(going, questions, answers, strict=True):
        permit = _permit(answer)
        if permit is None:
            outcome = "later" if isinstance(answer, Later) else "refused"
            refused.append(
                NewOutreach(
                    thread.identity_id,
                    question.purpose,
                    question.channel,
                    answer.why,
                    outcome,
                    contact_id=ask.contact_id,
                )
            )
        else:
            permitted.append((ask, thread, question, permit))
    note_outreach(tx, refused)
    _send(tx, permitted)
    return len(permitted)


def _permit(answer: Answer) -> Permit | None:
    """A mail waits for the morning by itself; who was reached too often is not asked at all."""
    if isinstance(answer, Permit):
        return answer
    if isinstance(answer, Later) and answer.why is Why.QUIET_HOURS:
        return answer.permit
    return None


def _send(tx: Tx, permitted: Sequence[tuple[AskByMail, Row[Any], AskFor, Permit]]) -> None:
    if not permitted:
        return
    changed = changed_templates(tx)
    answered = _last_heard(tx, {thread.id for _, thread, _, _ in permitted})
    asks: list[dict[str, Any]] = []
    entries: list[NewInteraction] = []
    effects: list[NewEffect] = []
    sent: list[Sent] = []
    for ask, thread, question, permit in permitted:
        token = make_token(secrets.token_bytes(_TOKEN_BYTES))
        entry = _entry(tx, ask, thread, at_point(changed, thread.entry_point_id))
        entries.append(entry)
        effects.append(_effect(ask, thread, entry, permit, token, answered.get(thread.id)))
        sent.append(Sent(question, permit, ask.contact_id, entry.id))
        asks.append(
            {
                "token_hash": hash_token(token),
                "identity_id": thread.identity_id,
                "contact_id": ask.contact_id,
                "survey_key": AFTER_CONTACT,
                "entry_point_id": thread.entry_point_id,
                "language": ask.language,
                "asked_at": tx.now,
                "expires_at": (permit.not_before or tx.now) + GOOD_FOR,
            }
        )
    tx.execute(insert(survey_asks), asks)
    contact_service.append_system(
        tx, entries, {thread.id: thread.last_seq for _, thread, _, _ in permitted}
    )
    add_effects(tx, effects)
    note_sent(tx, sent, SYSTEM)


def _entry(tx: Tx, ask: AskByMail, thread: Row[Any], changed: Changed) -> NewInteraction:
    """The link is not in it: what agents read on the timeline answers for nobody."""
    language = ask.language or thread.language
    words = say(changed, SURVEY, language, name=thread.display_name)
    return NewInteraction(
        id=new_id(),
        conversation_id=thread.id,
        contact_id=ask.contact_id if thread.id == ask.conversation_id else None,
        identity_id=thread.identity_id,
        channel=thread.channel,
        kind=InteractionKind.MESSAGE,
        direction=Direction.OUTBOUND,
        text=words.body,
        at=tx.now,
        author_name=thread.display_name,
        subject=words.subject,
        delivery=DeliveryState.PENDING,
        meta={"automatic": True, "survey": True},
    )


def _effect(
    ask: AskByMail,
    thread: Row[Any],
    entry: NewInteraction,
    permit: Permit,
    token: str,
    answers: str | None,
) -> NewEffect:
    send = Send(
        interaction_id=entry.id,
        conversation_id=thread.id,
        contact_id=entry.contact_id,
        to=(thread.value_norm,),
        text=entry.text,
        subject=entry.subject,
        in_reply_to=answers,
        references=(answers,) if answers else (),
        automatic=True,
        language=ask.language or thread.language,
        author_name=entry.author_name,
        survey=token,
    )
    return to_person(
        permit,
        send,
        channel=thread.channel,
        entry_point_id=thread.entry_point_id,
        interaction_id=entry.id,
        contact_id=entry.contact_id,
        dedupe_key=f"survey:{ask.contact_id}",
        at_most_once=True,
    )


def _threads(tx: Tx, asks: Sequence[AskByMail]) -> dict[str, Row[Any]]:
    """Return, by contact, the mail conversation to write on, locked."""
    own = {ask.conversation_id for ask in asks if ask.channel in _MAILED}
    others = {ask.identity_id for ask in asks if ask.channel not in _MAILED}
    customers = _customers(tx, others)
    newest = _newest(tx, set(customers.values()))
    rows = tx.execute(
        select(
            conversations.c.id,
            conversations.c.entry_point_id,
            conversations.c.channel,
            conversations.c.identity_id,
            conversations.c.last_seq,
            entry_points.c.language,
            entry_points.c.display_name,
            identities.c.value_norm,
            identities.c.customer_id,
        )
        .join(identities, identities.c.id == conversations.c.identity_id)
        .join(entry_points, entry_points.c.id == conversations.c.entry_point_id)
        .where(
            conversations.c.id.in_(sorted(own | set(newest.values()))),
            identities.c.status.in_([IdentityStatus.ACTIVE, IdentityStatus.SHARED]),
            ~entry_points.c.retired,
        )
        .order_by(conversations.c.id)
        .with_for_update(of=conversations)
    )
    by_id = {row.id: row for row in rows}
    chosen = {
        ask.contact_id: by_id.get(
            ask.conversation_id
            if ask.channel in _MAILED
            else newest.get(customers.get(ask.identity_id, ""), "")
        )
        for ask in asks
    }
    return {contact_id: row for contact_id, row in chosen.items() if row is not None}


def _newest(tx: Tx, customer_ids: Collection[str]) -> dict[str, str]:
    """Return, by customer, their newest mail conversation at an address that is theirs alone."""
    if not customer_ids:
        return {}
    place = (
        func.row_number()
        .over(partition_by=identities.c.customer_id, order_by=conversations.c.last_at.desc())
        .label("place")
    )
    ranked = (
        select(conversations.c.id, identities.c.customer_id, place)
        .join(identities, identities.c.id == conversations.c.identity_id)
        .where(
            identities.c.customer_id.in_(sorted(customer_ids)),
            identities.c.status == IdentityStatus.ACTIVE,
            conversations.c.channel.in_(sorted(_MAILED)),
        )
        .subquery()
    )
    rows = tx.execute(select(ranked.c.customer_id, ranked.c.id).where(ranked.c.place == 1))
    return {row.customer_id: row.id for row in rows}


def _customers(tx: Tx, identity_ids: Collection[str]) -> dict[str, str]:
    """Return whose these addresses are today."""
    if not identity_ids:
        return {}
    found = select(identities.c.id, identities.c.customer_id).where(
        identities.c.id.in_(sorted(identity_ids))
    )
    return {row.id: row.customer_id for row in tx.execute(found)}


def asked_lately(tx: Tx, customer_ids: Collection[str], span: timedelta) -> set[str]:
    """Return which of these customers were asked within `span`, at any of their addresses."""
    if not customer_ids:
        return set()
    found = (
        select(identities.c.customer_id)
        .join(survey_asks, survey_asks.c.identity_id == identities.c.id)
        .where(
            identities.c.customer_id.in_(sorted(customer_ids)),
            survey_asks.c.asked_at > tx.now - span,
        )
    )
    return set(tx.execute(found).scalars())


def _last_heard(tx: Tx, conversation_ids: Collection[str]) -> Mapping[str, str]:
    """Return the outside id of the last message of each customer, which the mail answers."""
    last = (
        select(interactions.c.conversation_id, func.max(interactions.c.seq).label("seq"))
        .where(
            interactions.c.conversation_id.in_(sorted(conversation_ids)),
            interactions.c.direction == Direction.INBOUND,
            interactions.c.external_id.is_not(None),
        )
        .group_by(interactions.c.conversation_id)
        .subquery()
    )
    rows = tx.execute(
        select(interactions.c.conversation_id, interactions.c.external_id).join(
            last,
            (last.c.conversation_id == interactions.c.conversation_id)
            & (last.c.seq == interactions.c.seq),
        )
    )
    return {row.conversation_id: row.external_id for row in rows}
