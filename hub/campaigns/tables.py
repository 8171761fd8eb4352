"""Rows of campaigns: what is sent to whom at which pace, and what became of each person."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, SmallInteger, String, Table

from hub.customers.groups.tables import customer_groups
from hub.customers.tables import customers
from hub.storage import Json, UTCDateTime, metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("purpose", String(12), nullable=False),  # marketing, survey
    Column("channel", String(16), nullable=False),
    Column("entry_point_id", String(64), nullable=False),  # from where it is sent
    Column("state", String(12), nullable=False),  # model.State
    Column("group_id", String(36), ForeignKey(customer_groups.c.id)),  # NULL: a list of customers
    Column("branches", Json()),  # of whose customers; NULL: of all
    Column("material", String(120)),
    Column("survey_key", String(64)),
    Column("starts_at", UTCDateTime(), nullable=False),  # nothing goes out before
    Column("ends_at", UTCDateTime(), nullable=False),  # or from then on
    Column("result_days", SmallInteger, nullable=False),  # how long a result counts for it
    Column("pace_per_hour", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("made_by", String(36), nullable=False),
    Column("started_at", UTCDateTime()),
    Column("resumed_at", UTCDateTime()),  # gone on with, the last time
    Column("finished_at", UTCDateTime()),  # done or stopped
    Column("paused_why", String(16)),  # model.Halt; NULL: nobody but a user paused it
    # Who is in it is written down page by page once it runs.
    Column("filled_to", String(36)),  # the last customer; NULL: all are
    Column("next_at", UTCDateTime()),  # its timer: when the next one may go out
    Column("collected_to", String(36)),  # results are looked for page by page, again and again
    Column("collect_at", UTCDateTime()),
    Column("collected_at", UTCDateTime()),  # the last time all were
)
_due = campaigns.c.next_at.is_not(None)
Index("ix_campaigns_due", campaigns.c.next_at, sqlite_where=_due, postgresql_where=_due)
_collecting = campaigns.c.collect_at.is_not(None)
Index(
    "ix_campaigns_collect",
    campaigns.c.collect_at,
    sqlite_where=_collecting,
    postgresql_where=_collecting,
)
Index("ix_campaigns_newest", campaigns.c.made_at, campaigns.c.id)

campaign_arms = Table(
    "campaign_arms",
    metadata,
    Column("campaign_id", String(36), ForeignKey(campaigns.c.id), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("share", SmallInteger, nullable=False),
    Column("holdout", Boolean, nullable=False),
    Column("texts", Json(), nullable=False),  # by language: subject, text
)

campaign_people = Table(
    "campaign_people",
    metadata,
    Column("campaign_id", String(36), ForeignKey(campaigns.c.id), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), primary_key=True),  # as listed
    Column("arm", String(64), nullable=False),  # "" while it is only listed
    Column("state", String(12), nullable=False),  # model.PersonState
    Column("reason", String(24)),
    Column("due_at", UTCDateTime()),
    Column("at", UTCDateTime()),  # sent, or left out
    Column("identity_id", String(36)),
    Column("conversation_id", String(36)),
    Column("interaction_id", String(36)),
    # What came of it within the campaign's result days.
    Column("replied_at", UTCDateTime()),
    Column("answered_at", UTCDateTime()),
    Column("score", SmallInteger),
    Column("ordered_at", UTCDateTime()),
)
_waiting = campaign_people.c.state == "due"
Index(
    "ix_campaign_people_due",
    campaign_people.c.campaign_id,
    campaign_people.c.due_at,
    campaign_people.c.customer_id,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)
Index("ix_campaign_people_state", campaign_people.c.campaign_id, campaign_people.c.state)
_written = campaign_people.c.interaction_id.is_not(None)
Index(  # whether the last ones arrived
    "ix_campaign_people_written",
    campaign_people.c.campaign_id,
    campaign_people.c.at,
    sqlite_where=_written,
    postgresql_where=_written,
)
Index("ix_campaign_people_customer", campaign_people.c.customer_id)
_at_address = campaign_people.c.identity_id.is_not(None)
Index(  # an undo of an import asks who speaks of an address
    "ix_campaign_people_identity",
    campaign_people.c.identity_id,
    sqlite_where=_at_address,
    postgresql_where=_at_address,
)
