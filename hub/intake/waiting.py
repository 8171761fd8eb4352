"""Where those stand who wait and who talk, with the callback they are offered. Who waits in vain is
told so, and may leave a message besides: nobody is signed in who could answer, or all who could
are busy, for longer than the entry point's set-up says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row

from hub.callbacks.offering import with_offer
from hub.contacts.by_mail.model import Alone, SilenceRules, rules_in
from hub.contacts.inbound import Standing
from hub.contacts.model import WAITING
from hub.contacts.recordings.model import is_silent
from hub.core.errors import HubError, NotFound
from hub.routing.standing import Lines, standing_of
from hub.routing.standing_reads import find_rows
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json

from .recordings import recording_ask

A = TypeVar("A")
F = TypeVar("F")

_POINTS = Statement("SELECT e.id, e.settings FROM {rows} JOIN entry_points e ON e.id = {text 0}")


def standings(tx: Tx, contact_ids: Sequence[str]) -> list[Standing | HubError]:
    """Say where contacts stand, what callback each is offered, and why it may rather leave a
    message; of a merged one where the one stands in which it goes on. NotFound for what is none.

    Three statements for all who talk; for those who wait some for each queue, and one each.
    """
    rows = find_rows(tx, contact_ids)
    lines = Lines(tx)
    settings = lines.settings
    found = {
        asked: replace(
            with_offer(settings, row, standing_of(tx, lines, row), tx.now),
            recording=recording_ask(settings, row.queue_id),
            silenced=is_silent(row.meta),
        )
        for asked, row in rows.items()
    }
    waiting = [asked for asked, one in found.items() if one.state in WAITING and one.open_now]
    rules = _rules(tx, {rows[asked].entry_point_id for asked in waiting})
    for asked in waiting:
        row = rows[asked]
        if _waits_long(rules[row.entry_point_id], row, tx.now):
            there = lines.is_anybody_there(row)
            found[asked] = replace(found[asked], alone=Alone.BUSY if there else Alone.NOBODY)
    return [
        found[asked] if asked in found else NotFound("There is no such contact.")
        for asked in contact_ids
    ]


Find = Callable[[Tx, Sequence[A]], Sequence[tuple[F, str | None]]]
"""What a channel finds of its own for each who asks, and the contact that it names with it."""


def found_and_standings(
    find: Find[A, F], tx: Tx, asked: Sequence[A]
) -> list[tuple[F, Standing | None]]:
    """Return what a channel finds for each who asks, and where the contacts stand that it names;
    None where it names none.
    """
    found = find(tx, asked)
    named = [contact_id for _, contact_id in found if contact_id is not None]
    stands = dict(zip(named, standings(tx, named), strict=True)) if named else {}
    return [(one, _there(stands.get(contact_id or ""))) for one, contact_id in found]


def _there(standing: Standing | HubError | None) -> Standing | None:
    return None if isinstance(standing, HubError) else standing


def _rules(tx: Tx, entry_point_ids: set[str]) -> Mapping[str, SilenceRules]:
    """Return the rules of these entry points. Without one there is no statement."""
    if not entry_point_ids:
        return {}
    found = _POINTS(tx, [[one] for one in sorted(entry_point_ids)])
    return {row.id: rules_in(read_json(row.settings)) for row in found}


def _waits_long(rules: SilenceRules, row: Row[Any], now: datetime) -> bool:
    """Say whether one has waited so long that a message may be left: by mail, if any is written."""
    patience = timedelta(seconds=rules.message_after_s)
    return bool(rules.mail and patience) and now - row.enqueued_at >= patience
