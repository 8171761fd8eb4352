"""What is in quarantine is told to Prometheus: how many of each kind, and for how long."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs
from sqlalchemy import update

from hub.contacts.tables import contacts
from hub.core.metrics import Metrics
from hub.intake.quarantine_figures import QuarantineFigures
from hub.storage import Store
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .test_incoming_calls import CALL, receive_one

KINDS = ("unreadable", "spam", "blocked")
HOUR = timedelta(hours=1)


async def test_each_kind_is_counted_and_the_oldest_told_until_nothing_is_left(
    store: Store, clock: ManualClock
) -> None:
    await store.write(open_center, None)
    metrics = Metrics()
    figures = QuarantineFigures(store, clock, metrics)

    def told(name: str, kind: str) -> float | None:
        return metrics.registry.get_sample_value(name, {"kind": kind})

    async def comes(key: str, reason: str | None) -> None:
        item = structs.replace(CALL, dedupe_key=key, quarantine_reason=reason)
        await store.write(receive_one, item)

    await figures.look()
    assert (told("hub_quarantine_items", "unreadable"), told("hub_quarantine_items", "spam")) == (
        0,
        0,
    )
    for key, reason in (("a", "too_large: 40 MB"), ("b", "spam: X-Spam-Flag"), ("c", None)):
        await comes(key, reason)
        clock.advance(HOUR.total_seconds())
    await comes("d", "broken: no header")
    await comes("e", "spammy_word_of_ours: x")  # no spam: its code is another
    await figures.look()
    counted = {
        kind: told("hub_quarantine_items", kind) for kind in ("unreadable", "spam", "blocked")
    }
    assert counted == {"unreadable": 3, "spam": 1, "blocked": 0}
    oldest = {kind: told("hub_quarantine_oldest_seconds", kind) for kind in counted}
    assert oldest == {"unreadable": 3 * 3600, "spam": 2 * 3600, "blocked": 0}
    await store.write(lambda tx, _: tx.execute(update(contacts).values(state="closed")), None)
    await figures.look()
    assert told("hub_quarantine_items", "unreadable") == 0
    assert told("hub_quarantine_oldest_seconds", "unreadable") == 0
