"""Canned responses, macros, tags and answers that go out later, by keyboard before a whole hub."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import insert, select

from hub.contacts.later.model import UNDO_S
from hub.contacts.later.tables import scheduled_replies
from hub.contacts.tables import contacts
from hub.contacts.tags.tables import tags
from hub.contacts.words.tables import responses
from hub.core.ids import new_id
from hub.desk.macros.tables import macros
from hub.storage import Tx
from tests.scenarios.stage import Stage, settled

from .conftest import UNDO_SOON_S, Consoles
from .test_composer import a_mail_at_hand, answer_of, field_of, parts_of
from .test_desk import accept_by_keys, begin_reply
from .test_looks import PHONE, faults

VISIT_EN = "Dear {customer.name}, we come on {?Date of visit} in the {?Time|morning|evening}."
VISIT = {
    "en": {
        "title": "Visit",
        "text": VISIT_EN,
        "html": f"<p>{VISIT_EN.replace('{customer.name}', '<strong>{customer.name}</strong>')}</p>",
    },
    "zh-CN": {"title": "上门确认", "text": "{customer.name}您好，{?上门日期}上门。", "html": None},
}
STEPS = [
    {"do": "reply", "texts": {"en": "Dear {customer.name}, it is arranged."}, "send": True},
    {"do": "tag", "add": ["refund"], "remove": []},
    {"do": "close", "reason_id": "repair", "outcome_id": "solved"},
]


def furnish(tx: Tx, _: None) -> None:
    """A response that asks, a macro, two tags."""
    changed = {"changed_at": tx.now, "changed_by": "Boss", "version": 1, "retired": False}
    tx.execute(
        insert(responses).values(
            id=new_id(), texts=VISIT, category="Visits", queues=[], teams=[], files=[],
            created_at=tx.now, **changed,
        )
    )  # fmt: skip
    named = {"zh": "安排好了", "en": "Arranged", "teams": [], "uses": 0}
    tx.execute(insert(macros).values(id=new_id(), steps=STEPS, **named, **changed))
    for position, (key, zh, en, colour) in enumerate(
        [("refund", "退款", "Refund", "amber"), ("vip", "贵宾", "Guest of honour", "violet")]
    ):
        tx.execute(
            insert(tags).values(id=key, zh=zh, en=en, colour=colour, position=position, version=1)
        )


def waiting(tx: Tx, _: None) -> list[str]:
    return [row.document for row in tx.execute(select(scheduled_replies))]


def written(tx: Tx, _: None) -> dict[str, dict[str, str]]:
    """The words of each response by their title."""
    found = tx.execute(select(responses.c.texts)).scalars()
    return {one["title"]: one for texts in found for one in texts.values()}


def states(tx: Tx, _: None) -> list[tuple[str, object]]:
    return [(row.state, row.tags) for row in tx.execute(select(contacts))]


async def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody looks at them (HUB_SHOTS)."""
    if folder := os.environ.get("HUB_SHOTS"):
        await page.wait_for_timeout(250)
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_a_response_asks_once_and_is_put_in_by_keyboard(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(furnish, None)
    consoles.undo_s = UNDO_SOON_S
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.insert_text("Hello. /smq")  # the other language's title, in pinyin
    await expect(page.get_by_role("option")).to_have_count(1)
    await shot(page, "snippets-en")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Visit")
    await expect(dialog.get_by_label("Date of visit")).to_be_focused()
    await page.keyboard.type("Monday")
    assert await faults(page) == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect(dialog).to_contain_text("on Monday in the morning.")
    await shot(page, "fill-en")
    await page.keyboard.press("Control+Enter")
    await expect(field_of(page)).to_be_focused()
    said = "Hello. Dear Chen Li, we come on Monday in the morning."
    await expect(field_of(page)).to_have_text(said)
    before = len(stage.mails.mails)
    await page.keyboard.press("Control+Enter")
    await settled(lambda: _is_more(stage, before))
    parts = parts_of(answer_of(stage))
    assert parts["text/plain"].startswith(said)
    assert "Hello. Dear <strong>Chen Li</strong>, we come on Monday" in parts["text/html"]


async def _is_more(stage: Stage, before: int) -> bool:
    return len(stage.mails.mails) > before


async def test_a_macro_says_what_it_will_do_and_its_reply_is_taken_back(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(furnish, None)
    consoles.undo_s = UNDO_S  # its button is pressed in time on a busy machine, too
    page, _ = await a_mail_at_hand(stage, consoles)
    before = len(stage.mails.mails)
    await page.keyboard.insert_text("/arr")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Arranged")
    await expect(dialog.get_by_role("listitem")).to_have_count(3)
    await expect(dialog).to_contain_text("Dear Chen Li, it is arranged.")
    await expect(dialog.get_by_role("button", name="Run")).to_be_focused()
    assert await faults(page) == []
    await shot(page, "macro-en")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Arranged: reply, tags, close")).to_be_visible()
    await page.get_by_role("button", name="Take the reply back").click()
    await expect(page.get_by_text("The reply was taken back")).to_be_visible()
    assert await stage.hub.store.read(waiting, None) == []
    # The closing waited for the reply, and was taken back with it; the tag stays.
    assert await stage.hub.store.read(states, None) == [("active", ["refund"])]
    assert len(stage.mails.mails) == before


async def test_a_macro_is_run_from_the_command_bar(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(furnish, None)
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("Arran")
    await expect(page.get_by_role("option", name="Arranged")).to_be_visible()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Arranged")
    await expect(dialog.get_by_role("button", name="Run")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(field_of(page)).to_be_focused()


async def test_tags_are_put_on_by_keyboard_and_seen_everywhere(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(furnish, None)
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.get_by_role("log").focus()
    await page.keyboard.press("l")
    dialog = page.get_by_role("dialog", name="Tags")
    await expect(dialog.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("refu")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("option", checked=True)).to_have_count(1)
    assert await faults(page) == []
    await page.keyboard.press("Escape")
    await expect(page.locator("header").get_by_text("Refund")).to_be_visible()
    await expect(page.locator("[data-contact]").get_by_text("Refund")).to_be_visible()
    await expect(page.get_by_role("log")).to_contain_text("Tags by Li: +Refund")
    await shot(page, "tags-en")


async def test_an_answer_waits_for_its_time_and_is_held_by_the_customer(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(furnish, None)
    page, message_id = await a_mail_at_hand(stage, consoles)
    before = len(stage.mails.mails)
    await page.keyboard.type("We call you.")
    await page.get_by_role("button", name="More ways to send").click()
    await page.get_by_role("menuitem", name="Send later…").click()
    dialog = page.get_by_role("dialog", name="Send later")
    await expect(dialog.get_by_label("Tomorrow morning")).to_be_focused()
    assert await faults(page) == []
    await shot(page, "later-en")
    await page.keyboard.press("Control+Enter")
    log = page.get_by_role("log")
    await expect(log).to_contain_text("Goes out")
    await expect(log).to_contain_text("We call you.")
    await expect(field_of(page)).to_have_text("")
    await expect(
        page.locator("[data-contact]").get_by_role("img", name="An answer goes out later")
    ).to_be_visible()
    assert await faults(page) == []
    await shot(page, "scheduled-en")
    await page.reload()
    await expect(log).to_contain_text("Goes out")
    await stage.mail("It works again.", in_reply_to=message_id)
    await expect(log.get_by_role("alert")).to_contain_text("The customer has written since")
    await shot(page, "held-en")
    await log.get_by_role("button", name="Edit").click()
    await expect(log).not_to_contain_text("We call you.")
    await expect(page.locator(".tiptap")).to_have_text("We call you.")
    assert await stage.hub.store.read(waiting, None) == []
    assert len(stage.mails.mails) == before


async def test_a_chat_is_answered_later_and_sent_now(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(page)
        await begin_reply(page)
        await page.keyboard.type("Tomorrow.")
        await page.get_by_role("button", name="More ways to send").click()
        await page.get_by_role("menuitem", name="Send later…").click()
        await page.get_by_role("button", name="Schedule").click()
        log = page.get_by_role("log")
        await log.get_by_role("button", name="Send now").click()
        await expect(log.get_by_role("button", name="Send now")).to_have_count(0)
        await expect(log.get_by_role("article").last).to_contain_text("Tomorrow.")


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh-CN", "dark")])
async def test_words_are_written_in_their_pages(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    await stage.hub.store.write(furnish, None)
    page = await consoles.enter("Boss", role="admin", language=language, theme=theme)
    zh = language == "zh-CN"
    await page.goto(f"{stage.hub.base_url}/words")
    await expect(page.get_by_text("上门确认" if zh else "Visit", exact=True)).to_be_visible()
    found = await faults(page)
    await page.get_by_role("button", name="新建快捷回复" if zh else "New response").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("标题" if zh else "Title").fill("Greeting")
    await dialog.get_by_label("正文" if zh else "Text", exact=True).fill("Dear {custmer}")
    await expect(dialog.get_by_role("alert")).to_contain_text("{custmer}")
    await dialog.get_by_label("正文" if zh else "Text", exact=True).fill("Dear ")
    await dialog.get_by_role("button", name="客户姓名" if zh else "Customer", exact=True).click()
    await expect(dialog).to_contain_text("Dear 陈晓梅" if zh else "Dear Chen Xiaomei")
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Control+b")
    shown = dialog.get_by_role("group", name="预览" if zh else "Preview").locator("strong")
    await expect(shown).to_have_text("Dear 陈晓梅" if zh else "Dear Chen Xiaomei")
    await page.keyboard.press("End")
    await dialog.get_by_role("button", name="链接" if zh else "Link", exact=True).click()
    await page.keyboard.type("shop.example")
    await page.keyboard.press("Enter")  # the address, not the response, is what it sets
    await expect(dialog.get_by_role("link", name="https://shop.example")).to_have_count(2)
    found += await faults(page)
    await shot(page, f"response-{language}-{theme}")
    await dialog.get_by_role("button", name="保存" if zh else "Save", exact=True).click()
    await expect(page.get_by_text("Greeting", exact=True)).to_be_visible()
    await shot(page, f"responses-{language}-{theme}")
    kept = (await stage.hub.store.read(written, None))["Greeting"]
    assert kept["text"] == "Dear {customer.name}https://shop.example"
    assert kept["html"].startswith("<p><strong>Dear {customer.name}</strong><a ")
    await page.goto(f"{stage.hub.base_url}/words/macros")
    await page.get_by_text("安排好了" if zh else "Arranged", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(3)
    found += await faults(page)
    await shot(page, f"macro-{language}-{theme}")
    await page.keyboard.press("Escape")
    await page.goto(f"{stage.hub.base_url}/words/tags")
    await page.get_by_label("英文名称" if zh else "English name").first.fill("Recall")
    await page.get_by_role("button", name="添加" if zh else "Add", exact=True).click()
    await expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(3)
    found += await faults(page)
    await shot(page, f"tags-{language}-{theme}")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    for part in ("responses", "macros", "tags"):
        await page.goto(f"{stage.hub.base_url}/words/{part}")
        await expect(page.get_by_role("main")).to_contain_text(
            {"responses": "Greeting", "macros": "→", "tags": "R"}[part]
        )
        await shot(page, f"{part}-{language}-{theme}-phone")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), part
    assert found == []
