"""the side panel of the desk as admins set it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel_setup",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_setup")),
    )


def downgrade() -> None:
    op.drop_table("panel_setup")
