"""The links of the side panel, filled in for one contact; and as an admin tries them."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec
from sqlalchemy import Row, select

from hub.accounts.model import actor_of
from hub.accounts.tables import users
from hub.contacts.access import access_contact
from hub.contacts.panel.model import (
    MAX_LINKS,
    MAX_URL,
    Filled,
    Link,
    fill_link,
    places_in,
    system_of,
    url_problems,
)
from hub.contacts.panel.service import load_panel
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, NotFound
from hub.customers.access import access_customer
from hub.customers.addresses import RemoveIdentity, reveal_identity
from hub.customers.business.tables import orders
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.reads import same_customer_ids
from hub.customers.tables import customers, identities
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Page, Principal, View, route

from .filling import organisation_of
from .readers import Reader, reader_of, scope_of

_PHONE = "customer.phone"
_REACHED_BY = [IdentityStatus.ACTIVE.value, IdentityStatus.SHARED.value]


class PanelLinkView(View, frozen=True):
    """`url` null: it leads nowhere here, for want of `lacks` (names of placeholders); or it
    `reveals` a number that this reader is shown when they open it, which is written down.
    """

    key: str
    zh: str
    en: str
    url: str | None
    lacks: list[str]
    reveals: bool


class OpenedLink(View, frozen=True):
    url: str


class TriedLink(Body, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    url: Annotated[str, msgspec.Meta(max_length=MAX_URL)]


class TryBody(Body, frozen=True):
    """Links of a draft, with a customer to try them with."""

    customer_id: Key
    links: Annotated[list[TriedLink], msgspec.Meta(max_length=MAX_LINKS)]


class TriedLinkView(View, frozen=True):
    """`url` null: it has a mistake, or `lacks` something."""

    key: str
    url: str | None
    lacks: list[str]


class NoWay(Conflict):
    """The link leads nowhere for this contact: something is not known that stands in it."""

    code = "panel.unfilled"


class _Known(NamedTuple):
    """Values by the name of their placeholder. `phone_id`: the identity of "customer.phone"."""

    customer_id: str
    values: dict[str, str]
    phone_id: str | None

    def reveals(self, url: str, reader: Reader) -> bool:
        """Say whether an address holds a number that is masked for the reader."""
        return reader.masks and _PHONE in places_in(url)


class PanelRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/panel-links",
        access=Access.AGENT,
        summary="The links of the side panel for a contact",
    )
    async def links(self, principal: Principal, contact_id: Key) -> Page[PanelLinkView]:
        return Page(items=await self._store.read(self._links, (principal, contact_id)))

    @route(
        "POST",
        "/api/v1/setup/panel/try",
        access=Access.ADMIN,
        summary="Where links of a draft would lead for a customer",
        limit_bytes=262_144,
    )
    async def try_links(self, principal: Principal, body: TryBody) -> Page[TriedLinkView]:
        return Page(items=await self._store.read(self._tried, (principal, body)))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/panel-links/{link_id}/open",
        access=Access.AGENT,
        summary="Where a link leads, with a masked number in full; this is audited",
    )
    async def open(self, principal: Principal, contact_id: Key, link_id: Key) -> OpenedLink:
        asked = (principal, contact_id, link_id)
        return OpenedLink(url=await self._store.write(self._opened, asked))

    def _links(self, tx: Tx, asked: tuple[Principal, str]) -> list[PanelLinkView]:
        """A fixed number of statements, however many links there are."""
        principal, contact_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        row = access_contact(tx, reader.sight, contact_id)
        shown = _links_for(tx, row)
        if not shown:
            return []
        known = _known(tx, reader, _customer_id(tx, row), row)
        return [_view(one, known, reader) for one in shown]

    def _opened(self, tx: Tx, asked: tuple[Principal, str, str]) -> str:
        """Raises NotFound, and NoWay for a link that lacks something."""
        principal, contact_id, link_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        row = access_contact(tx, reader.sight, contact_id)
        link = next((one for one in _links_for(tx, row) if one.key == link_id), None)
        if link is None:
            raise NotFound("There is no such link for this contact.")
        known = _known(tx, reader, _customer_id(tx, row), row)
        filled = fill_link(link.url, known.values)
        if filled.url is None:
            raise NoWay(f"Not known for this contact: {', '.join(filled.lacks)}.")
        if known.phone_id is not None and known.reveals(link.url, reader):
            seen = RemoveIdentity(actor_of(principal), known.customer_id, known.phone_id)
            reveal_identity(tx, seen)
        return filled.url

    def _tried(self, tx: Tx, asked: tuple[Principal, TryBody]) -> list[TriedLinkView]:
        principal, body = asked
        customer = access_customer(tx, scope_of(tx, principal), body.customer_id)
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        row = _newest_contact(tx, reader, customer.id)
        known = _known(tx, reader, customer.id, row)
        tried = []
        for one in body.links:
            wrong = next(url_problems(one.url), None) is not None
            filled = Filled(None, ()) if wrong else fill_link(one.url, known.values)
            tried.append(TriedLinkView(key=one.key, url=filled.url, lacks=list(filled.lacks)))
        return tried


def _links_for(tx: Tx, row: Row[Any]) -> list[Link]:
    return [one for one in load_panel(tx).links if one.is_for(row.channel, row.queue_id)]


def _customer_id(tx: Tx, row: Row[Any]) -> str:
    """Return whose a contact is today."""
    found = select(identities.c.customer_id).where(identities.c.id == row.identity_id)
    return str(tx.execute(found).scalar_one())


def _view(link: Link, known: _Known, reader: Reader) -> PanelLinkView:
    filled = fill_link(link.url, known.values)
    reveals = filled.url is not None and known.reveals(link.url, reader)
    return PanelLinkView(
        key=link.key,
        zh=link.zh,
        en=link.en,
        url=None if reveals else filled.url,
        lacks=list(filled.lacks),
        reveals=reveals,
    )


def _newest_contact(tx: Tx, reader: Reader, customer_id: str) -> Row[Any] | None:
    whose = select(identities.c.id).where(identities.c.customer_id == customer_id)
    found = (
        select(contacts)
        .where(contacts.c.identity_id.in_(whose), reader.sight.contacts())
        .order_by(contacts.c.opened_at.desc(), contacts.c.id.desc())
        .limit(1)
    )
    return tx.execute(found).first()


def _known(tx: Tx, reader: Reader, customer_id: str, row: Row[Any] | None) -> _Known:
    """Return what is known of a customer, and of their contact `row` where there is one."""
    name = tx.execute(select(customers.c.name).where(customers.c.id == customer_id)).scalar_one()
    me = select(users.c.name, users.c.email).where(users.c.id == reader.principal.user_id)
    agent = tx.execute(me).first()
    values: dict[str, str | None] = {
        "customer.id": customer_id,
        "customer.name": name,
        "customer.organisation": organisation_of(tx, customer_id),
        "order.key": _order_key(tx, customer_id),
        "agent.name": reader.principal.name,
        "agent.email": None if agent is None else agent.email,
        "organisation": reader.settings.organisation,
    }
    addresses = _addresses(tx, customer_id)
    own = None if row is None else row.identity_id
    for one in sorted(addresses, key=lambda one: one.id != own):
        for key, value in _told_by(one).items():
            values.setdefault(key, value)
    if row is not None:
        values["contact.id"] = row.id
        values["contact.reference"] = row.reference
        values["contact.subject"] = row.subject
        values["queue.id"] = row.queue_id
    phones = [one for one in addresses if one.kind == IdentityKind.PHONE]
    shown = next((one.id for one in phones if one.value_norm == values.get(_PHONE)), None)
    return _Known(customer_id, {key: value for key, value in values.items() if value}, shown)


def _addresses(tx: Tx, customer_id: str) -> list[Row[Any]]:
    """The customer's addresses that can be used, the newest first."""
    found = (
        select(identities)
        .where(identities.c.customer_id == customer_id, identities.c.status.in_(_REACHED_BY))
        .order_by(identities.c.valid_from.desc(), identities.c.id.desc())
    )
    return list(tx.execute(found).all())


def _told_by(address: Row[Any]) -> dict[str, str]:
    """Return the places that an address fills.

    Keys are written "shop:10023": the system that gave it, and the key there.
    """
    if address.kind == IdentityKind.PHONE:
        return {_PHONE: address.value_norm}
    if address.kind == IdentityKind.EMAIL:
        return {"customer.email": address.value_raw}
    if address.kind != IdentityKind.EXTERNAL:
        return {}
    system, colon, key = address.value_raw.partition(":")
    of_system = f"customer.key.{system}"
    named = {of_system: key} if colon and system_of(of_system) else {}
    return {"customer.key": key if colon else system, **named}


def _order_key(tx: Tx, customer_id: str) -> str | None:
    """The key of the newest order, of the customer and of the records merged into theirs."""
    found = (
        select(orders.c.external_id)
        .where(orders.c.customer_id.in_(same_customer_ids(tx, customer_id)))
        .order_by(orders.c.ordered_at.desc(), orders.c.id.desc())
        .limit(1)
    )
    key: str | None = tx.execute(found).scalar_one_or_none()
    return key
