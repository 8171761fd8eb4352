"""marts as views, the indexes by which indicators are counted, when a promise was first broken

The views are text for both databases, and are not in the tables of the code. A later migration that
writes one of their tables anew (SQLite) or changes a column of theirs (PostgreSQL) drops them first
and makes them again: `drop_marts` and `make_marts` of this file.
"""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_VISIT = sa.text("kind = 'visit'")
_QUOTE = sa.text("kind = 'quote'")
_VISITS = sa.text("kind IN ('visit', 'repair')")

# Who a record is today: what it was merged into, or itself.
_TODAY = (
    "JOIN customers h ON h.id = {of} JOIN customers c ON c.id = coalesce(h.merged_into_id, h.id)"
)
_BY_ADDRESS = (
    "LEFT JOIN customer_identities n ON n.id = {of} LEFT JOIN customers c ON c.id = n.customer_id"
)
# One customer's records of today and before.
_RECORDS = "(SELECT c.id UNION ALL SELECT h.id FROM customers h WHERE h.merged_into_id = c.id)"
_OF_ORDERS = f"FROM orders o WHERE o.customer_id IN {_RECORDS}"
_ADDRESSES = "(SELECT n.id FROM customer_identities n WHERE n.customer_id = c.id)"
_REVENUE = "o.state <> 'cancelled' AND (o.state <> 'returned' OR o.amount_minor < 0)"
_ORDERED = "o.state NOT IN ('cancelled', 'returned')"
_SCORE = (
    "(SELECT a.score FROM survey_answers a WHERE a.contact_id = {of}"
    " AND a.question_key = 'satisfaction' AND a.score IS NOT NULL"
    " ORDER BY a.at DESC, a.id DESC LIMIT 1)"
)


def _interactions(_dialect: str) -> str:
    return f"""
SELECT i.id AS interaction_id, i.at, i.created_at, v.entry_point_id AS source, i.channel, i.kind,
       i.direction, c.id AS customer_id, c.branch_id, i.identity_id, i.conversation_id,
       i.contact_id, i.author_id, k.queue_id, k.tier, k.reason_id, k.outcome_id
FROM interactions i {_BY_ADDRESS.format(of="i.identity_id")}
LEFT JOIN conversations v ON v.id = i.conversation_id
LEFT JOIN contacts k ON k.id = i.contact_id
"""


def _contacts(dialect: str) -> str:
    def spent(kinds: str) -> str:
        took = "sum(s.ended_at - s.started_at)"
        if dialect == "postgresql":
            took = f"CAST(EXTRACT(EPOCH FROM {took}) * 1000000 AS BIGINT)"
        return (
            f"coalesce((SELECT {took} FROM segments s WHERE s.contact_id = k.id"
            f" AND s.ended_at IS NOT NULL AND s.kind IN ({kinds})), 0)"
        )

    return f"""
SELECT k.id AS contact_id, k.reference, c.id AS customer_id, c.branch_id, k.identity_id, k.channel,
       k.entry_point_id, k.queue_id, k.tier, k.direction, k.state, k.ended_as, k.language,
       k.opened_at, k.answered_at, k.closed_at, k.agent_id, k.reason_id, k.outcome_id,
       k.next_action, {_SCORE.format(of="k.id")} AS score, k.knowledge_outcome,
       {spent("'waiting', 'offered'")} AS waited_us,
       {spent("'handling', 'hold', 'wrap_up'")} AS handled_us
FROM contacts k {_BY_ADDRESS.format(of="k.identity_id")}
"""


