"""One contact of every channel in the real console, from the customer to the knowledge log.

Each step is looked at in the agent's page and at the customer: in the widget in a page of its own,
in the mailbox, on the caller's line, at the fax gateway.
"""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail
from tests.browser.webchat.test_widget import log, open_chat, window, write
from tests.scenarios.stage import Stage, settled
from tests.scenarios.way import ANSWER, QUESTION, an_article
from tests.unit.fax.samples import raw_fax

from .conftest import UNDO_SOON_S, Consoles
from .test_desk import GUARD_MS, finish

# What is seen of a change at once, when all before it was drawn.
FADED = """one => {
  getComputedStyle(one).opacity
  one.style.opacity = '0.5'
  const seen = getComputedStyle(one).opacity
  one.style.opacity = ''
  return seen
}"""


async def waiting_in_order(page: Page, names: list[str]) -> None:
    """The list of those who wait shows these customers, the most urgent first."""
    await page.get_by_role("button", name=re.compile("^Waiting")).click()
    rows = page.get_by_role("list", name="Waiting").get_by_role("listitem")
    await expect(rows).to_have_count(len(names))
    await expect(rows).to_contain_text(names)


async def accept_first(page: Page, name: str, *, told: str = "Gold") -> None:
    """Go ready, read the offer's card with tier, wait and reason, accept it by key."""
    await page.keyboard.press("b")
    card = page.locator("[data-offer]").first
    await expect(card).to_be_visible(timeout=15_000)
    await expect(card.get_by_role("heading")).to_contain_text(name)
    await expect(card).to_contain_text(re.compile(told, re.IGNORECASE))
    await expect(card).to_contain_text(re.compile(r"waited .+ of .+ promised", re.IGNORECASE))
    await card.get_by_text("Why me").click()
    await expect(card.locator("details p")).not_to_be_empty()
    await card.get_by_text("Why me").click()
    await page.wait_for_timeout(GUARD_MS)
    await page.keyboard.press("o")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/*-*")
    await page.keyboard.press("b")  # the next one stays in the queue
    await expect(page.locator("[data-offer]")).to_have_count(0)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)


async def answer_from_knowledge(page: Page, send: str) -> None:
    """Find the article, insert it, send it with `send`, and say that it answered."""
    article = await the_article(page)
    await article.get_by_role("button", name="Insert into the reply").click()
    reply = page.get_by_role("textbox", name="Reply")
    await expect(reply).to_be_focused()  # an editor takes the cursor with the next frame
    await page.keyboard.press(send)
    await expect(page.get_by_role("log")).to_contain_text(ANSWER)
    await this_answered_it(page)


async def the_article(page: Page) -> Locator:
    panel = page.get_by_role("complementary")
    await panel.get_by_role("searchbox", name="Search knowledge").fill("leaks")
    article = panel.get_by_role("listitem").filter(has_text=QUESTION)
    await expect(article).to_be_visible()
    return article


async def this_answered_it(page: Page) -> None:
    told = (await the_article(page)).get_by_role("button", name="This answered it")
    await told.click()
    await expect(told).to_have_attribute("aria-pressed", "true")


async def on_the_timeline(stage: Stage, page: Page, customer_id: str, said: list[str]) -> None:
    """The customer's page has it all in one stream, in order."""
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    timeline = page.get_by_role("region", name="Timeline")
    await expect(timeline.get_by_role("article").first).to_be_visible()
    await expect(
        timeline.get_by_role("article").filter(has_text=re.compile("|".join(said)))
    ).to_contain_text(said)


async def in_the_knowledge_log(stage: Stage, page: Page, article_id: str) -> None:
    await page.goto(f"{stage.hub.base_url}/knowledge/{article_id}")
    await expect(page.get_by_role("main").get_by_text("used once")).to_be_visible()


async def drafts_an_article(stage: Stage, page: Page, contact_id: str, question: str) -> None:
    """The closed contact becomes a draft article in one action."""
    await page.goto(f"{stage.hub.base_url}/desk/{contact_id}")
    await page.get_by_role("button", name="Draft an article from this").click()
    await page.get_by_role("button", name="Open", exact=True).click()
    await page.wait_for_url("**/knowledge/*-*")
    await expect(page.get_by_label("Question")).to_have_value(question)
    await expect(page.get_by_label("State", exact=True)).to_have_value("draft")


async def closed(stage: Stage, contact_id: str) -> None:
    [row] = [row for row in await stage.contacts() if row.id == contact_id]
    assert (row.state, row.ended_as) == ("closed", "handled")
    assert (row.reason_id, row.outcome_id) == ("repair", "solved")


def contact_of(page: Page) -> str:
    return page.url.rpartition("/")[2].partition("?")[0]


async def test_a_chat_from_the_widget_goes_its_whole_way(stage: Stage, consoles: Consoles) -> None:
    gold = await stage.known("Ms Chen", "gold", external="chen@example.test")
    await stage.known("Mr Low", "low", external="low@example.test")
    article = await an_article(stage)
    page = await consoles.enter("Li", ready=False)
    async with stage.chat() as other:
        await other.hello(identity=stage.signed("low@example.test"))
        await other.write("I was first.")
        widget = await consoles.page()
        await widget.goto(f"{stage.shop_url}?lang=en")
        await widget.evaluate("jwt => ContactHub.identify(jwt)", stage.signed("chen@example.test"))
        await open_chat(widget)
        await write(widget, "My washing machine leaks.")
        await stage.waited(2)
        await waiting_in_order(page, ["Ms Chen", "Mr Low"])
        await accept_first(page, "Ms Chen")
        contact_id = contact_of(page)
        await expect(page.get_by_role("log")).to_contain_text("My washing machine leaks.")
        await expect(window(widget).get_by_role("heading", name="Li")).to_be_visible()
        await answer_from_knowledge(page, "Enter")
        await expect(log(widget)).to_contain_text(ANSWER)
        await finish(page)
        await expect(window(widget).get_by_role("radio", name="Very good")).to_be_visible()
    await closed(stage, contact_id)
    await on_the_timeline(stage, page, gold, ["My washing machine leaks.", ANSWER])
    await in_the_knowledge_log(stage, page, article)
    await drafts_an_article(stage, page, contact_id, "My washing machine leaks.")


async def test_a_mail_goes_its_whole_way(stage: Stage, consoles: Consoles) -> None:
    gold = await stage.known("Ms Chen", "gold", email="chen@example.test")
    await stage.known("Mr Low", "low", email="low@example.test")
    article = await an_article(stage)
    consoles.undo_s = UNDO_SOON_S
    page = await consoles.enter("Li", ready=False)
    await stage.mail("I was first.", sender="low@example.test")
    sent = await stage.mail("It leaks since yesterday.", sender="chen@example.test")
    await stage.waited(2)
    await waiting_in_order(page, ["Ms Chen", "Mr Low"])
    await accept_first(page, "Ms Chen")
    contact_id = contact_of(page)
    await expect(page.get_by_role("log")).to_contain_text("It leaks since yesterday.")
    await answer_from_knowledge(page, "Control+Enter")

    async def arrived() -> bool:
        mails = [parse_mail(mail.raw) for mail in stage.mails.mails]
        return any(
            isinstance(mail, ParsedMail)
            and ANSWER in mail.text
            and mail.in_reply_to == (sent,)
            and mail.to[0].email == "chen@example.test"
            for mail in mails
        )

    await settled(arrived, 20.0)
    await expect(page.get_by_role("log").get_by_text("Sent", exact=True).last).to_be_visible()
    await finish(page)
    await closed(stage, contact_id)
    await on_the_timeline(stage, page, gold, ["It leaks since yesterday.", ANSWER])
    await in_the_knowledge_log(stage, page, article)
    await drafts_an_article(stage, page, contact_id, "Washing machine It leaks since yesterday.")


async def test_a_call_goes_its_whole_way(stage: Stage, consoles: Consoles) -> None:
    gold = await stage.known("Ms Chen", "gold", phone="+8613800138000")
    await stage.known("Mr Low", "low", phone="+8613900139000")
    article = await an_article(stage)
    page = await consoles.enter("Li", ready=False)
    other = await stage.call("+8613900139000")
    caller = await stage.call("+8613800138000")
    await stage.waited(2)
    await waiting_in_order(page, ["Ms Chen", "Mr Low"])
    await accept_first(page, "Ms Chen")
    contact_id = contact_of(page)
    bar = page.get_by_role("region", name="Call", exact=True)
    await expect(bar).to_contain_text("Talking")
    await caller.until("room")
    await this_answered_it(page)
    await bar.get_by_role("button", name="Hang up").click()
    await caller.until("ended")
    wrap_up = page.get_by_role("region", name="wrap-up")
    await expect(wrap_up).to_be_visible()
    await wrap_up.get_by_role("radio", name="Repair").check(force=True)
    await wrap_up.get_by_role("combobox", name="Outcome").select_option("solved")
    await wrap_up.get_by_role("button", name="Done").click()
    await page.wait_for_url(re.compile(r"/desk(\?.*)?$"))
    await closed(stage, contact_id)
    await on_the_timeline(stage, page, gold, ["Incoming call"])
    await in_the_knowledge_log(stage, page, article)
    await other.hang_up()


async def lies(picture: Locator, *, across: bool) -> None:
    """Wait until the picture is laid out across the room, or upright."""

    async def so() -> bool:
        box = await picture.bounding_box()
        return box is not None and (box["width"] > box["height"]) is across

    await settled(so)


async def look_at_pages(page: Page) -> None:
    """Read a fax of two pages by the keyboard, turned on its side; how it lay is known again."""
    await page.get_by_role("button", name="Open page 1").click()
    viewer = page.get_by_role("dialog")
    stage = viewer.get_by_role("group", name="Page 1")
    await expect(stage).to_be_focused()
    large = viewer.get_by_role("img", name="Page 1", exact=True)
    await lies(large, across=False)
    assert await large.evaluate(FADED) == "0.5"  # with less motion, nothing takes a frame
    await page.keyboard.press("r")
    await lies(large, across=True)
    await page.keyboard.press("p")
    whole_page = viewer.get_by_role("button", name="Whole page")
    await expect(whole_page).to_have_attribute("aria-pressed", "true")
    await lies(large, across=True)
    await page.keyboard.press("ArrowRight")
    await expect(viewer.get_by_role("button", name="Open page 2")).to_have_attribute(
        "aria-current", "page"
    )
    await expect(viewer.get_by_role("status")).to_have_text("2 / 2")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Open page 1").click()
    await expect(whole_page).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)


async def test_a_fax_goes_its_whole_way(stage: Stage, consoles: Consoles) -> None:
    gold = await stage.known("Acme Kitchens", "gold", fax="+862161234567")
    await stage.known("Mr Low", "low", fax="+862161239999")
    article = await an_article(stage)
    raw = raw_fax("hylafax_received")
    consoles.undo_s = UNDO_SOON_S
    page = await consoles.enter("Li", ready=False)
    await stage.fax(raw.replace(b"61234567", b"61239999").replace(b"<2026", b"<other.2026"))
    await stage.fax(raw)
    await stage.waited(2)
    await waiting_in_order(page, ["Acme Kitchens", "Mr Low"])
    await accept_first(page, "Acme Kitchens")
    contact_id = contact_of(page)
    await expect(page.get_by_role("log").locator("img").first).to_be_visible()
    await look_at_pages(page)
    await stage.fax(raw_fax("broken_document"))
    await expect(page.get_by_role("log")).to_contain_text("The pages cannot be shown here.")
    await answer_from_knowledge(page, "Control+Enter")
    [sunk] = await stage.mails.wait_for(1, timeout_s=20.0)
    assert sunk.recipients == ("862161234567@fax.example.test",)
    await stage.fax(raw_fax("hylafax_done"))
    await expect(page.get_by_role("log")).to_contain_text("2 pages delivered")
    await finish(page)
    await closed(stage, contact_id)
    await on_the_timeline(stage, page, gold, [ANSWER])
    await in_the_knowledge_log(stage, page, article)


async def test_gold_standard_and_low_come_in_the_wrong_order_and_leave_in_the_right_one(
    stage: Stage, consoles: Consoles
) -> None:
    """A low mail first, then a standard chat, then a gold call; gold's mail is the last of all."""
    await stage.known("Low Lu", "low", email="low@example.test")
    await stage.known("Standard Shi", "standard", external="standard@example.test")
    await stage.known("Gold Jin", "gold", email="gold@example.test", phone="+8613800138000")
    page = await consoles.enter("Li", ready=False)
    async with stage.chat() as chat:
        await stage.mail("Where is my order?", sender="low@example.test", subject="low mail")
        await chat.hello(identity=stage.signed("standard@example.test"))
        await chat.write("standard chat")
        await stage.call("+8613800138000")
        await stage.mail("It is urgent.", sender="gold@example.test", subject="gold mail")
        await stage.waited(4)
        order = ["Gold Jin", "Standard Shi", "Gold Jin", "Low Lu"]
        await waiting_in_order(page, order)
        taken = []
        for name in order:
            await accept_first(page, name, told="promised")
            channel = await page.evaluate(
                "id => fetch(`/api/v1/contacts/${id}`).then(r => r.json())"
                ".then(found => found.contact.channel)",
                contact_of(page),
            )
            taken.append(channel)
            await finish(page)
    assert taken == ["phone", "webchat", "email", "email"]
