"""A parsed mail → what the hub is told: Inbound, delivery reports, or quarantine. Pure.

The rules are those of channels.md (Email): who it is from and where an answer goes, what joins a
conversation and how strongly, what queues and what may be acknowledged.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from hub.contacts.chains import THREAD_INDEX
from hub.contacts.inbound import (
    UNKNOWN_SENDER,
    DeliveryReport,
    IdentityKind,
    Inbound,
    InboundFile,
    Scalar,
    SenderIdentity,
)
from hub.contacts.model import Channel, DeliveryState, InteractionKind
from hub.contacts.references import find_references
from hub.vendors.mail.acknowledge import NoAcknowledgement, why_not_acknowledge
from hub.vendors.mail.authentication import Verdict, trusted_verdict
from hub.vendors.mail.automail import NEVER_QUEUES, AutoKind, Judgement, judge
from hub.vendors.mail.bounces import Bounce, find_bounces
from hub.vendors.mail.dedupe import MAX_EXTERNAL_ID, dedupe_key, external_id
from hub.vendors.mail.language import guess_language
from hub.vendors.mail.model import Address, ParsedMail
from hub.vendors.mail.opened import Opened
from hub.vendors.mail.outlook import clean_thread_index
from hub.vendors.mail.own_check import Evidence
from hub.vendors.mail.tokens import ConversationTokens

_MAX_QUOTED = 50_000  # characters; the raw mail has the rest


@dataclass(frozen=True, slots=True)
class Reading:
    """What one mail means: what is filed, and news about what we sent."""

    inbound: Inbound
    reports: tuple[DeliveryReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a mail is read with: where and when it arrived, and what we know of ourselves."""

    entry_point_id: str
    recipient: str  # of the envelope, "" where unknown
    received_at: datetime
    raw_blob_id: str
    own_addresses: Collection[str]
    trusted_server: str
    evidence: Evidence | None = None  # our own check, where no trusted server has told
    spam: str | None = None  # what says that it is
    tls: str | None = None  # by which version it was handed to us


def read_mail(
    opened: Opened, raw: bytes, around: Circumstances, tokens: ConversationTokens
) -> Reading:
    """Return what a mail (opened from `raw`) means to the hub. Its files are added by the
    caller."""
    mail, folded = opened.mail, opened.folded
    judgement = judge(mail)
    if judgement.kind is AutoKind.BOUNCE:
        bounces = find_bounces(mail, raw)
        if bounces:
            return _read_bounce(mail, bounces, around, tokens, judgement)
        return _unread_bounce(opened, around, tokens, judgement)
    told = trusted_verdict(mail, around.trusted_server)
    own = around.evidence
    dmarc = told or (own.dmarc if own is not None else Verdict.NONE)
    answer_to = mail.reply_to[0] if mail.reply_to else mail.sender
    unfit = _unfit_to_join(mail, answer_to, dmarc)
    reason = (
        NoAcknowledgement.SPAM
        if around.spam
        else why_not_acknowledge(
            mail, judgement, dmarc, around.own_addresses, answer_to.email, around.received_at
        )
    )
    inbound = Inbound(
        entry_point_id=around.entry_point_id,
        channel=Channel.EMAIL,
        dedupe_key=dedupe_key(mail),
        senders=_senders(mail, answer_to, dmarc),
        received_at=around.received_at,
        text=folded.text,
        words=opened.words,
        card_numbers=opened.card_numbers,
        html=folded.html,
        subject=mail.subject or None,
        sent_at=_plausible(mail.sent_at, around.received_at),
        language=guess_language(f"{mail.subject}\n{folded.text}"),
        external_id=external_id(mail),
        references=() if unfit else _references(mail),
        subject_references=() if unfit else find_references(mail.subject),
        conversation_id=proven(mail, around.recipient, tokens),
        answers=_answered(mail, tokens),
        queues=judgement.kind not in NEVER_QUEUES,
        acknowledge=reason is None,
        no_acknowledge_reason=reason,
        quarantine_reason=f"spam: {around.spam}" if around.spam else None,
        raw_blob_id=around.raw_blob_id,
        meta=_meta(mail, judgement, dmarc)
        | _quoted(folded.quote)
        | ({"dmarc_why": own.why} if told is None and own is not None else {})
        | _trace(mail, judgement, around)
        | ({"not_joined": unfit} if unfit and weak_marks(mail) else {}),
    )
    return Reading(inbound)


def with_files(reading: Reading, files: tuple[InboundFile, ...]) -> Inbound:
    """Return the inbound with the files that are durable by now."""
    return msgspec.structs.replace(reading.inbound, files=files)


