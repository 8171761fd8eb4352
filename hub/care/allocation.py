"""New customers and what surrounds them: what passed since, who is at work, when we are open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from hub.customers.allocation import due
from hub.customers.allocation.model import by_clock
from hub.customers.allocation.people import Outside, Since
from hub.customers.rules.features import FeaturePart, load_features
from hub.hours import add_open
from hub.routing.settings import RoutingSettings, calendar_of, load_settings
from hub.routing.tables import agents
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time, tx_time

# What they said, but for calls of ours that nobody answered; and calls that they answered, whose
# entry names no author: whoever talks has the contact.
_TOUCHES = Statement("""
SELECT t.id, MIN(t.at) AS at FROM (
  SELECT {text 0} AS id, n.at FROM {rows}
  JOIN customer_identities i ON i.customer_id = {text 1}
  JOIN interactions n ON n.identity_id = i.id AND n.at >= {time 3}
  WHERE n.author_id = {text 2} AND (n.direction = 'out' OR n.kind = 'visit')
    AND (n.delivery IS NULL OR n.delivery <> 'failed')
    AND (n.kind <> 'call' OR EXISTS (
      SELECT 1 FROM contacts k WHERE k.id = n.contact_id AND k.answered_at IS NOT NULL))
  UNION ALL
  SELECT {text 0} AS id, k.answered_at AS at FROM {rows}
  JOIN customer_identities i ON i.customer_id = {text 1}
  JOIN contacts k ON k.identity_id = i.id AND k.agent_id = {text 2} AND k.answered_at >= {time 3}
  WHERE k.channel = 'phone' AND k.state NOT IN ('queued', 'offered', 'connecting')
) t GROUP BY t.id
""")


def outside(tx: Tx) -> Outside:
    """Return what allocation asks of contacts and of the queue, in this transaction."""
    loaded: list[RoutingSettings] = []

    def add(start: datetime, seconds: float, calendar_id: str | None) -> datetime:
        """By the open time of a calendar; by the clock where the set-up has it no longer."""
        if calendar_id is not None:
            if not loaded:
                loaded.append(load_settings(tx))
            spec = loaded[0].calendars.get(calendar_id)
            if spec is not None:
                return add_open(calendar_of(spec), start, seconds)
        return by_clock(start, seconds, None)

    return Outside(touches_of, _away, add)


def touches_of(tx: Tx, asked: Sequence[Since]) -> Mapping[str, datetime]:
    """Return when who has a new customer first wrote to, called or visited them: one statement.

    What failed on its way is no touch, nor is what the hub says by itself. A call is one where both
    talked, whoever called.
    """
    if not asked:
        return {}
    rows = [[one.id, one.customer_id, one.to_id, tx_time(tx, one.made_at)] for one in asked]
    return {row.id: read_time(row.at) for row in _TOUCHES(tx, rows)}


def fire_due_leads(tx: Tx, now: datetime, limit: int, parts: Sequence[FeaturePart]) -> int:
    """Remind, escalate and recall new customers nobody has touched (timekeeper)."""
    return due.fire_due(
        tx, now, limit, outside(tx), lambda tx, ids: load_features(tx, sorted(set(ids)), parts)
    )


def _away(tx: Tx, user_ids: Collection[str], since: datetime) -> Collection[str]:
    """Who was not at the desk since then, or never was."""
    found = select(agents.c.id).where(
        agents.c.id.in_(sorted(user_ids)), agents.c.present_until >= since
    )
    return set(user_ids) - set(tx.execute(found).scalars())
