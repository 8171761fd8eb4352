"""While the provider of a channel does not answer nobody could be joined: nothing of it is offered,
everything else is, and each keeps their place until it is back.
"""

from __future__ import annotations

import pytest

from hub.contacts.model import Channel
from hub.contacts.outages.service import Outage, note_away, note_back
from hub.core.bus import Bus
from hub.routing.model import Reserve
from hub.routing.record import Obstacle, WaitReason
from hub.storage import Store
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .scene import Scene
from .test_router import a_router, until


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


async def away(scene: Scene) -> None:
    await scene.store.write(note_away, Outage("phone", scene.clock.now(), "HTTP 503"))


async def test_calls_are_not_offered_while_their_provider_is_away_and_chats_are(
    scene: Scene,
) -> None:
    agent = await scene.agent("Li")
    call, chat = await scene.contact(Channel.PHONE), await scene.contact()
    await away(scene)
    assert await scene.matched() == [(chat, agent)]
    await scene.accept(chat)
    other = await scene.agent("Wang")
    await scene.store.write(note_back, "phone")
    assert await scene.matched() == [(call, other)]


async def test_why_a_call_waits_is_told(scene: Scene) -> None:
    await scene.agent("Li")
    call = await scene.contact(Channel.PHONE)
    await away(scene)
    found = (await scene.look()).why_waiting(call)
    assert found is not None
    assert found.reason is WaitReason.PROVIDER_AWAY
    assert [line.obstacle for line in found.agents] == [Obstacle.PROVIDER_AWAY]


async def test_nobody_is_kept_free_for_a_call_that_cannot_be_joined(scene: Scene) -> None:
    agent, other = await scene.agent("Li"), await scene.agent("Wang")
    await scene.change_queue(reserves=(Reserve(1, channel="phone"),))
    await scene.in_hand(agent, Channel.PHONE)
    chat = await scene.contact()
    assert await scene.matched() == []  # Wang is kept free for a call
    await away(scene)
    assert await scene.matched() == [(chat, other)]


async def test_the_router_hears_that_a_provider_went_and_came(scene: Scene, bus: Bus) -> None:
    await away(scene)
    agent = await scene.agent("Li")
    call = await scene.contact(Channel.PHONE)
    async with a_router(scene, bus) as router:

        def waits_for_the_provider(contact: str) -> bool:
            found = router.why_waiting(contact)
            return found is not None and found.reason is WaitReason.PROVIDER_AWAY

        async def made() -> bool:
            return await scene.offered() == [(call, agent)]

        await until(lambda: waits_for_the_provider(call))
        assert await scene.offered() == []
        await scene.store.write(note_back, "phone")
        await until(made)
        later = await scene.contact(Channel.PHONE)
        await away(scene)
        await until(lambda: waits_for_the_provider(later))
