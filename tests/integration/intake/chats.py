"""A chat between Chen and Li, for the tests of its silence and of what goes by mail."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from hub.contacts.effects import Effect, Send
from hub.contacts.inbound import IdentityKind, Inbound, ReadReport, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, conversations, entry_points, interactions
from hub.core.ids import new_id
from hub.desk.commands import Reply
from hub.desk.messages import reply
from hub.intake import receive
from hub.intake.by_mail import (
    Address,
    note_address,
)
from hub.intake.report import report
from hub.intake.silence import fire_due_silences
from hub.routing.tables import agent_channels, agents, assignments
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import ManualClock

HERS = "chen@example.test"


class Chat:
    """Chen writes in the chat, Li answers; the set-up has it that `mail` writes for the chat."""

    def __init__(self, store: Store, clock: ManualClock, agent_id: str) -> None:
        self.store = store
        self.clock = clock
        self.agent_id = agent_id
        self.contact_id = ""
        self.conversation_id = ""

    async def writes(self, text: str = "It leaks.", who: str = "visitor-1") -> None:
        receipt = await self.store.write(
            receive,
            Inbound(
                entry_point_id="shop-chat",
                channel=Channel.WEBCHAT,
                dedupe_key=new_id(),
                senders=(SenderIdentity(IdentityKind.VISITOR, who, "Chen", verified=True),),
                received_at=self.clock.now(),
                text=text,
                continues_latest=True,
                language="en",
            ),
        )
        assert receipt.contact_id is not None
        self.contact_id, self.conversation_id = receipt.contact_id, receipt.conversation_id

    async def mails(self, text: str = "Thank you.") -> None:
        """Chen answers a mail of ours: the token in it names the conversation."""
        receipt = await self.store.write(
            receive,
            Inbound(
                entry_point_id="mail",
                channel=Channel.EMAIL,
                dedupe_key=new_id(),
                senders=(SenderIdentity(IdentityKind.EMAIL, HERS, "Chen"),),
                received_at=self.clock.now(),
                text=text,
                subject="Re: Your chat",
                external_id=f"<{new_id()}@example.test>",
                conversation_id=self.conversation_id,
            ),
        )
        assert receipt.contact_id is not None
        self.contact_id = receipt.contact_id

    async def answers(self, text: str = "Since when?", *, instant: bool = True) -> None:
        await self.store.write(
            reply,
            Reply(self.contact_id, self.agent_id, "Li Na", new_id(), text, instant=instant),
        )

    async def taken(self) -> None:
        await self.store.write(give_to_agent, (self.contact_id, self.agent_id))

    async def knows_address(self, address: str = HERS) -> None:
        await self.store.write(note_address, Address(self.conversation_id, address))

    async def retires(self, entry_point_id: str, *, retired: bool = True) -> None:
        point = update(entry_points).where(entry_points.c.id == entry_point_id)
        await self.store.write(lambda tx, _: tx.execute(point.values(retired=retired)), None)

    async def fire(self, fire: Any = fire_due_silences) -> int:
        return await self.store.write(lambda tx, _: int(fire(tx, tx.now, 100)), None)

    async def contact(self) -> Row[Any]:
        [row] = [row for row in await self.rows(contacts) if row.id == self.contact_id]
        return row

    async def head(self) -> Row[Any]:
        [row] = [row for row in await self.rows(conversations) if row.id == self.conversation_id]
        return row

    async def rows(self, table: Any) -> list[Row[Any]]:
        return await self.store.read(lambda tx, _: list(tx.execute(select(table)).all()), None)

    async def told(self) -> list[str]:
        """What the timeline says of the hub's own doing, in order."""
        rows = sorted(await self.rows(interactions), key=lambda row: row.seq)
        return [row.meta["code"] for row in rows if row.kind == "system"]

    async def sent(self) -> list[Send]:
        rows = sorted(await self.rows(outbox), key=lambda row: row.created_at)
        effects = [msgspec.json.decode(row.effect, type=Effect) for row in rows]
        return [one for one in effects if isinstance(one, Send) and one.back is not None]

    async def load(self) -> tuple[int, int]:
        """What the agent holds: in capacity units, in chats; both are what the rows add up to."""

        def read(tx: Tx, _: None) -> tuple[int, int]:
            agent = tx.execute(select(agents).where(agents.c.id == self.agent_id)).one()
            chats = tx.execute(
                select(agent_channels.c.open).where(
                    agent_channels.c.agent_id == self.agent_id,
                    agent_channels.c.channel == "webchat",
                )
            ).scalar_one()
            held = tx.execute(
                select(assignments).where(
                    assignments.c.agent_id == self.agent_id, assignments.c.ended_at.is_(None)
                )
            ).all()
            assert agent.live_load + agent.deferred_load == sum(row.cost for row in held)
            assert chats == sum(row.channel == "webchat" and not row.aside for row in held)
            return agent.live_load, chats

        return await self.store.read(read, None)


async def a_chat(store: Store, clock: ManualClock, **settings: Any) -> Chat:
    await store.write(open_center, None)
    await store.write(_set, {"mail": "mail", **settings})
    chat = Chat(store, clock, await store.write(add_agent, "Li"))
    await chat.writes()
    await chat.taken()
    return chat


def _set(tx: Tx, settings: dict[str, Any]) -> None:
    tx.execute(
        update(entry_points).where(entry_points.c.id == "shop-chat").values(settings=settings)
    )


async def reads(chat: Chat) -> None:
    head = await chat.head()
    read = ReadReport(chat.conversation_id, head.last_seq, chat.clock.now())
    await chat.store.write(report, read)
