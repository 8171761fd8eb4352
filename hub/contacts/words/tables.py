"""Rows of canned responses that are written in pages; those of the set-up file have their own
(`canned_responses`).
"""

from sqlalchemy import Boolean, Column, Integer, String, Table, text

from hub.storage import Json, UTCDateTime, metadata, partial_index

responses = Table(
    "responses",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("texts", Json(), nullable=False),  # {language: {"title", "text", "html"}}
    Column("category", String(80), nullable=False),
    Column("queues", Json(), nullable=False),  # keys; []: every queue
    Column("teams", Json(), nullable=False),  # keys; []: every team
    Column("owner_id", String(36)),  # whose own it is; NULL: the teams'
    Column("files", Json(), nullable=False),  # [{"blob_id", "name", "media_type", "size_bytes"}]
    Column("retired", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False, default=1),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("changed_at", UTCDateTime(), nullable=False),
    Column("changed_by", String(200), nullable=False),
)
partial_index("ix_responses_owner", responses.c.owner_id, where=text("owner_id IS NOT NULL"))
partial_index("ix_responses_shared", responses.c.id, where=text("owner_id IS NULL"))

# How often each was put into an answer: of pages and of the file.
response_uses = Table(
    "response_uses",
    metadata,
    Column("response_id", String(64), primary_key=True),
    Column("uses", Integer, nullable=False),
    Column("used_at", UTCDateTime(), nullable=False),
)
