"""An agent will not serve a sender any more: they are blocked, and what is open ends as spam."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hub.accounts.model import Actor
from hub.callbacks.stopping import stop_asked
from hub.contacts import service as contact_service
from hub.contacts.blocks.model import kind_of
from hub.contacts.blocks.service import Block, block
from hub.contacts.model import FINAL, ContactState
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict
from hub.customers.model import IdentityKind
from hub.customers.tables import identities
from hub.storage import Tx

from .handling import Handle
from .spam import MarkSpam, callback_by, mark_spam
from .telling import By

_TALKING = frozenset(
    {
        ContactState.QUEUED,
        ContactState.OFFERED,
        ContactState.CONNECTING,
        ContactState.ACTIVE,
        ContactState.HOLD,
    }
)


@dataclass(frozen=True, slots=True)
class BlockSender:
    """`until` None: for good."""

    handle: Handle
    actor: Actor
    reason: str
    until: datetime | None = None


def block_sender(tx: Tx, cmd: BlockSender) -> str:
    """Block the address this contact came from and close it as spam; return the block's id.

    One that is over stays as it ended; nobody is called back as they asked. Raises Conflict where
    it came from no address that can be blocked (an anonymous caller, what was logged by hand), is
    with somebody else, or is a call that goes on.
    """
    row = contact_service.get_contact(tx, cmd.handle.contact_id)
    if cmd.handle.call and row.state in _TALKING:
        raise Conflict("End the call first, then block the number.", code="block.talking")
    sender = tx.execute(
        select(identities.c.kind, identities.c.value_norm).where(identities.c.id == row.identity_id)
    ).one()
    kind = kind_of(IdentityKind(sender.kind))
    if kind is None or ":" in sender.value_norm:
        raise Conflict("This sender has no address that could be blocked.", code="block.nobody")
    region = tx.execute(
        select(entry_points.c.region).where(entry_points.c.id == row.entry_point_id)
    ).scalar_one()
    block_id = block(
        tx,
        Block(cmd.actor, kind, sender.value_norm, cmd.reason, region, cmd.until, row.id),
    )
    by = By(cmd.handle.by_id, cmd.handle.by_name)
    if row.state not in FINAL:
        mark_spam(tx, MarkSpam(row.id, by, cmd.handle.agent_id))
    stop_asked(tx, row.id, callback_by(by), row.identity_id)
    return block_id
