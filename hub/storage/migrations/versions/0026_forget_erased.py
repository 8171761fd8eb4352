"""nothing is left of who was erased: names in merges, groups they are in, times they are looked at

A merge kept the name, the owner and the tier of who was merged, which nothing reads: they go from
every merge. Who was erased stayed in groups, was looked at by the rules, and the words of their
repairs came back with the next delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_UNREAD = {
    "sqlite": """
UPDATE customer_merges SET before = json_remove(before, '$.name', '$.owner_id', '$.tier')
WHERE json_type(before, '$.name') IS NOT NULL OR json_type(before, '$.owner_id') IS NOT NULL
   OR json_type(before, '$.tier') IS NOT NULL
""",
    "postgresql": """
UPDATE customer_merges SET before = before - 'name' - 'owner_id' - 'tier'
WHERE before -> 'name' IS NOT NULL OR before -> 'owner_id' IS NOT NULL
   OR before -> 'tier' IS NOT NULL
""",
}
# Who entered a group after they were erased left it at that moment.
_OF_ERASED = (
    "UPDATE customer_merges SET before = '{}' WHERE from_id IN :ids",
    "UPDATE customer_merges SET before = '{}' WHERE into_id IN :ids",
    "UPDATE customer_stages SET next_check_at = NULL WHERE customer_id IN :ids",
    "UPDATE service_cases SET text = NULL WHERE customer_id IN :ids",
    """
UPDATE group_members SET left_at = (
    SELECT CASE WHEN c.archived_at > entered_at THEN c.archived_at ELSE entered_at END
    FROM customers c WHERE c.id = group_members.customer_id)
WHERE left_at IS NULL AND customer_id IN :ids
""",
)


def upgrade() -> None:
    """One reading of merges and one of customers; the rest is found by who was erased."""
    connection = op.get_bind()
    connection.execute(sa.text(_UNREAD[connection.dialect.name]))
    for ids in _erased(connection):
        for statement in _OF_ERASED:
            expanded = sa.text(statement).bindparams(sa.bindparam("ids", expanding=True))
            connection.execute(expanded, {"ids": ids})


def _erased(connection: sa.Connection) -> Iterator[Sequence[str]]:
    found = sa.text("SELECT id FROM customers WHERE archived_at IS NOT NULL ORDER BY id")
    ids = list(connection.execute(found).scalars())
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def downgrade() -> None:
    """What was forgotten stays so: nothing asks for it."""
