"""Use cases of recordings: what their channel tells, what agents ask, when they are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, delete, func, insert, or_, select, update

from hub.contacts import service as contact_service
from hub.contacts.guests.silence import set_supervisors
from hub.contacts.model import InteractionKind
from hub.contacts.tables import attachments, contacts, interactions
from hub.core.card_numbers import mask_card_numbers
from hub.core.errors import Conflict, NotFound
from hub.customers.holds.service import held_identities
from hub.storage import Tx
from hub.storage.search import Document, SearchKind, reindex_documents

from .model import (
    CAPTIONS,
    ENTRY_META,
    LIVE,
    META,
    RANK,
    CaptionNews,
    RecordingNews,
    RecordingState,
    Transcribed,
    Turn,
    is_silent,
)
from .tables import recordings

ERASED = "erased"
_ERASED_DAYS = 0  # no queue's rule: of who was erased while it was held
_LONGEST_TRANSCRIPT = 100_000  # characters


class Rules(NamedTuple):
    """What the queue says of its recordings. `remind_s`: a pause that lasts so long is shown."""

    keep_days: int = 180
    remind_s: int = 60


class Told(NamedTuple):
    news: RecordingNews
    rules: Rules


def follow(tx: Tx, told: Told) -> None:
    """Bring a recording up to what its channel says of it, wherever it is shown."""
    news = told.news
    contact = contact_service.get_contact(tx, news.contact_id)
    if news.not_recorded is not None:
        _show_live(tx, contact, {"state": "none", "why": news.not_recorded})
        return
    row = _find(tx, news.recording_id)
    if row is None:
        row = _begin(tx, contact, news)
    elif not _moves_on(row, news):
        return
    changes = _changes(tx, news, told.rules)
    tx.execute(update(recordings).where(recordings.c.id == row.id).values(**changes))
    _show_on_entry(tx, row, news.state, news.duration_s)
    if news.state in LIVE:
        since = news.occurred_at.isoformat()
        shown = {"id": row.id, "state": news.state, "at": since, "remind_s": told.rules.remind_s}
        _show_live(tx, contact, shown)
    elif (contact.meta.get(META) or {}).get("id") == row.id:
        _show_live(tx, contact, None)


def _begin(tx: Tx, contact: Row[Any], news: RecordingNews) -> Row[Any]:
    entry_id = news.interaction_id or _call_entry(tx, contact)
    return tx.execute(
        insert(recordings)
        .values(
            id=news.recording_id,
            kind=news.kind,
            contact_id=contact.id,
            conversation_id=contact.conversation_id,
            interaction_id=entry_id,
            entry_point_id=news.entry_point_id,
            queue_id=contact.queue_id,
            agent_id=contact.agent_id,
            state=news.state,
            state_at=news.occurred_at,
            started_at=news.occurred_at,
            duration_s=0,
            channels=news.channels,
            note="",
            held=False,
        )
        .returning(*recordings.c)
    ).one()


def _moves_on(row: Row[Any], news: RecordingNews) -> bool:
    before = RecordingState(row.state)
    if RANK[news.state] != RANK[before]:
        return RANK[news.state] > RANK[before]
    if news.state in LIVE:
        return news.state is not before and bool(news.occurred_at >= row.state_at)
    return news.state is RecordingState.LOST and row.note != news.note


def _changes(tx: Tx, news: RecordingNews, rules: Rules) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "state": news.state,
        "state_at": news.occurred_at,
        "note": news.note[:500],
    }
    if news.duration_s:
        changes["duration_s"] = news.duration_s
    if news.sound is not None:
        changes |= {
            "blob_id": news.sound.blob_id,
            "size_bytes": news.sound.size_bytes,
            "sha256": news.sound.sha256,
            "media_type": news.sound.media_type,
            "channels": news.channels,
            "keep_days": rules.keep_days,
            "delete_after": tx.now + timedelta(days=rules.keep_days),
        }
    return changes


def _call_entry(tx: Tx, contact: Row[Any]) -> str | None:
    """Return the entry of the contact's newest call, whoever called."""
    return tx.execute(
        select(interactions.c.id)
        .where(
            interactions.c.conversation_id == contact.conversation_id,
            interactions.c.contact_id == contact.id,
            interactions.c.kind == InteractionKind.CALL,
        )
        .order_by(interactions.c.seq.desc())
        .limit(1)
    ).scalar_one_or_none()


