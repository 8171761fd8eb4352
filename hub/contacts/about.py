"""Which products a contact is about: linked by who works on it, counted for each product."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, func, select, text

from hub.core.errors import Invalid
from hub.customers.business.tables import contact_products, products
from hub.storage import Tx, UTCDateTime

MOST_PRODUCTS = 20  # of one contact
_LINK = text(
    "INSERT INTO contact_products (contact_id, product_id, identity_id, linked_at, linked_by)"
    " VALUES (:contact_id, :product_id, :identity_id, :at, :by) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=UTCDateTime()))


class LinkProduct(NamedTuple):
    """`contact`: its row, which the one who asks may change."""

    contact: Row[Any]
    product_id: str
    by: str | None


def link_product(tx: Tx, cmd: LinkProduct) -> None:
    """Say that the contact is about a product; again changes nothing. Raises Invalid."""
    known = select(products.c.id).where(products.c.id == cmd.product_id)
    if tx.execute(known).first() is None:
        raise Invalid("There is no such product.", code="about.product", field="product_id")
    linked = select(func.count()).where(contact_products.c.contact_id == cmd.contact.id)
    if tx.execute(linked).scalar_one() >= MOST_PRODUCTS:
        raise Invalid(
            f"A contact is about {MOST_PRODUCTS} products at most.",
            code="about.many",
            most=MOST_PRODUCTS,
            field="product_id",
        )
    tx.execute(
        _LINK,
        {
            "contact_id": cmd.contact.id,
            "product_id": cmd.product_id,
            "identity_id": cmd.contact.identity_id,
            "at": tx.now,
            "by": cmd.by,
        },
    )
    tx.hint("contact.changed", cmd.contact.id)


def unlink_product(tx: Tx, cmd: LinkProduct) -> None:
    """Say that the contact is not about a product."""
    table = contact_products.c
    tx.execute(
        delete(contact_products).where(
            table.contact_id == cmd.contact.id, table.product_id == cmd.product_id
        )
    )
    tx.hint("contact.changed", cmd.contact.id)


def products_of(tx: Tx, contact_id: str) -> list[Row[Any]]:
    """List the rows of the products a contact is about, as they were linked."""
    found = (
        select(products)
        .join(contact_products, contact_products.c.product_id == products.c.id)
        .where(contact_products.c.contact_id == contact_id)
        .order_by(contact_products.c.linked_at, products.c.id)
    )
    return list(tx.execute(found).all())
