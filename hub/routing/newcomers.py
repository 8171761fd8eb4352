"""What one meets who joins a queue now: how many wait there, who is ready, how long it takes.

For lists of queues to choose from: of any number of them by the same three statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.errors import Invalid
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time

from .estimates import Kind, WaitRange
from .queue_states import stopped_queues
from .settings import RoutingSettings
from .standing import better_tiers, is_open_for, likely_wait, taken_lately

# Who is not reached on the channel is not there for it. Room is as in `agent_loads`: what can be
# interrupted needs it beside all, what cannot pushes that aside.
_STAFF = Statement("""
SELECT s.queue_id, count(*) AS ready, sum(CASE
    WHEN :channel = '' AND a.live_load < a.capacity THEN 1
    WHEN x.open < x.maximum AND (x.rest_until IS NULL OR x.rest_until <= {time :now})
      AND a.live_load + :beside * a.deferred_load + x.cost <= a.capacity THEN 1
    ELSE 0
  END) AS free
FROM (
  SELECT DISTINCT q.queue_id, t.user_id FROM {rows} JOIN queue_teams q ON q.queue_id = {text 0}
  JOIN team_members t ON t.team_id = q.team_id
) s
JOIN agents a ON a.id = s.user_id AND a.state = 'ready' AND a.present_until > {time :now}
LEFT JOIN agent_channels x ON x.agent_id = a.id AND x.channel = :channel
WHERE x.agent_id IS NULL OR NOT x.unreached
GROUP BY s.queue_id
""")


class Newcomer(NamedTuple):
    """Who would join: a contact of this tier, channel and priority (0: ordinary)."""

    tier: str
    channel: str
    priority: int = 0


class Prospect(NamedTuple):
    """`waiting`: contacts, also those that ring at somebody. `ready`: agents who are there for it,
    `free` those of them who could take it at once. `takes`: it is a channel of this queue. `open`:
    in its hours, and closed by nobody. `wait`: the likely one of somebody who has not waited yet;
    None: nothing honest can be said, or nobody to say it of.
    """

    waiting: int
    ready: int
    free: int
    takes: bool
    open: bool
    wait: WaitRange | None


def prospects(
    tx: Tx, settings: RoutingSettings, queue_ids: Sequence[str], newcomer: Newcomer | None
) -> dict[str, Prospect]:
    """Return what these queues offer to a newcomer; None: to nobody in particular, so no wait."""
    known = [queue_id for queue_id in queue_ids if queue_id in settings.queues]
    line = _in_line(tx, known)
    channel = newcomer.channel if newcomer else ""
    staff = {
        row.queue_id: (row.ready, row.free)
        for row in _STAFF(
            tx,
            [[one] for one in known],
            channel=channel,
            beside=int(is_interruptible(settings, channel)),
            now=tx_time(tx, tx.now),
        )
    }
    taken = taken_lately(tx, known) if newcomer else {}
    stopped = stopped_queues(tx)
    found = {}
    for queue_id in known:
        ready, free = staff.get(queue_id, (0, 0))
        own = _kind(settings, queue_id, newcomer) if newcomer else None
        served = ready > 0 and queue_id not in stopped.paused
        wait = _wait(settings, queue_id, own, line[queue_id], taken) if own and served else None
        found[queue_id] = Prospect(
            waiting=sum(sum(states.values()) for states in line[queue_id].values()),
            ready=ready,
            free=free,
            takes=newcomer is None or own is not None,
            open=queue_id not in stopped.closed and is_open_for(settings, "", queue_id, tx.now),
            wait=wait,
        )
    return found


def is_interruptible(settings: RoutingSettings, channel: str) -> bool:
    rules = settings.channels.get(channel)
    return rules is not None and rules.interruptible


_Line = Mapping[Kind, Mapping[str, int]]  # how many of a kind, by state


def _in_line(tx: Tx, queue_ids: Sequence[str]) -> defaultdict[str, dict[Kind, dict[str, int]]]:
    """Count who waits in each queue, by kind and state."""
    keys = (
        contacts.c.queue_id,
        contacts.c.tier,
        contacts.c.target_s,
        contacts.c.priority,
        contacts.c.state,
    )
    waits = contacts.c.state.in_((ContactState.QUEUED, ContactState.OFFERED))
    rows = tx.execute(
        select(*keys, func.count().label("number"))
        .where(contacts.c.queue_id.in_(queue_ids), waits)
        .group_by(*keys)
    )
    line: defaultdict[str, dict[Kind, dict[str, int]]] = defaultdict(dict)
    for row in rows:
        kind = Kind(row.tier, row.target_s, row.priority)
        line[row.queue_id].setdefault(kind, {})[row.state] = row.number
    return line


def _kind(settings: RoutingSettings, queue_id: str, newcomer: Newcomer) -> Kind | None:
    """Return as what a newcomer would wait there; None where the queue has none of its channel."""
    try:
        target_s = settings.target_s(queue_id, newcomer.tier, newcomer.channel)
    except Invalid:
        return None
    return Kind(newcomer.tier, target_s, newcomer.priority)


def _wait(
    settings: RoutingSettings,
    queue_id: str,
    own: Kind,
    line: _Line,
    taken: Mapping[str, Mapping[Kind, int]],
) -> WaitRange | None:
    ahead = {
        kind: states[ContactState.QUEUED]
        for kind, states in line.items()
        if ContactState.QUEUED in states and _goes_first(settings, queue_id, kind, own)
    }
    return likely_wait(settings, queue_id, own, ahead, taken[queue_id])


def _goes_first(settings: RoutingSettings, queue_id: str, kind: Kind, own: Kind) -> bool:
    """Is one that waits of this kind before somebody of `own` who has not waited yet?"""
    if kind.priority != own.priority:
        return kind.priority > own.priority
    if own.priority == 0 and settings.queues[queue_id].strict and kind.tier != own.tier:
        return kind.tier in better_tiers(settings, own.tier)
    return True