def _customers(_dialect: str) -> str:
    one_currency = f"(SELECT min(o.currency) = max(o.currency) {_OF_ORDERS} AND {_REVENUE})"
    return f"""
SELECT c.id AS customer_id, c.kind, c.name, c.language, c.tier, c.tier_source, c.branch_id,
       c.owner_id, c.source, c.created_at, c.archived_at,
       t.stage, t.since AS stage_since, t.standing, t.standing_since, t.loyalty, t.loyalty_since,
       (SELECT count(*) FROM customers h WHERE h.merged_into_id = c.id) AS merged_records,
       (SELECT count(*) FROM contacts k WHERE k.identity_id IN {_ADDRESSES}) AS contacts,
       (SELECT max(k.opened_at) FROM contacts k WHERE k.identity_id IN {_ADDRESSES})
           AS last_contact_at,
       (SELECT count(*) {_OF_ORDERS} AND {_ORDERED}) AS orders,
       (SELECT min(o.ordered_at) {_OF_ORDERS} AND {_ORDERED}) AS first_order_at,
       (SELECT max(o.ordered_at) {_OF_ORDERS} AND {_ORDERED}) AS last_order_at,
       CASE WHEN {one_currency}
           THEN (SELECT min(o.currency) {_OF_ORDERS} AND {_REVENUE}) END AS currency,
       CASE WHEN {one_currency}
           THEN (SELECT CAST(sum(o.amount_minor) AS BIGINT) {_OF_ORDERS} AND {_REVENUE}) END
           AS revenue_minor,
       (SELECT count(*) FROM commitments m WHERE m.identity_id IN {_ADDRESSES}
           AND m.state IN ('open', 'broken')) AS open_commitments,
       (SELECT count(*) FROM commitments m WHERE m.identity_id IN {_ADDRESSES}
           AND m.kind = 'quote' AND m.state <> 'withdrawn') AS quotes,
       (SELECT count(*) FROM complaints p WHERE p.identity_id IN {_ADDRESSES}) AS complaints,
       (SELECT count(*) FROM complaints p WHERE p.identity_id IN {_ADDRESSES}
           AND p.closed_at IS NULL) AS open_complaints,
       (SELECT CAST(coalesce(sum(f.n), 0) AS BIGINT) FROM customer_satisfaction f
           WHERE f.identity_id IN {_ADDRESSES}) AS scores,
       (SELECT CAST(coalesce(sum(f.total), 0) AS BIGINT) FROM customer_satisfaction f
           WHERE f.identity_id IN {_ADDRESSES}) AS score_total
FROM customers c LEFT JOIN customer_stages t ON t.customer_id = c.id
WHERE c.merged_into_id IS NULL
"""


def _history_of_tiers(_dialect: str) -> str:
    return f"""
SELECT 'tier' AS part, x.id AS entry_id, c.id AS customer_id, x.customer_id AS record_id,
       c.branch_id, 'tier' AS axis, x.before, x.after, x.source AS cause, x.reason,
       x.changed_at AS at, x.changed_by AS by_id
FROM customer_tier_changes x {_TODAY.format(of="x.customer_id")}
"""


def _history_of_stages(_dialect: str) -> str:
    return f"""
SELECT 'stage' AS part, x.id AS entry_id, c.id AS customer_id, x.customer_id AS record_id,
       c.branch_id, x.axis, x.before, x.after, x.cause, x.reason, x.at, x.by AS by_id
FROM stage_moves x {_TODAY.format(of="x.customer_id")}
"""


def _history_of_owners(_dialect: str) -> str:
    return f"""
SELECT 'owner' AS part, x.id AS entry_id, c.id AS customer_id, x.customer_id AS record_id,
       c.branch_id, 'owner' AS axis, x.from_id AS before, x.to_id AS after, 'moved' AS cause,
       x.reason, x.at, x.by AS by_id
FROM ownership_moves x {_TODAY.format(of="x.customer_id")}
"""


def _history_of_sources(_dialect: str) -> str:
    return f"""
SELECT 'source' AS part, x.id AS entry_id, c.id AS customer_id, x.customer_id AS record_id,
       c.branch_id, 'source' AS axis, CAST(NULL AS VARCHAR(64)) AS before, x.source AS after,
       'came' AS cause, coalesce(x.detail, '') AS reason, x.at, CAST(NULL AS VARCHAR(36)) AS by_id
FROM customer_sources x {_TODAY.format(of="x.customer_id")}
"""


