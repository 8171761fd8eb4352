"""Routes of links between contacts and of splits, and what a contact is joined with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Row, or_, select

from hub.accounts.audit import audit, audit_many
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact, access_held_contact
from hub.contacts.joining.model import LinkKind
from hub.contacts.joining.tables import consults, contact_links, contact_splits
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, NotFound
from hub.desk.linking import LinkContacts, get_link, link_contacts, unlink_contacts
from hub.desk.splitting import MAX_ENTRIES, SplitContact, get_split, split_contact, undo_split
from hub.desk.telling import By
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .consulting import AskedView, asked_views
from .joining_views import NOTHING, Capabilities
from .readers import Reader, reader_of, sight_of
from .rows import contact_rows
from .shapes import ContactRow

_OTHER_END = {
    LinkKind.RELATED: "related",
    LinkKind.DUPLICATE_OF: "has_duplicate",
    LinkKind.FOLLOW_UP_OF: "followed_up_by",
}
_ASKED_SHOWN = 20


class ContactLinkBody(Body, frozen=True):
    """This contact is `kind` the other one, named by id or by its reference ("7KQ2-M4XD")."""

    kind: Literal["related", "duplicate_of", "follow_up_of"]
    contact_id: Key | None = None
    reference: Annotated[str, msgspec.Meta(max_length=12)] | None = None


class ContactLinkView(View, frozen=True):
    """`kind` as seen from this end: also has_duplicate, followed_up_by. `contact` None: it is one
    that the reader may not see.
    """

    id: str
    kind: str
    contact: ContactRow | None
    by_name: str


class ContactSplitBody(Body, frozen=True):
    """Messages of the customer in this contact that are another matter. `take`: who asks takes the
    new contact at once; else it waits in the queue.
    """

    entry_ids: Annotated[list[Key], msgspec.Meta(min_length=1, max_length=MAX_ENTRIES)]
    subject: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    queue_id: Key | None = None
    take: bool = False


class ContactSplitView(View, frozen=True):
    split_id: str
    contact_id: str


class SplitLine(View, frozen=True):
    """Another contact that messages were split off into (`off`), or came from. None: unseen."""

    split_id: str
    off: bool
    contact: ContactRow | None
    by_name: str


class JoinedView(View, frozen=True):
    """What a contact has to do with others, and what colleagues were asked about it."""

    links: list[ContactLinkView]
    splits: list[SplitLine]
    asked: list[AskedView]


class RelatingRoutes:
    def __init__(self, store: Store, capabilities: Capabilities, *, mask_numbers: bool) -> None:
        self._store = store
        self._capabilities = capabilities
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/joined",
        access=Access.AGENT,
        summary="What a contact is linked with, split from, and was asked about",
    )
    async def joined(self, principal: Principal, contact_id: Key) -> JoinedView:
        return await self._store.read(self._joined, (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/links",
        access=Access.AGENT,
        summary="Link with another contact",
    )
    async def link_contact(
        self, principal: Principal, contact_id: Key, body: ContactLinkBody
    ) -> ContactLinkView:
        return await self._store.write(self._link, (principal, contact_id, body))

    @route(
        "DELETE",
        "/api/v1/contacts/{contact_id}/links/{link_id}",
        access=Access.AGENT,
        summary="Take a link away",
    )
    async def unlink_contact(self, principal: Principal, contact_id: Key, link_id: Key) -> None:
        await self._store.write(_unlink, (principal, contact_id, link_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/split",
        access=Access.AGENT,
        summary="Make a new contact of messages that are another matter",
    )
    async def split(
        self, principal: Principal, contact_id: Key, body: ContactSplitBody
    ) -> ContactSplitView:
        return await self._store.write(self._split, (principal, contact_id, body))

    @route("DELETE", "/api/v1/splits/{split_id}", access=Access.AGENT, summary="Undo a split")
    async def unsplit(self, principal: Principal, split_id: Key) -> None:
        await self._store.write(_undo_split, (principal, split_id))

    def _joined(self, tx: Tx, asked: tuple[Principal, str]) -> JoinedView:
        principal, contact_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        row = access_contact(tx, reader.sight, contact_id)
        links = _links_of(tx, contact_id)
        splits = tx.execute(
            select(contact_splits).where(
                or_(contact_splits.c.from_id == contact_id, contact_splits.c.into_id == contact_id),
                contact_splits.c.undone_at.is_(None),
            )
        ).all()
        ends = {_other_end(one, contact_id) for one in links}
        others = ends | {_split_end(one, contact_id) for one in splits}
        shown = _shown(tx, reader, others)
        return JoinedView(
            links=[_link_view(one, contact_id, shown) for one in links],
            splits=[
                SplitLine(
                    split_id=one.id,
                    off=one.from_id == contact_id,
                    contact=shown.get(_split_end(one, contact_id)),
                    by_name=one.by_name,
                )
                for one in splits
            ],
            asked=asked_views(tx, reader, _asked_about(tx, contact_id), {row.id: row}),
        )

    def _link(self, tx: Tx, asked: tuple[Principal, str, ContactLinkBody]) -> ContactLinkView:
        principal, contact_id, body = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        access_contact(tx, reader.sight, contact_id)
        other = _named(tx, reader, body)
        by = By(principal.user_id, principal.name)
        kind = LinkKind(body.kind)
        link_id = link_contacts(tx, LinkContacts(contact_id, other, kind, by))
        lines = {contact_id: {"link": other, "kind": kind}, other: {"link": contact_id}}
        audit_many(tx, actor_of(principal), "contact.link", "contact", lines)
        return _link_view(get_link(tx, link_id), contact_id, _shown(tx, reader, {other}))

    def _split(self, tx: Tx, asked: tuple[Principal, str, ContactSplitBody]) -> ContactSplitView:
        principal, contact_id, body = asked
        row = access_held_contact(tx, sight_of(tx, principal), contact_id)
        can = self._capabilities.get(row.channel, NOTHING)
        if can.instant or can.call or can.live:
            raise Conflict(
                "A live conversation has one thread: its messages cannot be split off. Answer the "
                "other matter in it, or promise a follow-up and link what becomes of it.",
                code="split.live",
            )
        done = split_contact(
            tx,
            SplitContact(
                contact_id,
                tuple(body.entry_ids),
                By(principal.user_id, principal.name),
                (body.subject or "").strip() or None,
                body.queue_id,
                body.take,
            ),
        )
        lines = {contact_id: {"off": done.contact_id}, done.contact_id: {"from": contact_id}}
        audit_many(tx, actor_of(principal), "contact.split", "contact", lines)
        return ContactSplitView(split_id=done.split_id, contact_id=done.contact_id)


def _links_of(tx: Tx, contact_id: str) -> list[Row[Any]]:
    found = select(contact_links).where(
        or_(contact_links.c.from_id == contact_id, contact_links.c.to_id == contact_id)
    )
    return list(tx.execute(found.order_by(contact_links.c.at, contact_links.c.id)))


def _other_end(link: Row[Any], contact_id: str) -> str:
    return str(link.to_id if link.from_id == contact_id else link.from_id)


def _split_end(split: Row[Any], contact_id: str) -> str:
    return str(split.into_id if split.from_id == contact_id else split.from_id)


def _link_view(link: Row[Any], contact_id: str, shown: dict[str, ContactRow]) -> ContactLinkView:
    kind = LinkKind(link.kind)
    return ContactLinkView(
        id=link.id,
        kind=str(kind) if link.from_id == contact_id else _OTHER_END[kind],
        contact=shown.get(_other_end(link, contact_id)),
        by_name=link.by_name,
    )


def _shown(tx: Tx, reader: Reader, ids: set[str]) -> dict[str, ContactRow]:
    """Return those of these contacts that the reader may see."""
    rows = tx.execute(
        select(contacts).where(contacts.c.id.in_(sorted(ids)), reader.sight.contacts())
    ).all()
    return {row.id: row for row in contact_rows(tx, reader, rows)}


def _asked_about(tx: Tx, contact_id: str) -> list[Row[Any]]:
    found = select(consults).where(consults.c.contact_id == contact_id)
    return list(tx.execute(found.order_by(consults.c.at.desc()).limit(_ASKED_SHOWN)))


def _named(tx: Tx, reader: Reader, body: ContactLinkBody) -> str:
    if body.contact_id is not None:
        return str(access_contact(tx, reader.sight, body.contact_id).id)
    found = tx.execute(
        select(contacts.c.id).where(
            contacts.c.reference == (body.reference or "").strip().upper(),
            reader.sight.contacts(),
        )
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no contact of this reference that you may see.")
    return str(found)


def _unlink(tx: Tx, asked: tuple[Principal, str, str]) -> None:
    principal, contact_id, link_id = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    link = get_link(tx, link_id)
    if contact_id not in (link.from_id, link.to_id):
        raise NotFound("There is no such link of this contact.")
    unlink_contacts(tx, (link_id, By(principal.user_id, principal.name)))
    lines = {link.from_id: {"link": link.to_id}, link.to_id: {"link": link.from_id}}
    audit_many(tx, actor_of(principal), "contact.unlink", "contact", lines)


def _undo_split(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, split_id = asked
    split = get_split(tx, split_id)
    sight = sight_of(tx, principal)
    access_held_contact(tx, sight, split.from_id)
    into = access_contact(tx, sight, split.into_id)
    if into.agent_id not in (None, principal.user_id):
        access_held_contact(tx, sight, split.into_id)
    undo_split(tx, (split_id, By(principal.user_id, principal.name)))
    audit(
        tx, actor_of(principal), "contact.unsplit", "contact", split.from_id, {"off": split.into_id}
    )
