"""Who hung up while waiting and calls again soon goes on with what they had waited."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select

from hub.contacts.inbound import CallEvent, CallMoment, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.contacts.tables import contacts, conversations, entry_points
from hub.desk.calling import StartCall, start_call
from hub.desk.start import Started
from hub.intake import receive
from hub.intake.calls import Leave, leave
from hub.intake.report import report
from hub.routing.service import waited_now_us
from hub.routing.settings import load_settings
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.clock import NOON, ManualClock
from tests.integration.desk.test_steering import Counting

from .test_incoming_calls import ring

CALL = Inbound(
    entry_point_id="hotline",
    channel=Channel.PHONE,
    dedupe_key="CA1",
    senders=(SenderIdentity(IdentityKind.PHONE, "+8613800138000"),),
    received_at=NOON,
    kind=InteractionKind.CALL,
    external_id="CA1",
    continues_latest=True,
)


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(open_center, None)
    return store


async def calls(store: Store, key: str, **changes: Any) -> str:
    receipt = await store.write(receive, msgspec.structs.replace(CALL, dedupe_key=key, **changes))
    return str(receipt.contact_id)


async def contact(store: Store, contact_id: str) -> Row[Any]:
    found = select(contacts).where(contacts.c.id == contact_id)
    return await store.read(lambda tx, _: tx.execute(found).one(), None)


async def waited_s(store: Store, contact_id: str) -> float:
    def read(tx: Tx, _: None) -> float:
        row = tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()
        return waited_now_us(load_settings(tx), row, tx.now) / 1_000_000

    return await store.read(read, None)


async def test_within_ten_minutes_the_waited_time_is_kept(
    center: Store, clock: ManualClock
) -> None:
    first = await calls(center, "CA1")
    clock.advance(120)
    await center.write(leave, Leave(first, "hung_up"))
    clock.advance(240)
    second = await calls(center, "CA2")
    assert second != first
    assert await waited_s(center, second) == 120
    clock.advance(30)
    assert await waited_s(center, second) == 150
    kept = (await contact(center, second)).meta["returned"]
    assert kept == {"left_at": "2026-03-10T12:02:00+00:00", "waited_s": 120.0}


@pytest.mark.parametrize(("away_s", "kept_s"), [(600, 50), (601, 0)])
async def test_later_the_wait_begins_anew(
    center: Store, clock: ManualClock, away_s: int, kept_s: int
) -> None:
    first = await calls(center, "CA1")
    clock.advance(50)
    await center.write(leave, Leave(first, "hung_up"))
    clock.advance(away_s)
    second = await calls(center, "CA2")
    assert await waited_s(center, second) == kept_s
    assert ("returned" in (await contact(center, second)).meta) == (kept_s > 0)


async def test_who_gives_up_twice_keeps_both_waits(center: Store, clock: ManualClock) -> None:
    for key in ("CA1", "CA2"):
        contact_id = await calls(center, key)
        clock.advance(60)
        await center.write(leave, Leave(contact_id, "hung_up"))
    assert await waited_s(center, await calls(center, "CA3")) == 120


async def test_somebody_else_or_another_number_of_ours_begins_anew(
    center: Store, clock: ManualClock
) -> None:
    first = await calls(center, "CA1")
    clock.advance(60)
    await center.write(leave, Leave(first, "hung_up"))
    other = (SenderIdentity(IdentityKind.PHONE, "+8613900139000"),)
    assert await waited_s(center, await calls(center, "CA2", senders=other)) == 0
    nobody = {"senders": (SenderIdentity(IdentityKind.EXTERNAL, "x"),), "continues_latest": False}
    assert await waited_s(center, await calls(center, "CA3", **nobody)) == 0


async def test_who_was_served_meanwhile_begins_anew(center: Store, clock: ManualClock) -> None:
    agent = await center.write(add_agent, "Ann")
    first = await calls(center, "CA1")
    clock.advance(60)
    await center.write(leave, Leave(first, "hung_up"))
    second = await calls(center, "CA2")
    await center.write(ring, (second, agent))
    joined = CallEvent("CA2 j", "hotline", second, CallMoment.AGENT_JOINED, clock.now())
    await center.write(report, joined)
    clock.advance(20)
    over = CallEvent("CA2 l", "hotline", second, CallMoment.CUSTOMER_LEFT, clock.now())
    await center.write(report, over)
    assert await waited_s(center, await calls(center, "CA3")) == 0


async def test_who_was_called_back_meanwhile_begins_anew(center: Store, clock: ManualClock) -> None:
    agent = await center.write(add_agent, "Ann")
    first = await calls(center, "CA1")
    clock.advance(60)
    await center.write(leave, Leave(first, "hung_up"))
    back = (await center.write(call_back, agent)).contact_id
    for moment in (CallMoment.DIALLING, CallMoment.AGENT_JOINED, CallMoment.CUSTOMER_LEFT):
        clock.advance(5)
        await center.write(report, CallEvent(f"{moment}", "hotline", back, moment, clock.now()))
    assert (await contact(center, back)).answered_at is not None
    again = await calls(center, "CA2")
    assert (await contact(center, again)).conversation_id == (
        await contact(center, first)
    ).conversation_id
    assert await waited_s(center, again) == 0


def call_back(tx: Tx, agent_id: str) -> Started:
    point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
    return start_call(tx, StartCall(agent_id, "Ann", point, "+8613800138000"))


async def test_a_chat_that_was_left_is_kept_nothing_of(center: Store, clock: ManualClock) -> None:
    chat = Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key="m1",
        senders=(SenderIdentity(IdentityKind.VISITOR, "v"),),
        received_at=NOON,
        text="Hello",
        acknowledge=False,
        continues_latest=True,
    )
    first = (await center.write(receive, chat)).contact_id
    clock.advance(60)
    await center.write(leave, Leave(str(first), "ended_chat"))
    again = msgspec.structs.replace(chat, dedupe_key="m2")
    second = (await center.write(receive, again)).contact_id
    assert second != first
    assert await waited_s(center, str(second)) == 0


async def test_only_who_had_left_costs_a_statement(center: Store) -> None:
    def counted(tx: Tx, key: str) -> int:
        counting = Counting(tx)
        item = msgspec.structs.replace(CALL, dedupe_key=key)
        receive(counting, [item])  # type: ignore[arg-type]  # stands in for the transaction
        return counting.count

    await center.write(leave, Leave(await calls(center, "CA1"), "hung_up"))
    await center.write(forget_all, None)
    plain = await center.write(counted, "CA2")
    await center.write(leave_last, None)
    assert await center.write(counted, "CA3") == plain + 1


def forget_all(tx: Tx, _: None) -> None:
    tx.execute(conversations.update().values(left_at=None, left_waited_us=None))


def leave_last(tx: Tx, _: None) -> None:
    last = select(contacts.c.id).order_by(contacts.c.id.desc()).limit(1)
    leave(tx, Leave(tx.execute(last).scalar_one(), "hung_up"))
