"""The timer of campaigns: people are listed, then written to at the pace, each exactly once.

One turn is one transaction over one campaign: who is due is asked about (`may_contact`), the mails
of those who may be reached and what becomes of the others are written together. A crash before the
commit leaves all of them due; after it none.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from hub.accounts.model import SYSTEM
from hub.contacts import service as contact_service
from hub.contacts import threads
from hub.contacts.effects import Send
from hub.contacts.inbound import Inbound, SenderIdentity
from hub.contacts.model import Channel, DeliveryState, Direction, InteractionKind
from hub.contacts.outreach.model import Later, Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import Sent, note_sent
from hub.contacts.research.links import GOOD_FOR
from hub.contacts.research.model import hash_token, make_token
from hub.contacts.research.tables import survey_asks
from hub.contacts.service import NewInteraction
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, insert_values, read_time, tx_time, update_values
from hub.storage.outbox import NewEffect, add_effects

from .holding import find_sender, has_to_wait, why_halted
from .judging import REACHES, Judged, Person, judge
from .model import (
    Arm,
    Halt,
    PersonState,
    Reason,
    State,
    Turn,
    Written,
    arm_of,
    next_after,
    turn_of,
    write,
)
from .reads import arms_of, meant
from .service import halt_campaign
from .tables import campaign_people, campaigns

MOST = 50  # people of one turn
_PAGE = 500  # people who are listed, or closed, in one turn
_TOKEN_BYTES = 24
_WAIT = timedelta(minutes=1)  # until a mail server that is down is asked for again

_DUE = Statement("""
SELECT customer_id, arm FROM campaign_people
WHERE campaign_id = :campaign AND state = 'due' AND due_at <= {time :now}
ORDER BY due_at, customer_id LIMIT :most
""")
_FIRST_DUE = Statement("""
SELECT due_at FROM campaign_people WHERE campaign_id = :campaign AND state = 'due'
ORDER BY due_at LIMIT 1
""")


class _Change(NamedTuple):
    """What becomes of one person: the columns of `campaign_people`, the first two its key."""

    campaign_id: str
    customer_id: str
    state: PersonState
    reason: str | None
    due_at: datetime | None
    at: datetime | None
    identity_id: str | None = None
    conversation_id: str | None = None
    interaction_id: str | None = None


class _Mail(NamedTuple):
    """One mail that goes out: to whom, by which leave, in which words."""

    person: Person
    judged: Judged
    permit: Permit
    words: Written
    conversation_id: str


def fire_due_campaigns(tx: Tx, now: datetime, limit: int) -> int:
    """Do the next turn of the campaign that has waited longest; return how many people it moved.

    A fixed number of statements, however many people: at most MOST of them.
    """
    row = _next(tx, now)
    if row is None:
        return 0
    if row.state == State.STOPPED:
        return _close(tx, row, Reason.STOPPED)
    if now >= row.ends_at:
        return _close(tx, row, Reason.WINDOW_OVER)
    if row.filled_to is not None:
        return _fill(tx, row, now)
    if now < row.starts_at:
        _set(tx, row, next_at=row.starts_at)
        return 0
    return _send_next(tx, row, now, min(limit, MOST))


_NEXT = Look(
    select(campaigns)
    .where(campaigns.c.next_at.is_not(None), campaigns.c.next_at <= NOW)
    .order_by(campaigns.c.next_at, campaigns.c.id)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)


def _next(tx: Tx, now: datetime) -> Row[Any] | None:
    """Return the campaign whose turn it is, locked; None where another process has it."""
    found = _NEXT(tx, now, 1)
    return found[0] if found else None


def _set(tx: Tx, row: Row[Any], **columns: Any) -> None:
    tx.execute(update(campaigns).where(campaigns.c.id == row.id).values(**columns))


# ---- who is in it -------------------------------------------------------------------------------

_PERSON = ("campaign_id", "customer_id", "arm", "state", "due_at")


def _fill(tx: Tx, row: Row[Any], now: datetime) -> int:
    """Write down the next page of people with their arms; after the last the mails begin."""
    source = meant(row)
    customer_id = source.selected_columns[0]
    page = source.where(customer_id > row.filled_to).order_by(customer_id).limit(_PAGE)
    ids = list(tx.execute(page).scalars())
    [arms] = arms_of(tx, [row.id]).values()
    people = [
        (row.id, id_, arm_of(arms, row.id, id_).key, PersonState.DUE.value, row.starts_at)
        for id_ in ids
    ]
    if row.group_id is None:
        update_values(tx, campaign_people, _PERSON, people, keys=2)
    else:
        insert_values(tx, campaign_people, _PERSON, people)
    done = len(ids) < _PAGE
    starts = max(row.starts_at, now) if done else now
    collect = {"collect_at": starts} if done else {}
    _set(tx, row, filled_to=None if done else ids[-1], next_at=starts, **collect)
    return len(ids)


_LEFT_DUE = Statement("""
SELECT customer_id FROM campaign_people WHERE campaign_id = :campaign AND state = 'due'
ORDER BY due_at, customer_id LIMIT :most
""")
_LEFT_LISTED = Statement("""
SELECT customer_id FROM campaign_people WHERE campaign_id = :campaign AND state = 'listed'
LIMIT :most
""")
_CLOSED = ("campaign_id", "customer_id", "state", "reason", "due_at")


def _close(tx: Tx, row: Row[Any], reason: Reason) -> int:
    """Give those who were not written to in time the reason, a page a turn; then it is over."""
    left = _LEFT_DUE(tx, [], campaign=row.id, most=_PAGE)
    if len(left) < _PAGE:  # stopped or over before all were given their arms
        left += _LEFT_LISTED(tx, [], campaign=row.id, most=_PAGE - len(left))
    state = PersonState.SUPPRESSED.value
    people = [(row.id, one.customer_id, state, reason.value, None) for one in left]
    update_values(tx, campaign_people, _CLOSED, people, keys=2)
    if len(left) < _PAGE:
        _end(tx, row)
    else:
        _set(tx, row, next_at=tx.now)  # behind the others that are due
    return len(left)


def _end(tx: Tx, row: Row[Any]) -> None:
    """Everybody has a result or a reason."""
    state = State.STOPPED if row.state == State.STOPPED else State.DONE
    _set(
        tx,
        row,
        state=state,
        next_at=None,
        filled_to=None,
        finished_at=row.finished_at or tx.now,
        collect_at=row.collect_at or tx.now,
        version=row.version + 1,
    )
    tx.hint("campaign.changed", row.id)


# ---- a turn -------------------------------------------------------------------------------------


def _send_next(tx: Tx, row: Row[Any], now: datetime, limit: int) -> int:
    point = find_sender(tx, row)
    halted = why_halted(tx, row, point)
    if point is None or halted is not None:
        halt_campaign(tx, row, halted or Halt.SENDER_GONE)
        return 0
    if has_to_wait(tx, row):
        _set(tx, row, next_at=now + _WAIT)
        return 0
    turn = turn_of(row.pace_per_hour, row.next_at, now, limit)
    due = _DUE(tx, [], campaign=row.id, now=tx_time(tx, now), most=turn.most)
    arms = {arm.key: arm for arm in arms_of(tx, [row.id])[row.id]}
    judged = judge(tx, row, [one.customer_id for one in due], links=True)
    of = {one.customer_id: arms[one.arm] for one in due}
    going = [one for one in judged if isinstance(one.answer, Permit)]
    changes = [_not_now(row, one) for one in judged if not isinstance(one.answer, Permit)]
    changes += [_held_out(tx, row, one) for one in going if of[one.customer_id].holdout]
    written = [one for one in going if not of[one.customer_id].holdout]
    changes += _send(tx, row, point, of, written)
    update_values(tx, campaign_people, _Change._fields, changes, keys=2)
    _plan(tx, row, turn, len(going))
    return len(due)


def _plan(tx: Tx, row: Row[Any], turn: Turn, used: int) -> None:
    """Set when it is the campaign's turn again: by the pace, once somebody is due."""
    first = _FIRST_DUE(tx, [], campaign=row.id)
    if not first:
        _end(tx, row)
        return
    after = next_after(row.pace_per_hour, turn, used)
    _set(tx, row, next_at=max(after, read_time(first[0].due_at)))


