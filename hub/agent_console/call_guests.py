"""Routes of guests on calls: who supervises joins and takes over, who talks asks by phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact
from hub.contacts.guests.model import GuestEnd, GuestMode, GuestRole, GuestState
from hub.contacts.guests.service import (
    CHANGED,
    get_guest,
    list_open_of,
    list_shown,
    read_guest,
)
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, Forbidden, NotFound
from hub.customers.model import IdentityKind
from hub.customers.normalise import mask
from hub.desk.guests import (
    AskByPhone,
    SetMode,
    Supervise,
    ask_by_phone,
    complete,
    drop_guest,
    set_mode,
    supervise,
    take_over,
)
from hub.desk.telling import By
from hub.routing.settings import RoutingSettings, load_settings
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Page, Principal, View, route

from .commitment_news import CommitmentNews
from .joining_views import NOTHING, Capabilities
from .readers import Reader, reader_of, sight_of
from .rows import contact_rows
from .shapes import ContactRow

TOPICS = (CHANGED,)
_TOLD_FOR = timedelta(seconds=60)  # that somebody was not reached
_NOT_REACHED = frozenset({GuestEnd.NO_ANSWER, GuestEnd.BUSY, GuestEnd.FAILED})


class SuperviseBody(Body, frozen=True):
    """`mode`: listen, whisper (the agent alone hears) or barge (everybody does)."""

    mode: GuestMode


class AskByPhoneBody(Body, frozen=True):
    """One of the three. `blind`: with a number, the customer is left to it once it answers."""

    agent_id: Key | None = None
    queue_id: Key | None = None
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    blind: bool = False


class GuestView(View, frozen=True):
    """Who else is on a call, or was not reached a moment ago. `number`: of an outside one, as far
    as the reader may know it. `mine`: the reader is it; `asked`: the reader has asked them.
    """

    id: str
    contact_id: str
    role: str
    mode: str
    user_id: str | None
    name: str
    number: str
    by_name: str
    state: str
    at: datetime
    joined_at: datetime | None
    ended_as: str | None
    blind: bool
    mine: bool
    asked: bool


class MyGuestCall(View, frozen=True):
    """A call that the reader is a guest of."""

    guest: GuestView
    contact: ContactRow


class GuestId(View, frozen=True):
    id: str


class TakenCallView(View, frozen=True):
    """`given`: the contact has another agent now; else the call goes on outside the hub."""

    contact_id: str
    given: bool


class GuestRoutes:
    def __init__(self, store: Store, capabilities: Capabilities, *, mask_numbers: bool) -> None:
        self._store = store
        self._capabilities = capabilities
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/guests",
        access=Access.AGENT,
        summary="Who else is on a call",
    )
    async def guests(self, principal: Principal, contact_id: Key) -> Page[GuestView]:
        return Page(items=await self._store.read(self._list, (principal, contact_id)))

    @route(
        "GET",
        "/api/v1/me/guest-calls",
        access=Access.AGENT,
        summary="The calls on which I am a guest",
    )
    async def guest_calls(self, principal: Principal) -> Page[MyGuestCall]:
        return Page(items=await self._store.read(self._mine, principal))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/supervise",
        access=Access.SUPERVISOR,
        summary="Listen to a call, whisper to its agent, or barge in",
    )
    async def supervise(
        self, principal: Principal, contact_id: Key, body: SuperviseBody
    ) -> GuestId:
        return await self._store.write(self._supervise, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/take-over",
        access=Access.SUPERVISOR,
        summary="Take a call over from its agent",
    )
    async def take_over(self, principal: Principal, contact_id: Key) -> TakenCallView:
        return await self._store.write(self._take_over, (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/ask-by-phone",
        access=Access.AGENT,
        summary="Hold the customer and call a colleague, a queue or an outside number",
    )
    async def ask_by_phone(
        self, principal: Principal, contact_id: Key, body: AskByPhoneBody
    ) -> GuestId:
        return await self._store.write(self._ask, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/guests/{guest_id}/mode",
        access=Access.SUPERVISOR,
        summary="Be heard by nobody, the agent alone, or everybody",
    )
    async def mode(self, principal: Principal, guest_id: Key, body: SuperviseBody) -> None:
        await self._store.write(_set_mode, (principal, guest_id, body))

    @route(
        "POST",
        "/api/v1/guests/{guest_id}/drop",
        access=Access.AGENT,
        summary="Let a guest of a call go; a customer on hold for them comes back",
    )
    async def drop(self, principal: Principal, guest_id: Key) -> None:
        await self._store.write(_drop, (principal, guest_id))

    @route(
        "POST",
        "/api/v1/guests/{guest_id}/complete",
        access=Access.AGENT,
        summary="Leave the customer to who was asked",
    )
    async def complete(self, principal: Principal, guest_id: Key) -> TakenCallView:
        return await self._store.write(_complete, (principal, guest_id))

    def _list(self, tx: Tx, asked: tuple[Principal, str]) -> list[GuestView]:
        principal, contact_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        queue_id = access_contact(tx, reader.sight, contact_id).queue_id
        rows = list_shown(tx, contact_id, tx.now - _TOLD_FOR)
        return [guest_view(reader, row) for row in rows if sees_guest(reader, row, queue_id)]

    def _mine(self, tx: Tx, principal: Principal) -> list[MyGuestCall]:
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        guests = {row.contact_id: row for row in list_open_of(tx, principal.user_id)}
        found = select(contacts).where(contacts.c.id.in_(sorted(guests)))
        rows = tx.execute(found).all()
        return [
            MyGuestCall(guest=guest_view(reader, guests[shown.id]), contact=shown)
            for shown in contact_rows(tx, reader, rows)
        ]

    def _supervise(self, tx: Tx, asked: tuple[Principal, str, SuperviseBody]) -> GuestId:
        principal, contact_id, body = asked
        row = self._call(tx, principal, contact_id)
        guest_id = supervise(tx, Supervise(contact_id, _by(principal), body.mode))
        _audit(tx, principal, body.mode, row)
        return GuestId(id=guest_id)

    def _take_over(self, tx: Tx, asked: tuple[Principal, str]) -> TakenCallView:
        principal, contact_id = asked
        row = self._call(tx, principal, contact_id)
        take_over(tx, contact_id, _by(principal))
        _audit(tx, principal, "take_over", row)
        return TakenCallView(contact_id=contact_id, given=True)

    def _ask(self, tx: Tx, asked: tuple[Principal, str, AskByPhoneBody]) -> GuestId:
        principal, contact_id, body = asked
        self._call(tx, principal, contact_id)
        if body.queue_id is not None and body.queue_id not in load_settings(tx).queues:
            raise NotFound("There is no such queue.")
        command = AskByPhone(
            contact_id, _by(principal), body.agent_id, body.queue_id, body.number, body.blind
        )
        return GuestId(id=ask_by_phone(tx, command))

    def _call(self, tx: Tx, principal: Principal, contact_id: str) -> Row[Any]:
        """Return a contact in sight that has audio. Raises NotFound, Conflict."""
        row = access_contact(tx, sight_of(tx, principal), contact_id)
        if not self._capabilities.get(row.channel, NOTHING).call:
            raise Conflict("This is no call.", code="guest.no_call")
        return row


def guest_view(reader: Reader, row: Row[Any]) -> GuestView:
    hidden = reader.masks and row.number
    return GuestView(
        id=row.id,
        contact_id=row.contact_id,
        role=row.role,
        mode=row.mode,
        user_id=row.user_id,
        name=row.name,
        number=mask(IdentityKind.PHONE, row.number) if hidden else row.number,
        by_name=row.by_name,
        state=row.state,
        at=row.at,
        joined_at=row.joined_at,
        ended_as=row.ended_as,
        blind=row.blind,
        mine=row.user_id == reader.principal.user_id,
        asked=row.by_id == reader.principal.user_id and row.role == GuestRole.CONSULT,
    )


def sees_guest(reader: Reader, row: Row[Any], queue_id: str) -> bool:
    """Say whether a reader is shown a guest of a call of this queue: where the set-up lets
    supervisors listen unseen, by those who steer alone; who was not reached, by who asked.
    """
    if row.ended_at is not None:
        asked = row.role == GuestRole.CONSULT and row.by_id == reader.principal.user_id
        return asked and row.ended_as in _NOT_REACHED
    if row.role != GuestRole.SUPERVISOR or row.user_id == reader.principal.user_id:
        return True
    return reader.steers or not _is_unseen(reader.settings, row, queue_id)


def _is_unseen(settings: RoutingSettings, row: Row[Any], queue_id: str) -> bool:
    listens = row.role == GuestRole.SUPERVISOR and row.mode == GuestMode.LISTEN
    return listens and settings.listens_unseen(queue_id)


def guest_news(tx: Tx, asked: tuple[str, str]) -> list[CommitmentNews]:
    """Return whom a guest concerns. `guests_changed` is not said: who is on the call is read
    again; the agent is not told so of who listens unseen. Said is to a colleague that they are
    called and why, and that somebody was not reached.
    """
    guest = read_guest(tx, asked[1])
    held = select(contacts.c.agent_id, contacts.c.queue_id)
    contact = tx.execute(held.where(contacts.c.id == guest.contact_id)).first()
    told = {guest.user_id, guest.by_id} - {None}
    if contact is not None and not _is_unseen(load_settings(tx), guest, contact.queue_id):
        told |= {contact.agent_id} - {None}
    news = [CommitmentNews(told, "guests_changed", guest.contact_id, None, "")]
    if guest.role == GuestRole.CONSULT and guest.user_id and guest.state == GuestState.RINGING:
        said = ({guest.user_id}, "guest_asked", guest.contact_id, None, guest.by_name)
        news.append(CommitmentNews(*said))
    elif guest.ended_as in _NOT_REACHED:
        said = ({guest.by_id}, "guest_not_reached", guest.contact_id, None, guest.name)
        news.append(CommitmentNews(*said))
    return news


def _set_mode(tx: Tx, asked: tuple[Principal, str, SuperviseBody]) -> None:
    principal, guest_id, body = asked
    row = _contact_of(tx, principal, guest_id)
    set_mode(tx, SetMode(guest_id, _by(principal), body.mode))
    _audit(tx, principal, body.mode, row)


def _drop(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, guest_id = asked
    row = _contact_of(tx, principal, guest_id)
    guest = get_guest(tx, guest_id)
    own = principal.user_id in (guest.by_id, guest.user_id)
    if not own and not sight_of(tx, principal).steers:
        raise Forbidden("Only who asked them lets them go.", code="guest.not_yours")
    drop_guest(tx, guest_id, _by(principal))
    if guest.role == GuestRole.SUPERVISOR or not own:
        _audit(tx, principal, "leave" if own else "drop_guest", row)


def _complete(tx: Tx, asked: tuple[Principal, str]) -> TakenCallView:
    principal, guest_id = asked
    row = _contact_of(tx, principal, guest_id)
    given = complete(tx, guest_id, _by(principal))
    return TakenCallView(contact_id=row.id, given=given is not None)


def _contact_of(tx: Tx, principal: Principal, guest_id: str) -> Row[Any]:
    """Return the contact of a guest whom this user may know of. Raises NotFound."""
    guest = get_guest(tx, guest_id)
    return access_contact(tx, sight_of(tx, principal), guest.contact_id)


def _audit(tx: Tx, principal: Principal, act: str, row: Row[Any]) -> None:
    audit(tx, actor_of(principal), f"call.{act}", "contact", row.id, {"agent": row.agent_id})


def _by(principal: Principal) -> By:
    return By(principal.user_id, principal.name)
