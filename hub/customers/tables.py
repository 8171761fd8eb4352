"""Rows of customers. An identity is never deleted: what came in by it goes on pointing to it."""

from sqlalchemy import (
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
    text,
)

from hub.storage import Json, UTCDateTime, metadata, partial_index

INDEXED_AS = 3  # how customers are indexed (index.py); who is indexed in an older way is done again

customers = Table(
    "customers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(12), nullable=False),  # person, organisation
    Column("name", String(200)),  # NULL: an unknown visitor until identified
    Column("language", String(16)),
    Column("tier", String(32), nullable=False),  # the one that counts
    Column("own_tier", String(32)),  # their own, where an organisation's better one counts instead
    Column("tier_source", String(12), nullable=False),
    Column("tier_reason", Text),
    Column("tier_set_at", UTCDateTime(), nullable=False),
    Column("tier_set_by", String(36)),  # the user; NULL: the hub
    Column("tier_expires_at", UTCDateTime()),  # a manual tier falls back to the default then
    Column("owner_id", String(36)),  # the user who looks after this customer
    Column("source", String(64), nullable=False),  # where the customer came from first
    Column("merged_into_id", String(36)),  # turned out to be this other customer
    Column("created_at", UTCDateTime(), nullable=False),
    Column("updated_at", UTCDateTime(), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("branch_id", String(64)),  # the team they belong to; NULL: everybody's
    Column("zone", String(64)),  # where their clock is, if that is known: "Asia/Shanghai"
    Column("indexed_as", SmallInteger, nullable=False, default=INDEXED_AS, server_default="1"),
    Column("archived_at", UTCDateTime()),
)
Index("ix_customers_newest", customers.c.created_at, customers.c.id)
# Who is listed without being looked for: not who only opened a chat once, and nobody knows more of.
LISTED = text(
    "merged_into_id IS NULL AND archived_at IS NULL AND (name IS NOT NULL OR source != 'webchat')"
)
partial_index("ix_customers_listed", customers.c.created_at, customers.c.id, where=LISTED)
partial_index(
    "ix_customers_branch_listed",
    customers.c.branch_id,
    customers.c.created_at,
    customers.c.id,
    where=LISTED,
)
_stale = customers.c.indexed_as < text(str(INDEXED_AS))
Index("ix_customers_reindex", customers.c.id, sqlite_where=_stale, postgresql_where=_stale)
Index("ix_customers_owner", customers.c.owner_id)
Index("ix_customers_name", customers.c.kind, customers.c.name)  # imports find organisations by it
_merged = customers.c.merged_into_id.is_not(None)
Index(
    "ix_customers_merged",
    customers.c.merged_into_id,
    sqlite_where=_merged,
    postgresql_where=_merged,
)
_expiring = customers.c.tier_expires_at.is_not(None)
Index(
    "ix_customers_tier_expiry",
    customers.c.tier_expires_at,
    sqlite_where=_expiring,
    postgresql_where=_expiring,
)

identities = Table(
    "customer_identities",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),  # today's
    Column("home_id", String(36)),  # whose it is without merges; NULL: `customer_id` itself
    Column("kind", String(12), nullable=False),
    Column("value_norm", String(320), nullable=False),  # what is compared
    Column("value_raw", String(320), nullable=False),  # what people are shown and we send to
    Column("label", String(80)),  # "office", "assistant"
    Column("status", String(12), nullable=False),
    Column(
        "verified_by", String(64)
    ),  # what proved it: "dmarc", "chat token", a user's id; or NULL
    Column("source", String(64), nullable=False),
    Column("valid_from", UTCDateTime(), nullable=False),
    Column("valid_to", UTCDateTime()),
    # A mail system said that there is no such address: when, and in which words.
    Column("undeliverable_at", UTCDateTime()),
    Column("undeliverable_why", Text),
)
_active = identities.c.status == "active"
Index(
    "uq_customer_identities_active",
    identities.c.kind,
    identities.c.value_norm,
    unique=True,
    sqlite_where=_active,
    postgresql_where=_active,
)
# Of removed ones, too: who asks by a parameter for those that are left finds no partial index.
Index("ix_customer_identities_value", identities.c.kind, identities.c.value_norm)
Index("ix_customer_identities_customer", identities.c.customer_id)
_away = identities.c.home_id.is_not(None)
Index(
    "ix_customer_identities_home",
    identities.c.home_id,
    sqlite_where=_away,
    postgresql_where=_away,
)

# Each move of an identity from one customer to another: a log. What counts are home and merges.
identity_moves = Table(
    "customer_identity_moves",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("identity_id", String(36), ForeignKey(identities.c.id), nullable=False),
    Column("from_customer_id", String(36), nullable=False),
    Column("to_customer_id", String(36), nullable=False),
    Column("moved_at", UTCDateTime(), nullable=False),
    Column("moved_by", String(36)),  # the user; NULL: the hub
    Column("reason", Text, nullable=False),
    Column("kind", String(12), nullable=False, server_default="merge"),  # merging.model.MoveKind
    Column("operation_id", String(36)),  # the merge or split it was part of; NULL: before 0011
)
Index("ix_customer_identity_moves_identity", identity_moves.c.identity_id)
_of_operation = identity_moves.c.operation_id.is_not(None)
Index(
    "ix_customer_identity_moves_operation",
    identity_moves.c.operation_id,
    sqlite_where=_of_operation,
    postgresql_where=_of_operation,
)

