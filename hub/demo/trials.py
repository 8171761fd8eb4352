"""The checklist "now yours": each way in tried once, end to end, as a customer would."""

from __future__ import annotations

from hub.core.ids import new_id

from .outside import Outside
from .visitors import Visitor


async def try_mailbox(outside: Outside, visitor: Visitor) -> str:
    """Send a mail over SMTP and wait for its acknowledgement; return the acknowledgement's text."""
    address = f"test-{new_id()[-8:]}@mail.example"
    mark = await outside.send_test_mail(visitor.act, address)
    receipt = await outside.mailroom.receipt_for(address, mark, timeout_s=20)
    if receipt is None:
        raise TimeoutError("no acknowledgement came")
    return " ".join(receipt.text.split())


async def try_widget(outside: Outside, visitor: Visitor) -> str:
    """Open the chat as the widget does; return the hub's greeting state."""
    page = outside.chat_page()
    try:
        await page.connect()
        welcome = await page.hello(language=visitor.act.talk.language)
    finally:
        await page.close()
    return f"ws ✓ {outside.addresses.chat_url} · {welcome.standing.state}"


async def try_phone(outside: Outside, visitor: Visitor) -> str:
    """Call the hotline, hear the greeting, hang up; return what was heard."""
    caller = await outside.phones.call(visitor.act.person.phone, outside.addresses.hotline)
    try:
        caption = await caller.hears(r"\S", timeout_s=15)
    finally:
        if not caller.ended:
            await caller.hang_up()
    return caption.text
