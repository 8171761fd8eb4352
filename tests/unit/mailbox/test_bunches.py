"""Those who are ready soon after a bunch go together; the first of a while goes at once."""

from __future__ import annotations

import asyncio

from hub.channels.mailbox.bunches import Bunches


async def test_who_comes_during_the_rest_goes_with_all_others_that_did() -> None:
    loop = asyncio.get_running_loop()
    bunches = Bunches(rest_s=0.5)  # more than a busy machine takes to begin four tasks
    began = loop.time()
    await bunches.join()
    assert loop.time() - began < 0.5
    gone: list[float] = []

    async def one() -> None:
        await bunches.join()
        gone.append(loop.time())

    waiting = [asyncio.create_task(one()) for _ in range(4)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.wait(waiting)
    assert len(gone) == 3
    assert min(gone) - began >= 0.49  # a timer may be early by the clock's resolution


async def test_after_a_rest_nobody_waits() -> None:
    bunches = Bunches(rest_s=0.0)
    for _ in range(3):
        await bunches.join()
    assert bunches._gathering is None
