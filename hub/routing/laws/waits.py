"""What waiting contacts show: that nobody waits beside a free agent, that no wait grows shorter.

Neither is seen in the rows of one moment. A pair that is possible and not yet offered is what the
router is at work on; so both are read, and read again when it has had the time (`sweep`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import select

from hub.contacts.model import Direction, SegmentKind
from hub.contacts.outages.service import list_outages
from hub.contacts.tables import contacts, segments
from hub.routing.engine import Engine
from hub.routing.model import (
    AgentChanged,
    AgentPicture,
    AgentState,
    ContactQueued,
    Event,
    Rules,
    WaitingContact,
)
from hub.routing.pictures import Wanted, read_fresh
from hub.routing.queue_states import paused_queues
from hub.routing.settings import RoutingSettings, rules_of
from hub.routing.turns import waited_now_us
from hub.storage import Tx
from hub.storage.aside import aside


class Pair(NamedTuple):
    """A contact and an agent who may take it, each with the version of its row."""

    contact_id: str
    agent_id: str
    contact_version: int
    agent_version: int


def read_pairs(
    tx: Tx, settings: RoutingSettings, waiting: Collection[str], agent_ids: Collection[str]
) -> frozenset[Pair]:
    """Return pairs of these contacts and agents that the engine would propose now."""
    fresh = read_fresh(tx, Wanted(frozenset(waiting), frozenset(agent_ids)))
    if not fresh.contacts or not fresh.agents:
        return frozenset()
    away = [one.channel for one in list_outages(tx)]
    rules = rules_of(settings, paused_queues(tx), away)
    return possible_pairs(rules, fresh.contacts, fresh.agents, tx.now)


def possible_pairs(
    rules: Rules,
    waiting: Mapping[str, WaitingContact],
    staff: Mapping[str, AgentPicture],
    now: datetime,
) -> frozenset[Pair]:
    """Return which of these contacts could go to which of these agents, whoever else there is.

    The engine itself is asked, with a picture that holds these alone. What depends on all others is
    left out, so that what it proposes is possible in the whole picture too: agents with something
    in hand, who may be kept for another; contacts held for an agent or, where a queue keeps agents
    in reserve, still within their promise; helpers from other queues; all skill steps but the
    present one, which is skipped only where nobody at all could meet it.
    """
    own = {key: replace(queue, overflow=()) for key, queue in rules.queues.items()}
    alone = replace(rules, queues=own)
    has_reserves = any(queue.reserves for queue in own.values())
    events: list[Event] = [AgentChanged(one) for one in staff.values() if _is_idle(one)]
    for one in waiting.values():
        if one.held_until is not None and one.held_until > now:
            continue
        waited_s = rules.clock_s(one.calendar_id, now) - one.virtual_start_s
        if not has_reserves or waited_s >= one.target_s:
            present = (one.steps[one.step],)
            events.append(ContactQueued(structs.replace(one, steps=present, step=0)))
    return frozenset(
        Pair(
            proposal.contact_id,
            proposal.agent_id,
            waiting[proposal.contact_id].version,
            staff[proposal.agent_id].version,
        )
        for proposal in Engine(alone, record=False).handle(events, now)
    )


def _is_idle(agent: AgentPicture) -> bool:
    free = agent.live_load == 0 and agent.deferred_load == 0 and not any(agent.open.values())
    return free and agent.state is AgentState.READY


_WAITS = aside(contacts.c.state).in_(["queued", "offered"])


def read_waits(tx: Tx, settings: RoutingSettings, contact_ids: Collection[str]) -> dict[str, int]:
    """Return what these contacts have waited, in microseconds; who waits no more is left out, as
    are calls of ours, which begin anew, and contacts that were joined, whose wait is another's.
    """
    if not contact_ids:
        return {}
    ours = contacts.c.direction == Direction.OUTBOUND
    found = select(
        contacts.c.id,
        contacts.c.state,
        contacts.c.direction,
        contacts.c.answered_at,
        contacts.c.calendar_id,
        contacts.c.virtual_start_us,
        contacts.c.waited_us,
    ).where(contacts.c.id.in_(contact_ids), _WAITS, ~ours, ~contacts.c.joins)
    return {row.id: waited_now_us(settings, row, tx.now) for row in tx.execute(found)}


def busy_since(tx: Tx, contact_ids: Collection[str], since: datetime) -> set[str]:
    """Return which of these did something else than to wait or to be offered since then."""
    if not contact_ids:
        return set()
    waits = [SegmentKind.WAITING.value, SegmentKind.OFFERED.value]
    found = select(segments.c.contact_id).where(
        segments.c.contact_id.in_(contact_ids),
        segments.c.started_at >= since,
        segments.c.kind.not_in(waits),
    )
    return set(tx.execute(found).scalars())
