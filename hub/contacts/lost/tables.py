"""Answers of which it became known that they are lost, and that nobody has been told of yet."""

from sqlalchemy import Column, Index, String, Table

from hub.storage import UTCDateTime, metadata

lost_answers = Table(
    "lost_answers",
    metadata,
    Column("interaction_id", String(36), primary_key=True),
    Column("noted_at", UTCDateTime(), nullable=False),
)
Index("ix_lost_answers_noted", lost_answers.c.noted_at)
