"""Who goes before one that waits, counted by the database, against the rule written out."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.intake import receive
from hub.routing.estimates import Kind
from hub.routing.model import WALL
from hub.routing.settings import RoutingSettings, clock_us, clocks_us, load_settings
from hub.routing.standing_reads import count_ahead
from hub.routing.turns import waited_now_us
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

TIERS = ("gold", "standard", "low", "gone from the set-up")
A_YEAR_US = 365 * 86_400 * 1_000_000


@pytest.mark.parametrize("seed", range(3))
async def test_those_ahead_are_the_more_urgent_by_their_own_targets(
    store: Store, clock: ManualClock, seed: int
) -> None:
    await store.write(open_center, None)
    for number in range(14):
        await store.write(receive, _message(clock, f"visitor-{number}"))
    await store.write(_shuffle, seed)
    for strict in (False, True):
        for counted, expected in await store.read(_counts, strict):
            assert counted == expected


def _message(clock: ManualClock, who: str) -> Inbound:
    return Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key=new_id(),
        senders=(SenderIdentity(IdentityKind.VISITOR, who, "Chen", verified=True),),
        received_at=clock.now(),
        text="It leaks.",
        language="en",
    )


def _shuffle(tx: Tx, seed: int) -> None:
    """Give everybody a place of their own; some share a moment, some have waited for a year."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    settings = load_settings(tx)
    calendars = [WALL, "no longer.in the set-up", *settings.calendars]
    for contact_id in tx.execute(select(contacts.c.id)).scalars().all():
        calendar_id = chance.choice(calendars)
        waited_us = chance.choice([0, 30_000_000, 30_000_001, 61_000_000, A_YEAR_US])
        values = {
            "tier": chance.choice(TIERS),
            "target_s": chance.choice([15, 20, 60, 2_592_000]),
            "priority": chance.choice([0, 0, 0, 1]),
            "calendar_id": calendar_id,
            "virtual_start_us": clock_us(settings, calendar_id, tx.now) - waited_us,
        }
        tx.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))


def _counts(tx: Tx, strict: bool) -> list[tuple[dict[Kind, int], dict[Kind, int]]]:
    settings = load_settings(tx)
    rows = tx.execute(select(contacts)).all()
    # One that could be taken for a path, or for a number.
    clocks = {"24x7": 0, "a.b": 0, **clocks_us(settings, tx.now)}
    found = []
    for row in rows:
        waited_us = waited_now_us(settings, row, tx.now)
        better = TIERS[: TIERS.index(row.tier)] if strict else None
        others = [one for one in rows if _goes_before(tx, settings, better, one, row)]
        expected = Counter(Kind(one.tier, one.target_s, one.priority) for one in others)
        found.append((count_ahead(tx, row, waited_us, clocks, better), dict(expected)))
    return found


def _goes_before(
    tx: Tx, settings: RoutingSettings, better: tuple[str, ...] | None, one: Row[Any], row: Row[Any]
) -> bool:
    if one.id == row.id or one.priority != row.priority:
        return bool(one.id != row.id and one.priority > row.priority)
    if better is not None and one.tier != row.tier:
        return bool(one.tier in better)
    # waited ÷ target, without a division; who waited as much goes by age
    waited_us = waited_now_us(settings, row, tx.now)
    clock = clock_us(settings, one.calendar_id, tx.now)
    start = clock - waited_us * one.target_s // max(row.target_s, 1)
    return bool((one.virtual_start_us, one.id) < (start, row.id))
