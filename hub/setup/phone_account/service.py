"""Connecting the phone account, looking at it, taking it away; the lines that its numbers serve."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict, NotFound
from hub.settings import Twilio
from hub.setup.mailboxes import Sealer
from hub.setup.tables import phone_accounts
from hub.storage import Tx
from hub.vendors.twilio.numbers import PhoneLine, can_be_called

from .book import OWNER, kept_of
from .model import (
    AccountDocument,
    AccountSecrets,
    KeptAccount,
    TypedAccountSecrets,
    check_document,
    merge_secrets,
)

CHANGED = "phone_account.changed"


class AccountInFile(Conflict):
    """The account stands in hub.toml, which wins: it is changed there."""

    code = "phone_account.in_file"


class NoPublicAddress(Conflict):
    """The provider cannot call the hub: it has no https address."""

    code = "phone_account.not_public"


@dataclass(frozen=True, slots=True)
class ConnectAccount:
    document: AccountDocument
    typed: TypedAccountSecrets
    sealer: Sealer
    in_file: bool
    by: Actor


class FoundAccount(NamedTuple):
    """`secrets_at`: name of each secret -> when it was set."""

    kept: KeptAccount
    secrets_at: dict[str, datetime]
    changed_at: datetime


def find_account(tx: Tx, sealer: Sealer) -> FoundAccount | None:
    """Return the account that is connected in the pages."""
    row = _row(tx)
    if row is None:
        return None
    at = {name: datetime.fromisoformat(when) for name, when in row.secrets_at.items()}
    return FoundAccount(kept_of(row.document, row.sealed, sealer), at, row.changed_at)


def check_account(tx: Tx, cmd: ConnectAccount) -> AccountSecrets:
    """Return the secrets that the account would have. Raises as `connect_account` does."""
    if cmd.in_file:
        raise AccountInFile("The phone account is set in hub.toml and wins: change it there.")
    check_document(cmd.document)
    row = _row(tx)
    kept = None if row is None else kept_of(row.document, row.sealed, cmd.sealer)
    return merge_secrets(cmd.document, cmd.typed, kept)


def connect_account(tx: Tx, cmd: ConnectAccount) -> None:
    """Put the account in force; the phone of every process takes it up at once.

    Raises AccountInFile, and Invalid by its place.
    """
    secrets = check_account(tx, cmd)
    row = _row(tx)
    before = {} if row is None else row.secrets_at
    held = [name for name in secrets.__struct_fields__ if getattr(secrets, name)]
    typed = [name for name in held if getattr(cmd.typed, name)]
    now = tx.now.isoformat()
    values: dict[str, Any] = {
        "document": msgspec.json.encode(cmd.document).decode(),
        "sealed": cmd.sealer.seal(msgspec.json.encode(secrets), OWNER),
        "secrets_at": {name: now if name in typed else before.get(name, now) for name in held},
        "changed_at": tx.now,
    }
    if row is None:
        tx.execute(insert(phone_accounts).values(id=OWNER, **values))
    else:
        tx.execute(update(phone_accounts).where(phone_accounts.c.id == OWNER).values(**values))
    told = {"account": cmd.document.account_sid, "secrets": ",".join(typed)}
    audit(tx, cmd.by, "phone_account.connect", "phone_account", OWNER, told)
    tx.hint(CHANGED, OWNER)


def drop_account(tx: Tx, by: Actor) -> None:
    """Forget the account with its secrets. Raises NotFound where none is connected."""
    if tx.execute(delete(phone_accounts).where(phone_accounts.c.id == OWNER)).rowcount == 0:
        raise NotFound("No phone account is connected.", code="phone_account.none")
    audit(tx, by, "phone_account.disconnect", "phone_account", OWNER)
    tx.hint(CHANGED, OWNER)


def check_address(twilio: Twilio, base_url: str) -> None:
    """Raise NoPublicAddress where numbers would be pointed at what nobody outside can call."""
    if not can_be_called(twilio, base_url):
        raise NoPublicAddress(
            f"The provider cannot call {base_url}: set server.public_base_url to the https address "
            "of the hub, and start it again."
        )


class PointedHere(NamedTuple):
    """Numbers whose calls were made to come here, each with where they went before."""

    points: Sequence[tuple[PhoneLine, str]]
    by: Actor


def note_pointed(tx: Tx, done: PointedHere) -> None:
    """Keep in the audit log which numbers were pointed here, and what they were taken from."""
    for line, before in done.points:
        told = {"number": line.number, "before": before}
        audit(tx, done.by, "phone_account.point", "entry_point", line.entry_point, told)


def _is_elsewhere(settings: Mapping[str, Any]) -> bool:
    """Whether calls are carried by a phone system of one's own: what channels read in full."""
    pbx: Mapping[str, Any] = settings.get("pbx") or {}
    return bool(pbx.get("profile", "none") != "none")


class Carried(NamedTuple):
    """The channels whose entry points are numbers of the account, called there or texted."""

    calls: Collection[str]
    texts: Collection[str] = ()


def find_lines(tx: Tx, carried: Carried) -> list[PhoneLine]:
    """Return the entry points of these channels with their numbers, by key; of those in a phone
    system of one's own none is at the provider.
    """
    channels = (*carried.calls, *carried.texts)
    rows = tx.execute(
        select(
            entry_points.c.id,
            entry_points.c.address,
            entry_points.c.settings,
            entry_points.c.channel,
        )
        .where(entry_points.c.channel.in_(channels), entry_points.c.retired.is_(False))
        .order_by(entry_points.c.id)
    )
    return [
        PhoneLine(row.id, row.address, texts=row.channel in carried.texts)
        for row in rows
        if not _is_elsewhere(row.settings)
    ]


def _row(tx: Tx) -> Row[Any] | None:
    return tx.execute(select(phone_accounts).where(phone_accounts.c.id == OWNER)).first()
