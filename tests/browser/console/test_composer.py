"""Writing an answer: formatted mails, input methods, snippets, and what happens meanwhile."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import insert, select

from hub.contacts.later.model import UNDO_S
from hub.contacts.later.tables import scheduled_replies
from hub.contacts.tables import canned_responses
from hub.storage import Tx
from tests.scenarios.stage import Stage, settled

from .conftest import UNDO_SOON_S, Consoles
from .test_desk import COMPOSER, accept_by_keys, begin_reply
from .test_looks import faults


def add_canned(tx: Tx, _: None) -> None:
    tx.execute(
        insert(canned_responses).values(
            id="plug",
            language="en",
            title="Check the plug",
            text="Dear {{customer}},\n\nplease check the plug.\n{{agent}}",
            queues=[],
            retired=False,
        )
    )


def answer_of(stage: Stage) -> EmailMessage:
    return email.message_from_bytes(stage.mails.mails[-1].raw, policy=email.policy.default)


def parts_of(mail: EmailMessage) -> dict[str, str]:
    return {
        part.get_content_type(): part.get_content().replace("\r\n", "\n")
        for part in mail.walk()
        if not part.is_multipart()
    }


def field_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Reply")


async def a_mail_at_hand(
    stage: Stage, consoles: Consoles, language: str = "en", theme: str = "light"
) -> tuple[Page, str]:
    """An agent who has a mail open; returns the page and the mail's Message-ID."""
    page = await consoles.enter("Li", language=language, theme=theme)
    message_id = await stage.mail("It does not start.")
    await accept_by_keys(page)
    await expect(page.get_by_role("log")).to_contain_text("It does not start.")
    await expect(page.locator(".tiptap")).to_be_visible()
    await page.keyboard.press("r")
    await expect(page.locator(".tiptap")).to_be_focused()  # its name depends on the language
    return page, message_id


async def test_a_formatted_answer_arrives_as_text_and_html(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page, _ = await a_mail_at_hand(stage, consoles)
    composer = page.get_by_role("region", name=COMPOSER)
    await expect(composer.get_by_label("To", exact=True)).to_have_value("chen@example.test")
    await composer.get_by_role("button", name="Add cc", exact=True).click()
    await composer.get_by_label("Cc", exact=True).fill("tom@example.test")
    await composer.get_by_role("button", name="Add bcc").click()
    await composer.get_by_label("Bcc").fill("boss@example.test")
    await field_of(page).click()
    await page.keyboard.type("Please ")
    await page.keyboard.press("Control+b")
    await page.keyboard.type("check")
    await page.keyboard.press("Control+b")
    await page.keyboard.type(":")
    await page.keyboard.press("Enter")
    await composer.get_by_role("button", name="Bulleted list").click()
    await page.keyboard.type("the plug")
    await page.keyboard.press("Enter")
    await page.keyboard.type("the fuse")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.keyboard.type("how")
    await page.keyboard.press("Shift+Control+ArrowLeft")
    await composer.get_by_role("button", name="Link", exact=True).click()
    await page.keyboard.type("shop.example/plug")
    await page.keyboard.press("Enter")
    await expect(field_of(page).get_by_role("link", name="how")).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await expect(field_of(page)).to_have_text("")
    await stage.mails.wait_for(2, 20.0)  # the acknowledgement and the answer
    recipients = ("chen@example.test", "tom@example.test", "boss@example.test")
    assert stage.mails.mails[-1].recipients == recipients
    mail = answer_of(stage)
    assert (str(mail["To"]), str(mail["Cc"]), mail["Bcc"]) == (
        "chen@example.test",
        "tom@example.test",
        None,
    )
    assert mail.get_content_type() == "multipart/alternative"
    parts = parts_of(mail)
    assert parts["text/plain"].startswith(
        "Please check:\n\n- the plug\n- the fuse\n\nhow <https://shop.example/plug>\n\n"
    )
    assert "> It does not start." in parts["text/plain"]
    assert "<p>Please <strong>check</strong>:</p>" in parts["text/html"]
    assert "<ul><li><p>the plug</p></li>" in parts["text/html"]


def _waiting(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(scheduled_replies.c.id)).scalars())


