"""Rows of the knowledge store. The words people search by are in `search_articles`."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.storage import Json, UTCDateTime, metadata, partial_index

articles = Table(
    "articles",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("topic_id", String(36), nullable=False),  # one for an article and its translations
    Column("language", String(16), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("state", String(16), nullable=False),
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
    Column("key", String(120)),  # its name in the shop's own files, one for all translations
    Column("format", String(12), nullable=False, server_default="plain"),  # plain, markdown
    Column("review_due_at", UTCDateTime()),  # somebody should read it again from then on
    Column("flagged_at", UTCDateTime()),  # it is said not to help
    Column("flag_reason", String(200)),
    Column("slug", String(120)),  # its name in the address of a help page
    UniqueConstraint("topic_id", "language"),
)
Index("ix_articles_newest", articles.c.state, articles.c.updated_at, articles.c.id)
_keyed = articles.c.key.is_not(None)
Index(
    "uq_articles_key",
    articles.c.key,
    articles.c.language,
    unique=True,
    sqlite_where=_keyed,
    postgresql_where=_keyed,
)
_slugged = articles.c.slug.is_not(None)
Index(
    "uq_articles_slug",
    articles.c.slug,
    articles.c.language,
    unique=True,
    sqlite_where=_slugged,
    postgresql_where=_slugged,
)
for _name, _due in (
    ("ix_articles_review_due", articles.c.review_due_at),
    ("ix_articles_expiry", articles.c.expires_at),
    ("ix_articles_flagged", articles.c.flagged_at),
):
    _is_due = _due.is_not(None)
    Index(_name, _due, articles.c.id, sqlite_where=_is_due, postgresql_where=_is_due)

_owned = articles.c.owner_id.is_not(None)
Index(
    "ix_articles_owner",
    articles.c.owner_id,
    articles.c.id,
    sqlite_where=_owned,
    postgresql_where=_owned,
)

# Pictures of articles, written anew when they came; a text names them `files/ID`.
article_files = Table(
    "article_files",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("article_id", String(36), ForeignKey(articles.c.id), nullable=False),
    Column("blob_id", String(36), nullable=False),
    Column("name", String(150), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("created_by", String(36)),
)
Index("ix_article_files_article", article_files.c.article_id, article_files.c.id)
Index("ix_article_files_blob", article_files.c.blob_id)

# What an article is compared by (hub.knowledge.suggesting.words), kept so that nothing is read
# word by word when a question comes.
article_words = Table(
    "article_words",
    metadata,
    Column("article_id", String(36), ForeignKey(articles.c.id), primary_key=True),
    Column("version", Integer, nullable=False),  # of the article
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
)

# Every text an article has had, with who changed it and when.
article_versions = Table(
    "article_versions",
    metadata,
    Column("article_id", String(36), ForeignKey(articles.c.id), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("state", String(16), nullable=False),
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

# What was asked in a contact that an article resolved, or in a line of an imported file. Their
# words are searched as documents named `ref_id`: a contact, or the case itself.
article_cases = Table(
    "article_cases",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("ref_id", String(36), nullable=False),
    Column("article_id", String(36), ForeignKey(articles.c.id)),  # NULL: nothing fits
    Column("text", Text, nullable=False),
    Column("words", Text, nullable=False),  # what it is compared by
    Column("language", String(16)),
    Column("source", String(12), nullable=False),  # contact, import
    Column("external_key", String(80), nullable=False, unique=True),
    Column("at", UTCDateTime(), nullable=False),
)
Index("ix_article_cases_article", article_cases.c.article_id)
Index("ix_article_cases_ref", article_cases.c.ref_id)

# Refits of the suggestions. One is in force; `basis` tells from what it was made.
suggestion_models = Table(
    "suggestion_models",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("fitted_at", UTCDateTime(), nullable=False),
    Column("articles", Integer, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("norm", Float, nullable=False),
    Column("fusion", Json(), nullable=False),
    Column("held", Integer, nullable=False),  # questions held back to judge it by
    Column("precision_ppm", Integer),
    Column("recall_ppm", Integer),
    Column("basis", String(200), nullable=False),
    Column("in_force", Boolean, nullable=False),
)
# `weights`: numbers of topics and how much the word speaks for each, packed.
suggestion_weights = Table(
    "suggestion_weights",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("word", String(64), primary_key=True),
    Column("articles", Integer, nullable=False),  # that hold it
    Column("cases", Integer, nullable=False),
    Column("weights", Text, nullable=False),
)
suggestion_topics = Table(
    "suggestion_topics",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("topic_id", String(36), nullable=False),
)
# Known words by their runs of three letters: what a misspelt one may have been meant to be.
suggestion_spellings = Table(
    "suggestion_spellings",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("gram", String(8), primary_key=True),
    Column("words", Text, nullable=False),
)

# What was looked for; `hits`: how many articles were found.
knowledge_searches = Table(
    "knowledge_searches",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("at", UTCDateTime(), nullable=False),
    Column("place", String(12), nullable=False),  # console, widget, help
    Column("language", String(16)),
    Column("words", String(200), nullable=False),
    Column("hits", Integer, nullable=False),
    Column("clicked_article_id", String(36)),
    Column("contact_id", String(36)),
    Column("user_id", String(36)),
)
Index("ix_knowledge_searches_at", knowledge_searches.c.at, knowledge_searches.c.id)
Index("ix_knowledge_searches_user", knowledge_searches.c.user_id, knowledge_searches.c.at)
_for_a_contact = knowledge_searches.c.contact_id.is_not(None)
partial_index(
    "ix_knowledge_searches_contact", knowledge_searches.c.contact_id, where=_for_a_contact
)
_in_vain = knowledge_searches.c.hits == text("0")
Index(
    "ix_knowledge_searches_in_vain",
    knowledge_searches.c.at,
    knowledge_searches.c.id,
    sqlite_where=_in_vain,
    postgresql_where=_in_vain,
)

# Resolved contacts that ask alike and that no article answers. `sample`: some of their ids.
draft_clusters = Table(
    "draft_clusters",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("words", String(200), nullable=False),
    Column("language", String(16)),
    Column("contacts", Integer, nullable=False),
    Column("sample", Json(), nullable=False),
    Column("article_id", String(36), ForeignKey(articles.c.id)),  # the draft made of them
    Column("made_at", UTCDateTime(), nullable=False),
    Column("dismissed_at", UTCDateTime()),
)
Index("ix_draft_clusters_newest", draft_clusters.c.made_at, draft_clusters.c.id)
