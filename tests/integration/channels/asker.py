"""Somebody who asks the routes of a hub."""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec

from hub.web import Role
from tests.scenarios.stage import Stage

PASSWORD = "four plain words here"


class Asker:
    """Somebody signed in at the hub."""

    def __init__(self, session: aiohttp.ClientSession, base: str, csrf: str) -> None:
        self._session, self._base, self._csrf = session, base, csrf

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Origin": self._base, "X-CSRF-Token": self._csrf}
        async with self._session.request(
            method, f"{self._base}{path}", json=body, headers=headers, allow_redirects=False
        ) as answer:
            text = await answer.text()
            whole = answer.content_type in ("application/json", "application/problem+json")
            return answer.status, msgspec.json.decode(text) if whole else text


async def sign_in(stage: Stage, session: aiohttp.ClientSession, role: Role) -> Asker:
    email = f"{role}@hub.test"
    await stage.hub.accounts.add_user(email=email, name="Ada", role=role, password=PASSWORD)
    body = {"email": email, "password": PASSWORD}
    async with session.post(f"{stage.hub.base_url}/api/v1/session", json=body) as answer:
        csrf = (await answer.json())["csrf_token"]
    return Asker(session, stage.hub.base_url, csrf)
