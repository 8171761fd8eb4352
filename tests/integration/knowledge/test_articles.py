"""Articles: written, reviewed, found in two languages, suggested, used, learned from contacts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.contacts.model import Channel
from hub.jobs.knowledge import ImportKnowledge, import_knowledge
from hub.storage import Store
from hub.testing.clock import ManualClock
from tests.integration.customers.house import Client, House, open_house, serve

FILTER: dict[str, Any] = {
    "language": "zh-CN",
    "question": "空气净化器的滤芯怎么更换？",
    "answer": "断电后打开后盖，取出旧滤芯，装上新滤芯。",
    "tags": ["净化器"],
}
REFUND: dict[str, Any] = {
    "language": "en",
    "question": "How do I get a refund?",
    "answer": "Within 30 days: send the goods back and we refund the price.",
    "tags": ["money"],
}


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def written(client: Client, state: str | None = "published", **body: Any) -> Any:
    status, made = await client.ask("POST", "/knowledge", body)
    assert status == 201, made
    if state is not None:
        path = f"/knowledge/{made['id']}"
        status, made = await client.ask("PATCH", path, {"state": state}, who="supervisor")
        assert status == 200, made
    return made


async def found(client: Client, query: str) -> list[str]:
    status, page = await client.ask("GET", f"/knowledge?{query}")
    assert status == 200, page
    return [row["question"] for row in page["items"]]


@pytest.mark.parametrize("typed", ["滤芯", "更换滤芯", "濾芯", "净化器", "怎么换空气净化器的滤芯"])
async def test_chinese_questions_find_the_article(client: Client, typed: str) -> None:
    await written(client, **FILTER)
    await written(client, **REFUND)
    assert await found(client, f"q={typed}") == [FILTER["question"]]


@pytest.mark.parametrize("typed", ["refund", "Refunds", "refunded goods", "refu", "price of goods"])
async def test_english_words_find_the_article(client: Client, typed: str) -> None:
    await written(client, **FILTER)
    await written(client, **REFUND)
    assert await found(client, f"q={typed}") == [REFUND["question"]]


async def test_the_best_answer_stands_first(client: Client) -> None:
    await written(client, **REFUND)
    other = {**REFUND, "question": "Where are you?", "answer": "Near the refund office."}
    await written(client, **other)
    assert (await found(client, "q=refund"))[0] == REFUND["question"]


async def test_drafts_and_retired_ones_are_not_offered(client: Client) -> None:
    draft = await written(client, state=None, **FILTER)
    assert await found(client, "q=滤芯") == []
    assert await found(client, "q=滤芯&state=draft") == [FILTER["question"]]
    path = f"/knowledge/{draft['id']}"
    await client.ask("PATCH", path, {"state": "published"}, who="supervisor")
    await client.ask("PATCH", path, {"state": "retired"}, who="supervisor")
    assert await found(client, "q=滤芯") == []


async def test_languages_and_tags_narrow_the_search(client: Client) -> None:
    await written(client, **FILTER)
    await written(client, **REFUND)
    assert await found(client, "lang=zh") == [FILTER["question"]]
    assert await found(client, "lang=en") == [REFUND["question"]]
    assert await found(client, "tag=money") == [REFUND["question"]]


async def test_without_words_the_newest_come_page_by_page(
    client: Client, clock: ManualClock
) -> None:
    for n in range(4):
        clock.advance(1)
        await written(client, **{**REFUND, "question": f"Question {n}"})
    _, first = await client.ask("GET", "/knowledge?limit=3")
    _, second = await client.ask("GET", f"/knowledge?limit=3&after={first['after']}")
    questions = [row["question"] for row in first["items"] + second["items"]]
    assert questions == [f"Question {n}" for n in (3, 2, 1, 0)]


async def test_agents_write_drafts_and_supervisors_publish(client: Client) -> None:
    draft = await written(client, state=None, **FILTER)
    path = f"/knowledge/{draft['id']}"
    assert (await client.ask("PATCH", path, {"answer": "better"}))[0] == 200
    assert (await client.ask("PATCH", path, {"state": "published"}))[0] == 403
    assert (await client.ask("PATCH", path, {"state": "approved"}, who="supervisor"))[0] == 200
    assert (await client.ask("PATCH", path, {"answer": "mine"}))[0] == 403


async def test_a_supervisor_publishes_while_writing_and_an_agent_cannot(client: Client) -> None:
    body = {**FILTER, "state": "published"}
    assert (await client.ask("POST", "/knowledge", body))[0] == 403
    assert await found(client, "q=滤芯&state=draft") == []
    assert (await client.ask("POST", "/knowledge", body, who="supervisor"))[0] == 201
    assert await found(client, "q=滤芯") == [FILTER["question"]]


async def test_a_stale_change_and_an_illegal_move_are_refused(client: Client) -> None:
    made = await written(client, **FILTER)
    path = f"/knowledge/{made['id']}"
    status, problem = await client.ask(
        "PATCH", path, {"answer": "x", "version": 1}, who="supervisor"
    )
    assert (status, problem["code"]) == (409, "article.stale")
    await client.ask("PATCH", path, {"state": "retired"}, who="supervisor")
    status, problem = await client.ask("PATCH", path, {"state": "published"}, who="supervisor")
    assert (status, problem["code"]) == (409, "article.illegal_move")


async def test_a_translation_is_marked_when_the_other_is_edited(client: Client) -> None:
    zh = await written(client, **FILTER)
    en = await written(
        client, language="en", question="How to change the filter?", answer="Open the lid.",
        translates=zh["id"],
    )  # fmt: skip
    assert en["translations"][0]["id"] == zh["id"]
    body = {"answer": "打开后盖，先断电。"}
    await client.ask("PATCH", f"/knowledge/{zh['id']}", body, who="supervisor")
    _, seen = await client.ask("GET", f"/knowledge/{en['id']}")
    assert seen["out_of_date"]
    await client.ask(
        "PATCH", f"/knowledge/{en['id']}", {"answer": "Power off first."}, who="supervisor"
    )
    _, seen = await client.ask("GET", f"/knowledge/{en['id']}")
    assert not seen["out_of_date"]
    again = {**REFUND, "translates": zh["id"]}
    assert (await client.ask("POST", "/knowledge", again))[1][
        "code"
    ] == "article.translation_exists"


async def test_every_text_it_had_is_kept(client: Client) -> None:
    made = await written(client, state=None, **FILTER)
    await client.ask("PATCH", f"/knowledge/{made['id']}", {"answer": "new"})
    _, versions = await client.ask("GET", f"/knowledge/{made['id']}/versions")
    assert [(v["version"], v["answer"]) for v in versions] == [(2, "new"), (1, FILTER["answer"])]


async def test_an_edit_is_found_by_its_new_words_only(client: Client) -> None:
    made = await written(client, **REFUND)
    path = f"/knowledge/{made['id']}"
    body = {"question": "How do I send a parcel?", "answer": "By post.", "tags": []}
    await client.ask("PATCH", path, body, who="supervisor")
    assert await found(client, "q=refund") == []
    assert await found(client, "q=parcels") == ["How do I send a parcel?"]


async def test_a_contact_gets_the_article_that_answers_it(house: House, client: Client) -> None:
    await written(client, **FILTER)
    await written(client, **REFUND)
    contact_id = await house.receive("你好，我家的空气净化器红灯亮了，是不是要换滤芯？怎么换？")
    _, offered = await client.ask("GET", f"/knowledge/suggestions?contact={contact_id}")
    assert [s["article"]["question"] for s in offered] == [FILTER["question"]]
    assert not offered[0]["used"]


async def test_what_resolved_such_contacts_before_is_suggested_again(
    house: House, client: Client
) -> None:
    """The customers' words are not in the article at all: only experience can tell."""
    article = await written(client, **FILTER)
    words = "机器一直响还亮红灯，味道很大"
    before = await house.receive(words, "before@example.test")
    path = f"/knowledge/{article['id']}/use"
    assert (await client.ask("POST", path, {"contact_id": before, "helpful": True}))[0] == 204
    contact_id = await house.receive("亮红灯了而且味道很大怎么办", "now@example.test")
    _, [first] = await client.ask("GET", f"/knowledge/suggestions?contact={contact_id}")
    assert (first["article"]["id"], first["cases"]) == (article["id"], 1)