def _not_now(row: Row[Any], one: Judged) -> _Change:
    """Return what becomes of who may not be written to now: another time, or never, and why."""
    answer = one.answer
    identity_id = one.person.identity_id if one.person else None
    if isinstance(answer, Later) and answer.until < row.ends_at:
        why, until = str(answer.why), answer.until
        return _Change(row.id, one.customer_id, PersonState.DUE, why, until, None, identity_id)
    reason = str(answer.why) if answer is not None else str(one.reason)
    return _Change(row.id, one.customer_id, PersonState.SUPPRESSED, reason, None, None, identity_id)


def _held_out(tx: Tx, row: Row[Any], one: Judged) -> _Change:
    return _Change(row.id, one.customer_id, PersonState.HELD_OUT, None, None, tx.now)


def _send(
    tx: Tx, row: Row[Any], point: Row[Any], arms: Mapping[str, Arm], going: Sequence[Judged]
) -> list[_Change]:
    """Write the mails and what sends them; return what became of these people."""
    if not going:
        return []
    mails = _mails(tx, row, point, arms, going)
    entries = [_entry(tx, row, point, mail) for mail in mails]
    tokens = _ask(tx, row, mails)
    contact_service.append_system(tx, entries, {mail.conversation_id: 0 for mail in mails})
    add_effects(
        tx,
        [
            _effect(row, point, mail, entry, token)
            for mail, entry, token in zip(mails, entries, tokens, strict=True)
        ],
    )
    sent = [
        Sent(mail.judged.ask, mail.permit, None, entry.id, row.id)
        for mail, entry in zip(mails, entries, strict=True)
        if mail.judged.ask is not None
    ]
    note_sent(tx, sent, SYSTEM)
    return [
        _Change(
            row.id,
            mail.person.customer_id,
            PersonState.SENT,
            None,
            None,
            tx.now,
            mail.person.identity_id,
            mail.conversation_id,
            entry.id,
        )
        for mail, entry in zip(mails, entries, strict=True)
    ]


