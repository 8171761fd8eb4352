"""callbacks, and who is to be called first"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TO_CALL = sa.text("to_call_since IS NOT NULL")
_OF_CONTACT = sa.text("contact_id IS NOT NULL")
_DUE = sa.text("due_at IS NOT NULL")
_OPEN = sa.text("state IN ('waiting', 'queued', 'dialling')")


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("entry_point_id", sa.String(length=64), nullable=False),
        sa.Column("queue_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("source_contact_id", sa.String(length=36), nullable=True),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("waited_us", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("requirements", types.Json(), nullable=False),
        sa.Column("skill_step", sa.SmallInteger(), nullable=False),
        sa.Column("excluded_agent_id", sa.String(length=36), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("failed", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", types.UTCDateTime(), nullable=True),
        sa.Column("asked_for_at", types.UTCDateTime(), nullable=True),
        sa.Column("last_at", types.UTCDateTime(), nullable=True),
        sa.Column("last_outcome", sa.String(length=12), nullable=True),
        sa.Column("last_reason", sa.String(length=40), nullable=True),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("finished_at", types.UTCDateTime(), nullable=True),
        sa.Column("finished_by", sa.String(length=36), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_callbacks_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["customer_identities.id"], name=op.f("fk_callbacks_identity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_callbacks_contact",
            ["contact_id"],
            unique=False,
            sqlite_where=_OF_CONTACT,
            postgresql_where=_OF_CONTACT,
        )
        batch_op.create_index(
            "ix_callbacks_due", ["due_at"], unique=False, sqlite_where=_DUE, postgresql_where=_DUE
        )
        batch_op.create_index("ix_callbacks_list", ["state", "made_at", "id"], unique=False)
        batch_op.create_index("ix_callbacks_source", ["source_contact_id"], unique=False)
        batch_op.create_index(
            "uq_callbacks_open",
            ["identity_id"],
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("to_call_since", types.UTCDateTime(), nullable=True))
        batch_op.create_index(
            "ix_contacts_to_call",
            ["queue_id"],
            unique=False,
            sqlite_where=_TO_CALL,
            postgresql_where=_TO_CALL,
        )
    with op.batch_alter_table("phone_calls", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("callback_offered", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("callback_number", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("phone_calls", schema=None) as batch_op:
        batch_op.drop_column("callback_number")
        batch_op.drop_column("callback_offered")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_contacts_to_call", sqlite_where=_TO_CALL, postgresql_where=_TO_CALL)
        batch_op.drop_column("to_call_since")
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.drop_index("uq_callbacks_open", sqlite_where=_OPEN, postgresql_where=_OPEN)
        batch_op.drop_index("ix_callbacks_source")
        batch_op.drop_index("ix_callbacks_list")
        batch_op.drop_index("ix_callbacks_due", sqlite_where=_DUE, postgresql_where=_DUE)
        batch_op.drop_index(
            "ix_callbacks_contact", sqlite_where=_OF_CONTACT, postgresql_where=_OF_CONTACT
        )
    op.drop_table("callbacks")
