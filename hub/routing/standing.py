"""Where contacts stand, as their customers may be told: position and wait as a range. Every chat
page asks now and then, so all who ask at once are answered by the same few statements.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Row, bindparam, or_, update

from hub.contacts.inbound import Standing
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.errors import HubError
from hub.hours import is_open
from hub.storage import Tx, batch

from .estimates import RATE_WINDOW_S, Kind, WaitRange, rivals_of, wait_range
from .model import AgentState
from .queue_states import stopped_queues
from .settings import RoutingSettings, calendar_of, clocks_us, load_settings
from .standing_reads import count_ahead, count_taken, states_there
from .turns import waited_now_us

_WAITING = (ContactState.QUEUED, ContactState.OFFERED)


class Lines:
    """What is true of all who wait in a queue: asked once for all who ask in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self.settings = load_settings(tx)
        self._tx = tx
        self._stopped = stopped_queues(tx)
        self._open: dict[tuple[str, str], bool] = {}
        self._there: dict[tuple[str, str], frozenset[str]] = {}
        self._taken: dict[str, dict[Kind, int]] = {}

    def is_open(self, row: Row[Any]) -> bool:
        """Could anybody take this contact in the present hours?"""
        way = row.entry_point_id, row.queue_id
        if way not in self._open:
            in_hours = is_open_for(self.settings, *way, self._tx.now)
            self._open[way] = in_hours and row.queue_id not in self._stopped.closed
        return self._open[way]

    def is_served(self, row: Row[Any]) -> bool:
        """Is somebody ready who takes such a contact from its queue, and is it not paused?"""
        return row.queue_id not in self._stopped.paused and AgentState.READY in self._states(row)

    def is_anybody_there(self, row: Row[Any]) -> bool:
        """Is one of its queue's own agents signed in and at their desk, ready or not?"""
        return bool(self._states(row) - {AgentState.OFFLINE})

    def taken(self, queue_id: str) -> Mapping[Kind, int]:
        """Return what agents took from it lately (`taken_lately`)."""
        if queue_id not in self._taken:
            self._taken |= taken_lately(self._tx, [queue_id])
        return self._taken[queue_id]

    @cached_property
    def clocks(self) -> Mapping[str, int]:
        return clocks_us(self.settings, self._tx.now)

    def _states(self, row: Row[Any]) -> frozenset[str]:
        line = row.queue_id, row.channel
        if line not in self._there:
            self._there[line] = states_there(self._tx, *line)
        return self._there[line]


def standing_of(tx: Tx, lines: Lines, row: Row[Any]) -> Standing:
    """Say where a contact stands, to be told to its customer (routing.md 3.14).

    A place worse than what the customer was told (`note_told`) is not said: only the range is. The
    wait is a range from the position and the recent service rate; None where nothing honest can
    be said: nobody is ready and reached, too few were taken lately, or the queue is paused.
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
    waited_s = int((tx.now - row.enqueued_at).total_seconds())
    return Standing(row.state, place, low, high, open_now, language=row.language, waited_s=waited_s)


def _likely(lines: Lines, row: Row[Any], ahead: Mapping[Kind, int]) -> WaitRange | None:
    if not lines.is_served(row):
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
    better = better_tiers(settings, own.tier) if settings.queues[queue_id].strict else None
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


def _ahead(tx: Tx, lines: Lines, row: Row[Any]) -> dict[Kind, int]:
    """Count the contacts of a queue that go before one that waits, by kind."""
    settings = lines.settings
    waited_us = waited_now_us(settings, row, tx.now)
    by_tier = row.priority == 0 and settings.queues[row.queue_id].strict
    better = better_tiers(settings, row.tier) if by_tier else None
    return count_ahead(tx, row, waited_us, lines.clocks, better)


def better_tiers(settings: RoutingSettings, tier: str) -> tuple[str, ...]:
    """Return the tiers before one; an unknown one comes after all others."""
    tiers = settings.tiers
    return tiers[: tiers.index(tier)] if tier in tiers else tiers


def taken_lately(tx: Tx, queue_ids: Collection[str]) -> dict[str, dict[Kind, int]]:
    """Count what agents took from each queue in the last RATE_WINDOW_S, by tier and target. What an
    agent began was taken from nobody.
    """
    return count_taken(tx, queue_ids, tx.now - timedelta(seconds=RATE_WINDOW_S))


def is_anybody_ready(tx: Tx, queue_id: str) -> bool:
    """Is one of the queue's own agents ready and at their desk?"""
    return AgentState.READY in states_there(tx, queue_id)
