"""open callbacks are found by the number to be called"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('waiting', 'queued', 'dialling')")


def upgrade() -> None:
    op.create_index(
        "ix_callbacks_number",
        "callbacks",
        ["number"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_callbacks_number", "callbacks")
