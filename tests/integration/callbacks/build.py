"""A centre that calls back, callers who wait in it, and what becomes of them."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, select

from hub.accounts.model import SYSTEM
from hub.callbacks.service import fire_due
from hub.callbacks.tables import callbacks
from hub.contacts.inbound import (
    CallbackAnswer,
    CallEvent,
    CallMoment,
    IdentityKind,
    Inbound,
    SenderIdentity,
)
from hub.contacts.model import CallOutcome, Channel, InteractionKind
from hub.contacts.tables import contacts, entry_points, interactions
from hub.core.ids import new_id
from hub.customers.service import SetTier, set_tier
from hub.customers.tables import identities
from hub.desk.calling import StartCall, start_call
from hub.desk.start import Started
from hub.intake import receive
from hub.intake.callbacks import CallBack, call_back
from hub.intake.calls import Leave, leave
from hub.intake.report import report
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.storage import Store, Tx
from hub.testing.center import TARGETS, TIERS, a_queue, open_center
from hub.testing.clock import ManualClock

CHEN = "+8613800138000"
LI = "+8613900139000"
RULES = CallbackRules(
    offer_over_s=90,
    after_hours=True,
    attempts=3,
    gap_s=900,
    window="09:00-20:00",
    abandoned_for=("gold", "standard"),
    abandoned_over_s=30,
    voicemail=True,
)


class Centre:
    """Queue `support` in the hours of the office (Shanghai, Mon-Fri 09:00-18:00)."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock

    async def open(self, rules: CallbackRules = RULES, calendar: str = "office") -> None:
        await self.store.write(_open, (rules, calendar))

    async def open_again(self, rules: CallbackRules | None, calendar: str = "office") -> None:
        """Other rules of callbacks, or other hours, are put in force for `support`."""
        await self.store.write(_put_in_force, (rules, calendar))

    async def call(self, number: str = CHEN) -> str:
        """Somebody calls and waits; return the contact."""
        return await self.comes(InteractionKind.CALL, number)

    async def withheld(self) -> str:
        """Somebody calls who shows no number."""
        nobody = SenderIdentity(IdentityKind.EXTERNAL, f"call:{new_id()}", name="Withheld number")
        return await self.speaks(InteractionKind.CALL, nobody, continues=False)

    async def message(self, number: str = CHEN) -> str:
        return await self.comes(InteractionKind.VOICEMAIL, number)

    async def mail(self, address: str, text: str = "Hello") -> str:
        return await self._receive(
            Inbound(
                entry_point_id="mail",
                channel=Channel.EMAIL,
                dedupe_key=new_id(),
                senders=(SenderIdentity(IdentityKind.EMAIL, address),),
                received_at=self.clock.now(),
                text=text,
            )
        )

    async def comes(self, kind: InteractionKind, number: str) -> str:
        return await self.speaks(kind, SenderIdentity(IdentityKind.PHONE, number), continues=True)

    async def speaks(
        self, kind: InteractionKind, sender: SenderIdentity, *, continues: bool
    ) -> str:
        return await self._receive(
            Inbound(
                entry_point_id="hotline",
                channel=Channel.PHONE,
                dedupe_key=new_id(),
                senders=(sender,),
                received_at=self.clock.now(),
                kind=kind,
                continues_latest=continues,
                acknowledge=False,
                no_acknowledge_reason="a call",
            )
        )

    async def _receive(self, inbound: Inbound) -> str:
        receipt = await self.store.write(receive, inbound)
        assert receipt.contact_id is not None
        return receipt.contact_id

    async def hangs_up(self, contact_id: str) -> None:
        await self.store.write(leave, Leave(contact_id, "hung_up"))

    async def left_for_a_message(self, contact_id: str) -> None:
        await self.told(contact_id, CallMoment.VOICEMAIL)

    async def not_reached(self, contact_id: str, outcome: CallOutcome) -> None:
        await self.told(contact_id, CallMoment.DIALLING)
        await self.told(contact_id, CallMoment.NOT_REACHED, outcome)

    async def told(
        self, contact_id: str, moment: CallMoment, outcome: CallOutcome | None = None
    ) -> None:
        now = self.clock.now()
        news = CallEvent(new_id(), "hotline", contact_id, moment, now, outcome=outcome)
        await self.store.write(report, news)

    async def agent_calls(self, agent_id: str, number: str, queue_id: str | None = None) -> Started:
        def begin(tx: Tx, _: None) -> Started:
            point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
            return start_call(tx, StartCall(agent_id, "Ann", point, number, queue_id))

        return await self.store.write(begin, None)

    async def wish(self, contact_id: str, number: str = CHEN) -> CallbackAnswer:
        return await self.store.write(call_back, CallBack(contact_id, number))

    async def fire(self, limit: int = 100) -> int:
        """The timekeeper looks once."""

        def look(tx: Tx, _: None) -> int:
            return fire_due(tx, tx.now, limit)

        return await self.store.write(look, None)

    async def tier(self, number: str, tier: str) -> None:
        await self.store.write(_set_tier, (number, tier))

    async def callback(self) -> Row[Any]:
        """Return the newest callback."""
        return (await self.rows(callbacks))[-1]

    async def contact(self, contact_id: str | None) -> Row[Any]:
        return next(row for row in await self.rows(contacts) if row.id == contact_id)

    async def codes(self) -> list[str]:
        rows = await self.rows(interactions)
        return [row.meta["code"] for row in rows if row.kind == InteractionKind.SYSTEM]

    async def rows(self, table: Any) -> list[Row[Any]]:
        def read(tx: Tx, _: None) -> list[Row[Any]]:
            return list(tx.execute(select(table).order_by(table.c.id)))

        return await self.store.read(read, None)


def _open(tx: Tx, asked: tuple[CallbackRules, str]) -> None:
    open_center(tx)
    _put_in_force(tx, asked)


def _put_in_force(tx: Tx, asked: tuple[CallbackRules | None, str]) -> None:
    rules, calendar = asked
    targets = {**TARGETS, "callback": dict(zip(TIERS, (900, 1800, 3600, 3600), strict=True))}
    queue = msgspec.structs.replace(a_queue(calendar, callback=rules), target_s=targets)
    settings = load_settings(tx)
    queues = {**settings.queues, "support": queue}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


def _set_tier(tx: Tx, asked: tuple[str, str]) -> None:
    number, tier = asked
    found = select(identities.c.customer_id).where(identities.c.value_norm == number)
    set_tier(tx, SetTier(SYSTEM, tx.execute(found).scalar_one(), tier, "for this test"))