def _show_on_entry(tx: Tx, row: Row[Any], state: RecordingState, duration_s: int) -> None:
    entry = tx.execute(
        select(interactions.c.id, interactions.c.meta)
        .where(interactions.c.id == row.interaction_id)
        .with_for_update()
    ).first()
    if entry is None:
        return
    others = [one for one in entry.meta.get(ENTRY_META) or [] if one.get("id") != row.id]
    shown = {"id": row.id, "state": state, "duration_s": duration_s or row.duration_s}
    meta = {**entry.meta, ENTRY_META: sorted([*others, shown], key=lambda one: str(one["id"]))}
    tx.execute(update(interactions).where(interactions.c.id == entry.id).values(meta=meta))
    tx.hint("conversation.marked", row.conversation_id)


def _show_live(tx: Tx, contact: Row[Any], shown: dict[str, Any] | None) -> None:
    meta = {key: value for key, value in contact.meta.items() if key != META}
    if shown is not None:
        meta[META] = shown
    if meta != contact.meta:
        contact_service.amend(tx, contact.id, {"meta": meta})
    if is_silent(meta) != is_silent(contact.meta):
        set_supervisors(tx, contact)


class ToldCaptions(NamedTuple):
    news: CaptionNews
    rules: Rules


def follow_captions(tx: Tx, told: ToldCaptions) -> None:
    """Show how the transcription of a call stands that is not recorded: of one that is, its
    recording says so. Older news than what is shown change nothing.
    """
    news = told.news
    contact = contact_service.get_contact(tx, news.contact_id)
    live = contact.meta.get(META) or {}
    ours = live.get("of") == CAPTIONS
    if "id" in live or (ours and datetime.fromisoformat(live["at"]) > news.occurred_at):
        return
    if news.state is None:
        if ours:
            _show_live(tx, contact, None)
        return
    shown = {
        "of": CAPTIONS,
        "state": news.state,
        "at": news.occurred_at.isoformat(),
        "remind_s": told.rules.remind_s,
        **({"why": live["why"]} if "why" in live else {}),
    }
    _show_live(tx, contact, shown)


class AskTurn(NamedTuple):
    contact_id: str
    turn: Turn


def ask_turn(tx: Tx, asked: AskTurn) -> None:
    """Show that a pause, or its end, is asked for. Raises Conflict where nothing is recorded or
    transcribed.
    """
    contact = contact_service.get_contact(tx, asked.contact_id)
    live = dict(contact.meta.get(META) or {})
    if "id" not in live and live.get("of") != CAPTIONS:
        raise Conflict("This call is not being recorded.", code="recording.none")
    _show_live(tx, contact, {**live, "turn": asked.turn})


def is_silenced(tx: Tx, contact_id: str) -> bool:
    """Say whether nobody may listen in to a call now (`is_silent`)."""
    return is_silent(contact_service.get_contact(tx, contact_id).meta)


def note_transcript(tx: Tx, said: Transcribed) -> None:
    """Keep what was said beside the recording, card numbers masked, and let it be found."""
    row = _find(tx, said.recording_id)
    if row is None or row.deleted_at is not None:
        raise NotFound("There is no such recording.", code="recording.unknown")
    words = mask_card_numbers(said.text[:_LONGEST_TRANSCRIPT]).strip()
    if not words or words == row.transcript:
        return
    tx.execute(update(recordings).where(recordings.c.id == row.id).values(transcript=words))
    if row.interaction_id is not None:
        _say_on_entry(tx, row.interaction_id)
    tx.hint("conversation.marked", row.conversation_id)


def _say_on_entry(tx: Tx, interaction_id: str) -> None:
    """The words of an entry are those of its recordings: read, quoted and found as others are.
    Of a customer who was erased none come back to it, also where a hold keeps the recording.
    """
    said = tx.execute(
        select(recordings.c.transcript)
        .where(
            recordings.c.interaction_id == interaction_id,
            recordings.c.transcript.is_not(None),
            func.coalesce(recordings.c.keep_days, 1) != _ERASED_DAYS,
        )
        .order_by(recordings.c.id)
    ).scalars()
    words = "\n\n".join(said)
    entry = tx.execute(
        update(interactions)
        .where(interactions.c.id == interaction_id)
        .values(text=words)
        .returning(interactions.c.id, interactions.c.at)
    ).one()
    reindex_documents(tx, SearchKind.INTERACTIONS, [Document(entry.id, words, entry.at)])


class Peaks(NamedTuple):
    recording_id: str
    peaks: list[list[int]]


