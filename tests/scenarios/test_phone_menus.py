"""A menu through the whole hub: nobody is offered who has not chosen; the choice decides where."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select, update

from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, entry_points, interactions
from hub.settings import Secret, Twilio
from hub.storage import Tx
from hub.testing.center import add_agent, open_center
from hub.testing.hub import hub_settings, running_hub
from hub.testing.twilio_simulator import TwilioSimulator

from .test_phone import CHEN, HOTLINE, House

MENU = {
    "choices": [
        {
            "press": "1",
            "label": {"zh-CN": "维修", "en": "repairs"},
            "queue": "support",
            "reason": "repair",
        },
        {
            "press": "2",
            "label": {"zh-CN": "时间", "en": "our hours"},
            "does": "text",
            "text": {"zh-CN": "九点开门。", "en": "We open at nine."},
        },
    ],
}


def open_with_menu(tx: Tx, _: None) -> None:
    """The hotline leads to finance; its menu to support, whose hours are open."""
    open_center(tx)
    tx.execute(
        update(entry_points)
        .where(entry_points.c.id == "hotline")
        .values(queue_id="finance", settings={"menu": MENU})
    )


def filed(tx: Tx, _: None) -> tuple[list[Any], int]:
    """Return what the timeline keeps of calls, and how many contacts there are."""
    metas = tx.execute(select(interactions.c.meta).order_by(interactions.c.id)).scalars().all()
    return list(metas), len(tx.execute(select(contacts.c.id)).all())


async def test_who_only_listens_is_no_contact_and_who_chooses_is_answered_there(
    tmp_path: Path, database_url: str
) -> None:
    async with TwilioSimulator(auth_token="a token", pace=50.0) as provider:
        account = Twilio(
            account_sid=provider.account_sid,
            auth_token=Secret(provider.auth_token),
            base_url=provider.base_url,
        )
        settings = msgspec.structs.replace(hub_settings(tmp_path, database_url), twilio=account)
        async with running_hub(settings, open_with_menu) as hub:
            provider.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
            house = House(hub, provider, await hub.store.write(add_agent, "Ann"))
            caller = await provider.call(CHEN, HOTLINE)
            await caller.hears("For English, press 2")
            await caller.press("2")
            await caller.hears("For repairs, press 1")
            await caller.press("2")
            await caller.hears("We open at nine")
            await caller.hang_up()
            with hub.bus.subscribe(["phone.steps"]) as hints:
                async with asyncio.timeout(30):
                    while not (found := await hub.store.read(filed, None))[0]:
                        await hints.next(0.2)
            assert (found[0][0]["menu"], found[1]) == ("left", 0)

            again = await provider.call(CHEN, HOTLINE)  # in the language they chose before
            await again.hears("For repairs, press 1")
            assert not any("For English" in one.text for one in again.heard)
            await again.press("1")
            await house.take_offer()
            contact = await house.until(ContactState.ACTIVE)
            assert (contact.queue_id, contact.reason_id) == ("support", "repair")
            assert contact.language == "en"
            assert provider.alerts == []
