"""Looking after the store: reviews, votes, gaps, what is said at closing, drafts of many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.contacts.model import Channel, ContactState
from hub.contacts.tables import contacts
from hub.knowledge.searches import forget_searches
from hub.knowledge.tables import draft_clusters, knowledge_searches
from hub.knowledge.topics import draft_topics
from hub.routing import service as routing
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from tests.integration.customers.house import Client, House, open_house, serve

LAMP: dict[str, Any] = {
    "language": "zh-CN",
    "question": "台灯不亮怎么办？",
    "answer": "检查插头，再换灯泡。",
    "tags": [],
}


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def written(client: Client, state: str, **body: Any) -> Any:
    status, made = await client.ask("POST", "/knowledge", {**LAMP, **body})
    assert status == 201, made
    if state != "draft":
        path = f"/knowledge/{made['id']}"
        status, made = await client.ask("PATCH", path, {"state": state}, who="supervisor")
        assert status == 200, made
    return made


async def listed(client: Client, reason: str) -> list[str]:
    status, page = await client.ask("GET", f"/knowledge/review?reason={reason}", who="supervisor")
    assert status == 200, page
    return [row["id"] for row in page["items"]]


async def close(house: House, contact_id: str) -> None:
    def closed(tx: Tx, key: str) -> None:
        tx.execute(
            update(contacts)
            .where(contacts.c.id == key)
            .values(state=ContactState.CLOSED, ended_as="handled", closed_at=tx.now)
        )
        routing.release(tx, [key], "closed")

    await house.store.write(closed, contact_id)


async def test_an_agent_captures_and_colleagues_use_it_before_it_is_checked(
    house: House, client: Client
) -> None:
    made = await written(client, "draft")
    path = f"/knowledge/{made['id']}"
    status, seen = await client.ask("PATCH", path, {"state": "not_validated"})
    assert (status, seen["state"]) == (200, "not_validated")
    assert (await client.ask("PATCH", path, {"answer": "换灯泡。"}))[0] == 200
    assert (await client.ask("PATCH", path, {"state": "approved"}))[0] == 403
    contact_id = await house.receive("台灯不亮了")
    _, offered = await client.ask("GET", f"/knowledge/suggestions?contact={contact_id}")
    assert [one["article"]["id"] for one in offered] == [made["id"]]


async def test_what_nobody_has_checked_stands_behind_what_is_as_good(
    house: House, client: Client
) -> None:
    unchecked = await written(client, "not_validated")
    checked = await written(client, "approved")
    contact_id = await house.receive("台灯不亮了")
    _, offered = await client.ask("GET", f"/knowledge/suggestions?contact={contact_id}")
    assert [one["article"]["id"] for one in offered] == [checked["id"], unchecked["id"]]


async def test_what_helped_unchecked_comes_up_for_review(house: House, client: Client) -> None:
    made = await written(client, "not_validated")
    for n, who in enumerate(("agent", "supervisor")):
        contact_id = await house.receive("台灯不亮", f"c{n}@example.test")
        body = {"contact_id": contact_id, "helpful": True}
        assert (await client.ask("POST", f"/knowledge/{made['id']}/votes", body, who=who))[0] == 204
    assert await listed(client, "due") == []  # the set-up says three colleagues

    def third(tx: Tx, key: str) -> None:
        from hub.accounts.model import Actor
        from hub.knowledge.service import UseArticle, record_use

        record_use(tx, UseArticle(Actor("third", "Third", "session"), made["id"], key, True))

    await house.store.write(third, await house.receive("台灯不亮", "c9@example.test"))
    assert await listed(client, "due") == [made["id"]]


async def test_votes_against_flag_an_article_and_a_review_ends_it(
    house: House, client: Client
) -> None:
    made = await written(client, "approved")
    path = f"/knowledge/{made['id']}"
    for n in range(3):
        assert await listed(client, "flagged") == []
        contact_id = await house.receive("台灯不亮", f"c{n}@example.test")
        await client.ask("POST", f"{path}/votes", {"contact_id": contact_id, "helpful": False})
    assert await listed(client, "flagged") == [made["id"]]
    _, seen = await client.ask("GET", path)
    assert (seen["flag_reason"], seen["not_helpful"]) == ("not_helpful", 3)
    assert (await client.ask("PATCH", path, {"reviewed": True}))[0] == 403
    assert (await client.ask("PATCH", path, {"reviewed": True}, who="supervisor"))[0] == 200
    assert await listed(client, "flagged") == []


async def test_expired_due_unused_and_out_of_date_ones_are_listed(
    house: House, client: Client, clock: ManualClock
) -> None:
    now = await house.now()
    made = {name: await written(client, "approved") for name in ("expired", "due")}
    for name, field in (("expired", "expires_at"), ("due", "review_due_at")):
        body = {field: (now + timedelta(days=1)).isoformat()}
        await client.ask("PATCH", f"/knowledge/{made[name]['id']}", body, who="supervisor")
        assert await listed(client, name) == []
    english = {"language": "en", "question": "Lamp", "translates": made["due"]["id"]}
    other = await written(client, "approved", **english)
    body = {"answer": "Change the bulb."}
    await client.ask("PATCH", f"/knowledge/{made['due']['id']}", body, who="supervisor")
    assert await listed(client, "out_of_date") == [other["id"]]
    assert await listed(client, "unused") == []
    clock.advance(200 * 86_400)
    for name, row in made.items():
        assert await listed(client, name) == [row["id"]]
    assert len(await listed(client, "unused")) == 3


async def test_the_list_goes_on_where_it_ended(client: Client, clock: ManualClock) -> None:
    made = []
    for n in range(5):
        clock.advance(1)
        made.append((await written(client, "approved", question=f"台灯 {n}"))["id"])
    clock.advance(200 * 86_400)
    seen: list[str] = []
    after = ""
    for _ in range(3):
        path = f"/knowledge/review?reason=unused&limit=2{after}"
        _, page = await client.ask("GET", path, who="supervisor")
        seen += [row["id"] for row in page["items"]]
        after = f"&after={page['after']}"
    assert seen == made


@pytest.mark.parametrize("path", ["/knowledge/review", "/knowledge/gaps", "/knowledge/learned"])
async def test_agents_are_not_shown_what_supervisors_look_after(client: Client, path: str) -> None:
    assert (await client.ask("GET", path))[0] == 403
    assert (await client.ask("GET", path, who="supervisor"))[0] == 200


async def test_at_closing_an_article_is_linked_captured_missing_or_not_needed(
    house: House, client: Client
) -> None:
    article = await written(client, "approved")
    contact_id = await house.receive("台灯不亮", "v1", Channel.WEBCHAT)
    path = f"/contacts/{contact_id}/knowledge-outcome"
    status, problem = await client.ask("POST", path, {"outcome": "linked"})
    assert (status, problem["code"]) == (422, "article.none_linked")
    body = {"outcome": "linked", "article_id": article["id"]}
    status, said = await client.ask("POST", path, body)
    assert (status, said["article_id"]) == (200, article["id"])
    _, seen = await client.ask("GET", f"/knowledge/{article['id']}")
    assert (seen["uses"], seen["helpful"]) == (1, 1)

    other = await house.receive("滤芯多久换一次？", "v2", Channel.WEBCHAT)
    await house.answer(other, "半年换一次。")
    path = f"/contacts/{other}/knowledge-outcome"
    _, said = await client.ask("POST", path, {"outcome": "captured"})
    _, draft = await client.ask("GET", f"/knowledge/{said['article_id']}")
    assert (draft["state"], draft["answer"]) == ("draft", "半年换一次。")
    body = {"outcome": "not_needed", "note": "只是问好"}
    assert (await client.ask("POST", path, body))[1]["article_id"] is None
    assert (await house.contact(other)).knowledge_note == "只是问好"
    assert (await client.ask("POST", path, {"outcome": "no"}))[0] == 422
    assert (await client.ask("POST", path, {"outcome": "missing"}, who="outsider"))[0] == 404


async def test_what_is_missing_is_in_the_gap_report(house: House, client: Client) -> None:
    contact_id = await house.receive("退货怎么寄？", "v1", Channel.WEBCHAT)
    path = f"/contacts/{contact_id}/knowledge-outcome"
    await client.ask("POST", path, {"outcome": "missing", "note": "寄回地址"})
    await close(house, contact_id)
    _, gaps = await client.ask("GET", "/knowledge/gaps", who="supervisor")
    assert [(one["contact_id"], one["note"]) for one in gaps["missing"]] == [
        (contact_id, "寄回地址")
    ]


async def test_searches_are_kept_and_those_in_vain_are_shown(
    house: House, client: Client, clock: ManualClock
) -> None:
    await written(client, "approved")
    for words in ("xyz", "xyzz", "xyzzy"):  # typed on: one search
        await client.ask("GET", f"/knowledge?q={words}")
    clock.advance(60)
    await client.ask("GET", "/knowledge?q=台灯")
    clock.advance(60)
    await client.ask("GET", "/knowledge?q=XYZZY")
    _, gaps = await client.ask("GET", "/knowledge/gaps", who="supervisor")
    assert (gaps["searches"], gaps["in_vain"]) == (3, 2)
    assert [(one["words"], one["times"], one["places"]) for one in gaps["searched"]] == [
        ("xyzzy", 2, ["console"])
    ]


async def test_what_is_used_after_a_search_was_found_by_it(house: House, client: Client) -> None:
    article = await written(client, "approved")
    contact_id = await house.receive("台灯不亮")
    await client.ask("GET", "/knowledge?q=台灯")
    await client.ask("POST", f"/knowledge/{article['id']}/use", {"contact_id": contact_id})

    def clicked(tx: Tx, _: None) -> Any:
        return tx.execute(select(knowledge_searches.c.clicked_article_id)).scalar_one()

    assert await house.store.read(clicked, None) == article["id"]


async def test_old_searches_are_forgotten(house: House, client: Client, clock: ManualClock) -> None:
    await client.ask("GET", "/knowledge?q=台灯")
    clock.advance(100 * 86_400)
    await client.ask("GET", "/knowledge?q=滤芯")
    clock.advance(100 * 86_400)
    gone = await house.store.write(lambda tx, _: forget_searches(tx, tx.now, 10), None)
    assert gone == 1


async def test_many_contacts_on_one_topic_become_one_draft(house: House, client: Client) -> None:
    said = ["台灯不亮了", "灯不亮", "我的台灯不亮", "台灯突然不亮", "新买的台灯不亮", "台灯又不亮"]
    for n, text in enumerate(said):
        contact_id = await house.receive(f"{text} 电话13800138000", f"v{n}", Channel.WEBCHAT)
        await house.answer(contact_id, "请换灯泡，或写信到 help@shop.test。")
        await close(house, contact_id)
    other = await house.receive("发票抬头写错了", "w", Channel.WEBCHAT)
    await close(house, other)
    assert await draft_topics(house.store) == 1
    assert await draft_topics(house.store) == 0  # known already
    _, gaps = await client.ask("GET", "/knowledge/gaps", who="supervisor")
    [topic] = gaps["topics"]
    assert topic["contacts"] == len(said)
    _, draft = await client.ask("GET", f"/knowledge/{topic['article_id']}")
    assert (draft["state"], draft["audience"]) == ("draft", "internal")
    assert "台灯" in draft["question"] or "灯不亮" in draft["question"]
    assert topic["question"] == draft["question"]
    assert "13800138000" not in draft["question"]
    assert draft["answer"] == "请换灯泡，或写信到 …"
    path = f"/knowledge/topics/{topic['id']}/dismiss"
    assert (await client.ask("POST", path))[0] == 403
    assert (await client.ask("POST", path, who="supervisor"))[0] == 204
    _, gaps = await client.ask("GET", "/knowledge/gaps", who="supervisor")
    assert gaps["topics"] == []
    assert await draft_topics(house.store) == 0  # dismissed ones do not come back

    def rows(tx: Tx, _: None) -> int:
        return len(tx.execute(select(draft_clusters)).all())

    assert await house.store.read(rows, None) == 1


@pytest.mark.parametrize("nights", [3, 1])
async def test_a_topic_known_long_ago_stays_known(
    house: House, client: Client, clock: ManualClock, nights: int
) -> None:
    """`nights` 1: nobody asked for two months; 3: they went on asking all the while."""
    said = ["台灯不亮了", "灯不亮", "我的台灯不亮", "台灯突然不亮", "新买的台灯不亮", "台灯又不亮"]

    async def ask(round_: str) -> None:
        for n, text in enumerate(said):
            contact_id = await house.receive(text, f"{round_}{n}", Channel.WEBCHAT)
            await house.answer(contact_id, "请换灯泡。")
            await close(house, contact_id)

    await ask("a")
    assert await draft_topics(house.store) == 1
    _, gaps = await client.ask("GET", "/knowledge/gaps", who="supervisor")
    [topic] = gaps["topics"]
    await client.ask("POST", f"/knowledge/topics/{topic['id']}/dismiss", who="supervisor")
    for night in range(nights):
        clock.advance((120 if nights == 1 else 20) * 86_400)
        await ask(f"b{night}")
        assert await draft_topics(house.store) == 0


async def test_a_topic_that_an_article_answers_makes_no_draft(house: House, client: Client) -> None:
    await written(client, "approved")
    for n in range(6):
        contact_id = await house.receive("台灯不亮怎么办", f"v{n}", Channel.WEBCHAT)
        await house.answer(contact_id, "请换灯泡。")
        await close(house, contact_id)
    assert await draft_topics(house.store) == 0
