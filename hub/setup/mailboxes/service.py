"""Connecting a mailbox, looking at what is connected, taking it away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict, Invalid, NotFound
from hub.settings import Mailbox
from hub.setup.tables import mail_connections, mail_grants
from hub.storage import Tx
from hub.vendors.mail.oauth import origin_of

from .book import kept_of
from .model import (
    Kept,
    MailboxDocument,
    MailSecrets,
    TypedSecrets,
    check_document,
    mailbox_of,
    merge_secrets,
)
from .sealing import Sealer

CHANGED = "mailbox.changed"


class SetInFile(Conflict):
    """The mailbox stands in hub.toml, which wins: it is changed there."""

    code = "mailbox.in_file"


@dataclass(frozen=True, slots=True)
class MailHouse:
    """`fed_by_mail`: the channels whose entry points have mailboxes; `in_file`: by entry point the
    mailboxes that stand in hub.toml.
    """

    sealer: Sealer
    fed_by_mail: Collection[str]
    in_file: Mapping[str, Mailbox]


@dataclass(frozen=True, slots=True)
class ConnectMailbox:
    key: str
    document: MailboxDocument
    typed: TypedSecrets
    house: MailHouse
    by: Actor


@dataclass(frozen=True, slots=True)
class DropMailbox:
    key: str
    house: MailHouse
    by: Actor


@dataclass(frozen=True, slots=True)
class AskMailbox:
    key: str
    house: MailHouse


class Found(NamedTuple):
    """`kept` None: none is connected. `secrets_at`: name of each secret -> when it was set."""

    address: str
    kept: Kept | None
    secrets_at: dict[str, datetime]
    changed_at: datetime | None


def find_mailbox(tx: Tx, asked: AskMailbox) -> Found:
    """Return what is connected of an entry point. Raises NotFound for one that has no mailbox."""
    address = _address_of(tx, asked.key, asked.house)
    row = _row(tx, asked.key)
    if row is None:
        return Found(address, None, {}, None)
    kept = kept_of(asked.key, row.document, row.sealed, asked.house.sealer)
    at = {name: datetime.fromisoformat(when) for name, when in row.secrets_at.items()}
    return Found(address, kept, at, row.changed_at)


def check_connection(tx: Tx, cmd: ConnectMailbox) -> MailSecrets:
    """Return the secrets that a mailbox would have. Raises as `connect_mailbox` does."""
    _address_of(tx, cmd.key, cmd.house)
    if cmd.key in cmd.house.in_file:
        raise SetInFile(f"The mailbox of {cmd.key} is set in hub.toml and wins: change it there.")
    check_document(cmd.document)
    _check_taken(tx, cmd)
    row = _row(tx, cmd.key)
    kept = None if row is None else kept_of(cmd.key, row.document, row.sealed, cmd.house.sealer)
    return merge_secrets(cmd.document, cmd.typed, kept)


def connect_mailbox(tx: Tx, cmd: ConnectMailbox) -> None:
    """Put a mailbox in force; readers and senders of every process take it up at once.

    Raises NotFound for an entry point without mailbox, SetInFile, Invalid by its place.
    """
    secrets = check_connection(tx, cmd)
    row = _row(tx, cmd.key)
    before = {} if row is None else row.secrets_at
    at = {
        name: tx.now.isoformat() if getattr(cmd.typed, name) else before.get(name, "")
        for name in secrets.__struct_fields__
        if getattr(secrets, name)
    }
    values: dict[str, Any] = {
        "document": msgspec.json.encode(cmd.document).decode(),
        "sealed": cmd.house.sealer.seal(msgspec.json.encode(secrets), cmd.key),
        "secrets_at": {name: when or tx.now.isoformat() for name, when in at.items()},
        "changed_at": tx.now,
    }
    if row is None:
        tx.execute(insert(mail_connections).values(entry_point_id=cmd.key, **values))
    else:
        mine = mail_connections.c.entry_point_id == cmd.key
        tx.execute(update(mail_connections).where(mine).values(**values))
    of_other = mail_grants.c.origin != origin_of(secrets.refresh_token)
    tx.execute(delete(mail_grants).where(mail_grants.c.entry_point_id == cmd.key, of_other))
    document = cmd.document
    typed = [name for name in secrets.__struct_fields__ if getattr(cmd.typed, name)]
    told = {
        "imap": document.imap.host,
        "smtp": document.smtp.host,
        "user": document.imap.user or document.smtp.user,
        "secrets": ",".join(typed),
    }
    audit(tx, cmd.by, "mailbox.connect", "entry_point", cmd.key, told)
    tx.hint(CHANGED, cmd.key)


def drop_mailbox(tx: Tx, cmd: DropMailbox) -> None:
    """Forget a mailbox with its secrets. Raises NotFound where none is connected."""
    mine = mail_connections.c.entry_point_id == cmd.key
    if tx.execute(delete(mail_connections).where(mine)).rowcount == 0:
        raise NotFound("No mailbox is connected there.", code="mailbox.none")
    if cmd.key not in cmd.house.in_file:  # whose own token may have been given anew
        tx.execute(delete(mail_grants).where(mail_grants.c.entry_point_id == cmd.key))
    audit(tx, cmd.by, "mailbox.disconnect", "entry_point", cmd.key)
    tx.hint(CHANGED, cmd.key)


def _row(tx: Tx, key: str) -> Row[Any] | None:
    mine = mail_connections.c.entry_point_id == key
    return tx.execute(select(mail_connections).where(mine)).first()


def _address_of(tx: Tx, key: str, house: MailHouse) -> str:
    found = tx.execute(
        select(entry_points.c.address, entry_points.c.channel).where(
            entry_points.c.id == key, entry_points.c.retired.is_(False)
        )
    ).first()
    if found is None or found.channel not in house.fed_by_mail:
        raise NotFound("There is no such entry point, or it has no mailbox.")
    return str(found.address)


def _check_taken(tx: Tx, cmd: ConnectMailbox) -> None:
    """Refuse a folder that another entry point reads: each mail would go to one of them by luck."""
    wanted = _reads(mailbox_of(cmd.key, cmd.document, MailSecrets()))
    if wanted is None:
        return
    for other in _others(tx, cmd):
        if _reads(other) == wanted:
            raise Invalid(
                f"{other.entry_point} reads this folder of this mailbox already: each mail would"
                " go to one of the two by chance. Choose another folder or mailbox.",
                code="mailbox.taken",
                field="folder",
            )


def _others(tx: Tx, cmd: ConnectMailbox) -> Iterator[Mailbox]:
    """Yield the mailboxes that are in force of other entry points, without their secrets."""
    in_file = cmd.house.in_file
    yield from (box for key, box in in_file.items() if key != cmd.key)
    rows = tx.execute(
        select(mail_connections.c.entry_point_id, mail_connections.c.document)
        .join(entry_points, entry_points.c.id == mail_connections.c.entry_point_id)
        .where(entry_points.c.retired.is_(False), entry_points.c.id != cmd.key)
    )
    for row in rows:
        if row.entry_point_id not in in_file:
            known = msgspec.json.decode(row.document, type=MailboxDocument)
            yield mailbox_of(row.entry_point_id, known, MailSecrets())


def _reads(box: Mailbox) -> tuple[str, str, str] | None:
    return (box.imap.host.lower(), box.imap.user.lower(), box.folder) if box.imap.host else None
