"""A file that breaks off on its way is no whole file to whoever takes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from aiohttp import ClientError

from hub.web import Access, Principal, StreamAnswer, route
from tests.integration.customers.house import House, serve


class BrokenRoutes:
    @route("GET", "/api/v1/broken", access=Access.SUPERVISOR, summary="Breaks off")
    async def broken(self, principal: Principal) -> StreamAnswer:
        async def pieces() -> AsyncGenerator[bytes, None]:
            yield b"a whole line\n"
            raise RuntimeError("the database went away")

        return StreamAnswer(pieces(), "text/csv", "broken.csv")


async def test_the_client_sees_that_a_file_is_not_whole(house: House) -> None:
    async with serve(house, BrokenRoutes()) as client:
        address = client.server.make_url("/api/v1/broken")
        headers = {"Authorization": "Bearer supervisor"}
        with pytest.raises(ClientError):
            async with client.session.get(address, headers=headers) as answer:
                await answer.read()
        status, _ = await client.ask("GET", "/customers?q=ann", who="supervisor")
        assert status == 200  # the server goes on
