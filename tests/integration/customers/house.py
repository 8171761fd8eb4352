"""A house for tests: the small center, its people, contacts with words, and a web server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, select

from hub import care
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.agent_console.callbacks import CallbackRoutes
from hub.agent_console.customer_history import CustomerHistoryRoutes
from hub.agent_console.customer_page import CustomerPageRoutes
from hub.agent_console.customer_stream import CustomerStreamRoutes
from hub.agent_console.erasure import ErasureRoutes
from hub.agent_console.holders import HolderRoutes
from hub.agent_console.legal_holds import LegalHoldRoutes
from hub.agent_console.people import PeopleRoutes
from hub.agent_console.readers import sees_more, visible_queues
from hub.agent_console.reads import ReadRoutes
from hub.agent_console.setup_view import SetupFacts
from hub.agent_console.start import StartRoutes
from hub.campaigns.api import CampaignRoutes
from hub.care.allocation import outside
from hub.care.value_run import load_tiers
from hub.contacts.commitments.api import CommitmentRoutes
from hub.contacts.complaints.api import ComplaintRoutes
from hub.contacts.home import region_of
from hub.contacts.inbound import Inbound
from hub.contacts.model import Channel
from hub.contacts.outreach.api import OutreachRoutes
from hub.contacts.research.api import ResearchRoutes
from hub.contacts.tables import contacts
from hub.core.errors import Unauthenticated
from hub.core.ids import new_id
from hub.customers.allocation.api import AllocationRoutes
from hub.customers.api import CustomerRoutes
from hub.customers.business.api import BusinessRoutes
from hub.customers.business.deliver import Delivery
from hub.customers.groups.api import GroupRoutes
from hub.customers.lifecycle.api import LifecycleRoutes
from hub.customers.matching.api import MatchingRoutes
from hub.customers.merging.api import MergingRoutes, MergingStory
from hub.customers.model import IdentityKind, SenderIdentity
from hub.customers.ownership.api import OwnershipRoutes
from hub.customers.plans.api import PlanRoutes
from hub.customers.reads import customers_of_identities
from hub.customers.rules.features import RECORD
from hub.customers.value.api import ValueRoutes
from hub.customers.value.moving import no_complaints
from hub.desk.commands import Reply
from hub.desk.messages import reply
from hub.intake import receive
from hub.intake.opt_out import opt_out
from hub.knowledge.api import KnowledgeRoutes
from hub.knowledge.care_api import KnowledgeCareRoutes
from hub.phone_lists.api import PhoneListRoutes
from hub.phone_lists.numbers_api import NumberRoutes
from hub.phone_lists.opening_api import OpeningRoutes
from hub.routing.intervals import Intervals
from hub.routing.recovery import recovery_aims
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.web import Principal, Role, Via, WebMetrics, WebOptions, bind_routes, build_web_app
from hub.web.app import build_guard
from hub.web.principal import Credentials
from hub.wiring.consent import FORGET
from hub.wiring.customers import FEATURES

KINDS = {
    Channel.EMAIL: ("mail", IdentityKind.EMAIL),
    Channel.WEBCHAT: ("shop-chat", IdentityKind.VISITOR),
    Channel.PHONE: ("hotline", IdentityKind.PHONE),
    Channel.FAX: ("fax", IdentityKind.FAX),
}


@dataclass
class House:
    """A store with the small center in force, one agent and one supervisor."""

    store: Store
    agent: Actor
    supervisor: Actor

    async def receive(
        self,
        text: str,
        sender: str = "ann@example.test",
        channel: Channel = Channel.EMAIL,
        *,
        subject: str | None = None,
        language: str = "zh-CN",
        entry_point: str = "",
        answers: str = "",
    ) -> str:
        """A customer writes, also to answer in a contact of before; return the contact's id."""
        marks = ((await self.contact(answers)).reference,) if answers else ()
        point, kind = KINDS[channel]
        receipt = await self.store.write(
            receive,
            Inbound(
                entry_point_id=entry_point or point,
                channel=channel,
                dedupe_key=new_id(),
                senders=(SenderIdentity(kind, sender),),
                received_at=await self.now(),
                text=text,
                subject=subject,
                language=language,
                subject_references=marks,
            ),
        )
        assert receipt.contact_id is not None
        return receipt.contact_id

    async def answer(self, contact_id: str, text: str) -> None:
        """The agent takes the contact and answers."""
        assert self.agent.id is not None
        await self.store.write(give_to_agent, (contact_id, self.agent.id))
        await self.store.write(
            reply,
            Reply(contact_id, self.agent.id, self.agent.name, new_id(), text, instant=True),
        )

    async def now(self) -> Any:
        return await self.store.read(lambda tx, _: tx.now, None)

    async def contact(self, contact_id: str) -> Any:
        return await self.store.read(
            lambda tx, key: tx.execute(select(contacts).where(contacts.c.id == key)).one(),
            contact_id,
        )

    async def customer_of(self, contact_id: str) -> str:
        identity_id = (await self.contact(contact_id)).identity_id
        found = await self.store.read(customers_of_identities, [identity_id])
        return str(found[identity_id].customer_id)


def _hire(tx: Tx, name: str) -> Actor:
    return Actor(add_agent(tx, name), name, "session")


