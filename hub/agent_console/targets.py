"""Route of where a contact can be given to: queues and colleagues, and what each would mean."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, and_, select

from hub.accounts.tables import users
from hub.contacts.access import access_contact
from hub.customers.pinyin import search_words
from hub.routing.model import AgentState
from hub.routing.newcomers import Newcomer, Prospect, is_interruptible, prospects
from hub.routing.tables import agent_channels, agents, queues
from hub.storage import Store, Tx
from hub.web import Access, Principal, Query, View, route

from .readers import Reader, reader_of

_MOST = 1000  # colleagues


class TargetQuery(Query, frozen=True):
    """`contact`: the one that is to be given on; without it no wait is told."""

    contact: Annotated[str, msgspec.Meta(max_length=64)] = ""


class QueueTarget(View, frozen=True):
    """`words`: its Chinese name in pinyin. `waiting`: contacts in it. `ready`, `free`: agents who
    serve it, and who could take this contact at once. `takes`: contacts of this channel. The wait
    is the likely one of a contact that joins it now; null: nothing honest can be said.
    """

    id: str
    words: list[str]
    waiting: int
    ready: int
    free: int
    takes: bool
    open: bool
    wait_low_s: int | None
    wait_high_s: int | None


class AgentTarget(View, frozen=True):
    """`words`: the name in pinyin. `reason`: why not ready. `free`: could take this contact at
    once. `held`, `most`: contacts of its channel, and how many at a time; null: nobody knows.
    """

    id: str
    name: str
    words: list[str]
    state: str
    reason: str | None
    free: bool
    held: int | None
    most: int | None


class TargetsView(View, frozen=True):
    queues: list[QueueTarget]
    agents: list[AgentTarget]


class TargetRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route("GET", "/api/v1/targets", access=Access.AGENT, summary="Where a contact can be given to")
    async def targets(self, principal: Principal, query: TargetQuery) -> TargetsView:
        """Any queue and any colleague: of those of other teams, too, how much they have to do."""
        return await self._store.read(_targets, (principal, query))


def _targets(tx: Tx, asked: tuple[Principal, TargetQuery]) -> TargetsView:
    principal, query = asked
    reader = reader_of(tx, principal, mask_numbers=True)
    newcomer = _newcomer(tx, reader, query.contact) if query.contact else None
    return TargetsView(
        queues=_queues(tx, reader, newcomer),
        agents=_agents(tx, reader, newcomer.channel if newcomer else ""),
    )


def _newcomer(tx: Tx, reader: Reader, contact_id: str) -> Newcomer:
    """Return what counts of a contact: its tier as this reader knows it, or the wait told it."""
    row = access_contact(tx, reader.sight, contact_id)
    return Newcomer(reader.tier(row.tier), row.channel, row.priority)


def _queues(tx: Tx, reader: Reader, newcomer: Newcomer | None) -> list[QueueTarget]:
    listed = select(queues.c.id, queues.c.zh).where(~queues.c.retired)
    rows = tx.execute(listed.order_by(queues.c.position, queues.c.id)).all()
    found = prospects(tx, reader.settings, [row.id for row in rows], newcomer)
    return [_queue(row, found[row.id]) for row in rows if row.id in found]


def _queue(row: Row[Any], prospect: Prospect) -> QueueTarget:
    low_s, high_s = prospect.wait or (None, None)
    return QueueTarget(
        id=row.id,
        words=search_words(row.zh),
        waiting=prospect.waiting,
        ready=prospect.ready,
        free=prospect.free,
        takes=prospect.takes,
        open=prospect.open,
        wait_low_s=low_s,
        wait_high_s=high_s,
    )


def _agents(tx: Tx, reader: Reader, channel: str) -> list[AgentTarget]:
    slots = and_(agent_channels.c.agent_id == agents.c.id, agent_channels.c.channel == channel)
    rows = tx.execute(
        select(
            users.c.id,
            users.c.name,
            agents.c.state,
            agents.c.reason,
            agents.c.present_until,
            agents.c.live_load,
            agents.c.deferred_load,
            agents.c.capacity,
            agent_channels.c.open,
            agent_channels.c.maximum,
            agent_channels.c.cost,
            agent_channels.c.rest_until,
            agent_channels.c.unreached,
        )
        .outerjoin(agents, agents.c.id == users.c.id)
        .outerjoin(agent_channels, slots)
        .where(users.c.disabled_at.is_(None), users.c.id != reader.principal.user_id)
        .order_by(users.c.name, users.c.id)
        .limit(_MOST)
    )
    beside = is_interruptible(reader.settings, channel)
    return [_agent(tx, row, channel, beside=beside) for row in rows]


def _agent(tx: Tx, row: Row[Any], channel: str, *, beside: bool) -> AgentTarget:
    there = row.state == AgentState.READY and row.present_until > tx.now
    return AgentTarget(
        id=row.id,
        name=row.name,
        words=search_words(row.name),
        state=row.state or AgentState.OFFLINE,
        reason=row.reason,
        free=there and _has_room(tx, row, channel, beside=beside),
        held=row.open,
        most=row.maximum,
    )


def _has_room(tx: Tx, row: Row[Any], channel: str, *, beside: bool) -> bool:
    """As `hub.routing.newcomers` has it for whole queues. `beside`: it needs room beside all."""
    if not channel:
        return bool(row.live_load < row.capacity)
    if row.maximum is None or row.open >= row.maximum or row.unreached:
        return False
    if row.rest_until is not None and row.rest_until > tx.now:
        return False
    in_use = row.live_load + (row.deferred_load if beside else 0)
    return bool(in_use + row.cost <= row.capacity)