def _orders(_dialect: str) -> str:
    return f"""
SELECT o.id AS order_id, c.id AS customer_id, o.customer_id AS record_id, c.branch_id, o.source,
       o.external_id, o.ordered_at, o.state, o.state_at, o.currency, o.amount_minor, o.cost_minor,
       CASE WHEN {_REVENUE} THEN o.amount_minor ELSE 0 END AS revenue_minor, o.product_summary
FROM orders o {_TODAY.format(of="o.customer_id")}
"""


def _ordered_products(_dialect: str) -> str:
    return f"""
SELECT 'order' AS part, l.order_id AS event_id, CAST(l.line AS VARCHAR(36)) AS detail_id,
       l.product_id, c.id AS customer_id, c.branch_id, o.ordered_at AS at, o.state,
       l.quantity, l.amount_minor, l.cost_minor,
       CASE WHEN {_REVENUE} THEN l.amount_minor END AS revenue_minor, o.currency,
       CAST(NULL AS SMALLINT) AS score, 0 AS complaints
FROM order_lines l JOIN orders o ON o.id = l.order_id {_TODAY.format(of="o.customer_id")}
"""


# What an event has that is no order.
_NO_ORDER = (
    "CAST(NULL AS INTEGER) AS quantity, {amount} AS amount_minor,"
    " CAST(NULL AS BIGINT) AS cost_minor, CAST(NULL AS BIGINT) AS revenue_minor,"
    " {currency} AS currency"
)
_NO_MONEY = _NO_ORDER.format(amount="CAST(NULL AS BIGINT)", currency="CAST(NULL AS VARCHAR(3))")


def _asked_products(_dialect: str) -> str:
    return f"""
SELECT 'contact' AS part, x.contact_id AS event_id, x.product_id AS detail_id, x.product_id,
       c.id AS customer_id, c.branch_id, k.opened_at AS at, k.state, {_NO_MONEY},
       {_SCORE.format(of="x.contact_id")} AS score,
       (SELECT count(*) FROM complaints p WHERE p.contact_id = x.contact_id) AS complaints
FROM contact_products x JOIN contacts k ON k.id = x.contact_id
{_BY_ADDRESS.format(of="k.identity_id")}
"""


def _quoted_products(_dialect: str) -> str:
    return f"""
SELECT 'quote' AS part, m.id AS event_id, '' AS detail_id, m.product_id, c.id AS customer_id,
       c.branch_id, m.made_at AS at, m.state,
       {_NO_ORDER.format(amount="m.price_minor", currency="m.currency")},
       CAST(NULL AS SMALLINT) AS score, 0 AS complaints
FROM commitments m {_BY_ADDRESS.format(of="m.identity_id")}
WHERE m.kind = 'quote' AND m.product_id IS NOT NULL
"""


def _cases_of(kind: str) -> Callable[[str], str]:
    return lambda _dialect: (
        f"""
SELECT '{kind}' AS part, s.id AS event_id, '' AS detail_id, s.product_id, c.id AS customer_id,
       c.branch_id, s.state_at AS at, s.state, {_NO_MONEY},
       CAST(NULL AS SMALLINT) AS score, 0 AS complaints
FROM service_cases s {_TODAY.format(of="s.customer_id")}
WHERE s.kind = '{kind}' AND s.product_id IS NOT NULL
"""
    )


def _all_of(*views: str) -> Callable[[str], str]:
    return lambda _dialect: " UNION ALL ".join(f"SELECT * FROM {view}" for view in views)


# Of a product in a branch: what each part of the events counts, and what it is not of is 0.
_COUNTED = (
    "orders",
    "buyers",
    "quantity",
    "quotes",
    "quoted_customers",
    "contacts",
    "asking_customers",
    "scores",
    "score_total",
    "satisfied",
    "complaints",
    "defects",
    "repairs",
    "open_cases",
)


def _count(where: str) -> str:
    return f"count(CASE WHEN {where} THEN 1 END)"


def _different(where: str, what: str = "e.customer_id") -> str:
    return f"count(DISTINCT CASE WHEN {where} THEN {what} END)"