def _hire_outsider(tx: Tx, name: str) -> Actor:
    """A user of no team."""
    user_id = new_id()
    tx.execute(
        insert(users).values(
            id=user_id,
            email=f"{name.lower()}@hub.test",
            name=name,
            role="agent",
            password_hash="",
            language="en",
            theme="light",
            settings={},
            created_at=tx.now,
            password_changed_at=tx.now,
        )
    )
    return Actor(user_id, name, "session")


async def open_house(store: Store) -> House:
    await store.write(open_center, None)
    agent = await store.write(_hire, "Li")
    supervisor = await store.write(_hire, "Sun")
    return House(store, agent, supervisor)


@dataclass
class Client:
    """Asks as one of: agent, supervisor, outsider (an agent of no team)."""

    session: ClientSession
    server: TestServer

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: str = "agent",
        language: str | None = None,
    ) -> tuple[int, Any]:
        async with self.session.request(
            method,
            self.server.make_url(f"/api/v1{path}"),
            json=body,
            headers={"Authorization": f"Bearer {who}"}
            | ({"Accept-Language": language} if language else {}),
        ) as response:
            raw = await response.read()
            return response.status, (await response.json(content_type=None)) if raw else None


def _zone(tx: Tx) -> str:
    return load_settings(tx).zone


@asynccontextmanager
async def serve(house: House, *more: object) -> AsyncIterator[Client]:
    """Serve the routes of customers, timeline, commitments and knowledge, and what a test adds."""
    outsider = await house.store.write(_hire_outsider, "Wu")
    people: dict[str, tuple[Actor, Role, Sequence[str]]] = {
        "agent": (house.agent, Role.AGENT, ["team"]),
        "supervisor": (house.supervisor, Role.SUPERVISOR, ["team"]),
        "outsider": (outsider, Role.AGENT, []),
    }

    async def authenticate(credentials: Credentials) -> Principal:
        found = people.get(credentials.api_key or "")
        if found is None:
            raise Unauthenticated("Sign in.")
        actor, role, teams = found
        return Principal(
            actor.id or "", actor.name, role, frozenset(teams), Via.API_KEY, "key", "zh-CN"
        )

    web_options = WebOptions(public_base_url="http://127.0.0.1", version="test")
    store = house.store
    routes = bind_routes(
        CustomerRoutes(
            store,
            region=region_of,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            default_tier=tier_of_new_customers,
            change_tier=care.change_tier,
            set_role=care.set_role,
            change_customer=care.change_customer,
            sees_more=sees_more,
            mask_numbers=True,
        ),
        MergingRoutes(
            store,
            MergingStory(
                merge=care.merge_customers,
                unmerge=care.unmerge_customer,
                split=care.split_customer,
                undo_split=care.undo_split,
            ),
            region=region_of,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            default_tier=tier_of_new_customers,
            sees_more=sees_more,
            mask_numbers=True,
        ),
        MatchingRoutes(
            store,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            sees_more=sees_more,
            mask_numbers=True,
        ),
        CustomerHistoryRoutes(store, mask_numbers=True),
        OwnershipRoutes(store, sees_more),
        CustomerPageRoutes(store, mask_numbers=True),
        CustomerStreamRoutes(store, mask_numbers=True),
        LifecycleRoutes(store, sees_more),
        GroupRoutes(store, FEATURES, sees_more),
        AllocationRoutes(store, outside, sees_more),
        PlanRoutes(store, sees_more),
        CampaignRoutes(store, sees_more),
        PhoneListRoutes(store, sees_more, visible_queues),
        NumberRoutes(store),
        OpeningRoutes(store, visible_queues),
        ValueRoutes(
            store,
            load_tiers=load_tiers,
            complaints=no_complaints,
            parts=(RECORD,),
            object_to_tier=care.object_to_tier,
            decide_objection=care.decide_objection,
            sees_more=sees_more,
        ),
        CommitmentRoutes(store, visible_queues, sees_more),
        PeopleRoutes(store),
        KnowledgeRoutes(store, visible_queues),
        KnowledgeCareRoutes(store, visible_queues),
        StartRoutes(store, {}),
        HolderRoutes(store),
        ReadRoutes(
            store,
            {},
            SetupFacts(organisation="Test", demo=False),
            lambda _contact_id: None,
            Intervals(),
            mask_numbers=True,
        ),
        CallbackRoutes(store, mask_numbers=True),
        BusinessRoutes(store, Delivery(store, _zone, tier_of_new_customers), sees_more),
        OutreachRoutes(store, sees_more, opt_out),
        ComplaintRoutes(store, visible_queues, sees_more),
        ErasureRoutes(store, DirectoryBlobs(Path(mkdtemp())), FORGET),
        LegalHoldRoutes(store),
        ResearchRoutes(
            store,
            Delivery(store, _zone, tier_of_new_customers),
            visible_queues,
            sees_more,
            recovery_aims,
        ),
        *more,
    )
    app = build_web_app(
        web_options,
        routes,
        build_guard(web_options, authenticate),
        WebMetrics(CollectorRegistry()),
        [],
    )
    server = TestServer(app)
    async with server, ClientSession() as session:
        yield Client(session, server)
