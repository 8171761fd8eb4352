"""A call in the firm's own phone system: it rings at the desk, is answered, is wrapped up."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import expect
from sqlalchemy import insert, update

from hub.accounts.tables import users
from hub.channels.cti.proof import sign
from hub.contacts.tables import entry_points
from hub.storage import Tx
from hub.testing.center import an_entry_point
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_looks import faults

KEY = "the key of the firm's PBX"


def furnish(tx: Tx, name: str) -> None:
    pbx = {"profile": "generic", "signing_keys": [KEY]}
    point = an_entry_point("house", "phone", "02155502000")
    tx.execute(insert(entry_points).values(**{**point, "settings": {"pbx": pbx}}))
    tx.execute(update(users).where(users.c.name == name).values(phone_address="801"))


async def tell(stage: Stage, event: str, **more: Any) -> None:
    facts = {"call_id": "a1", "event": event, "from": "13800138000", "to": "02155502000"}
    raw = json.dumps({**facts, "direction": "in", **more}).encode()
    headers = {"X-Hub-Signature": sign(KEY, raw, datetime.now(UTC))}
    url = f"{stage.hub.base_url}/channels/house/calls"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=raw, headers=headers) as a,
    ):
        assert a.status == 200


async def test_a_call_pops_up_is_answered_on_the_phone_and_wrapped_up(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.known("Chen Wei", "gold", phone="+8613800138000")
    page = await consoles.enter("Li")
    await stage.hub.store.write(furnish, "Li")
    await tell(stage, "ringing", extension="801")
    card = page.get_by_role("article", name="Your phone rings: Chen Wei")
    await expect(card).to_contain_text("extension 801")
    await expect(card.get_by_role("link", name="Open the customer")).to_be_visible()
    assert await faults(page) == []
    if folder := os.environ.get("PICTURES"):
        await page.screenshot(path=Path(folder) / "ringing.png")
    await tell(stage, "answered", extension="801")
    await page.wait_for_url("**/desk/*-*")
    await expect(card).to_have_count(0)
    bar = page.get_by_role("region", name="Call", exact=True)
    await expect(bar).to_contain_text("on your phone")
    await expect(bar.get_by_role("button", name="Hold")).to_have_count(0)
    assert await faults(page) == []
    if folder := os.environ.get("PICTURES"):
        await page.screenshot(path=Path(folder) / "talking.png")
    await tell(stage, "ended")
    await page.get_by_role("radio", name="Repair").check(force=True)
    await page.get_by_role("combobox", name="Outcome").select_option("solved")
    await page.get_by_role("button", name="Done").click()
    await page.wait_for_url("**/desk")

    async def closed() -> bool:
        [contact] = await stage.contacts()
        return (contact.state, contact.reason_id) == ("closed", "repair")

    await settled(closed)
