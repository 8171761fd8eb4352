"""Rows that come from the business's own systems, each known there by (source, external id).

`customer_id` is who it was when the row came; today's customer is found through
`same_customer_ids`, so that merges stay re-pointings. Money is in minor units of its currency.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from hub.customers.tables import customers
from hub.storage import UTCDateTime, metadata

from .model import OrderState

# One system that tells us something. `every_s` NULL: nobody minds when it was heard last.
feeds = Table(
    "feeds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(64), nullable=False, unique=True),
    Column("label_zh", String(120), nullable=False),
    Column("label_en", String(120), nullable=False),
    Column("every_s", Integer),
    Column("last_at", UTCDateTime()),
    Column("last_rows", Integer, nullable=False, default=0, server_default="0"),
    Column("alarm_at", UTCDateTime()),  # not heard by then: alarm
    Column("alarmed_at", UTCDateTime()),  # the alarm was raised; NULL again once it is heard
)
_waiting = feeds.c.alarmed_at.is_(None)
Index("ix_feeds_alarm", feeds.c.alarm_at, sqlite_where=_waiting, postgresql_where=_waiting)

# One of which an order has told only the external id has that id as its name, until its row comes.
products = Table(
    "products",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("external_id", String(120), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("family", String(120)),
    Column("list_minor", BigInteger),
    Column("currency", String(3)),
    Column("retired", Boolean, nullable=False, default=False, server_default=false()),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("updated_at", UTCDateTime(), nullable=False),
)
Index("ix_products_name", products.c.name, products.c.id)

orders = Table(
    "orders",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("external_id", String(120), nullable=False),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("customer_external_id", String(320), nullable=False),
    Column("ordered_at", UTCDateTime(), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),  # below 0 only where state is "returned"
    Column("cost_minor", BigInteger),  # NULL: not known
    Column("currency", String(3), nullable=False),
    Column("state", String(16), nullable=False),  # model.OrderState
    Column("state_at", UTCDateTime(), nullable=False),
    Column("product_summary", String(200)),
    Column("revision", BigInteger, nullable=False, default=0, server_default="0"),
    Column("received_at", UTCDateTime(), nullable=False),  # first
    UniqueConstraint("source", "external_id"),
)
# All that a sum over a customer's orders needs: a tier run reads this index alone.
Index(
    "ix_orders_value",
    orders.c.customer_id,
    orders.c.ordered_at,
    orders.c.amount_minor,
    orders.c.cost_minor,
    orders.c.currency,
    orders.c.state,
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", String(36), ForeignKey(orders.c.id), primary_key=True),
    Column("line", SmallInteger, primary_key=True),
    Column("product_id", String(36), ForeignKey(products.c.id), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount_minor", BigInteger),
    Column("cost_minor", BigInteger),
)
Index("ix_order_lines_product", order_lines.c.product_id)

# A defect that was reported, a repair under way. `order_external_id` finds an order that is later.
service_cases = Table(
    "service_cases",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("external_id", String(120), nullable=False),
    Column("kind", String(12), nullable=False),  # model.CaseKind
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("customer_external_id", String(320), nullable=False),
    Column("order_id", String(36), ForeignKey(orders.c.id)),
    Column("order_external_id", String(120)),
    Column("product_id", String(36), ForeignKey(products.c.id)),
    Column("state", String(16), nullable=False),  # model.CaseState
    Column("state_at", UTCDateTime(), nullable=False),
    Column("text", Text),  # what is wrong, or where it is: their words
    Column("revision", BigInteger, nullable=False, default=0, server_default="0"),
    Column("received_at", UTCDateTime(), nullable=False),
    UniqueConstraint("source", "external_id"),
)
Index("ix_service_cases_product", service_cases.c.product_id, service_cases.c.state)
Index("ix_service_cases_customer", service_cases.c.customer_id, service_cases.c.state_at)
_order_to_come = service_cases.c.order_id.is_(None) & service_cases.c.order_external_id.is_not(None)
Index(
    "ix_service_cases_order_to_come",
    service_cases.c.source,
    service_cases.c.order_external_id,
    sqlite_where=_order_to_come,
    postgresql_where=_order_to_come,
)
_of_order = service_cases.c.order_id.is_not(None)
Index(
    "ix_service_cases_order",
    service_cases.c.order_id,
    sqlite_where=_of_order,
    postgresql_where=_of_order,
)

# What a customer owes, as a system said last; several systems may each keep an account.
accounts_receivable = Table(
    "accounts_receivable",
    metadata,
    Column("customer_id", String(36), ForeignKey(customers.c.id), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("balance_minor", BigInteger, nullable=False),  # above 0: they owe us
    Column("credit_limit_minor", BigInteger),
    Column("credit_hold", Boolean, nullable=False, default=False, server_default=false()),
    Column("currency", String(3), nullable=False),
    Column("as_of", UTCDateTime(), nullable=False),
)

# What an address has cost us, by day and channel: kept when a contact closes (effort.py), so that
# a tier run scans neither interactions nor segments. What we caused ourselves is counted apart.
identity_effort = Table(
    "identity_effort",
    metadata,
    Column("identity_id", String(36), primary_key=True),
    Column("day", String(10), primary_key=True),  # in the zone of the set-up, "2026-11-28"
    Column("channel", String(16), primary_key=True),
    Column("contacts", Integer, nullable=False),
    Column("handled_us", BigInteger, nullable=False),  # handling, hold and wrap-up
    Column("caused_contacts", Integer, nullable=False),
    Column("caused_us", BigInteger, nullable=False),
)

# What a contact was about.
contact_products = Table(
    "contact_products",
    metadata,
    Column("contact_id", String(36), primary_key=True),
    Column("product_id", String(36), ForeignKey(products.c.id), primary_key=True),
    Column("identity_id", String(36), nullable=False),
    Column("linked_at", UTCDateTime(), nullable=False),
    Column("linked_by", String(36)),
)
Index("ix_contact_products_identity", contact_products.c.identity_id)
Index("ix_contact_products_product", contact_products.c.product_id, contact_products.c.linked_at)


def counts_as_revenue() -> ColumnElement[bool]:
    """The condition on `orders` that `model.is_revenue` is in Python."""
    state, amount = orders.c.state, orders.c.amount_minor
    return (state != OrderState.CANCELLED) & ((state != OrderState.RETURNED) | (amount < 0))
