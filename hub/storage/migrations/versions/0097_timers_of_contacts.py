"""timers of contacts are found by state and time: SQLite read all who are in the state instead"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

_TIMERS = (
    ("ix_contacts_wrap", "wrap_up", "wrap_until"),
    ("ix_contacts_step", "queued", "step_until"),
    ("ix_contacts_parked", "parked", "parked_until"),
    ("ix_contacts_interrupted", "active", "interrupted_until"),
    ("ix_contacts_quiet", "active", "quiet_until"),
)
_EVERYBODY = ("ix_contacts_wrap", "ix_contacts_parked")  # before: also those without a time
_UNTOUCHED = sa.text("state = 'active'")


def upgrade() -> None:
    _make_again("ix_contacts_untouched", ["state", "channel", "untouched_until"], _UNTOUCHED)
    for name, state, until in _TIMERS:
        where = sa.text(f"state = '{state}' AND {until} IS NOT NULL")
        _make_again(name, ["state", until], where)


def downgrade() -> None:
    _make_again("ix_contacts_untouched", ["channel", "untouched_until"], _UNTOUCHED)
    for name, state, until in _TIMERS:
        timed = "" if name in _EVERYBODY else f" AND {until} IS NOT NULL"
        _make_again(name, [until], sa.text(f"state = '{state}'{timed}"))


def _make_again(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.drop_index(name, "contacts", if_exists=True)
    op.create_index(name, "contacts", columns, sqlite_where=where, postgresql_where=where)
