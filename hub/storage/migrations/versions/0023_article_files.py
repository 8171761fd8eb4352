"""pictures of articles, and what an owner looks after"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_OWNED = sa.text("owner_id IS NOT NULL")


def upgrade() -> None:
    """A new table and an index: no table is written anew."""
    op.create_table(
        "article_files",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("blob_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_files_article_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_files")),
    )
    op.create_index("ix_article_files_article", "article_files", ["article_id", "id"])
    op.create_index(
        "ix_articles_owner",
        "articles",
        ["owner_id", "id"],
        sqlite_where=_OWNED,
        postgresql_where=_OWNED,
    )


def downgrade() -> None:
    """Pictures would be lost: only where there are none."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM article_files")).scalar_one():
        raise RuntimeError("Pictures of articles would be lost: restore a backup instead.")
    op.drop_index("ix_articles_owner", table_name="articles")
    op.drop_index("ix_article_files_article", table_name="article_files")
    op.drop_table("article_files")
