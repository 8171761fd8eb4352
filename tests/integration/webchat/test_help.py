"""The help before a chat: real articles over real HTTP and a real socket, for everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import ClientSession, web
from sqlalchemy import select

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.core.budget import Budgets, Rate
from hub.core.bus import Bus
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.knowledge.help.pace import READS, HelpPace
from hub.knowledge.model import ArticleState, Audience, Format
from hub.knowledge.searches import Search, log_search
from hub.knowledge.tables import knowledge_searches
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.chat_page import ChatPage
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.wiring.widget_help import LOOKS_AGAIN_S, WidgetHelp
from tests.integration.knowledge.test_help import row, written

from .conftest import SHOP, an_entry_point

AT = "/channels/shop-chat"


@dataclass
class Shop:
    """A page of the shop: its requests to the hub, and its socket."""

    http: ClientSession
    chat: WebChat
    door: FakeDoor

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.http.get(f"{AT}{path}", params=query) as answer:
            return answer.status, await answer.json()

    async def find(self, words: str, language: str = "en", search: str = "") -> Any:
        status, found = await self.get("/help", q=words, language=language, search=search)
        assert status == 200
        return found

    async def helped(self, article_id: str) -> int:
        async with self.http.post(f"{AT}/help/articles/{article_id}/helped") as answer:
            return answer.status


@asynccontextmanager
async def open_shop(
    store: Store,
    blobs: DirectoryBlobs,
    clock: ManualClock,
    reads: Rate = READS,
    proxies: tuple[str, ...] = (),
    **settings: object,
) -> AsyncIterator[Shop]:
    door = FakeDoor(store, blobs, clock)
    pace = HelpPace(reads=Budgets(reads))
    plain = an_entry_point()
    entry = replace(plain, settings={**plain.settings, **settings})
    gateway = GatewaySettings(port=0, trusted_proxies=proxies)
    help_ = WidgetHelp(store, pace)
    chat = WebChat(door, [entry], gateway, "https://hub.example", help_=help_)
    app = web.Application()
    app.add_routes(chat.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running = asyncio.create_task(chat.run())
    async with asyncio.timeout(30):
        await chat.gateway.started.wait()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession(url, headers={"Origin": SHOP}) as http:
            yield Shop(http, chat, door)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await runner.cleanup()


@pytest.fixture
async def shop(store: Store, blobs: DirectoryBlobs, clock: ManualClock) -> AsyncIterator[Shop]:
    async with open_shop(store, blobs, clock) as opened:
        yield opened


async def searches(store: Store) -> list[Any]:
    def read(tx: Tx, _: None) -> list[Any]:
        kept = select(knowledge_searches).order_by(knowledge_searches.c.id)
        return list(tx.execute(kept).all())

    return await store.read(read, None)


async def test_it_is_offered_where_there_is_something_for_everybody(
    store: Store, blobs: DirectoryBlobs, clock: ManualClock
) -> None:
    await written(store, "Only for us", audience=Audience.INTERNAL)
    async with open_shop(store, blobs, clock) as shop:
        assert (await shop.get("/widget.json"))[1]["help"] is False
    await written(store, "Refunds")
    async with open_shop(store, blobs, clock) as shop:
        assert (await shop.get("/widget.json"))[1]["help"] is True
    async with open_shop(store, blobs, clock, help=False) as shop:
        assert (await shop.get("/widget.json"))[1]["help"] is False
        assert (await shop.get("/help", q="refund"))[0] == 404


class Outage(Store):
    """A store whose reads wait and then fail while `is_away`."""

    is_away = False
    waits = 0

    async def read(self, function: Any, argument: Any) -> Any:
        if not self.is_away:
            return await super().read(function, argument)
        self.waits += 1
        raise Unavailable("The database does not answer.")


async def test_an_outage_holds_up_one_widget_and_leaves_the_help_where_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr("hub.wiring.widget_help.monotonic", lambda: now)
    await written(store, "Refunds")
    outage = Outage(store.url, Bus())
    async with outage:
        help_ = WidgetHelp(outage, HelpPace())
        outage.is_away = True
        assert [await help_.exists() for _ in range(3)] == [False] * 3
        assert outage.waits == 1
        outage.is_away = False
        now += LOOKS_AGAIN_S
        assert await help_.exists()
        outage.is_away = True
        now += LOOKS_AGAIN_S
        assert [await help_.exists() for _ in range(3)] == [True] * 3
        assert outage.waits == 2


async def test_only_what_is_published_for_everybody_is_found_and_read(
    store: Store, shop: Shop
) -> None:
    hidden = [
        await written(store, "CANARY draft", state=ArticleState.DRAFT),
        await written(store, "CANARY approved", state=ArticleState.APPROVED),
        await written(store, "CANARY customer", audience=Audience.CUSTOMER),
        await written(store, "CANARY internal", audience=Audience.INTERNAL),
    ]
    shown = await written(store, "Care of the canary")
    for words in ("", "canary"):
        assert [one["id"] for one in (await shop.find(words))["articles"]] == [shown]
    for article_id in hidden:
        assert (await shop.get(f"/help/articles/{article_id}"))[0] == 404
        assert await shop.helped(article_id) == 404
    status, article = await shop.get(f"/help/articles/{shown}")
    assert (status, article["title"], article["body"]) == (
        200,
        "Care of the canary",
        [["p", ["Within 30 days."], "", ""]],
    )
    assert article["page"].startswith("https://hub.example/help/en/care-of-the-canary-")


async def test_it_speaks_the_visitors_language_and_another_where_it_must(
    store: Store, shop: Shop
) -> None:
    zh = await written(store, "退款多久到账", language="zh-CN")
    en = await written(store, "How long does a refund take", translates=zh)
    only = await written(store, "Changing the filter of the coffee maker")

    async def first(words: str, language: str) -> Any:
        return (await shop.find(words, language))["articles"][0]

    assert (await first("钱什么时候还给我", "zh-CN"))["id"] == zh
    assert (await first("money back", "en-GB"))["id"] == en
    other = await first("coffee filter", "zh-TW")
    assert (other["id"], other["language"]) == (only, "en")
    assert {one["id"] for one in (await shop.find("", "fr"))["articles"]} == {en, only}


async def test_a_hostile_article_is_harmless(store: Store, shop: Shop) -> None:
    text = "[x](javascript:alert(1)) <script>alert(2)</script> ![y](https://evil.example/z.png)"
    article_id = await written(store, "<img src=x onerror=alert(1)>", text, format=Format.MARKDOWN)
    _, article = await shop.get(f"/help/articles/{article_id}")
    assert article["title"] == "<img src=x onerror=alert(1)>"
    (paragraph,) = article["body"]
    elements = [child for child in paragraph[1] if not isinstance(child, str)]
    assert {one[0] for one in elements} <= {"a"}
    assert [one[2] for one in elements if one[2]] == ["https://evil.example/z.png"]


async def test_searches_are_kept_once_while_typing_with_what_they_led_to(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    article_id = await written(store, "Refunds")
    first = await shop.find("ref")
    again = await shop.find("refund", search=first["search"])
    assert again["search"] == first["search"]
    await shop.get(f"/help/articles/{article_id}", search=again["search"])
    other = await shop.find("teleport", search=again["search"])
    kept = await searches(store)
    assert [(one.place, one.words, one.clicked_article_id) for one in kept] == [
        ("widget", "refund", article_id),
        ("widget", "teleport", None),
    ]
    assert kept[1].hits == 0
    assert all(one.user_id is None for one in kept)
    clock.advance(60)
    await shop.find("teleporter", search=other["search"])  # a minute later it is another search
    assert len(await searches(store)) == 3
    await shop.find("")
    assert len(await searches(store)) == 3


async def test_a_search_by_a_colleague_cannot_be_gone_on_with(store: Store, shop: Shop) -> None:
    theirs = await store.write(log_search, Search("console", "ref", "en", 0, user_id=new_id()))
    found = await shop.find("refund", search=str(theirs))
    assert found["search"] != theirs
    assert [one.words for one in await searches(store)] == ["ref", "refund"]


async def test_that_it_helped_counts_once_an_address(store: Store, shop: Shop) -> None:
    article_id = await written(store, "Refunds")
    assert [await shop.helped(article_id) for _ in range(2)] == [204, 204]
    assert (await row(store, article_id)).helpful == 1


async def test_whoever_asks_too_fast_is_told_how_long_to_wait(
    store: Store, blobs: DirectoryBlobs, clock: ManualClock
) -> None:
    async with (
        open_shop(store, blobs, clock, Rate(per_s=0.01, burst=2)) as shop,
        shop.http.get(f"{AT}/help") as one,
        shop.http.get(f"{AT}/help") as two,
        shop.http.get(f"{AT}/help") as three,
    ):
        assert [one.status, two.status, three.status] == [200, 200, 429]
        assert int(three.headers["Retry-After"]) > 1
        assert three.headers["Access-Control-Expose-Headers"] == "Retry-After"
        assert (await three.json())["code"] == "too_many"


async def test_behind_a_proxy_an_address_is_what_the_help_pages_take_for_it(
    store: Store, blobs: DirectoryBlobs, clock: ManualClock
) -> None:
    slowly = Rate(per_s=0.01, burst=1)
    async with open_shop(store, blobs, clock, slowly, ("127.0.0.0/8",)) as shop:

        async def ask(forwarded: str) -> int:
            headers = {"X-Forwarded-For": forwarded}
            async with shop.http.get(f"{AT}/help", headers=headers) as answer:
                return answer.status

        assert [await ask("192.0.2.1") for _ in range(2)] == [200, 429]
        assert await ask("192.0.2.1, 192.0.2.2, 127.0.0.9") == 200
        assert await ask("invented, 192.0.2.2") == 429
        # Whoever has a network of their own has no budget for each of its addresses.
        assert [await ask(f"2001:db8::{n}") for n in (1, 2)] == [200, 429]
        assert await ask("2001:db8:0:1::1") == 200
        # What is no address is none: it would have a budget of its own each time.
        assert [await ask(f"nobody-{n}") for n in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/help/articles/nothing", 404),
        ("/help/articles/%00", 404),
        (f"/help/articles/{new_id()}", 404),
        (f"/help/files/{new_id()}", 404),
        ("/help?q=" + "x" * 201, 422),
        ("/help?language=" + "x" * 36, 422),
        ("/help?q=%00", 422),
        ("/help?q=a&q=b", 422),
        ("/help?q=refund&search=nothing", 200),
        ("/help?q=refund&language=" + "x" * 26, 200),  # a column for languages has 16 letters
        ("/help?q=refund&language=x", 200),
    ],
)
async def test_odd_requests_are_answered(shop: Shop, path: str, status: int) -> None:
    async with shop.http.get(f"{AT}{path}") as answer:
        assert answer.status == status


async def test_a_foreign_site_gets_nothing(shop: Shop) -> None:
    evil = {"Origin": "https://evil.example"}
    async with shop.http.get(f"{AT}/help", headers=evil) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with shop.http.options(f"{AT}/help/articles/{new_id()}/helped") as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP


async def test_who_answers_sees_what_was_searched_and_read(store: Store, shop: Shop) -> None:
    read = await written(store, "Refunds")
    hidden = await written(store, "CANARY", audience=Audience.INTERNAL)
    before = p.Before(searched=["refund", "refund when"], read=[read, hidden, "nothing"])
    async with ChatPage(shop.chat.socket_url("shop-chat"), "shop-chat", SHOP) as page:
        await page.hello()
        await page.say(p.Send(client_id="client-0001", text="When?", before=before))
        await page.expect(p.Ack)
        await page.write("Hello?")
    first, second = shop.door.inbounds
    assert first.meta == {"searched": "refund\nrefund when", "read": "Refunds"}
    assert second.meta == {}
