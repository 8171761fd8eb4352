"""Guests of calls: a supervisor listens, whispers, speaks, takes over; an agent asks by phone.

A supervisor is a guest who was not asked; who is asked talks to the agent while the customer hears
music, until the agent goes back, makes it a talk of three, or leaves the customer to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select

from hub.accounts.ringing import ring_addresses
from hub.accounts.tables import users
from hub.contacts import service as contact_service
from hub.contacts.effects import (
    DropGuest,
    Invite,
    InviteOutside,
    LeaveTo,
    SetGuestMode,
    Unhold,
)
from hub.contacts.guests.model import (
    SUPERVISING,
    GuestEnd,
    GuestMode,
    GuestRole,
    GuestState,
)
from hub.contacts.guests.service import (
    NewGuest,
    add_guest,
    end_guest,
    get_guest,
    list_open,
    list_open_of,
    note_mode,
)
from hub.contacts.model import ContactState, InteractionKind
from hub.contacts.numbers import check_number
from hub.contacts.outreach.sending import ToChannel, to_channel, to_person
from hub.contacts.outreach.service import AskFor, may_contact, require
from hub.contacts.pbx.model import META as OF_PBX
from hub.contacts.recordings.model import is_silent
from hub.contacts.tables import contacts, entry_points
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.customers.model import IdentityKind
from hub.customers.tables import identities
from hub.routing import service as routing
from hub.routing.service import Accepted
from hub.storage import Tx, in_words
from hub.storage.outbox import NewEffect, add_effects

from .handling import Handle, Transfer, transfer
from .messages import append_internal
from .pulling import Pull, pull
from .telling import By

TALKING = frozenset({ContactState.ACTIVE, ContactState.HOLD})
MAX_GUESTS = 5  # of one call at once
_MOST_ASKED = 50  # agents of a queue that are looked at for one who is free
_FULL = frozenset({"agent.channel_full", "agent.full"})


@dataclass(frozen=True, slots=True)
class Supervise:
    contact_id: str
    by: By
    mode: GuestMode


def supervise(tx: Tx, cmd: Supervise) -> str:
    """Ring the supervisor, who joins the call heard by nobody; then as `mode` says. Return the
    guest's id. Who is on this call already changes the mode.

    Raises NotFound, Invalid, Conflict where nobody talks, it is their own call, or they are a
    guest of another one, or its recording is paused.
    """
    if cmd.mode not in SUPERVISING:
        raise Invalid("Choose to listen, whisper or barge in.", code="guest.mode")
    row = _get_talk(tx, cmd.contact_id)
    by_id = str(cmd.by.id)
    if row.agent_id == by_id:
        raise Conflict("You are on this call as its agent.", code="guest.own_call")
    own = list_open_of(tx, by_id)
    if _has_call(tx, by_id, row.channel) or any(guest.contact_id != row.id for guest in own):
        raise Conflict("You are on another call: leave that first.", code="guest.elsewhere")
    for guest in own:
        set_mode(tx, SetMode(guest.id, cmd.by, cmd.mode))
        return str(guest.id)
    if is_silent(row.meta):
        raise Conflict(
            "The recording is paused: nobody listens in until it goes on.", code="guest.silenced"
        )
    _check_room(tx, row)
    new = NewGuest(row.id, GuestRole.SUPERVISOR, cmd.mode, by_id, cmd.by.name, by_id, cmd.by.name)
    return _invite(tx, row, new)


@dataclass(frozen=True, slots=True)
class SetMode:
    guest_id: str
    by: By
    mode: GuestMode


def set_mode(tx: Tx, cmd: SetMode) -> None:
    """Let a supervisor be heard by somebody else. Raises NotFound, Conflict, Invalid."""
    guest = _get_open(tx, cmd.guest_id)
    if guest.role != GuestRole.SUPERVISOR or guest.user_id != cmd.by.id:
        raise Conflict("Only a supervisor changes who hears them.", code="guest.not_yours")
    if cmd.mode not in SUPERVISING:
        raise Invalid("Choose to listen, whisper or barge in.", code="guest.mode")
    if guest.mode == cmd.mode:
        return
    row = contact_service.get_contact(tx, guest.contact_id)
    note_mode(tx, guest.id, cmd.mode)
    order = SetGuestMode(contact_id=row.id, guest_id=guest.id, mode=cmd.mode)
    _order(tx, row, order)


@dataclass(frozen=True, slots=True)
class AskByPhone:
    """One of the three: a colleague, whoever of a queue is free, an outside number as typed.

    `blind`: the customer is left to them as soon as they have answered (an outside number only: a
    colleague or a queue is transferred to).
    """

    contact_id: str
    by: By
    agent_id: str | None = None
    queue_id: str | None = None
    number: str | None = None
    blind: bool = False


def ask_by_phone(tx: Tx, cmd: AskByPhone) -> str:
    """Hold the customer and ring who is asked; return the guest's id.

    Raises NotFound, Invalid for the target or the number, Conflict where the agent does not talk
    on this call, somebody is asked already, nobody is free, or who is called has said no.
    """
    if sum(one is not None for one in (cmd.agent_id, cmd.queue_id, cmd.number)) != 1:
        raise Invalid("Name a colleague, a queue or a number, one of the three.")
    if cmd.blind and cmd.number is None:
        raise Invalid("Transfer to colleagues and queues instead.", code="guest.blind")
    row = _get_talk(tx, cmd.contact_id)
    if row.agent_id != cmd.by.id:
        raise Conflict("Only who talks on a call asks by phone.", code="contact.not_yours")
    _check_room(tx, row)
    if any(one.role == GuestRole.CONSULT for one in list_open(tx, [row.id])):
        raise Conflict("Somebody is asked already: end that first.", code="guest.asking")
    by_id = str(cmd.by.id)
    new = NewGuest(row.id, GuestRole.CONSULT, GuestMode.NORMAL, by_id, cmd.by.name)
    if cmd.number is not None:
        return _call_outside(tx, row, new._replace(blind=cmd.blind), cmd.number)
    agent_id = cmd.agent_id or _free_agent(tx, row, str(cmd.queue_id), by_id)
    if agent_id == by_id:
        raise Invalid("Ask somebody else.", code="consult.yourself")
    routing.check_signed_in(tx, agent_id)
    if _is_on_a_call(tx, agent_id, row.channel):
        raise Conflict("They are on another call.", code="guest.busy")
    name = tx.execute(select(users.c.name).where(users.c.id == agent_id)).scalar_one()
    guest_id = _invite(tx, row, new._replace(user_id=agent_id, name=name))
    _say(tx, row, cmd.by, {"code": "call_asked", "name": name, "number": ""})
    return guest_id


def _call_outside(tx: Tx, row: Row[Any], new: NewGuest, typed: str) -> str:
    found = select(entry_points).where(entry_points.c.id == row.entry_point_id)
    number = check_number(tx, typed, tx.execute(found).one())
    permit = require(may_contact(tx, [_ask_for(tx, row, number)])[0])
    guest_id = add_guest(tx, new._replace(number=number))
    order = InviteOutside(contact_id=row.id, guest_id=guest_id, address=number, blind=new.blind)
    effect = to_person(
        permit,
        order,
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        contact_id=row.id,
        dedupe_key=f"guest:{guest_id}",
        at_most_once=True,
    )
    add_effects(tx, [effect])
    code = "call_passed_on" if new.blind else "call_asked"
    _say(tx, row, By(new.by_id, new.by_name), {"code": code, "name": "", "number": number})
    return guest_id


def _ask_for(tx: Tx, row: Row[Any], number: str) -> AskFor:
    """What the number is asked for: as a customer's where it is one, who may have said no."""
    known = select(identities.c.id).where(
        identities.c.kind == IdentityKind.PHONE, identities.c.value_norm == number
    )
    identity_id = tx.execute(known).scalar_one_or_none()
    if identity_id is not None:
        return AskFor(Purpose.SERVICE, row.channel, identity_id)
    return AskFor(Purpose.SERVICE, row.channel, address=(IdentityKind.PHONE, number))