def _senders(mail: ParsedMail, answer_to: Address, dmarc: Verdict) -> tuple[SenderIdentity, ...]:
    verified = dmarc is Verdict.PASS
    first = SenderIdentity(
        IdentityKind.EMAIL,
        answer_to.email,
        answer_to.name or mail.sender.name,
        verified and answer_to.email == mail.sender.email,
    )
    if answer_to.email.lower() == mail.sender.email.lower():
        return (first,)
    # Several From of one Reply-To are colleagues or a form: recorded, linked by nobody but a
    # person.
    return (first, SenderIdentity(IdentityKind.EMAIL, mail.sender.email, mail.sender.name))


def _references(mail: ParsedMail) -> tuple[str, ...]:
    """Return the ids a mail refers to, the closest first."""
    ids = [*mail.in_reply_to, *reversed(mail.references)]
    return tuple(item for item in dict.fromkeys(ids) if len(item) <= MAX_EXTERNAL_ID)


def weak_marks(mail: ParsedMail) -> tuple[str, ...]:
    """Return what could join a conversation without proof: ids of other mails, our references."""
    return (*_references(mail), *find_references(mail.subject))


def _unfit_to_join(mail: ParsedMail, answer_to: Address, dmarc: Verdict) -> str | None:
    """Say, in a code, why nothing weak may join this mail to a conversation, or None.

    Who takes part is known by the address an answer goes to: it is the writer's only where it is
    the one in From, which is what DMARC speaks of.
    """
    if dmarc is Verdict.FAIL:
        return "dmarc_failed"
    if answer_to.email.lower() != mail.sender.email.lower():
        return "other_reply_to"
    return None


def proven(mail: ParsedMail, recipient: str, tokens: ConversationTokens) -> str | None:
    found = tokens.find_in_ids(_references(mail))
    if found is not None:
        return found[0]
    addressed = [recipient, *(address.email for address in (*mail.to, *mail.cc))]
    return tokens.find_in_addresses(addressed)


def _answered(mail: ParsedMail, tokens: ConversationTokens) -> str | None:
    """Return the interaction of ours that it answers, as its signed id proves."""
    found = tokens.find_in_ids(_references(mail))
    return None if found is None else found[1]


def _plausible(sent_at: datetime | None, received_at: datetime) -> datetime | None:
    """A date in the future is the sender's wrong clock: the time of arrival counts then."""
    return sent_at if sent_at is not None and sent_at <= received_at else None


def _meta(mail: ParsedMail, judgement: Judgement, dmarc: Verdict) -> dict[str, Scalar]:
    meta: dict[str, Scalar] = {
        "from": mail.sender.email,
        "to": _listed(mail.to),
        "cc": _listed(mail.cc),
        "dmarc": dmarc.value,
    }
    if judgement.kind is not AutoKind.PERSONAL:
        meta["auto"] = judgement.kind.value
        meta["auto_evidence"] = judgement.evidence
    if mail.protection is not None:
        meta["protection"] = mail.protection.value
    if mail.defects:
        meta["defects"] = ", ".join(mail.defects)[:300]
    return {key: value for key, value in meta.items() if value}


def _trace(mail: ParsedMail, judgement: Judgement, around: Circumstances) -> dict[str, Scalar]:
    """Keep, in codes the console has words for, why the mail is spam or waits for nobody, and by
    what it came encrypted; and what an answer of ours needs to stand beside it in Outlook.
    """
    trace: dict[str, Scalar] = {
        "spam": around.spam,
        "tls": around.tls,
        "not_queued": judgement.kind.value if judgement.kind in NEVER_QUEUES else None,
        THREAD_INDEX: clean_thread_index(mail.header("thread-index")),
    }
    return {key: value for key, value in trace.items() if value}


def _quoted(quote: str | None) -> dict[str, Scalar]:
    return {"quoted": quote[:_MAX_QUOTED]} if quote else {}


def _listed(addresses: tuple[Address, ...]) -> str:
    return ", ".join(address.email for address in addresses[:50])


