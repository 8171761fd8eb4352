"""who entered and who left a customer group, the newest first

`ix_group_members_newest` finds who is inside; these two find comings and goings, of those who have
left too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0019"
branch_labels = None
depends_on = None

_LEFT = sa.text("left_at IS NOT NULL")


def upgrade() -> None:
    """Two indexes of a table of computed rows."""
    op.create_index("ix_group_members_entered", "group_members", ["group_id", "entered_at", "id"])
    op.create_index(
        "ix_group_members_left",
        "group_members",
        ["group_id", "left_at", "id"],
        sqlite_where=_LEFT,
        postgresql_where=_LEFT,
    )


def downgrade() -> None:
    op.drop_index("ix_group_members_left", "group_members")
    op.drop_index("ix_group_members_entered", "group_members")