def _free_agent(tx: Tx, row: Row[Any], queue_id: str, but: str) -> str:
    """Return the agent of a queue who is free and was idle for longest. Raises Conflict."""
    for agent_id in routing.idle_of_queue(tx, queue_id, _MOST_ASKED):
        if agent_id == but or _is_on_a_call(tx, agent_id, row.channel):
            continue
        if routing.room_for(tx, agent_id, row.channel, 1):
            return agent_id
    raise Conflict("Nobody of that queue is free now.", code="guest.nobody_free")


def _is_on_a_call(tx: Tx, user_id: str, channel: str) -> bool:
    return bool(list_open_of(tx, user_id)) or _has_call(tx, user_id, channel)


def _has_call(tx: Tx, user_id: str, channel: str) -> bool:
    """Say whether somebody has a call of their own; a spoken message is none."""
    spoken = InteractionKind.VOICEMAIL
    held = select(contacts.c.id).where(
        contacts.c.agent_id == user_id,
        in_words(contacts.c.state, ["connecting", "active", "hold"]),
        contacts.c.channel == channel,
        or_(contacts.c.promise.is_(None), contacts.c.promise != spoken),
    )
    return tx.execute(held.limit(1)).first() is not None


def drop_guest(tx: Tx, guest_id: str, by: By) -> None:
    """Let a guest go. Where the agent had asked them, the customer comes off hold.

    Raises NotFound, Conflict where they are none any more.
    """
    guest = _get_open(tx, guest_id)
    row = contact_service.get_contact(tx, guest.contact_id)
    rang = guest.state == GuestState.RINGING
    end_guest(tx, guest.id, GuestEnd.CANCELLED if rang else GuestEnd.LEFT)
    _order(tx, row, DropGuest(contact_id=row.id, guest_id=guest.id))
    asked = guest.role == GuestRole.CONSULT and guest.by_id == by.id
    if asked and row.agent_id == by.id and ContactState(row.state) in TALKING:
        _order(tx, row, Unhold(contact_id=row.id))


