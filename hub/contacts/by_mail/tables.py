"""Links by which a customer returns to a conversation: only what they hash to is kept."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from hub.storage import UTCDateTime, metadata

return_links = Table(
    "return_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("conversation_id", String(36), ForeignKey("conversations.id"), nullable=False),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("expires_at", UTCDateTime(), nullable=False),
)
Index("ix_return_links_conversation", return_links.c.conversation_id)
Index("ix_return_links_expires", return_links.c.expires_at)
