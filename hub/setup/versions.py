"""Every version of the set-up: kept whole, written with the change, compared before the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Row, Select, func, insert, select

from hub.accounts.tables import users
from hub.core.errors import Conflict, NotFound
from hub.storage import Tx

from .changes import Changes
from .model import Setup
from .tables import setup_versions as table

Source = Literal["file", "page", "restored"]


class NoSetup(NotFound):
    """No set-up was ever put in force: there is nothing to show or to change."""

    code = "setup.none"


class SetupMoved(Conflict):
    """The set-up was changed since the version that a change was made from."""

    code = "setup.changed"


class SetupTooOld(Conflict):
    """The set-up in force was written by another version of the hub, with other keys."""

    code = "setup.too_old"


class Version(NamedTuple):
    """One version without its document. `made_by` None: the command line."""

    id: int
    made_at: datetime
    made_by: str | None
    made_by_name: str
    source: Source
    note: str
    restored_from: int | None

    def told(self) -> str:
        """Say in half a sentence whose version it is."""
        who = f"{self.made_by_name} in the pages" if self.made_by else "`hub apply`"
        return f"version {self.id}, made by {who} on {self.made_at:%Y-%m-%d at %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class NewVersion:
    """`document`: plain values without secrets (hidden.py)."""

    document: dict[str, Any]
    changes: Changes
    source: Source
    made_by: str | None = None
    note: str = ""
    restored_from: int | None = None
    exported_from: int | None = None


def lock_versions(tx: Tx) -> None:
    """Let no other transaction make a version until this one ends: each locks the first one."""
    tx.execute(select(table.c.id).where(table.c.id == 1).with_for_update())


def find_current(tx: Tx) -> Version | None:
    """Return the version in force; None before the first."""
    row = tx.execute(_versions().order_by(table.c.id.desc()).limit(1)).first()
    return None if row is None else _version(row)


def get_current(tx: Tx) -> Version:
    """Return the version in force. Raises NoSetup before the first."""
    current = find_current(tx)
    if current is None:
        raise NoSetup("No set-up was put in force yet: write one and run `hub apply FILE`.")
    return current


def check_current(current: Version, base: int) -> None:
    """Raise SetupMoved if `base` is not the version in force any more."""
    if base != current.id:
        raise SetupMoved(
            f"The set-up was changed meanwhile: in force is {current.told()}. Load it and make "
            "your changes there.",
            current=current.id,
            made_at=current.made_at.isoformat(),
            made_by=current.made_by,
            made_by_name=current.made_by_name,
            source=current.source,
        )


def is_changed_in_pages(tx: Tx) -> bool:
    """Say whether a version was ever made otherwise than from a file."""
    found = select(table.c.id).where(table.c.source != "file").limit(1)
    return tx.execute(found).first() is not None


def find_page_since_file(tx: Tx) -> Version | None:
    """Return the newest version of the pages (or restored) that no file has taken up since.

    A file takes up everything where it was forced, or has no version in its first line and was not
    refused; one that was exported takes up only the version that it was written from.
    """
    own_file = (table.c.source == "file") & table.c.exported_from.is_(None)
    last = select(func.max(table.c.id)).where(own_file).scalar_subquery()
    found = _versions().where(table.c.source != "file", table.c.id > func.coalesce(last, 0))
    row = tx.execute(found.order_by(table.c.id.desc()).limit(1)).first()
    return None if row is None else _version(row)


def get_version(tx: Tx, version_id: int) -> Version:
    """Return one version. Raises NotFound."""
    row = tx.execute(_versions().where(table.c.id == version_id)).first()
    if row is None:
        raise NotFound(f"There is no version {version_id} of the set-up.")
    return _version(row)


def get_document(tx: Tx, version_id: int) -> dict[str, Any]:
    """Return the plain values of a version, with stand-ins for secrets. Raises NotFound."""
    found = select(table.c.document).where(table.c.id == version_id)
    text = tx.execute(found).scalar_one_or_none()
    if text is None:
        raise NotFound(f"There is no version {version_id} of the set-up.")
    document: dict[str, Any] = msgspec.json.decode(text)
    return document


def get_changes(tx: Tx, version_id: int) -> Changes:
    """Return what a version changed. Raises NotFound."""
    found = tx.execute(select(table.c.changes).where(table.c.id == version_id)).first()
    if found is None:
        raise NotFound(f"There is no version {version_id} of the set-up.")
    return msgspec.convert(found.changes, Changes)


def current_setup(tx: Tx) -> tuple[Version, Setup]:
    """Return the version in force with its set-up, secrets hidden. Raises NoSetup, SetupTooOld."""
    current = get_current(tx)
    try:
        return current, msgspec.convert(get_document(tx, current.id), Setup)
    except msgspec.ValidationError as error:
        raise SetupTooOld(
            f"The set-up in force, {current.told()}, is not as this version of the hub reads it "
            f"({error}): change your set-up file and run `hub apply FILE`."
        ) from error


def plain_document(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with the keys that a newer hub added, at their defaults.

    One that today's hub cannot read comes back as it is: it is only compared with.
    """
    try:
        plain: dict[str, Any] = msgspec.to_builtins(msgspec.convert(document, Setup))
    except msgspec.ValidationError:
        return document
    return plain


class ListVersions(NamedTuple):
    """`before`: the last version already seen; None: from the newest."""

    limit: int
    before: int | None = None


def list_versions(tx: Tx, query: ListVersions) -> list[tuple[Version, Changes]]:
    """List versions with what they changed, newest first."""
    found = _versions().add_columns(table.c.changes).order_by(table.c.id.desc()).limit(query.limit)
    if query.before is not None:
        found = found.where(table.c.id < query.before)
    rows = tx.execute(found).all()
    return [(_version(row), msgspec.convert(row.changes, Changes)) for row in rows]


def add_version(tx: Tx, new: NewVersion) -> int:
    """Write the version after the one in force, which the caller has locked; return its id."""
    current = find_current(tx)
    version_id = 1 if current is None else current.id + 1
    tx.execute(
        insert(table).values(
            id=version_id,
            made_at=tx.now,
            made_by=new.made_by,
            source=new.source,
            note=new.note,
            restored_from=new.restored_from,
            exported_from=new.exported_from,
            document=msgspec.json.encode(new.document).decode(),
            changes=msgspec.to_builtins(new.changes),
        )
    )
    return version_id


def _versions() -> Select[Any]:
    columns = (
        table.c.id,
        table.c.made_at,
        table.c.made_by,
        users.c.name,
        table.c.source,
        table.c.note,
        table.c.restored_from,
    )
    return select(*columns).select_from(table.outerjoin(users, users.c.id == table.c.made_by))


def _version(row: Row[Any]) -> Version:
    return Version(
        id=row.id,
        made_at=row.made_at,
        made_by=row.made_by,
        made_by_name=row.name or "",
        source=row.source,
        note=row.note,
        restored_from=row.restored_from,
    )
