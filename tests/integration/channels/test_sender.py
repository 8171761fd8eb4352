"""The outbox's worker: a killed one's effects are taken up soon, a slow channel delays no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest
from aiohttp import web
from sqlalchemy import select, text, update

import hub.channels.sender as sender_module
import hub.storage.outbox as outbox_module
from hub.channels.base import Capabilities, EntryPoint
from hub.channels.registry import Registry
from hub.channels.sender import Sender, fire_lost_effects
from hub.contacts.effects import Done, Effect, Hangup, Outcome, ReadPages, Send
from hub.contacts.model import Channel as ChannelKind
from hub.core.bus import Bus, Hint
from hub.core.errors import Unavailable
from hub.storage import Store, Tx
from hub.storage.emptied import empty_effects
from hub.storage.outbox import (
    ERASED,
    Claim,
    NewEffect,
    OutboxState,
    add_effects,
    claim_effects,
    outbox,
)
from hub.testing.clock import ManualClock


@dataclass
class Outside:
    """A channel whose effects go out once `open` is set."""

    kind: ChannelKind
    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)  # one for each of the first tries
    more: asyncio.Condition = field(default_factory=asyncio.Condition)

    capabilities = Capabilities(*[True] * 10)

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        raise NotImplementedError

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return ()

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        assert isinstance(effect, Hangup | Send | ReadPages)
        of = effect.interaction_id if isinstance(effect, ReadPages) else effect.contact_id
        async with self.more:
            self.asked.append(of or "")
            self.more.notify_all()
        await self.open.wait()
        if self.faults:
            raise self.faults.pop(0)
        return Done()

    async def heard(self, count: int) -> None:
        """Wait until so many effects were asked for."""
        async with asyncio.timeout(30), self.more:
            await self.more.wait_for(lambda: len(self.asked) >= count)


def ask(tx: Tx, cmd: tuple[ChannelKind, int]) -> None:
    kind, count = cmd
    effects = [msgspec.json.encode(Hangup(contact_id=str(n))).decode() for n in range(count)]
    add_effects(tx, [NewEffect(kind, "here", effect) for effect in effects])


def states(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(outbox.c.state).order_by(outbox.c.id)).scalars())


def lease(tx: Tx, _: None) -> datetime:
    until: datetime = tx.execute(select(outbox.c.lease_until)).scalar_one()
    return until


def fire(tx: Tx, _: None) -> int:
    return fire_lost_effects(tx, tx.now, 100)


async def until_there(store: Store, state: OutboxState, count: int) -> None:
    async with asyncio.timeout(30):
        while (await store.read(states, None)).count(state) < count:  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(store: Store, bus: Bus, *channels: Outside) -> AsyncIterator[None]:
    worker = asyncio.create_task(Sender(store, bus, Registry(channels)).run())
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def test_a_slow_channel_fills_its_own_places_only(store: Store, bus: Bus) -> None:
    mail, phone = Outside(ChannelKind.EMAIL), Outside(ChannelKind.PHONE)
    phone.open.set()
    await store.write(ask, (ChannelKind.EMAIL, 40))
    async with at_work(store, bus, mail, phone):
        await mail.heard(16)
        await store.write(ask, (ChannelKind.PHONE, 1))
        await until_there(store, OutboxState.SENT, 1)
        assert phone.asked == ["0"]
        assert len(mail.asked) < 40
        mail.open.set()
        await until_there(store, OutboxState.SENT, 41)
    assert sorted(mail.asked, key=int) == [str(n) for n in range(40)]


async def test_what_is_being_performed_is_kept_however_long_it_takes(
    store: Store, bus: Bus, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "_RENEW_S", 0.01)
    mail = Outside(ChannelKind.EMAIL)
    await store.write(ask, (ChannelKind.EMAIL, 1))
    async with at_work(store, bus, mail):
        await mail.heard(1)
        first = await store.read(lease, None)
        clock.advance(15)
        async with asyncio.timeout(30):
            while await store.read(lease, None) == first:  # noqa: ASYNC110 - a row has no event
                await asyncio.sleep(0.01)
        clock.advance(15)
        await store.write(fire, None)
        assert await store.read(states, None) == [OutboxState.SENDING]
        mail.open.set()
        await until_there(store, OutboxState.SENT, 1)
    assert mail.asked == ["0"]


async def test_what_a_killed_worker_had_in_hand_goes_out_within_half_a_minute(
    store: Store, bus: Bus, clock: ManualClock
) -> None:
    mail = Outside(ChannelKind.EMAIL)
    await store.write(ask, (ChannelKind.EMAIL, 1))
    async with at_work(store, bus, mail):
        await mail.heard(1)
    assert await store.read(states, None) == [OutboxState.SENDING]
    clock.advance(30)
    await store.write(fire, None)
    assert await store.read(states, None) == [OutboxState.RETRY]
    mail.open.set()
    async with at_work(store, bus, mail):
        await until_there(store, OutboxState.SENT, 1)
    assert mail.asked == ["0", "0"]


async def test_what_is_held_again_since_the_look_is_not_taken_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process dealt with it in between: its worker is performing it."""
    await store.write(ask, (ChannelKind.EMAIL, 2))
    first, second = await store.write(claim_effects, Claim("me", 10, 20.0))
    once = update(outbox).where(outbox.c.id == second.id).values(at_most_once=True)
    await store.write(lambda tx, _: tx.execute(once).rowcount, None)
    seen = SimpleNamespace(ids=lambda *_: [first.id, second.id])
    monkeypatch.setattr(outbox_module, "_LOST", seen)
    assert await store.write(fire, None) == 0
    assert await store.read(states, None) == [OutboxState.SENDING, OutboxState.SENDING]