_split = identity_moves.c.kind.in_(["split", "unsplit"])
Index(
    "ix_customer_identity_moves_split_from",
    identity_moves.c.from_customer_id,
    sqlite_where=_split,
    postgresql_where=_split,
)
Index(
    "ix_customer_identity_moves_split_to",
    identity_moves.c.to_customer_id,
    sqlite_where=_split,
    postgresql_where=_split,
)

# Before 0011; now `customer_conflicts` (merging). Read by nobody, dropped by a later migration.
identity_claims = Table(
    "customer_identity_claims",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("identity_id", String(36), ForeignKey(identities.c.id), nullable=False),
    Column("claimed_at", UTCDateTime(), nullable=False),
    UniqueConstraint("customer_id", "identity_id"),
)
Index("ix_customer_identity_claims_identity", identity_claims.c.identity_id)

organisation_roles = Table(
    "organisation_roles",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("organisation_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("person_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("role", String(120), nullable=False),  # in their words: "采购经理", "accounts payable"
    Column("decides", Boolean, nullable=False, default=False),  # 决策人
    Column("created_at", UTCDateTime(), nullable=False),
    UniqueConstraint("organisation_id", "person_id"),
)
Index("ix_organisation_roles_person", organisation_roles.c.person_id)

# What was learned, dated and with its source; never overwritten, only withdrawn.
customer_facts = Table(
    "customer_facts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("kind", String(64), nullable=False),  # "preference", "equipment", "delivery address"
    Column("text", Text, nullable=False),
    Column("source", String(120), nullable=False),  # "contact", "import", "survey", …
    Column("contact_id", String(36)),
    Column("learned_at", UTCDateTime(), nullable=False),
    Column("learned_by", String(36)),
    Column("expires_at", UTCDateTime()),
    Column("withdrawn_at", UTCDateTime()),
    Column("licence", String(120)),  # under which secondary data may be used
    Column("url", String(500)),  # where it is to be read
    Column("competitor_id", String(64)),  # whom it is about: a key of the set-up
    Column("external_id", String(120)),  # its name in the system that told of it (`source`)
)
Index("ix_customer_facts_customer", customer_facts.c.customer_id, customer_facts.c.learned_at)
_of_competitor = customer_facts.c.competitor_id.is_not(None)
Index(
    "ix_customer_facts_competitor",
    customer_facts.c.competitor_id,
    customer_facts.c.learned_at,
    sqlite_where=_of_competitor,
    postgresql_where=_of_competitor,
)
_told = customer_facts.c.external_id.is_not(None)
Index(
    "uq_customer_facts_external",
    customer_facts.c.source,
    customer_facts.c.external_id,
    unique=True,
    sqlite_where=_told,
    postgresql_where=_told,
)

customer_notes = Table(
    "customer_notes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("text", Text, nullable=False),
    Column("pinned", Boolean, nullable=False, default=False),
    Column("author_id", String(36), nullable=False),
    Column("author_name", String(200), nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
)
Index("ix_customer_notes_customer", customer_notes.c.customer_id, customer_notes.c.created_at)

# Every tier a customer has had, with its inputs (knowledge.md, Value tiers).
tier_changes = Table(
    "customer_tier_changes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("before", String(32), nullable=False),
    Column("after", String(32), nullable=False),
    Column("source", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("expires_at", UTCDateTime()),
    Column("changed_at", UTCDateTime(), nullable=False),
    Column("changed_by", String(36)),
    Column("run_id", String(36)),  # of the tier run that changed it, by rules of that version
    Column("rules_version", Integer),
    Column("inputs", Json()),  # the figures it was decided by
)
Index("ix_customer_tier_changes_customer", tier_changes.c.customer_id, tier_changes.c.changed_at)
_by_run = tier_changes.c.run_id.is_not(None)
Index(
    "ix_customer_tier_changes_run",
    tier_changes.c.run_id,
    sqlite_where=_by_run,
    postgresql_where=_by_run,
)

# Where else a customer came from, after `customers.source`, the first; append-only.
customer_sources = Table(
    "customer_sources",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("source", String(64), nullable=False),  # "import", "campaign", "referral", …
    Column("detail", String(200)),
    Column("at", UTCDateTime(), nullable=False),
)
Index("ix_customer_sources_customer", customer_sources.c.customer_id, customer_sources.c.at)

# Who has to be looked at again, because something about them changed: groups, stages, hints.
dirty_customers = Table(
    "dirty_customers",
    metadata,
    Column("customer_id", String(36), primary_key=True),
    Column("since", UTCDateTime(), nullable=False),
    Column("why", String(32), nullable=False),  # what changed first: "order", "tier", "merge"
    info={"follows": "customer"},  # goes with the customer, and is no reason for them to stay
)
Index("ix_dirty_customers_since", dirty_customers.c.since, dirty_customers.c.customer_id)

# Keys that the hub made itself: of the hashes of addresses, of links to opt out.
hub_secrets = Table(
    "hub_secrets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(128), nullable=False),  # hexadecimal
)

# The set-up's rules about customers as one document; one row, as in `routing_setup`.
customer_setup = Table(
    "customer_setup",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("document", Text, nullable=False),  # JSON of settings.CustomerSettings
)
