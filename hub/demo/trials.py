"""The checklist "now yours": each way in tried once, end to end, as a customer would."""

from __future__ import annotations

from hub.core.ids import new_id
from hub.vendors.mail.templates import why_not_acknowledged

from .outside import Outside
from .visitors import Visitor


async def try_mailbox(outside: Outside, visitor: Visitor) -> str:
    """Send a mail and wait for its acknowledgement, then a second one that gets none.

    Return the acknowledgement's text, and why the second mail was not acknowledged.
    """
    address = f"test-{new_id()[-8:]}@mail.example"
    mark = await outside.send_test_mail(visitor.act, address)
    receipt = await outside.mailroom.receipt_for(address, mark, timeout_s=20)
    if receipt is None:
        raise TimeoutError("no acknowledgement came")
    second = await outside.send_test_mail(visitor.act, address, receipt.message_id)
    verdict = await outside.verdict(second)
    if verdict is None or verdict.reason is None:
        raise TimeoutError("the second mail was not filed, or acknowledged again")
    why = why_not_acknowledged(visitor.act.talk.language, verdict.reason)
    first = " ".join(receipt.text.split())
    if visitor.act.talk.language == "en":
        return f"{first} — Second mail: not acknowledged, because {why}."
    return f"{first} —— 第二封：未发送确认，因为{why}。"


async def try_widget(outside: Outside, visitor: Visitor) -> str:
    """Open the chat as the widget does; return where it answered, and that it is open."""
    page = outside.chat_page()
    try:
        await page.connect()
        welcome = await page.hello(language=visitor.act.talk.language)
    finally:
        await page.close()
    words = {True: ("chat is open", "聊天已开放"), False: ("outside business hours", "非营业时间")}
    english, chinese = words[welcome.standing.open_now]
    says = english if visitor.act.talk.language == "en" else chinese
    return f"{outside.addresses.chat_url} · {says}"


async def try_phone(outside: Outside, visitor: Visitor) -> str:
    """Call the hotline, hear the greeting, hang up; return what was heard."""
    caller = await outside.phones.call(visitor.act.person.phone, outside.addresses.hotline)
    try:
        caption = await caller.hears(r"\S", timeout_s=15)
    finally:
        if not caller.ended:
            await caller.hang_up()
    return caption.text
