"""merges as edges, homes of identities, conflicts to decide"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from hub.core.ids import new_id
from hub.storage import types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000
_LIVE = sa.text("undone_at IS NULL")
_OPEN = sa.text("decided_at IS NULL")
_ADDRESS = sa.text("identity_id IS NOT NULL")
_AWAY = sa.text("home_id IS NOT NULL")
_OPERATION = sa.text("operation_id IS NOT NULL")
_SPLIT = sa.text("kind IN ('split', 'unsplit')")
_UNDONE = "the merge was undone"  # how 0001 to 0009 wrote down that a move was taken back


def upgrade() -> None:
    op.add_column("customer_identities", sa.Column("home_id", sa.String(36), nullable=True))
    _index("ix_customer_identities_home", "customer_identities", ["home_id"], _AWAY)
    moves = "customer_identity_moves"
    kind = sa.Column("kind", sa.String(12), nullable=False, server_default="merge")
    op.add_column(moves, kind)
    op.add_column(moves, sa.Column("operation_id", sa.String(36), nullable=True))
    _index("ix_customer_identity_moves_operation", moves, ["operation_id"], _OPERATION)
    _index("ix_customer_identity_moves_split_from", moves, ["from_customer_id"], _SPLIT)
    _index("ix_customer_identity_moves_split_to", moves, ["to_customer_id"], _SPLIT)
    _create_merges()
    _create_conflicts()
    _fill()


def downgrade() -> None:
    op.drop_table("customer_conflicts")
    op.drop_table("customer_merges")
    for name in ("operation", "split_from", "split_to"):
        op.drop_index(f"ix_customer_identity_moves_{name}", "customer_identity_moves")
    op.drop_column("customer_identity_moves", "operation_id")
    op.drop_column("customer_identity_moves", "kind")
    op.drop_index("ix_customer_identities_home", "customer_identities")
    op.drop_column("customer_identities", "home_id")


def _index(
    name: str, table: str, columns: list[str], where: sa.TextClause | None, unique: bool = False
) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _create_merges() -> None:
    table = "customer_merges"
    op.create_table(
        table,
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("from_id", sa.String(length=36), nullable=False),
        sa.Column("into_id", sa.String(length=36), nullable=False),
        sa.Column("merged_at", types.UTCDateTime(), nullable=False),
        sa.Column("merged_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", types.Json(), nullable=False),
        sa.Column("undone_at", types.UTCDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=36), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_id"], ["customers.id"], name=op.f("fk_customer_merges_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["into_id"], ["customers.id"], name=op.f("fk_customer_merges_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
    )
    _index("uq_customer_merges_live", table, ["from_id"], _LIVE, unique=True)
    _index("ix_customer_merges_from", table, ["from_id", "merged_at"], None)
    _index("ix_customer_merges_into", table, ["into_id", "merged_at"], None)


def _create_conflicts() -> None:
    table = "customer_conflicts"
    op.create_table(
        table,
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=True),
        sa.Column("evidence", types.Json(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("found_at", types.UTCDateTime(), nullable=False),
        sa.Column("decided_at", types.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_conflicts_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["customers.id"], name=op.f("fk_customer_conflicts_other_id")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["customer_identities.id"],
            name=op.f("fk_customer_conflicts_identity_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_conflicts")),
    )
    pair = ["customer_id", "other_id", "kind"]
    _index("uq_customer_conflicts_open", table, pair, _OPEN, unique=True)
    claim = ["customer_id", "identity_id"]
    _index("uq_customer_conflicts_identity", table, claim, _ADDRESS, unique=True)
    _index("ix_customer_conflicts_other", table, ["other_id"], _OPEN)
    _index("ix_customer_conflicts_list", table, ["found_at", "id"], _OPEN)


def _fill() -> None:
    """Make edges and homes of what merges were until now, and questions of claims.

    No address goes to another customer. Where one had been left behind by an undone chain, its
    record becomes that of the customer who has the address.
    """
    connection = op.get_bind()
    flat: dict[str, str] = dict(
        connection.execute(
            sa.text("SELECT id, merged_into_id FROM customers WHERE merged_into_id IS NOT NULL")
        ).all()
    )
    moves = connection.execute(
        sa.text(
            "SELECT m.identity_id, m.from_customer_id, m.to_customer_id, m.moved_at, m.moved_by,"
            " m.reason, i.customer_id FROM customer_identity_moves m"
            " JOIN customer_identities i ON i.id = m.identity_id ORDER BY m.moved_at, m.id"
        ).columns(moved_at=types.UTCDateTime())
    ).all()
    now_at: dict[str, str] = {}  # record → customer who has the first address at home there
    last: dict[str, Any] = {}  # record → the last merge of it that is written down
    first: dict[str, Any] = {}  # identity → its first move: its home
    for move in moves:
        if first.setdefault(move.identity_id, move) is move:
            now_at.setdefault(move.from_customer_id, move.customer_id)
        if move.reason != _UNDONE:
            last[move.from_customer_id] = move
    before = dict(flat)
    edges = _edges(flat, now_at, last)
    _write_edges(connection, before, flat, edges, last)
    _write_homes(connection, edges, first.values())
    _write_claims(connection, flat)


def _edges(
    flat: dict[str, str], now_at: Mapping[str, str], last: Mapping[str, Any]
) -> dict[str, str]:
    """Return the edges: first each record straight to its customer, then by way of the record it
    was really merged into, where that leads to the same customer."""
    for record in flat:
        owner = now_at.get(record, record)
        if owner != record and owner not in flat:
            flat[record] = owner
    edges = dict(flat)
    for record, straight in flat.items():
        if (move := last.get(record)) is not None and move.to_customer_id != record:
            edges[record] = move.to_customer_id
            if _root(edges, record) != straight:
                edges[record] = straight
    return edges


def _root(edges: Mapping[str, str], record: str) -> str | None:
    """Return where the edges lead; None in a circle."""
    seen = set()
    while record in edges:
        if record in seen:
            return None
        seen.add(record)
        record = edges[record]
    return record


def _write_edges(
    connection: sa.Connection,
    before: Mapping[str, str],
    flat: Mapping[str, str],
    edges: Mapping[str, str],
    last: Mapping[str, Any],
) -> None:
    merges = sa.table(
        "customer_merges",
        *(sa.column(name) for name in ("id", "from_id", "into_id", "merged_by", "reason")),
        sa.column("merged_at", types.UTCDateTime()),
        sa.column("before", types.Json()),
    )
    changed: dict[str, datetime] = dict(
        connection.execute(
            sa.text(
                "SELECT id, updated_at FROM customers WHERE merged_into_id IS NOT NULL"
            ).columns(updated_at=types.UTCDateTime())
        ).all()
    )
    rows: list[dict[str, Any]] = []
    for record, into in edges.items():
        move = last.get(record)
        rows.append(
            {
                "id": new_id(),
                "from_id": record,
                "into_id": into,
                "merged_by": move.moved_by if move else None,
                "reason": move.reason if move else "merged before merges were kept",
                "merged_at": move.moved_at if move else changed[record],
                "before": {},
            }
        )
    _many(connection, sa.insert(merges), rows)
    update = sa.text("UPDATE customers SET merged_into_id = :into WHERE id = :record")
    wrong = [one for one in flat if flat[one] != before[one]]
    _many(connection, update, [{"record": one, "into": flat[one]} for one in wrong])


def _write_homes(connection: sa.Connection, edges: Mapping[str, str], first: Iterable[Any]) -> None:
    update = sa.text("UPDATE customer_identities SET home_id = :home WHERE id = :identity")
    rows = [
        {"identity": move.identity_id, "home": move.from_customer_id}
        for move in first
        if move.from_customer_id != move.customer_id
        and _root(edges, move.from_customer_id) == move.customer_id
    ]
    _many(connection, update, rows)


def _write_claims(connection: sa.Connection, flat: Mapping[str, str]) -> None:
    """Those that are still a question; of several about one pair the first."""
    conflicts = sa.table(
        "customer_conflicts",
        *(sa.column(n) for n in ("id", "kind", "customer_id", "other_id", "identity_id", "score")),
        sa.column("evidence", types.Json()),
        sa.column("found_at", types.UTCDateTime()),
    )
    claims = connection.execute(
        sa.text(
            "SELECT c.id, c.customer_id, c.identity_id, c.claimed_at, i.customer_id AS other_id"
            " FROM customer_identity_claims c JOIN customer_identities i ON i.id = c.identity_id"
            " ORDER BY c.claimed_at, c.id"
        ).columns(claimed_at=types.UTCDateTime())
    ).all()
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for claim in claims:
        if flat.get(claim.customer_id, claim.customer_id) != claim.other_id:
            row = {"kind": "claim", "evidence": {}, "score": 50, "found_at": claim.claimed_at}
            row |= {"id": claim.id, "customer_id": claim.customer_id}
            row |= {"other_id": claim.other_id, "identity_id": claim.identity_id}
            rows.setdefault((claim.customer_id, claim.other_id), row)
    _many(connection, sa.insert(conflicts), list(rows.values()))


def _many(
    connection: sa.Connection, statement: sa.Executable, rows: Sequence[Mapping[str, Any]]
) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(statement, rows[start : start + _AT_ONCE])
