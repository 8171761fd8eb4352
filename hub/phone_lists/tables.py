"""Rows of phone lists: whom agents call, how often, and what came of each attempt."""

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
    and_,
)

from hub.customers.groups.tables import customer_groups
from hub.customers.tables import customers
from hub.storage import Json, UTCDateTime, metadata, partial_index

phone_lists = Table(
    "phone_lists",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("purpose", String(12), nullable=False),  # marketing, survey, service
    Column("mode", String(12), nullable=False),  # model.Mode
    Column("entry_point_id", String(64), nullable=False),  # the line that calls
    Column("queue_id", String(64), nullable=False),
    Column("state", String(12), nullable=False),  # campaigns.model.State
    Column("group_id", String(36), ForeignKey(customer_groups.c.id)),  # NULL: a list of customers
    Column("branches", Json()),  # of whose customers; NULL: of all
    Column("material", String(120)),
    Column("starts_at", UTCDateTime(), nullable=False),
    Column("ends_at", UTCDateTime(), nullable=False),
    Column("window_from", String(5), nullable=False),  # HH:MM on the customer's clock
    Column("window_until", String(5), nullable=False),
    Column("days", Json(), nullable=False),  # ISO days of the week
    Column("attempts", SmallInteger, nullable=False),
    Column("gaps", Json(), nullable=False),  # seconds, by result
    Column("preview_s", SmallInteger, nullable=False),
    Column("abandon_permille", SmallInteger, nullable=False),
    Column("detects_machines", Boolean, nullable=False),
    Column("script_zh", Text, nullable=False),
    Column("script_en", Text, nullable=False),
    Column("arms", Json(), nullable=False),  # key, share, holdout
    Column("version", Integer, nullable=False),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("made_by", String(36), nullable=False),
    Column("started_at", UTCDateTime()),
    Column("finished_at", UTCDateTime()),
    Column("paused_why", String(16)),  # model.Halt; NULL: nobody but a user paused it
    Column("filled_to", String(36)),  # people are written down page by page; NULL: all are
    Column("next_at", UTCDateTime()),  # its timer
)
_due = phone_lists.c.next_at.is_not(None)
partial_index("ix_phone_lists_due", phone_lists.c.next_at, where=_due)
Index("ix_phone_lists_newest", phone_lists.c.made_at, phone_lists.c.id)

phone_list_people = Table(
    "phone_list_people",
    metadata,
    Column("list_id", String(36), ForeignKey(phone_lists.c.id), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), primary_key=True),  # as listed
    Column("arm", String(64), nullable=False),  # "" while it is only listed
    Column("state", String(12), nullable=False),  # model.PersonState
    Column("reason", String(24)),
    Column("due_at", UTCDateTime()),
    Column("agreed", Boolean, nullable=False),  # `due_at` is what they asked for
    Column("failed", SmallInteger, nullable=False),  # attempts that reached nobody
    Column("tried", Json(), nullable=False),  # by identity: how often; -1: not theirs
    Column("identity_id", String(36)),  # of the number that is next, or was last
    Column("contact_id", String(36)),  # of the attempt that is next, under way, or was last
    Column("last_at", UTCDateTime()),
    Column("last_result", String(16)),  # model.Result
)
_waits = phone_list_people.c.state == "due"
Index(
    "ix_phone_list_people_due",
    phone_list_people.c.list_id,
    phone_list_people.c.due_at,
    phone_list_people.c.customer_id,
    sqlite_where=_waits,
    postgresql_where=_waits,
)
Index(  # what the report counts is read in it alone
    "ix_phone_list_people_state",
    phone_list_people.c.list_id,
    phone_list_people.c.state,
    phone_list_people.c.arm,
    phone_list_people.c.reason,
)
Index("ix_phone_list_people_customer", phone_list_people.c.customer_id)
_has_contact = phone_list_people.c.contact_id.is_not(None)
partial_index("ix_phone_list_people_contact", phone_list_people.c.contact_id, where=_has_contact)
_has_number = phone_list_people.c.identity_id.is_not(None)
partial_index("ix_phone_list_people_identity", phone_list_people.c.identity_id, where=_has_number)

