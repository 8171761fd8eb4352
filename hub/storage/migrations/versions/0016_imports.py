"""imports of customers: batches of files, and what each of their rows wrote"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WORKING = sa.text("state IN ('reading', 'running', 'undoing')")
_KEPT = sa.text("forget_at IS NOT NULL")
_LOOKED_AT = sa.text("row_class != 'new'")

# What an undo looks for before it takes a customer or an address away, and the databases too.
_WHOSE = (
    ("ix_callbacks_whose", "callbacks", "identity_id"),
    ("ix_commitments_whose", "commitments", "identity_id"),
    ("ix_customer_identity_claims_identity", "customer_identity_claims", "identity_id"),
    ("ix_customer_conflicts_whose", "customer_conflicts", "customer_id"),
    ("ix_customer_conflicts_whom", "customer_conflicts", "other_id"),
    ("ix_customer_conflicts_identity", "customer_conflicts", "identity_id"),
    ("ix_contact_products_identity", "contact_products", "identity_id"),
)


def upgrade() -> None:
    op.create_table(
        "import_batches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("blob_id", sa.String(length=36), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.String(length=40), nullable=False),
        sa.Column("mapping", types.Json(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("at_line", sa.Integer(), nullable=False),
        sa.Column("counts", types.Json(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("branch_id", sa.String(length=64), nullable=True),
        sa.Column("sight", types.Json(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("finished_at", types.UTCDateTime(), nullable=True),
        sa.Column("undone_at", types.UTCDateTime(), nullable=True),
        sa.Column("forget_at", types.UTCDateTime(), nullable=True),
        sa.Column("held_by", sa.String(length=36), nullable=True),
        sa.Column("held_until", types.UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_table(
        "import_rows",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("row_class", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("object_kind", sa.String(length=16), nullable=True),
        sa.Column("object_id", sa.String(length=36), nullable=True),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("cells", types.Json(), nullable=True),
        sa.Column("reasons", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_rows_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "line", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_batches_newest", "import_batches", ["at", "id"])
    op.create_index(
        "ix_import_batches_working",
        "import_batches",
        ["at"],
        sqlite_where=_WORKING,
        postgresql_where=_WORKING,
    )
    op.create_index(
        "ix_import_batches_forget",
        "import_batches",
        ["forget_at"],
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )
    op.create_index(
        "ix_import_rows_class",
        "import_rows",
        ["batch_id", "row_class", "line"],
        sqlite_where=_LOOKED_AT,
        postgresql_where=_LOOKED_AT,
    )
    for name, table, column in _WHOSE:
        op.create_index(name, table, [column])


def downgrade() -> None:
    for name, table, _ in reversed(_WHOSE):
        op.drop_index(name, table_name=table)
    op.drop_table("import_rows")
    op.drop_table("import_batches")
