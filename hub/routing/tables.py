"""Rows of the contact queue. Times UTC; ids UUIDv7; what the set-up names uses its key.

The routing columns of a waiting contact are on `contacts` (hub/contacts/tables.py). Loads include
pending offers, so an offer and an accept are guarded by the same columns.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    false,
    text,
)

from hub.storage import Json, UTCDateTime, metadata, partial_index

# The one row with all rules of the queue, as `hub apply` left them (RoutingSettings as JSON text:
# readers decode a text once and keep it while it is the same).
routing_setup = Table(
    "routing_setup",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("document", Text, nullable=False),
    # When a set-up was put in force last, also one with the same rules (settings.setup_stamp).
    Column("applied_at", UTCDateTime(), nullable=False),
)

tiers = Table(
    "tiers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("position", Integer, nullable=False),  # 0 is the best
    Column("chip", Boolean, nullable=False),  # shown as a chip
    Column("agents_see", String(32), nullable=False),  # the tier agents are shown instead
    Column("retired", Boolean, nullable=False, default=False),
)

queues = Table(
    "queues",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("position", Integer, nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
    # As a supervisor has set it (`queue_states`); NULL: open. `state_until`: opens by itself then.
    Column("state", String(8)),
    Column("state_reason", String(200)),
    Column("state_by", String(36)),
    Column("state_since", UTCDateTime()),
    Column("state_until", UTCDateTime()),
)
_stopped = queues.c.state_until.is_not(None)
Index("ix_queues_until", queues.c.state_until, sqlite_where=_stopped, postgresql_where=_stopped)

# Which teams serve a queue: an agent serves the queues of all their teams.
queue_teams = Table(
    "queue_teams",
    metadata,
    Column("queue_id", String(64), ForeignKey(queues.c.id), primary_key=True),
    Column("team_id", String(64), primary_key=True),
)
Index("ix_queue_teams_team", queue_teams.c.team_id)

skills = Table(
    "skills",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
)

agents = Table(
    "agents",
    metadata,
    Column("id", String(36), primary_key=True),  # the user's id
    Column("state", String(12), nullable=False),
    Column("reason", String(64)),
    Column("state_since", UTCDateTime(), nullable=False),
    Column("next_state", String(12)),  # taken once the last contact is done
    Column("next_reason", String(64)),
    Column(
        "present_until", UTCDateTime(), nullable=False
    ),  # presence: a lease renewed by heartbeat
    Column("profile_id", String(64)),
    Column("capacity", SmallInteger, nullable=False),
    Column("live_load", SmallInteger, nullable=False, default=0),
    Column("deferred_load", SmallInteger, nullable=False, default=0),  # interruptible contacts
    Column("missed", SmallInteger, nullable=False, default=0),  # missed offers in a row
    Column("idle_since", UTCDateTime()),
    Column("version", Integer, nullable=False, default=1),
    CheckConstraint("live_load >= 0 AND live_load <= capacity", name="live_load"),
    CheckConstraint("deferred_load >= 0 AND deferred_load <= capacity", name="deferred_load"),
)
_not_offline = agents.c.state != "offline"
Index(
    "ix_agents_present",
    agents.c.present_until,
    sqlite_where=_not_offline,
    postgresql_where=_not_offline,
)

# Contacts of a channel that an agent holds or is offered, and how many they may.
agent_channels = Table(
    "agent_channels",
    metadata,
    Column("agent_id", String(36), ForeignKey(agents.c.id), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("open", SmallInteger, nullable=False, default=0),
    Column("maximum", SmallInteger, nullable=False),
    Column("cost", SmallInteger, nullable=False),
    Column("rest_until", UTCDateTime()),
    # Since when it rings nowhere for them (`reaching`); NULL: it does, or nothing is known of it.
    Column("lost_at", UTCDateTime()),
    # That is so for too long to count as a short loss: they are offered nothing of the channel.
    Column("unreached", Boolean, nullable=False, default=False, server_default=false()),
    CheckConstraint("open >= 0", name="open"),
)
# In the words of their indexes, which SQLite does not know again where they are written otherwise.
JUST_LOST = text("lost_at IS NOT NULL AND NOT unreached")
UNREACHED = text("unreached")
partial_index("ix_agent_channels_lost", agent_channels.c.lost_at, where=JUST_LOST)
partial_index("ix_agent_channels_unreached", agent_channels.c.agent_id, where=UNREACHED)

agent_skills = Table(
    "agent_skills",
    metadata,
    Column("agent_id", String(36), ForeignKey(agents.c.id), primary_key=True),
    Column("skill_id", String(64), primary_key=True),
    Column("proficiency", SmallInteger, nullable=False),
    CheckConstraint("proficiency >= 1 AND proficiency <= 5", name="proficiency"),
)

# Time in state, for adherence and occupancy; at most one interval of an agent is running.
agent_intervals = Table(
    "agent_intervals",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agent_id", String(36), ForeignKey(agents.c.id), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(64)),
    Column("started_at", UTCDateTime(), nullable=False),
    Column("ended_at", UTCDateTime()),
)
_running = agent_intervals.c.ended_at.is_(None)
Index(
    "uq_agent_intervals_running",
    agent_intervals.c.agent_id,
    unique=True,
    sqlite_where=_running,
    postgresql_where=_running,
)
Index("ix_agent_intervals_agent", agent_intervals.c.agent_id, agent_intervals.c.started_at)
_away = agent_intervals.c.state == text("'not_ready'")
partial_index("ix_agent_intervals_reason", agent_intervals.c.reason, where=_away)

offers = Table(
    "offers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact_id", String(36), ForeignKey("contacts.id"), nullable=False),
    Column("agent_id", String(36), ForeignKey(agents.c.id), nullable=False),
    Column("queue_id", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("cost", SmallInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("expires_at", UTCDateTime(), nullable=False),
    Column("resolved_at", UTCDateTime()),
    Column("reason", String(200)),  # why declined or withdrawn
    Column("why", Json(), nullable=False),  # the decision record (record.Why)
)
_pending = offers.c.state == "pending"
Index(
    "uq_offers_pending",
    offers.c.contact_id,
    unique=True,
    sqlite_where=_pending,
    postgresql_where=_pending,
)
Index("ix_offers_agent", offers.c.agent_id, sqlite_where=_pending, postgresql_where=_pending)
Index("ix_offers_expires", offers.c.expires_at, sqlite_where=_pending, postgresql_where=_pending)
_missed = offers.c.state == text("'expired'")
partial_index("ix_offers_missed", offers.c.agent_id, offers.c.made_at, where=_missed)
_declined = offers.c.state == text("'declined'")
partial_index("ix_offers_declined", offers.c.reason, where=_declined)
Index("ix_offers_contact", offers.c.contact_id, offers.c.made_at)

assignments = Table(
    "assignments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact_id", String(36), ForeignKey("contacts.id"), nullable=False),
    Column("agent_id", String(36), ForeignKey(agents.c.id), nullable=False),
    Column("offer_id", String(36)),  # NULL: taken without an offer
    Column("queue_id", String(64)),
    Column("channel", String(16), nullable=False),
    Column("cost", SmallInteger, nullable=False),
    # Its customer is silent: it counts in no load until they write again (`aside`).
    Column("aside", Boolean, nullable=False, default=False, server_default=false()),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("connect_by", UTCDateTime()),  # deadline from accept to connected; NULL once it is
    Column("ended_at", UTCDateTime()),
    Column("ended_why", String(20)),  # closed, parked, transferred, untouched, interrupted, lost …
)
_open = assignments.c.ended_at.is_(None)
Index(
    "uq_assignments_open",
    assignments.c.contact_id,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index("ix_assignments_agent", assignments.c.agent_id, sqlite_where=_open, postgresql_where=_open)
Index("ix_assignments_day", assignments.c.agent_id, assignments.c.made_at)
Index("ix_assignments_offer", assignments.c.offer_id)
_connecting = assignments.c.connect_by.is_not(None) & assignments.c.ended_at.is_(None)
Index(
    "ix_assignments_connect",
    assignments.c.connect_by,
    sqlite_where=_connecting,
    postgresql_where=_connecting,
)
Index("ix_assignments_rate", assignments.c.queue_id, assignments.c.made_at)

# Who let a contact pass a moment ago: not offered to them again until then, longer each time.
exclusions = Table(
    "exclusions",
    metadata,
    Column("contact_id", String(36), ForeignKey("contacts.id"), primary_key=True),
    Column("agent_id", String(36), ForeignKey(agents.c.id), primary_key=True),
    Column("until", UTCDateTime(), nullable=False),
    Column("times", SmallInteger, nullable=False),
)
