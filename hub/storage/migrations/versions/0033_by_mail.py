"""a chat that falls silent goes on by mail

When the next step is taken with a customer who says nothing, since when they are reminded, which
assignments count in no load meanwhile; where a conversation goes on by mail, when and how far; the
links by which its customer returns, and whose visit goes on with them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_QUIET = "state = 'active' AND quiet_until IS NOT NULL"
_DUE = "mail_due_at IS NOT NULL"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("quiet_until", types.UTCDateTime(), nullable=True))
    op.add_column("contacts", sa.Column("reminded_at", types.UTCDateTime(), nullable=True))
    op.add_column("conversations", sa.Column("mail_to", sa.String(254), nullable=True))
    op.add_column("conversations", sa.Column("mail_due_at", types.UTCDateTime(), nullable=True))
    op.add_column(
        "conversations",
        sa.Column("mailed_seq", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("conversations", sa.Column("heard_by", sa.String(16), nullable=True))
    op.add_column(
        "assignments",
        sa.Column("aside", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("webchat_visitors", sa.Column("speaks_as", sa.String(36), nullable=True))
    for name, table, column, where in (
        ("ix_contacts_quiet", "contacts", "quiet_until", _QUIET),
        ("ix_conversations_mail_due", "conversations", "mail_due_at", _DUE),
    ):
        some = sa.text(where)
        op.create_index(name, table, [column], sqlite_where=some, postgresql_where=some)
    op.create_table(
        "return_links",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("expires_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_return_links_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_return_links")),
    )
    op.create_index("ix_return_links_conversation", "return_links", ["conversation_id"])
    op.create_index("ix_return_links_expires", "return_links", ["expires_at"])


def downgrade() -> None:
    op.drop_table("return_links")
    op.drop_index("ix_conversations_mail_due", "conversations")
    op.drop_index("ix_contacts_quiet", "contacts")
    op.drop_column("webchat_visitors", "speaks_as")
    op.drop_column("assignments", "aside")
    for column in ("heard_by", "mailed_seq", "mail_due_at", "mail_to"):
        op.drop_column("conversations", column)
    for column in ("reminded_at", "quiet_until"):
        op.drop_column("contacts", column)
