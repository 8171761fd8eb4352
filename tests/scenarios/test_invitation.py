"""Who is invited gets the link by mail, sets a password by it and is in: real HTTP, real SMTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.web import Role

from .stage import Stage, a_stage, settled

BOSS = {"email": "boss@example.com", "password": "four plain words here"}
NEW = {"email": "li@home.test", "name": "李娜", "role": "admin", "language": "zh-CN"}


@pytest.fixture
async def stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, database_url, public=True) as opened:
        yield opened


async def test_an_invitation_comes_by_mail_and_nothing_of_it_stays_behind(stage: Stage) -> None:
    await stage.hub.accounts.add_user(
        email=BOSS["email"], password=BOSS["password"], name="Wang Fang", role=Role.ADMIN
    )
    async with aiohttp.ClientSession(
        stage.hub.base_url,
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        headers={"Origin": stage.hub.base_url},
    ) as http:

        async def post(path: str, body: Any = None, **headers: str) -> Any:
            async with http.post(f"/api/v1/{path}", json=body, headers=headers) as answer:
                assert answer.ok, await answer.text()
                return await answer.json()

        csrf = {"X-CSRF-Token": (await post("session", BOSS))["csrf_token"]}
        user = await post("users", {**NEW, "team_ids": []}, **csrf)
        shown = await post(f"users/{user['id']}/password-link", **csrf)
        assert (shown["mailed_to"], shown["not_mailed"]) == ("li@home.test", None)

        [sunk] = await stage.mails.wait_for(1)
        mail = message_from_bytes(sunk.raw, policy=default)
        assert mail["To"] == "li@home.test"
        assert mail["Auto-Submitted"] is not None
        assert "Wang Fang邀请您加入" in mail["Subject"]
        part = mail.get_body(("plain",))
        assert part is not None
        link = re.search(r"https?://\S+", part.get_content())
        assert link is not None
        assert link[0] == shown["url"]
        token = link[0].partition("#")[2]

        async def out() -> bool:
            return await stage.hub.store.read(_states, None) == ["sent"]

        await settled(out)
        assert token not in str(await stage.hub.store.read(_effects, None))
        await post("password-link", {"token": token, "password": "quiet river under stones"})
        await post("session", {"email": "li@home.test", "password": "quiet river under stones"})


def _states(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(outbox.c.state)).scalars())


def _effects(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(outbox.c.effect)).scalars())
