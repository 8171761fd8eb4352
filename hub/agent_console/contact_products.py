"""Routes: which products a contact is about."""

from __future__ import annotations

from hub.contacts.about import LinkProduct, link_product, products_of, unlink_product
from hub.contacts.access import access_contact, access_held_contact
from hub.customers.business.reads import product_view
from hub.customers.business.views import ProductView
from hub.storage import Store, Tx
from hub.web import Access, Key, Principal, route

from .readers import sight_of

Asked = tuple[Principal, str, str]  # who asks, contact, product


class ContactProductRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/products",
        access=Access.AGENT,
        summary="Which products a contact is about",
    )
    async def products(self, principal: Principal, contact_id: Key) -> list[ProductView]:
        return await self._store.read(_list, (principal, contact_id))

    @route(
        "PUT",
        "/api/v1/contacts/{contact_id}/products/{product_id}",
        access=Access.AGENT,
        summary="Say that a contact is about a product",
    )
    async def link(self, principal: Principal, contact_id: Key, product_id: Key) -> None:
        await self._store.write(_link, (principal, contact_id, product_id))

    @route(
        "DELETE",
        "/api/v1/contacts/{contact_id}/products/{product_id}",
        access=Access.AGENT,
        summary="Say that a contact is not about a product",
    )
    async def unlink(self, principal: Principal, contact_id: Key, product_id: Key) -> None:
        await self._store.write(_unlink, (principal, contact_id, product_id))


def _list(tx: Tx, asked: tuple[Principal, str]) -> list[ProductView]:
    principal, contact_id = asked
    contact = access_contact(tx, sight_of(tx, principal), contact_id)
    return [product_view(row) for row in products_of(tx, contact.id)]


def _link(tx: Tx, asked: Asked) -> None:
    link_product(tx, _command(tx, asked))


def _unlink(tx: Tx, asked: Asked) -> None:
    unlink_product(tx, _command(tx, asked))


def _command(tx: Tx, asked: Asked) -> LinkProduct:
    principal, contact_id, product_id = asked
    contact = access_held_contact(tx, sight_of(tx, principal), contact_id)
    return LinkProduct(contact, product_id, principal.user_id)