def _read_bounce(
    mail: ParsedMail,
    bounces: tuple[Bounce, ...],
    around: Circumstances,
    tokens: ConversationTokens,
    judgement: Judgement,
) -> Reading:
    """A delivery report: news for what we sent, and an entry of its own on that conversation.

    The entry belongs to who did not get it, never to the mail system that says so.
    """
    key = dedupe_key(mail)
    reports: list[DeliveryReport] = []
    # By our own return path where the report names no id, or one that a server on the way gave it.
    returned = tokens.find_in_addresses([around.recipient, *(address.email for address in mail.to)])
    conversation_id: str | None = None
    answers: str | None = None
    for number, bounce in enumerate(bounces):
        ids = [item for item in (bounce.original_message_id, *bounce.references) if item]
        token = tokens.find_in_ids(ids[:1]) or tokens.find_in_ids(_references(mail))
        if token is not None:
            conversation_id, answers = token
        if token is None and not ids and returned is None:
            continue
        delayed = not (bounce.permanent or bounce.delivered)
        state = DeliveryState.FAILED
        if not bounce.permanent:
            state = DeliveryState.SENT if delayed else DeliveryState.DELIVERED
        reports.append(
            DeliveryReport(
                key=f"{key}:{number}",
                entry_point_id=around.entry_point_id,
                occurred_at=around.received_at,
                state=state,
                interaction_id=token[1] if token else None,
                external_id=ids[0] if ids and not token else None,
                conversation_id=None if token else returned,
                detail=bounce.detail,
                recipient=bounce.recipient,
                bad_address=bounce.bad_address,
                delayed=delayed,
            )
        )
    first = bounces[0]
    inbound = Inbound(
        entry_point_id=around.entry_point_id,
        channel=Channel.EMAIL,
        dedupe_key=key,
        senders=(SenderIdentity(IdentityKind.EMAIL, first.recipient or mail.sender.email),),
        received_at=around.received_at,
        kind=InteractionKind.SYSTEM,
        text="\n".join(_fate(bounce) for bounce in bounces[:20]),
        subject=mail.subject or None,
        external_id=external_id(mail),
        references=tuple(item for item in (first.original_message_id,) if item),
        conversation_id=conversation_id or returned,
        answers=answers,
        internal=True,  # the word of a mail system: no customer said it, and none is shown it
        queues=False,
        acknowledge=False,
        no_acknowledge_reason=NoAcknowledgement.BOUNCE,
        raw_blob_id=around.raw_blob_id,
        meta=_meta(mail, judgement, Verdict.NONE)
        | {"not_queued": judgement.kind.value, "bounce": _hardness(bounces)}
        | _told_in_words(bounces),
    )
    return Reading(inbound, tuple(reports))


def _unread_bounce(
    opened: Opened, around: Circumstances, tokens: ConversationTokens, judgement: Judgement
) -> Reading:
    """A delivery report of which one cannot read whose mail it speaks of, or what became of it.

    By our return path it is known which conversation it is of: a line there says so. Else nobody
    would ever see it: it waits in quarantine until somebody looks at it, or a later version of the
    hub can read it. It is never a customer's request, and says nothing of any mail of ours.
    """
    mail = opened.mail
    conversation_id = proven(mail, around.recipient, tokens)
    apart = f"{_UNREAD}: {mail.sender.email}" if conversation_id is None else None
    said = {"code": _UNREAD, "sender": mail.sender.email} if conversation_id is not None else {}
    inbound = Inbound(
        entry_point_id=around.entry_point_id,
        channel=Channel.EMAIL,
        dedupe_key=dedupe_key(mail),
        senders=(UNKNOWN_SENDER,),
        received_at=around.received_at,
        kind=InteractionKind.SYSTEM,
        text=opened.folded.text,
        card_numbers=opened.card_numbers,
        subject=mail.subject or None,
        external_id=external_id(mail),
        conversation_id=conversation_id,
        internal=conversation_id is not None,
        queues=False,
        acknowledge=False,
        no_acknowledge_reason=NoAcknowledgement.BOUNCE,
        quarantine_reason=f"spam: {around.spam}" if around.spam else apart,
        raw_blob_id=around.raw_blob_id,
        meta=_meta(mail, judgement, Verdict.NONE)
        | _trace(mail, judgement, around)
        | {"bounce": "unread"}
        | said,
    )
    return Reading(inbound)


_UNREAD = "bounce_unread"


def _hardness(bounces: tuple[Bounce, ...]) -> str:
    """Return the worst that is said: no such address, this mail never, or not yet."""
    if any(bounce.bad_address for bounce in bounces):
        return "hard"
    if any(bounce.permanent for bounce in bounces):
        return "soft"
    return "arrived" if all(bounce.delivered for bounce in bounces) else "delayed"


def _told_in_words(bounces: tuple[Bounce, ...]) -> dict[str, Scalar]:
    """What speaks of one recipient the console says in its reader's language."""
    if len(bounces) != 1:
        return {}
    detail = bounces[0].detail
    return {
        "code": f"bounce_{_hardness(bounces)}",
        "recipient": bounces[0].recipient or "?",
        "detail": detail,
    }


def _fate(bounce: Bounce) -> str:
    who = bounce.recipient or "?"
    if bounce.delivered:
        return f"delivered: {who}"
    return f"{'not delivered' if bounce.permanent else 'delayed'}: {who}: {bounce.detail}"
