"""Where those stand who wait and who talk, with the callback they are offered. Who waits in vain is
told so, and may leave a message besides: nobody is signed in who could answer, or all who could
are busy, for longer than the entry point's set-up says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from hub.callbacks.offering import with_offer
from hub.contacts.by_mail.model import Alone, SilenceRules, rules_in
from hub.contacts.inbound import Standing
from hub.contacts.model import WAITING
from hub.contacts.tables import entry_points
from hub.core.errors import HubError, NotFound
from hub.routing.standing import Lines, find_rows, standing_of
from hub.storage import Tx


def standings(tx: Tx, contact_ids: Sequence[str]) -> list[Standing | HubError]:
    """Say where contacts stand, what callback each is offered, and why it may rather leave a
    message; of a merged one where the one stands in which it goes on. NotFound for what is none.

    Three statements for all who talk; for those who wait some for each queue, and one each.
    """
    rows = find_rows(tx, contact_ids)
    lines = Lines(tx)
    settings = lines.settings
    found = {
        asked: with_offer(settings, row, standing_of(tx, lines, row), tx.now)
        for asked, row in rows.items()
    }
    waiting = [asked for asked, one in found.items() if one.state in WAITING and one.open_now]
    rules = _rules(tx, {rows[asked].entry_point_id for asked in waiting})
    for asked in waiting:
        row = rows[asked]
        if _waits_long(rules[row.entry_point_id], row, tx.now):
            there = lines.is_anybody_there(row.queue_id)
            found[asked] = replace(found[asked], alone=Alone.BUSY if there else Alone.NOBODY)
    return [
        found[asked] if asked in found else NotFound("There is no such contact.")
        for asked in contact_ids
    ]


def _rules(tx: Tx, entry_point_ids: set[str]) -> Mapping[str, SilenceRules]:
    """Return the rules of these entry points. Without one there is no statement."""
    if not entry_point_ids:
        return {}
    wanted = select(entry_points.c.id, entry_points.c.settings).where(
        entry_points.c.id.in_(sorted(entry_point_ids))
    )
    return {row.id: rules_in(row.settings) for row in tx.execute(wanted)}


def _waits_long(rules: SilenceRules, row: Row[Any], now: datetime) -> bool:
    """Say whether one has waited so long that a message may be left: by mail, if any is written."""
    patience = timedelta(seconds=rules.message_after_s)
    return bool(rules.mail and patience) and now - row.enqueued_at >= patience
