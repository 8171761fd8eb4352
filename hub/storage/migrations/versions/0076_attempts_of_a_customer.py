"""the attempts of a customer are found: an undo of an import and a merge ask for them"""

from __future__ import annotations

from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_phone_list_attempts_customer", "phone_list_attempts", ["customer_id"])


def downgrade() -> None:
    op.drop_index("ix_phone_list_attempts_customer", "phone_list_attempts")
