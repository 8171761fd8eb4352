"""The people's problems: who said stop is left alone, who complains is not sold to, and nobody gets
the same brochure twice. A whole hub, real mail, real HTTP.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.contacts.outreach.model import Refused, Why
from hub.contacts.outreach.service import AskFor, may_contact
from hub.customers.consent.model import Purpose
from hub.customers.imports import ImportOrder, import_customers
from hub.customers.settings import CustomerSettings, Outreach, save_customer_settings
from hub.customers.tables import identities
from hub.storage import Tx

from .stage import Stage, settled

MAIL, NUMBER = "chen@example.test", "+8613800138000"


@dataclass
class Desk:
    """An agent who asks the API as their console does."""

    stage: Stage
    session: ClientSession
    key: str

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.session.request(
            method,
            f"{self.stage.hub.base_url}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
        ) as answer:
            raw = await answer.read()
            return answer.status, (await answer.json()) if raw else None

    async def sells(self, customer: str, channel: str = "email", **more: Any) -> tuple[int, Any]:
        body = {
            "channel": channel,
            "direction": "out",
            "customer_id": customer,
            "purpose": "marketing",
            **({"text": "Our offer of the spring", "subject": "Spring"}
               if channel == "email" else {}),
            **more,
        }  # fmt: skip
        return await self.ask("POST", "/contacts", body)


@asynccontextmanager
async def desk(stage: Stage) -> AsyncIterator[Desk]:
    await stage.hub.store.write(never_quiet, None)
    key = await stage.hire("Ann")
    async with HeadlessAgent(stage.hub.base_url, key).signed_in(), ClientSession() as session:
        yield Desk(stage, session, key)


def never_quiet(tx: Tx, _: None) -> None:
    """These tests run at any hour of the day."""
    rules = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=0, per_month=0)
    save_customer_settings(tx, CustomerSettings(outreach=rules))


async def arrived(stage: Stage, count: int) -> Message:
    """Return the mail of this number that customers got."""
    return message_from_bytes((await stage.mails.wait_for(count))[count - 1].raw)


async def answer_for(stage: Stage, value: str, purpose: Purpose) -> Any:
    def ask(tx: Tx, _: None) -> Any:
        found = select(identities.c.id).where(identities.c.value_norm == value)
        identity_id = tx.execute(found).scalar_one()
        return may_contact(tx, [AskFor(purpose, "email", identity_id)])[0]

    return await stage.hub.store.read(ask, None)


async def test_an_opt_out_holds_on_every_path_and_over_a_reimport(stage: Stage) -> None:
    chen = await stage.known("Chen Li", "standard", email=MAIL, phone=NUMBER)
    async with desk(stage) as ann:
        status, _ = await ann.sells(chen)
        assert status == 201
        mail = await arrived(stage, 1)
        link = re.search(r"<(http[^>]+/u/[^>]+)>", mail["List-Unsubscribe"])
        assert link is not None
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        async with ann.session.post(link[1], data={"List-Unsubscribe": "One-Click"}) as done:
            assert done.status == 200
        for channel in ("email", "phone"):
            status, refusal = await ann.sells(chen, channel)
            assert (status, refusal["code"]) == (409, "outreach.opted_out"), channel
        await _import(stage, MAIL)
        await _import(stage, "chen.new@example.test")
        status, refusal = await ann.sells(chen)
        assert (status, refusal["code"]) == (409, "outreach.opted_out")
        for value in (MAIL, NUMBER, "chen.new@example.test"):
            for purpose in (Purpose.MARKETING, Purpose.SURVEY):
                assert await answer_for(stage, value, purpose) == Refused(Why.OPTED_OUT)
        # What they ask for themselves is answered.
        await stage.mail("Where is my order?")
        acknowledged = await arrived(stage, 2)
        assert "List-Unsubscribe" not in acknowledged


async def _import(stage: Stage, address: str) -> None:
    text = f"name,email,phone\nChen Li,{address},{NUMBER}\n"

    async def quiet(_done: int, _total: int) -> None: ...

    order = ImportOrder(SYSTEM, text.encode(), "CN", frozenset({"standard"}))
    await import_customers(stage.hub.store, order, quiet)


@pytest.mark.parametrize("text", ["退订", "STOP"])
async def test_a_word_in_a_mail_holds_too(stage: Stage, text: str) -> None:
    chen = await stage.known("Chen Li", "standard", email=MAIL)
    async with desk(stage) as ann:
        await stage.mail(text)

        async def stopped() -> bool:
            answer = await answer_for(stage, MAIL, Purpose.MARKETING)
            return bool(answer == Refused(Why.OPTED_OUT))

        await settled(stopped)
        status, refusal = await ann.sells(chen)
        assert (status, refusal["code"]) == (409, "outreach.opted_out")


async def test_while_a_complaint_is_open_nothing_is_sold(stage: Stage) -> None:
    chen = await stage.known("Chen Li", "standard", email=MAIL)
    async with desk(stage) as ann:
        path = f"/customers/{chen}/complaints"
        status, [complaint] = await ann.ask("POST", path, {"reason": "It came broken."})
        assert status == 201
        status, refusal = await ann.sells(chen)
        assert (status, refusal["code"]) == (409, "outreach.complaint")
        assert "complaint" in refusal["detail"]
        status, _ = await ann.sells(chen, purpose="service", text="A new one is on its way.")
        assert status == 201
        await arrived(stage, 1)
        end = {"upheld": True, "outcome": "A new one was sent."}
        status, _ = await ann.ask("PATCH", f"/complaints/{complaint['id']}", end)
        assert status == 200
        status, _ = await ann.sells(chen)
        assert status == 201
        await arrived(stage, 2)


async def test_the_same_brochure_twice_is_refused(stage: Stage) -> None:
    chen = await stage.known("Chen Li", "standard", email=MAIL)
    async with desk(stage) as ann:
        status, _ = await ann.sells(chen, material="brochure-spring-2026")
        assert status == 201
        await arrived(stage, 1)
        status, refusal = await ann.sells(chen, material="brochure-spring-2026")
        assert (status, refusal["code"]) == (409, "outreach.sent_before")
        status, _ = await ann.sells(chen, material="brochure-summer-2026")
        assert status == 201
        await arrived(stage, 2)
        assert len(stage.mails.mails) == 2
