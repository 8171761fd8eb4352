"""what was decided of attempts is kept by hour; those under way, and the people counted by the
report, have an index
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0080"
down_revision = "0077"
branch_labels = None
depends_on = None

# As flight counts them at this revision.
_FILL = """
INSERT INTO phone_list_hours (list_id, hour, answered, abandoned)
SELECT list_id, {hour},
SUM(CASE WHEN abandoned OR (answered_at IS NOT NULL
AND coalesce(answered_by, '') NOT IN ('machine', 'fax')
AND (coalesce(answered_by, '') = 'human' OR coalesce(result, '') IN ('reached', 'interested',
'refused', 'call_later', 'wrong_number', 'never'))) THEN 1 ELSE 0 END),
SUM(CASE WHEN abandoned THEN 1 ELSE 0 END)
FROM phone_list_attempts GROUP BY 1, 2
"""
_HOUR = {
    "sqlite": "dialled_at - dialled_at % 3600000000",
    "postgresql": "date_trunc('hour', dialled_at, 'UTC')",
}


def upgrade() -> None:
    op.create_table(
        "phone_list_hours",
        sa.Column("list_id", sa.String(36), nullable=False),
        sa.Column("hour", UTCDateTime(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "hour", name=op.f("pk_phone_list_hours")),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["phone_lists.id"],
            name=op.f("fk_phone_list_hours_list_id_phone_lists"),
        ),
    )
    op.execute(_FILL.replace("{hour}", _HOUR[op.get_bind().dialect.name]))
    undecided = sa.text("joined_at IS NULL AND ended_at IS NULL")
    op.create_index(
        "ix_phone_list_attempts_undecided",
        "phone_list_attempts",
        ["list_id", "dialled_at"],
        sqlite_where=undecided,
        postgresql_where=undecided,
    )
    _people("list_id", "state", "arm", "reason")


def downgrade() -> None:
    _people("list_id", "state")
    op.drop_index("ix_phone_list_attempts_undecided", "phone_list_attempts")
    op.drop_table("phone_list_hours")


def _people(*columns: str) -> None:
    op.drop_index("ix_phone_list_people_state", "phone_list_people")
    op.create_index("ix_phone_list_people_state", "phone_list_people", list(columns))