phone_list_attempts = Table(
    "phone_list_attempts",
    metadata,
    Column("contact_id", String(36), primary_key=True),
    Column("list_id", String(36), ForeignKey(phone_lists.c.id), nullable=False),
    Column("customer_id", String(36), nullable=False),  # as listed
    Column("arm", String(64), nullable=False),
    Column("identity_id", String(36), nullable=False),
    Column("by_itself", Boolean, nullable=False),  # the hub dialled, no agent pressed a key
    Column("dialled_at", UTCDateTime(), nullable=False),
    Column("answered_at", UTCDateTime()),  # somebody or something picked up
    Column("answered_by", String(8)),  # model.AnsweredBy
    Column("joined_at", UTCDateTime()),  # an agent was heard
    Column("ended_at", UTCDateTime()),  # it did not come about
    Column("abandoned", Boolean, nullable=False),
    Column("result", String(16)),  # model.Result
    Column("talked_ms", Integer),  # NULL: not in the figures yet
)
Index(
    "ix_phone_list_attempts_list", phone_list_attempts.c.list_id, phone_list_attempts.c.dialled_at
)
_undecided = and_(
    phone_list_attempts.c.joined_at.is_(None), phone_list_attempts.c.ended_at.is_(None)
)
Index(
    "ix_phone_list_attempts_undecided",
    phone_list_attempts.c.list_id,
    phone_list_attempts.c.dialled_at,
    sqlite_where=_undecided,
    postgresql_where=_undecided,
)
_talked = phone_list_attempts.c.joined_at.is_not(None)
Index(  # who was reached is counted in it alone
    "ix_phone_list_attempts_talked",
    phone_list_attempts.c.list_id,
    phone_list_attempts.c.arm,
    phone_list_attempts.c.customer_id,
    phone_list_attempts.c.result,
    phone_list_attempts.c.answered_by,
    sqlite_where=_talked,
    postgresql_where=_talked,
)
_not_added = and_(_talked, phone_list_attempts.c.talked_ms.is_(None))
Index(
    "ix_phone_list_attempts_not_added",
    phone_list_attempts.c.list_id,
    phone_list_attempts.c.arm,
    sqlite_where=_not_added,
    postgresql_where=_not_added,
)
Index("ix_phone_list_attempts_identity", phone_list_attempts.c.identity_id)
Index("ix_phone_list_attempts_customer", phone_list_attempts.c.customer_id)

# What was decided of attempts, by the hour (UTC) in which they were dialled; written by `figures`.
phone_list_hours = Table(
    "phone_list_hours",
    metadata,
    Column("list_id", String(36), ForeignKey(phone_lists.c.id), primary_key=True),
    Column("hour", UTCDateTime(), primary_key=True),
    Column("answered", Integer, nullable=False),  # by a person
    Column("abandoned", Integer, nullable=False),  # of these
)

# What the report says of attempts, by the same.
phone_list_figures = Table(
    "phone_list_figures",
    metadata,
    Column("list_id", String(36), ForeignKey(phone_lists.c.id), primary_key=True),
    Column("arm", String(64), primary_key=True),
    Column("result", String(16), primary_key=True),  # "": none yet
    Column("dialled", Integer, nullable=False),
    Column("heard", Integer, nullable=False),  # somebody or something picked up
    Column("machines", Integer, nullable=False),  # of these
    Column("abandoned", Integer, nullable=False),
    Column("talked_ms", BigInteger, nullable=False),
)

do_not_call = Table(
    "do_not_call",
    metadata,
    Column("number", String(32), primary_key=True),  # E.164
    Column("source", String(120), nullable=False),
    Column("added_at", UTCDateTime(), nullable=False),
    Column("added_by", String(36)),
)
Index("ix_do_not_call_newest", do_not_call.c.added_at, do_not_call.c.number)
