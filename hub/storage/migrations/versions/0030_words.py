"""canned responses of pages, macros, tags, answers that go out later"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, and columns of contacts: no table is written anew."""
    op.add_column("contacts", sa.Column("tags", types.Json(), nullable=True))
    op.add_column("contacts", sa.Column("scheduled_at", types.UTCDateTime(), nullable=True))
    op.add_column(
        "contacts",
        sa.Column("scheduled_held", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    _tags()
    _words()
    _later()


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("zh", sa.String(length=40), nullable=False),
        sa.Column("en", sa.String(length=40), nullable=False),
        sa.Column("colour", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
    )
    op.create_table(
        "contact_tags",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("tag_id", sa.String(length=64), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_tags_contact_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_contact_tags_tag_id")),
        sa.PrimaryKeyConstraint("contact_id", "tag_id", name=op.f("pk_contact_tags")),
    )
    op.create_index("ix_contact_tags_tag", "contact_tags", ["tag_id", "contact_id"], unique=False)


def _words() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("texts", types.Json(), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("queues", types.Json(), nullable=False),
        sa.Column("teams", types.Json(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("files", types.Json(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.Column("changed_at", types.UTCDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
    )
    own, shared = sa.text("owner_id IS NOT NULL"), sa.text("owner_id IS NULL")
    op.create_index(
        "ix_responses_owner", "responses", ["owner_id"], sqlite_where=own, postgresql_where=own
    )
    op.create_index(
        "ix_responses_shared", "responses", ["id"], sqlite_where=shared, postgresql_where=shared
    )
    op.create_table(
        "response_uses",
        sa.Column("response_id", sa.String(length=64), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_at", types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_response_uses")),
    )
    op.create_table(
        "macros",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("zh", sa.String(length=120), nullable=False),
        sa.Column("en", sa.String(length=120), nullable=False),
        sa.Column("teams", types.Json(), nullable=False),
        sa.Column("steps", types.Json(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", types.UTCDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros")),
    )


def _later() -> None:
    op.create_table(
        "scheduled_replies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("agent_name", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("send_at", types.UTCDateTime(), nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=True),
        sa.Column("held", sa.String(length=80), nullable=True),
        sa.Column("held_detail", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_scheduled_replies_contact_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_replies")),
    )
    op.create_index("ix_scheduled_replies_contact", "scheduled_replies", ["contact_id"])
    op.create_index(
        "uq_scheduled_replies_client", "scheduled_replies", ["agent_id", "client_id"], unique=True
    )
    due = sa.text("held IS NULL")
    op.create_index(
        "ix_scheduled_replies_due",
        "scheduled_replies",
        ["send_at"],
        sqlite_where=due,
        postgresql_where=due,
    )


def downgrade() -> None:
    for table in (
        "scheduled_replies",
        "macros",
        "response_uses",
        "responses",
        "contact_tags",
        "tags",
    ):
        op.drop_table(table)
    for column in ("scheduled_held", "scheduled_at", "tags"):
        op.drop_column("contacts", column)
