"""An agent leaves for good: what they hold goes on, with whom it is given to or in its queue."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, func, literal_column, select, update

from hub.contacts import service as contacts_service
from hub.contacts.joining.consults import end_unheld
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.errors import Conflict
from hub.storage import Tx, in_words

from .returns import take_back
from .settings import RoutingSettings, load_settings
from .staff import sign_out

LEFT_REASON = "left"
_HELD = (
    ContactState.CONNECTING,
    ContactState.ACTIVE,
    ContactState.HOLD,
    ContactState.PARKED,
)
_NOT_OVER = ~in_words(contacts.c.state, ("closed", "abandoned", "queued"))


class InConversation(Conflict):
    """Somebody speaks with them now: nobody is cut off."""

    code = "user.in_conversation"


def count_held(tx: Tx, agent_id: str) -> int:
    """Count the open contacts in an agent's hands, or put aside for them."""
    held = select(func.count()).where(
        contacts.c.agent_id == agent_id, _NOT_OVER, contacts.c.state.in_(_HELD)
    )
    number: int = tx.execute(held).scalar_one()
    return number


def count_live(tx: Tx, agent_id: str) -> int:
    """Count the contacts in which an agent speaks with a customer, or is about to."""
    held = select(contacts.c.state, contacts.c.channel).where(
        contacts.c.agent_id == agent_id, _NOT_OVER
    )
    settings = load_settings(tx)
    return sum(_is_live(settings, row) for row in tx.execute(held))


def hand_over_contacts(tx: Tx, agent_id: str, to_id: str | None) -> int:
    """Sign an agent out for good and give on what they hold; return how many contacts.

    What they work on goes back to its queue with its waited time, and `to_id` is offered it first;
    what waits for its customer waits on as `to_id`'s, who finds it on their desk. None is for who
    holds nothing. Raises InConversation while they are on a call or in a chat, or about to be.
    """
    held = and_(contacts.c.agent_id == agent_id, _NOT_OVER)
    ids = list(tx.execute(select(contacts.c.id).where(held)).scalars())
    rows = [
        row for row in contacts_service.lock_contacts(tx, ids).values() if row.agent_id == agent_id
    ]
    settings = load_settings(tx)
    if any(_is_live(settings, row) for row in rows):
        raise InConversation(
            "They speak with a customer now, or are about to: let them finish, or transfer it."
        )
    working = [row for row in rows if row.state == ContactState.ACTIVE]
    take_back(tx, settings, working, LEFT_REASON, {"preferred_agent_id": to_id})
    for row in rows:
        if row.state == ContactState.PARKED:
            contacts_service.amend(tx, row.id, {"agent_id": to_id})
        elif row.state == ContactState.WRAP_UP:
            contacts_service.amend(tx, row.id, {"wrap_until": tx.now})  # its timer ends it
    end_unheld(tx, ids)
    sign_out(tx, agent_id)
    _prefer(tx, agent_id, to_id)
    return sum(row.state in _HELD for row in rows)


def _is_live(settings: RoutingSettings, row: Row[Any]) -> bool:
    if row.state in (ContactState.CONNECTING, ContactState.HOLD):
        return True
    return row.state == ContactState.ACTIVE and row.channel not in settings.written_channels


def _prefer(tx: Tx, agent_id: str, to_id: str | None) -> None:
    """What waits and was kept for them is kept for their successor, or for nobody."""
    waiting = contacts.c.state == literal_column("'queued'")
    changes: dict[str, Any] = {"preferred_agent_id": to_id}
    if to_id is None:
        changes["preferred_until"] = None
    changed = tx.execute(
        update(contacts)
        .where(waiting, contacts.c.preferred_agent_id == agent_id)
        .values(**changes, version=contacts.c.version + 1)
        .returning(contacts.c.id)
    ).scalars()
    for contact_id in changed:
        tx.hint("contact.queued", contact_id)
