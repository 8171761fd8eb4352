"""What is read to say where contacts stand. Each caller on the line asks every half a minute, so
these statements are texts, made once (docs/decisions/0009): building them took most of a round.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from hub.contacts.joining.reads import kept_contact
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json, read_time, tx_time

from .estimates import Kind
from .model import WALL

_ROWS = Statement("""
SELECT c.id, c.merged_into_id, c.state, c.agent_id, c.entry_point_id, c.queue_id, c.reminded_at,
  c.language, c.ended_as, c.tier, c.target_s, c.priority, c.told_position, c.calendar_id,
  c.virtual_start_us, c.waited_us, c.channel, c.direction, c.answered_at, c.enqueued_at, c.meta,
  c.promise, u.name AS agent_name
FROM {rows} JOIN contacts c ON c.id = {text 0} LEFT JOIN users u ON u.id = c.agent_id
""")
# `as_urgent_us`: one who began by then has waited as much of their own target. The share is taken
# whole and rest apart, so that nothing grows beyond 64 bits.
_AHEAD = """
SELECT w.tier, w.target_s, w.priority, count(*) AS number
FROM (
  SELECT c.id, c.tier, c.target_s, c.priority, c.virtual_start_us,
    CASE c.calendar_id %s ELSE {integer :wall_us} END
      - {integer :whole} * c.target_s
      - {integer :rest} * c.target_s / {integer :target_s} AS as_urgent_us
  FROM contacts c WHERE c.queue_id = :queue_id AND c.state = 'queued' AND c.id <> :id
) w
WHERE w.priority > {integer :priority} OR w.priority = {integer :priority} AND (
  w.tier IN (SELECT {text 0} FROM {rows})
  OR (w.tier = :tier OR {integer :by_tier} = 0) AND (
    w.virtual_start_us < w.as_urgent_us
    OR w.virtual_start_us = w.as_urgent_us AND w.id < :id
  )
)
GROUP BY w.tier, w.target_s, w.priority
"""


@lru_cache(maxsize=64)
def _ahead(calendars: int) -> Statement:
    """Return the statement for a set-up with so many calendars."""
    clock = "WHEN :calendar_{0} THEN {{integer :clock_{0}}}"
    return Statement(_AHEAD % " ".join(clock.format(number) for number in range(calendars)))


_THERE = Statement("""
SELECT DISTINCT a.state
FROM {rows} JOIN queue_teams q ON q.queue_id = {text 0}
JOIN team_members t ON t.team_id = q.team_id
JOIN agents a ON a.id = t.user_id AND a.present_until > {time :now}
WHERE NOT EXISTS (
  SELECT 1 FROM agent_channels x
  WHERE x.agent_id = a.id AND x.channel = {text 1} AND x.unreached
)
""")
_TAKEN = Statement("""
SELECT a.queue_id, c.tier, c.target_s, count(*) AS number
FROM {rows} JOIN assignments a ON a.queue_id = {text 0} AND a.made_at >= {time :since}
JOIN contacts c ON c.id = a.contact_id AND c.direction = 'in'
GROUP BY a.queue_id, c.tier, c.target_s
""")


def find_rows(tx: Tx, contact_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return what `standing_of` needs of contacts, by the id that was asked for: of a merged one
    that of the contact in which it goes on. Of those that are none there is nothing.
    """
    found = _fetch(tx, contact_ids)
    merged = {row.id: kept_contact(tx, row.id) for row in found.values() if row.merged_into_id}
    kept = _fetch(tx, sorted(set(merged.values()))) if merged else {}
    return found | {contact_id: kept[into] for contact_id, into in merged.items()}


def _fetch(tx: Tx, contact_ids: Sequence[str]) -> dict[str, Row[Any]]:
    return {
        row.id: row._replace(
            meta=read_json(row.meta),
            enqueued_at=read_time(row.enqueued_at),
            answered_at=read_time(row.answered_at),
            reminded_at=read_time(row.reminded_at),
        )
        for row in _ROWS(tx, [[contact_id] for contact_id in dict.fromkeys(contact_ids)])
    }


def count_ahead(
    tx: Tx,
    row: Row[Any],
    waited_us: int,
    clocks: Mapping[str, int],
    better: Collection[str] | None,
) -> dict[Kind, int]:
    """Count the contacts of a queue that go before one that has waited so long, by kind.

    `clocks`: what every calendar's shows, the wall's too (`clocks_us`). `better`: the tiers that
    all go first; None: urgency decides between tiers, too.
    """
    shown: dict[str, str | int] = {}
    for number, (calendar_id, clock) in enumerate(clocks.items()):
        shown |= {f"calendar_{number}": calendar_id, f"clock_{number}": clock}
    target_s = max(row.target_s, 1)
    whole, rest = divmod(waited_us, target_s)
    found = _ahead(len(clocks))(
        tx,
        [[tier] for tier in better or ()],
        **shown,
        wall_us=clocks[WALL],
        whole=whole,
        rest=rest,
        target_s=target_s,
        queue_id=row.queue_id,
        id=row.id,
        priority=row.priority,
        tier=row.tier,
        by_tier=int(better is not None),
    )
    return {Kind(one.tier, one.target_s, one.priority): one.number for one in found}


def count_taken(tx: Tx, queue_ids: Collection[str], since: datetime) -> dict[str, dict[Kind, int]]:
    """Count what agents took from each queue since then, by tier and target."""
    taken: dict[str, dict[Kind, int]] = {queue_id: {} for queue_id in queue_ids}
    for one in _TAKEN(tx, [[queue_id] for queue_id in taken], since=tx_time(tx, since)):
        taken[one.queue_id][Kind(one.tier, one.target_s)] = one.number
    return taken


def states_there(tx: Tx, queue_id: str, channel: str | None = None) -> frozenset[str]:
    """Return the states of a queue's own agents who are at their desk. `channel`: without those
    who are not reached on it (`reaching`).
    """
    there = _THERE(tx, [[queue_id, channel]], now=tx_time(tx, tx.now))
    return frozenset(row.state for row in there)
