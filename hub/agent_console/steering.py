"""Routes of those who steer: what waits is taken, moved, raised; a stuck wrap-up is ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec
from sqlalchemy import Row

from hub.accounts.audit import audit, audit_many
from hub.accounts.model import actor_of
from hub.accounts.service import access_user
from hub.contacts.access import access_contact, access_contacts
from hub.core.errors import Forbidden, NotFound
from hub.desk.pulling import Pull, pull
from hub.desk.steering import (
    MAX_MOVED,
    By,
    MoveWaiting,
    Raise,
    complete_wrap_up,
    move_waiting,
    set_priority,
)
from hub.routing.service import Accepted, QueueState, SetQueueState, set_queue_state
from hub.routing.settings import load_settings
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .api import AcceptedView
from .readers import sight_of


class PriorityBody(Body, frozen=True):
    """0 is ordinary; a higher one goes before everything lower, whatever its urgency."""

    priority: Annotated[int, msgspec.Meta(ge=0, le=9)]


Ids = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=64)]],
    msgspec.Meta(min_length=1, max_length=MAX_MOVED),
]


class MoveBody(Body, frozen=True):
    """Waiting contacts, and the queue or the agent (within their queues) to move them to."""

    contact_ids: Ids
    queue_id: str | None = None
    agent_id: str | None = None


class QueueStateBody(Body, frozen=True):
    """`paused`: nobody is offered its contacts; `closed`: who comes now meets it as outside hours.
    `for_s`: it opens by itself after so many seconds; None: when somebody opens it.
    """

    state: QueueState
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""
    for_s: Annotated[int, msgspec.Meta(ge=60, le=604_800)] | None = None


class MovedFrom(View, frozen=True):
    """Where a moved contact waited before: what an undo needs."""

    contact_id: str
    queue_id: str


class Unmoved(View, frozen=True):
    contact_id: str
    code: str
    message: str


class MovedView(View, frozen=True):
    """`refused`: contacts that wait no more, or whose queue the agent does not serve."""

    moved: list[MovedFrom]
    refused: list[Unmoved]


class SteeringRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/pull",
        access=Access.AGENT,
        summary="Take a waiting contact oneself",
    )
    async def pull(self, principal: Principal, contact_id: Key) -> AcceptedView:
        taken = await self._store.write(_pull, (principal, contact_id))
        return AcceptedView(contact_id=taken.contact_id, connects=taken.connects)

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/priority",
        access=Access.SUPERVISOR,
        summary="Raise or lower a waiting contact",
    )
    async def set_priority(self, principal: Principal, contact_id: Key, body: PriorityBody) -> None:
        await self._store.write(_set_priority, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/contacts/move",
        access=Access.SUPERVISOR,
        summary="Move waiting contacts to a queue or give them to an agent",
    )
    async def move(self, principal: Principal, body: MoveBody) -> MovedView:
        return await self._store.write(_move, (principal, body))

    @route(
        "POST",
        "/api/v1/queues/{queue_id}/state",
        access=Access.SUPERVISOR,
        summary="Pause, close or open a queue",
    )
    async def set_queue_state(
        self, principal: Principal, queue_id: Key, body: QueueStateBody
    ) -> None:
        await self._store.write(_set_queue_state, (principal, queue_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/complete",
        access=Access.SUPERVISOR,
        summary="End a wrap-up that is stuck",
    )
    async def complete(self, principal: Principal, contact_id: Key) -> None:
        await self._store.write(_complete, (principal, contact_id))


def _pull(tx: Tx, asked: tuple[Principal, str]) -> Accepted:
    principal, contact_id = asked
    sight = sight_of(tx, principal)
    access_contact(tx, sight, contact_id)
    if not load_settings(tx).may_pull(steers=sight.steers):
        raise Forbidden("Contacts are not taken from the list here.", code="contact.no_pull")
    taken = pull(tx, Pull(contact_id, principal.user_id, sight.steers))
    audit(tx, actor_of(principal), "contact.pull", "contact", contact_id)
    return taken


def _set_priority(tx: Tx, asked: tuple[Principal, str, PriorityBody]) -> None:
    principal, contact_id, body = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    before = set_priority(tx, Raise(contact_id, body.priority, _by(principal)))
    change = {"before": before, "after": body.priority}
    audit(tx, actor_of(principal), "contact.priority", "contact", contact_id, change)


def _move(tx: Tx, asked: tuple[Principal, MoveBody]) -> MovedView:
    principal, body = asked
    access_contacts(tx, sight_of(tx, principal), body.contact_ids)
    agent = None if body.agent_id is None else access_user(tx, principal, body.agent_id)
    done = move_waiting(
        tx,
        MoveWaiting(
            tuple(body.contact_ids),
            _by(principal),
            body.queue_id,
            body.agent_id,
            agent.name if agent else None,
        ),
    )
    to = {"queue": body.queue_id, "agent": body.agent_id}
    lines = {id_: {"from": row.queue_id, **to} for id_, row in done.moved.items()}
    audit_many(tx, actor_of(principal), "contact.move", "contact", lines)
    return MovedView(
        moved=[_moved_from(row) for row in done.moved.values()],
        refused=[
            Unmoved(contact_id=id_, code=error.reason, message=error.message)
            for id_, error in done.refused.items()
        ],
    )


def _moved_from(row: Row[tuple[str, str]]) -> MovedFrom:
    return MovedFrom(contact_id=row.id, queue_id=row.queue_id)


def _complete(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, contact_id = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    before = complete_wrap_up(tx, contact_id, _by(principal))
    who = {"agent": before.agent_id}
    audit(tx, actor_of(principal), "contact.complete", "contact", contact_id, who)


def _set_queue_state(tx: Tx, asked: tuple[Principal, str, QueueStateBody]) -> None:
    principal, queue_id, body = asked
    seen = sight_of(tx, principal).queues
    if seen is not None and queue_id not in seen:
        raise NotFound("There is no such queue.")
    until = None if body.for_s is None else tx.now + timedelta(seconds=body.for_s)
    stop = SetQueueState(queue_id, body.state, principal.user_id, body.reason.strip(), until)
    before = set_queue_state(tx, stop)
    change = {"before": before, "after": body.state, "reason": stop.reason}
    audit(tx, actor_of(principal), "queue.state", "queue", queue_id, change)


def _by(principal: Principal) -> By:
    return By(principal.user_id, principal.name)
