"""What one meets who joins a queue: those ahead are as the rule counts them for one just come."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from hub.contacts.tables import contacts
from hub.intake import receive
from hub.routing import newcomers
from hub.routing.estimates import Kind, WaitRange
from hub.routing.model import AgentState
from hub.routing.newcomers import Newcomer, Prospect, prospects
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.service import SetAgentState, set_agent_state
from hub.routing.settings import RoutingSettings, clock_us, clocks_us, load_settings
from hub.routing.standing import better_tiers
from hub.routing.standing_reads import count_ahead
from hub.routing.tables import agent_channels, agents
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.clock import ManualClock

from .test_ahead import _message

TIERS = ("gold", "standard", "low", "gone from the set-up")


async def a_center(store: Store, clock: ManualClock, waiting: int) -> None:
    await store.write(open_center, None)
    for number in range(waiting):
        await store.write(receive, _message(clock, f"visitor-{number}"))


def be_ready(tx: Tx, name: str) -> str:
    agent_id = add_agent(tx, name)
    set_agent_state(tx, SetAgentState(agent_id, AgentState.READY))
    there = {"present_until": tx.now + timedelta(hours=1)}
    tx.execute(update(agents).where(agents.c.id == agent_id).values(**there))
    return agent_id


def looked_at(tx: Tx, newcomer: Newcomer | None) -> dict[str, Prospect]:
    settings = load_settings(tx)
    return prospects(tx, settings, sorted(settings.queues), newcomer)


def shuffle(tx: Tx, seed: int) -> None:
    """Everybody has waited; nobody is in the moment in which the newcomer comes."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    settings = load_settings(tx)
    for contact_id in tx.execute(select(contacts.c.id)).scalars().all():
        calendar_id = chance.choice([*settings.calendars])
        start_us = clock_us(settings, calendar_id, tx.now) - chance.choice([1, 30_000_000])
        values = {
            "tier": chance.choice(TIERS),
            "priority": chance.choice([0, 0, 1]),
            "calendar_id": calendar_id,
            "virtual_start_us": start_us,
        }
        tx.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))


@pytest.mark.parametrize("strict", [False, True])
async def test_those_ahead_of_a_newcomer_are_those_of_one_just_come(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, strict: bool
) -> None:
    await a_center(store, clock, 12)
    await store.write(be_ready, "Li")

    await store.write(shuffle, 7)
    asked: dict[str, Mapping[Kind, int]] = {}

    def note(
        _: RoutingSettings, queue_id: str, __: Kind, ahead: Mapping[Kind, int], ___: Any
    ) -> WaitRange:
        asked[queue_id] = ahead
        return WaitRange(1, 2)

    monkeypatch.setattr(newcomers, "likely_wait", note)

    def compare(tx: Tx, come: Newcomer) -> tuple[Mapping[Kind, int], Mapping[Kind, int]]:
        known = load_settings(tx)
        support = msgspec.structs.replace(known.queues["support"], strict=strict)
        settings = msgspec.structs.replace(known, queues={**known.queues, "support": support})
        prospects(tx, settings, ["support"], come)
        fresh: Any = SimpleNamespace(
            id="0", tier=come.tier, priority=come.priority, queue_id="support", target_s=60
        )
        better = better_tiers(settings, come.tier) if strict and not come.priority else None
        expected = count_ahead(tx, fresh, 0, clocks_us(settings, tx.now), better)
        return asked["support"], expected

    for tier in TIERS:
        for priority in (0, 1):
            come = Newcomer(tier, "webchat", priority)
            counted, expected = await store.read(compare, come)
            assert counted == expected


async def test_who_is_ready_and_free_is_counted_once_for_each_queue(
    store: Store, clock: ManualClock
) -> None:
    await a_center(store, clock, 2)
    li = await store.write(be_ready, "Li")
    await store.write(be_ready, "Wang")
    chat = Newcomer("standard", "webchat")
    seen = (await store.read(looked_at, chat))["support"]
    assert (seen.waiting, seen.ready, seen.free, seen.takes) == (2, 2, 2, True)

    def fill(tx: Tx, _: None) -> None:
        of_chat = agent_channels.c.channel == "webchat"
        full = update(agent_channels).where(agent_channels.c.agent_id == li, of_chat)
        tx.execute(full.values(open=agent_channels.c.maximum))

    await store.write(fill, None)
    seen = (await store.read(looked_at, chat))["support"]
    assert (seen.ready, seen.free) == (2, 1)
    assert (await store.read(looked_at, Newcomer("standard", "email")))["support"].free == 2

    def lose(tx: Tx, _: None) -> None:
        tx.execute(update(agent_channels).values(unreached=True))

    await store.write(lose, None)
    assert (await store.read(looked_at, chat))["support"].ready == 0


@pytest.mark.parametrize(
    ("load", "channel", "free"),
    [
        ({"live_load": 33}, "webchat", 1),
        ({"live_load": 33}, "phone", 0),  # a call needs all of it
        ({"deferred_load": 100}, "email", 0),
        ({"deferred_load": 100}, "phone", 1),  # mails stand aside for it
    ],
)
async def test_who_has_too_little_room_left_is_not_free(
    store: Store, clock: ManualClock, load: dict[str, int], channel: str, free: int
) -> None:
    await a_center(store, clock, 0)
    await store.write(be_ready, "Li")
    await store.write(lambda tx, _: tx.execute(update(agents).values(**load)) and None, None)
    seen = (await store.read(looked_at, Newcomer("standard", channel)))["support"]
    assert (seen.ready, seen.free) == (1, free)


async def test_who_rests_after_a_contact_is_not_free_yet(store: Store, clock: ManualClock) -> None:
    await a_center(store, clock, 0)
    await store.write(be_ready, "Li")
    rests = {"rest_until": clock.now() + timedelta(seconds=30)}
    await store.write(
        lambda tx, _: tx.execute(update(agent_channels).values(**rests)) and None, None
    )
    chat = Newcomer("standard", "webchat")
    assert (await store.read(looked_at, chat))["support"].free == 0
    clock.advance(30)
    assert (await store.read(looked_at, chat))["support"].free == 1


async def test_a_closed_queue_is_not_open_and_a_strange_channel_is_not_taken(
    store: Store, clock: ManualClock
) -> None:
    await a_center(store, clock, 0)
    await store.write(set_queue_state, SetQueueState("support", QueueState.CLOSED, "boss"))
    assert (await store.read(looked_at, None))["support"].open is False
    assert (await store.read(looked_at, Newcomer("standard", "smoke")))["support"].takes is False
