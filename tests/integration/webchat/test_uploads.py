"""What customers may not upload: said at once, stored nowhere, or kept apart."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from msgspec import structs
from sqlalchemy import select

from hub.channels.base import EntryPoint
from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.channels.webchat.tables import webchat_uploads
from hub.contacts.model import Channel
from hub.storage import DirectoryBlobs, Tx
from hub.testing.chat_page import ChatPage
from hub.testing.fake_door import FakeDoor

from .conftest import SHOP

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 200
# A scanner as clamdscan is one: 1 and a line for what it knows, 2 where it cannot look.
SCANNER = """
import sys
said = open(sys.argv[1], "rb").read()
if b"BROKEN" in said: sys.exit(2)
if b"EICAR" in said: print(sys.argv[1] + ": Eicar-Signature FOUND"); sys.exit(1)
"""


class Site:
    def __init__(self, http: ClientSession, port: int, page: ChatPage, socket_url: str) -> None:
        self.http = http
        self.port = port
        self.page = page
        self._socket_url = socket_url

    @asynccontextmanager
    async def another(self) -> AsyncIterator[Site]:
        """Let another visitor come."""
        async with ChatPage(self._socket_url, "shop-chat", SHOP) as page:
            await page.hello()
            yield Site(self.http, self.port, page, self._socket_url)

    async def upload(self, data: Any, name: str = "a.bin") -> tuple[int, dict[str, Any]]:
        async with self.http.post(
            "/channels/shop-chat/uploads",
            params={"name": name},
            data=data,
            headers={"Authorization": f"Bearer {self.page.token}"},
        ) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def a_site(
    door: FakeDoor,
    scan_command: tuple[str, ...] = (),
    limits: Mapping[str, float] | None = None,
    **settings: object,
) -> AsyncIterator[Site]:
    entry = EntryPoint(
        id="shop-chat",
        channel=Channel.WEBCHAT,
        address="shop-chat",
        queue_id="sales",
        language="en",
        settings={"origins": [SHOP], "max_file_mb": 1, **settings},
        display_name="Shop",
    )
    gateway = GatewaySettings(port=0, scan_command=scan_command)
    gateway = structs.replace(gateway, **(limits or {}))
    chat = WebChat(door, [entry], gateway, "http://127.0.0.1:8080")
    running = asyncio.create_task(chat.run())
    app = web.Application()
    app.add_routes(chat.routes())
    runner = web.AppRunner(app)
    try:
        async with asyncio.timeout(30):
            await chat.gateway.started.wait()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        base_url = f"http://127.0.0.1:{port}"
        async with (
            ClientSession(base_url, headers={"Origin": SHOP}) as http,
            ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP) as page,
        ):
            await page.hello()
            yield Site(http, port, page, chat.socket_url("shop-chat"))
    finally:
        await runner.cleanup()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def stored(blobs: DirectoryBlobs) -> list[Path]:
    return [path for path in blobs.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["setup.exe", "holiday.png"])
async def test_a_program_is_refused_under_whatever_name(
    door: FakeDoor, blobs: DirectoryBlobs, name: str
) -> None:
    async with a_site(door) as site:
        status, said = await site.upload(b"MZ\x90\x00" + b"x" * 5000, name)
        assert (status, said["code"]) == (415, "wrong_type")
        assert stored(blobs) == []


async def test_only_listed_types_are_taken_and_the_list_is_told(
    door: FakeDoor, blobs: DirectoryBlobs
) -> None:
    async with a_site(door, file_types=["image/*", "application/pdf"]) as site:
        for data, name in ((b"PK\x03\x04rest", "a.png"), (b"words", "a.pdf"), (b"", "a.png")):
            status, said = await site.upload(data, name)
            assert (status, said["details"]["types"]) == (415, "image/*, application/pdf")
        assert stored(blobs) == []
        assert (await site.upload(PNG, "a.png"))[0] == 201
        async with site.http.get("/channels/shop-chat/widget.json") as answer:
            assert (await answer.json())["file_types"] == ["image/*", "application/pdf"]


async def test_a_hundred_megabytes_are_refused_before_they_are_sent(
    door: FakeDoor, blobs: DirectoryBlobs
) -> None:
    sent = 0

    async def much() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1600):
            sent += 1 << 16
            yield b"x" * (1 << 16)

    async with a_site(door) as site:
        # No Content-Length: counted while it comes.
        status, said = await site.upload(much())
        assert (status, said["code"]) == (413, "too_large")
        assert sent < 100 << 20
        assert stored(blobs) == []
        # With one: not even begun.
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(
            b"POST /channels/shop-chat/uploads?name=a HTTP/1.1\r\nHost: hub\r\n"
            + f"Origin: {SHOP}\r\nAuthorization: Bearer {site.page.token}\r\n".encode()
            + b"Content-Length: 104857600\r\n\r\n"
        )
        async with asyncio.timeout(30):
            assert b" 413 " in await reader.readline()
        writer.close()


async def test_what_the_scanner_finds_is_kept_apart_and_never_sent(
    door: FakeDoor, blobs: DirectoryBlobs
) -> None:
    command = (sys.executable, "-c", SCANNER)
    async with a_site(door, command) as site:
        assert (await site.upload(PNG, "a.png"))[0] == 201
        status, said = await site.upload(EICAR, "letter.txt")
        assert (status, said["code"]) == (422, "file_found")
        kept = {row.name: row for row in await door.store.read(_uploads, None)}
        assert kept["letter.txt"].found == "Eicar-Signature FOUND"
        await site.page.say(p.Send(client_id="client-0001", files=[kept["letter.txt"].id]))
        assert (await site.page.expect(p.Nack)).code == "file_gone"
        path = f"/channels/shop-chat/files/{kept['letter.txt'].id}"
        bearer = {"Authorization": f"Bearer {site.page.token}"}
        async with site.http.get(path, headers=bearer) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    "command", [("/nowhere/scanner",), (sys.executable, "-c", SCANNER)], ids=["gone", "broken"]
)
async def test_a_scanner_that_cannot_look_lets_nothing_through(
    door: FakeDoor, blobs: DirectoryBlobs, command: tuple[str, ...]
) -> None:
    async with a_site(door, command) as site:
        status, said = await site.upload(b"BROKEN" * 9, "a.txt")
        assert (status, said["code"]) == (503, "unavailable")
        assert said["retry_after_s"] > 0
        assert stored(blobs) == []


def _uploads(tx: Tx, _: None) -> list[Any]:
    return list(tx.execute(select(webchat_uploads)).all())


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_visitors_of_one_network_send_no_more_together_than_an_office(door: FakeDoor) -> None:
    slowly = {"upload_mb_burst": 1.0, "upload_mb_per_s": 0.0001}
    async with a_site(door, limits=slowly) as site:
        # What does not say how large it is counts as the largest there may be.
        assert [(await site.upload(chunks(PNG)))[0] for _ in range(2)] == [201, 429]
        status = 0
        for _ in range(10):
            async with site.another() as other:
                status, _ = await other.upload(chunks(PNG))
        assert status == 429


async def test_a_file_larger_than_what_may_come_at_once_comes_alone(door: FakeDoor) -> None:
    async with a_site(door, limits={"upload_mb_burst": 0.5, "upload_mb_per_s": 0.0001}) as site:
        whole = PNG + b"\0" * (900 << 10)
        assert [(await site.upload(whole))[0] for _ in range(2)] == [201, 429]
