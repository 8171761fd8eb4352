"""What moves a contact on, as far as the queue is concerned: transfer, a supervisor's priority,
failed connections, skill steps, the end of wrap-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, select, update

from hub.accounts.tables import team_members
from hub.contacts import service as contacts_service
from hub.contacts.model import ContactState, Direction, EndedAs, is_dialling
from hub.contacts.service import Move
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, HubError, Invalid
from hub.storage import LIMIT, NOW, Look, Tx

from .agent_loads import Loads
from .model import AgentState
from .placement import Arrival, place
from .returns import back_to_queue, exclude, find_holds, release
from .settings import RoutingSettings, WrapUp, clock_us, load_settings
from .tables import agents, assignments, queue_teams

_TRANSFERABLE = frozenset({ContactState.ACTIVE, ContactState.HOLD, ContactState.PARKED})
_WRAP_UP = frozenset({ContactState.WRAP_UP})
_BEFORE_ANSWER = frozenset({ContactState.CONNECTING})
_WAITING = frozenset({ContactState.QUEUED, ContactState.OFFERED})
MAX_PRIORITY = 9
# A call of ours, not answered yet: it goes back to no queue.
DIALLING = and_(contacts.c.direction == Direction.OUTBOUND, contacts.c.answered_at.is_(None))


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move a contact to a queue, or to an agent (of its own queue unless one is named).

    `by_agent_id`: who holds it now; None: a supervisor or the hub moves it.
    """

    contact_id: str
    queue_id: str | None = None
    agent_id: str | None = None
    by_agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetPriority:
    """0 is ordinary; a higher one goes before everything lower, whatever its urgency."""

    contact_id: str
    priority: int


def wrap_up_of(tx: Tx, queue_id: str, channel: str) -> WrapUp:
    """Return what follows a contact of a queue and channel. Raises Invalid for an unknown queue."""
    return load_settings(tx).wrap_up(queue_id, channel)


def transfer(tx: Tx, cmd: Transfer) -> Row[Any]:
    """Queue a held contact again, elsewhere or for somebody; return its row as it was.

    Waited time is kept, talk time is not counted; who gives it away rests of it. Raises NotFound,
    Conflict when it is not held (by `by_agent_id`) or the agent wanted is not signed in, Invalid.
    """
    row = contacts_service.get_contact(tx, cmd.contact_id)
    if cmd.queue_id is None and cmd.agent_id is None:
        raise Invalid("Name a queue or an agent to transfer to.", code="transfer.no_target")
    if cmd.agent_id is not None:
        if cmd.agent_id == cmd.by_agent_id:
            raise Invalid("The contact is with you already.", code="transfer.to_self")
        check_signed_in(tx, cmd.agent_id)
    queue_id = cmd.queue_id or row.queue_id
    arrival = Arrival(
        queue_id=queue_id,
        tier=row.tier,
        channel=row.channel,
        language=row.language,
        last_agent_id=cmd.agent_id,
        waits_for_agent=cmd.agent_id is not None,
        waited_s=row.waited_us / 1_000_000,
        promise=row.promise,
    )
    columns = {
        **place(tx, [arrival])[0],
        "queue_id": queue_id,
        "agent_id": None,
        "told_position": row.told_position,
    }
    before = contacts_service.move(
        tx,
        Move(
            row.id,
            ContactState.QUEUED,
            expected=_TRANSFERABLE,
            agent_id=cmd.by_agent_id,
            changes={**columns, "enqueued_at": tx.now, "parked_until": None},
        ),
    )
    release(tx, [row.id], "transferred")
    if before.agent_id is not None:
        exclude(tx, load_settings(tx), [(row.id, before.agent_id)])
    tx.hint("contact.queued", row.id)
    return before


def check_signed_in(tx: Tx, agent_id: str) -> None:
    """Raise Conflict where this agent has no console open, or has signed out."""
    found = tx.execute(
        select(agents.c.id).where(
            agents.c.id == agent_id,
            agents.c.state != AgentState.OFFLINE,
            agents.c.present_until > tx.now,
        )
    ).first()
    if found is None:
        raise Conflict(
            "That agent is not signed in: transfer to the queue, or to somebody else.",
            code="transfer.agent_away",
        )


def room_for(tx: Tx, agent_id: str, channel: str, most: int) -> int:
    """Return how many more contacts of this channel an agent who is ready could take now."""
    loads = Loads(tx, load_settings(tx), [agent_id])
    load = loads.get(agent_id)
    if load is None or channel not in load.channels:
        return 0
    cost, room = load.channels[channel].cost, 0
    while room < most and loads.take(agent_id, channel, cost) is None:
        room += 1
    return room


def queues_of(tx: Tx, agent_id: str) -> frozenset[str]:
    """Return the queues that an agent serves."""
    found = (
        select(queue_teams.c.queue_id)
        .join(team_members, team_members.c.team_id == queue_teams.c.team_id)
        .where(team_members.c.user_id == agent_id)
    )
    return frozenset(tx.execute(found).scalars())


