"""Rows of macros."""

from sqlalchemy import Boolean, Column, Integer, String, Table

from hub.storage import Json, UTCDateTime, metadata

macros = Table(
    "macros",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("teams", Json(), nullable=False),  # keys; []: every team
    Column("steps", Json(), nullable=False),  # model.Step as JSON, in order
    Column("uses", Integer, nullable=False, default=0),
    Column("retired", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False, default=1),
    Column("changed_at", UTCDateTime(), nullable=False),
    Column("changed_by", String(200), nullable=False),
)
