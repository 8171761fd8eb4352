"""Answers that wait for their time. Once it went out, or was taken back, there is no row.

Which were taken back is known for a day: a copy of one that comes late is not put aside again.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from hub.contacts.tables import contacts
from hub.storage import Json, UTCDateTime, metadata, partial_index

scheduled_replies = Table(
    "scheduled_replies",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact_id", String(36), ForeignKey(contacts.c.id), nullable=False),
    Column("agent_id", String(36), nullable=False),
    Column("agent_name", String(200), nullable=False),
    Column("client_id", String(80), nullable=False),
    Column("document", Text, nullable=False),  # model.Answer as JSON
    Column("send_at", UTCDateTime(), nullable=False),
    Column("made_at", UTCDateTime(), nullable=False),
    # How far each conversation of the contact was when its agent last agreed to it, {id: seq}: what
    # the customer says later on any of them holds it. NULL: nothing does, it is only to be taken
    # back for some seconds.
    Column("after_seqs", Json()),
    Column("held", String(80)),  # why it waits for its agent's word: a code
    Column("held_detail", Text),
    Column("version", Integer, nullable=False, default=1),
)
Index("ix_scheduled_replies_contact", scheduled_replies.c.contact_id)
Index(
    "uq_scheduled_replies_client",
    scheduled_replies.c.agent_id,
    scheduled_replies.c.client_id,
    unique=True,
)
partial_index("ix_scheduled_replies_due", scheduled_replies.c.send_at, where=text("held IS NULL"))

answers_taken_back = Table(
    "answers_taken_back",
    metadata,
    Column("agent_id", String(36), primary_key=True),
    Column("client_id", String(80), primary_key=True),
    Column("at", UTCDateTime(), nullable=False),
)
Index("ix_answers_taken_back_at", answers_taken_back.c.at)
