"""a proof by code ends, codes are counted by network, and answers that wait know what was joined"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_later = sa.table(
    "scheduled_replies",
    sa.column("id", sa.String),
    sa.column("contact_id", sa.String),
    sa.column("document", sa.Text),
    sa.column("made_at", UTCDateTime()),
    sa.column("send_at", UTCDateTime()),
    sa.column("held"),
    sa.column("after_seqs", Json()),
    sa.column("version", sa.Integer),
)
_contacts = sa.table(
    "contacts",
    sa.column("id"),
    sa.column("conversation_id"),
    sa.column("merged_into_id"),
    sa.column("scheduled_at", UTCDateTime()),
    sa.column("scheduled_held", sa.Boolean),
    sa.column("version", sa.Integer),
)
_merges = sa.table(
    "contact_merges",
    sa.column("from_conversation_id"),
    sa.column("kept_conversation_id"),
    sa.column("undone_at"),
)
_entries = sa.table(
    "interactions",
    sa.column("conversation_id"),
    sa.column("seq"),
    sa.column("created_at", UTCDateTime()),
)
_files = sa.table(
    "attachments", sa.column("id"), sa.column("contact_id"), sa.column("interaction_id")
)


def upgrade() -> None:
    op.add_column("webchat_visitors", sa.Column("proven_at", UTCDateTime(), nullable=True))
    # Nobody knows when: what was proved is good for as long as a proof lasts from the last visit.
    op.execute(
        "UPDATE webchat_visitors SET proven_at = last_seen_at WHERE proven_email IS NOT NULL"
    )
    op.add_column("contacts", sa.Column("proven_at", UTCDateTime(), nullable=True))
    op.add_column("contacts", sa.Column("proven_until", UTCDateTime(), nullable=True))
    op.add_column(
        "address_codes",
        sa.Column("network", sa.String(64), nullable=False, server_default=sa.text("''")),
    )
    _follow_merges()


def downgrade() -> None:
    op.drop_column("address_codes", "network")
    op.drop_column("contacts", "proven_until")
    op.drop_column("contacts", "proven_at")
    op.drop_column("webchat_visitors", "proven_at")


def _follow_merges() -> None:
    """Answers put aside before 0037 stayed in contacts that were merged, and knew one conversation
    only: they go where the contact went, and what came on any of its conversations since holds
    them. There are as many as agents have put aside, and few of them are of merged contacts.
    """
    bind = op.get_bind()
    left = (
        sa.select(_later, _contacts.c.conversation_id)
        .join(_contacts, _contacts.c.id == _later.c.contact_id)
        .where(_contacts.c.merged_into_id.is_not(None))
    )
    shown: set[str] = set()
    for row in bind.execute(left).all():
        kept_id = _kept(bind, row.contact_id)
        shown |= {row.contact_id, kept_id}
        answer = json.loads(row.document)
        answer["conversation_id"] = answer.get("conversation_id") or row.conversation_id
        bind.execute(
            sa.update(_later)
            .where(_later.c.id == row.id)
            .values(
                contact_id=kept_id,
                document=json.dumps(answer, ensure_ascii=False),
                version=row.version + 1,
            )
        )
        own = answer.get("attachment_ids") or []
        free = (_files.c.id.in_(own), _files.c.interaction_id.is_(None))
        bind.execute(sa.update(_files).where(*free).values(contact_id=kept_id))
    _know_joined(bind)
    _show(bind, shown)


def _kept(bind: sa.Connection, contact_id: str) -> str:
    seen = {contact_id}
    while True:
        found = sa.select(_contacts.c.merged_into_id).where(_contacts.c.id == contact_id)
        into = bind.execute(found).scalar_one_or_none()
        if into is None or into in seen:
            return contact_id
        seen.add(into)
        contact_id = into


def _show(bind: sa.Connection, contact_ids: set[str]) -> None:
    """The rows of contacts say when the next answer goes out, and whether one is held."""
    of = _later.c.contact_id == _contacts.c.id
    for contact_id in sorted(contact_ids):
        bind.execute(
            sa.update(_contacts)
            .where(_contacts.c.id == contact_id)
            .values(
                scheduled_at=sa.select(sa.func.min(_later.c.send_at)).where(of).scalar_subquery(),
                scheduled_held=sa.exists().where(of, _later.c.held.is_not(None)),
                version=_contacts.c.version + 1,
            )
        )


def _know_joined(bind: sa.Connection) -> None:
    joined = (
        sa.select(_later, _contacts.c.conversation_id, _merges.c.from_conversation_id)
        .join(_contacts, _contacts.c.id == _later.c.contact_id)
        .join(_merges, _merges.c.kept_conversation_id == _contacts.c.conversation_id)
        .where(_merges.c.undone_at.is_(None))
        .order_by(_later.c.id)
    )
    known: dict[str, dict[str, int]] = {}
    for row in bind.execute(joined).all():
        if row.after_seqs is None:  # to be taken back for some seconds: nothing holds it
            continue
        seqs = known.setdefault(row.id, dict(row.after_seqs))
        for conversation_id in (row.conversation_id, row.from_conversation_id):
            if conversation_id in seqs:
                continue
            then = sa.select(sa.func.max(_entries.c.seq)).where(
                _entries.c.conversation_id == conversation_id,
                _entries.c.created_at <= row.made_at,
            )
            seqs[conversation_id] = bind.execute(then).scalar() or 0
    for id_, seqs in known.items():
        bind.execute(sa.update(_later).where(_later.c.id == id_).values(after_seqs=seqs))