async def until_waiting(stage: Stage, count: int) -> None:
    """The page shows what it asked for before the hub has answered."""

    async def as_many() -> bool:
        return len(await stage.hub.store.read(_waiting, None)) == count

    await settled(as_many)


async def test_an_answer_taken_back_is_as_it_was(stage: Stage, consoles: Consoles) -> None:
    consoles.undo_s = UNDO_S  # a page that is loaded again on a busy machine takes its seconds
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.press("Control+i")
    await page.keyboard.type("Not so fast")
    await page.keyboard.press("Control+Enter")
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(field_of(page).locator("em")).to_have_text("Not so fast")
    await expect(field_of(page)).to_be_focused()
    await page.reload()
    await expect(field_of(page).locator("em")).to_have_text("Not so fast")
    await field_of(page).click()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("Sending in")).to_be_visible()
    await until_waiting(stage, 1)  # the hub sends it, not this tab
    await page.reload()
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(field_of(page).locator("em")).to_have_text("Not so fast")
    await until_waiting(stage, 0)
    for reloads in (False, True):
        await send_and_close(page)
        await expect(page.get_by_text("Closes once your answer is out")).to_be_visible()
        if reloads:
            await page.reload()
            await page.get_by_role("img", name="Closes once its answer is out").click()
            await expect(page.get_by_text("then it closes")).to_be_visible()
        await page.get_by_role("button", name="Undo", exact=True).first.click()
        await expect(field_of(page).locator("em")).to_have_text("Not so fast")
        await expect(page.get_by_role("img", name="Closes once its answer is out")).to_have_count(0)
    assert [row.state for row in await stage.contacts()] == ["active"]
    assert "Not so fast" not in [row.text for row in await stage.said()]


async def send_and_close(page: Page) -> None:
    await page.get_by_role("button", name="More ways to send").click()
    await page.get_by_role("menuitem", name="Send and close").click()
    dialog = page.get_by_role("dialog", name="Finish the contact")
    await dialog.get_by_role("group").get_by_text("Repair").click()
    await dialog.get_by_label("Outcome").select_option(index=1)
    await dialog.get_by_role("button", name="Close contact").click()


async def test_a_formatted_draft_is_there_again_after_a_reload(
    stage: Stage, consoles: Consoles
) -> None:
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.press("Control+b")
    await page.keyboard.type("I am looking")
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await page.wait_for_timeout(400)
    await page.reload()
    await expect(field_of(page).locator("strong")).to_have_text("I am looking")


