"""what the report says of attempts is kept by arm and result; how long was talked, of each"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

_TALKED = """
UPDATE phone_list_attempts SET talked_ms = coalesce((
SELECT {length} FROM segments s WHERE s.contact_id = phone_list_attempts.contact_id
AND s.kind IN ('handling', 'hold') AND s.ended_at IS NOT NULL), 0)
WHERE joined_at IS NOT NULL AND EXISTS (
SELECT 1 FROM contacts c WHERE c.id = phone_list_attempts.contact_id
AND c.state IN ('closed', 'abandoned'))
"""
_LENGTH = {
    "sqlite": "min(SUM(s.ended_at - s.started_at) / 1000, 2147483647)",
    "postgresql": "CAST(LEAST(SUM(EXTRACT(EPOCH FROM s.ended_at - s.started_at) * 1000),"
    " 2147483647) AS integer)",
}
_FILL = """
INSERT INTO phone_list_figures
(list_id, arm, result, dialled, heard, machines, abandoned, talked_ms)
SELECT list_id, arm, coalesce(result, ''), COUNT(*),
SUM(CASE WHEN answered_at IS NOT NULL THEN 1 ELSE 0 END),
SUM(CASE WHEN answered_at IS NOT NULL AND answered_by IN ('machine', 'fax') THEN 1 ELSE 0 END),
SUM(CASE WHEN abandoned THEN 1 ELSE 0 END),
SUM(coalesce(talked_ms, 0))
FROM phone_list_attempts GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    op.create_table(
        "phone_list_figures",
        sa.Column("list_id", sa.String(36), nullable=False),
        sa.Column("arm", sa.String(64), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("dialled", sa.Integer(), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("machines", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.Column("talked_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "arm", "result", name=op.f("pk_phone_list_figures")),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["phone_lists.id"],
            name=op.f("fk_phone_list_figures_list_id_phone_lists"),
        ),
    )
    op.add_column("phone_list_attempts", sa.Column("talked_ms", sa.Integer(), nullable=True))
    op.execute(_TALKED.replace("{length}", _LENGTH[op.get_bind().dialect.name]))
    op.execute(_FILL)
    _index("talked", "arm, customer_id, result, answered_by", "joined_at IS NOT NULL")
    _index("not_added", "arm", "joined_at IS NOT NULL AND talked_ms IS NULL")


def _index(name: str, columns: str, which: str) -> None:
    op.create_index(
        f"ix_phone_list_attempts_{name}",
        "phone_list_attempts",
        ["list_id", *columns.split(", ")],
        sqlite_where=sa.text(which),
        postgresql_where=sa.text(which),
    )


def downgrade() -> None:
    for name in ("not_added", "talked"):
        op.drop_index(f"ix_phone_list_attempts_{name}", "phone_list_attempts")
    op.drop_column("phone_list_attempts", "talked_ms")
    op.drop_table("phone_list_figures")
