"""knowledge: keys, reviews, cases from files, learned suggestions, searches, drafts"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEYED = sa.text("key IS NOT NULL")
_SLUGGED = sa.text("slug IS NOT NULL")
_DUE = {
    "ix_articles_review_due": "review_due_at",
    "ix_articles_expiry": "expires_at",
    "ix_articles_flagged": "flagged_at",
}
_NOT_KNOWN = sa.text("knowledge_outcome = 'missing'")
_IN_VAIN = sa.text("hits = 0")
_ADDED = ("key", "format", "review_due_at", "flagged_at", "flag_reason", "slug")


def _added() -> list[sa.Column[object]]:
    return [
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("format", sa.String(length=12), server_default="plain", nullable=False),
        sa.Column("review_due_at", types.UTCDateTime(), nullable=True),
        sa.Column("flagged_at", types.UTCDateTime(), nullable=True),
        sa.Column("flag_reason", sa.String(length=200), nullable=True),
        sa.Column("slug", sa.String(length=120), nullable=True),
    ]


def upgrade() -> None:
    """Columns that may be empty or have a constant default; new tables; partial indexes."""
    _change_articles()
    op.add_column("contacts", sa.Column("knowledge_outcome", sa.String(length=12), nullable=True))
    op.add_column("contacts", sa.Column("knowledge_note", sa.String(length=200), nullable=True))
    op.create_index(
        "ix_contacts_not_known",
        "contacts",
        ["closed_at", "id"],
        unique=False,
        sqlite_where=_NOT_KNOWN,
        postgresql_where=_NOT_KNOWN,
    )
    _make_cases()
    _make_models()
    _make_searches()


def _change_articles() -> None:
    if op.get_bind().dialect.name == "postgresql":  # "not_validated"; SQLite keeps any length
        for table in ("articles", "article_versions"):
            op.alter_column(table, "state", type_=sa.String(length=16), existing_nullable=False)
    for column in _added():
        op.add_column("articles", column)
    for name, where in (("key", _KEYED), ("slug", _SLUGGED)):
        op.create_index(
            f"uq_articles_{name}",
            "articles",
            [name, "language"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )
    for index, due in _DUE.items():
        where = sa.text(f"{due} IS NOT NULL")
        op.create_index(
            index,
            "articles",
            [due, "id"],
            unique=False,
            sqlite_where=where,
            postgresql_where=where,
        )


def _make_cases() -> None:
    op.create_table(
        "article_words",
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_words_article_id")
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_article_words")),
    )
    op.create_table(
        "article_cases",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ref_id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("external_key", sa.String(length=80), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_cases_article_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_cases")),
        sa.UniqueConstraint("external_key", name=op.f("uq_article_cases_external_key")),
    )
    op.create_index("ix_article_cases_article", "article_cases", ["article_id"], unique=False)
    op.create_index("ix_article_cases_ref", "article_cases", ["ref_id"], unique=False)


def _make_models() -> None:
    op.create_table(
        "suggestion_models",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fitted_at", types.UTCDateTime(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("norm", sa.Float(), nullable=False),
        sa.Column("fusion", types.Json(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("precision_ppm", sa.Integer(), nullable=True),
        sa.Column("recall_ppm", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_suggestion_models")),
    )
    op.create_table(
        "suggestion_weights",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "word", name=op.f("pk_suggestion_weights")),
    )
    op.create_table(
        "suggestion_topics",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("version", "number", name=op.f("pk_suggestion_topics")),
    )
    op.create_table(
        "suggestion_spellings",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gram", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "gram", name=op.f("pk_suggestion_spellings")),
    )


def _make_searches() -> None:
    op.create_table(
        "knowledge_searches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("place", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("clicked_article_id", sa.String(length=36), nullable=True),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_searches")),
    )
    for name, columns in (
        ("ix_knowledge_searches_at", ["at", "id"]),
        ("ix_knowledge_searches_user", ["user_id", "at"]),
    ):
        op.create_index(name, "knowledge_searches", columns, unique=False)
    op.create_index(
        "ix_knowledge_searches_in_vain",
        "knowledge_searches",
        ["at", "id"],
        unique=False,
        sqlite_where=_IN_VAIN,
        postgresql_where=_IN_VAIN,
    )
    op.create_table(
        "draft_clusters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("sample", types.Json(), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=True),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("dismissed_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_draft_clusters_article_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_clusters")),
    )
    op.create_index("ix_draft_clusters_newest", "draft_clusters", ["made_at", "id"], unique=False)


def downgrade() -> None:
    """Articles and what was counted on them stay; what was learned from files is lost."""
    for table in (
        "draft_clusters",
        "knowledge_searches",
        "suggestion_spellings",
        "suggestion_topics",
        "suggestion_weights",
        "suggestion_models",
        "article_cases",
        "article_words",
    ):
        op.drop_table(table)
    op.drop_index("ix_contacts_not_known", table_name="contacts")
    for column in ("knowledge_note", "knowledge_outcome"):
        op.drop_column("contacts", column)
    op.execute("UPDATE articles SET state = 'draft' WHERE state = 'not_validated'")
    op.execute("UPDATE article_versions SET state = 'draft' WHERE state = 'not_validated'")
    for index in (*_DUE, "uq_articles_key", "uq_articles_slug"):
        op.drop_index(index, table_name="articles")
    for name in reversed(_ADDED):
        op.drop_column("articles", name)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("articles", "article_versions"):
            op.alter_column(table, "state", type_=sa.String(length=12), existing_nullable=False)
