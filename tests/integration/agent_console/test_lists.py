"""The list of contacts on both databases: order, paging, and what stays inside a user's sight."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.agent_console.lists import After, ByTime, ContactFilter, Position, find_contacts
from hub.contacts.access import Sight
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState
from hub.contacts.tables import contacts
from hub.core.errors import Malformed
from hub.core.ids import new_id
from hub.intake.receive import receive
from hub.routing.settings import load_settings
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.web import decode_cursor, encode_cursor

EVERYTHING = Sight("nobody", None)
QUEUED = frozenset({ContactState.QUEUED})


async def mails(store: Store, clock: ManualClock, count: int) -> None:
    """`count` customers write, one a minute, to both queues in turn, of all tiers in turn."""
    for number in range(count):
        clock.advance(60)
        await store.write(
            receive,
            Inbound(
                entry_point_id=("mail", "finance-mail", "shop-chat")[number % 3],
                channel=(Channel.EMAIL, Channel.EMAIL, Channel.WEBCHAT)[number % 3],
                dedupe_key=new_id(),
                senders=(
                    SenderIdentity(
                        (IdentityKind.EMAIL, IdentityKind.EMAIL, IdentityKind.VISITOR)[number % 3],
                        f"c{number}@example.test",
                    ),
                ),
                received_at=clock.now(),
                text=str(number),
                acknowledge=False,
            ),
        )


async def page(
    store: Store, wanted: ContactFilter, sight: Sight = EVERYTHING
) -> tuple[list[Any], After | None]:
    def read(tx: Tx, _: None) -> tuple[list[Any], After | None]:
        found = find_contacts(tx, sight, load_settings(tx), wanted)
        return found.rows, found.after

    return await store.read(read, None)


async def walk(
    store: Store, states: frozenset[ContactState], limit: int, sight: Sight = EVERYTHING
) -> list[str]:
    """Return the ids of the whole list, page by page, cursors going through their text."""
    seen: list[str] = []
    after: After | None = None
    while True:
        rows, after = await page(store, ContactFilter(states, "", "", limit, after), sight)
        seen += [row.id for row in rows]
        if after is None:
            return seen
        position = decode_cursor(encode_cursor(Position(after)), Position)
        assert position is not None
        after = position.at


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(open_center, None)
    return store


async def test_what_waits_is_listed_most_urgent_first(center: Store, clock: ManualClock) -> None:
    await mails(center, clock, 12)
    clock.advance(600)
    rows, _ = await page(center, ContactFilter(QUEUED, "", "", 50))
    chats = [row for row in rows if row.channel == "webchat"]
    assert len(rows) == 12
    assert [row.channel for row in rows[: len(chats)]] == ["webchat"] * len(chats)
    starts = [row.enqueued_at for row in chats]
    assert starts == sorted(starts)


@pytest.mark.parametrize("limit", [1, 2, 5, 50])
async def test_pages_by_urgency_lose_and_repeat_nothing(
    center: Store, clock: ManualClock, limit: int
) -> None:
    await mails(center, clock, 20)
    whole, _ = await page(center, ContactFilter(QUEUED, "", "", 200))
    assert await walk(center, QUEUED, limit) == [row.id for row in whole]


async def test_time_that_passes_between_pages_changes_no_order(
    center: Store, clock: ManualClock
) -> None:
    await mails(center, clock, 12)
    whole, _ = await page(center, ContactFilter(QUEUED, "", "", 200))
    first, after = await page(center, ContactFilter(QUEUED, "", "", 6))
    clock.advance(86_400)
    second, _ = await page(center, ContactFilter(QUEUED, "", "", 6, after))
    assert [row.id for row in (*first, *second)] == [row.id for row in whole]


async def test_the_same_urgency_is_ordered_by_id(center: Store, clock: ManualClock) -> None:
    await mails(center, clock, 12)

    def level(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).values(virtual_start_us=1_000_000, calendar_id="wall"))
        tx.execute(update(contacts).values(target_s=60))

    await center.write(level, None)
    ids = await walk(center, QUEUED, 5)
    assert ids == sorted(ids)
    assert len(ids) == 12


async def test_other_states_are_listed_newest_first(center: Store, clock: ManualClock) -> None:
    await mails(center, clock, 9)
    mixed = frozenset({ContactState.QUEUED, ContactState.CLOSED})

    def close_some(tx: Tx, _: None) -> None:
        some = list(tx.execute(select(contacts.c.id).order_by(contacts.c.id).limit(4)).scalars())
        tx.execute(update(contacts).where(contacts.c.id.in_(some)).values(state="closed"))

    await center.write(close_some, None)
    rows, _ = await page(center, ContactFilter(mixed, "", "", 50))
    newest_first = [row.last_message_at for row in rows]
    assert newest_first == sorted(newest_first, reverse=True)
    assert await walk(center, mixed, 2) == [row.id for row in rows]
    assert await walk(center, frozenset(), 4) == [row.id for row in rows]


async def test_a_list_stays_inside_the_queues_one_sees(center: Store, clock: ManualClock) -> None:
    await mails(center, clock, 9)
    sight = Sight("me", frozenset({"finance"}))
    assert len(await walk(center, QUEUED, 2, sight)) == 3
    assert await walk(center, QUEUED, 2, Sight("me", frozenset())) == []


async def test_what_is_mine_is_listed_also_from_other_queues(
    center: Store, clock: ManualClock
) -> None:
    await mails(center, clock, 9)

    def give(tx: Tx, _: None) -> None:
        first = tx.execute(
            select(contacts.c.id).where(contacts.c.queue_id == "support").limit(1)
        ).scalar_one()
        tx.execute(update(contacts).where(contacts.c.id == first).values(agent_id="me"))

    await center.write(give, None)
    assert len(await walk(center, QUEUED, 3, Sight("me", frozenset({"finance"})))) == 4


async def test_a_list_is_narrowed_by_channel_and_queue(center: Store, clock: ManualClock) -> None:
    await mails(center, clock, 9)
    rows, _ = await page(center, ContactFilter(QUEUED, "webchat", "", 50))
    assert {row.channel for row in rows} == {"webchat"}
    rows, _ = await page(center, ContactFilter(QUEUED, "", "finance", 50))
    assert {row.queue_id for row in rows} == {"finance"}
    assert len(rows) == 3


def test_a_cursor_of_another_list_is_refused() -> None:
    other = encode_cursor(ByTime(ManualClock().now() + timedelta(seconds=1), "x"))
    with pytest.raises(Malformed):
        decode_cursor(other, Position)


async def test_unanswered_mails_are_found_however_they_ended_the_oldest_first(
    store: Store, clock: ManualClock
) -> None:
    """A month later: those nobody answered, waiting or closed, and no chat."""
    await store.write(open_center, None)
    await mails(store, clock, 9)
    await store.write(close_some, None)
    clock.advance(30 * 86_400)
    wanted = ContactFilter(frozenset(), "", "", 2, unanswered=True)
    found: list[Any] = []
    after: After | None = None
    while True:
        rows, after = await page(store, wanted._replace(after=after))
        found += rows
        if after is None:
            break
    assert [row.preview for row in found] == ["0", "1", "4", "6", "7"]
    assert {row.state for row in found} == {"queued", "closed"}
    only = wanted._replace(states=frozenset({ContactState.CLOSED}), limit=50)
    rows, _ = await page(store, only)
    assert [row.preview for row in rows] == ["0"]


def close_some(tx: Tx, _: None) -> None:
    """ "0" was closed without an answer, "3" after one."""
    unanswered = contacts.c.preview == "0"
    tx.execute(update(contacts).where(unanswered).values(state=ContactState.CLOSED))
    answered = contacts.c.preview == "3"
    tx.execute(
        update(contacts)
        .where(answered)
        .values(state=ContactState.CLOSED, answered_at=tx.now, unanswered_since=None)
    )
