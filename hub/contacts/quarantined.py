"""Why something waits in quarantine, as codes, and how often it was read in vain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, not_, or_, select, update

from hub.storage import Tx

from .inbound import BLOCKED
from .model import ContactState
from .tables import contacts

_TRIES = "tries"  # in a contact's meta: how often its bytes were read again
_READ_BY = "read_by"  # the version of the hub that did so last


class QuarantineKind(StrEnum):
    """`unreadable`: nobody could make sense of it; the other two could be read."""

    UNREADABLE = "unreadable"
    SPAM = "spam"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Tried:
    """The bytes of a contact in quarantine were read in vain once more, by this version."""

    contact_id: str
    version: str


def _is(kind: QuarantineKind) -> ColumnElement[bool]:
    """Whether a reason begins with this code: "spam: X-Spam-Flag", "blocked"."""
    reason = contacts.c.quarantine_reason
    return or_(reason == kind.value, reason.startswith(f"{kind.value}:"))


def of_kind(kind: QuarantineKind) -> ColumnElement[bool]:
    """The condition on `contacts` in quarantine that keeps those of this kind."""
    if kind is not QuarantineKind.UNREADABLE:
        return _is(kind)
    return not_(func.coalesce(or_(_is(QuarantineKind.SPAM), _is(QuarantineKind.BLOCKED)), False))


def kind_of(reason: str | None) -> QuarantineKind:
    """Return the kind of a reason; the same rule as `of_kind`."""
    code = (reason or "").partition(":")[0]
    if code == QuarantineKind.SPAM:
        return QuarantineKind.SPAM
    return QuarantineKind.BLOCKED if code == BLOCKED else QuarantineKind.UNREADABLE


def count_kinds(tx: Tx, seen: ColumnElement[bool]) -> dict[QuarantineKind, int]:
    """Return how much of each kind is in quarantine, of what `seen` keeps. One statement."""
    counted = [
        func.coalesce(func.sum(case((of_kind(one), 1), else_=0)), 0) for one in QuarantineKind
    ]
    row = tx.execute(
        select(*counted).where(contacts.c.state == ContactState.QUARANTINED, seen)
    ).one()
    return {one: int(count) for one, count in zip(QuarantineKind, row, strict=True)}


def tries_of(meta: object) -> int:
    """Return how often the bytes of a contact with this meta were read, the first time counted."""
    said = meta.get(_TRIES) if isinstance(meta, dict) else None
    return 1 + (said if isinstance(said, int) else 0)


def was_read_by(meta: object, version: str) -> bool:
    """Say whether this version of the hub has tried already."""
    return isinstance(meta, dict) and meta.get(_READ_BY) == version


def note_tried(tx: Tx, tried: Tried) -> None:
    """Remember a try in vain. What is gone from quarantine is left alone."""
    mine = (contacts.c.id == tried.contact_id, contacts.c.state == ContactState.QUARANTINED)
    row = tx.execute(select(contacts.c.meta).where(*mine).with_for_update()).first()
    if row is None:
        return
    meta = {**row.meta, _TRIES: tries_of(row.meta), _READ_BY: tried.version}
    tx.execute(update(contacts).where(*mine).values(meta=meta))