async def test_what_our_own_database_had_no_time_for_is_done_a_little_later(
    store: Store, bus: Bus, clock: ManualClock
) -> None:
    fax = Outside(ChannelKind.FAX, faults=[Unavailable("Busy.", retry_after_s=5)])
    fax.open.set()
    await store.write(ask, (ChannelKind.FAX, 1))
    async with at_work(store, bus, fax):
        await until_there(store, OutboxState.RETRY, 1)
        clock.advance(6)
        bus.publish(Hint("outbox.ready", "fax"))
        await until_there(store, OutboxState.SENT, 1)
    assert fax.asked == ["0", "0"]


async def test_what_only_reads_is_done_again_where_it_took_too_long(
    store: Store, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "_PERFORM_S", 0.05)
    fax = Outside(ChannelKind.FAX)
    pages = msgspec.json.encode(ReadPages(interaction_id="e", page=11, files=())).decode()
    effects = [NewEffect(ChannelKind.FAX, "here", pages)]
    await store.write(lambda tx, _: add_effects(tx, effects), None)
    await store.write(ask, (ChannelKind.FAX, 1))
    async with at_work(store, bus, fax):
        await until_there(store, OutboxState.RETRY, 1)
        await until_there(store, OutboxState.UNKNOWN, 1)  # the call may have been hung up


async def test_a_claim_leaves_the_channels_it_names(store: Store) -> None:
    await store.write(ask, (ChannelKind.EMAIL, 2))
    await store.write(ask, (ChannelKind.PHONE, 1))
    claimed = await store.write(claim_effects, Claim("me", 10, 20.0, (ChannelKind.EMAIL,)))
    assert [one.channel for one in claimed] == [ChannelKind.PHONE]


def claim_by_a_nested_loop(tx: Tx, limit: int) -> int:
    """As PostgreSQL plans it now and then, by what it knows of the table: once for each row."""
    if tx.dialect == "postgresql":
        for way in ("hashagg", "hashjoin", "mergejoin", "sort", "material", "indexscan"):
            tx.execute(text(f"SET LOCAL enable_{way} = off"))
    return len(claim_effects(tx, Claim("me", limit, 20.0)))


