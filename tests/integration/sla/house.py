"""A small center with SLA policies: what happens to its contacts, and what is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.dialects import sqlite

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, interactions
from hub.desk.commands import Reply
from hub.desk.escalations import fire_due_deadlines
from hub.desk.handling import Close as CloseContact
from hub.desk.handling import Handle, Park, close, park, resume
from hub.desk.messages import reply
from hub.desk.start import StartContact, start_contact
from hub.intake import receive
from hub.routing.settings import RoutingSettings, load_settings, save_settings
from hub.routing.sla.policies import DeadlineKind, Escalation, SlaPolicy
from hub.routing.sla.service import fire_due_stale, keep_used_time
from hub.routing.sla.tables import deadlines
from hub.storage import Store, Tx
from hub.storage.types import to_micros
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import ManualClock

FIRST, NEXT, RESOLUTION = DeadlineKind
HOUR = 3600


def a_policy(
    first: int | None = HOUR,
    next_: int | None = 2 * HOUR,
    resolution: int | None = 8 * HOUR,
    *escalations: Escalation,
    **changes: Any,
) -> SlaPolicy:
    given = {FIRST: first, NEXT: next_, RESOLUTION: resolution}
    policy = SlaPolicy(
        key="usual",
        zh="常规",
        en="Usual",
        target_s={kind: seconds for kind, seconds in given.items() if seconds is not None},
        reopen_s=24 * HOUR,
        escalations=escalations,
    )
    return msgspec.structs.replace(policy, **changes)


@dataclass
class House:
    store: Store
    clock: ManualClock
    agent_id: str = ""
    said: int = 0
    contact_ids: list[str] = field(default_factory=list)

    @classmethod
    async def opened(cls, store: Store, clock: ManualClock, *policies: SlaPolicy) -> House:
        await store.write(open_center, None)
        house = cls(store, clock)
        house.agent_id = await store.write(add_agent, "Anna")
        await house.change(sla_policies=policies)
        return house

    async def change(self, **settings: Any) -> None:
        """Put another set-up in force, as `hub apply` does, and let the timekeeper look."""

        def apply(tx: Tx, _: None) -> None:
            before = load_settings(tx)
            after: RoutingSettings = msgspec.structs.replace(before, **settings)
            save_settings(tx, after)
            keep_used_time(tx, before, after)

        await self.store.write(apply, None)
        while await self.store.write(lambda tx, _: fire_due_stale(tx, tx.now, 2), None):
            pass

    async def message(self, entry_point: str = "mail", **changes: Any) -> str:
        """The customer writes; return the contact's id."""
        self.said += 1
        item = Inbound(
            entry_point_id=entry_point,
            channel=Channel.EMAIL,
            dedupe_key=f"m{self.said}",
            senders=(SenderIdentity(IdentityKind.EMAIL, "liu@example.test"),),
            received_at=self.clock.now(),
            text="Where is it?",
            acknowledge=False,
            continues_latest=True,
        )
        receipt = await self.store.write(receive, msgspec.structs.replace(item, **changes))
        self.contact_ids.append(str(receipt.contact_id))
        return str(receipt.contact_id)

    async def begun(self) -> str:
        """Anna writes to the customer first; return the contact's id."""
        to = SenderIdentity(IdentityKind.EMAIL, "liu@example.test")
        cmd = StartContact(self.agent_id, "mail", to)
        return (await self.store.write(start_contact, cmd)).contact_id

    async def taken(self, contact_id: str) -> None:
        await self.store.write(give_to_agent, (contact_id, self.agent_id))

    async def reply(self, contact_id: str) -> None:
        self.said += 1
        answer = Reply(contact_id, self.agent_id, "Anna", f"r{self.said}", "Soon.", instant=False)
        await self.store.write(reply, answer)

    async def park(self, contact_id: str) -> None:
        await self.store.write(park, Park(self.handle(contact_id)))

    async def resume(self, contact_id: str) -> None:
        await self.store.write(resume, self.handle(contact_id))

    async def close(self, contact_id: str) -> None:
        await self.store.write(close, CloseContact(self.handle(contact_id)))

    def handle(self, contact_id: str) -> Handle:
        return Handle(contact_id, self.agent_id, self.agent_id, "Anna")

    async def fire(self) -> int:
        return await self.store.write(lambda tx, _: fire_due_deadlines(tx, tx.now, 200), None)

    async def deadline(self, contact_id: str, kind: DeadlineKind) -> Row[Any]:
        """Return the newest deadline of this kind."""
        rows = [row for row in await self.deadlines(contact_id) if row.kind == kind]
        return rows[-1]

    async def deadlines(self, contact_id: str) -> list[Row[Any]]:
        found = select(deadlines).where(deadlines.c.contact_id == contact_id)
        return await self._rows(found.order_by(deadlines.c.since_at, deadlines.c.id))

    async def contact(self, contact_id: str) -> Row[Any]:
        return (await self._rows(select(contacts).where(contacts.c.id == contact_id)))[0]

    async def codes(self, contact_id: str) -> list[str]:
        """Return what the timeline's system entries say."""
        found = select(interactions).where(
            interactions.c.contact_id == contact_id, interactions.c.kind == "system"
        )
        rows = await self._rows(found.order_by(interactions.c.seq))
        return [row.meta["code"] for row in rows]

    async def _rows(self, found: Any) -> list[Row[Any]]:
        return await self.store.read(lambda tx, _: list(tx.execute(found).all()), None)


def minutes(row: Row[Any], since: datetime) -> float | None:
    """Return when a deadline is due, in minutes after `since`; None: it stands."""
    return None if row.due_at is None else (row.due_at - since).total_seconds() / 60


class Counting:
    """A transaction that counts its statements."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.count = 0

    def execute(self, *given: Any) -> Any:
        self.count += 1
        return self.tx.execute(*given)

    def fetch(self, *given: Any) -> Any:
        self.count += 1
        return self.tx.fetch(*given)

    def send(self, *given: Any) -> None:
        self.count += 1
        self.tx.send(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tx, name)


def a_sender(number: int) -> SenderIdentity:
    return SenderIdentity(IdentityKind.EMAIL, f"c{number}@example.test")


class Planning:
    """A transaction that writes down how SQLite finds what is asked."""

    def __init__(self, tx: Tx, plans: list[str]) -> None:
        self.tx = tx
        self.plans = plans

    def execute(self, statement: Any) -> Any:
        # With the values bound, as they are when it runs: a partial index may depend on one.
        made = statement.compile(
            dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True}
        )
        said = f"EXPLAIN QUERY PLAN {made}"
        values = [
            to_micros(value) if isinstance(value, datetime) else value
            for value in (made.params[name] for name in made.positiontup)
        ]
        self.plans.append("\n".join(str(row[-1]) for row in self.tx.fetch(said, values)))
        return self.tx.execute(statement)

    def fetch(self, sql: str, parameters: Any) -> list[Any]:
        found = self.tx.fetch(f"EXPLAIN QUERY PLAN {sql}", parameters)
        self.plans.append("\n".join(str(row[-1]) for row in found))
        return self.tx.fetch(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tx, name)
