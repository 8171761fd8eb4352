"""faxes of a period are found without looking at what else was said"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_FAX = sa.text("channel = 'fax'")


def upgrade() -> None:
    op.create_index(
        "ix_interactions_faxes",
        "interactions",
        ["at", "id"],
        sqlite_where=_FAX,
        postgresql_where=_FAX,
    )


def downgrade() -> None:
    op.drop_index("ix_interactions_faxes", table_name="interactions")
