"""The caller who left a message is called back from it: the agent's phone first, then theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from hub.callbacks import messages
from hub.contacts import service as contact_service
from hub.contacts.access import Sight
from hub.contacts.inbound import IdentityKind
from hub.contacts.model import HELD, OPEN, ContactState, InteractionKind
from hub.contacts.service import Move
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, Invalid
from hub.customers.model import IdentityStatus
from hub.customers.tables import identities
from hub.routing import service as routing
from hub.storage import Tx

from .calling import StartCall, find_begun, start_call
from .permits import SERVICE, OwnAccord
from .pulling import Pull, pull
from .start import Started
from .taken import held_by_other


@dataclass(frozen=True, slots=True)
class CallBackMessage:
    """Call back who left `message` (the row of its entry), from `entry_point` (its row).

    `number`: as typed, for who withheld theirs; "": the one they called from. `client_key`: the
    same again begins no second call. `steers`, `sight`: as in Pull and StartCall.
    """

    agent_id: str
    agent_name: str
    message: Row[Any]
    entry_point: Row[Any]
    client_key: str
    number: str = ""
    steers: bool = False
    sight: Sight | None = None
    what_for: OwnAccord = SERVICE


def call_back_message(tx: Tx, cmd: CallBackMessage) -> Started:
    """Begin the call, and say so on the entry of the message.

    A message that still waits is taken by this agent; one in their hands is set aside meanwhile, so
    that it takes no room from the call. Raises Invalid ("voicemail.no_number") where none is known,
    Conflict where somebody else has the message, or calls for it now, and as `start_call`.
    """
    before = find_begun(tx, cmd.entry_point.id, cmd.agent_id, cmd.client_key)
    if before is not None:
        return before
    message = cmd.message
    if message.kind != InteractionKind.VOICEMAIL or message.contact_id is None:
        raise Invalid("This entry is no spoken message.", code="voicemail.none")
    number = _number(tx, message.identity_id) or cmd.number.strip()
    if not number:
        raise Invalid(
            "They withheld their number: enter the one to call, if they said it.",
            code="voicemail.no_number",
            field="number",
        )
    row = contact_service.get_contact(tx, message.contact_id)
    _check_free(tx, row, message, cmd.agent_id)
    _set_aside(tx, row, cmd)
    started = start_call(
        tx,
        StartCall(
            agent_id=cmd.agent_id,
            agent_name=cmd.agent_name,
            entry_point=cmd.entry_point,
            number=number,
            queue_id=row.queue_id,
            client_key=cmd.client_key,
            sight=cmd.sight,
            what_for=cmd.what_for,
            meta={messages.CALLS_BACK: {"interaction_id": message.id, "contact_id": row.id}},
        ),
    )
    messages.note_begun(tx, message, started.contact_id, cmd.agent_name)
    return started


def _number(tx: Tx, identity_id: str) -> str | None:
    """Return the number the network showed, as long as it is this customer's."""
    found = select(identities.c.value_norm).where(
        identities.c.id == identity_id,
        identities.c.kind == IdentityKind.PHONE,
        identities.c.status != IdentityStatus.REMOVED,
    )
    return tx.execute(found).scalar_one_or_none()


def _check_free(tx: Tx, row: Row[Any], message: Row[Any], agent_id: str) -> None:
    """Raise Conflict where a colleague has the message, or their call for it goes on."""
    if row.state in HELD and row.agent_id != agent_id:
        raise held_by_other(tx, row)
    calls = [one["contact_id"] for one in messages.calls_of(message) if one["outcome"] is None]
    rings = select(contacts.c.id).where(contacts.c.id.in_(calls), contacts.c.state.in_(OPEN))
    if calls and tx.execute(rings.limit(1)).first() is not None:
        raise Conflict("They are being called back just now.", code="callback.dialling")


def _set_aside(tx: Tx, row: Row[Any], cmd: CallBackMessage) -> None:
    """Make a message that waits this agent's, and give its room to the call. One that is set aside
    already does not come back while the phones ring.
    """
    state = ContactState(row.state)
    if state in (ContactState.QUEUED, ContactState.OFFERED):
        pull(tx, Pull(row.id, cmd.agent_id, cmd.steers))
        state = ContactState.CONNECTING
    if state is ContactState.CONNECTING:
        routing.connected(tx, row.id)  # nobody is on the line: taking it is answering it
        contact_service.amend(tx, row.id, {"answered_at": row.answered_at or tx.now, "unread": 0})
        state = ContactState.ACTIVE
    until = tx.now + messages.aside_for(tx, row.queue_id)
    if state is ContactState.PARKED and row.parked_until is not None:
        contact_service.amend(tx, row.id, {"parked_until": max(row.parked_until, until)})
    if state is not ContactState.ACTIVE:
        return
    contact_service.move(
        tx,
        Move(row.id, ContactState.PARKED, agent_id=cmd.agent_id, changes={"parked_until": until}),
    )
    routing.release(tx, [row.id], "parked")
