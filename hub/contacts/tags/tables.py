"""Rows of tags. A contact's tags are rows of `contact_tags`; `contacts.tags` repeats their keys,
written in the same transaction, so that rows of lists are shown without another statement.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from hub.contacts.tables import contacts
from hub.storage import UTCDateTime, metadata

tags = Table(
    "tags",
    metadata,
    Column("id", String(64), primary_key=True),  # its key
    Column("zh", String(40), nullable=False),
    Column("en", String(40), nullable=False),
    Column("colour", String(12), nullable=False),  # model.Colour
    Column("position", Integer, nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False, default=1),
)

contact_tags = Table(
    "contact_tags",
    metadata,
    Column("contact_id", String(36), ForeignKey(contacts.c.id), primary_key=True),
    Column("tag_id", String(64), ForeignKey(tags.c.id), primary_key=True),
    Column("at", UTCDateTime(), nullable=False),
    Column("by_id", String(36)),  # the user
)
Index("ix_contact_tags_tag", contact_tags.c.tag_id, contact_tags.c.contact_id)
