"""The widget's HTTP side: configuration, uploads and downloads across origins."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.testing.chat_page import ChatPage
from hub.testing.fake_door import FakeDoor

from .conftest import SHOP

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


@pytest.fixture
async def http(base_url: str) -> AsyncIterator[ClientSession]:
    async with ClientSession(base_url, headers={"Origin": SHOP}) as session:
        yield session


def bearer(page: ChatPage) -> dict[str, str]:
    return {"Authorization": f"Bearer {page.token}"}


async def test_the_page_gets_texts_colours_and_the_sockets_address(
    http: ClientSession, chat: WebChat
) -> None:
    async with http.get("/channels/shop-chat/widget.json") as answer:
        config = await answer.json()
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert config["socket_url"] == chat.socket_url("shop-chat")
    assert config["title"]["zh-CN"] == "在线客服"
    assert "identity_keys" not in config


@pytest.mark.parametrize("path", ["widget.json", "files/x"])
async def test_a_foreign_origin_gets_nothing(http: ClientSession, path: str) -> None:
    async with http.get(
        f"/channels/shop-chat/{path}", headers={"Origin": "https://evil.example"}
    ) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_preflight_names_only_the_allowed_origin(http: ClientSession) -> None:
    path = "/channels/shop-chat/uploads"
    async with http.options(path) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    async with http.options(path, headers={"Origin": "https://evil.example"}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_file_is_uploaded_sent_shown_and_downloaded(
    http: ClientSession, page: ChatPage, door: FakeDoor
) -> None:
    async with http.post(
        "/channels/shop-chat/uploads",
        params={"name": "../发票.png"},
        data=PNG,
        headers=bearer(page),
    ) as answer:
        assert answer.status == 201
        upload = await answer.json()
    assert upload["name"] == "发票.png"
    assert upload["media_type"] == "image/png"
    await page.say(p.Send(client_id="client-0001", files=[upload["id"]]))
    await page.expect(p.Ack)
    (file,) = door.inbounds[0].files
    assert (file.name, file.size_bytes) == ("发票.png", len(PNG))
    (conversation,) = door.conversations.values()
    (file_id,) = conversation.files
    path = f"/channels/shop-chat/files/{file_id}"
    async with http.get(path, headers=bearer(page)) as answer:
        assert await answer.read() == PNG
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == "image/png"
    async with http.get(path) as answer:
        assert answer.status == 401


async def test_a_file_of_another_customer_does_not_exist(
    http: ClientSession, page: ChatPage, chat: WebChat, door: FakeDoor
) -> None:
    async with http.post(
        "/channels/shop-chat/uploads", params={"name": "a.png"}, data=PNG, headers=bearer(page)
    ) as answer:
        upload = await answer.json()
    await page.say(p.Send(client_id="client-0001", files=[upload["id"]]))
    await page.expect(p.Ack)
    (conversation,) = door.conversations.values()
    (file_id,) = conversation.files
    async with ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP) as other:
        await other.hello()
        await other.write("hello")
        path = f"/channels/shop-chat/files/{file_id}"
        async with http.get(path, headers=bearer(other)) as answer:
            assert answer.status == 404
        await other.say(p.Send(client_id="client-0002", files=[upload["id"]]))
        assert (await other.expect(p.Nack)).code == "file_gone"


async def test_a_file_above_the_limit_is_refused_readably(
    http: ClientSession, page: ChatPage
) -> None:
    async with http.post(
        "/channels/shop-chat/uploads",
        params={"name": "big.bin"},
        data=io.BytesIO(b"x" * ((1 << 20) + 1)),
        headers=bearer(page),
    ) as answer:
        assert answer.status == 413
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert (await answer.json())["code"] == "too_large"


async def test_a_page_markup_upload_is_never_shown_inline(
    http: ClientSession, page: ChatPage
) -> None:
    async with http.post(
        "/channels/shop-chat/uploads",
        params={"name": "x.svg"},
        data=b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        headers=bearer(page),
    ) as answer:
        assert (await answer.json())["media_type"] == "application/octet-stream"
