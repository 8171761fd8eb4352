"""which versions of the set-up came from a file that was written from another version"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("setup_versions", sa.Column("exported_from", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("setup_versions", "exported_from")
