"""Where contacts stand, as their customers may be told: position and wait as a range. Every chat
page asks now and then, so all who ask at once are answered by the same few statements.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    text,
    update,
)

from hub.accounts.tables import team_members, users
from hub.contacts.inbound import Standing
from hub.contacts.joining.reads import kept_contact
from hub.contacts.model import ContactState, Direction
from hub.contacts.tables import contacts
from hub.core.errors import HubError
from hub.hours import is_open
from hub.storage import Tx, batch
from hub.storage.bulk import encode_rows, json_rows

from .estimates import RATE_WINDOW_S, Kind, WaitRange, rivals_of, wait_range
from .model import AgentState
from .queue_states import closed_queues, paused_queues
from .settings import RoutingSettings, calendar_of, clock_us, load_settings
from .tables import agents, assignments, queue_teams
from .turns import waited_now_us

_WAITING = (ContactState.QUEUED, ContactState.OFFERED)
_NEEDED = (
    "id", "merged_into_id", "state", "agent_id", "entry_point_id", "queue_id", "reminded_at",
    "language", "ended_as", "tier", "target_s", "priority", "told_position", "calendar_id",
    "virtual_start_us", "waited_us", "direction", "answered_at", "enqueued_at", "meta", "promise",
)  # fmt: skip


class Lines:
    """What is true of all who wait in a queue: asked once for all who ask in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self.settings = load_settings(tx)
        self._tx = tx
        self._closed = closed_queues(tx)
        self._ready: dict[str, bool] = {}
        self._there: dict[str, bool] = {}
        self._taken: dict[str, dict[Kind, int]] = {}
        self._waits: dict[str, Sequence[Row[Any]]] = {}

    def is_open(self, row: Row[Any]) -> bool:
        """Could anybody take this contact in the present hours?"""
        way = row.entry_point_id, row.queue_id
        return row.queue_id not in self._closed and is_open_for(self.settings, *way, self._tx.now)

    def is_served(self, queue_id: str) -> bool:
        """Is somebody ready who takes from it, and is it not paused?"""
        if queue_id not in self._ready:
            ready = is_anybody_ready(self._tx, queue_id)
            self._ready[queue_id] = ready and queue_id not in paused_queues(self._tx)
        return self._ready[queue_id]

    def is_anybody_there(self, queue_id: str) -> bool:
        """Is one of the queue's own agents signed in and at their desk, ready or not?"""
        if queue_id not in self._there:
            self._there[queue_id] = _is_one(
                self._tx, queue_id, agents.c.state != AgentState.OFFLINE
            )
        return self._there[queue_id]

    def taken(self, queue_id: str) -> Mapping[Kind, int]:
        """Return what agents took from it lately (`taken_lately`)."""
        if queue_id not in self._taken:
            self._taken |= taken_lately(self._tx, [queue_id])
        return self._taken[queue_id]

    def waits(self, queue_id: str) -> Sequence[Row[Any]]:
        """Return the kinds of waiting there are in it: (calendar_id, target_s), each once."""
        if queue_id not in self._waits:
            kinds = select(contacts.c.calendar_id, contacts.c.target_s).where(_queued(queue_id))
            self._waits[queue_id] = self._tx.execute(kinds.distinct()).all()
        return self._waits[queue_id]


