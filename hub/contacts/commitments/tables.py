"""Rows of commitments. Like interactions they belong to an identity, so to today's customer."""

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
)

from hub.storage import Json, UTCDateTime, in_words, metadata

commitments = Table(
    "commitments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), nullable=False),
    Column("contact_id", String(36)),  # where it was promised; NULL: on the customer's record
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("owner_id", String(64), nullable=False),  # who has to keep it: a user's id, a team's key
    Column("made_by", String(36)),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("remind_at", UTCDateTime(), nullable=False),
    Column("reminded_at", UTCDateTime()),
    Column("due_at", UTCDateTime(), nullable=False),
    Column("state", String(12), nullable=False),
    Column("broken_at", UTCDateTime()),
    Column("finished_at", UTCDateTime()),  # kept or withdrawn
    Column("finished_by", String(36)),
    Column("outcome", Text),  # how it was kept, or why it was withdrawn
    Column("version", Integer, nullable=False, default=1),
    Column("owner_kind", String(8), nullable=False, default="user", server_default="user"),
    Column("taken_by", String(36)),  # of the owning team: who does it
    Column("asked_by", String(36)),  # who wanted it done by somebody else, and is told
    Column("source_interaction_id", String(36)),  # the message or call it comes from
    Column("calendar_id", String(64)),  # by whose hours it is due; NULL: by the clock
    Column("escalated_at", UTCDateTime()),  # when supervisors were told first
    Column("tell_customer", String(8), nullable=False, default="no", server_default="no"),
    Column("told_customer_at", UTCDateTime()),
    # The customer asked for it in a message, and nobody has promised it yet.
    Column("detected", Boolean, nullable=False, default=False, server_default=false()),
    Column("product_id", String(64)),
    Column("product_name", String(200)),
    Column("price_minor", BigInteger),
    Column("currency", String(3)),
    Column("valid_until", UTCDateTime()),
    Column("window_from", UTCDateTime()),  # a visit: between these two
    Column("window_until", UTCDateTime()),
    Column("skill_id", String(64)),  # what who comes must be able to do
    Column("returned_reason", Text),  # why its last owner gave it back
    Column("campaign_id", String(36)),
    Column("first_broken_at", UTCDateTime()),  # it stays when another time is agreed on
)
# The condition on what somebody still has to do something about, as the indexes below have it.
is_unfinished = in_words(commitments.c.state, ("open", "broken"))
# The timekeeper asks only for open ones whose moment has come: two small indexes, flat at any size.
_open = commitments.c.state == "open"
Index("ix_commitments_due", commitments.c.due_at, sqlite_where=_open, postgresql_where=_open)
_unreminded = (commitments.c.state == "open") & commitments.c.reminded_at.is_(None)
Index(
    "ix_commitments_remind",
    commitments.c.remind_at,
    sqlite_where=_unreminded,
    postgresql_where=_unreminded,
)
_unfinished = commitments.c.state.in_(["open", "broken"])
Index(
    "ix_commitments_owner",
    commitments.c.owner_id,
    commitments.c.due_at,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
Index(
    "ix_commitments_identity",
    commitments.c.identity_id,
    commitments.c.due_at,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
# The lists of supervisors and admins, of everything and of one kind, earliest due first.
Index(
    "ix_commitments_unfinished",
    commitments.c.due_at,
    commitments.c.id,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
Index(
    "ix_commitments_kind",
    commitments.c.kind,
    commitments.c.due_at,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
_asked = commitments.c.state.in_(["open", "broken"]) & commitments.c.asked_by.is_not(None)
Index(
    "ix_commitments_asked",
    commitments.c.asked_by,
    commitments.c.due_at,
    sqlite_where=_asked,
    postgresql_where=_asked,
)
Index("ix_commitments_whose", commitments.c.identity_id)
Index("ix_commitments_contact", commitments.c.contact_id)
# What one customer was told that a product costs.
_priced = commitments.c.price_minor.is_not(None)
Index(
    "ix_commitments_priced",
    commitments.c.identity_id,
    commitments.c.valid_until,
    sqlite_where=_priced,
    postgresql_where=_priced,
)
# How well people keep their promises: who is ranked, by what they did lately.
is_result = in_words(commitments.c.state, ("kept", "broken"))
Index(
    "ix_commitments_record",
    commitments.c.owner_id,
    commitments.c.made_at,
    sqlite_where=is_result,
    postgresql_where=is_result,
)
_taken = commitments.c.taken_by.is_not(None)
Index(
    "ix_commitments_taken",
    commitments.c.taken_by,
    commitments.c.made_at,
    sqlite_where=_taken,
    postgresql_where=_taken,
)

# What was quoted, and when somebody was to come: counted by reports.
_quote = commitments.c.kind == "quote"
Index(
    "ix_commitments_quotes",
    commitments.c.made_at,
    commitments.c.id,
    sqlite_where=_quote,
    postgresql_where=_quote,
)
_visits = commitments.c.kind.in_(["visit", "repair"])
Index(
    "ix_commitments_visits",
    commitments.c.due_at,
    commitments.c.id,
    sqlite_where=_visits,
    postgresql_where=_visits,
)

# What happened to a commitment, in order; nothing is changed or deleted.
commitment_entries = Table(
    "commitment_entries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("commitment_id", String(36), ForeignKey(commitments.c.id), nullable=False),
    Column("seq", Integer, nullable=False),  # dense from 1 in each commitment
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("author_id", String(36)),  # NULL: the hub
    Column("author_name", String(120), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("before", Json(), nullable=False),  # what was changed, as it was
    UniqueConstraint("commitment_id", "seq"),
)

# Two quotes to one customer that cannot both be true.
commitment_conflicts = Table(
    "commitment_conflicts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("one_id", String(36), ForeignKey(commitments.c.id), nullable=False),  # the older one
    Column("other_id", String(36), ForeignKey(commitments.c.id), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("found_at", UTCDateTime(), nullable=False),
    Column("decided_at", UTCDateTime()),
    Column("decided_by", String(36)),
    Column("decision", String(12)),
    UniqueConstraint("one_id", "other_id"),
)
_undecided = commitment_conflicts.c.decided_at.is_(None)
Index(
    "ix_commitment_conflicts_undecided",
    commitment_conflicts.c.found_at,
    commitment_conflicts.c.id,
    sqlite_where=_undecided,
    postgresql_where=_undecided,
)
Index("ix_commitment_conflicts_other", commitment_conflicts.c.other_id)

# What a specialist can do; agents have their skills in the set-up.
specialist_skills = Table(
    "specialist_skills",
    metadata,
    Column("user_id", String(36), ForeignKey("users.id"), primary_key=True),
    Column("skill_id", String(64), primary_key=True),
    Column("grade", SmallInteger, nullable=False),
)
Index("ix_specialist_skills_skill", specialist_skills.c.skill_id)
