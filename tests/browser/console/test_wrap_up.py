"""Wrap-up that lasts its full time, as its agent sees it."""

from __future__ import annotations

import msgspec
from playwright.async_api import expect

from hub.channels.webchat import protocol as chat
from hub.routing.settings import WrapMode, load_settings, save_settings
from hub.storage import Tx
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_desk import accept_by_keys

FULL_S = 12.0


def lasts_its_time(tx: Tx, _: None) -> None:
    settings = load_settings(tx)
    queue = msgspec.structs.replace(
        settings.queues["support"],
        wrap_up_s={"webchat": FULL_S},
        wrap_up_mode={"webchat": WrapMode.FULL},
    )
    queues = {**settings.queues, "support": queue}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


async def test_what_is_said_early_is_kept_and_the_time_runs_on(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(lasts_its_time, None)
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(page)
        [contact] = await stage.contacts()
        await customer.say(chat.End())
        pane = page.get_by_role("region", name="wrap-up")
        await pane.get_by_role("radio", name="Repair").check(force=True)
        await pane.get_by_role("combobox", name="Outcome").select_option("solved")
        await pane.get_by_role("button", name="Save").click()
        await page.wait_for_url("**/desk")
        await page.goto(page.url.replace("/desk", f"/desk/{contact.id}"))
        saved = pane.get_by_text("Saved. The contact closes when the time is over.")
        await expect(saved).to_be_visible()
        await expect(pane.get_by_role("combobox", name="Outcome")).to_have_value("solved")
        await expect(pane).to_be_hidden(timeout=30_000)

    async def closed() -> bool:
        [row] = await stage.contacts()
        return (row.state, row.ended_as, row.reason_id) == ("closed", "handled", "repair")

    await settled(closed)
