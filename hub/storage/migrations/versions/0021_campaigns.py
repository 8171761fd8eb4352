"""campaigns: arms, people, results"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_DUE = sa.text("next_at IS NOT NULL")
_COLLECTING = sa.text("collect_at IS NOT NULL")
_WAITING = sa.text("state = 'due'")
_WRITTEN = sa.text("interaction_id IS NOT NULL")
_AT_ADDRESS = sa.text("identity_id IS NOT NULL")
_HELD_UP = sa.text("state = 'retry' AND purpose <> 'service'")


def upgrade() -> None:
    """New tables, and an index of the outbox: no table is written anew."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("zh", sa.String(length=120), nullable=False),
        sa.Column("en", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("entry_point_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("branches", types.Json(), nullable=True),
        sa.Column("material", sa.String(length=120), nullable=True),
        sa.Column("survey_key", sa.String(length=64), nullable=True),
        sa.Column("starts_at", types.UTCDateTime(), nullable=False),
        sa.Column("ends_at", types.UTCDateTime(), nullable=False),
        sa.Column("result_days", sa.SmallInteger(), nullable=False),
        sa.Column("pace_per_hour", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("started_at", types.UTCDateTime(), nullable=True),
        sa.Column("resumed_at", types.UTCDateTime(), nullable=True),
        sa.Column("finished_at", types.UTCDateTime(), nullable=True),
        sa.Column("paused_why", sa.String(length=16), nullable=True),
        sa.Column("filled_to", sa.String(length=36), nullable=True),
        sa.Column("next_at", types.UTCDateTime(), nullable=True),
        sa.Column("collected_to", sa.String(length=36), nullable=True),
        sa.Column("collect_at", types.UTCDateTime(), nullable=True),
        sa.Column("collected_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_groups.id"], name=op.f("fk_campaigns_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("key", name=op.f("uq_campaigns_key")),
    )
    op.create_index(
        "ix_campaigns_due", "campaigns", ["next_at"], sqlite_where=_DUE, postgresql_where=_DUE
    )
    op.create_index(
        "ix_campaigns_collect",
        "campaigns",
        ["collect_at"],
        sqlite_where=_COLLECTING,
        postgresql_where=_COLLECTING,
    )
    op.create_index("ix_campaigns_newest", "campaigns", ["made_at", "id"])
    op.create_table(
        "campaign_arms",
        sa.Column("campaign_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("share", sa.SmallInteger(), nullable=False),
        sa.Column("holdout", sa.Boolean(), nullable=False),
        sa.Column("texts", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_arms_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "key", name=op.f("pk_campaign_arms")),
    )
    op.create_table(
        "campaign_people",
        sa.Column("campaign_id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("arm", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("due_at", types.UTCDateTime(), nullable=True),
        sa.Column("at", types.UTCDateTime(), nullable=True),
        sa.Column("identity_id", sa.String(length=36), nullable=True),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("interaction_id", sa.String(length=36), nullable=True),
        sa.Column("replied_at", types.UTCDateTime(), nullable=True),
        sa.Column("answered_at", types.UTCDateTime(), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("ordered_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_people_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_campaign_people_customer_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "customer_id", name=op.f("pk_campaign_people")),
    )
    op.create_index(
        "ix_campaign_people_due",
        "campaign_people",
        ["campaign_id", "due_at", "customer_id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index("ix_campaign_people_state", "campaign_people", ["campaign_id", "state"])
    op.create_index(
        "ix_campaign_people_written",
        "campaign_people",
        ["campaign_id", "at"],
        sqlite_where=_WRITTEN,
        postgresql_where=_WRITTEN,
    )
    op.create_index("ix_campaign_people_customer", "campaign_people", ["customer_id"])
    op.create_index(
        "ix_campaign_people_identity",
        "campaign_people",
        ["identity_id"],
        sqlite_where=_AT_ADDRESS,
        postgresql_where=_AT_ADDRESS,
    )
    op.create_index(  # whether mails of our own accord wait for a server that is down
        "ix_outbox_held_up",
        "outbox",
        ["channel"],
        sqlite_where=_HELD_UP,
        postgresql_where=_HELD_UP,
    )


def downgrade() -> None:
    """Who was written to would be forgotten: only where no campaign has begun."""
    begun = (
        op.get_bind()
        .execute(sa.text("SELECT count(*) FROM campaigns WHERE state <> 'draft'"))
        .scalar_one()
    )
    if begun:
        raise RuntimeError("Results of campaigns would be lost: restore a backup instead.")
    op.drop_index("ix_outbox_held_up", "outbox")
    op.drop_table("campaign_people")
    op.drop_table("campaign_arms")
    op.drop_table("campaigns")
