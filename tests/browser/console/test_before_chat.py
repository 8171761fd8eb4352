"""From the search before a chat to the agent who takes it: the whole hub, widget and console."""

from __future__ import annotations

from playwright.async_api import expect

from hub.accounts.model import SYSTEM
from hub.knowledge.model import ArticleState, Audience
from hub.knowledge.service import ChangeArticle, WriteArticle, change_article, write_article
from hub.storage import Tx
from tests.browser.webchat.test_help import PICTURES, field, panel
from tests.browser.webchat.test_widget import composer
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_whole_way import accept_first

QUESTION = "When do I get my refund?"


async def test_the_agent_sees_what_was_searched_and_read(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(_publish, None)
    await stage.known("Ms Chen", "gold", external="chen@example.test")
    page = await consoles.enter("Li", ready=False)
    widget = await consoles.page()
    await widget.goto(f"{stage.shop_url}?lang=en")
    await widget.evaluate("jwt => ContactHub.identify(jwt)", stage.signed("chen@example.test"))
    await widget.locator("contact-hub-chat .launch").click()
    await field(widget).fill("money back")
    await panel(widget).get_by_role("button", name=QUESTION).click()
    await panel(widget).get_by_role("button", name="Talk to us").click()
    await composer(widget).fill("It has been two weeks.")
    await widget.keyboard.press("Enter")
    await stage.waited(1)
    await accept_first(page, "Ms Chen")
    message = page.get_by_role("log").get_by_role("article").first
    await expect(message).to_contain_text("It has been two weeks.")
    await expect(message).to_contain_text("Searched before the chat:money back")
    await expect(message).to_contain_text(f"Read in the help:{QUESTION}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / "before-chat-en.png")


def _publish(tx: Tx, _: None) -> None:
    answer = "Within three working days after the parcel is back."
    article_id = write_article(
        tx, WriteArticle(SYSTEM, "en", QUESTION, answer, audience=Audience.PUBLIC)
    )
    change_article(
        tx, ChangeArticle(SYSTEM, article_id, reviews=True, state=ArticleState.PUBLISHED)
    )
