"""Whether a waiting customer is offered a callback, told with their standing. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hub.contacts.inbound import CallbackOffer, Standing
from hub.contacts.model import CALLBACK_META, WAITING
from hub.routing.service import waited_now_us
from hub.routing.settings import CallbackRules, RoutingSettings

from .line import TOOK
from .rules import rules_of, times_of, zone_of


def with_offer(
    settings: RoutingSettings, row: Row[Any], found: Standing, now: datetime
) -> Standing:
    """Return where a contact stands (routing.standing) with the callback that it is offered."""
    if not any(queue.callback for queue in settings.queues.values()):
        return found
    return replace(
        found,
        callback=_offer(settings, row, found, now),
        took_callback=TOOK in row.meta,
        ended_as=row.ended_as,
    )


def _offer(
    settings: RoutingSettings, row: Row[Any], found: Standing, now: datetime
) -> CallbackOffer | None:
    """Return the offer to who would wait long, or calls while it is closed; None: none."""
    rules = rules_of(settings, row.queue_id)
    called = CALLBACK_META in row.meta  # who was called back already waits on the line
    if rules is None or row.state not in WAITING or row.promise is not None or called:
        return None
    opens = times_of(settings, row.queue_id, rules.window).next_open(now)
    zone = zone_of(settings, row.queue_id)
    if not found.open_now:
        return CallbackOffer(opens, zone) if rules.after_hours else None
    if opens > now or not _long(settings, rules, row, found, now):
        return None
    return CallbackOffer(None, zone)


def _long(
    settings: RoutingSettings, rules: CallbackRules, row: Row[Any], found: Standing, now: datetime
) -> bool:
    """Where nothing honest can be said of the wait, what was waited already decides."""
    if found.wait_high_s is not None:
        return found.wait_high_s > rules.offer_over_s
    return waited_now_us(settings, row, now) > rules.offer_over_s * 1_000_000
