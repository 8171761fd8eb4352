"""Rows of the set-up itself: every version that was ever in force. Append-only."""

from sqlalchemy import Column, Integer, String, Table, Text

from hub.storage import Json, UTCDateTime, metadata

setup_versions = Table(
    "setup_versions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # the one before + 1
    Column("made_at", UTCDateTime(), nullable=False),
    Column("made_by", String(36)),  # a user; NULL: the command line
    Column("source", String(8), nullable=False),  # file, page, restored
    Column("note", String(500), nullable=False),
    Column("restored_from", Integer),  # the version that came back
    # The version whose export the file was made from; NULL: no file, one of its own, or --force.
    Column("exported_from", Integer),
    # The whole Setup as JSON text, in which keys keep their order; no secrets in it (hidden.py).
    Column("document", Text, nullable=False),
    Column("changes", Json(), nullable=False),  # changes.Changes
)
