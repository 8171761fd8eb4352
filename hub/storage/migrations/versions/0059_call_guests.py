"""guests of calls: supervisors who listen, and whoever is asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")
_ROOM = sa.text("room IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "call_guests",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("by_id", sa.String(36), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_as", sa.String(10), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_guests")),
    )
    op.create_index("ix_call_guests_contact", "call_guests", ["contact_id", "at"])
    for name, column in (("ix_call_guests_open", "contact_id"), ("ix_call_guests_user", "user_id")):
        op.create_index(name, "call_guests", [column], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "phone_guests",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("room_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("address", sa.String(120), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("sid", sa.String(64), nullable=True),
        sa.Column("leg_state", sa.String(10), nullable=False),
        sa.Column("ringing_at", UTCDateTime(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("cause", sa.String(10), nullable=True),
        sa.Column("presence", sa.String(4), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=True),
        sa.Column("left_at", UTCDateTime(), nullable=True),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("has_call", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_guests")),
    )
    op.create_index("ix_phone_guests_call", "phone_guests", ["call_id", "id"])
    op.create_index(
        "ix_phone_guests_live",
        "phone_guests",
        ["created_at"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.add_column("phone_connections", sa.Column("room", sa.String(36), nullable=True))
    op.create_index(
        "ix_phone_connections_room",
        "phone_connections",
        ["room"],
        sqlite_where=_ROOM,
        postgresql_where=_ROOM,
    )


def downgrade() -> None:
    op.drop_index("ix_phone_connections_room", table_name="phone_connections")
    op.drop_column("phone_connections", "room")
    op.drop_index("ix_phone_guests_live", table_name="phone_guests")
    op.drop_index("ix_phone_guests_call", table_name="phone_guests")
    op.drop_table("phone_guests")
    op.drop_index("ix_call_guests_user", table_name="call_guests")
    op.drop_index("ix_call_guests_open", table_name="call_guests")
    op.drop_index("ix_call_guests_contact", table_name="call_guests")
    op.drop_table("call_guests")
