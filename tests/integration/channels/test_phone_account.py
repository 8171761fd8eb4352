"""A phone account connected in the pages: calls come by it at once, its secrets stay inside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from hub.accounts.tables import audit_log
from hub.doctor.phone import check_phone
from hub.setup.tables import phone_accounts
from hub.storage import Tx
from hub.testing.twilio_simulator.state import Number
from hub.web import Role
from tests.browser.console.setup_stage import apply_whole
from tests.scenarios.stage import HOTLINE, Stage, a_stage, settled

from .asker import Asker, sign_in

ACCOUNT = "/api/v1/phone-account"
CHECK = f"{ACCOUNT}/check"
SECOND = "+862155501999"
OLD = "https://…@old.example/voice"  # without what another system signs in by


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Stage]:
    """A hub whose settings have no phone account."""
    async with a_stage(tmp_path, public=True, own_account=False) as opened:
        await opened.hub.store.write(apply_whole, None)
        opened.phones.exchange.numbers[HOTLINE] = Number(HOTLINE, OLD.replace("…", "user:geheim"))
        yield opened


@pytest.fixture
async def boss(bare: Stage) -> AsyncIterator[Asker]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield await sign_in(bare, session, Role.ADMIN)


def wish(stage: Stage, **secrets: str) -> dict[str, Any]:
    return {"account": {"account_sid": stage.phones.account_sid}, "secrets": secrets}


async def told(asker: Asker, body: object) -> list[str]:
    """Check an account; return which steps were told."""
    status, steps = await asker.ask("POST", CHECK, body)
    assert status == 200, steps
    return [json.loads(line)["code"] for line in steps.splitlines()]


async def trouble(asker: Asker, key: str) -> tuple[bool, list[str]]:
    _, states = await asker.ask("GET", "/api/v1/entry-points")
    state = next(one for one in states if one["key"] == key)
    return state["served"], state["trouble"]


async def test_calls_come_by_it_without_a_restart(bare: Stage, boss: Asker) -> None:
    phones = bare.phones
    assert (await boss.ask("GET", ACCOUNT))[1]["source"] == "none"
    _, forms = await boss.ask("GET", "/api/v1/entry-points/forms")
    assert {one["channel"] for one in forms["channels"] if one["account"]} == {"phone", "sms"}
    assert await trouble(boss, "hotline") == (True, ["no_account"])
    assert (await boss.ask("POST", CHECK, {}))[0] == 404
    assert await told(boss, wish(bare, auth_token="wrong")) == ["phone.refused"]

    right = wish(bare, auth_token=phones.auth_token)
    assert await told(boss, right) == [
        "phone.active",
        "phone.not_public",
        "phone.no_key",
        "phone.elsewhere",
    ]
    assert (await boss.ask("GET", ACCOUNT))[1]["source"] == "none", "a check changes nothing"
    status, view = await boss.ask("PUT", ACCOUNT, right)
    assert (status, view["source"], list(view["secrets_at"])) == (200, "page", ["auth_token"])
    assert await trouble(boss, "hotline") == (True, [])

    numbers = f"{ACCOUNT}/numbers"
    status, done = await boss.ask("POST", numbers, {"points": ["hotline"]})
    assert (status, [(one["before"], one["step"]["code"]) for one in done]) == (
        200,
        [(OLD, "phone.written")],
    )
    assert (await told(boss, {}))[-1] == "phone.here"
    seen = await doctor(bare)
    assert (seen[0], seen[-1]) == ("phone.active", "phone.here"), "the doctor looks at it, too"
    _, again = await boss.ask("POST", numbers, {"points": ["hotline"]})
    assert (again[0]["before"], again[0]["step"]["code"]) == ("", "phone.here")
    assert (await boss.ask("POST", numbers, {"points": ["hotline", "mail"]}))[0] == 404

    phones.exchange.numbers[HOTLINE] = replace(
        phones.exchange.numbers[HOTLINE], sms_url=OLD.replace("…", "user:geheim")
    )
    assert await add_texts(bare, boss) == [(OLD, "texts.written"), ("", "texts.here")]
    here = f"{bare.hub.base_url}/channels/texts/sms"
    texted = phones.exchange.numbers[HOTLINE]
    assert (texted.sms_url, texted.sms_fallback_url) == (here, here)
    assert {"phone.here", "texts.here"} <= set(await doctor(bare))
    await (await phones.call("+8613800138000", HOTLINE)).until("queue")
    await add_line(bare, boss)
    await (await phones.call("+8613800138001", SECOND)).until("queue")
    assert {one.entry_point_id for one in await bare.contacts()} == {"hotline", "second"}
    assert phones.alerts == []

    assert (await boss.ask("DELETE", ACCOUNT))[0] == 204
    assert (await boss.ask("DELETE", ACCOUNT))[0] == 404
    assert await trouble(boss, "hotline") == (True, ["no_account"])


async def doctor(stage: Stage) -> list[str]:
    """Look as `hub doctor` does; return what was told."""
    return await asyncio.to_thread(lambda: [one.code for one in check_phone(stage.hub.settings)])


async def add_texts(stage: Stage, boss: Asker) -> list[tuple[str, str]]:
    """Add an entry point for texts to the number of the line, and have them come here, twice."""
    _, stored = await boss.ask("GET", "/api/v1/setup/document")
    known = next(one for one in stored["setup"]["entry_points"] if one["key"] == "hotline")
    texts = {**known, "key": "texts", "channel": "sms", "settings": {}}
    stored["setup"]["target_s"]["sms"] = stored["setup"]["target_s"]["email"]
    stored["setup"]["entry_points"].append(texts)
    body = {"base": stored["version"]["id"], "setup": stored["setup"]}
    status, changed = await boss.ask("PUT", "/api/v1/setup/document", body)
    assert status == 200, changed
    assert "texts.elsewhere" in await doctor(stage)
    done = [
        (await boss.ask("POST", f"{ACCOUNT}/numbers", {"points": ["texts"]}))[1][0]
        for _ in range(2)
    ]
    return [(one["before"], one["step"]["code"]) for one in done]


async def add_line(stage: Stage, boss: Asker) -> None:
    """Add a phone entry point in the pages, and have its number lead here."""
    _, stored = await boss.ask("GET", "/api/v1/setup/document")
    known = next(one for one in stored["setup"]["entry_points"] if one["key"] == "hotline")
    stored["setup"]["entry_points"].append({**known, "key": "second", "address": SECOND})
    body = {"base": stored["version"]["id"], "setup": stored["setup"]}
    status, changed = await boss.ask("PUT", "/api/v1/setup/document", body)
    assert status == 200, changed
    stage.phones.exchange.numbers[SECOND] = Number(SECOND, "", application_sid="AP123")
    _, done = await boss.ask("POST", f"{ACCOUNT}/numbers", {"points": ["second"]})
    assert (done[0]["before"], done[0]["step"]["code"]) == ("AP123", "phone.written")
    assert stage.phones.exchange.numbers[SECOND].application_sid == ""

    async def served() -> bool:
        return await trouble(boss, "second") == (True, [])

    await settled(served)


async def test_its_secrets_are_in_no_answer_no_row_no_audit_line_and_serve_no_other_account(
    bare: Stage, boss: Asker
) -> None:
    assert (await boss.ask("PUT", ACCOUNT, wish(bare, auth_token="geheim-7291")))[0] == 200
    assert (await boss.ask("PUT", ACCOUNT, wish(bare)))[0] == 200, "what is not typed stays"
    for path in (ACCOUNT, "/api/v1/setup/document", "/api/v1/audit", "/api/v1/entry-points"):
        assert "geheim-7291" not in json.dumps((await boss.ask("GET", path))[1])

    def rows(tx: Tx, _: None) -> str:
        tables = (phone_accounts, audit_log)
        return " ".join(str(tuple(row)) for one in tables for row in tx.execute(select(one)))

    kept = await bare.hub.store.read(rows, None)
    assert "phone_account.connect" in kept
    assert "geheim-7291" not in kept
    other = {"account": {"account_sid": "AC" + "0" * 32}, "secrets": {}}
    status, refused = await boss.ask("PUT", ACCOUNT, other)
    assert (status, refused["code"], refused["problems"][0]["path"]) == (
        422,
        "phone_account.secret",
        "auth_token",
    )
    wrong = {"account": {"account_sid": "x", "api_key": "y"}, "secrets": {"auth_token": "t"}}
    status, refused = await boss.ask("POST", CHECK, wrong)
    assert [one["path"] for one in refused["problems"]] == ["account_sid", "api_key"]


async def test_one_of_the_file_wins_and_is_only_shown(stage: Stage, admin: Asker) -> None:
    _, view = await admin.ask("GET", ACCOUNT)
    assert (view["source"], view["account"]["account_sid"]) == ("file", stage.phones.account_sid)
    status, refused = await admin.ask("PUT", ACCOUNT, wish(stage, auth_token="t"))
    assert (status, refused["code"]) == (409, "phone_account.in_file")
    assert await told(admin, {}) == [
        "phone.active",
        "phone.not_public",
        "phone.no_key",
        "phone.here",
    ]
