"""commitments of teams and specialists, with their record, quotes that conflict, visits"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("state IN ('open', 'broken')")
_RESULT = sa.text("state IN ('kept', 'broken')")
_ASKED = sa.text("state IN ('open', 'broken') AND asked_by IS NOT NULL")
_PRICED = sa.text("price_minor IS NOT NULL")
_TAKEN = sa.text("taken_by IS NOT NULL")
_UNDECIDED = sa.text("decided_at IS NULL")
_NEW = (
    ("owner_kind", sa.String(length=8), "user"),
    ("taken_by", sa.String(length=36), None),
    ("asked_by", sa.String(length=36), None),
    ("source_interaction_id", sa.String(length=36), None),
    ("calendar_id", sa.String(length=64), None),
    ("escalated_at", types.UTCDateTime(), None),
    ("tell_customer", sa.String(length=8), "no"),
    ("told_customer_at", types.UTCDateTime(), None),
    ("detected", sa.Boolean(), sa.false()),
    ("product_id", sa.String(length=64), None),
    ("product_name", sa.String(length=200), None),
    ("price_minor", sa.BigInteger(), None),
    ("currency", sa.String(length=3), None),
    ("valid_until", types.UTCDateTime(), None),
    ("window_from", types.UTCDateTime(), None),
    ("window_until", types.UTCDateTime(), None),
    ("skill_id", sa.String(length=64), None),
    ("returned_reason", sa.Text(), None),
    ("campaign_id", sa.String(length=36), None),
)
_INDEXES = (
    ("ix_commitments_unfinished", ["due_at", "id"], _UNFINISHED),
    ("ix_commitments_kind", ["kind", "due_at"], _UNFINISHED),
    ("ix_commitments_asked", ["asked_by", "due_at"], _ASKED),
    ("ix_commitments_priced", ["identity_id", "valid_until"], _PRICED),
    ("ix_commitments_record", ["owner_id", "made_at"], _RESULT),
    ("ix_commitments_taken", ["taken_by", "made_at"], _TAKEN),
)


def upgrade() -> None:
    """Columns that may be empty or have a constant default: no table is written anew.

    A team's key is longer than a user's id; SQLite keeps no lengths.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("commitments", "owner_id", type_=sa.String(length=64))
    for name, kind, default in _NEW:
        op.add_column(
            "commitments",
            sa.Column(name, kind, server_default=default, nullable=default is None),
        )
    for name, columns, where in _INDEXES:
        op.create_index(
            name, "commitments", columns, unique=False, sqlite_where=where, postgresql_where=where
        )
    op.create_index(
        "ix_contacts_scored",
        "contacts",
        ["agent_id", "closed_at"],
        unique=False,
        sqlite_where=sa.text("survey_score IS NOT NULL"),
        postgresql_where=sa.text("survey_score IS NOT NULL"),
    )
    _create_entries()
    _create_conflicts()
    op.create_table(
        "specialist_skills",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("skill_id", sa.String(length=64), nullable=False),
        sa.Column("grade", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_specialist_skills_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "skill_id", name=op.f("pk_specialist_skills")),
    )
    op.create_index("ix_specialist_skills_skill", "specialist_skills", ["skill_id"], unique=False)


def _create_entries() -> None:
    op.create_table(
        "commitment_entries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("commitment_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=True),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("before", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_commitment_entries_commitment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_entries")),
        sa.UniqueConstraint(
            "commitment_id", "seq", name=op.f("uq_commitment_entries_commitment_id_seq")
        ),
    )


def _create_conflicts() -> None:
    op.create_table(
        "commitment_conflicts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("one_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("found_at", types.UTCDateTime(), nullable=False),
        sa.Column("decided_at", types.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["one_id"], ["commitments.id"], name=op.f("fk_commitment_conflicts_one_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["commitments.id"], name=op.f("fk_commitment_conflicts_other_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_conflicts")),
        sa.UniqueConstraint(
            "one_id", "other_id", name=op.f("uq_commitment_conflicts_one_id_other_id")
        ),
    )
    op.create_index(
        "ix_commitment_conflicts_undecided",
        "commitment_conflicts",
        ["found_at", "id"],
        unique=False,
        sqlite_where=_UNDECIDED,
        postgresql_where=_UNDECIDED,
    )
    op.create_index(
        "ix_commitment_conflicts_other", "commitment_conflicts", ["other_id"], unique=False
    )


def downgrade() -> None:
    """Refused while commitments of teams are there: before, each had a user as its owner."""
    teams = "SELECT count(*) FROM commitments WHERE owner_kind <> 'user'"
    if op.get_bind().execute(sa.text(teams)).scalar_one():
        raise RuntimeError("Hand the commitments of teams over to users first: they would be lost.")
    op.drop_table("specialist_skills")
    op.drop_table("commitment_conflicts")
    op.drop_table("commitment_entries")
    op.drop_index("ix_contacts_scored", table_name="contacts")
    for name, _, _ in _INDEXES:
        op.drop_index(name, table_name="commitments")
    for name, _, _ in reversed(_NEW):
        op.drop_column("commitments", name)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("commitments", "owner_id", type_=sa.String(length=36))
