"""Transactions of mail on its way in: keep, try, file or quarantine; progress; the token key."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from hub.core.ids import new_id
from hub.storage import Tx

from .tables import mail_cursors, mail_keys, raw_mails

MAX_ATTEMPTS = 3
# How long the one who just stored a mail has to file it before the sweep takes it up.
GRACE = timedelta(seconds=60)
_RETRY = (timedelta(seconds=5), timedelta(seconds=30))


class RawState(StrEnum):
    STORED = "stored"
    FILED = "filed"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail whose bytes are durable. `recipient`: of the envelope, "" where unknown."""

    id: str
    entry_point_id: str
    sha256: str
    blob_id: str
    size_bytes: int
    recipient: str
    state: RawState
    attempts: int
    received_at: datetime


class KeepRaw(NamedTuple):
    entry_point_id: str
    sha256: str
    blob_id: str
    size_bytes: int
    recipient: str


class RawKey(NamedTuple):
    entry_point_id: str
    sha256: str


class Failure(NamedTuple):
    id: str
    error: str


class Settle(NamedTuple):
    id: str
    state: RawState


class Due(NamedTuple):
    entry_point_ids: tuple[str, ...]
    limit: int


class Cursor(NamedTuple):
    """Everything up to `last_uid` of the folder in this `uidvalidity` is dealt with."""

    entry_point_id: str
    folder: str
    uidvalidity: int
    last_uid: int


class CursorKey(NamedTuple):
    entry_point_id: str
    folder: str


_COLUMNS = (
    raw_mails.c.id,
    raw_mails.c.entry_point_id,
    raw_mails.c.sha256,
    raw_mails.c.blob_id,
    raw_mails.c.size_bytes,
    raw_mails.c.recipient,
    raw_mails.c.state,
    raw_mails.c.attempts,
    raw_mails.c.received_at,
)


def find_raw(tx: Tx, key: RawKey) -> RawMail | None:
    """Return the mail kept under this digest, or None."""
    row = tx.execute(
        select(*_COLUMNS).where(
            raw_mails.c.entry_point_id == key.entry_point_id, raw_mails.c.sha256 == key.sha256
        )
    ).first()
    return None if row is None else _raw_mail(row)


def _raw_mail(row: Row[Any]) -> RawMail:
    return RawMail(**{**row._mapping, "state": RawState(row.state)})


def keep_raw(tx: Tx, cmd: KeepRaw) -> RawMail:
    """Remember a mail whose bytes are in the blob store; the same digest again gives the first."""
    known = find_raw(tx, RawKey(cmd.entry_point_id, cmd.sha256))
    if known is not None:
        return known
    raw = RawMail(new_id(), *cmd, RawState.STORED, 0, tx.now)
    tx.execute(
        insert(raw_mails).values(
            id=raw.id,
            **cmd._asdict(),
            state=raw.state,
            attempts=0,
            try_at=tx.now + GRACE,
            received_at=tx.now,
        )
    )
    return raw


def settle_raw(tx: Tx, cmd: Settle) -> None:
    """The mail is in the contact store, read or quarantined: nothing more is to be done."""
    tx.execute(
        update(raw_mails)
        .where(raw_mails.c.id == cmd.id, raw_mails.c.state == RawState.STORED)
        .values(state=cmd.state, try_at=tx.now)
    )


def note_failure(tx: Tx, cmd: Failure) -> int:
    """Count a failed attempt to file, with back-off; return how many there were."""
    attempts: int | None = tx.execute(
        update(raw_mails)
        .where(raw_mails.c.id == cmd.id)
        .values(attempts=raw_mails.c.attempts + 1, last_error=cmd.error[:500])
        .returning(raw_mails.c.attempts)
    ).scalar_one_or_none()
    count = attempts or MAX_ATTEMPTS
    wait = _RETRY[min(count, len(_RETRY)) - 1]
    tx.execute(update(raw_mails).where(raw_mails.c.id == cmd.id).values(try_at=tx.now + wait))
    return count


def list_due(tx: Tx, ask: Due) -> Sequence[RawMail]:
    """Return mails that are stored and not filed, oldest first: a crash or a fault left them."""
    rows = tx.execute(
        select(*_COLUMNS)
        .where(
            raw_mails.c.state == RawState.STORED,
            raw_mails.c.entry_point_id.in_(ask.entry_point_ids),
            raw_mails.c.try_at <= tx.now,
        )
        .order_by(raw_mails.c.try_at)
        .limit(ask.limit)
    )
    return [_raw_mail(row) for row in rows]


def find_cursor(tx: Tx, key: CursorKey) -> Cursor | None:
    """Return how far a folder was read, or None if it never was."""
    row = tx.execute(
        select(mail_cursors.c.uidvalidity, mail_cursors.c.last_uid).where(
            mail_cursors.c.entry_point_id == key.entry_point_id,
            mail_cursors.c.folder == key.folder,
        )
    ).first()
    return None if row is None else Cursor(*key, row.uidvalidity, row.last_uid)


def save_cursor(tx: Tx, cursor: Cursor) -> None:
    """Remember how far a folder was read; a new UIDVALIDITY starts over."""
    key = (
        mail_cursors.c.entry_point_id == cursor.entry_point_id,
        mail_cursors.c.folder == cursor.folder,
    )
    values = {
        "uidvalidity": cursor.uidvalidity,
        "last_uid": cursor.last_uid,
        "changed_at": tx.now,
    }
    if tx.execute(update(mail_cursors).where(*key).values(**values)).rowcount == 0:
        tx.execute(
            insert(mail_cursors).values(
                entry_point_id=cursor.entry_point_id, folder=cursor.folder, **values
            )
        )


def find_token_key(tx: Tx, _: None) -> bytes | None:
    """Return the key of conversation tokens, or None before the first was made."""
    found: str | None = tx.execute(
        select(mail_keys.c.key_hex).where(mail_keys.c.id == "tokens")
    ).scalar_one_or_none()
    return None if found is None else bytes.fromhex(found)


def get_or_make_token_key(tx: Tx, _: None) -> bytes:
    """Return the key of conversation tokens, made at the first call. It is kept in the database,
    so that every process signs alike and a backup keeps old threads valid."""
    known = find_token_key(tx, None)
    if known is not None:
        return known
    key = secrets.token_bytes(32)
    tx.execute(insert(mail_keys).values(id="tokens", key_hex=key.hex(), created_at=tx.now))
    return key
