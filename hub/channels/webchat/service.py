"""Use cases of visitor sessions and uploads, on web chat's own tables."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update

from hub.contacts.proving.model import Proof
from hub.core.errors import HubError, NotFound
from hub.storage import Tx, batch

from .tables import webchat_uploads, webchat_visitors

KEPT = timedelta(days=90)  # anonymous chats: reliability.md section 4, Privacy
UNUSED_KEPT = timedelta(days=1)  # opened, never written
ROTATED_AFTER = timedelta(days=1)
SEEN_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class Visitor:
    """A visitor session as a socket holds it."""

    id: str
    entry_point_id: str
    conversation_id: str | None
    name: str
    email: str
    external_id: str | None
    signed_email: str | None
    language: str
    survey_contact_id: str | None
    last_seen_at: datetime
    rotated_at: datetime
    by_previous: bool = False  # it presented the token from before the last rotation
    has_previous: bool = False  # that one is still good
    speaks_as: str | None = None  # whose visit it goes on with: they are that visitor
    signed_at: datetime | None = None  # when the site last signed who they are
    proven_email: str | None = None  # by a code that was mailed there
    proven_at: datetime | None = None
    proven_until: datetime | None = None  # as the entry point's settings say

    @property
    def proof(self) -> Proof | None:
        """What a code proved, also where it counts no more."""
        if self.proven_email is None or self.proven_at is None or self.proven_until is None:
            return None
        return Proof(self.proven_at, self.proven_until)

    @property
    def is_signed(self) -> bool:
        """Whether who they are rests on the site's signature: no code was typed since it. A
        signature of which is not known when it was is older than any code.
        """
        if self.external_id is None:
            return False
        if self.proven_at is None:
            return True
        return self.signed_at is not None and self.proven_at <= self.signed_at

    def is_proven(self, now: datetime) -> bool:
        """Say whether a code proved the address, and it still counts."""
        return self.proof is not None and self.proof.is_good(now)


@dataclass(frozen=True, slots=True)
class Presented:
    entry_point_id: str
    token_hash: str


@dataclass(frozen=True, slots=True)
class NewVisitor:
    id: str
    entry_point_id: str
    token_hash: str
    name: str
    email: str
    external_id: str | None
    signed_email: str | None
    language: str
    signed_at: datetime | None = None
    conversation_id: str | None = None
    speaks_as: str | None = None
    survey_contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeeVisitor:
    """A returning visitor: what the page said of itself; `token_hash` is set to rotate."""

    id: str
    name: str
    email: str
    external_id: str | None
    signed_email: str | None
    signed_at: datetime | None
    language: str
    token_hash: str | None
    presented_hash: str


@dataclass(frozen=True, slots=True)
class Upload:
    id: str
    visitor_id: str
    blob_id: str
    name: str
    media_type: str
    size_bytes: int
    found: str | None = None  # by the scanner: such a file is never sent


def new_token() -> str:
    """Return 256 random bits as 43 characters; only `hash_token` of it is ever stored."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_visitor(tx: Tx, presented: Presented) -> Visitor | None:
    """Return the session of a token, if it is one of this entry point and was seen lately."""
    row = tx.execute(
        select(webchat_visitors).where(
            or_(
                webchat_visitors.c.token_hash == presented.token_hash,
                webchat_visitors.c.previous_hash == presented.token_hash,
            ),
            webchat_visitors.c.entry_point_id == presented.entry_point_id,
            webchat_visitors.c.last_seen_at > tx.now - KEPT,
        )
    ).one_or_none()
    return None if row is None else _visitor(row, presented.token_hash)


