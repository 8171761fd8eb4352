"""One scene for the tests of routing.md section 3: a center, its agents, and one look of the router
at what waits."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import insert, select

from hub.contacts import service as contacts_service
from hub.contacts.inbound import (
    CallEvent,
    CallMoment,
    IdentityKind,
    Inbound,
    Receipt,
    SenderIdentity,
)
from hub.contacts.model import Channel
from hub.core.bus import Bus
from hub.desk.commands import Reply
from hub.desk.handling import Handle
from hub.desk.messages import reply
from hub.desk.steering import By, MoveWaiting, move_waiting
from hub.intake import receive
from hub.intake.report import report
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.record import Why
from hub.routing.router import Router
from hub.routing.settings import load_settings, save_settings
from hub.routing.tables import offers, skills
from hub.storage import Tx

from .test_offers import Floor
from .test_router import offered

Pairs = list[tuple[str, str]]


class Scene(Floor):
    """A floor whose every step is one of the hub's own transactions."""

    async def look(self) -> Router:
        """The router reads the store and offers what can be offered now."""
        router = Router(self.store, Bus(), self.clock)
        await router.rebuild()
        return router

    async def matched(self) -> Pairs:
        """One look of the router; return the (contact, agent) of all offers that are out."""
        await self.look()
        return await self.offered()

    async def offered(self) -> Pairs:
        return await offered(self)

    async def offer_of(self, contact: str) -> Any:
        """The newest offer of a contact."""
        found = select(offers).where(offers.c.contact_id == contact).order_by(offers.c.id.desc())
        return await self.store.read(lambda tx, _: tx.execute(found.limit(1)).one(), None)

    async def why(self, contact: str) -> Why:
        return msgspec.convert((await self.offer_of(contact)).why, Why)

    async def accept(self, contact: str) -> str:
        """Whom it is offered to takes it, on the phone with joined audio; return the agent."""
        offer = await self.offer_of(contact)
        accepted = await self.store.write(
            routing.accept_offers, routing.AcceptOffer(offer.id, offer.agent_id)
        )
        if accepted.connects:
            await self.on_the_line(contact, CallMoment.AGENT_JOINED)
        agent: str = offer.agent_id
        return agent

    async def in_hand(self, agent: str, channel: Channel = Channel.WEBCHAT) -> str:
        """A new contact, offered to this agent and accepted."""
        contact = await self.contact(channel)
        await self.made(contact, agent, channel)
        await self.accept(contact)
        return contact

    async def on_the_line(self, contact: str, moment: CallMoment) -> None:
        self._count += 1
        news = CallEvent(f"e{self._count}", "hotline", contact, moment, self.clock.now())
        await self.store.write(report, news)

    async def ready(self, agent: str) -> None:
        """The agent's one key."""
        ready = routing.SetAgentState(agent, AgentState.READY)
        await self.store.write(routing.set_agent_state, ready)

    async def pass_time(self, seconds: float, *present: str) -> None:
        """Let time pass; the consoles of `present` are open all the while."""
        self.clock.advance(seconds)
        for agent in present:
            await self.store.write(routing.renew_presence, agent)

    async def answered(self, contact: str, agent: str) -> None:
        self._count += 1
        answer = Reply(contact, agent, "Li", f"a{self._count}", "Yes.", instant=False)
        await self.store.write(reply, answer)

    async def waited_s(self, contact: str) -> float:
        def read(tx: Tx, _: None) -> float:
            row = contacts_service.get_contact(tx, contact)
            return routing.waited_now_us(load_settings(tx), row, tx.now) / 1_000_000

        return await self.store.write(read, None)

    async def writes(
        self, customer: str, channel: Channel = Channel.EMAIL, language: str | None = None
    ) -> str:
        """A customer with a name writes or calls (again); return the contact's id."""
        self._count += 1
        point, kind, value = {
            Channel.EMAIL: ("mail", IdentityKind.EMAIL, f"{customer}@example.test"),
            Channel.WEBCHAT: ("shop-chat", IdentityKind.VISITOR, customer),
            Channel.PHONE: ("hotline", IdentityKind.PHONE, "+33140205050"),
        }[channel]
        receipt: Receipt = await self.store.write(
            receive,
            Inbound(
                entry_point_id=point,
                channel=channel,
                dedupe_key=f"w{self._count}",
                senders=(SenderIdentity(kind, value),),
                received_at=self.clock.now(),
                text="Hello",
                language=language,
                acknowledge=False,
                continues_latest=True,
            ),
        )
        assert receipt.contact_id is not None
        return receipt.contact_id

    async def change(self, **changes: Any) -> None:
        """Other rules come into force."""

        def save(tx: Tx, _: None) -> None:
            save_settings(tx, msgspec.structs.replace(load_settings(tx), **changes))

        await self.store.write(save, None)

    async def change_queue(self, queue: str = "support", **changes: Any) -> None:
        settings = await self.store.read(lambda tx, _: load_settings(tx), None)
        other = msgspec.structs.replace(settings.queues[queue], **changes)
        await self.change(queues={**settings.queues, queue: other})

    async def skilled(self, agent: str, **grades: int) -> None:
        """Give an agent skills, which come into being with it."""

        def add(tx: Tx, _: None) -> None:
            known = set(tx.execute(select(skills.c.id)).scalars())
            for key in grades.keys() - known:
                tx.execute(insert(skills).values(id=key, zh=key, en=key, retired=False))
            routing.set_agent_profile(tx, routing.SetAgentProfile(agent, skills=grades))

        await self.store.write(add, None)


def by(contact: str, agent: str, *, call: bool = False) -> Handle:
    """The agent's act on a contact they hold."""
    return Handle(contact, agent, agent, "Li", call=call)


def into_finance(tx: Tx, contact_id: str) -> None:
    move_waiting(tx, MoveWaiting((contact_id,), By("boss", "Boss"), queue_id="finance"))