async def test_what_did_not_help_is_not_learned(house: House, client: Client) -> None:
    article = await written(client, **FILTER)
    before = await house.receive("机器一直响还亮红灯，味道很大", "before@example.test")
    path = f"/knowledge/{article['id']}/use"
    await client.ask("POST", path, {"contact_id": before})
    await client.ask("POST", path, {"contact_id": before, "helpful": False})
    contact_id = await house.receive("亮红灯了而且味道很大怎么办", "now@example.test")
    _, offered = await client.ask("GET", f"/knowledge/suggestions?contact={contact_id}")
    assert offered == []
    _, seen = await client.ask("GET", f"/knowledge/{article['id']}")
    assert (seen["uses"], seen["helpful"], seen["not_helpful"]) == (1, 0, 1)


async def test_a_customer_who_writes_english_gets_the_translation(
    house: House, client: Client
) -> None:
    zh = await written(client, **FILTER)
    await written(
        client, language="en", question="Changing it", answer="Open the lid.", translates=zh["id"]
    )
    contact_id = await house.receive("空气净化器 滤芯 how?", language="en")
    _, [first] = await client.ask("GET", f"/knowledge/suggestions?contact={contact_id}")
    assert first["article"]["question"] == "Changing it"


async def test_nothing_that_fits_is_said_by_nothing(house: House, client: Client) -> None:
    await written(client, **FILTER)
    contact_id = await house.receive("Guten Tag")
    _, offered = await client.ask("GET", f"/knowledge/suggestions?contact={contact_id}")
    assert offered == []


