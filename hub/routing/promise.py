"""What a queue promises publicly: the time an acknowledgement may name (routing.md section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.hours import ALWAYS_OPEN, add_open
from hub.storage import Tx

from .settings import CalendarSpec, RoutingSettings, calendar_of, load_settings


@dataclass(frozen=True, slots=True)
class Promise:
    """`at`: now + public_promise_s of business time on the queue's calendar, UTC; `zone`: IANA."""

    at: datetime
    zone: str


def promises(tx: Tx, asked: Sequence[tuple[str, str]]) -> list[Promise]:
    """Return the promise for each (queue id, channel): one for all tiers, never a tier's target.

    A channel without a public promise names its slowest target. Raises Invalid for an unknown
    queue.
    """
    settings = load_settings(tx)
    return [_promise(settings, queue_id, channel, tx.now) for queue_id, channel in asked]


def _promise(settings: RoutingSettings, queue_id: str, channel: str, now: datetime) -> Promise:
    queue = settings.queue(queue_id)
    seconds = queue.public_promise_s.get(channel)
    if seconds is None:
        settings.target_s(queue_id, settings.default_tier, channel)  # refuses an unknown channel
        seconds = max(queue.target_s[channel].values())
    spec = settings.calendars.get(queue.calendar_id) or CalendarSpec(zone=settings.zone)
    business = settings.channels[channel].business_time
    calendar = calendar_of(spec) if business else ALWAYS_OPEN
    return Promise(at=add_open(calendar, now, seconds), zone=spec.zone)
