"""The story of a call that a PBX carries: whose phone rings, who talks, how it ended.

The PBX has chosen already, so nothing of it is offered or routed. Each time the whole of what is
known is told and the hub follows; told again, nothing changes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.callbacks.reaching import Reached, drop_reached
from hub.contacts import service as contact_service
from hub.contacts.inbound import CallEvent, CallMoment, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import (
    FINAL,
    CallOutcome,
    Channel,
    ContactState,
    InteractionKind,
)
from hub.contacts.pbx.model import META, PbxCall, PbxFiled
from hub.contacts.pbx.service import agents_of, begin_call, find_call, note_call, ring
from hub.contacts.service import Move
from hub.contacts.tables import conversations, entry_points
from hub.core.errors import Conflict, HubError, NotFound
from hub.customers.normalise import parse_dialled
from hub.customers.tables import identities
from hub.routing import service as routing
from hub.routing.direct import hold_already, is_signed_in
from hub.storage import Tx

from .calls import apply_call_event, left
from .pbx_contacts import (
    Opening,
    entry_of_call,
    file_outgoing,
    note_entry,
    open_missed,
    open_talk,
    tell_passed_on,
)
from .receive import receive

_TALKING = frozenset({ContactState.ACTIVE, ContactState.HOLD})
_BUSY = frozenset({"busy", "user_busy", "user busy"})

Who = dict[str, tuple[str, str]]
"""Extension → (user id, name)."""


def follow_pbx_call(tx: Tx, call: PbxCall) -> PbxFiled:
    """Bring timeline, contact and desks up to how a call stands; return where it is.

    Raises NotFound for an entry point that is no more.
    """
    if call.contact_id is not None:
        return _asked_for(tx, call, call.contact_id)
    row = find_call(tx, call)
    if row is None:
        row = _begin(tx, call)
    if row.refused or call.version < row.version:
        return PbxFiled(row.conversation_id, row.contact_id)
    if call.version > row.version:
        row = note_call(tx, row.id, {"version": call.version})
    who = agents_of(tx, call)
    if row.ended_at is None:
        row = _follow_talk(tx, row, call, who)
        rings = {} if call.outbound else {who[one][0]: one for one in call.ringing if one in who}
        ring(tx, row, rings)
        if call.ended_at is not None:
            row = _ended(tx, row, call, who)
    if call.recording_url and row.interaction_id is not None:
        note_entry(tx, row.interaction_id, {"recording_url": call.recording_url})
    return PbxFiled(row.conversation_id, row.contact_id)


def _begin(tx: Tx, call: PbxCall) -> Row[Any]:
    """Put the call on its customer's timeline; who calls becomes a customer where nobody knows
    them.
    """
    point = tx.execute(
        select(entry_points).where(
            entry_points.c.id == call.entry_point_id, entry_points.c.retired.is_(False)
        )
    ).first()
    if point is None:
        raise NotFound(f"There is no entry point {call.entry_point_id!r}.")
    item = Inbound(
        entry_point_id=point.id,
        channel=Channel(point.channel),
        dedupe_key=f"pbx:{call.call_id}",
        senders=(_sender(call),),
        received_at=call.started_at,
        kind=InteractionKind.CALL,
        external_id=call.call_id,
        queues=False,
        acknowledge=False,
        no_acknowledge_reason="a call is answered by voice",
        meta={"from": call.number, "to": call.line},
    )
    if call.outbound:
        filed = file_outgoing(tx, point, item)
        return begin_call(tx, call, {**filed._asdict(), "refused": False})
    [receipt] = receive(tx, [item])
    if isinstance(receipt, HubError):
        raise receipt
    columns = {
        "conversation_id": receipt.conversation_id,
        "interaction_id": receipt.interaction_id,
        "identity_id": _identity(tx, receipt.conversation_id),
        "contact_id": receipt.contact_id,
        "refused": receipt.contact_id is not None,  # nothing else of it opens one
    }
    return begin_call(tx, call, columns)


def _sender(call: PbxCall) -> SenderIdentity:
    if call.number:
        return SenderIdentity(IdentityKind.PHONE, call.number)
    return SenderIdentity(IdentityKind.EXTERNAL, f"pbx:{call.call_id}", name="Withheld number")


def _identity(tx: Tx, conversation_id: str) -> str:
    found = select(conversations.c.identity_id).where(conversations.c.id == conversation_id)
    return str(tx.execute(found).scalar_one())


def _follow_talk(tx: Tx, row: Row[Any], call: PbxCall, who: Who) -> Row[Any]:
    """Somebody talks: the contact is theirs, and goes along where the call is passed on."""
    agent = who.get(call.talker)
    if call.answered_at is None:
        return row
    if row.contact_id is None:
        if agent is None or not is_signed_in(tx, agent[0]):
            return row  # it stands on the timeline; nobody's desk has it
        _serve(tx, row, call)
        contact_id = open_talk(tx, Opening.of(row, call), agent)
        row = note_call(tx, row.id, {"contact_id": contact_id})
    contact = contact_service.get_contact(tx, row.contact_id)
    if contact.state not in _TALKING:
        return row
    if agent is not None and contact.agent_id != agent[0]:
        _pass_on(tx, contact, agent)
    elif agent is None and call.talker:
        left(tx, contact, tx.now)  # it went to a phone that is nobody's here: their part is done
        return row
    _hold(tx, contact.id, call)
    return row


def _hold(tx: Tx, contact_id: str, call: PbxCall) -> None:
    wanted = ContactState.HOLD if call.held else ContactState.ACTIVE
    state = contact_service.get_contact(tx, contact_id).state
    if call.ended_at is None and state in _TALKING and state != wanted:
        contact_service.move(tx, Move(contact_id, wanted))


def _serve(tx: Tx, row: Row[Any], call: PbxCall) -> None:
    """Who is on the line needs no callback."""
    if call.outbound:
        return
    point = tx.execute(select(entry_points).where(entry_points.c.id == row.entry_point_id)).one()
    owner = select(identities.c.customer_id).where(identities.c.id == row.identity_id)
    number = parse_dialled(call.number, point.region) if call.number else ""
    drop_reached(
        tx,
        [
            Reached(
                tx.execute(owner).scalar_one(),
                InteractionKind.CALL,
                point.id,
                point.queue_id,
                number if isinstance(number, str) else "",
            )
        ],
    )


def _pass_on(tx: Tx, contact: Row[Any], to: tuple[str, str]) -> None:
    """The call is at another phone: the contact is with its agent, or, where they are not signed
    in, over for who had it.
    """
    agent_id, _ = to
    if not is_signed_in(tx, agent_id):
        left(tx, contact, tx.now)
        return
    through = ContactState.HOLD if contact.state == ContactState.ACTIVE else None
    routing.release(tx, [contact.id], "transferred")
    changes = {"agent_id": agent_id}
    contact_service.move(
        tx, Move(contact.id, ContactState.ACTIVE, changes=changes, through=through)
    )
    moved = contact_service.get_contact(tx, contact.id)
    hold_already(tx, moved, agent_id)
    routing.follow_contacts(tx, [contact.id])
    tell_passed_on(tx, moved, to)


def _ended(tx: Tx, row: Row[Any], call: PbxCall, who: Who) -> Row[Any]:
    ended_at = call.ended_at or tx.now
    changes: dict[str, Any] = {"ended_at": ended_at}
    if row.contact_id is not None:
        left(tx, contact_service.get_contact(tx, row.contact_id), ended_at)
    elif row.interaction_id is not None:
        facts = _facts(call, who)
        note_entry(tx, row.interaction_id, facts)
        if call.answered_at is None and not call.outbound:
            contact_id = open_missed(tx, Opening.of(row, call))
            left(tx, contact_service.get_contact(tx, contact_id), ended_at)
            changes["contact_id"] = contact_id
    return note_call(tx, row.id, changes)


def _facts(call: PbxCall, who: Who) -> dict[str, Any]:
    """What the timeline says of a call that is nobody's contact."""
    outcome = CallOutcome.ANSWERED if call.answered_at else _not_reached(call)
    facts: dict[str, Any] = {"outcome": outcome} if call.outbound else {}
    if call.answered_at is not None and call.ended_at is not None:
        facts["duration_s"] = max(0, round((call.ended_at - call.answered_at).total_seconds()))
    if call.talker:
        facts["agents"] = who[call.talker][1] if call.talker in who else call.talker
    return facts


