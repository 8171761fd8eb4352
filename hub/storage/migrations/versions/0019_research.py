"""answers to surveys, what they add up to, and facts with licence, place and competitor"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OF_CONTACT = sa.text("contact_id IS NOT NULL")
_NAMED = sa.text("external_id IS NOT NULL")
_RECENT = 10
_BEFORE = 3
_SUMS = (
    ("identity_id", sa.String()),
    ("n", sa.Integer()),
    ("total", sa.BigInteger()),
    ("mean_ppm", sa.Integer()),
    ("last", sa.SmallInteger()),
    ("last_at", types.UTCDateTime()),
    ("zone", sa.String()),
    ("trend", sa.SmallInteger()),
    ("recent", types.Json()),
)
_OF_COMPETITOR = sa.text("competitor_id IS NOT NULL")


def upgrade() -> None:
    """New tables, and columns that may be empty: no table is written anew."""
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("campaign_id", sa.String(length=64), nullable=True),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("question_key", sa.String(length=64), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("received_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["customer_identities.id"], name=op.f("fk_survey_answers_identity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
    )
    op.create_index("ix_survey_answers_identity", "survey_answers", ["identity_id", "at"])
    op.create_index(
        "ix_survey_answers_contact",
        "survey_answers",
        ["contact_id"],
        sqlite_where=_OF_CONTACT,
        postgresql_where=_OF_CONTACT,
    )
    op.create_index(
        "uq_survey_answers_external",
        "survey_answers",
        ["source", "external_id"],
        unique=True,
        sqlite_where=_NAMED,
        postgresql_where=_NAMED,
    )
    op.create_table(
        "survey_asks",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("campaign_id", sa.String(length=64), nullable=True),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("asked_at", types.UTCDateTime(), nullable=False),
        sa.Column("expires_at", types.UTCDateTime(), nullable=False),
        sa.Column("answered_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["customer_identities.id"], name=op.f("fk_survey_asks_identity_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_survey_asks")),
    )
    op.create_index("ix_survey_asks_identity", "survey_asks", ["identity_id", "asked_at"])
    op.create_table(
        "customer_satisfaction",
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("mean_ppm", sa.Integer(), nullable=False),
        sa.Column("last", sa.SmallInteger(), nullable=False),
        sa.Column("last_at", types.UTCDateTime(), nullable=False),
        sa.Column("zone", sa.String(length=12), nullable=False),
        sa.Column("trend", sa.SmallInteger(), nullable=False),
        sa.Column("recent", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["customer_identities.id"],
            name=op.f("fk_customer_satisfaction_identity_id"),
        ),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_customer_satisfaction")),
    )
    op.add_column("customer_facts", sa.Column("licence", sa.String(length=120), nullable=True))
    op.add_column("customer_facts", sa.Column("url", sa.String(length=500), nullable=True))
    op.add_column("customer_facts", sa.Column("competitor_id", sa.String(length=64), nullable=True))
    op.add_column("customer_facts", sa.Column("external_id", sa.String(length=120), nullable=True))
    op.create_index(
        "ix_customer_facts_competitor",
        "customer_facts",
        ["competitor_id", "learned_at"],
        sqlite_where=_OF_COMPETITOR,
        postgresql_where=_OF_COMPETITOR,
    )
    op.create_index(
        "uq_customer_facts_external",
        "customer_facts",
        ["source", "external_id"],
        unique=True,
        sqlite_where=_NAMED,
        postgresql_where=_NAMED,
    )
    _past_answers()


def _past_answers() -> None:
    """What customers answered before stands on their contacts, and is taken over."""
    op.execute(
        """
        INSERT INTO survey_answers (id, identity_id, contact_id, survey_key, question_key, score,
                                    answer, at, source, received_at)
        SELECT c.id, c.identity_id, c.id, 'contact', 'satisfaction', c.survey_score,
               c.survey_comment, coalesce(c.closed_at, c.opened_at), 'contact',
               coalesce(c.closed_at, c.opened_at)
        FROM contacts c WHERE c.survey_score IS NOT NULL
        """
    )
    _past_sums()


def _past_sums() -> None:
    """As model.add_up has it in this revision."""
    bind = op.get_bind()
    answers = sa.table(
        "survey_answers",
        sa.column("identity_id", sa.String()),
        sa.column("score", sa.SmallInteger()),
        sa.column("at", types.UTCDateTime()),
        sa.column("id", sa.String()),
    )
    satisfaction = sa.table(
        "customer_satisfaction",
        *(sa.column(name, kind) for name, kind in _SUMS),
    )
    found = sa.select(answers).order_by(answers.c.identity_id, answers.c.at.desc(), answers.c.id)
    for identity_id, group in groupby(bind.execute(found).all(), lambda row: row.identity_id):
        rows = list(group)
        scores = [row.score for row in rows]
        before = scores[1:][:_BEFORE]
        step = scores[0] - sum(before) / len(before) if before else 0
        bind.execute(
            satisfaction.insert().values(
                identity_id=identity_id,
                n=len(scores),
                total=sum(scores),
                mean_ppm=round(sum(scores) * 1_000_000 / len(scores)),
                last=scores[0],
                last_at=rows[0].at,
                zone="defector" if scores[0] < 3 else "loyal" if scores[0] > 4 else "indifferent",
                trend=0 if abs(step) < 1 else 1 if step > 0 else -1,
                recent=scores[:_RECENT],
            )
        )


def downgrade() -> None:
    """Answers and facts of other systems would be lost: only where there are none."""
    kept = (
        op.get_bind()
        .execute(
            sa.text(
                "SELECT count(*) FROM survey_answers"
                " WHERE source <> 'contact' OR contact_id IS NULL"
            )
        )
        .scalar_one()
    )
    if kept:
        raise RuntimeError("Answers of customers would be lost: restore a backup instead.")
    op.drop_index("uq_customer_facts_external", table_name="customer_facts")
    op.drop_index("ix_customer_facts_competitor", table_name="customer_facts")
    for column in ("external_id", "competitor_id", "url", "licence"):
        op.drop_column("customer_facts", column)
    op.drop_table("customer_satisfaction")
    op.drop_table("survey_asks")
    op.drop_table("survey_answers")