async def test_a_resolved_contact_becomes_a_draft_in_one_action(
    house: House, client: Client
) -> None:
    contact_id = await house.receive("滤芯多久换一次？", "v1", Channel.WEBCHAT)
    await house.answer(contact_id, "半年换一次。")
    status, draft = await client.ask("POST", f"/contacts/{contact_id}/article")
    assert status == 201
    assert (draft["question"], draft["answer"]) == ("滤芯多久换一次？", "半年换一次。")
    assert (draft["state"], draft["language"]) == ("draft", "zh-CN")
    assert draft["source_contact_id"] == contact_id
    _, again = await client.ask("POST", f"/contacts/{contact_id}/article")
    assert again["id"] == draft["id"]


async def test_a_contact_without_an_answer_makes_no_draft(house: House, client: Client) -> None:
    contact_id = await house.receive("滤芯多久换一次？")
    status, problem = await client.ask("POST", f"/contacts/{contact_id}/article")
    assert (status, problem["code"]) == (422, "article.nothing_to_learn")


async def test_contacts_of_another_team_are_closed_to_knowledge_too(
    house: House, client: Client
) -> None:
    article = await written(client, **FILTER)
    contact_id = await house.receive("滤芯")
    for method, path, body in (
        ("GET", f"/knowledge/suggestions?contact={contact_id}", None),
        ("POST", f"/contacts/{contact_id}/article", None),
        ("POST", f"/knowledge/{article['id']}/use", {"contact_id": contact_id}),
    ):
        assert (await client.ask(method, path, body, who="outsider"))[0] == 404


@pytest.mark.parametrize("body", [{"question": ""}, {"answer": " "}, {"tags": ["x"] * 13}])
async def test_an_empty_article_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert (await client.ask("POST", "/knowledge", {**FILTER, **body}))[0] == 422


async def test_a_draft_with_all_the_words_hides_no_article(client: Client) -> None:
    await written(client, **REFUND)
    draft = {**REFUND, "question": "Refund the goods within the hour?", "answer": "No."}
    await written(client, None, **draft)
    assert await found(client, "q=refund hour&state=published") == [REFUND["question"]]


async def test_an_article_whose_words_a_file_changes_is_found_by_its_tags(
    store: Store, client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "shop.jsonl"

    async def quiet(_done: int, _total: int) -> None:
        return

    async def imported(body: str) -> None:
        line = {"article": {"key": "refund", "title": "Refunds", "body": body, "lang": "en"}}
        path.write_text(json.dumps(line))
        await import_knowledge(store, ImportKnowledge(str(path)), quiet)

    await imported("Within 30 days.")
    _, page = await client.ask("GET", "/knowledge?q=refunds")
    tags = {"tags": ["moneyback"]}
    await client.ask("PATCH", f"/knowledge/{page['items'][0]['id']}", tags, who="supervisor")
    await imported("Within 14 days.")
    assert await found(client, "q=moneyback") == ["Refunds"]
