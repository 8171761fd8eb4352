"""Contacts that have to do with each other: related, a duplicate, a follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select

from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.contacts.joining.model import LinkKind
from hub.contacts.joining.tables import contact_links
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx

from .telling import By, tell_each

MAX_LINKS = 50


@dataclass(frozen=True, slots=True)
class LinkContacts:
    """`from_id` is `kind` `to_id`."""

    from_id: str
    to_id: str
    kind: LinkKind
    by: By


def link_contacts(tx: Tx, cmd: LinkContacts) -> str:
    """Link two contacts and say so on both timelines; return the link's id.

    Raises Invalid for one and the same, NotFound, Conflict where they are linked or have too many.
    """
    if cmd.from_id == cmd.to_id:
        raise Invalid("A contact cannot be linked with itself.", code="link.itself")
    heads = lock_heads(tx, [cmd.from_id, cmd.to_id])
    rows = contact_service.lock_contacts(tx, [cmd.from_id, cmd.to_id])
    if len(rows) != 2:
        raise NotFound("There is no such contact.")
    c = contact_links.c
    both = or_(
        and_(c.from_id == cmd.from_id, c.to_id == cmd.to_id),
        and_(c.from_id == cmd.to_id, c.to_id == cmd.from_id),
    )
    if tx.execute(select(c.id).where(both)).first() is not None:
        raise Conflict("These contacts are linked already.", code="link.exists")
    ends = or_(c.from_id == cmd.from_id, c.to_id == cmd.from_id)
    if tx.execute(select(func.count()).where(ends)).scalar_one() >= MAX_LINKS:
        raise Conflict(f"A contact has at most {MAX_LINKS} links.", code="link.too_many")
    link_id = new_id()
    tx.execute(
        insert(contact_links).values(
            id=link_id,
            from_id=cmd.from_id,
            to_id=cmd.to_id,
            kind=cmd.kind,
            by_id=cmd.by.id,
            by_name=cmd.by.name,
            at=tx.now,
        )
    )
    _tell(tx, "linked", rows[cmd.from_id], rows[cmd.to_id], heads, cmd.by)
    return link_id


def get_link(tx: Tx, link_id: str) -> Row[Any]:
    """Return a link. Raises NotFound."""
    row = tx.execute(select(contact_links).where(contact_links.c.id == link_id)).first()
    if row is None:
        raise NotFound("There is no such link.")
    return row


def unlink_contacts(tx: Tx, cmd: tuple[str, By]) -> Row[Any]:
    """(link id, who): take a link away and say so on both timelines; return it. Raises NotFound."""
    link_id, by = cmd
    link = get_link(tx, link_id)
    heads = lock_heads(tx, [link.from_id, link.to_id])
    rows = contact_service.lock_contacts(tx, [link.from_id, link.to_id])
    tx.execute(delete(contact_links).where(contact_links.c.id == link_id))
    _tell(tx, "unlinked", rows[link.from_id], rows[link.to_id], heads, by)
    return link


def _tell(tx: Tx, code: str, one: Row[Any], other: Row[Any], heads: dict[str, int], by: By) -> None:
    said = [
        (one, {"code": code, "reference": other.reference}),
        (other, {"code": code, "reference": one.reference}),
    ]
    tell_each(tx, said, heads, by)
