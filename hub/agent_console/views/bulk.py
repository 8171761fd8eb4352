"""Acts on many contacts at once: each is its own step, and the answer tells what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.service import access_user
from hub.accounts.tables import users
from hub.agent_console.acts import Acts
from hub.agent_console.bodies import CloseBody, DispositionBody, ParkBody, TransferBody
from hub.agent_console.readers import sight_of
from hub.contacts.access import access_contact, access_held_contact
from hub.contacts.model import HELD, WAITING, ContactState
from hub.core.errors import Conflict, Forbidden, HubError, Invalid
from hub.desk import handling
from hub.desk.pulling import Pull, pull
from hub.desk.spam import MarkSpam, NotSpam, mark_spam, take_back_spam
from hub.desk.steering import MoveWaiting, Raise, move_waiting, set_priority
from hub.desk.taken import waits_no_more
from hub.desk.telling import By
from hub.routing.settings import load_settings
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, Role, route

from .bulk_answers import Before, BulkView, Refused, before, refused, told
from .bulk_tags import PutTags, tag_many

MOST_AT_ONCE = 500
_TOGETHER = 32  # steps that wait for the writer at a time: others' are between them
_THEIRS = HELD | {ContactState.PARKED}


class Assign(Body, frozen=True, tag="assign", tag_field="act"):
    """To an agent, or to oneself ("me"): what waits is taken, what is held is given on."""

    agent_id: Key


class ToQueue(Body, frozen=True, tag="queue", tag_field="act"):
    queue_id: Key


class SetPriority(Body, frozen=True, tag="priority", tag_field="act"):
    """`by` raises or lowers; `to` sets. One of the two."""

    by: Annotated[int, msgspec.Meta(ge=-9, le=9)] | None = None
    to: Annotated[int, msgspec.Meta(ge=0, le=9)] | None = None


class ParkUntil(Body, frozen=True, tag="park", tag_field="act"):
    until: datetime | None = None


class TakeUp(Body, frozen=True, tag="resume", tag_field="act"):
    """What was parked comes back to the desk of the one who asks."""


class CloseAll(Body, frozen=True, tag="close", tag_field="act"):
    disposition: DispositionBody | None = None


class Spam(Body, frozen=True, tag="spam", tag_field="act"):
    """Closed as spam: it is not answered and not measured."""


class NoSpam(Body, frozen=True, tag="no_spam", tag_field="act"):
    """Closed as spam by mistake: back into its queue with the time waited, its sender unblocked."""


Act = Assign | ToQueue | SetPriority | ParkUntil | TakeUp | CloseAll | Spam | NoSpam | PutTags


class BulkBody(Body, frozen=True):
    contact_ids: Annotated[list[Key], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]
    do: Act


class BulkRoutes:
    def __init__(self, store: Store, acts: Acts) -> None:
        self._store = store
        self._steps = Steps(acts)

    @route(
        "POST",
        "/api/v1/contacts/bulk",
        access=Access.AGENT,
        summary="Do one thing with many contacts",
    )
    async def bulk(self, principal: Principal, body: BulkBody) -> BulkView:
        """Each contact is a transaction of its own, but where tags are put on: there few
        transactions do all. A refused one stops none of the others.
        """
        ids = list(dict.fromkeys(body.contact_ids))
        if isinstance(body.do, PutTags):
            return told(await tag_many(self._store, principal, ids, body.do))
        step = self._steps.of(body.do)
        room = asyncio.Semaphore(_TOGETHER)

        async def one(contact_id: str) -> Before | Refused:
            async with room:
                try:
                    return await self._store.write(step, (principal, contact_id, body.do))
                except HubError as error:
                    return refused(contact_id, error)

        return told(await asyncio.gather(*(one(contact_id) for contact_id in ids)))


Step = Callable[[Tx, tuple[Principal, str, Any]], Before]  # Any: the act the step is for


class Steps:
    """What each act does with one contact, in one transaction."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    def of(self, act: Act) -> Step:
        """Return the step of this act."""
        steps: dict[type[Any], Step] = {
            Assign: self._assign,
            ToQueue: self._to_queue,
            SetPriority: _set_priority,
            ParkUntil: self._park,
            TakeUp: self._take_up,
            CloseAll: self._close,
            Spam: self._spam,
            NoSpam: self._no_spam,
        }
        return steps[type(act)]

    def _assign(self, tx: Tx, asked: tuple[Principal, str, Assign]) -> Before:
        principal, contact_id, act = asked
        row = _seen(tx, principal, contact_id)
        to_id = principal.user_id if act.agent_id == "me" else act.agent_id
        if to_id == row.agent_id and row.state in _THEIRS:
            raise Conflict(
                "It is with that agent already.", code="bulk.there", name=_name(tx, to_id)
            )
        if to_id == principal.user_id:
            _take(tx, principal, row)
        elif row.state in WAITING:
            _give(tx, principal, row, to_id)
        else:
            body = TransferBody(agent_id=to_id)
            _mine_or_steers(tx, principal, row)
            self._acts.transfer(tx, (principal, contact_id, body))
        return before(row)

    def _to_queue(self, tx: Tx, asked: tuple[Principal, str, ToQueue]) -> Before:
        principal, contact_id, act = asked
        row = _seen(tx, principal, contact_id)
        if row.queue_id == act.queue_id and row.state in WAITING:
            raise Conflict("It waits in that queue already.", code="bulk.there")
        if row.state in WAITING:
            _steers(principal)
            _moved(tx, principal, row, MoveWaiting((row.id,), _by(principal), act.queue_id))
        else:
            _mine_or_steers(tx, principal, row)
            self._acts.transfer(tx, (principal, contact_id, TransferBody(queue_id=act.queue_id)))
        return before(row)

    def _park(self, tx: Tx, asked: tuple[Principal, str, ParkUntil]) -> Before:
        principal, contact_id, act = asked
        row = _seen(tx, principal, contact_id)
        _mine_or_steers(tx, principal, row)
        self._acts.park(tx, (principal, contact_id, ParkBody(until=act.until)))
        return before(row)

    def _take_up(self, tx: Tx, asked: tuple[Principal, str, TakeUp]) -> Before:
        principal, contact_id, _ = asked
        row = _seen(tx, principal, contact_id)
        handle = self._acts.handle(tx, principal, contact_id, "resume")
        handling.resume(tx, handle)
        return before(row)

    def _close(self, tx: Tx, asked: tuple[Principal, str, CloseAll]) -> Before:
        principal, contact_id, act = asked
        row = _seen(tx, principal, contact_id)
        if row.state in WAITING:
            raise Conflict(
                "It still waits: assign it to somebody first, or mark it as spam.",
                code="bulk.waits",
            )
        _mine_or_steers(tx, principal, row)
        self._acts.close(tx, (principal, contact_id, CloseBody(disposition=act.disposition)))
        return before(row)

    def _spam(self, tx: Tx, asked: tuple[Principal, str, Spam]) -> Before:
        principal, contact_id, _ = asked
        row = _seen(tx, principal, contact_id)
        sight = sight_of(tx, principal)
        mine = row.agent_id == principal.user_id and row.state in _THEIRS
        if not mine:
            _steers(principal)
        cmd = MarkSpam(
            contact_id,
            _by(principal),
            None if sight.steers else principal.user_id,
            call=self._acts.is_call(row.channel),
        )
        mark_spam(tx, cmd)
        audit(tx, actor_of(principal), "contact.spam", "contact", contact_id)
        return before(row)

    def _no_spam(self, tx: Tx, asked: tuple[Principal, str, NoSpam]) -> Before:
        principal, contact_id, _ = asked
        row = _seen(tx, principal, contact_id)
        agent_id = None if sight_of(tx, principal).steers else principal.user_id
        actor = actor_of(principal)
        call = self._acts.is_call(row.channel)
        take_back_spam(tx, NotSpam(contact_id, _by(principal), actor, agent_id, call))
        audit(tx, actor, "contact.no_spam", "contact", contact_id)
        return before(row)