def complete(tx: Tx, guest_id: str, by: By) -> Accepted | None:
    """Leave the customer to who was asked: a colleague has the contact then, who stays in the
    talk; an outside number talks on with the customer (None).

    Raises NotFound, Conflict where they are not there, or a colleague has no room for a call.
    """
    guest = _get_open(tx, guest_id)
    row = _get_talk(tx, guest.contact_id)
    if guest.role != GuestRole.CONSULT or row.agent_id != by.id:
        raise Conflict("Only who has asked leaves the customer.", code="guest.not_yours")
    if guest.state != GuestState.JOINED:
        raise Conflict("They have not answered yet.", code="guest.not_there")
    if guest.user_id is None:
        _order(tx, row, LeaveTo(contact_id=row.id, guest_id=guest.id))
        return None
    handle = Handle(row.id, row.agent_id, str(by.id), by.name, call=True)
    end_guest(tx, guest.id, GuestEnd.TOOK_OVER)
    return _give(tx, handle, guest.user_id, "They have no room for a call: end another first.")


def take_over(tx: Tx, contact_id: str, by: By) -> Accepted:
    """A supervisor takes a call: at once where they are its guest, else their phone rings.

    Raises NotFound, Conflict where nobody talks, it is theirs, or they have no room for a call.
    """
    row = _get_talk(tx, contact_id)
    by_id = str(by.id)
    if row.agent_id == by_id:
        raise Conflict("You are on this call as its agent.", code="guest.own_call")
    try:
        routing.check_signed_in(tx, by_id)
    except Conflict:
        raise Conflict(
            "Sign in as an agent first: the call is yours then.", code="guest.sign_in"
        ) from None
    for guest in list_open_of(tx, by_id):
        if guest.contact_id == row.id:
            end_guest(tx, guest.id, GuestEnd.TOOK_OVER)
    handle = Handle(row.id, None, by_id, by.name, call=True)
    return _give(tx, handle, by_id, "You have no room for a call: end another first.")


def _give(tx: Tx, handle: Handle, agent_id: str, full: str) -> Accepted:
    routing.ensure_agents(tx, [agent_id])
    transfer(tx, Transfer(handle, agent_id=agent_id))
    try:
        return pull(tx, Pull(handle.contact_id, agent_id))
    except Conflict as refusal:
        if refusal.reason in _FULL:
            raise Conflict(full, code="guest.no_room") from None
        raise


def _get_talk(tx: Tx, contact_id: str) -> Row[Any]:
    """Return a contact whose customer and agent talk on our own line. Raises Conflict."""
    row = contact_service.get_contact(tx, contact_id)
    if ContactState(row.state) not in TALKING:
        raise Conflict("Nobody talks on this call now.", code="guest.no_talk")
    if OF_PBX in row.meta:
        raise Conflict("This call is in your phone system: do it there.", code="call.in_pbx")
    return row


def _get_open(tx: Tx, guest_id: str) -> Row[Any]:
    guest = get_guest(tx, guest_id)
    if guest.ended_at is not None:
        raise Conflict("They are not on this call any more.", code="guest.over")
    return guest


def _check_room(tx: Tx, row: Row[Any]) -> None:
    if len(list_open(tx, [row.id])) >= MAX_GUESTS:
        raise Conflict(f"At most {MAX_GUESTS} others are on one call.", code="guest.too_many")


def _invite(tx: Tx, row: Row[Any], new: NewGuest) -> str:
    user_id = str(new.user_id)
    address = ring_addresses(tx, [user_id])[user_id]
    guest_id = add_guest(tx, new)
    order = Invite(
        contact_id=row.id,
        guest_id=guest_id,
        user_id=user_id,
        role=new.role,
        mode=new.mode,
        address=address,
    )
    _order(tx, row, order)
    return guest_id


def _order(tx: Tx, row: Row[Any], effect: ToChannel) -> None:
    ordered: NewEffect = to_channel(
        effect,
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        contact_id=row.id,
        dedupe_key=f"guest:{new_id()}",
        at_most_once=True,
    )
    add_effects(tx, [ordered])


def _say(tx: Tx, row: Row[Any], by: By, meta: dict[str, str]) -> None:
    append_internal(
        tx, row, InteractionKind.SYSTEM, "", author_id=by.id, author_name=by.name, meta=meta
    )
