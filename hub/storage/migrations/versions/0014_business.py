"""orders, products, repairs, balances, feeds; what contacts cost; what a key is good for"""

import json

import sqlalchemy as sa
from alembic import op

from hub.storage import search, types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WAITING = sa.text("alarmed_at IS NULL")
_OF_ORDER = sa.text("order_id IS NOT NULL")
_ORDER_TO_COME = sa.text("order_id IS NULL AND order_external_id IS NOT NULL")


def upgrade() -> None:
    """New tables, and one column that may be empty: no table is written anew."""
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("label_zh", sa.String(length=120), nullable=False),
        sa.Column("label_en", sa.String(length=120), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=True),
        sa.Column("last_at", types.UTCDateTime(), nullable=True),
        sa.Column("last_rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("alarm_at", types.UTCDateTime(), nullable=True),
        sa.Column("alarmed_at", types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("source", name=op.f("uq_feeds_source")),
    )
    op.create_index(
        "ix_feeds_alarm",
        "feeds",
        ["alarm_at"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )

    op.create_table(
        "identity_effort",
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("handled_us", sa.BigInteger(), nullable=False),
        sa.Column("caused_contacts", sa.Integer(), nullable=False),
        sa.Column("caused_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identity_id", "day", "channel", name=op.f("pk_identity_effort")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("family", sa.String(length=120), nullable=True),
        sa.Column("list_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.Column("updated_at", types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("external_id", name=op.f("uq_products_external_id")),
    )
    op.create_index("ix_products_name", "products", ["name", "id"], unique=False)

    op.create_table(
        "accounts_receivable",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("credit_hold", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("as_of", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_accounts_receivable_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "source", name=op.f("pk_accounts_receivable")),
    )
    op.create_table(
        "contact_products",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("product_id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("linked_at", types.UTCDateTime(), nullable=False),
        sa.Column("linked_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_contact_products_product_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", "product_id", name=op.f("pk_contact_products")),
    )
    op.create_index(
        "ix_contact_products_product", "contact_products", ["product_id", "linked_at"], unique=False
    )

    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("customer_external_id", sa.String(length=320), nullable=False),
        sa.Column("ordered_at", types.UTCDateTime(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_at", types.UTCDateTime(), nullable=False),
        sa.Column("product_summary", sa.String(length=200), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("received_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_orders_source_external_id")),
    )
    op.create_index(
        "ix_orders_value",
        "orders",
        ["customer_id", "ordered_at", "amount_minor", "cost_minor", "currency", "state"],
        unique=False,
    )

    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("product_id", sa.String(length=36), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_order_lines")),
    )
    op.create_index("ix_order_lines_product", "order_lines", ["product_id"], unique=False)

    op.create_table(
        "service_cases",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("customer_external_id", sa.String(length=320), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=True),
        sa.Column("order_external_id", sa.String(length=120), nullable=True),
        sa.Column("product_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_at", types.UTCDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("received_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_service_cases_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_service_cases_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_service_cases_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_cases")),
        sa.UniqueConstraint(
            "source", "external_id", name=op.f("uq_service_cases_source_external_id")
        ),
    )
    op.create_index(
        "ix_service_cases_customer", "service_cases", ["customer_id", "state_at"], unique=False
    )
    op.create_index(
        "ix_service_cases_order",
        "service_cases",
        ["order_id"],
        unique=False,
        sqlite_where=_OF_ORDER,
        postgresql_where=_OF_ORDER,
    )
    op.create_index(
        "ix_service_cases_order_to_come",
        "service_cases",
        ["source", "order_external_id"],
        unique=False,
        sqlite_where=_ORDER_TO_COME,
        postgresql_where=_ORDER_TO_COME,
    )
    op.create_index(
        "ix_service_cases_product", "service_cases", ["product_id", "state"], unique=False
    )

    op.add_column("api_keys", sa.Column("scope", sa.String(length=16), nullable=True))
    _keep_zone()
    search.create_search(op.get_bind())  # of products: nothing where it is there


def _keep_zone() -> None:
    """The zone of the set-up in force, by which days are counted: only routing had it."""
    document = op.get_bind().execute(sa.text("SELECT document FROM routing_setup LIMIT 1")).scalar()
    zone = json.loads(document).get("zone") if document else None
    if zone:
        kept = sa.text("INSERT INTO customer_setup (id, document) VALUES ('zone', :zone)")
        op.get_bind().execute(kept, {"zone": zone})


def downgrade() -> None:
    op.execute("DELETE FROM customer_setup WHERE id = 'zone'")
    op.drop_column("api_keys", "scope")
    for table in (
        "service_cases",
        "order_lines",
        "orders",
        "contact_products",
        "accounts_receivable",
        "products",
        "identity_effort",
        "feeds",
    ):
        op.drop_table(table)
    op.execute("DROP TABLE IF EXISTS search_products")
    op.execute("DROP TABLE IF EXISTS search_products_docs")