def _not_reached(call: PbxCall) -> CallOutcome:
    return CallOutcome.BUSY if call.cause.lower() in _BUSY else CallOutcome.NO_ANSWER


def _asked_for(tx: Tx, call: PbxCall, contact_id: str) -> PbxFiled:
    """A call that an agent asked the PBX for, from a contact that is theirs already."""
    contact = contact_service.get_contact(tx, contact_id)
    if contact.entry_point_id != call.entry_point_id:
        raise Conflict("The call belongs to another entry point.")
    if META not in contact.meta:
        contact_service.amend(tx, contact_id, {"meta": {**contact.meta, META: True}})
    if call.answered_at is not None:
        _tell(tx, call, contact_id, CallMoment.AGENT_JOINED)
        _hold(tx, contact_id, call)
    elif call.ended_at is None:
        _tell(tx, call, contact_id, CallMoment.RINGING if call.ringing else CallMoment.DIALLING)
    if call.ended_at is not None:
        over = call.answered_at is not None
        _tell(tx, call, contact_id, CallMoment.CUSTOMER_LEFT if over else CallMoment.NOT_REACHED)
    entry_id = entry_of_call(tx, contact) if call.recording_url else None
    if entry_id is not None:
        note_entry(tx, entry_id, {"recording_url": call.recording_url})
    return PbxFiled(contact.conversation_id, contact_id)


def _tell(tx: Tx, call: PbxCall, contact_id: str, moment: CallMoment) -> None:
    contact = contact_service.get_contact(tx, contact_id)
    if contact.state in FINAL:
        return
    news = CallEvent(
        key="",  # how it stands is told, so the same again finds nothing to change
        entry_point_id=call.entry_point_id,
        contact_id=contact_id,
        moment=moment,
        occurred_at=call.ended_at or call.answered_at or tx.now,
        outcome=_not_reached(call) if moment is CallMoment.NOT_REACHED else None,
        reason="no_answer" if moment is CallMoment.NOT_REACHED else "",
    )
    apply_call_event(tx, contact, news)
