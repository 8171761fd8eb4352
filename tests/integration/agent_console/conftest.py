"""A whole hub with two teams, people of every role, and customers who write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar
from sqlalchemy import insert, update
from yarl import URL

from hub.accounts.model import SYSTEM
from hub.accounts.tables import teams
from hub.accounts.views import UserView
from hub.agent_console.client import HeadlessAgent
from hub.app import Hub
from hub.contacts.inbound import IdentityKind, Inbound, Receipt, SenderIdentity
from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.routing.tables import queue_teams
from hub.storage import Tx
from hub.testing.center import open_center
from hub.testing.hub import hub_settings, running_hub
from hub.web import Role
from tests.integration.accounts.conftest import PASSWORD, Browser


def two_teams(tx: Tx, _: None) -> None:
    """The small center with `support` served by `team` and `finance` by `south`."""
    open_center(tx)
    tx.execute(insert(teams).values(id="south", zh="南方", en="South", retired=False))
    tx.execute(
        update(queue_teams).where(queue_teams.c.queue_id == "finance").values(team_id="south")
    )


@dataclass
class Person:
    """A user with an API key, and with it whatever a program may do."""

    hub: Hub
    view: UserView
    key: str
    session: ClientSession

    async def ask(self, method: str, path: str, json: object = None) -> tuple[int, Any]:
        """Call a path under /api/v1; return status and decoded body."""
        address = f"{self.hub.base_url}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self.key}"}
        async with self.session.request(method, address, json=json, headers=headers) as answer:
            is_json = answer.content_type.endswith("json")
            return answer.status, await answer.json(content_type=None) if is_json else None

    def console(self) -> HeadlessAgent:
        return HeadlessAgent(self.hub.base_url, self.key)


@dataclass
class Place:
    hub: Hub
    sessions: list[ClientSession] = field(default_factory=list)

    def _session(self) -> ClientSession:
        self.sessions.append(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        return self.sessions[-1]

    async def hire(self, name: str, role: Role, *team_ids: str) -> Person:
        view = await self.hub.accounts.add_user(
            email=f"{name}@hub.test",
            name=name.title(),
            role=role,
            password=PASSWORD,
            team_ids=frozenset(team_ids),
        )
        key = await self.hub.accounts.add_api_key(SYSTEM, view.id, "test")
        return Person(self.hub, view, key.key, self._session())

    async def browser_of(self, person: Person) -> Browser:
        """Sign the person in as a browser does."""
        browser = Browser(self._session(), URL(self.hub.base_url))
        assert await browser.sign_in(person.view.email) == 200
        return browser

    async def write_in(
        self,
        text: str,
        point: str = "shop-chat",
        who: str = "visitor-1",
        quarantine_reason: str | None = None,
    ) -> Receipt:
        """A customer writes over the chat widget (or to a mail address, by the entry point)."""
        mail = point.endswith("mail")
        kind = IdentityKind.EMAIL if mail else IdentityKind.VISITOR
        return await self.hub.door.receive(
            Inbound(
                entry_point_id=point,
                channel=Channel.EMAIL if mail else Channel.WEBCHAT,
                dedupe_key=new_id(),
                senders=(SenderIdentity(kind, who, None, verified=True),),
                received_at=self.hub.clock.now(),
                text=text,
                acknowledge=False,
                continues_latest=not mail,
                quarantine_reason=quarantine_reason,
            )
        )

    def mail(self, text: str, conversation_id: str, sender: str = "chen@example.test") -> Inbound:
        """A mail that proves which conversation it goes on with."""
        return Inbound(
            entry_point_id="mail",
            channel=Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.EMAIL, sender, None, verified=True),),
            received_at=self.hub.clock.now(),
            text=text,
            acknowledge=False,
            conversation_id=conversation_id,
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with running_hub(hub_settings(tmp_path), two_teams) as hub:
        made = Place(hub)
        yield made
        for session in made.sessions:
            await session.close()
