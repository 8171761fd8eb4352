"""which files a row names is found by an index, and how far the others were looked for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0072"
down_revision = "0069"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_attachments_blob", "attachments", "blob_id", None),
    ("ix_interactions_raw_blob", "interactions", "raw_blob_id", "raw_blob_id IS NOT NULL"),
    ("ix_contacts_raw_blob", "contacts", "raw_blob_id", "raw_blob_id IS NOT NULL"),
    ("ix_recordings_blob", "recordings", "blob_id", "blob_id IS NOT NULL"),
    ("ix_phone_recordings_blob", "phone_recordings", "blob_id", "blob_id IS NOT NULL"),
    ("ix_phone_messages_blob", "phone_messages", "blob_id", None),
    ("ix_webchat_uploads_blob", "webchat_uploads", "blob_id", None),
    ("ix_import_batches_blob", "import_batches", "blob_id", "blob_id IS NOT NULL"),
    ("ix_article_files_blob", "article_files", "blob_id", None),
)


def upgrade() -> None:
    for name, table, column, where in _INDEXES:
        only = None if where is None else sa.text(where)
        op.create_index(name, table, [column], sqlite_where=only, postgresql_where=only)
    op.create_table(
        "blob_rounds",
        sa.Column("part", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("removed", sa.Integer, nullable=False),
        sa.Column("removed_bytes", sa.BigInteger, nullable=False),
        sa.Column("unfinished", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("blob_rounds")
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
