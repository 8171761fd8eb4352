"""A saved mail shown to settings that do not hold yet, over a real hub."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import aiohttp

from hub.web import Role
from tests.scenarios.stage import Stage

from .asker import Asker, sign_in

FAXES = Path(__file__).parents[2] / "fixtures" / "fax"
PATH = "/api/v1/entry-points/samples/fax"


def a_try(name: str, **settings: object) -> dict[str, object]:
    raw = (FAXES / f"{name}.eml").read_bytes()
    return {"settings": settings, "mail": b64encode(raw).decode()}


async def read(admin: Asker, name: str, **settings: object) -> Any:
    status, found = await admin.ask("POST", PATH, a_try(name, **settings))
    assert status == 200, found
    return found


async def test_a_mail_of_a_gateway_says_what_would_be_read(admin: Asker) -> None:
    found = await read(admin, "hylafax_captured_received", time_zone="Asia/Shanghai", ocr=False)
    facts = found["facts"]
    assert found["kind"] == "received"
    assert (facts["gateway"], facts["caller"], facts["pages"]) == ("hylafax", "02161234567", "2")
    assert (facts["document"], facts["read_pages"]) == ("fax000000017.tif", "2")
    assert "text" not in facts
    assert (await read(admin, "hylafax_captured_done"))["kind"] == "delivered"
    failed = await read(admin, "hylafax_captured_failed")
    assert failed["kind"] == "failed"
    assert failed["facts"]["error"]
    assert (await read(admin, "hylafax_requeued"))["kind"] == "retrying"


async def test_what_is_no_fax_says_why(admin: Asker) -> None:
    assert (await read(admin, "advertising"))["kind"] == "not_a_fax"
    other = await read(admin, "hylafax_received", gateway_senders=["gw.other.example"])
    assert other["kind"] == "not_from_gateway"
    assert "@" in other["facts"]["sender"]
    broken = await read(admin, "broken_document")
    assert broken["facts"]["no_preview"]
    empty = await admin.ask("POST", PATH, {"settings": {}, "mail": ""})
    assert (empty[0], empty[1]["kind"]) == (200, "unreadable")


async def test_words_in_the_form_are_used_before_they_are_saved(admin: Asker) -> None:
    words = {"received": ["advert", "offer", "sale", "discount"], "caller": ["Call us"]}
    _, stored = await admin.ask("GET", "/api/v1/setup/document")
    raw = b"From: a@b.example\nSubject: Grand sale today\n\nCall us: 021-61234567\n"
    body = {"settings": {"words": words}, "mail": b64encode(raw).decode()}
    status, found = await admin.ask("POST", PATH, body)
    assert (status, found["kind"], found["facts"]["caller"]) == (200, "received", "02161234567")
    assert (await admin.ask("GET", "/api/v1/setup/document"))[1] == stored


async def test_wrong_settings_channels_and_people_are_refused(
    stage: Stage,
    admin: Asker,
) -> None:
    status, refused = await admin.ask("POST", PATH, a_try("hylafax_received", time_zone="Moon"))
    assert status == 422
    assert "time_zone" in str(refused)
    other = PATH.replace("/fax", "/webchat")
    assert (await admin.ask("POST", other, a_try("hylafax_received")))[0] == 404
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        agent = await sign_in(stage, session, Role.AGENT)
        assert (await agent.ask("POST", PATH, a_try("hylafax_received")))[0] == 403
