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
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.storage import Tx
from hub.storage.bulk import insert_rows, update_values

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


@dataclass(frozen=True, slots=True)
class SetTagsOfMany:
    """The same tags put on these contacts, others taken off. Each was accessed before."""

    contact_ids: tuple[str, ...]
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
    done = set_tags_of_many(tx, SetTagsOfMany((cmd.contact_id,), cmd.by, cmd.add, cmd.remove))
    one = done[cmd.contact_id]
    if isinstance(one, HubError):
        raise one
    return one


def set_tags_of_many(tx: Tx, cmd: SetTagsOfMany) -> dict[str, Changed | HubError]:
    """Change the tags of contacts, in the same few statements however many they are; return what
    became of each, by its id. One that cannot be changed is left as it was, and stops no other.
    """
    heads = lock_heads(tx, cmd.contact_ids)
    rows = contact_service.lock_contacts(tx, cmd.contact_ids)
    done: dict[str, Changed | HubError] = {}
    known = _known(tx, cmd.add)
    for contact_id in cmd.contact_ids:
        try:
            done[contact_id] = _changed(rows.get(contact_id), cmd, known)
        except HubError as error:
            done[contact_id] = error
    made = [
        (rows[contact_id], change)
        for contact_id, change in done.items()
        if isinstance(change, Changed) and (change.added or change.removed)
    ]
    if made:
        _write(tx, made, cmd.by)
        _tell(tx, made, heads, cmd.by)
    return done


def _changed(row: Row[Any] | None, cmd: SetTagsOfMany, known: frozenset[str]) -> Changed:
    if row is None:
        raise NotFound("There is no such contact.")
    done = changed(row.tags or (), cmd.add, cmd.remove)
    if missing := set(done.added) - known:
        raise Invalid(f"There is no tag {min(missing)!r}, or no more.", code="tags.unknown")
    return done


def _known(tx: Tx, keys: Sequence[str]) -> frozenset[str]:
    """Return those of `keys` that are tags to put on."""
    found = select(tags.c.id).where(tags.c.id.in_(keys), tags.c.retired.is_(False))
    return frozenset(tx.execute(found).scalars()) if keys else frozenset()


def _write(tx: Tx, made: Sequence[tuple[Row[Any], Changed]], by: Actor) -> None:
    ids = [row.id for row, _ in made]
    if removed := {key for _, change in made for key in change.removed}:
        gone = contact_tags.c.tag_id.in_(sorted(removed))
        tx.execute(delete(contact_tags).where(contact_tags.c.contact_id.in_(ids), gone))
    new = [
        {"contact_id": row.id, "tag_id": key, "at": tx.now, "by_id": by.id}
        for row, change in made
        for key in change.added
    ]
    insert_rows(tx, contact_tags, new)
    after = [(row.id, list(change.after) or None) for row, change in made]
    update_values(tx, contacts, ("id", "tags"), after, also="version = version + 1")
    mine = contacts.c.id.in_(ids), contacts.c.agent_id == by.id
    tx.execute(update(contacts).where(*mine).values(untouched_until=None))  # as `touched` of each
    for contact_id in ids:
        tx.hint("contact.changed", contact_id)


def _tell(
    tx: Tx, made: Sequence[tuple[Row[Any], Changed]], heads: Mapping[str, int], by: Actor
) -> None:
    entries = []
    for row, change in made:
        added, removed = list(change.added), list(change.removed)
        facts = {"code": "tagged", "added": added, "removed": removed}
        entries.append(contact_service.system_entry(tx, row, facts, (by.id, by.name)))
    contact_service.append_system(tx, entries, heads)


def tagged(keys: Sequence[str], contact_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that this contact has one of these tags."""
    of_it = contact_tags.c.contact_id == contact_id
    return exists().where(of_it, contact_tags.c.tag_id.in_(keys))


def few_tagged(tx: Tx, keys: Sequence[str], most: int) -> list[str] | None:
    """Return the contacts with one of these tags; None where there are more than `most`."""
    found = select(contact_tags.c.contact_id).where(contact_tags.c.tag_id.in_(keys))
    ids = tx.execute(found.limit(most + 1)).scalars().all()
    return None if len(ids) > most else sorted(set(ids))
