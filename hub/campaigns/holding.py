"""What keeps a running campaign from sending: its mailbox is gone, its mails do not arrive, or the
way out is not working at this moment.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.contacts.tables import entry_points
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time
from hub.storage.outbox import is_held_up

from .model import Halt

LAST = 20  # results that all have to be failures


def find_sender(tx: Tx, campaign: Row[Any]) -> Row[Any] | None:
    """Return the entry point from which a campaign is sent; None where it is gone."""
    point = entry_points.c
    found = select(entry_points).where(
        point.id == campaign.entry_point_id, point.channel == campaign.channel, ~point.retired
    )
    return tx.execute(found).first()


def why_halted(tx: Tx, campaign: Row[Any], sender: Row[Any] | None) -> Halt | None:
    """Return why a campaign may not go on until somebody has looked at it; None where it may."""
    if sender is None:
        return Halt.SENDER_GONE
    return Halt.UNDELIVERED if _nothing_arrives(tx, campaign) else None


def has_to_wait(tx: Tx, campaign: Row[Any]) -> bool:
    """Say whether mails of our own accord wait for a server that did not take them: more would go
    out all at once when it is back, at whatever hour.
    """
    return is_held_up(tx, campaign.channel)


# What is still in the outbox, and what was taken back because somebody said stop, is no result.
_LAST_RESULTS = Statement("""
SELECT i.delivery FROM (
    SELECT interaction_id, at FROM campaign_people
    WHERE campaign_id = :campaign AND interaction_id IS NOT NULL AND at >= {time :since}
    ORDER BY at DESC LIMIT 2000
) p
JOIN interactions i ON i.id = p.interaction_id
LEFT JOIN outreach o ON o.interaction_id = p.interaction_id
WHERE i.delivery <> 'pending' AND coalesce(o.outcome, '') <> 'refused'
ORDER BY p.at DESC LIMIT :last
""")


def _nothing_arrives(tx: Tx, campaign: Row[Any]) -> bool:
    """Say whether the last results since it was started, or gone on with, are all failures."""
    since = tx_time(tx, campaign.resumed_at or campaign.started_at)
    found = _LAST_RESULTS(tx, [], campaign=campaign.id, since=since, last=LAST)
    return len(found) == LAST and all(one.delivery == "failed" for one in found)
