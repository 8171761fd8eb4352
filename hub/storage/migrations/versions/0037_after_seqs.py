"""an answer that goes out later is held by what comes on any conversation of its contact"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None

_UP = {
    "sqlite": """
UPDATE scheduled_replies SET after_seqs = json_object(
  (SELECT c.conversation_id FROM contacts c WHERE c.id = scheduled_replies.contact_id), after_seq
) WHERE after_seq IS NOT NULL""",
    "postgresql": """
UPDATE scheduled_replies SET after_seqs = jsonb_build_object(
  (SELECT c.conversation_id FROM contacts c WHERE c.id = scheduled_replies.contact_id), after_seq
) WHERE after_seq IS NOT NULL""",
}
_DOWN = {
    "sqlite": """
UPDATE scheduled_replies SET after_seq = (
  SELECT json_extract(scheduled_replies.after_seqs, '$."' || c.conversation_id || '"')
  FROM contacts c WHERE c.id = scheduled_replies.contact_id
) WHERE after_seqs IS NOT NULL""",
    "postgresql": """
UPDATE scheduled_replies SET after_seq = (
  SELECT CAST(scheduled_replies.after_seqs ->> c.conversation_id AS integer)
  FROM contacts c WHERE c.id = scheduled_replies.contact_id
) WHERE after_seqs IS NOT NULL""",
}


def upgrade() -> None:
    op.add_column("scheduled_replies", sa.Column("after_seqs", types.Json(), nullable=True))
    op.execute(_UP[op.get_bind().dialect.name])
    op.drop_column("scheduled_replies", "after_seq")


def downgrade() -> None:
    op.add_column("scheduled_replies", sa.Column("after_seq", sa.Integer(), nullable=True))
    op.execute(_DOWN[op.get_bind().dialect.name])
    op.drop_column("scheduled_replies", "after_seqs")
