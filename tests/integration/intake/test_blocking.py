"""The block list at the door, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.accounts.model import SYSTEM
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import Block, ListBlocks, Unblock, block, list_blocks, unblock
from hub.contacts.inbound import Blockable, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.contacts.tables import contacts, interactions, segments
from hub.core.errors import Forbidden, Invalid, NotFound
from hub.intake import receive
from hub.intake.blocking import is_blocked
from hub.storage import Store
from hub.storage.outbox import outbox
from hub.testing.clock import NOON, ManualClock
from hub.testing.standing import standing

from .test_receive import a_chat, a_mail, center, rows_of

__all__ = ["center"]


def a_call(sid: str, number: str = "+8613800138000") -> Inbound:
    return Inbound(
        entry_point_id="hotline",
        channel=Channel.PHONE,
        dedupe_key=f"call:{sid}",
        senders=(SenderIdentity(IdentityKind.PHONE, number),),
        received_at=NOON,
        kind=InteractionKind.CALL,
        external_id=sid,
        continues_latest=True,
        acknowledge=False,
    )


async def put(store: Store, kind: BlockKind, value: str, for_s: float | None = None) -> str:
    until = None if for_s is None else NOON + timedelta(seconds=for_s)
    return await store.write(block, Block(SYSTEM, kind, value, "spam", "CN", until))


async def test_a_mail_of_a_blocked_sender_waits_apart_and_nobody_is_told(center: Store) -> None:
    await put(center, BlockKind.DOMAIN, "example.test2")
    receipt = await center.write(receive, a_mail(sender="li@sub.example.test2"))
    [contact] = await center.read(rows_of(contacts), None)
    assert (contact.id, contact.state) == (receipt.contact_id, "quarantined")
    assert contact.quarantine_reason == "blocked"
    assert (contact.unread, await center.read(rows_of(outbox), None)) == (0, [])
    [entry] = await center.read(rows_of(interactions), None)
    assert (entry.text, entry.meta["blocked_by"]) == ("It leaks.", "domain")
    # Others are served as ever, in the same batch too.
    await center.write(receive, a_mail("m2"))
    states = sorted(row.state for row in await center.read(rows_of(contacts), None))
    assert states == ["quarantined", "queued"]


async def test_a_blocked_visitor_is_refused_and_leaves_nothing(center: Store) -> None:
    await center.write(receive, a_chat("before", refusable=True))
    await put(center, BlockKind.VISITOR, "v1")
    with pytest.raises(Forbidden) as refused:
        await center.write(receive, a_chat("after", refusable=True))
    assert (refused.value.reason, "spam" in refused.value.message) == ("blocked", False)
    assert len(await center.read(rows_of(interactions), None)) == 1
    # An error of its own each time: a shared one would gather the frames of all who met it.
    with pytest.raises(Forbidden) as again_refused:
        await center.write(receive, a_chat("once more", refusable=True))
    assert again_refused.value is not refused.value
    # What was stored before is answered as before: the page may forget it.
    again = await center.write(receive, a_chat("before", refusable=True))
    assert again.duplicate


async def test_a_blocked_caller_goes_on_with_nothing_and_is_on_record(center: Store) -> None:
    before = await center.write(receive, a_call("CA1"))
    await put(center, BlockKind.PHONE, "13800138000")
    [waiting] = await center.read(rows_of(contacts), None)
    receipt = await center.write(receive, a_call("CA2"))
    assert receipt.conversation_id != before.conversation_id
    rows = {row.id: row for row in await center.read(rows_of(contacts), None)}
    assert rows.pop(str(before.contact_id)) == waiting
    [refused] = rows.values()
    assert (refused.id, refused.state) == (receipt.contact_id, "closed")
    assert (refused.ended_as, refused.closed_at, refused.unread) == ("spam", NOON, 0)
    assert (await center.read(standing, refused.id)).ended_as == "spam"
    entries = {row.external_id: row.meta for row in await center.read(rows_of(interactions), None)}
    assert entries["CA1"].get("outcome") is None
    assert (entries["CA2"]["blocked_by"], entries["CA2"]["outcome"]) == ("phone", "blocked")
    waits = await center.read(rows_of(segments), None)
    assert {row.contact_id for row in waits} == {before.contact_id}  # it is in no figure
    # Nobody else is refused.
    await center.write(receive, a_call("CA3", "+8613900139000"))
    states = sorted(row.state for row in await center.read(rows_of(contacts), None))
    assert states == ["closed", "queued", "queued"]


async def test_a_block_ends_with_its_time_or_by_hand(center: Store, clock: ManualClock) -> None:
    await put(center, BlockKind.EMAIL, "chen@example.test", for_s=60)
    asked = Blockable(a_mail().senders, region="CN")
    assert await center.read(is_blocked, asked)
    clock.advance(61)
    assert not await center.read(is_blocked, asked)
    # Blocked again, the same entry is renewed.
    block_id = await put(center, BlockKind.EMAIL, "Chen@Example.test")
    assert await center.read(is_blocked, asked)
    [row] = await center.read(list_blocks, ListBlocks("", 10))
    assert (row.id, row.expires_at) == (block_id, None)
    await center.write(unblock, Unblock(SYSTEM, block_id))
    assert not await center.read(is_blocked, asked)
    with pytest.raises(NotFound):
        await center.write(unblock, Unblock(SYSTEM, block_id))


async def test_a_network_is_blocked_at_the_door(center: Store) -> None:
    await put(center, BlockKind.NETWORK, "203.0.113.0/24")
    for address, blocked in (("203.0.113.9", True), ("203.0.114.9", False), ("", False)):
        assert await center.read(is_blocked, Blockable((), address)) is blocked


@pytest.mark.parametrize(
    ("kind", "value"),
    [(BlockKind.EMAIL, "support@example.test"), (BlockKind.DOMAIN, "example.test")],
)
async def test_our_own_addresses_are_not_blocked(
    center: Store, kind: BlockKind, value: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await put(center, kind, value)
    assert refused.value.reason == "block.ours"


async def test_the_list_is_searched_and_paged(center: Store, clock: ManualClock) -> None:
    for number in range(3):
        clock.advance(1)
        await put(center, BlockKind.EMAIL, f"a{number}@bad.example")
    first = await center.read(list_blocks, ListBlocks("bad", 2))
    last = first[-1]
    rest = await center.read(list_blocks, ListBlocks("", 9, (last.created_at, last.id)))
    assert [row.value[1] for row in [*first, *rest]] == ["2", "1", "0"]
    assert await center.read(list_blocks, ListBlocks("100%", 9)) == []
