"""Sign-in by token: a token server of ours, Dovecot asking it whether a token is good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.settings import MailServer, OAuth, Secret
from hub.testing.mail import DovecotMissing, PrivateDovecot
from hub.vendors.mail.imap import ImapError, ImapSession
from hub.vendors.mail.oauth import AccessTokens, OAuthError
from tests.conftest import skip_missing


@dataclass
class Provider:
    """A token endpoint and its introspection. `good`: what Dovecot is told of tokens."""

    asked: list[dict[str, str]] = field(default_factory=list)
    refusal: str = ""
    good: bool = True
    expires_in: int = 3600

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append({key: str(value) for key, value in (await request.post()).items()})
        if self.refusal:
            return web.json_response({"error": self.refusal}, status=400)
        token = f"token-{len(self.asked)}"
        return web.json_response({"access_token": token, "expires_in": self.expires_in})

    async def introspect(self, request: web.Request) -> web.Response:
        if not self.good:
            return web.json_response({"error": "invalid_token"}, status=401)
        return web.json_response({"active": True, "user": "mailbox@shop.example"})


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def server(provider: Provider) -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_post("/token", provider.token)
    app.router.add_post("/introspect", provider.introspect)
    opened = TestServer(app)
    async with opened:
        yield opened


def settings(server: TestServer, **changes: object) -> OAuth:
    values: dict[str, object] = {
        "token_url": str(server.make_url("/token")),
        "client_id": "hub",
        "client_secret": Secret("its-secret"),
        "refresh_token": Secret("granted"),
    }
    return OAuth(**{**values, **changes})  # type: ignore[arg-type]  # a builder of mixed fields


async def test_a_token_is_fetched_once_and_kept(server: TestServer, provider: Provider) -> None:
    tokens = AccessTokens(settings(server))
    assert {await tokens.get() for _ in range(3)} == {"token-1"}
    assert provider.asked[0]["grant_type"] == "refresh_token"
    assert provider.asked[0]["refresh_token"] == "granted"


async def test_a_token_about_to_run_out_is_renewed(server: TestServer, provider: Provider) -> None:
    provider.expires_in = 60
    tokens = AccessTokens(settings(server))
    assert [await tokens.get(), await tokens.get()] == ["token-1", "token-2"]


async def test_without_a_grant_the_application_signs_in_itself(
    server: TestServer, provider: Provider
) -> None:
    await AccessTokens(settings(server, refresh_token=Secret(), scope="mail/.default")).get()
    assert provider.asked[0]["grant_type"] == "client_credentials"
    assert provider.asked[0]["scope"] == "mail/.default"


async def test_a_refusal_says_why_and_hides_the_secrets(
    server: TestServer, provider: Provider
) -> None:
    provider.refusal = "invalid_grant"
    tokens = AccessTokens(settings(server))
    with pytest.raises(OAuthError, match="invalid_grant") as refused:
        await tokens.get()
    assert "its-secret" not in f"{refused.value}{tokens!r}"


async def test_dovecot_lets_in_who_has_a_good_token(server: TestServer, provider: Provider) -> None:
    tokens = AccessTokens(settings(server))
    try:
        dovecot = PrivateDovecot(introspection_url=str(server.make_url("/introspect")))
    except DovecotMissing as missing:
        skip_missing(str(missing))
    await asyncio.to_thread(dovecot.__enter__)
    try:
        mailbox = MailServer(
            host="127.0.0.1", port=dovecot.port, tls="none", user="mailbox@shop.example"
        )
        async with ImapSession(mailbox, tokens) as session:
            await session.select("INBOX")
            assert await session.search("ALL") == []
        provider.good = False
        tokens.forget()
        with pytest.raises(ImapError, match="refused the sign-in"):
            async with ImapSession(mailbox, tokens, timeout_s=5):
                pass
    finally:
        await asyncio.to_thread(dovecot.__exit__, None, None, None)
