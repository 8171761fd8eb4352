"""A centre with a customer who may say stop, and an agent who would like to sell them something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from hub.accounts.model import SYSTEM
from hub.contacts.effects import Send
from hub.contacts.inbound import IdentityKind, SenderIdentity
from hub.contacts.outreach.opting_out import OptOut
from hub.contacts.outreach.tables import outreach
from hub.core.ids import new_id
from hub.customers.addresses import NewAddress
from hub.customers.consent.model import STOP_ALL, STOP_SELLING, Purpose
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.settings import CustomerSettings, Outreach, Surveys, save_customer_settings
from hub.customers.tables import identities
from hub.desk.commands import Reply, Written
from hub.desk.handling import Close, Handle, close
from hub.desk.messages import reply
from hub.desk.permits import OwnAccord
from hub.desk.start import StartContact, start_contact
from hub.intake.opt_out import opt_out
from hub.routing.settings import CallbackRules
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock
from tests.integration.callbacks.build import CHEN, RULES, Centre

MAIL = "chen@example.test"
DAY = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)  # Tuesday, 14:00 in Shanghai
MARKETING = OwnAccord(Purpose.MARKETING)


@dataclass
class House:
    """`chen` has a mail address and a telephone number; `ann` is an agent."""

    centre: Centre
    ann: str
    chen: str

    @property
    def store(self) -> Store:
        return self.centre.store

    async def identity(self, value: str = MAIL) -> str:
        rows = await self.rows(identities)
        return next(str(row.id) for row in rows if row.value_norm == value)

    async def stops(
        self, purposes: tuple[Purpose, ...] = STOP_SELLING, value: str = MAIL, **how: Any
    ) -> None:
        no = OptOut(await self.identity(value), purposes, "link", **how)
        await self.store.write(opt_out, [no])

    async def begins(
        self, what_for: OwnAccord = MARKETING, to: str = MAIL, point: str = "mail", **how: Any
    ) -> str:
        """Ann begins to write to the customer; return the contact."""
        kind = IdentityKind.EMAIL if "@" in to else IdentityKind.FAX
        if point == "shop-chat":
            kind = IdentityKind.VISITOR
        cmd = StartContact(self.ann, point, SenderIdentity(kind, to), what_for=what_for, **how)
        return (await self.store.write(start_contact, cmd)).contact_id

    async def writes(self, contact_id: str, text: str = "Our offer", **how: Any) -> Written:
        given = {"instant": False, **how}
        cmd = Reply(contact_id, self.ann, "Ann", new_id(), text, **given)
        return await self.store.write(reply, cmd)

    async def sells(self, what_for: OwnAccord = MARKETING, to: str = MAIL, **how: Any) -> str:
        """Ann begins a contact and sends the message; return the contact."""
        contact_id = await self.begins(what_for, to)
        await self.writes(contact_id, **how)
        return contact_id

    async def closes(self, contact_id: str) -> None:
        await self.store.write(close, Close(Handle(contact_id, self.ann, self.ann, "Ann")))

    async def mail(self, text: str = "Hello", address: str = MAIL) -> str:
        return await self.centre.mail(address, text)

    async def change(self, **outreach_rules: Any) -> None:
        """Other rules of outreach."""

        def apply(tx: Tx, _: None) -> None:
            rules = Outreach(**outreach_rules)
            save_customer_settings(tx, CustomerSettings(outreach=rules, zone="Asia/Shanghai"))

        await self.store.write(apply, None)

    async def change_surveys(self, **surveys: Any) -> None:
        """Other rules of surveys, asked at any hour and as often as one likes."""

        def apply(tx: Tx, _: None) -> None:
            never = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=0, per_month=0)
            rules = CustomerSettings(outreach=never, surveys=Surveys(**surveys), zone="UTC")
            save_customer_settings(tx, rules)

        await self.store.write(apply, None)

    async def sent(self, state: str = "pending") -> list[Row[Any]]:
        """Return what is in the outbox in this state, but acknowledgements."""
        rows = await self.rows(outbox)
        return [r for r in rows if r.state == state and '"automatic":true' not in r.effect]

    async def outreach(self) -> list[Row[Any]]:
        return await self.rows(outreach)

    async def rows(self, table: Any) -> list[Row[Any]]:
        return await self.centre.rows(table)


def sends(row: Row[Any]) -> Send:
    return msgspec.json.decode(row.effect, type=Send)


async def open_house(
    store: Store, clock: ManualClock, rules: CallbackRules = RULES, calendar: str = "office"
) -> House:
    clock.set(DAY)
    centre = Centre(store, clock)
    await centre.open(rules, calendar)
    ann = await store.write(add_agent, "Ann")
    chen = await store.write(
        add_customer, ("Chen", [(IdentityKind.EMAIL, MAIL), (IdentityKind.PHONE, CHEN)])
    )
    house = House(centre, ann, chen)
    await house.change(per_week=0, per_month=0)
    return house


def add_customer(tx: Tx, asked: tuple[str, Sequence[tuple[IdentityKind, str]]]) -> str:
    name, addresses = asked
    new = tuple(NewAddress(kind, value) for kind, value in addresses)
    return create_customer(tx, CreateCustomer(SYSTEM, "CN", name=name, addresses=new))


__all__ = ["CHEN", "MAIL", "STOP_ALL", "STOP_SELLING", "House", "open_house", "sends"]
