"""a contact closes with the answer that can still be taken back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage.types import Json

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("closes", Json(), nullable=True))


def downgrade() -> None:
    op.drop_column("contacts", "closes")