def find_rows(tx: Tx, contact_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return what `standing_of` needs of contacts, by the id that was asked for: of a merged one
    that of the contact in which it goes on. Of those that are none there is nothing.
    """
    found = _fetch(tx, contact_ids)
    merged = {row.id: kept_contact(tx, row.id) for row in found.values() if row.merged_into_id}
    kept = _fetch(tx, sorted(set(merged.values()))) if merged else {}
    return found | {contact_id: kept[into] for contact_id, into in merged.items()}


_ROWS = select(*(contacts.c[name] for name in _NEEDED), users.c.name.label("agent_name")).outerjoin(
    users, users.c.id == contacts.c.agent_id
)


def _fetch(tx: Tx, contact_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """One text, however many are asked for: each reader keeps a prepared statement of each text."""
    asked = text(f"SELECT j.value ->> 0 FROM {json_rows(tx)}").columns(id=String)  # noqa: S608 - our own text
    found = tx.execute(
        _ROWS.where(contacts.c.id.in_(asked)),
        {"rows": encode_rows([contact_id] for contact_id in contact_ids)},
    )
    return {row.id: row for row in found}


def standing_of(tx: Tx, lines: Lines, row: Row[Any]) -> Standing:
    """Say where a contact stands, to be told to its customer (routing.md 3.14).

    A place worse than what the customer was told (`note_told`) is not said: only the range is. The
    wait is a range from the position and the recent service rate; None where nothing honest can
    be said: nobody is ready, too few contacts were taken lately, or the queue is paused.
    """
    open_now = lines.is_open(row)
    if row.state not in _WAITING or row.queue_id not in lines.settings.queues:
        name = row.agent_name if row.state not in _WAITING else None
        reminded = row.reminded_at is not None
        return Standing(
            row.state, None, None, None, open_now, name, row.language,
            reminded=reminded, ended_as=row.ended_as,
        )  # fmt: skip
    ahead = _ahead(tx, lines, row)
    low, high = _likely(lines, row, ahead) or (None, None)
    position = 1 + sum(ahead.values())
    worse = row.told_position is not None and position > row.told_position
    place = None if worse else position
    return Standing(row.state, place, low, high, open_now, language=row.language)


def _likely(lines: Lines, row: Row[Any], ahead: Mapping[Kind, int]) -> WaitRange | None:
    if not lines.is_served(row.queue_id):
        return None
    own = Kind(row.tier, row.target_s, row.priority)
    return likely_wait(lines.settings, row.queue_id, own, ahead, lines.taken(row.queue_id))


def likely_wait(
    settings: RoutingSettings,
    queue_id: str,
    own: Kind,
    ahead: Mapping[Kind, int],
    taken: Mapping[Kind, int],
) -> WaitRange | None:
    """Return how long one of a kind is likely to wait in a queue, behind those `ahead`, where
    `taken` were taken lately; None: nothing honest can be said.
    """
    better = _better_tiers(settings, own.tier) if settings.queues[queue_id].strict else None
    return wait_range(rivals_of(own, ahead, taken, better))


@batch
def note_told(tx: Tx, items: Sequence[tuple[str, int]]) -> Sequence[HubError | None]:
    """(contact id, position): its customer was told this place, and is never told a worse one."""
    tx.execute(
        update(contacts)
        .where(
            contacts.c.id == bindparam("b_id"),
            or_(
                contacts.c.told_position.is_(None),
                contacts.c.told_position > bindparam("b_position"),
            ),
        )
        .values(told_position=bindparam("b_position")),
        [{"b_id": contact_id, "b_position": position} for contact_id, position in items],
    )
    return [None] * len(items)


def is_open_for(
    settings: RoutingSettings, entry_point_id: str, queue_id: str, now: datetime
) -> bool:
    """Is it open for who comes this way: in the hours of the entry point, or of the queue. Whether
    somebody has closed the queue is another thing (see `queue_states`).
    """
    queue = settings.queues.get(queue_id)
    own = settings.entry_hours.get(entry_point_id)
    spec = settings.calendars.get(own or (queue.calendar_id if queue else ""))
    return spec is None or is_open(calendar_of(spec), now)


def _queued(queue_id: str) -> ColumnElement[bool]:
    return and_(contacts.c.queue_id == queue_id, contacts.c.state == ContactState.QUEUED)


def _ahead(tx: Tx, lines: Lines, row: Row[Any]) -> dict[Kind, int]:
    """Count the contacts of a queue that go before one that waits, by kind."""
    settings = lines.settings
    waited_us = waited_now_us(settings, row, tx.now)
    more_urgent: list[ColumnElement[bool]] = []
    for group in lines.waits(row.queue_id):
        clock = clock_us(settings, group.calendar_id, tx.now)
        start = clock - waited_us * group.target_s // max(row.target_s, 1)
        more_urgent.append(
            and_(
                contacts.c.calendar_id == group.calendar_id,
                contacts.c.target_s == group.target_s,
                or_(
                    contacts.c.virtual_start_us < start,
                    and_(contacts.c.virtual_start_us == start, contacts.c.id < row.id),
                ),
            )
        )
    before = or_(false(), *more_urgent)
    if row.priority == 0 and settings.queues[row.queue_id].strict:
        better = _better_tiers(settings, row.tier)
        before = or_(contacts.c.tier.in_(better), and_(contacts.c.tier == row.tier, before))
    kind = (contacts.c.tier, contacts.c.target_s, contacts.c.priority)
    found = tx.execute(
        select(*kind, func.count().label("number"))
        .where(
            _queued(row.queue_id),
            contacts.c.id != row.id,
            or_(
                contacts.c.priority > row.priority,
                and_(contacts.c.priority == row.priority, before),
            ),
        )
        .group_by(*kind)
    )
    return {Kind(one.tier, one.target_s, one.priority): one.number for one in found}


def _better_tiers(settings: RoutingSettings, tier: str) -> tuple[str, ...]:
    """Return the tiers before one; an unknown one comes after all others."""
    tiers = settings.tiers
    return tiers[: tiers.index(tier)] if tier in tiers else tiers


def taken_lately(tx: Tx, queue_ids: Collection[str]) -> dict[str, dict[Kind, int]]:
    """Count what agents took from each queue in the last RATE_WINDOW_S, by tier and target."""
    since = tx.now - timedelta(seconds=RATE_WINDOW_S)
    kinds = (assignments.c.queue_id, contacts.c.tier, contacts.c.target_s)
    found = tx.execute(
        select(*kinds, func.count().label("number"))
        .select_from(assignments)
        .join(contacts, contacts.c.id == assignments.c.contact_id)
        .where(
            assignments.c.queue_id.in_(sorted(queue_ids)),
            assignments.c.made_at >= since,
            contacts.c.direction == Direction.INBOUND,  # what an agent began was taken from nobody
        )
        .group_by(*kinds)
    )
    taken: dict[str, dict[Kind, int]] = {queue_id: {} for queue_id in queue_ids}
    for one in found:
        taken[one.queue_id][Kind(one.tier, one.target_s)] = one.number
    return taken


def is_anybody_ready(tx: Tx, queue_id: str) -> bool:
    """Is one of the queue's own agents ready and at their desk?"""
    return _is_one(tx, queue_id, agents.c.state == AgentState.READY)


def _is_one(tx: Tx, queue_id: str, state: ColumnElement[bool]) -> bool:
    found = (
        select(agents.c.id)
        .join(team_members, team_members.c.user_id == agents.c.id)
        .join(queue_teams, queue_teams.c.team_id == team_members.c.team_id)
        .where(
            queue_teams.c.queue_id == queue_id,
            state,
            agents.c.present_until > tx.now,
        )
    )
    return tx.execute(found.limit(1)).first() is not None
