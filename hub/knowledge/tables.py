"""Rows of the knowledge store. The words people search by are in `search_articles`."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.storage import UTCDateTime, metadata

articles = Table(
    "articles",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("topic_id", String(36), nullable=False),  # one for an article and its translations
    Column("language", String(16), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("audience", String(12), nullable=False),
    Column("owner_id", String(36)),
    Column("out_of_date", Boolean, nullable=False, default=False),  # a translation was edited since
    Column("source_contact_id", String(36)),  # the contact it was drafted from
    Column("uses", Integer, nullable=False, default=0),
    Column("helpful", Integer, nullable=False, default=0),
    Column("not_helpful", Integer, nullable=False, default=0),
    Column("last_used_at", UTCDateTime()),
    Column("expires_at", UTCDateTime()),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("created_by", String(36)),
    Column("updated_at", UTCDateTime(), nullable=False),
    Column("updated_by", String(36)),
    Column("version", Integer, nullable=False, default=1),
    UniqueConstraint("topic_id", "language"),
)
Index("ix_articles_newest", articles.c.state, articles.c.updated_at, articles.c.id)

# Every text an article has had, with who changed it and when.
article_versions = Table(
    "article_versions",
    metadata,
    Column("article_id", String(36), ForeignKey(articles.c.id), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("changed_at", UTCDateTime(), nullable=False),
    Column("changed_by", String(36)),
    Column("changed_by_name", String(200), nullable=False),
)

article_tags = Table(
    "article_tags",
    metadata,
    Column("article_id", String(36), ForeignKey(articles.c.id), primary_key=True),
    Column("tag", String(64), primary_key=True),
)
Index("ix_article_tags_tag", article_tags.c.tag)

# An article and a contact it was used in: what suggestions learn from.
article_links = Table(
    "article_links",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("article_id", String(36), ForeignKey(articles.c.id), nullable=False),
    Column("contact_id", String(36), nullable=False),
    Column("helpful", Boolean),  # NULL: used, nobody said
    Column("linked_at", UTCDateTime(), nullable=False),
    Column("linked_by", String(36)),
    UniqueConstraint("article_id", "contact_id"),
)
Index("ix_article_links_contact", article_links.c.contact_id)
