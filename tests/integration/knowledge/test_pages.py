"""Files become drafts by page and by command, each or its reason; what is checked is left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import select, update

from hub.core.errors import Invalid
from hub.jobs.pages import ImportPages, PagesImported, import_pages
from hub.knowledge.page_files import MAX_BYTES
from hub.knowledge.tables import articles
from hub.knowledge.writing_api import ArticleWritingRoutes
from hub.storage import DirectoryBlobs, Store, Tx
from tests.integration.customers.house import Client, House, open_house, serve

HTML = b"<html lang=en><h1>Refunds</h1><script>x()</script><p>Within <b>30 days</b>.</p></html>"


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House, tmp_path: Path) -> AsyncIterator[Client]:
    routes = ArticleWritingRoutes(house.store, DirectoryBlobs(tmp_path / "blobs"))
    async with serve(house, routes) as opened:
        yield opened


async def send(client: Client, name: str, data: bytes, who: str = "agent") -> tuple[int, Any]:
    form = FormData()
    form.add_field("file", BytesIO(data), filename=name, content_type="text/html")
    url = client.server.make_url("/api/v1/knowledge/pages")
    headers = {"Authorization": f"Bearer {who}"}
    async with client.session.post(url, data=form, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_file_becomes_a_draft_and_the_same_again_nothing(
    client: Client, house: House
) -> None:
    status, made = await send(client, "refund.html", HTML)
    assert (status, made["outcome"], made["title"]) == (200, "created", "Refunds")
    _, article = await client.ask("GET", f"/knowledge/{made['article_id']}")
    assert (article["answer"], article["format"]) == ("Within **30 days**.", "markdown")
    assert (article["state"], article["key"], article["owner_id"]) == (
        "draft", "refund", house.agent.id,
    )  # fmt: skip
    assert (await send(client, "refund.html", HTML))[1]["outcome"] == "unchanged"
    changed = HTML.replace(b"30", b"14")
    assert (await send(client, "refund.html", changed))[1]["outcome"] == "changed"
    _, chinese = await send(client, "refund.zh-CN.md", "# 退款\n三十天内".encode())
    assert chinese["outcome"] == "created"
    _, article = await client.ask("GET", f"/knowledge/{made['article_id']}")
    assert [one["id"] for one in article["translations"]] == [chinese["article_id"]]


async def test_a_checked_article_is_left_alone_and_a_bad_file_refused(client: Client) -> None:
    _, made = await send(client, "refund.html", HTML)
    path = f"/knowledge/{made['article_id']}"
    await client.ask("PATCH", path, {"state": "approved"}, who="supervisor")
    _, again = await send(client, "refund.html", HTML.replace(b"30", b"14"))
    assert (again["outcome"], again["article_id"]) == ("refused", made["article_id"])
    assert "approved" in again["reason"]
    assert again["code"] == "page.checked"
    _, other = await send(client, "refund.en-GB.md", b"# Refunds\nIn 30 days.")
    assert (other["outcome"], other["code"]) == (
        "refused", "article.translation_exists",
    )  # fmt: skip
    _, bad = await send(client, "a.docx", b"PK")
    assert (bad["outcome"], bad["article_id"], bad["code"]) == ("refused", None, "page.ending")
    assert (await send(client, "a.md", bytes(MAX_BYTES + 1)))[0] == 413


async def test_a_draft_of_somebody_else_is_left_alone(client: Client, house: House) -> None:
    _, made = await send(client, "refund.html", HTML)
    changed = HTML.replace(b"30", b"14")
    _, again = await send(client, "refund.html", changed, who="supervisor")
    assert (again["outcome"], again["article_id"]) == ("refused", made["article_id"])
    assert "somebody else" in again["reason"]
    assert (await send(client, "refund.html", HTML, who="supervisor"))[1]["outcome"] == "unchanged"

    def nobody(tx: Tx, _: None) -> None:
        tx.execute(update(articles).values(owner_id=None))

    await house.store.write(nobody, None)
    _, again = await send(client, "refund.html", changed, who="supervisor")
    assert again["outcome"] == "changed"


async def quiet(_done: int, _total: int) -> None:
    return


async def test_a_folder_is_gone_through_file_by_file(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "help"
    (folder / "more").mkdir(parents=True)
    (folder / "refund.html").write_bytes(HTML)
    (folder / "more" / "delivery.md").write_text("# Delivery\n![map](a.png) Two days.")
    (folder / "more" / "empty.md").write_bytes(b"")
    (folder / "notes.txt").write_text("not a page")

    async def run() -> PagesImported:
        return await import_pages(store, ImportPages([str(folder)]), quiet)

    done = await run()
    assert (done.files, done.created, done.refused_count, done.left_out) == (3, 2, 1, 1)
    assert [(one.name, one.reason) for one in done.refused] == [
        ("help/more/empty.md", "There is no text in it.")
    ]
    again = await run()
    assert (again.created, again.unchanged, again.changed) == (0, 2, 0)

    def keys(tx: Any, _: None) -> list[str]:
        return list(tx.execute(select(articles.c.key).order_by(articles.c.key)).scalars())

    assert await store.read(keys, None) == ["more/delivery", "refund"]
    with pytest.raises(Invalid, match="not there"):
        await import_pages(store, ImportPages([str(tmp_path / "nowhere")]), quiet)


async def test_files_of_one_name_become_an_article_each(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "help"
    for name in ("refund/index.md", "delivery/index.md", "index.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}\nText.")
    done = await import_pages(store, ImportPages([str(folder), str(folder / "index.md")]), quiet)
    assert (done.files, done.created, done.refused_count) == (3, 3, 0)

    def keys(tx: Tx, _: None) -> list[str]:
        return list(tx.execute(select(articles.c.key).order_by(articles.c.key)).scalars())

    assert await store.read(keys, None) == ["delivery", "index", "refund"]


async def test_a_second_file_of_the_same_key_is_refused(store: Store, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "refund.md").write_text(f"# Refunds\nThe {folder.name} text.")
        (folder / "refund.zh-CN.md").write_text("# 退款\n三十天内")
    (new / "refund.zh-CN.md").unlink()
    done = await import_pages(store, ImportPages([str(old), str(new)]), quiet)
    assert (done.created, done.changed, done.refused_count) == (2, 0, 1)
    assert done.refused[0].name == "new/refund.md"
    assert done.refused[0].reason.startswith("old/refund.md has the same key 'refund'")