def keep_peaks(tx: Tx, made: Peaks) -> None:
    tx.execute(
        update(recordings).where(recordings.c.id == made.recording_id).values(peaks=made.peaks)
    )


class Hold(NamedTuple):
    recording_id: str
    held: bool


def hold(tx: Tx, order: Hold) -> None:
    """Keep a recording whatever its queue says, or let the rule have it again."""
    changed = tx.execute(
        update(recordings)
        .where(recordings.c.id == order.recording_id, recordings.c.blob_id.is_not(None))
        .values(held=order.held)
    )
    if changed.rowcount != 1:
        raise NotFound("This recording is not kept any more.", code="recording.deleted")


def delete_due(tx: Tx, limit: int) -> dict[str, str]:
    """Delete what was kept long enough; return the files by recording, to be removed then.

    What was begun and not ended before is returned again, until `forget_files`.
    """
    due = tx.execute(
        select(recordings)
        .where(
            recordings.c.blob_id.is_not(None),
            or_(recordings.c.held.is_(False), recordings.c.deleted_at.is_not(None)),
            recordings.c.delete_after <= tx.now,
            or_(recordings.c.contact_id.not_in(_of_held()), recordings.c.deleted_at.is_not(None)),
        )
        .order_by(recordings.c.delete_after)
        .limit(limit)
        .with_for_update()
    ).all()
    for row in due:
        if row.deleted_at is None:
            released = row.keep_days == _ERASED_DAYS
            _delete(tx, row, ERASED if released else f"retention:{row.keep_days}")
    return {row.id: row.blob_id for row in due}


def _of_held() -> Select[Any]:
    """Return the question for the contacts of customers under legal hold."""
    return select(contacts.c.id).where(contacts.c.identity_id.in_(held_identities()))


def forget_files(tx: Tx, recording_ids: Sequence[str]) -> None:
    """Their files are removed."""
    theirs = recordings.c.id.in_(recording_ids)
    tx.execute(update(recordings).where(theirs).values(blob_id=None))


class Forgotten(NamedTuple):
    """`files`: to be removed afterwards. `held`: ids of recordings that a legal hold keeps, and
    `held_files` theirs, which stay.
    """

    files: list[str]
    held: list[str]
    held_files: list[str]


def forget_of_contacts(tx: Tx, contact_ids: Sequence[str]) -> Forgotten:
    """Their customer is erased. What is under legal hold stays (GDPR article 17 (3) e), and goes as
    soon as it is released.
    """
    theirs = tx.execute(
        select(recordings).where(recordings.c.contact_id.in_(contact_ids)).with_for_update()
    ).all()
    held = [row for row in theirs if row.held and row.blob_id is not None and not row.deleted_at]
    ids = [row.id for row in held]
    gone = [row for row in theirs if row.id not in ids]
    for row in gone:
        _delete(tx, row, ERASED)
    forget_files(tx, [row.id for row in gone])
    tx.execute(
        update(recordings)
        .where(recordings.c.id.in_(ids))
        .values(delete_after=tx.now, keep_days=_ERASED_DAYS)
    )
    return Forgotten(
        [row.blob_id for row in gone if row.blob_id is not None],
        ids,
        [row.blob_id for row in held],
    )


def show_held(tx: Tx, recording_ids: Sequence[str]) -> None:
    """Their entries have lost their words: let them show the recordings that stay."""
    for row in tx.execute(select(recordings).where(recordings.c.id.in_(recording_ids))).all():
        _show_on_entry(tx, row, RecordingState(row.state), row.duration_s)


def _delete(tx: Tx, row: Row[Any], rule: str) -> None:
    """The sound and the words go; the row stays and says when and by which rule."""
    gone = dict.fromkeys(("peaks", "transcript", "size_bytes"))
    tx.execute(
        update(recordings)
        .where(recordings.c.id == row.id)
        .values(**gone, state=RecordingState.DELETED, deleted_at=tx.now, deleted_by=rule, note="")
    )
    if row.blob_id is not None:  # a message is a file of its entry, too
        tx.execute(
            delete(attachments).where(
                attachments.c.interaction_id == row.interaction_id,
                attachments.c.blob_id == row.blob_id,
            )
        )
    if row.interaction_id is not None and row.transcript is not None:
        _say_on_entry(tx, row.interaction_id)
    _show_on_entry(tx, row, RecordingState.DELETED, row.duration_s)


def _find(tx: Tx, recording_id: str) -> Row[Any] | None:
    wanted = select(recordings).where(recordings.c.id == recording_id).with_for_update()
    return tx.execute(wanted).first()
