"""A supervisor's desk for tests: the routes of imports, and the service that works on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import FormData

from hub import care
from hub.agent_console.readers import sees_more
from hub.customers.imports.api import ImportRoutes
from hub.customers.imports.runner import ImportRunner
from hub.jobs.imports import import_rules
from hub.storage import DirectoryBlobs, Store
from tests.integration.customers.house import Client, House, open_house, serve


@dataclass
class Desk:
    """A supervisor's desk with the service that works on imports."""

    client: Client
    house: House
    runner: ImportRunner

    async def send(
        self, data: str | bytes, who: str = "supervisor", name: str = "cards.csv", query: str = ""
    ) -> tuple[int, Any]:
        form = FormData()
        raw = data.encode("gb18030") if isinstance(data, str) else data
        form.add_field("file", raw, filename=name, content_type="text/csv")
        async with self.client.session.post(
            self.client.server.make_url(f"/api/v1/imports{query}"),
            data=form,
            headers={"Authorization": f"Bearer {who}"},
        ) as response:
            return response.status, await response.json(content_type=None)

    async def ask(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        status, answer = await self.client.ask(method, path, body, **({"who": "supervisor"} | more))
        assert status < 300, answer
        return answer

    async def work(self) -> None:
        while await self.runner.step():
            pass

    async def previewed(self, data: str | bytes, **more: Any) -> str:
        """Send a file and have it looked at; return the batch's id."""
        status, sent = await self.send(data, **more)
        assert status == 201, sent
        await self.work()
        return str(sent["id"])

    async def rows(self, batch_id: str, row_class: str = "", **more: Any) -> list[Any]:
        page = await self.ask("GET", f"/imports/{batch_id}/rows?row_class={row_class}", **more)
        return list(page["items"])


@asynccontextmanager
async def open_desk(store: Store, blobs: DirectoryBlobs) -> AsyncIterator[Desk]:
    house = await open_house(store)
    async with serve(house, ImportRoutes(store, blobs, sees_more)) as client:
        yield Desk(client, house, ImportRunner(store, blobs, import_rules, care.retier))