def _set_priority(tx: Tx, asked: tuple[Principal, str, SetPriority]) -> Before:
    principal, contact_id, act = asked
    if (act.by is None) == (act.to is None):
        raise Invalid("Say by how much, or to what: one of the two.", field="do")
    row = _seen(tx, principal, contact_id)
    _steers(principal)
    wanted = act.to if act.to is not None else row.priority + (act.by or 0)
    after = max(0, min(9, wanted))
    if row.state not in WAITING:
        raise _gone(tx, row)
    earlier = set_priority(tx, Raise(contact_id, after, _by(principal)))
    change = {"before": earlier, "after": after}
    audit(tx, actor_of(principal), "contact.priority", "contact", contact_id, change)
    return before(row)


def _take(tx: Tx, principal: Principal, row: Row[Any]) -> None:
    """Take for oneself what waits; what somebody holds is theirs to give."""
    sight = sight_of(tx, principal)
    if row.state != ContactState.QUEUED:
        raise _gone(tx, row)
    if not load_settings(tx).may_pull(steers=sight.steers):
        raise Forbidden("Contacts are not taken from the list here.", code="contact.no_pull")
    pull(tx, Pull(row.id, principal.user_id, sight.steers))
    audit(tx, actor_of(principal), "contact.pull", "contact", row.id)


def _give(tx: Tx, principal: Principal, row: Row[Any], to_id: str) -> None:
    _steers(principal)
    agent = access_user(tx, principal, to_id)
    cmd = MoveWaiting((row.id,), _by(principal), agent_id=to_id, agent_name=agent.name)
    _moved(tx, principal, row, cmd)


def _moved(tx: Tx, principal: Principal, row: Row[Any], cmd: MoveWaiting) -> None:
    done = move_waiting(tx, cmd)
    if row.id in done.refused:
        raise done.refused[row.id]
    line = {"from": row.queue_id, "queue": cmd.queue_id, "agent": cmd.agent_id}
    audit(tx, actor_of(principal), "contact.move", "contact", row.id, line)


def _seen(tx: Tx, principal: Principal, contact_id: str) -> Row[Any]:
    return access_contact(tx, sight_of(tx, principal), contact_id)


def _mine_or_steers(tx: Tx, principal: Principal, row: Row[Any]) -> None:
    if row.agent_id != principal.user_id and row.state in _THEIRS:
        try:
            access_held_contact(tx, sight_of(tx, principal), row.id)
        except Forbidden:
            raise _gone(tx, row) from None
    else:
        access_held_contact(tx, sight_of(tx, principal), row.id)


def _steers(principal: Principal) -> None:
    if not principal.role.at_least(Role.SUPERVISOR):
        raise Forbidden("Only a supervisor does this with what waits.", code="bulk.supervisors")


def _gone(tx: Tx, row: Row[Any]) -> Conflict:
    """Return why it cannot be had: with whom it is, or that it is over."""
    if row.state == ContactState.OFFERED:
        name = _name(tx, row.agent_id)
        return Conflict(f"It rings at {name} at this moment.", code="bulk.rings", name=name)
    return waits_no_more(tx, row)


def _name(tx: Tx, user_id: str | None) -> str:
    found = tx.execute(select(users.c.name).where(users.c.id == user_id)).scalar_one_or_none()
    return found or "?"


def _by(principal: Principal) -> By:
    return By(principal.user_id, principal.name)
