"""addresses are found by an index of them all

The one of those that were not removed was used only where a statement says so in words that the
database can compare with its condition: not where the state is a parameter, and not by who asks for
removed ones, too. Both read the whole table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_NAME, _TABLE, _COLUMNS = (
    "ix_customer_identities_value",
    "customer_identities",
    ["kind", "value_norm"],
)


def upgrade() -> None:
    op.drop_index(_NAME, _TABLE)
    op.create_index(_NAME, _TABLE, _COLUMNS)


def downgrade() -> None:
    left = sa.text("status != 'removed'")
    op.drop_index(_NAME, _TABLE)
    op.create_index(_NAME, _TABLE, _COLUMNS, sqlite_where=left, postgresql_where=left)
