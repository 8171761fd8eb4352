"""Rows of the contact store. Times UTC; ids UUIDv7; things named in the configuration use their
key.

Conversations and interactions refer to an identity, never to a customer: a merge of customers is a
re-pointing of identities and stays reversible (knowledge.md).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from hub.storage import Json, UTCDateTime, metadata, partial_index

entry_points = Table(
    "entry_points",
    metadata,
    Column("id", String(64), primary_key=True),  # its key in the configuration
    Column("channel", String(16), nullable=False),
    Column("address", String(320), nullable=False),
    Column("queue_id", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("display_name", String(200), nullable=False),
    Column("region", String(2), nullable=False),  # ISO 3166: how its callers' numbers are read
    Column("acknowledges", Boolean, nullable=False),  # answers a first message with a receipt
    Column("settings", Json(), nullable=False),  # the channel's own part
    Column("retired", Boolean, nullable=False, default=False),
)

# How many acknowledgements a mailbox sent lately, and until when it sends none.
acknowledgement_breakers = Table(
    "acknowledgement_breakers",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("window_started_at", UTCDateTime(), nullable=False),
    Column("sent", Integer, nullable=False),
    Column("open_until", UTCDateTime()),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("entry_point_id", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("identity_id", String(36), nullable=False),
    Column("subject", Text),
    Column("language", String(16)),
    Column("last_seq", Integer, nullable=False),
    Column("last_at", UTCDateTime(), nullable=False),
    Column("customer_read_seq", Integer, nullable=False, default=0),
    Column("last_agent_id", String(36)),
    Column("last_agent_at", UTCDateTime()),
    # When its customer last left while they waited, and how long they had waited: kept for who
    # comes back soon, nothing once they have (routing.md 3.8).
    Column("left_at", UTCDateTime()),
    Column("left_waited_us", BigInteger),
    Column("acknowledged_at", UTCDateTime()),
    Column("promised_at", UTCDateTime()),  # what the acknowledgement promised
    Column("created_at", UTCDateTime(), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    # A chat that goes on by mail (hub.contacts.by_mail): where its customer is written to once the
    # page is gone, when what they have not read goes there, how far it went, and by which channel
    # they were heard last (NULL: by the conversation's own).
    Column("mail_to", String(254)),
    Column("mail_due_at", UTCDateTime()),
    Column("mailed_seq", Integer, nullable=False, default=0, server_default="0"),
    Column("heard_by", String(16)),
)
_to_be_mailed = conversations.c.mail_due_at.is_not(None)
partial_index("ix_conversations_mail_due", conversations.c.mail_due_at, where=_to_be_mailed)
# Not by time: a sender has few conversations, and a message would move its entry each time.
Index("ix_conversations_sender", conversations.c.identity_id, conversations.c.entry_point_id)

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),  # what people say: "7KQ2-M4XD"
    Column("conversation_id", String(36), ForeignKey(conversations.c.id), nullable=False),
    Column("identity_id", String(36), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("entry_point_id", String(64), nullable=False),
    Column("queue_id", String(64), nullable=False),
    Column("tier", String(32), nullable=False),
    Column("direction", String(8), nullable=False, default="in"),  # who opened it: in, out
    Column("state", String(12), nullable=False),
    Column("state_since", UTCDateTime(), nullable=False),
    Column("ended_as", String(16)),
    Column("language", String(16)),
    Column("subject", Text),
    Column(
        "preview", Text, nullable=False, default=""
    ),  # the newest public message, 200 characters
    Column("unread", Integer, nullable=False, default=0),
    Column("opened_at", UTCDateTime(), nullable=False),
    Column("enqueued_at", UTCDateTime(), nullable=False),
    Column("last_message_at", UTCDateTime(), nullable=False),
    Column("unanswered_since", UTCDateTime()),  # the oldest customer message without our answer
    Column("answered_at", UTCDateTime()),  # first answer: audio joined, or first human reply sent
    Column("closed_at", UTCDateTime()),
    # routing: urgency = (calendar clock now - virtual_start_us) / target (routing.md 1)
    Column("calendar_id", String(64), nullable=False),  # "wall", or the queue's business calendar
    Column("target_s", Integer, nullable=False),
    Column("virtual_start_us", BigInteger, nullable=False),  # microseconds on that calendar's clock
    Column("waited_us", BigInteger, nullable=False, default=0),  # waited so far, while not waiting
    Column("priority", SmallInteger, nullable=False, default=0),
    Column("requirements", Json(), nullable=False),  # {skill: least proficiency 1-5}
    Column("skill_step", SmallInteger, nullable=False, default=0),
    Column("step_until", UTCDateTime()),
    Column("agent_id", String(36)),  # who holds it, or who is offered it
    Column("preferred_agent_id", String(36)),
    Column("preferred_until", UTCDateTime()),
    Column("promise", String(16)),  # whose targets it goes by, where not its channel's: voicemail
    Column("told_position", Integer),  # the best place its customer was told (routing.md 3.14)
    Column("to_call_since", UTCDateTime()),  # its customer is called before anybody is offered it
    Column("interrupted_until", UTCDateTime()),  # set aside for a live contact: returns then
    Column("untouched_until", UTCDateTime()),  # its agent does nothing with it: returns then
    # A customer who is there live and says nothing after our last word (routing.md 3.6): when the
    # next step is taken, and since when they are reminded and it costs its agent nothing.
    Column("quiet_until", UTCDateTime()),
    Column("reminded_at", UTCDateTime()),
    Column("parked_until", UTCDateTime()),
    Column("wrap_until", UTCDateTime()),
    Column("wrap_extensions", SmallInteger, nullable=False, default=0),
    Column("sla_policy_id", String(64)),  # whose deadlines it has (routing.md 3.15)
    Column("promised_at", UTCDateTime()),  # told its customer: its first answer is due by then
    Column("sla_stale_at", UTCDateTime()),  # since then its policy may be another: it is looked at
    # disposition
    Column("reason_id", String(64)),
    Column("outcome_id", String(64)),
    Column("next_action", String(64)),
    Column("disposition_note", Text),
    Column("disposition_fields", Json()),  # what the reason or outcome asks besides, by key
    Column("survey_score", SmallInteger),
    Column("survey_comment", Text),
    Column("quarantine_reason", Text),
    Column("raw_blob_id", String(36)),
    Column("channel_key", String(80)),  # the channel's own id of a live call
    # The reply begun and not sent (`drafts`): who last changed it (NULL: there is none), and a
    # number that rises with each change and with each answer, so that what was sent stays sent.
    Column("draft_author_id", String(36)),
    Column("draft_version", Integer, nullable=False, default=0),
    Column("tags", Json()),  # keys in the order they were put on, as rows show them; NULL: none
    # The nearest answer that is to go out later, and whether one waits for its agent's word.
    Column("scheduled_at", UTCDateTime()),
    Column("scheduled_held", Boolean, nullable=False, default=False, server_default=false()),
    Column("meta", Json(), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    # What became of what was learned in it: linked, captured, not_needed, missing; and why.
    Column("knowledge_outcome", String(12)),
    Column("knowledge_note", String(200)),
    # It turned out to be another contact and goes on there (joining); others go on in this one.
    Column("merged_into_id", String(36)),
    Column("joins", Boolean, nullable=False, default=False, server_default=false()),
    # When its customer proved by a code who they are, and until when that counts. Opened later
    # than that, it is promised what somebody new is promised.
    Column("proven_at", UTCDateTime()),
    Column("proven_until", UTCDateTime()),
    # It closes once what can still be taken back has gone out (desk.closing_later.Closes).
    Column("closes", Json()),
)
_queued = contacts.c.state == "queued"
_waiting = contacts.c.state.in_(["queued", "offered"])
_continuing = contacts.c.state.not_in(["closed", "abandoned", "wrap_up"])
# One episode of work at a time: what comes in goes on with it.
partial_index("uq_contacts_open", contacts.c.conversation_id, unique=True, where=_continuing)
# The inbox in effective order: one range per (calendar, target), merged by urgency.
partial_index(
    "ix_contacts_waiting",
    contacts.c.calendar_id,
    contacts.c.target_s,
    contacts.c.virtual_start_us,
    contacts.c.id,
    where=_queued,
)
partial_index("ix_contacts_waiting_queue", contacts.c.queue_id, contacts.c.tier, where=_waiting)
_to_call = contacts.c.to_call_since.is_not(None)
partial_index("ix_contacts_to_call", contacts.c.queue_id, where=_to_call)
_held = contacts.c.state.not_in(["closed", "abandoned", "queued"])
partial_index("ix_contacts_agent", contacts.c.agent_id, contacts.c.state, where=_held)
# What an agent has done, newest first.
_over = contacts.c.state.in_(["closed", "abandoned"]) & contacts.c.agent_id.is_not(None)
partial_index(
    "ix_contacts_agent_over",
    contacts.c.agent_id,
    contacts.c.last_message_at,
    contacts.c.id,
    where=_over,
)
Index("ix_contacts_state", contacts.c.state, contacts.c.last_message_at, contacts.c.id)
_not_known = contacts.c.knowledge_outcome == text("'missing'")
partial_index("ix_contacts_not_known", contacts.c.closed_at, contacts.c.id, where=_not_known)
Index("ix_contacts_queue_state", contacts.c.queue_id, contacts.c.state, contacts.c.last_message_at)
Index("ix_contacts_conversation", contacts.c.conversation_id, contacts.c.opened_at)
Index("ix_contacts_identity", contacts.c.identity_id, contacts.c.opened_at)
# How many contacts have a reason, an outcome, a next action.
partial_index("ix_contacts_reason", contacts.c.reason_id, where=contacts.c.reason_id.is_not(None))
partial_index(
    "ix_contacts_outcome", contacts.c.outcome_id, where=contacts.c.outcome_id.is_not(None)
)
partial_index(
    "ix_contacts_next_action", contacts.c.next_action, where=contacts.c.next_action.is_not(None)
)
# How satisfied customers were with whom.
_scored = contacts.c.survey_score.is_not(None)
partial_index("ix_contacts_scored", contacts.c.agent_id, contacts.c.closed_at, where=_scored)
_unanswered = contacts.c.unanswered_since.is_not(None)
partial_index(
    "ix_contacts_unanswered",
    contacts.c.unanswered_since,
    contacts.c.id,
    where=_unanswered,
)
# Timers. Their state comes first: SQLite prefers all who are in a state to a range of times.
for _name, _state, _until in (
    ("wrap", "wrap_up", contacts.c.wrap_until),
    ("step", "queued", contacts.c.step_until),
    ("parked", "parked", contacts.c.parked_until),
    ("interrupted", "active", contacts.c.interrupted_until),
    ("quiet", "active", contacts.c.quiet_until),
):
    _timed = (contacts.c.state == _state) & _until.is_not(None)
    partial_index(f"ix_contacts_{_name}", contacts.c.state, _until, where=_timed)
_active = contacts.c.state == "active"
partial_index(
    "ix_contacts_untouched",
    contacts.c.state,
    contacts.c.channel,
    contacts.c.untouched_until,
    where=_active,
)
_stale = contacts.c.sla_stale_at.is_not(None)
partial_index("ix_contacts_sla_stale", contacts.c.sla_stale_at, where=_stale)
_unread = contacts.c.raw_blob_id.is_not(None)
partial_index("ix_contacts_raw_blob", contacts.c.raw_blob_id, where=_unread)
_unclassified = contacts.c.ended_as == "unclassified"
partial_index(
    "ix_contacts_unclassified",
    contacts.c.agent_id,
    contacts.c.closed_at,
    where=_unclassified,
)

interactions = Table(
    "interactions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", String(36), ForeignKey(conversations.c.id), nullable=False),
    Column("seq", Integer, nullable=False),  # dense from 1 in each conversation
    Column("contact_id", String(36)),
    Column("identity_id", String(36), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("direction", String(8), nullable=False),
    Column("author_id", String(36)),  # the user; NULL: the customer (in) or the hub (out, internal)
    Column("author_name", String(200)),
    Column("client_id", String(80)),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("subject", Text),
    Column("external_id", String(500)),  # Message-ID, CallSid: how the outside names it
    Column("delivery", String(12)),
    Column("delivery_detail", Text),
    Column("at", UTCDateTime(), nullable=False),  # when it was said
    Column("created_at", UTCDateTime(), nullable=False),  # when it was stored
    Column("raw_blob_id", String(36)),
    Column("meta", Json(), nullable=False),
    UniqueConstraint("conversation_id", "seq"),
)
Index("ix_interactions_identity", interactions.c.identity_id, interactions.c.at)
_visit = interactions.c.kind == text("'visit'")  # counted by reports
partial_index("ix_interactions_visits", interactions.c.at, interactions.c.id, where=_visit)
_fax = interactions.c.channel == text("'fax'")  # counted by reports
partial_index("ix_interactions_faxes", interactions.c.at, interactions.c.id, where=_fax)
_external = interactions.c.external_id.is_not(None)
partial_index("ix_interactions_external", interactions.c.external_id, where=_external)
_raw = interactions.c.raw_blob_id.is_not(None)
partial_index("ix_interactions_raw_blob", interactions.c.raw_blob_id, where=_raw)
_of_client = interactions.c.client_id.is_not(None) & interactions.c.author_id.is_not(None)
partial_index(
    "uq_interactions_client",
    interactions.c.author_id,
    interactions.c.client_id,
    unique=True,
    where=_of_client,
)

# Not WITHOUT ROWID: only chats' keys come in the order of time, and the fewer bytes stand in the
# order of keys, the fewer pages a message writes.
inbound_keys = Table(
    "inbound_keys",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("dedupe_key", String(200), primary_key=True),
    Column("conversation_id", String(36), nullable=False),
    Column("interaction_id", String(36), nullable=False),
    Column("contact_id", String(36)),
    Column("seq", Integer, nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("interaction_id", String(36)),  # NULL: uploaded, not yet part of a message
    Column("uploader", String(80)),  # "user:<id>": who may attach it
    Column("contact_id", String(36)),  # in the draft of this contact: who holds it may attach it
    Column("blob_id", String(36), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", String(120), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content_id", String(300)),
    Column("created_at", UTCDateTime(), nullable=False),
)
Index("ix_attachments_interaction", attachments.c.interaction_id)
Index("ix_attachments_blob", attachments.c.blob_id)

# The reply begun for a contact and not sent: one for each, whoever holds it (routing.md 3.11).
drafts = Table(
    "drafts",
    metadata,
    Column("contact_id", String(36), ForeignKey(contacts.c.id), primary_key=True),
    Column("author_id", String(36), nullable=False),
    Column("author_name", String(200), nullable=False),
    Column("saved_at", UTCDateTime(), nullable=False),
    Column("document", Text, nullable=False),  # drafts.Words as JSON
)

segments = Table(
    "segments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact_id", String(36), ForeignKey(contacts.c.id), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("queue_id", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("tier", String(32), nullable=False),
    Column("agent_id", String(36)),
    Column("started_at", UTCDateTime(), nullable=False),
    Column("ended_at", UTCDateTime()),
    Column("ended_by", String(16)),  # the state the contact moved to
)
_running = segments.c.ended_at.is_(None)
partial_index("uq_segments_running", segments.c.contact_id, unique=True, where=_running)
Index("ix_segments_contact", segments.c.contact_id, segments.c.started_at)
Index("ix_segments_queue", segments.c.queue_id, segments.c.started_at)

reasons = Table(
    "reasons",
    metadata,
    # The path of keys when it was made: "repair/visit/late". One that moved keeps it.
    Column("id", String(64), primary_key=True),
    Column("parent_id", String(64)),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("position", Integer, nullable=False),
    Column("queues", Json(), nullable=False),  # queue keys; []: every queue
    Column("retired", Boolean, nullable=False, default=False),
    # Who came for this complains: selling stops until that is settled.
    Column("complaint", Boolean, nullable=False, default=False, server_default=false()),
    Column("asks", Json(), nullable=False, server_default=text("'[]'")),  # what closing asks for
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("position", Integer, nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
    Column("asks", Json(), nullable=False, server_default=text("'[]'")),
)

canned_responses = Table(
    "canned_responses",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("language", String(16), nullable=False),
    Column("title", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("queues", Json(), nullable=False),  # queue keys; []: every queue
    Column("retired", Boolean, nullable=False, default=False),
)