def _added_up(part: str, currency: str = "NULL", sold: str = "NULL", **counted: str) -> str:
    """One part added up by itself, so that no more than its own rows are sorted."""
    columns = ", ".join(f"{counted.get(name, '0')} AS {name}" for name in _COUNTED)
    return f"""
SELECT e.product_id, coalesce(e.branch_id, '') AS branch_id, {columns}, {currency} AS currency,
       {sold} AS sold_minor
FROM mart_product_events_{part} e GROUP BY e.product_id, coalesce(e.branch_id, '')
"""


def _products(_dialect: str) -> str:
    ordered = "e.state NOT IN ('cancelled', 'returned')"
    sold = "CASE WHEN e.revenue_minor IS NOT NULL THEN e.currency END"
    one = f"CASE WHEN min({sold}) = max({sold}) THEN"
    quoted = "e.state <> 'withdrawn'"
    is_open = _count("e.state NOT IN ('done', 'cancelled')")
    parts = (
        _added_up(
            "order",
            f"{one} min({sold}) END",
            f"{one} sum(e.revenue_minor) END",
            orders=_different(ordered, "e.event_id"),
            buyers=_different(ordered),
            quantity=f"coalesce(sum(CASE WHEN {ordered} THEN e.quantity END), 0)",
        ),
        _added_up(
            "contact",
            contacts="count(*)",
            asking_customers="count(DISTINCT e.customer_id)",
            scores="count(e.score)",
            score_total="coalesce(sum(e.score), 0)",
            satisfied=_count("e.score >= 4"),
            complaints=_count("e.complaints > 0"),
        ),
        _added_up("quote", quotes=_count(quoted), quoted_customers=_different(quoted)),
        _added_up("defect", defects="count(*)", open_cases=is_open),
        _added_up("repair", repairs="count(*)", open_cases=is_open),
    )

    def total(*names: str) -> str:
        return ", ".join(f"CAST(coalesce(s.{name}, 0) AS BIGINT) AS {name}" for name in names)

    sums = ", ".join(f"sum(a.{name}) AS {name}" for name in _COUNTED)
    return f"""
SELECT p.id AS product_id, coalesce(s.branch_id, '') AS branch_id, p.external_id, p.name, p.family,
       p.list_minor, p.currency AS list_currency, p.retired, {total(*_COUNTED[:3])}, s.currency,
       CAST(s.sold_minor AS BIGINT) AS sold_minor, {total(*_COUNTED[3:])}
FROM products p LEFT JOIN (
    SELECT a.product_id, a.branch_id, {sums}, max(a.currency) AS currency,
           max(a.sold_minor) AS sold_minor
    FROM ({" UNION ALL ".join(parts)}) a GROUP BY a.product_id, a.branch_id
) s ON s.product_id = p.id
"""


def _commitments(_dialect: str) -> str:
    return f"""
SELECT m.id AS commitment_id, c.id AS customer_id, c.branch_id, m.identity_id, m.contact_id, m.kind,
       m.state, m.detected, m.owner_kind, m.owner_id, m.taken_by, m.made_by, m.made_at, m.due_at,
       m.broken_at, m.finished_at, m.finished_by, m.escalated_at, m.window_from, m.window_until,
       m.product_id, m.product_name, m.price_minor, m.currency, m.valid_until
FROM commitments m {_BY_ADDRESS.format(of="m.identity_id")}
"""


def _answers(_dialect: str) -> str:
    return f"""
SELECT a.id AS answer_id, c.id AS customer_id, c.branch_id, a.identity_id, a.contact_id,
       a.campaign_id, a.survey_key, a.question_key, a.score, a.at, a.source
FROM survey_answers a {_BY_ADDRESS.format(of="a.identity_id")}
"""


