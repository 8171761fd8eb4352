"""Tags are made by admins and put on contacts by whoever sees them; the timeline tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, func, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.core.errors import Conflict, Invalid, NotFound
from hub.storage import Tx

from .model import Changed, Colour, changed
from .tables import contact_tags, tags


@dataclass(frozen=True, slots=True)
class AddTag:
    by: Actor
    key: str
    zh: str
    en: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class ChangeTag:
    """`version`: of the tag that this was made of."""

    by: Actor
    key: str
    version: int
    zh: str
    en: str
    colour: Colour
    retired: bool


@dataclass(frozen=True, slots=True)
class SetTags:
    """Put tags on a contact and take others off. The contact was accessed before."""

    contact_id: str
    by: Actor
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def list_tags(tx: Tx, _: None) -> list[Row[Any]]:
    """Return all tags in their order, retired ones too: contacts of the past have them."""
    return list(tx.execute(select(tags).order_by(tags.c.position, tags.c.id)))


def add_tag(tx: Tx, cmd: AddTag) -> None:
    """Make a tag. Raises Conflict where there is one with this key."""
    if tx.execute(select(tags.c.id).where(tags.c.id == cmd.key)).first():
        raise Conflict("There is a tag with this key already.", code="tag.exists")
    last = tx.execute(select(func.max(tags.c.position))).scalar_one_or_none()
    tx.execute(
        insert(tags).values(
            id=cmd.key,
            zh=cmd.zh.strip(),
            en=cmd.en.strip(),
            colour=cmd.colour,
            position=0 if last is None else last + 1,
        )
    )
    audit(tx, cmd.by, "tag.add", "tag", cmd.key, {"zh": cmd.zh, "en": cmd.en, "colour": cmd.colour})
    tx.hint("words.changed", "")


def change_tag(tx: Tx, cmd: ChangeTag) -> None:
    """Change or retire a tag, or bring it back. Raises NotFound, Conflict if it changed since."""
    row = tx.execute(select(tags).where(tags.c.id == cmd.key).with_for_update()).first()
    if row is None:
        raise NotFound("There is no such tag.")
    if row.version != cmd.version:
        raise Conflict("Somebody changed this tag meanwhile: look at it again.", code="tag.changed")
    after = {"zh": cmd.zh.strip(), "en": cmd.en.strip(), "colour": str(cmd.colour)}
    detail = {name: value for name, value in after.items() if row._mapping[name] != value}
    if row.retired != cmd.retired:
        verb = "tag.retire" if cmd.retired else "tag.bring_back"
        audit(tx, cmd.by, verb, "tag", cmd.key)
    if detail:
        audit(tx, cmd.by, "tag.change", "tag", cmd.key, detail)
    tx.execute(
        update(tags)
        .where(tags.c.id == cmd.key)
        .values(**after, retired=cmd.retired, version=tags.c.version + 1)
    )
    tx.hint("words.changed", "")


def set_tags(tx: Tx, cmd: SetTags) -> Changed:
    """Change a contact's tags, and say so on its timeline; nothing happens where nothing changes.

    Raises NotFound, Invalid for a tag that there is not, or no more.
    """
    heads = lock_heads(tx, [cmd.contact_id])
    row = contact_service.get_contact(tx, cmd.contact_id)
    done = changed(row.tags or (), cmd.add, cmd.remove)
    if not done.added and not done.removed:
        return done
    _check_known(tx, done.added)
    if done.removed:
        gone = contact_tags.c.tag_id.in_(done.removed)
        tx.execute(delete(contact_tags).where(contact_tags.c.contact_id == row.id, gone))
    if done.added:
        new = {"contact_id": row.id, "at": tx.now, "by_id": cmd.by.id}
        tx.execute(insert(contact_tags), [{**new, "tag_id": key} for key in done.added])
    contact_service.amend(tx, row.id, {"tags": list(done.after) or None})
    contact_service.touched(tx, row.id, cmd.by.id)
    _tell(tx, row, heads, done, cmd.by)
    return done


def _check_known(tx: Tx, keys: tuple[str, ...]) -> None:
    if not keys:
        return
    found = select(tags.c.id).where(tags.c.id.in_(keys), tags.c.retired.is_(False))
    if missing := set(keys) - set(tx.execute(found).scalars()):
        raise Invalid(f"There is no tag {min(missing)!r}, or no more.", code="tags.unknown")


def _tell(tx: Tx, row: Row[Any], heads: Mapping[str, int], done: Changed, by: Actor) -> None:
    facts = {"code": "tagged", "added": list(done.added), "removed": list(done.removed)}
    entry = contact_service.system_entry(tx, row, facts, (by.id, by.name))
    contact_service.append_system(tx, [entry], heads)


def tagged(keys: Sequence[str], contact_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that this contact has one of these tags."""
    of_it = contact_tags.c.contact_id == contact_id
    return exists().where(of_it, contact_tags.c.tag_id.in_(keys))


def few_tagged(tx: Tx, keys: Sequence[str], most: int) -> list[str] | None:
    """Return the contacts with one of these tags; None where there are more than `most`."""
    found = select(contact_tags.c.contact_id).where(contact_tags.c.tag_id.in_(keys))
    ids = tx.execute(found.limit(most + 1)).scalars().all()
    return None if len(ids) > most else sorted(set(ids))
