"""Sign-in by token: a token server of ours, Dovecot asking it whether a token is good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from hub.core.errors import Unavailable
from hub.settings import Mailbox, MailServer, OAuth, Secret
from hub.setup.mailboxes import Sealer, StoredGrants
from hub.setup.tables import mail_grants
from hub.storage import Store
from hub.testing.mail import DovecotMissing, PrivateDovecot
from hub.vendors.mail.check import Aim
from hub.vendors.mail.check.live import check_live
from hub.vendors.mail.imap import ImapError, ImapSession
from hub.vendors.mail.oauth import AccessTokens, OAuthError, TokenBook
from tests.conftest import skip_missing


@dataclass
class Provider:
    """A token endpoint and its introspection. `good`: what Dovecot is told of tokens."""

    asked: list[dict[str, str]] = field(default_factory=list)
    refusal: str = ""
    good: bool = True
    expires_in: object = 3600
    rotates: bool = False  # each refresh token is good once
    valid: str = "granted"

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append({key: str(value) for key, value in (await request.post()).items()})
        if self.refusal:
            return web.json_response({"error": self.refusal}, status=400)
        token = f"token-{len(self.asked)}"
        answer: dict[str, object] = {"access_token": token, "expires_in": self.expires_in}
        if self.rotates:
            if self.asked[-1].get("refresh_token") != self.valid:
                return web.json_response({"error": "invalid_grant"}, status=400)
            self.valid = answer["refresh_token"] = f"granted-{len(self.asked)}"
        return web.json_response(answer)

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


@pytest.mark.parametrize(("told", "asked"), [("3599", 1), (None, 1), ("soon", 1), (-5, 3), (0, 3)])
async def test_a_token_counts_from_when_it_came_whatever_the_provider_says_of_its_end(
    server: TestServer, provider: Provider, told: object, asked: int
) -> None:
    provider.expires_in = told
    tokens = AccessTokens(settings(server))
    for _ in range(3):
        await tokens.get()
    assert len(provider.asked) == asked


async def test_a_grant_that_was_taken_back_is_told_from_a_fault_that_passes(
    server: TestServer, provider: Provider
) -> None:
    tokens = AccessTokens(settings(server))
    for refusal, ended in (("invalid_grant", True), ("temporarily_unavailable", False)):
        provider.refusal = refusal
        with pytest.raises(OAuthError) as refused:
            await tokens.get()
        assert refused.value.ended is ended
    provider.refusal = ""
    assert await tokens.get() == "token-3"


async def test_a_new_refresh_token_is_stored_before_it_is_needed_and_found_by_the_next_process(
    server: TestServer, provider: Provider, store: Store, tmp_path: Path
) -> None:
    provider.rotates, provider.expires_in = True, 0
    sealer = Sealer(tmp_path / "key")
    box = Mailbox(entry_point="mail", oauth=settings(server))
    for _ in range(3):  # each as after a restart
        tokens = TokenBook(StoredGrants(store, sealer)).of(box)
        assert tokens is not None
        await tokens.get()
        await tokens.get()
    assert len(provider.asked) == 6
    kept = await store.read(
        lambda tx, _: tx.execute(select(mail_grants.c.sealed)).scalars().all(), None
    )
    assert len(kept) == 1
    assert "granted" not in kept[0]
    anew = Mailbox(entry_point="mail", oauth=settings(server, refresh_token=Secret("another")))
    provider.valid = "another"
    tokens = TokenBook(StoredGrants(store, sealer)).of(anew)
    assert tokens is not None
    await tokens.get()  # what was stored came of another one, and is not used
    assert provider.asked[-1]["refresh_token"] == "another"


async def test_who_signs_in_to_one_mailbox_shares_its_tokens(
    server: TestServer, provider: Provider
) -> None:
    provider.rotates = True
    book = TokenBook()
    box = Mailbox(entry_point="mail", oauth=settings(server))
    reader, sender = book.of(box), book.of(box)
    assert reader is sender
    assert book.of(Mailbox(entry_point="mail")) is None


async def test_a_store_that_refuses_does_not_stop_the_mail(
    server: TestServer, provider: Provider
) -> None:
    class Full:
        kept: list[str] = []  # noqa: RUF012 - of one test
        full = True

        async def find(self, entry_point: str, origin: str) -> str | None:
            return None

        async def keep(self, entry_point: str, origin: str, refresh_token: str) -> None:
            if self.full:
                raise Unavailable("The disk is full.")
            self.kept.append(refresh_token)

    provider.rotates, provider.expires_in = True, 0
    grants = Full()
    tokens = AccessTokens(settings(server), grants, "mail")
    assert [await tokens.get(), await tokens.get()] == ["token-1", "token-2"]
    grants.full = False
    await tokens.get()
    assert grants.kept == ["granted-2", "granted-3"]


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
        aim = Aim(Mailbox(entry_point="mail", imap=mailbox, oauth=settings(server)))
        steps = [one.code async for one in check_live(aim, tokens)]
        assert steps[-1] == "mail.reads"
        provider.good = False
        tokens.forget()
        steps = [one.code async for one in check_live(aim, tokens)]
        assert steps[-1] == "mail.refused_token"
        with pytest.raises(ImapError, match="refused the sign-in"):
            async with ImapSession(mailbox, tokens, timeout_s=30):
                pass
    finally:
        await asyncio.to_thread(dovecot.__exit__, None, None, None)
