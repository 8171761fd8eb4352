"""Rows of what customers are worth: the runs, the figures of each customer, rules, objections."""

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
    text,
)

from hub.customers.tables import customers
from hub.storage import Json, UTCDateTime, metadata

# One for each time figures or tiers came out otherwise than before; `digest` tells them apart.
tier_runs = Table(
    "tier_runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("at", UTCDateTime(), nullable=False),  # when it was made
    Column("window_from", UTCDateTime(), nullable=False),
    Column("window_until", UTCDateTime(), nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("revenue_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("best_count", Integer, nullable=False),
    Column("tail_count", Integer, nullable=False),
    Column("tail_top_minor", BigInteger, nullable=False),
    Column("loss_making", Integer, nullable=False),
    Column("potential", Integer, nullable=False),
    Column("moves", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(12), nullable=False),  # running, done
    Column("report", Json()),  # all of it, as the command prints it; NULL while it is running
)
Index("ix_tier_runs_at", tier_runs.c.at, tier_runs.c.id)

# What each customer was worth in the newest run; `run_id` is the one that changed the row last.
customer_values = Table(
    "customer_values",
    metadata,
    Column("customer_id", String(36), ForeignKey(customers.c.id), primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("revenue_minor", BigInteger, nullable=False),
    Column("margin_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger, nullable=False),  # to serve them
    Column("profit_minor", BigInteger, nullable=False),
    Column("newer_minor", BigInteger, nullable=False),  # revenue of the window's newer half
    Column("trend_ppm", Integer, nullable=False),
    Column("rank", Integer),  # NULL: bought nothing in the window
    Column("share_ppm", BigInteger),  # what those above make of the revenue
    Column("orders", Integer, nullable=False),
    Column("first_at", UTCDateTime(), nullable=False),
    Column("last_at", UTCDateTime(), nullable=False),
    Column("rfm", SmallInteger),
    Column("named_segment", String(20), nullable=False),  # model.RfmName
    Column("computed_tier", String(32), nullable=False),  # by the rules, whatever counts
    Column("flags", SmallInteger, nullable=False),  # model.Flag
    Column("clv_minor", BigInteger),
    info={"follows": "customer"},  # computed: no reason for a customer to stay
)
Index("ix_customer_values_named", customer_values.c.named_segment, customer_values.c.customer_id)
_loss = text("(flags & 8) <> 0")
Index(
    "ix_customer_values_loss",
    customer_values.c.profit_minor,
    customer_values.c.customer_id,
    sqlite_where=_loss,
    postgresql_where=_loss,
)

# Rules are never changed: a new version takes over from `effective_from` on.
tier_rule_sets = Table(
    "tier_rule_sets",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("effective_from", UTCDateTime(), nullable=False),
    Column("document", Json(), nullable=False),
    Column("made_by", String(36)),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("note", Text, nullable=False),
)

# A customer who would not be judged by a rule has the usual tier, and a person looks at it.
tier_objections = Table(
    "tier_objections",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("objected_at", UTCDateTime(), nullable=False),
    Column("taken_by", String(36)),  # the user who wrote it down
    Column("text", Text, nullable=False),
    Column("tier_before", String(32), nullable=False),
    Column("state", String(12), nullable=False),  # open, upheld, dismissed
    Column("decided_by", String(36)),
    Column("decided_at", UTCDateTime()),
    Column("decision_note", Text),
)
_open = tier_objections.c.state == "open"
Index(
    "ix_tier_objections_open",
    tier_objections.c.objected_at,
    tier_objections.c.id,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index("ix_tier_objections_customer", tier_objections.c.customer_id)
