"""An office for tests: two teams, an agent, a supervisor, technicians who are no agents, an API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, select, update

from hub import care
from hub.accounts.tables import team_members, teams, users
from hub.agent_console.people import PeopleRoutes
from hub.agent_console.readers import sees_more, visible_queues
from hub.contacts.commitments.api import CommitmentRoutes
from hub.contacts.commitments.api_work import CommitmentWorkRoutes
from hub.contacts.commitments.tables import commitment_entries, commitments
from hub.core.errors import Unauthenticated
from hub.core.ids import new_id
from hub.routing.tables import skills
from hub.storage import Store, Tx
from hub.testing.clock import NOON
from hub.web import Principal, Role, Via, WebMetrics, WebOptions, bind_routes, build_web_app
from hub.web.app import build_guard
from hub.web.principal import Credentials
from tests.integration.customers.house import House, open_house

DAY = timedelta(days=1)


@dataclass
class Office:
    """Asks as one of: agent, supervisor (of `team`), technician, helper (of `field`), chief (who
    steers `field`), admin, outsider.
    """

    house: House
    session: ClientSession
    server: TestServer
    people: dict[str, Principal] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.house.store

    def id(self, name: str) -> str:
        return self.people[name].user_id

    async def ask(
        self, method: str, path: str, body: object = None, who: str = "agent"
    ) -> tuple[int, Any]:
        async with self.session.request(
            method,
            self.server.make_url(f"/api/v1{path}"),
            json=body,
            headers={"Authorization": f"Bearer {who}"},
        ) as response:
            raw = await response.read()
            return response.status, (await response.json(content_type=None)) if raw else None

    async def done(self, method: str, path: str, body: object = None, who: str = "agent") -> Any:
        """Ask what must not be refused."""
        status, answer = await self.ask(method, path, body, who)
        assert status in (200, 201, 204), answer
        return answer

    async def promise(
        self, who: str = "agent", sender: str = "ann@example.test", **body: Any
    ) -> Any:
        """A customer writes, and somebody promises something in the contact."""
        contact_id = body.pop("contact_id", None) or await self.house.receive("hello", sender)
        given = {"kind": "other", "text": "look after it"} | body
        if not given.keys() & {"due_at", "due_in_s", "window_until"}:
            given["due_at"] = (NOON + DAY).isoformat()
        return await self.done("POST", f"/contacts/{contact_id}/commitments", given, who)

    async def listed(self, who: str, query: str = "") -> list[str]:
        page = await self.done("GET", f"/commitments{query}", who=who)
        return [row["id"] for row in page["items"]]

    async def fire(self) -> int:
        return await self.store.write(
            lambda tx, _: care.fire_due_commitments(tx, tx.now, 100), None
        )

    async def row(self, commitment_id: str) -> Any:
        def read(tx: Tx, _: None) -> Any:
            return tx.execute(select(commitments).where(commitments.c.id == commitment_id)).one()

        return await self.store.read(read, None)

    async def entries(self, commitment_id: str) -> list[tuple[str, str]]:
        """Return kind and text of what its record says."""

        def read(tx: Tx, _: None) -> list[tuple[str, str]]:
            rows = tx.execute(
                select(commitment_entries)
                .where(commitment_entries.c.commitment_id == commitment_id)
                .order_by(commitment_entries.c.seq)
            )
            return [(row.kind, row.text) for row in rows]

        return await self.store.read(read, None)

    async def set(self, commitment_id: str, **columns: Any) -> None:
        def change(tx: Tx, _: None) -> None:
            tx.execute(
                update(commitments).where(commitments.c.id == commitment_id).values(**columns)
            )

        await self.store.write(change, None)


def _user(tx: Tx, asked: tuple[str, Role, Sequence[str]]) -> str:
    name, role, team_ids = asked
    user_id = new_id()
    tx.execute(
        insert(users).values(
            id=user_id,
            email=f"{name}@hub.test",
            name=name.title(),
            role=role,
            password_hash="",
            language="en",
            theme="light",
            settings={},
            created_at=tx.now,
            password_changed_at=tx.now,
        )
    )
    for team_id in team_ids:
        tx.execute(insert(team_members).values(team_id=team_id, user_id=user_id))
    return user_id


def _set_up(tx: Tx, _: None) -> None:
    tx.execute(insert(teams).values(id="field", zh="外勤组", en="Field service", retired=False))
    tx.execute(insert(skills).values(id="boiler", zh="锅炉", en="Boilers", retired=False))


@asynccontextmanager
async def an_office(store: Store) -> AsyncIterator[Office]:
    house = await open_house(store)
    await store.write(_set_up, None)
    assert house.agent.id is not None
    assert house.supervisor.id is not None
    people = {
        "agent": _principal(house.agent.id, "Li", Role.AGENT, "team"),
        "supervisor": _principal(house.supervisor.id, "Sun", Role.SUPERVISOR, "team"),
    }
    hired: list[tuple[str, Role, tuple[str, ...]]] = [
        ("colleague", Role.AGENT, ("team",)),
        ("technician", Role.SPECIALIST, ("field",)),
        ("helper", Role.SPECIALIST, ("field",)),
        ("chief", Role.SUPERVISOR, ("field",)),
        ("admin", Role.ADMIN, ()),
        ("outsider", Role.AGENT, ()),
    ]
    for name, role, team_ids in hired:
        user_id = await store.write(_user, (name, role, team_ids))
        people[name] = _principal(user_id, name.title(), role, *team_ids)

    async def authenticate(credentials: Credentials) -> Principal:
        found = people.get(credentials.api_key or "")
        if found is None:
            raise Unauthenticated("Sign in.")
        return found

    options = WebOptions(public_base_url="http://127.0.0.1", version="test")
    routes = bind_routes(
        CommitmentRoutes(
            store, visible_queues, sees_more, hours=care.business_hours, zone=care.home_zone
        ),
        CommitmentWorkRoutes(store, visible_queues, sees_more, zone=care.home_zone),
        PeopleRoutes(store),
    )
    app = build_web_app(
        options, routes, build_guard(options, authenticate), WebMetrics(CollectorRegistry()), []
    )
    server = TestServer(app)
    async with server, ClientSession() as session:
        yield Office(house, session, server, people)


def _principal(user_id: str, name: str, role: Role, *team_ids: str) -> Principal:
    return Principal(user_id, name, role, frozenset(team_ids), Via.API_KEY, "key", "zh-CN")
