"""Behind the editor: pictures with their limits and sights, a harmless preview, an owner's list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, FormData, web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from hub.knowledge.files import MAX_BYTES
from hub.knowledge.help.pace import HelpPace
from hub.knowledge.help.pages import HelpPages
from hub.knowledge.tables import article_files, articles
from hub.knowledge.writing_api import ArticleWritingRoutes
from hub.storage import DirectoryBlobs, Store, Tx
from tests.integration.customers.house import Client, House, open_house, serve
from tests.unit.pictures.test_cleaning import SVG, drawn

LAMP: dict[str, Any] = {
    "language": "en",
    "question": "The lamp stays dark",
    "answer": "Check the plug.",
    "format": "markdown",
    "audience": "public",
}
PAGE = "/help/files/"


@pytest.fixture
def blobs(tmp_path: Path) -> DirectoryBlobs:
    return DirectoryBlobs(tmp_path / "blobs")


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House, blobs: DirectoryBlobs) -> AsyncIterator[Client]:
    async with serve(house, ArticleWritingRoutes(house.store, blobs)) as opened:
        yield opened


@pytest.fixture
async def help_page(store: Store, blobs: DirectoryBlobs) -> AsyncIterator[Any]:
    app = web.Application()
    app.add_routes(HelpPages(store, blobs, HelpPace(), lambda _: "192.0.2.1").routes())
    async with TestServer(app) as server, ClientSession() as session:

        async def get(path: str) -> tuple[int, bytes, Any]:
            async with session.get(server.make_url(path)) as answer:
                return answer.status, await answer.read(), answer.headers

        yield get


async def send(
    client: Client, article_id: str, data: bytes, name: str = "lamp.png", who: str = "agent"
) -> tuple[int, Any]:
    form = FormData()
    form.add_field("file", BytesIO(data), filename=name, content_type="image/png")
    url = client.server.make_url(f"/api/v1/knowledge/{article_id}/files")
    headers = {"Authorization": f"Bearer {who}"}
    async with client.session.post(url, data=form, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def written(client: Client, **more: Any) -> str:
    status, made = await client.ask("POST", "/knowledge", {**LAMP, **more}, who="supervisor")
    assert status == 201, made
    return str(made["id"])


async def test_a_picture_is_kept_listed_and_given(client: Client, blobs: DirectoryBlobs) -> None:
    article_id = await written(client)
    status, made = await send(client, article_id, drawn("PNG"), "../灯\u202e.exe.png")
    assert status == 201, made
    assert (made["media_type"], made["width"], made["height"]) == ("image/png", 60, 40)
    assert "/" not in made["name"]
    assert "\u202e" not in made["name"]
    assert made["mark"] == f"files/{made['id']}"
    _, listed = await client.ask("GET", f"/knowledge/{article_id}/files")
    assert listed == [made]
    url = client.server.make_url(made["url"])
    async with client.session.get(url, headers={"Authorization": "Bearer agent"}) as answer:
        assert answer.content_type == "image/png"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    async with client.session.get(url) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (SVG, 422, "article.picture_type"),
        (b"\x89PNG\r\n\x1a\nnothing", 422, "article.picture_broken"),
        (bytes(MAX_BYTES + 1), 413, "too_large"),
    ],
    ids=["svg", "broken", "large"],
)
async def test_a_hostile_picture_is_refused_and_leaves_nothing(
    client: Client, house: House, blobs: DirectoryBlobs, data: bytes, status: int, code: str
) -> None:
    article_id = await written(client)
    answer = await send(client, article_id, data)
    assert (answer[0], answer[1]["code"]) == (status, code)
    kept = await house.store.read(lambda tx, _: tx.execute(select(article_files)).all(), None)
    assert list(kept) == []
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []


async def test_agents_put_pictures_only_into_drafts(client: Client) -> None:
    article_id = await written(client, state="approved")
    assert (await send(client, article_id, drawn("PNG")))[0] == 403
    assert (await send(client, article_id, drawn("PNG"), who="supervisor"))[0] == 201
    assert (await send(client, "nothing", drawn("PNG")))[0] == 404


async def test_everybody_sees_only_pictures_that_a_public_article_shows(
    client: Client, help_page: Any
) -> None:
    article_id = await written(client, state="published")
    _, made = await send(client, article_id, drawn("PNG"), who="supervisor")
    path = f"{PAGE}{made['id']}"
    assert (await help_page(path))[0] == 404  # no text shows it
    shown = {"answer": f"See ![the **plug**](files/{made['id']}) and ![x](http://evil.test/a.png)"}
    await client.ask("PATCH", f"/knowledge/{article_id}", shown, who="supervisor")
    status, data, headers = await help_page(path)
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert data.startswith(b"\x89PNG")
    _, article = await client.ask("GET", f"/knowledge/{article_id}")
    _, page, _ = await help_page(article["help_path"])
    assert f'<img src="{path}" alt="the **plug**" loading="lazy">'.encode() in page
    assert b'<img src="http' not in page
    await client.ask(
        "PATCH", f"/knowledge/{article_id}", {"audience": "internal"}, who="supervisor"
    )
    assert (await help_page(path))[0] == 404
    assert (await help_page(f"{PAGE}%00"))[0] == 404


async def test_a_picture_goes_when_no_text_shows_it(client: Client, blobs: DirectoryBlobs) -> None:
    article_id = await written(client)
    _, made = await send(client, article_id, drawn("PNG"))
    path = f"/knowledge/{article_id}"
    shown = f"![plug](files/{made['id']})"
    await client.ask("PATCH", path, {"answer": shown})
    assert (await client.ask("DELETE", f"{path}/files/{made['id']}"))[0] == 409
    await client.ask("PATCH", path, {"answer": "gone"})
    assert (await client.ask("DELETE", f"{path}/files/{made['id']}"))[0] == 204
    assert (await client.ask("DELETE", f"{path}/files/{made['id']}"))[0] == 404
    assert [one for one in blobs.root.rglob("*") if one.is_file()] == []


@pytest.mark.parametrize(
    "shown",
    [
        "![photo [1]](files/{})",
        "![x](<files/{}>)",
        "![x](files/{} 'plug')",
        "[![x](files/{})](https://shop.test)",
        "- ![the plug][one]\n\n[one]: files/{}",
        "| a |\n|---|\n| ![x](files/{}) |",
    ],
)
async def test_what_the_preview_shows_customers_see_and_nobody_takes_out(
    client: Client, help_page: Any, shown: str
) -> None:
    article_id = await written(client, state="published")
    _, made = await send(client, article_id, drawn("PNG"), who="supervisor")
    path = f"/knowledge/{article_id}"
    answer = {"answer": shown.format(made["id"])}
    await client.ask("PATCH", path, answer, who="supervisor")
    _, preview = await client.ask("POST", "/knowledge/preview", {"question": "a", **answer})
    assert f'<img src="{made["url"]}"' in preview["page"]
    assert (await help_page(f"{PAGE}{made['id']}"))[0] == 200
    gone = await client.ask("DELETE", f"{path}/files/{made['id']}", who="supervisor")
    assert gone[0] == 409


async def test_who_leaves_while_a_picture_is_kept_leaves_its_bytes(
    client: Client, house: House, blobs: DirectoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    article_id = await written(client)
    write = house.store.write

    async def left(function: Any, argument: Any) -> Any:
        """Cancel the caller as soon as its write is under way."""
        caller = asyncio.current_task()
        assert caller is not None
        asyncio.get_running_loop().call_soon(caller.cancel)
        return await write(function, argument)

    with monkeypatch.context() as patch:
        patch.setattr(house.store, "write", left)
        with pytest.raises(ClientError):
            await send(client, article_id, drawn("PNG"))
    await write(lambda _tx, _: None, None)  # after the one of the caller
    _, [kept] = await client.ask("GET", f"/knowledge/{article_id}/files")
    url = client.server.make_url(kept["url"])
    async with client.session.get(url, headers={"Authorization": "Bearer agent"}) as answer:
        assert (await answer.read()).startswith(b"\x89PNG")


async def test_a_picture_that_is_refused_at_last_leaves_nothing(
    client: Client, house: House, blobs: DirectoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    article_id = await written(client)
    write = house.store.write

    async def late(function: Any, argument: Any) -> Any:
        """Somebody puts the article into use between the check and the write."""
        used = {"state": "approved"}
        await write(lambda tx, _: tx.execute(update(articles).values(**used)), None)
        return await write(function, argument)

    monkeypatch.setattr(house.store, "write", late)
    assert (await send(client, article_id, drawn("PNG")))[0] == 403
    assert [one for one in blobs.root.rglob("*") if one.is_file()] == []


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[here](javascript:alert(1))",
    "[here](data:text/html,<script>alert(1)</script>)",
    "![x](javascript:alert(1))",
    '![x"onerror="alert(1)](files/x)',
    "<svg onload=alert(1)>",
    "</article></body><iframe src=//evil.test>",
    "<style>*{display:none}</style>",
]


@pytest.mark.parametrize("answer", HOSTILE)
@pytest.mark.parametrize("form", ["markdown", "plain"])
async def test_a_preview_runs_nothing(client: Client, answer: str, form: str) -> None:
    body = {"question": "</title><script>", "answer": answer, "format": form}
    status, shown = await client.ask("POST", "/knowledge/preview", body)
    assert status == 200
    page = shown["page"].partition("<body>")[2].lower()
    for word in ("<script", "<svg", "<iframe", "<style", "<img", 'href="javascript', 'href="data'):
        assert word not in page


async def test_a_preview_shows_the_pictures_to_colleagues(client: Client) -> None:
    article_id = await written(client)
    _, made = await send(client, article_id, drawn("PNG"))
    body = {"question": "Lamp", "answer": f"# Plug\n\n![p]({made['mark']})", "language": "zh-CN"}
    _, shown = await client.ask("POST", "/knowledge/preview", body)
    assert f'<img src="{made["url"]}" alt="p"' in shown["page"]
    assert '<html lang="zh-CN">' in shown["page"]
    assert "<h2>Plug</h2>" in shown["page"]


async def test_an_owner_sees_what_customers_say_does_not_help(client: Client, house: House) -> None:
    article_id = await written(client, state="published")
    other = await written(client, state="published")
    owner = {"owner_id": house.agent.id}
    await client.ask("PATCH", f"/knowledge/{article_id}", owner, who="supervisor")
    assert (await client.ask("GET", "/knowledge/owned"))[1] == []

    def flagged(tx: Tx, _: None) -> None:
        flag = {"flagged_at": tx.now, "flag_reason": "not_helpful", "not_helpful": 3}
        tx.execute(update(articles).where(articles.c.id.in_([article_id, other])).values(**flag))

    await house.store.write(flagged, None)
    _, [mine] = await client.ask("GET", "/knowledge/owned")
    assert (mine["id"], mine["not_helpful"], mine["owner_name"]) == (article_id, 3, "Li")
    _, [theirs] = await client.ask("GET", "/knowledge/owned", who="supervisor")
    assert theirs["id"] == other


async def test_dates_and_owner_can_be_emptied(client: Client) -> None:
    article_id = await written(client)
    path = f"/knowledge/{article_id}"
    day = "2030-01-01T00:00:00Z"
    _, set_ = await client.ask("PATCH", path, {"expires_at": day, "review_due_at": day})
    assert (set_["expires_at"], set_["review_due_at"]) == (day, day)
    clears = ["expires_at", "review_due_at", "owner_id"]
    _, gone = await client.ask("PATCH", path, {"clears": clears})
    assert (gone["expires_at"], gone["review_due_at"], gone["owner_id"]) == (None, None, None)
    assert (await client.ask("PATCH", path, {"clears": ["state"]}))[0] == 422