_HISTORY = {
    "mart_customer_history_tier": _history_of_tiers,
    "mart_customer_history_stage": _history_of_stages,
    "mart_customer_history_owner": _history_of_owners,
    "mart_customer_history_source": _history_of_sources,
}
_EVENTS = {
    "mart_product_events_order": _ordered_products,
    "mart_product_events_contact": _asked_products,
    "mart_product_events_quote": _quoted_products,
    "mart_product_events_defect": _cases_of("defect"),
    "mart_product_events_repair": _cases_of("repair"),
}
# In the order they are made: each may read those before it. A mart of parts is a view for each,
# by which it is read page by page: over all of them at once each page would read everything.
_MARTS: dict[str, Callable[[str], str]] = {
    "mart_interactions": _interactions,
    "mart_contacts": _contacts,
    "mart_customers": _customers,
    **_HISTORY,
    "mart_customer_history": _all_of(*_HISTORY),
    "mart_orders": _orders,
    **_EVENTS,
    "mart_product_events": _all_of(*_EVENTS),
    "mart_products": _products,
    "mart_commitments": _commitments,
    "mart_answers": _answers,
}


def make_marts(dialect: str) -> None:
    """Make every view."""
    for name, text in _MARTS.items():
        op.execute(sa.text(f"CREATE VIEW {name} AS {text(dialect)}".replace(":", r"\:")))


def drop_marts() -> None:
    """Drop every view."""
    for name in reversed(_MARTS):
        op.execute(sa.text(f"DROP VIEW IF EXISTS {name}"))


def _find_first_breaks() -> None:
    """Those that are broken, and those that were put off when they were due already."""
    at = types.UTCDateTime()
    made = sa.table(
        "commitments",
        sa.column("id", sa.String()),
        sa.column("broken_at", at),
        sa.column("first_broken_at", at),
    )
    entries = sa.table(
        "commitment_entries",
        sa.column("commitment_id", sa.String()),
        sa.column("seq", sa.Integer()),
        sa.column("kind", sa.String()),
        sa.column("at", at),
        sa.column("before", types.Json()),
    )
    live = op.get_bind()
    live.execute(
        sa.update(made)
        .where(made.c.broken_at.is_not(None))
        .values(first_broken_at=made.c.broken_at)
    )
    postponed = (
        sa.select(entries.c.commitment_id, entries.c.at, entries.c.before)
        .where(entries.c.kind == "postponed")
        .order_by(entries.c.commitment_id, entries.c.seq)
    )
    first: dict[str, datetime] = {}
    for row in live.execute(postponed):
        due_at = datetime.fromisoformat(row.before["due_at"])
        if row.at >= due_at:
            first.setdefault(row.commitment_id, due_at)
    for commitment_id, due_at in first.items():
        live.execute(
            sa.update(made).where(made.c.id == commitment_id).values(first_broken_at=due_at)
        )


def upgrade() -> None:
    """A column that may be empty, views and indexes: no table is written anew."""
    op.add_column("commitments", sa.Column("first_broken_at", types.UTCDateTime(), nullable=True))
    _find_first_breaks()
    op.create_index(
        "ix_interactions_visits",
        "interactions",
        ["at", "id"],
        sqlite_where=_VISIT,
        postgresql_where=_VISIT,
    )
    op.create_index(
        "ix_commitments_quotes",
        "commitments",
        ["made_at", "id"],
        sqlite_where=_QUOTE,
        postgresql_where=_QUOTE,
    )
    op.create_index(
        "ix_commitments_visits",
        "commitments",
        ["due_at", "id"],
        sqlite_where=_VISITS,
        postgresql_where=_VISITS,
    )
    op.create_index("ix_stage_moves_after", "stage_moves", ["at", "axis", "after"])
    op.create_index("ix_survey_answers_at", "survey_answers", ["at", "question_key"])
    make_marts(op.get_bind().dialect.name)


def downgrade() -> None:
    drop_marts()
    op.drop_index("ix_survey_answers_at", table_name="survey_answers")
    op.drop_index("ix_stage_moves_after", table_name="stage_moves")
    op.drop_index("ix_commitments_visits", table_name="commitments")
    op.drop_index("ix_commitments_quotes", table_name="commitments")
    op.drop_index("ix_interactions_visits", table_name="interactions")
    op.drop_column("commitments", "first_broken_at")
