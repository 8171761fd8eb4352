"""skill steps that end are found by an index (a database of the last days may have it already)"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STEPPING = sa.text("state = 'queued' AND step_until IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_contacts_step",
        "contacts",
        ["step_until"],
        unique=False,
        sqlite_where=_STEPPING,
        postgresql_where=_STEPPING,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_contacts_step", "contacts", if_exists=True)