async def test_a_claim_takes_no_more_than_it_asks_for_whatever_the_plan(store: Store) -> None:
    await store.write(ask, (ChannelKind.EMAIL, 40))
    assert await store.write(claim_by_a_nested_loop, 16) == 16


WITH_LINKS = Send(
    interaction_id="i1", conversation_id="c1", contact_id="k1", to=("chen@example.test",),
    text="Since when?", back="channels/shop-chat/return/secret", survey="secret",
)  # fmt: skip
WITH_A_CODE = msgspec.structs.replace(
    WITH_LINKS, text="secret", html="secret", subject="secret", back=None, survey=None, secret=True
)


def add_secret(tx: Tx, send: Send) -> None:
    add_effects(tx, [NewEffect(ChannelKind.EMAIL, "here", msgspec.json.encode(send).decode())])


def kept(tx: Tx, _: None) -> str:
    effect: str = tx.execute(select(outbox.c.effect)).scalar_one()
    return effect


def all_kept(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(outbox.c.effect)).scalars())


@pytest.mark.parametrize(
    ("send", "left"),
    [
        (WITH_LINKS, {"back": None, "survey": None}),
        (WITH_A_CODE, {"text": "", "html": None, "subject": None}),
    ],
)
async def test_what_is_sent_keeps_no_link_by_which_its_reader_comes_in_and_no_secret(
    store: Store, bus: Bus, send: Send, left: dict[str, str | None]
) -> None:
    mail = Outside(ChannelKind.EMAIL)
    await store.write(add_secret, send)
    async with at_work(store, bus, mail):
        await mail.heard(1)
        assert "secret" in await store.read(kept, None)  # a killed worker's is sent by another
        mail.open.set()
        await until_there(store, OutboxState.SENT, 1)
    over = msgspec.json.decode(await store.read(kept, None), type=Effect)
    assert over == msgspec.structs.replace(send, **left)


async def test_what_was_lost_on_the_way_and_is_not_repeated_keeps_no_secret(
    store: Store, clock: ManualClock
) -> None:
    def add(tx: Tx, send: Send) -> None:
        effect = msgspec.json.encode(send).decode()
        add_effects(tx, [NewEffect(ChannelKind.EMAIL, "here", effect, at_most_once=True)])

    await store.write(add, WITH_LINKS)
    await store.write(add, WITH_A_CODE)
    assert len(await store.write(claim_effects, Claim("killed", 10, 20.0))) == 2
    clock.advance(30)
    await store.write(fire, None)
    assert set(await store.read(states, None)) == {OutboxState.UNKNOWN}
    assert "secret" not in "".join(await store.read(all_kept, None)).replace('"secret":', "")


async def test_what_is_of_no_use_later_is_over_then_and_its_secret_with_it(
    store: Store, bus: Bus, clock: ManualClock
) -> None:
    soon = clock.now() + timedelta(seconds=10)
    mail = Outside(ChannelKind.EMAIL, faults=[Unavailable("Busy.", retry_after_s=3600)])
    mail.open.set()
    await store.write(add_secret, msgspec.structs.replace(WITH_A_CODE, until=soon))
    async with at_work(store, bus, mail):
        await until_there(store, OutboxState.RETRY, 1)
        clock.advance(11)
        bus.publish(Hint("outbox.ready", "email"))
        await mail.heard(2)  # a channel says then that it is too late


@pytest.mark.parametrize("refused", [False, True])
async def test_who_is_erased_while_their_mail_goes_out_is_not_written_again(
    store: Store, bus: Bus, refused: bool
) -> None:
    mail = Outside(ChannelKind.EMAIL, faults=[OSError("busy")] if refused else [])
    await store.write(add_secret, WITH_LINKS)
    async with at_work(store, bus, mail):
        await mail.heard(1)
        await store.write(empty_effects, outbox.c.id.is_not(None))
        mail.open.set()
        over = OutboxState.CANCELLED if refused else OutboxState.SENT
        await until_there(store, over, 1)
    assert await store.read(kept, None) == ERASED
