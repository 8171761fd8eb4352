"""consent by hashes of addresses, complaints, outreach, and what for an effect is"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")
_OF_CONTACT = sa.text("contact_id IS NOT NULL")
_BY_MESSAGE = sa.text("interaction_id IS NOT NULL")
_SENT = sa.text("material IS NOT NULL AND outcome = 'sent'")
_RECALLABLE = sa.text("state IN ('pending', 'retry') AND purpose <> 'service'")


def upgrade() -> None:
    """Columns that may be empty or have a constant default: no table is written anew."""
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("address_kind", sa.String(length=12), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("evidence", types.Json(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_address", "consents", ["address_kind", "address_hash", "at"])
    op.create_table(
        "consent_states",
        sa.Column("address_kind", sa.String(length=12), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("own_word", sa.Boolean(), nullable=False),
        sa.Column("person", sa.Boolean(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("consent_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint(
            "address_kind", "address_hash", "channel", "purpose", name=op.f("pk_consent_states")
        ),
    )
    _complaints()
    _outreach()
    op.add_column(
        "outbox",
        sa.Column("purpose", sa.String(length=12), server_default="service", nullable=False),
    )
    op.add_column("outbox", sa.Column("identity_id", sa.String(length=36), nullable=True))
    op.create_index(
        "ix_outbox_recallable",
        "outbox",
        ["identity_id"],
        sqlite_where=_RECALLABLE,
        postgresql_where=_RECALLABLE,
    )
    op.add_column(
        "reasons", sa.Column("complaint", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("commitment_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("opened_at", types.UTCDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(length=36), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_at", types.UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["customer_identities.id"], name=op.f("fk_complaints_identity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
    )
    op.create_index("ix_complaints_identity", "complaints", ["identity_id", "opened_at"])
    op.create_index(
        "ix_complaints_open",
        "complaints",
        ["identity_id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_complaints_contact",
        "complaints",
        ["contact_id"],
        sqlite_where=_OF_CONTACT,
        postgresql_where=_OF_CONTACT,
    )


def _outreach() -> None:
    op.create_table(
        "outreach",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("material", sa.String(length=120), nullable=True),
        sa.Column("campaign_id", sa.String(length=36), nullable=True),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("interaction_id", sa.String(length=36), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["customer_identities.id"], name=op.f("fk_outreach_identity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach")),
    )
    op.create_index("ix_outreach_identity", "outreach", ["identity_id", "at"])
    op.create_index(
        "uq_outreach_material",
        "outreach",
        ["identity_id", "material"],
        unique=True,
        sqlite_where=_SENT,
        postgresql_where=_SENT,
    )
    op.create_index(
        "ix_outreach_interaction",
        "outreach",
        ["interaction_id"],
        sqlite_where=_BY_MESSAGE,
        postgresql_where=_BY_MESSAGE,
    )


def downgrade() -> None:
    """What customers forbade would be forgotten: only where nobody forbade anything."""
    kept = op.get_bind().execute(sa.text("SELECT count(*) FROM consents")).scalar_one()
    if kept:
        raise RuntimeError("The noes of customers would be lost: restore a backup instead.")
    op.drop_column("reasons", "complaint")
    op.drop_index("ix_outbox_recallable", table_name="outbox")
    op.drop_column("outbox", "identity_id")
    op.drop_column("outbox", "purpose")
    for table in ("outreach", "complaints", "consent_states", "consents"):
        op.drop_table(table)
