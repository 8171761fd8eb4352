"""A session that ends while somebody types: they are asked to sign in, and nothing is lost."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.async_api import expect
from sqlalchemy import update

from hub.accounts.tables import sessions, users
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles, is_live
from .test_composer import a_mail_at_hand, field_of
from .test_drafts import saved


def expire_all(tx: Tx, _: None) -> None:
    """Every session is over from now on; nobody is told."""
    tx.execute(update(sessions).values(expires_at=tx.now - timedelta(seconds=1)))


async def test_what_was_typed_when_the_session_expired_is_there_after_signing_in(
    stage: Stage, consoles: Consoles
) -> None:
    page, _ = await a_mail_at_hand(stage, consoles)
    contact = page.url
    async with page.expect_response(saved("Dear Ms Chen")):
        await page.keyboard.type("Dear Ms Chen")
    await stage.hub.store.write(expire_all, None)
    async with page.expect_response(lambda answer: answer.status == 401):
        await page.keyboard.insert_text(", it is ready.")  # at once: then the page changes
    await page.wait_for_url(re.compile("/sign-in"))
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    def li(tx: Tx, _: None) -> str:
        found = tx.execute(users.select().where(users.c.name == "Li")).one()
        return str(found.id)

    token = await stage.hub.accounts.make_door(await stage.hub.store.read(li, None))
    await page.goto(f"{stage.hub.base_url}/enter#{token}")
    await page.wait_for_url(re.compile("/desk"))
    await is_live(page)
    await page.goto(contact)
    await expect(field_of(page)).to_contain_text("Dear Ms Chen, it is ready.")
