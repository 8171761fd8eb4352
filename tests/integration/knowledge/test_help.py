"""The help: what everybody may read and nothing else; searched, voted on, at a bounded pace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import event, select, update

from hub.accounts.model import SYSTEM
from hub.core.budget import Budgets, Rate
from hub.core.errors import NotFound
from hub.core.ids import new_id
from hub.knowledge.help.pace import HelpPace
from hub.knowledge.help.pages import HelpPages
from hub.knowledge.help.service import AskHelp, AskLanguages, find_help, find_help_in
from hub.knowledge.model import ArticleState, Audience, Format
from hub.knowledge.service import ChangeArticle, WriteArticle, change_article, write_article
from hub.knowledge.tables import articles, knowledge_searches
from hub.storage import Blobs, DirectoryBlobs, Store, Tx
from hub.wiring.widget_help import WidgetHelp


@dataclass
class Visitor:
    """Somebody without an account. `address` is what they come from."""

    session: ClientSession
    server: TestServer
    address: list[str]

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.server.make_url(path), allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def vote(self, path: str, said: str) -> tuple[int, str]:
        data = {"helpful": said}
        async with self.session.post(self.server.make_url(path), data=data) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def visitor(store: Store, tmp_path: Path) -> AsyncIterator[Visitor]:
    async with serve(store, DirectoryBlobs(tmp_path), HelpPace()) as opened:
        yield opened


class serve:
    """Serve the help pages of a store."""

    def __init__(self, store: Store, blobs: Blobs, pace: HelpPace) -> None:
        self._address = ["192.0.2.1"]
        app = web.Application()
        app.add_routes(HelpPages(store, blobs, pace, lambda _: self._address[0]).routes())
        self._server = TestServer(app)

    async def __aenter__(self) -> Visitor:
        await self._server.start_server()
        self._session = ClientSession()
        return Visitor(self._session, self._server, self._address)

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._server.close()


async def written(
    store: Store,
    question: str,
    answer: str = "Within 30 days.",
    state: ArticleState = ArticleState.PUBLISHED,
    audience: Audience = Audience.PUBLIC,
    language: str = "en",
    **more: Any,
) -> str:
    def write(tx: Tx, _: None) -> str:
        new = WriteArticle(SYSTEM, language, question, answer, audience=audience, **more)
        article_id = write_article(tx, new)
        if state is not ArticleState.DRAFT:
            change_article(tx, ChangeArticle(SYSTEM, article_id, reviews=True, state=state))
        return article_id

    return await store.write(write, None)


async def row(store: Store, article_id: str) -> Any:
    def read(tx: Tx, key: str) -> Any:
        return tx.execute(select(articles).where(articles.c.id == key)).one()

    return await store.read(read, article_id)


async def test_only_what_is_published_for_everybody_can_be_read(
    store: Store, visitor: Visitor
) -> None:
    hidden = [
        await written(store, "CANARY draft", state=ArticleState.DRAFT),
        await written(store, "CANARY approved", state=ArticleState.APPROVED),
        await written(store, "CANARY unchecked", state=ArticleState.NOT_VALIDATED),
        await written(store, "CANARY customer", audience=Audience.CUSTOMER),
        await written(store, "CANARY internal", audience=Audience.INTERNAL),
        await written(store, "CANARY expired"),
    ]

    def expire(tx: Tx, key: str) -> None:
        past = tx.now - timedelta(days=1)
        tx.execute(update(articles).where(articles.c.id == key).values(expires_at=past))

    await store.write(expire, hidden[-1])
    shown = await written(store, "Refunds of the canary")
    for path in ("/help/en", "/help/en?q=canary", "/help/en?q=CANARY+internal"):
        status, page = await visitor.get(path)
        assert status == 200
        assert "CANARY" not in page.replace('value="CANARY internal"', "")
    assert "Refunds of the canary" in (await visitor.get("/help/en?q=canary"))[1]
    for article_id in hidden:
        slug = (await row(store, article_id)).slug
        for path in filter(None, (article_id, slug)):
            assert (await visitor.get(f"/help/en/{path}"))[0] == 404
            assert (await visitor.vote(f"/help/en/{path}", "yes"))[0] == 404
    assert (await visitor.get(f"/help/en/{(await row(store, shown)).slug}"))[0] == 200


async def test_a_page_is_found_in_the_customers_words_and_both_languages(
    store: Store, visitor: Visitor
) -> None:
    zh = await written(store, "退款多久到账", "三天内 **原路** 退回。", language="zh-CN",
                       format=Format.MARKDOWN)  # fmt: skip
    await written(store, "How long does a refund take", language="en", translates=zh)
    await written(store, "Changing the filter")
    _, page = await visitor.get("/help/zh?q=钱什么时候还给我")
    assert "退款多久到账" in page
    _, page = await visitor.get("/help/en?q=money+back")
    assert "How long does a refund take" in page
    path = (await row(store, zh)).slug
    _, page = await visitor.get(f"/help/zh/{path}")
    assert "<strong>原路</strong>" in page
    assert 'href="/help/en/how-long-does-a-refund-take-' in page
    assert (await visitor.get(f"/help/en/{path}"))[0] == 404  # that is the other's address


async def test_what_is_found_in_the_other_language_leads_to_its_own_page(
    store: Store, visitor: Visitor
) -> None:
    article_id = await written(store, "Changing the filter of the coffee maker")
    path = f"/help/en/{(await row(store, article_id)).slug}"
    assert f'href="{path}"' in (await visitor.get("/help/zh?q=coffee+filter"))[1]
    assert (await visitor.get(path))[0] == 200


async def test_the_address_of_a_page_stays_when_its_title_changes(
    store: Store, visitor: Visitor
) -> None:
    article_id = await written(store, "Refunds")
    path = (await row(store, article_id)).slug
    change = ChangeArticle(SYSTEM, article_id, reviews=True, question="Money back")
    await store.write(change_article, change)
    assert "Money back" in (await visitor.get(f"/help/en/{path}"))[1]


async def test_a_vote_counts_once_an_address(store: Store, visitor: Visitor) -> None:
    article_id = await written(store, "Refunds")
    path = f"/help/en/{(await row(store, article_id)).slug}"
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"):
        visitor.address[0] = address
        status, page = await visitor.vote(path, "no")
        assert status == 200
        assert "Thank you" in page
    seen = await row(store, article_id)
    assert (seen.not_helpful, seen.flag_reason) == (3, "not_helpful")
    assert (await visitor.vote(path, "perhaps"))[0] == 404


async def test_searches_are_kept_without_who_searched(store: Store, visitor: Visitor) -> None:
    await visitor.get("/help/en?q=nothing+like+it")

    def read(tx: Tx, _: None) -> Any:
        return tx.execute(select(knowledge_searches)).one()

    kept = await store.read(read, None)
    assert (kept.place, kept.words, kept.hits) == ("help", "nothing like it", 0)
    assert kept.user_id is None


async def test_whoever_asks_too_fast_waits(store: Store, tmp_path: Path) -> None:
    pace = HelpPace(reads=Budgets(Rate(per_s=0.001, burst=2)))
    async with serve(store, DirectoryBlobs(tmp_path), pace) as visitor:
        assert [(await visitor.get("/help/en"))[0] for _ in range(3)] == [200, 200, 429]
        visitor.address[0] = "192.0.2.9"
        assert (await visitor.get("/help/en"))[0] == 200
        asked = []
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::3"):
            visitor.address[0] = address
            asked.append((await visitor.get("/help/en"))[0])
        assert asked == [200, 200, 429, 200]  # it is the network that counts


async def test_pictures_count_together_wherever_they_are_looked_at(
    store: Store, tmp_path: Path
) -> None:
    pace = HelpPace(pictures=Budgets(Rate(per_s=0.001, burst=2)))
    async with serve(store, DirectoryBlobs(tmp_path), pace) as visitor:
        assert (await visitor.get(f"/help/files/{new_id()}"))[0] == 404
        with pytest.raises(NotFound):
            await WidgetHelp(store, pace).picture(new_id(), visitor.address[0])
        assert (await visitor.get(f"/help/files/{new_id()}"))[0] == 429


@pytest.mark.parametrize("path", ["/help/fr", "/help/en/nothing", "/help/zh/%00", "/help/en/%3Cx"])
async def test_what_is_not_there_is_said_on_a_page(visitor: Visitor, path: str) -> None:
    status, page = await visitor.get(path)
    assert status == 404
    assert page.startswith("<!doctype html>")


async def test_help_without_a_language_leads_to_ones_own(visitor: Visitor) -> None:
    assert (await visitor.get("/help"))[0] == 302
    assert "color-scheme" in (await visitor.get("/help/style.css"))[1]


async def test_the_newest_come_first(store: Store) -> None:
    for n in range(3):
        await written(store, f"Article {n}")
    found = await store.read(find_help, AskHelp("en"))
    assert [one.listed.title for one in found] == ["Article 2", "Article 1", "Article 0"]


async def test_suggestions_are_looked_for_once_however_many_the_languages(store: Store) -> None:
    zh = await written(store, "咖啡机的滤网", language="zh-CN")

    def ask(tx: Tx, words: str) -> tuple[list[str], int]:
        statements: list[str] = []
        event.listen(
            tx._connection, "before_cursor_execute", lambda *args: statements.append(args[2])
        )
        found = find_help_in(tx, AskLanguages(("fr", "en", "zh"), words))
        looked = sum("articles.audience IN" in statement for statement in statements)
        return [one.id for one in found], looked

    assert await store.read(ask, "teleport") == ([], 1)
    assert (await store.read(ask, "滤网"))[0] == [zh]
