"""A mailbox is connected on the page of its entry point: provider, check, use, change, away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.setup import ApplySetup, apply_setup
from hub.setup.model import EntryPointSetup
from hub.storage import Tx
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot
from tests.conftest import skip_missing
from tests.scenarios.stage import Stage, a_stage, settled
from tests.unit.mail.samples import raw_mail

from .conftest import Consoles
from .setup_stage import a_setup, open_setup, shown
from .test_looks import faults


def _apply(tx: Tx, _: None) -> None:
    points = [
        EntryPointSetup(
            key=row.id,
            channel=row.channel,
            address=row.address,
            queue=row.queue_id,
            name=row.display_name,
            settings=row.settings,
        )
        for row in tx.execute(select(entry_points))
    ]
    sales = EntryPointSetup(
        key="sales-mail", channel="email", address="sales@qq.com", queue="support", name="Sales"
    )
    apply_setup(tx, ApplySetup(a_setup([*points, sales])))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        await opened.hub.store.write(_apply, None)
        yield opened


@pytest.fixture
async def dovecot() -> AsyncIterator[PrivateDovecot]:
    try:
        opened = PrivateDovecot()
    except DovecotMissing as missing:
        skip_missing(str(missing))
    await asyncio.to_thread(opened.__enter__)
    yield opened
    await asyncio.to_thread(opened.__exit__, None, None, None)


async def fill(page: Page, host: str, port: int) -> None:
    server = page.get_by_role("group", name="Fetching (IMAP)")
    await server.get_by_label("Server").fill(host)
    await server.get_by_label("Port").fill(str(port))
    await server.get_by_label("Encryption").select_option("none")
    await page.get_by_role("group", name="Sending (SMTP)").get_by_label("Server").fill("")


async def test_a_mailbox_is_connected_checked_used_and_taken_away(
    stage: Stage, consoles: Consoles, dovecot: PrivateDovecot
) -> None:
    page = await open_setup(consoles, "points/sales-mail")
    await expect(
        page.get_by_text("No mailbox is connected: nothing is fetched").first
    ).to_be_visible()
    await shown(page, "mailbox-none")
    await page.get_by_role("button", name="Connect a mailbox").click()
    dialog = page.get_by_role("dialog", name="Connect a mailbox")
    await expect(dialog.get_by_label("Provider")).to_have_value("qq")  # by the address
    fetching = dialog.get_by_role("group", name="Fetching (IMAP)")
    await expect(fetching.get_by_label("Server")).to_have_value("imap.qq.com")
    await expect(dialog.get_by_label("User", exact=True)).to_have_value("sales@qq.com")
    assert await faults(page) == []
    await shown(page, "mailbox-dialog")

    await fill(page, "127.0.0.1", dovecot.port)
    await dialog.get_by_label("Password").fill("wrong")
    await dialog.get_by_label("Password").press("Enter")
    steps = dialog.get_by_role("list", name="Steps of the check")
    await expect(steps).to_contain_text("refused the sign-in")
    await expect(dialog.get_by_text("Not saved: a step failed")).to_be_visible()
    await shown(page, "mailbox-refused")

    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_label("Folder for filed mail").fill("Processed")
    await dialog.get_by_role("button", name="Check and save").click()
    await expect(page.get_by_text("The mailbox is connected and in use")).to_be_visible()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_text("Password: set on")).to_be_visible()
    await expect(page.get_by_text("In service.")).to_be_visible()
    await asyncio.to_thread(dovecot.put, "sales@qq.com", raw_mail("plain_english"))

    async def filed() -> bool:
        return any(one.entry_point_id == "sales-mail" for one in await stage.contacts())

    await settled(filed)
    await page.get_by_role("button", name="Check now").click()
    found = page.get_by_role("list", name="Steps of the check")
    await expect(found).to_contain_text("the folder “Processed” is there")
    assert await faults(page) == []
    await shown(page, "mailbox-connected")

    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(dialog.get_by_label("Password")).to_have_value("")
    await fetching.get_by_label("Server").fill("imap.other.example")
    await dialog.get_by_role("button", name="Check and save").click()
    await expect(
        dialog.get_by_text("what is kept goes to no other server or user").first
    ).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()

    await page.get_by_role("button", name="Disconnect").click()
    await page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_role("button", name="Connect a mailbox")).to_be_visible()
    await page.goto(f"{stage.hub.base_url}/setup/points/mail")
    await expect(page.get_by_text("Set in hub.toml (mail.mailboxes.0), which wins")).to_be_visible()
    await expect(page.get_by_role("button", name="Connect a mailbox")).to_have_count(0)
