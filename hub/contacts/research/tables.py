"""Answers to surveys and what they add up to: of an identity, so of today's customer."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from hub.storage import Json, UTCDateTime, metadata

# One answer to one question. `contact_id`: the contact it was asked about. `external_id`: its name
# in the system that told of it.
survey_answers = Table(
    "survey_answers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), nullable=False),
    Column("contact_id", String(36)),
    Column("campaign_id", String(64)),
    Column("survey_key", String(64), nullable=False),
    Column("question_key", String(64), nullable=False),  # model.SATISFACTION is the one that counts
    Column("score", SmallInteger),
    Column("answer", Text),
    Column("at", UTCDateTime(), nullable=False),  # answered
    Column("source", String(64), nullable=False),  # contact, campaign, or the name of a feed
    Column("external_id", String(120)),
    Column("received_at", UTCDateTime(), nullable=False),
)
Index("ix_survey_answers_identity", survey_answers.c.identity_id, survey_answers.c.at)
# Leads with the time: SQLite, without statistics, would take it for any look-up of one question.
Index("ix_survey_answers_at", survey_answers.c.at, survey_answers.c.question_key)
_of_contact = survey_answers.c.contact_id.is_not(None)
Index(
    "ix_survey_answers_contact",
    survey_answers.c.contact_id,
    sqlite_where=_of_contact,
    postgresql_where=_of_contact,
)
_named = survey_answers.c.external_id.is_not(None)
Index(
    "uq_survey_answers_external",
    survey_answers.c.source,
    survey_answers.c.external_id,
    unique=True,
    sqlite_where=_named,
    postgresql_where=_named,
)

# Who was asked by a link. Of its token only the hash is kept; the token itself is in the mail.
survey_asks = Table(
    "survey_asks",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), nullable=False),
    Column("contact_id", String(36)),
    Column("campaign_id", String(64)),
    Column("survey_key", String(64), nullable=False),
    Column("entry_point_id", String(64)),  # whose mail has the link
    Column("language", String(16)),
    Column("asked_at", UTCDateTime(), nullable=False),
    Column("expires_at", UTCDateTime(), nullable=False),
    Column("answered_at", UTCDateTime()),
)
Index("ix_survey_asks_identity", survey_asks.c.identity_id, survey_asks.c.asked_at)

# What the satisfaction of an address adds up to, kept with each answer.
customer_satisfaction = Table(
    "customer_satisfaction",
    metadata,
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("mean_ppm", Integer, nullable=False),  # of a point: 4.25 is 4,250,000
    Column("last", SmallInteger, nullable=False),
    Column("last_at", UTCDateTime(), nullable=False),
    Column("zone", String(12), nullable=False),  # model.Zone of the last; supervisors' alone
    Column("trend", SmallInteger, nullable=False),  # -1 falls, 0 stays, 1 rises
    Column("recent", Json(), nullable=False),  # the newest scores, newest first
)
