"""What passed between us and a customer outside of every channel: a visit, a letter, by hand.

It goes into one conversation of the customer's own `record` identity, so that it stands on the
timeline like anything else and goes along with merges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.customers.addresses import record_identity
from hub.customers.card_numbers import hide_card_numbers
from hub.customers.changes import check_text
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.search import Document, SearchKind, index_documents

from .model import RECORD, Direction, InteractionKind
from .service import NewInteraction, append
from .tables import conversations, interactions

BY_HAND = frozenset({InteractionKind.VISIT, InteractionKind.LETTER})
_MAX_TEXT = 4_000
_CLOCKS_DIFFER = timedelta(minutes=5)
_OLDEST = timedelta(days=36_525)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """`kind`: one of BY_HAND. `direction`: inbound where they came or wrote to us. `at`: when.

    `client_id`: the writer's own id of it; the same again is the same entry.
    """

    actor: Actor
    customer_id: str
    kind: InteractionKind
    direction: Direction
    text: str
    at: datetime
    client_id: str | None = None


def log_entry(tx: Tx, cmd: LogEntry) -> str:
    """Put it on the customer's timeline and return the id of the entry.

    Raises NotFound, Conflict for a client_id used elsewhere, and Invalid for no text, a time to
    come, or what comes in by a channel.
    """
    text = hide_card_numbers(tx, check_text(cmd.text, "text", _MAX_TEXT))
    if cmd.kind not in BY_HAND or cmd.direction is Direction.INTERNAL:
        raise Invalid("Only visits and letters are logged by hand.", field="kind")
    if cmd.at.tzinfo is None:
        raise Invalid("Give the time with its zone, for example 2026-03-10T15:00:00+08:00.")
    if not tx.now - _OLDEST < cmd.at <= tx.now + _CLOCKS_DIFFER:
        raise Invalid(
            "Log what has happened: choose a time that has passed.",
            code="logged.future",
            field="at",
        )
    identity_id = record_identity(tx, cmd.customer_id)
    if (before := _logged_before(tx, identity_id, cmd)) is not None:
        return before
    head = _conversation(tx, identity_id)
    entry = NewInteraction(
        id=new_id(),
        conversation_id=head.id,
        contact_id=None,
        identity_id=identity_id,
        channel=RECORD,
        kind=str(cmd.kind),
        direction=str(cmd.direction),
        text=text,
        at=cmd.at,
        author_id=cmd.actor.id,
        author_name=cmd.actor.name,
        client_id=cmd.client_id,
    )
    [seq] = append(tx, [entry], {head.id: head.last_seq})
    tx.execute(
        update(conversations)
        .where(conversations.c.id == head.id)
        .values(last_seq=seq, last_at=tx.now, version=conversations.c.version + 1)
    )
    index_documents(tx, SearchKind.INTERACTIONS, [Document(entry.id, text, cmd.at)])
    audit(tx, cmd.actor, "customer.log", "customer", cmd.customer_id, {"kind": str(cmd.kind)})
    tx.hint("customer.changed", cmd.customer_id)
    return entry.id


def _conversation(tx: Tx, identity_id: str) -> Row[tuple[str, int]]:
    """Return the locked conversation of a `record` identity; there is one, made when needed."""
    found = (
        select(conversations.c.id, conversations.c.last_seq)
        .where(conversations.c.identity_id == identity_id, conversations.c.channel == RECORD)
        .with_for_update()
    )
    row = tx.execute(found).first()
    if row is None:
        tx.execute(
            insert(conversations).values(
                id=new_id(),
                entry_point_id=RECORD,
                channel=RECORD,
                identity_id=identity_id,
                last_seq=0,
                last_at=tx.now,
                created_at=tx.now,
            )
        )
        row = tx.execute(found).one()
    return row


def _logged_before(tx: Tx, identity_id: str, cmd: LogEntry) -> str | None:
    """Return the entry that this writer has logged under this id; also before a merge."""
    if cmd.client_id is None:
        return None
    own, today = identities.alias("own"), identities.alias("today")
    row = tx.execute(
        select(interactions.c.id, own.c.customer_id, today.c.customer_id.label("wanted"))
        .join(own, own.c.id == interactions.c.identity_id)
        .join(today, today.c.id == identity_id)
        .where(interactions.c.author_id == cmd.actor.id, interactions.c.client_id == cmd.client_id)
    ).first()
    if row is None:
        return None
    if row.customer_id != row.wanted:
        raise Conflict("You used this client_id for something else: give each entry its own.")
    return str(row.id)