def set_priority(tx: Tx, cmd: SetPriority) -> int:
    """Raise or lower a waiting contact; return its priority before. Raises NotFound, Conflict."""
    if not 0 <= cmd.priority <= MAX_PRIORITY:
        raise Invalid(
            f"Priority is from 0 to {MAX_PRIORITY}.", code="contact.priority", most=MAX_PRIORITY
        )
    row = contacts_service.get_contact(tx, cmd.contact_id)
    if row.state not in _WAITING:
        raise Conflict("The contact does not wait any more.", code="contact.not_waiting")
    tx.execute(
        update(contacts)
        .where(contacts.c.id == cmd.contact_id)
        .values(priority=cmd.priority, version=contacts.c.version + 1)
    )
    tx.hint("contact.queued", cmd.contact_id)
    tx.hint("contact.changed", cmd.contact_id)
    before: int = row.priority
    return before


def connect_failed(tx: Tx, contact_ids: Sequence[str]) -> None:
    """The agent's audio could not be joined: the caller waits on, and rests from that agent."""
    rows = contacts_service.lock_contacts(tx, contact_ids)
    failed = [
        row
        for row in rows.values()
        if row.state == ContactState.CONNECTING and not is_dialling(row.direction, row.answered_at)
    ]
    if not failed:
        return
    settings = load_settings(tx)
    holds = find_holds(tx, [row.id for row in failed])
    release(tx, [row.id for row in failed], "not_connected")
    back_to_queue(tx, settings, failed, expected=_BEFORE_ANSWER)
    exclude(tx, settings, [(hold.contact_id, hold.agent_id) for hold in holds])


_NOT_CONNECTED = Look(
    select(assignments.c.contact_id)
    .join(contacts, contacts.c.id == assignments.c.contact_id)
    .where(assignments.c.connect_by <= NOW, assignments.c.ended_at.is_(None))
    .where(contacts.c.state == ContactState.CONNECTING, ~DIALLING)
    .order_by(assignments.c.connect_by)
    .limit(LIMIT)
)
_STEP_OVER = Look(
    select(contacts.c.id)
    .where(contacts.c.state == ContactState.QUEUED, contacts.c.step_until <= NOW)
    .limit(LIMIT)
)
_WRAP_UP_OVER = Look(
    select(contacts.c.id)
    .where(contacts.c.state == ContactState.WRAP_UP, contacts.c.wrap_until <= NOW)
    .order_by(contacts.c.wrap_until)
    .limit(LIMIT)
)


def fire_due_connects(tx: Tx, now: datetime, limit: int) -> int:
    """Send contacts back whose agent did not get connected in time; return how many."""
    ids = _NOT_CONNECTED.ids(tx, now, limit)
    connect_failed(tx, ids)
    return len(ids)


def fire_due_steps(tx: Tx, now: datetime, limit: int) -> int:
    """Move waiting contacts whose skill step is over to the next; return how many."""
    ids = _STEP_OVER.ids(tx, now, limit)
    if not ids:
        return 0
    settings = load_settings(tx)
    for row in contacts_service.lock_contacts(tx, ids).values():
        if row.state != ContactState.QUEUED or row.step_until is None or row.step_until > now:
            continue
        tx.execute(
            update(contacts).where(contacts.c.id == row.id).values(**_next_step(settings, row, now))
        )
        tx.hint("contact.queued", row.id)
    return len(ids)


def _next_step(settings: RoutingSettings, row: Row[Any], now: datetime) -> dict[str, Any]:
    steps = settings.queue(row.queue_id).steps
    index = min(row.skill_step + 1, len(steps) - 1)
    for_s = steps[index].for_s
    last = index == len(steps) - 1 or for_s is None
    until = None if last or for_s is None else now + timedelta(seconds=for_s)
    return {"skill_step": index, "step_until": until}


def fire_due_wrap_up(tx: Tx, now: datetime, limit: int) -> int:
    """Close contacts whose wrap-up time is over and free their agents: unclassified, unless its
    agent has said why the customer came where it lasts its full time.

    Return how many: each once (routing.md 3.7).
    """
    ids = _WRAP_UP_OVER.ids(tx, now, limit)
    if not ids:
        return 0
    rows = contacts_service.lock_contacts(tx, ids)
    orders = [
        Move(
            row.id,
            ContactState.CLOSED,
            expected=_WRAP_UP,
            changes={
                "ended_as": row.ended_as or EndedAs.UNCLASSIFIED,
                "closed_at": tx.now,
                "wrap_until": None,
                "unanswered_since": contacts_service.unanswered_at_end(row),
            },
        )
        for row in rows.values()
    ]
    results = contacts_service.move_many(tx, orders)
    closed = [
        order.contact_id
        for order, result in zip(orders, results, strict=True)
        if not isinstance(result, HubError)
    ]
    release(tx, closed, "wrap_up_over")
    for contact_id in closed:
        tx.hint("contact.closed", contact_id)
    return len(closed)


def waited_now_us(settings: RoutingSettings, row: Row[Any], now: datetime) -> int:
    """Return what a contact has waited by `now`: running while it waits, else what was kept."""
    connecting = row.state == ContactState.CONNECTING
    if row.state in _WAITING or (connecting and not is_dialling(row.direction, row.answered_at)):
        return max(clock_us(settings, row.calendar_id, now) - int(row.virtual_start_us), 0)
    return int(row.waited_us)
