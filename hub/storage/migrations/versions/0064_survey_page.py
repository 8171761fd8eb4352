"""which entry point's mail a link to a survey stands in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey_asks", sa.Column("entry_point_id", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("survey_asks", "entry_point_id")
