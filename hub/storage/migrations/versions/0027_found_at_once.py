"""what is looked for by a column is found by an index of it

Customers are listed without visitors of whom nothing is known. An erasure read all of the outbox,
imported rows, searches and raw mails. Numbers are found by more of their ends than the last four:
customers are indexed anew, in the background.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_LISTED = (
    "merged_into_id IS NULL AND archived_at IS NULL AND (name IS NOT NULL OR source != 'webchat')"
)
_NEW: tuple[tuple[str, str, Sequence[str], str | None], ...] = (
    ("ix_customers_listed", "customers", ("created_at", "id"), _LISTED),
    ("ix_customers_branch_listed", "customers", ("branch_id", "created_at", "id"), _LISTED),
    ("ix_outbox_contact", "outbox", ("contact_id",),
     "contact_id IS NOT NULL AND interaction_id IS NULL"),
    ("ix_import_rows_object", "import_rows", ("object_id",), "object_id IS NOT NULL"),
    ("ix_knowledge_searches_contact", "knowledge_searches", ("contact_id",),
     "contact_id IS NOT NULL"),
    ("ix_customers_reindex", "customers", ("id",), "indexed_as < 3"),
    ("ix_raw_mails_blob", "raw_mails", ("blob_id",), None),
)  # fmt: skip


def upgrade() -> None:
    op.drop_index("ix_customers_branch_newest", "customers")
    op.drop_index("ix_customers_reindex", "customers")
    for name, table, columns, where in _NEW:
        some = None if where is None else sa.text(where)
        op.create_index(name, table, list(columns), sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    for name, table, _, _ in reversed(_NEW):
        op.drop_index(name, table)
    op.create_index("ix_customers_branch_newest", "customers", ["branch_id", "created_at", "id"])
    stale = sa.text("indexed_as < 2")
    op.create_index(
        "ix_customers_reindex", "customers", ["id"], sqlite_where=stale, postgresql_where=stale
    )