def find_visitor_of(tx: Tx, conversation_id: str) -> Visitor | None:
    """Return the session last seen of those who talk in a conversation."""
    row = tx.execute(
        select(webchat_visitors)
        .where(webchat_visitors.c.conversation_id == conversation_id)
        .order_by(webchat_visitors.c.last_seen_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _visitor(row, "")


def find_external_id(tx: Tx, visitor_id: str) -> str | None:
    """Return as whom a visitor was signed in at the site, None for nobody or no such visitor."""
    external_id: str | None = tx.execute(
        select(webchat_visitors.c.external_id).where(webchat_visitors.c.id == visitor_id)
    ).scalar_one_or_none()
    return external_id


def find_begun(tx: Tx, visitor_id: str) -> str | None:
    """Return the conversation a visitor has begun, None for nobody or who has not written."""
    begun: str | None = tx.execute(
        select(webchat_visitors.c.conversation_id).where(webchat_visitors.c.id == visitor_id)
    ).scalar_one_or_none()
    return begun


@batch
def make_visitors(tx: Tx, items: Sequence[NewVisitor]) -> Sequence[HubError | None]:
    """Insert visitor sessions."""
    tx.execute(
        insert(webchat_visitors),
        [
            {
                "id": item.id,
                "entry_point_id": item.entry_point_id,
                "token_hash": item.token_hash,
                "name": item.name,
                "email": item.email,
                "external_id": item.external_id,
                "signed_email": item.signed_email,
                "signed_at": item.signed_at,
                "language": item.language,
                "conversation_id": item.conversation_id,
                "speaks_as": item.speaks_as,
                "survey_contact_id": item.survey_contact_id,
                "created_at": tx.now,
                "last_seen_at": tx.now,
                "rotated_at": tx.now,
            }
            for item in items
        ],
    )
    return [None] * len(items)


def see_visitor(tx: Tx, seen: SeeVisitor) -> None:
    """Note that a visitor is back; rotate the token if a new one is given."""
    values: dict[str, object] = {
        "name": seen.name,
        "email": seen.email,
        "external_id": seen.external_id,
        "signed_email": seen.signed_email,
        "signed_at": seen.signed_at,
        "language": seen.language,
        "last_seen_at": tx.now,
    }
    if seen.token_hash is not None:
        values |= {
            "token_hash": seen.token_hash,
            "previous_hash": seen.presented_hash,
            "rotated_at": tx.now,
        }
    tx.execute(update(webchat_visitors).where(webchat_visitors.c.id == seen.id).values(**values))


@dataclass(frozen=True, slots=True)
class Signed:
    """A customer the site has named, on whatever device."""

    entry_point_id: str
    external_id: str


def find_signed_conversation(tx: Tx, signed: Signed) -> str | None:
    """Return the conversation that all devices of a signed-in customer show: their newest."""
    found: str | None = tx.execute(
        select(func.max(webchat_visitors.c.conversation_id)).where(
            webchat_visitors.c.entry_point_id == signed.entry_point_id,
            webchat_visitors.c.external_id == signed.external_id,
        )
    ).scalar()
    return found


def forget_previous_token(tx: Tx, visitor_id: str) -> None:
    """The page uses its new token: the one before is no longer good."""
    tx.execute(
        update(webchat_visitors)
        .where(webchat_visitors.c.id == visitor_id)
        .values(previous_hash=None)
    )


@dataclass(frozen=True, slots=True)
class Bind:
    visitor_id: str
    conversation_id: str


@batch
def bind_conversations(tx: Tx, items: Sequence[Bind]) -> Sequence[HubError | None]:
    """Note in which conversation a visitor talks: the first message of each decided it."""
    tx.execute(
        update(webchat_visitors)
        .where(webchat_visitors.c.id == bindparam("of_id"))
        .values(conversation_id=bindparam("to_conversation")),
        [{"of_id": item.visitor_id, "to_conversation": item.conversation_id} for item in items],
    )
    return [None] * len(items)


@dataclass(frozen=True, slots=True)
class SaveVisitorProfile:
    visitor_id: str
    name: str
    email: str


def save_visitor_profile(tx: Tx, save: SaveVisitorProfile) -> None:
    tx.execute(
        update(webchat_visitors)
        .where(webchat_visitors.c.id == save.visitor_id)
        .values(name=save.name, email=save.email)
    )


@dataclass(frozen=True, slots=True)
class WantSurvey:
    conversation_id: str
    contact_id: str | None  # None: answered or declined


def want_survey(tx: Tx, want: WantSurvey) -> int:
    """Set or clear the open question of a conversation; return how many visitors it concerns."""
    changed = tx.execute(
        update(webchat_visitors)
        .where(webchat_visitors.c.conversation_id == want.conversation_id)
        .values(survey_contact_id=want.contact_id)
    )
    return changed.rowcount


def find_asked_survey(tx: Tx, visitor_id: str) -> str | None:
    """Return the contact about which this visitor was asked, if the answer is still open."""
    contact_id: str | None = tx.execute(
        select(webchat_visitors.c.survey_contact_id).where(webchat_visitors.c.id == visitor_id)
    ).scalar_one_or_none()
    return contact_id


def add_upload(tx: Tx, upload: Upload) -> None:
    """Record a file that is durable in the blob store and waits to be sent."""
    tx.execute(
        insert(webchat_uploads).values(
            id=upload.id,
            visitor_id=upload.visitor_id,
            blob_id=upload.blob_id,
            name=upload.name,
            media_type=upload.media_type,
            size_bytes=upload.size_bytes,
            found=upload.found,
            created_at=tx.now,
        )
    )


@dataclass(frozen=True, slots=True)
class GetUploads:
    visitor_id: str
    ids: tuple[str, ...]


def get_uploads(tx: Tx, get: GetUploads) -> list[Upload]:
    """Return the visitor's own uploads in the order asked. Raises NotFound."""
    rows = tx.execute(
        select(webchat_uploads).where(
            webchat_uploads.c.visitor_id == get.visitor_id,
            webchat_uploads.c.id.in_(get.ids),
            webchat_uploads.c.found.is_(None),
        )
    ).all()
    by_id = {row.id: row for row in rows}
    if any(id_ not in by_id for id_ in get.ids):
        raise NotFound("An attached file is no longer there: attach it again.", code="file_gone")
    return [
        Upload(
            id=row.id,
            visitor_id=row.visitor_id,
            blob_id=row.blob_id,
            name=row.name,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
        )
        for row in (by_id[id_] for id_ in get.ids)
    ]


def forget_visitors(tx: Tx, now: datetime, limit: int) -> int:
    """Delete at most `limit` sessions long unseen or never used; return how many."""
    stale = (
        select(webchat_visitors.c.id)
        .where(
            or_(
                webchat_visitors.c.last_seen_at < now - KEPT,
                webchat_visitors.c.conversation_id.is_(None)
                & (webchat_visitors.c.last_seen_at < now - UNUSED_KEPT),
            )
        )
        .order_by(webchat_visitors.c.last_seen_at)
        .limit(limit)
    )
    ids = list(tx.execute(stale).scalars())
    if ids:
        tx.execute(delete(webchat_uploads).where(webchat_uploads.c.visitor_id.in_(ids)))
        tx.execute(delete(webchat_visitors).where(webchat_visitors.c.id.in_(ids)))
    return len(ids)


def _visitor(row: Row[tuple[object, ...]], presented_hash: str) -> Visitor:
    return Visitor(
        id=row.id,
        entry_point_id=row.entry_point_id,
        conversation_id=row.conversation_id,
        name=row.name,
        email=row.email,
        external_id=row.external_id,
        signed_email=row.signed_email,
        language=row.language,
        survey_contact_id=row.survey_contact_id,
        last_seen_at=row.last_seen_at,
        rotated_at=row.rotated_at,
        by_previous=row.previous_hash == presented_hash,
        has_previous=row.previous_hash is not None,
        speaks_as=row.speaks_as,
        signed_at=row.signed_at,
        proven_email=row.proven_email,
        proven_at=row.proven_at,
    )
