"""A hub of accounts only: real routes, a real server on loopback, two databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from yarl import URL

from hub.accounts.accounts import Accounts
from hub.accounts.api import AccountRoutes
from hub.accounts.chain.api import ChainRoutes
from hub.accounts.link_letter import NotMailed
from hub.accounts.links_api import LinkRoutes
from hub.accounts.passwords import Passwords
from hub.accounts.teams import Team, put_teams
from hub.accounts.views import UserView
from hub.agent_console.leaving import LeavingRoutes
from hub.care import check_nothing_held
from hub.settings import Security
from hub.storage import Store
from hub.web import Role, WebMetrics, WebOptions, bind_routes, build_web_app
from hub.web.app import build_guard
from hub.web.health import HealthRoutes

PASSWORD = "four plain words here"
TEAMS = (Team("north", "北方", "North"), Team("south", "南方", "South"))


@dataclass
class Browser:
    """One person's browser: a cookie jar, the CSRF token, and the page's own origin."""

    session: ClientSession
    base: URL
    csrf: str = ""

    async def ask(
        self, method: str, path: str, json: object = None, **headers: str
    ) -> tuple[int, object]:
        """Send one request as the console would; return status and decoded body."""
        sent = {"Origin": str(self.base.origin()), "X-CSRF-Token": self.csrf}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        async with self.session.request(
            method, self.base.join(URL(path)), json=json, headers=sent
        ) as response:
            body = await response.read()
            decodes = body and response.content_type.endswith("json")
            return response.status, (await response.json(content_type=None)) if decodes else None

    async def sign_in(self, email: str, password: str = PASSWORD) -> int:
        status, body = await self.ask(
            "POST", "/api/v1/session", {"email": email, "password": password}
        )
        if isinstance(body, dict) and status == 200:
            self.csrf = body["csrf_token"]
        return status


@dataclass
class Office:
    """The server with its accounts, and how to open browsers on it."""

    accounts: Accounts
    store: Store
    server: TestServer
    sessions: list[ClientSession]

    def browser(self) -> Browser:
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.sessions.append(session)
        return Browser(session, self.server.make_url("/"))

    async def hire(self, email: str, role: Role, *team_ids: str) -> UserView:
        return await self.accounts.add_user(
            email=email,
            name=email.split("@")[0].title(),
            role=role,
            password=PASSWORD,
            team_ids=frozenset(team_ids),
        )

    async def browser_of(self, email: str, role: Role, *team_ids: str) -> Browser:
        """Hire somebody and sign them in."""
        await self.hire(email, role, *team_ids)
        browser = self.browser()
        assert await browser.sign_in(email) == 200
        return browser


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(memory_kib=256)  # cheap: what is tested is not argon2
    yield made
    made.close()


@pytest.fixture
async def office(store: Store, passwords: Passwords) -> AsyncIterator[Office]:
    rules = Security(login_attempts_per_account=3, login_attempts_per_address=6)
    accounts = Accounts(store, passwords, rules, doors=True)
    await store.write(put_teams, TEAMS)
    metrics = WebMetrics(CollectorRegistry())
    server = TestServer(web.Application())  # only to get a port before the options are made
    await server.start_server()
    port = server.port
    await server.close()
    options = WebOptions(public_base_url=f"http://127.0.0.1:{port}", version="0")
    app = build_web_app(
        options,
        bind_routes(
            AccountRoutes(store, accounts, lambda tx, user_id: None, check_nothing_held),
            ChainRoutes(store),
            LinkRoutes(
                store,
                accounts,
                options.public_base_url,
                lambda tx, user_id: None,
                lambda tx, mail: NotMailed.NO_MAILBOX,
            ),
            LeavingRoutes(store),
            HealthRoutes([], metrics),
        ),
        build_guard(options, accounts.authenticate),
        metrics,
    )
    server = TestServer(app, port=port)
    await server.start_server()
    office = Office(accounts, store, server, [])
    yield office
    for session in office.sessions:
        await session.close()
    await server.close()
