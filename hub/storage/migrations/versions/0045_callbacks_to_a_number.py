"""how often customers had a number called lately is counted by its index"""

from __future__ import annotations

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_callbacks_number_made", "callbacks", ["number", "made_at"])


def downgrade() -> None:
    op.drop_index("ix_callbacks_number_made", "callbacks")