async def test_what_an_input_method_composes_is_never_sent(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_S  # so that its button is seen on a machine that stands still
    page, _ = await a_mail_at_hand(stage, consoles)
    await composed_keys_send_nothing(page)
    await expect(field_of(page)).to_have_text("你")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()


async def test_what_an_input_method_composes_is_no_chat_message(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("你好")
        await accept_by_keys(page)
        await begin_reply(page)
        await composed_keys_send_nothing(page)
        await expect(field_of(page)).to_have_value("你")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log").get_by_text("你", exact=True)).to_be_visible()


async def composed_keys_send_nothing(page: Page) -> None:
    """Compose 你 by a real input method session; its Enter and Ctrl+Enter send nothing."""
    session = await page.context.new_cdp_session(page)
    await session.send(
        "Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2}
    )
    for init in (
        "{key: 'Enter', isComposing: true}",
        "{key: 'Enter', ctrlKey: true, keyCode: 229}",
    ):
        await page.evaluate(
            f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            f" {{bubbles: true, cancelable: true, ...{init}}}))"
        )
    await session.send("Input.insertText", {"text": "你"})
    await page.wait_for_timeout(100)
    await expect(page.get_by_role("button", name="Undo", exact=True)).to_have_count(0)


async def test_a_message_that_came_meanwhile_is_shown_and_the_text_stays(
    stage: Stage, consoles: Consoles
) -> None:
    page, message_id = await a_mail_at_hand(stage, consoles)
    await page.keyboard.type("Please send it in")
    warning = page.locator("[data-newer]")
    await expect(warning).to_have_count(0)
    await stage.mail("It works again!", subject="Re: Washing machine", In_Reply_To=message_id)
    await expect(warning).to_contain_text("A newer message arrived")
    await expect(warning).to_contain_text("It works again!")
    await expect(field_of(page)).to_have_text("Please send it in")
    await page.reload()  # it is still unseen
    await expect(warning).to_contain_text("It works again!")
    await warning.get_by_role("button", name="Seen").click()
    await expect(warning).to_have_count(0)
    await expect(field_of(page)).to_have_text("Please send it in")


@pytest.mark.parametrize("slash", ["/", "、", "／"])
async def test_a_canned_response_is_put_into_a_mail_with_its_placeholders_filled(
    stage: Stage, consoles: Consoles, slash: str
) -> None:
    await stage.hub.store.write(add_canned, None)
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.insert_text(f"Hm {slash}plug")
    options = page.get_by_role("option")
    await expect(options).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(field_of(page).locator("p")).to_have_text(
        ["Hm Dear Chen Li,", "please check the plug.Li"]
    )
    await expect(options).to_have_count(0)


async def test_a_canned_response_is_put_into_a_chat(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(add_canned, None)
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(page)
        await begin_reply(page)
        await expect(field_of(page)).to_be_focused()
        await page.keyboard.insert_text("Hm 、plug")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(field_of(page)).to_have_value("Hm Dear Chen,\n\nplease check the plug.\nLi")


async def test_what_is_pasted_from_word_is_cleaned(stage: Stage, consoles: Consoles) -> None:
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.evaluate(
        """html => {
            const data = new DataTransfer()
            data.setData('text/html', html)
            data.setData('text/plain', 'Please plug')
            const file = new File(['x'], 'image.png', {type: 'image/png'})
            data.items.add(file)
            document.activeElement.dispatchEvent(
                new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))
        }""",
        "<style>p{color:red}</style>"
        "<p class=MsoNormal style='color:red'><b>Please</b><o:p></o:p></p>"
        "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>plug</p>"
        "<img src='https://track.example/p.gif'>",
    )
    field = field_of(page)
    await expect(field.locator("strong")).to_have_text("Please")
    await expect(field.locator("ul > li")).to_have_text("plug")
    inside = await field.inner_html()
    assert "style" not in inside
    assert "img" not in inside.replace("ProseMirror-separator", "")
    await expect(page.get_by_role("list", name="Files")).to_have_count(0)


async def test_who_wants_plain_text_writes_plain_text(stage: Stage, consoles: Consoles) -> None:
    consoles.undo_s = UNDO_SOON_S
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.type("Please wait")
    await page.get_by_role("button", name="Formatting", exact=True).click()
    await expect(field_of(page)).to_have_value("Please wait")
    await page.goto(f"{stage.hub.base_url}/settings")
    await expect(page.get_by_role("switch", name="Format mails")).not_to_be_checked()
    await page.go_back()
    await field_of(page).fill("It is *on its way*")
    await page.keyboard.press("Control+Enter")
    await stage.mails.wait_for(2, 20.0)
    parts = parts_of(answer_of(stage))
    assert parts["text/plain"].startswith("It is *on its way*\n")
    assert "text/html" not in parts


async def test_what_the_formatted_field_leaves_unformatted_goes_out_as_text(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.type("Please wait")
    await page.keyboard.press("Enter")
    await page.keyboard.type("Li")
    await page.keyboard.press("Control+Enter")
    await stage.mails.wait_for(2, 20.0)
    parts = parts_of(answer_of(stage))
    assert parts["text/plain"].startswith("Please wait\n\nLi\n")
    assert "text/html" not in parts


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh-CN", "dark")])
async def test_the_formatted_field_has_no_accessibility_fault(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    page, message_id = await a_mail_at_hand(stage, consoles, language=language, theme=theme)
    await page.keyboard.type("/")
    await expect(page.get_by_role("listbox")).to_be_attached()
    found = await faults(page)
    await page.keyboard.press("Escape")
    await page.locator("[data-format=link]").click()
    await stage.mail("One more thing", subject="Re: Washing machine", In_Reply_To=message_id)
    await expect(page.locator("[data-newer]")).to_be_visible()
    found += await faults(page)
    assert found == []
