"""Transactions of mail on its way in: keep, try, file or quarantine; progress; the token key."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from hub.contacts.inbound import Inbound
from hub.core.ids import new_id
from hub.storage import Tx, batch_ahead
from hub.storage.bulk import Statement, insert_rows, read_time, tx_time

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
    """A mail whose bytes are durable. `recipient`: of the envelope, "" where unknown.

    `peer`: the address of who handed it over to our listener, `mail_from`: for which sender of the
    envelope; None where it came another way. `tls`: by which version of it, None: in clear, or
    another way.
    """

    id: str
    entry_point_id: str
    sha256: str
    blob_id: str
    size_bytes: int
    recipient: str
    state: RawState
    attempts: int
    received_at: datetime
    peer: str | None = None
    mail_from: str | None = None
    tls: str | None = None


class HandedOver(NamedTuple):
    """By which address, for which sender of the envelope ("": none), by which TLS ("": none)."""

    peer: str
    mail_from: str
    tls: str = ""


class KeepRaw(NamedTuple):
    entry_point_id: str
    sha256: str
    blob_id: str
    size_bytes: int
    recipient: str
    peer: str | None = None
    mail_from: str | None = None
    tls: str | None = None


class RawKey(NamedTuple):
    entry_point_id: str
    sha256: str


class KeepFiled(NamedTuple):
    """A mail that was read before anything but its bytes was kept."""

    keep: KeepRaw
    inbound: Inbound


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
    raw_mails.c.peer,
    raw_mails.c.mail_from,
    raw_mails.c.tls,
)


_KEPT = Statement("""
SELECT r.id, r.entry_point_id, r.sha256, r.blob_id, r.size_bytes, r.recipient, r.state, r.attempts,
       r.received_at, r.peer, r.mail_from, r.tls
FROM {rows} JOIN raw_mails r ON r.entry_point_id = {text 0} AND r.sha256 = {text 1}
""")
_SETTLE = Statement("""
UPDATE raw_mails SET state = {text 1}, try_at = {time :now}
FROM {rows} WHERE raw_mails.id = {text 0} AND raw_mails.state = 'stored'
""")


def find_raw(tx: Tx, key: RawKey) -> RawMail | None:
    """Return the mail kept under this digest, or None."""
    return _kept(tx, [key]).get(key)


def _kept(tx: Tx, keys: Iterable[RawKey]) -> dict[RawKey, RawMail]:
    found = [_raw_mail(row) for row in _KEPT(tx, sorted(set(keys)))]
    return {RawKey(mail.entry_point_id, mail.sha256): mail for mail in found}


def _raw_mail(row: Any) -> RawMail:
    return RawMail(
        id=row.id,
        entry_point_id=row.entry_point_id,
        sha256=row.sha256,
        blob_id=row.blob_id,
        size_bytes=row.size_bytes,
        recipient=row.recipient,
        state=RawState(row.state),
        attempts=row.attempts,
        received_at=read_time(row.received_at),
        peer=row.peer,
        mail_from=row.mail_from,
        tls=row.tls,
    )


def new_mail(keep: KeepRaw, now: datetime, state: RawState = RawState.STORED) -> RawMail:
    """Return the row of a mail that was not known before."""
    return RawMail(
        new_id(),
        keep.entry_point_id,
        keep.sha256,
        keep.blob_id,
        keep.size_bytes,
        keep.recipient,
        state,
        0,
        now,
        keep.peer,
        keep.mail_from,
        keep.tls,
    )


@batch_ahead
def keep_raw(tx: Tx, items: Sequence[KeepRaw]) -> Sequence[RawMail]:
    """Remember mails whose bytes are in the blob store; the same digest again gives the first."""
    keys = [RawKey(item.entry_point_id, item.sha256) for item in items]
    known = _kept(tx, keys)
    new: list[RawMail] = []
    for key, item in zip(keys, items, strict=True):
        if key not in known:
            known[key] = new_mail(item, tx.now)
            new.append(known[key])
    insert_rows(tx, raw_mails, [_row_of(mail, tx.now + GRACE) for mail in new])
    return [known[key] for key in keys]


def _row_of(mail: RawMail, try_at: datetime) -> dict[str, Any]:
    return {
        "id": mail.id,
        "entry_point_id": mail.entry_point_id,
        "sha256": mail.sha256,
        "blob_id": mail.blob_id,
        "size_bytes": mail.size_bytes,
        "recipient": mail.recipient,
        "peer": mail.peer,
        "mail_from": mail.mail_from,
        "tls": mail.tls,
        "state": str(mail.state),
        "attempts": mail.attempts,
        "try_at": try_at,
        "last_error": None,
        "received_at": mail.received_at,
    }


@batch_ahead
def keep_filed(tx: Tx, items: Sequence[KeepFiled]) -> Sequence[Inbound | None]:
    """Keep mails as filed, and return what is to be received of each in this transaction; None of
    one whose digest is known, of which nothing is kept: its state decides (`keep_raw`).
    """
    keys = [RawKey(item.keep.entry_point_id, item.keep.sha256) for item in items]
    known = set(_kept(tx, keys))
    new: list[RawMail] = []
    given: list[Inbound | None] = []
    for key, item in zip(keys, items, strict=True):
        given.append(None if key in known else item.inbound)
        if key not in known:
            known.add(key)
            new.append(new_mail(item.keep, tx.now, RawState.FILED))
    insert_rows(tx, raw_mails, [_row_of(mail, tx.now) for mail in new])
    return given


@batch_ahead
def settle_raw(tx: Tx, items: Sequence[Settle]) -> Sequence[None]:
    """These are in the contact store, read or quarantined: nothing more is to be done."""
    _SETTLE(tx, [(item.id, str(item.state)) for item in items], now=tx_time(tx, tx.now))
    return [None] * len(items)


def ask_to_write(_tx: Tx, _: None) -> None:
    """Change nothing: the store raises Unavailable where it still takes no writes."""


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
