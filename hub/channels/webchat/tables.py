"""Rows of web chat: visitor sessions and uploads not yet part of a message."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from hub.storage import UTCDateTime, metadata
from hub.storage.partial import partial_index

webchat_visitors = Table(
    "webchat_visitors",
    metadata,
    Column("id", String(36), primary_key=True),  # also the value of the visitor's identity
    Column("entry_point_id", String(64), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256, hex
    # After a rotation the old token stays good until the page has used the new one.
    Column("previous_hash", String(64), nullable=True, unique=True),
    Column("conversation_id", String(36), nullable=True),
    Column("name", String(200), nullable=False),
    Column("email", String(254), nullable=False),
    Column("external_id", String(200), nullable=True),  # `sub` of the site's signed identity
    Column("signed_email", String(254), nullable=True),  # `email` of it, which proves the address
    Column("signed_at", UTCDateTime(), nullable=True),  # when the site last did, to the hour
    Column("proven_email", String(254), nullable=True),  # by a code that was mailed there
    Column("proven_at", UTCDateTime(), nullable=True),  # and when: a proof ends
    Column("language", String(35), nullable=False),
    Column("survey_contact_id", String(36), nullable=True),  # asked and not yet answered
    # Whose visit this goes on with, who came back by a link in a mail: they write as that visitor.
    Column("speaks_as", String(36), nullable=True),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("last_seen_at", UTCDateTime(), nullable=False),
    Column("rotated_at", UTCDateTime(), nullable=False),
)
Index("ix_webchat_visitors_conversation_id", webchat_visitors.c.conversation_id)
# Another device of the same customer looks for their conversation.
partial_index(
    "ix_webchat_visitors_signed",
    webchat_visitors.c.entry_point_id,
    webchat_visitors.c.external_id,
    where=webchat_visitors.c.external_id.is_not(None),
)
# Who is erased is forgotten with those that went on with their visit.
partial_index(
    "ix_webchat_visitors_speaks_as",
    webchat_visitors.c.speaks_as,
    where=webchat_visitors.c.speaks_as.is_not(None),
)
# The sweep asks for the longest unseen.
Index("ix_webchat_visitors_last_seen_at", webchat_visitors.c.last_seen_at)

webchat_uploads = Table(
    "webchat_uploads",
    metadata,
    Column("id", String(36), primary_key=True),
    Column(
        "visitor_id",
        String(36),
        ForeignKey("webchat_visitors.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("blob_id", String(36), nullable=False),
    Column("name", String(255), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("found", String(200), nullable=True),  # what the scanner said: kept, never sent
    Column("created_at", UTCDateTime(), nullable=False),
)
Index("ix_webchat_uploads_visitor_id", webchat_uploads.c.visitor_id)
Index("ix_webchat_uploads_blob", webchat_uploads.c.blob_id)
