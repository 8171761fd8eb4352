"""kill -9 in the middle of traffic from every channel: nothing acknowledged is lost, nothing is
twice.

The ledger is kept outside the hub and holds every acknowledgement: a chat's `ack`, SMTP's 250. The
hub runs as its own process and is killed three times while customers go on.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from hub.demo.driver import Demo, DemoOptions
from hub.demo.outside import Act
from hub.demo.traffic import Traffic

MESSAGES = 24
KILLS = 3


async def test_what_was_acknowledged_survives_kill_9_exactly_once(tmp_path: Path) -> None:
    async with AsyncExitStack() as held:
        options = DemoOptions(data=tmp_path, port=0, chat_port=0, mail_port=0, site_port=0)
        demo = await Demo.prepare(held, tmp_path, options)
        hub = asyncio.create_task(demo.hub.run())
        held.push_async_callback(_ended, hub)
        async with asyncio.timeout(60):
            await demo.hub.ready.wait()
        traffic = asyncio.create_task(Traffic(demo.outside, demo.world, demo.waiting).run())
        held.push_async_callback(_ended, traffic)
        writers = [asyncio.create_task(_writes(demo, number)) for number in range(4)]
        mailers = [asyncio.create_task(_mails(demo, number)) for number in range(3)]
        for _ in range(KILLS):
            before = len(demo.outside.ledger.acknowledged)
            await _until_more(demo, before + 10)
            demo.hub.kill()
            async with asyncio.timeout(60):
                await demo.hub.ready.wait()
        async with asyncio.timeout(90):
            await asyncio.gather(*writers, *mailers)
        balance = demo.outside.ledger.balance(tmp_path / "hub.sqlite")
    assert balance.lost == ()
    assert balance.twice == ()
    assert balance.acknowledged >= 4 * MESSAGES + 3 * MESSAGES // 4
    assert demo.hub.starts == KILLS + 1


async def _writes(demo: Demo, number: int) -> None:
    """A customer who writes one message after the other, each until it is acknowledged."""
    person = demo.world.people[number]
    act = Act(person, demo.world.talks_for("webchat", person.language)[0])
    page = demo.outside.chat_page()
    for count in range(MESSAGES):
        await demo.outside.write_chat(page, act, f"message {count}")
    await page.close()


async def _mails(demo: Demo, number: int) -> None:
    person = demo.world.people[-1 - number]
    act = Act(person, demo.world.talks_for("email", person.language)[0])
    for count in range(MESSAGES // 4):
        await demo.outside.send_mail(act, f"mail {count}", f"text {count}")


async def _until_more(demo: Demo, count: int) -> None:
    async with asyncio.timeout(60):
        while len(demo.outside.ledger.acknowledged) < count:  # noqa: ASYNC110 - a set has no event
            await asyncio.sleep(0.01)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