def _mails(
    tx: Tx, row: Row[Any], point: Row[Any], arms: Mapping[str, Arm], going: Sequence[Judged]
) -> list[_Mail]:
    """Return the mail to each, on a new conversation of their own."""
    known = [(one, one.person, one.answer) for one in going]
    persons = [(one, who, leave) for one, who, leave in known if who and isinstance(leave, Permit)]
    words = [
        write(arms[who.customer_id], who.language, point.language, who.name, point.display_name)
        for _, who, _ in persons
    ]
    kind = REACHES[Channel(row.channel)]
    begins = [
        Inbound(
            entry_point_id=point.id,
            channel=Channel(row.channel),
            dedupe_key="",
            senders=(SenderIdentity(kind, who.address),),
            received_at=tx.now,
            subject=said.subject,
        )
        for (_, who, _), said in zip(persons, words, strict=True)
    ]
    identity_ids = [who.identity_id for _, who, _ in persons]
    made = threads.open_threads(tx, begins, identity_ids, [said.language for said in words])
    return [
        _Mail(who, one, leave, said, thread.id)
        for (one, who, leave), said, thread in zip(persons, words, made, strict=True)
    ]


def _entry(tx: Tx, row: Row[Any], point: Row[Any], mail: _Mail) -> NewInteraction:
    return NewInteraction(
        id=new_id(),
        conversation_id=mail.conversation_id,
        contact_id=None,
        identity_id=mail.person.identity_id,
        channel=row.channel,
        kind=InteractionKind.MESSAGE,
        direction=Direction.OUTBOUND,
        text=mail.words.text,
        at=tx.now,
        author_name=point.display_name,
        subject=mail.words.subject,
        delivery=DeliveryState.PENDING,
        meta={"automatic": True, "campaign": row.key},
    )


def _ask(tx: Tx, row: Row[Any], mails: Sequence[_Mail]) -> list[str | None]:
    """Return the token of each one's link to the survey, and keep its hash; None without one."""
    if Purpose(row.purpose) is not Purpose.SURVEY:
        return [None] * len(mails)
    tokens = [make_token(secrets.token_bytes(_TOKEN_BYTES)) for _ in mails]
    asks = [
        {
            "token_hash": hash_token(token),
            "identity_id": mail.person.identity_id,
            "contact_id": None,
            "campaign_id": row.id,
            "survey_key": row.survey_key,
            "entry_point_id": row.entry_point_id,
            "language": mail.words.language,
            "asked_at": tx.now,
            "expires_at": (mail.permit.not_before or tx.now) + GOOD_FOR,
        }
        for mail, token in zip(mails, tokens, strict=True)
    ]
    tx.execute(insert(survey_asks), asks)
    return list(tokens)


def _effect(
    row: Row[Any], point: Row[Any], mail: _Mail, entry: NewInteraction, token: str | None
) -> NewEffect:
    """It is no automatic answer: what cannot be delivered has to come back."""
    send = Send(
        interaction_id=entry.id,
        conversation_id=mail.conversation_id,
        contact_id=None,
        to=(mail.person.address,),
        text=entry.text,
        subject=entry.subject,
        language=mail.words.language,
        author_name=entry.author_name,
        survey=token,
    )
    return to_person(
        mail.permit,
        send,
        channel=row.channel,
        entry_point_id=point.id,
        interaction_id=entry.id,
        dedupe_key=f"campaign:{row.id}:{mail.person.customer_id}",
        at_most_once=True,
    )
