"""How long what was said is kept, in the pages: saved, refused by place, and told what would go."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.contacts.tables import contacts, entry_points
from hub.customers.settings import QueueKeep, load_customer_settings
from hub.storage import Tx
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place

from .conftest import shown
from .test_api import put, queue_of

PREVIEW = "/setup/keeping/preview"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_days_of_all_and_of_a_queue_hold_as_they_are_saved(
    house: Place, admin: Person
) -> None:
    setup = deepcopy((await shown(admin))["setup"])
    assert setup["privacy"]["keep"]["deletes"] is False
    setup["privacy"]["keep"] |= {"deletes": True, "mails_days": 730}
    queue_of(setup, "sales")["keep"] |= {"mails_days": 3650}
    status, done = await put(admin, 1, setup)
    assert status == 200, done
    assert "privacy.keep.deletes: false → true" in done["changes"]["changed"]
    about = await house.hub.store.read(lambda tx, _: load_customer_settings(tx), None)
    assert (about.privacy.keep.deletes, about.privacy.keep.mails_days) == (True, 730)
    assert about.queue_keep == {"sales": QueueKeep(mails_days=3650)}

    wrong = deepcopy(setup)
    wrong["privacy"]["keep"] |= {"access_log_days": 179, "chats_days": -1, "faxes_days": ""}
    queue_of(wrong, "sales")["keep"]["texts_days"] = 36_501
    status, refused = await put(admin, 2, wrong)
    at = next(n for n, queue in enumerate(wrong["queues"]) if queue["key"] == "sales")
    assert (status, {one["path"] for one in refused["problems"]}) == (
        422,
        {
            "privacy.keep.access_log_days",
            "privacy.keep.chats_days",
            "privacy.keep.faxes_days",
            f"queues[{at}].keep.texts_days",
        },
    )
    assert (await shown(admin))["setup"] == setup


async def test_an_admin_is_told_what_would_go_before_anything_is_saved(
    house: Place, admin: Person
) -> None:
    keep = (await shown(admin))["setup"]["privacy"]["keep"]
    point, queue = await house.hub.store.read(_mail_point, None)
    for who in ("chen@example.test", "liu@example.test"):
        await house.write_in("Hello", point, who)
    await house.hub.store.write(_over, None)

    assert (await told(admin, keep))["mails"] == {"what": "mails", "n": 2, "more": False}
    assert (await told(admin, {**keep, "mails_days": 0}))["mails"]["n"] == 0
    longer = await told(admin, keep, {queue: {"mails_days": 36_500}})
    assert longer["mails"]["n"] == 0
    assert (await shown(admin))["version"]["id"] == 1
    for wrong in ({**keep, "access_log_days": 1}, {**keep, "letters_days": 1}):
        status, _ = await admin.ask("POST", PREVIEW, {"keep": wrong, "queues": {}})
        assert status == 422


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_nobody_else_is_told(house: Place, role: Role) -> None:
    other = await house.hire("other", role, "front")
    status, _ = await other.ask("POST", PREVIEW, {"keep": {}, "queues": {}})
    assert status == 403


async def told(
    admin: Person, keep: dict[str, Any], queues: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return by kind what would go by these days."""
    status, body = await admin.ask("POST", PREVIEW, {"keep": keep, "queues": queues or {}})
    assert status == 200, body
    assert (body["originals_bytes"], body["staying"]) == (0, [])
    return {one["what"]: one for one in body["going"]}


def _mail_point(tx: Tx, _: None) -> tuple[str, str]:
    row = tx.execute(select(entry_points).where(entry_points.c.channel == "email")).first()
    assert row is not None
    return row.id, row.queue_id


def _over(tx: Tx, _: None) -> None:
    tx.execute(update(contacts).values(state="closed", state_since=LONG_AGO))
