"""Whoever hangs up is worked for no longer, where a handler asks for it."""

from __future__ import annotations

import asyncio

from hub.storage import Store
from hub.web import Access, Call, Principal, route
from tests.integration.customers.house import open_house, serve


class Patient:
    """Works until whoever asked is gone."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended = asyncio.Event()

    @route("GET", "/api/v1/patient", access=Access.AGENT, summary="Work until nobody waits")
    async def work(self, principal: Principal, call: Call) -> None:
        assert not call.gone()
        self.began.set()
        while not call.gone():  # noqa: ASYNC110 - nothing tells of it: handlers ask between their steps
            await asyncio.sleep(0)
        self.ended.set()


async def test_a_handler_sees_that_whoever_asked_hung_up(sqlite_store: Store) -> None:
    patient = Patient()
    house = await open_house(sqlite_store)
    async with serve(house, patient) as client, asyncio.timeout(30):
        asking = asyncio.create_task(client.ask("GET", "/patient"))
        await patient.began.wait()
        assert not patient.ended.is_set()
        asking.cancel()
        await patient.ended.wait()
