"""What was promised to customers, over real mail and consoles: nothing gets old silently."""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import insert, update

from hub.accounts.tables import team_members, teams, users
from hub.agent_console.client import HeadlessAgent
from hub.contacts.commitments.tables import commitments, specialist_skills
from hub.contacts.tables import contacts, conversations
from hub.core.ids import new_id
from hub.customers.tables import identities
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.tables import skills
from hub.storage import Tx
from hub.testing.mail import SunkMail

from .stage import Stage, one_offer

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MONTH = timedelta(days=30)


@dataclass
class Person:
    """Somebody who works by the API alone: a specialist has no console."""

    id: str
    stage: Stage
    key: str

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        address = f"{self.stage.hub.base_url}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self.key}"}
        async with (
            ClientSession() as session,
            session.request(method, address, json=body, headers=headers) as answer,
        ):
            assert answer.status < 300, await answer.text()
            return await answer.json(content_type=None) if answer.status != 204 else None


async def hired(stage: Stage, name: str, role: str, team: str = "team") -> Person:
    """Somebody who takes no contacts here."""
    key = await stage.hire(name)

    def become(tx: Tx, user_id: str) -> None:
        tx.execute(update(users).where(users.c.id == user_id).values(role=role))
        routing.set_agent_state(tx, routing.SetAgentState(user_id, AgentState.OFFLINE))
        tx.execute(
            update(team_members).where(team_members.c.user_id == user_id).values(team_id=team)
        )

    await stage.hub.store.write(become, stage.agents[name])
    return Person(stage.agents[name], stage, key)


@asynccontextmanager
async def console_of(person: Person) -> AsyncIterator[HeadlessAgent]:
    console = HeadlessAgent(person.stage.hub.base_url, person.key)
    async with console.signed_in():
        yield console


async def field_service(stage: Stage) -> None:
    def add(tx: Tx, _: None) -> None:
        tx.execute(insert(teams).values(id="field", zh="外勤组", en="Field", retired=False))
        tx.execute(insert(skills).values(id="boiler", zh="锅炉", en="Boilers", retired=False))

    await stage.hub.store.write(add, None)


async def passed(stage: Stage, span: timedelta) -> None:
    """So much time goes by for every promise."""

    def move(tx: Tx, _: None) -> None:
        table = commitments.c
        for row in tx.execute(commitments.select()).all():
            columns = ("made_at", "remind_at", "due_at", "window_from", "window_until")
            moved = {name: getattr(row, name) for name in columns}
            values = {name: at - span for name, at in moved.items() if at is not None}
            tx.execute(update(commitments).where(table.id == row.id).values(**values))

    await stage.hub.store.write(move, None)


def codes(console: HeadlessAgent) -> list[str]:
    return [notice.code for notice in console.notices]


def in_(stage: Stage, span: timedelta) -> str:
    at: datetime = stage.hub.clock.now() + span
    return at.isoformat()


def words_of(mail: SunkMail) -> tuple[str, str]:
    """Return to whom a mail went, and what it says."""
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return message["To"].addresses[0].addr_spec, body.get_content()


async def test_a_mail_asking_for_contact_a_month_ago_is_never_silently_old(stage: Stage) -> None:
    """The agent answered the mail and closed it, and nobody called: it says so, all the time."""
    chief = await hired(stage, "Sun", "supervisor")
    async with stage.console("Li") as agent, console_of(chief) as above:
        await stage.mail("您好，我的洗衣机漏水了。请尽快给我回电，谢谢！")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(
            lambda: [one.text for one in agent.commitments] == ["请尽快给我回电，谢谢"]
        )
        await agent.reply(contact_id, "我们收到了。")
        await agent.close(contact_id, "repair", "solved")
        await passed(stage, MONTH)
        await agent.until(lambda: "commitment_broken" in codes(agent))
        await above.until(lambda: "commitment_escalated" in codes(above))
        await agent.until(lambda: [one.state for one in agent.commitments] == ["broken"])
    page = await chief.ask("GET", "/commitments?owner=team&overdue=true")
    [late] = page["items"]
    assert (late["kind"], late["state"], late["detected"]) == ("callback", "broken", True)
    assert (late["owner_name"], late["customer_name"]) == ("一组", "Chen Li")
    assert late["escalated_at"] is not None
    assert "请尽快给我回电" in late["source"]["text"]
    assert late["source"]["channel"] == "email"


async def test_a_repair_visit_is_missed_escalated_and_the_customer_told(stage: Stage) -> None:
    await field_service(stage)
    technician = await hired(stage, "Zhang", "specialist", "field")
    chief = await hired(stage, "Sun", "supervisor", "field")
    async with stage.console("Li") as agent, console_of(chief) as above:
        await stage.mail("The boiler is cold.")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await stage.mails.wait_for(1)  # the acknowledgement
        visit = {
            "kind": "repair",
            "text": "The boiler is cold: bring a pump",
            "owner_id": technician.id,
            "window_from": in_(stage, HOUR),
            "window_until": in_(stage, 3 * HOUR),
        }
        made = await agent.call("POST", f"/contacts/{contact_id}/commitments", visit)
        page = await technician.ask("GET", "/commitments")
        assert [one["id"] for one in page["items"]] == [made["id"]]
        await passed(stage, 3 * HOUR)
        to, text = words_of((await stage.mails.wait_for(2))[1])
        assert to == "chen@example.test"
        assert "抱歉" in text or "sorry" in text
        assert "pump" not in text
        await above.until(lambda: "commitment_escalated" in codes(above))
        await agent.until(lambda: "commitment_broken" in codes(agent))  # who asked for it
    shown = await technician.ask("GET", f"/commitments/{made['id']}")
    assert shown["commitment"]["state"] == "broken"
    assert shown["commitment"]["told_customer_at"] is not None
    assert [one["kind"] for one in shown["entries"]] == ["told"]
    done = await technician.ask("POST", f"/commitments/{made['id']}/done", {"outcome": "new pump"})
    assert done["commitment"]["state"] == "kept"
    await stage.mails.wait_for(3)  # and that it is done, the customer hears, too


async def test_two_prices_for_one_product_to_one_customer_are_warned_of(stage: Stage) -> None:
    chief = await hired(stage, "Sun", "supervisor")
    colleague = await hired(stage, "Wang", "agent")
    async with stage.console("Li") as agent, console_of(chief) as above:
        await stage.mail("What does the washing machine cost?")
        contact_id = await agent.accept(await one_offer(agent))
        quote = {
            "kind": "quote",
            "text": "Price of the washing machine",
            "product_name": "Washing machine X1",
            "price_minor": 299_900,
            "currency": "CNY",
            "due_at": in_(stage, DAY),
            "valid_until": in_(stage, MONTH),
        }
        first = await agent.call("POST", f"/contacts/{contact_id}/commitments", quote)
        assert not first["in_conflict"]
        cheaper = {**quote, "product_name": "washing machine  x1", "price_minor": 279_900}
        path = f"/customers/{first['customer_id']}/commitments"
        second = await colleague.ask("POST", path, cheaper)
        assert second["in_conflict"]
        await above.until(lambda: "commitment_conflict" in codes(above))
        [conflict] = (await chief.ask("GET", "/commitments/conflicts"))["items"]
        prices = (conflict["one"]["price_minor"], conflict["other"]["price_minor"])
        assert prices == (299_900, 279_900)
        decide = f"/commitments/conflicts/{conflict['id']}/decide"
        await chief.ask("POST", decide, {"stands": first["id"], "reason": "list price"})
    page = await chief.ask("GET", path)
    assert [(one["id"], one["in_conflict"]) for one in page["items"]] == [(first["id"], False)]


async def test_three_people_promised_and_one_list_says_who_what_when_and_the_source(
    stage: Stage,
) -> None:
    await field_service(stage)
    technician = await hired(stage, "Zhang", "specialist", "field")
    sales = await hired(stage, "Wang", "agent")
    async with stage.console("Li") as agent:
        await stage.mail("The boiler is cold, and what does a new one cost?")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        [asked] = [one for one in await stage.said() if one.direction == "in"]
        in_contact = f"/contacts/{contact_id}/commitments"
        source = {"source_interaction_id": asked.id}
        call = {"kind": "callback", "text": "Call back", "due_at": in_(stage, HOUR), **source}
        first = await agent.call("POST", in_contact, call)
        on_record = f"/customers/{first['customer_id']}/commitments"
        offer = {"kind": "quote", "text": "An offer for a new one", "due_at": in_(stage, 2 * DAY)}
        await sales.ask("POST", on_record, offer)
        visit = {
            "kind": "repair",
            "text": "Repair it",
            "owner_id": technician.id,
            "window_from": in_(stage, DAY),
            "window_until": in_(stage, DAY + HOUR),
        }
        await agent.call("POST", in_contact, visit | source)
        page = await agent.call("GET", on_record)
    listed = [
        (
            one["owner_name"],
            one["kind"],
            one["text"],
            one["source"]["text"].strip() if one["source"] else None,
        )
        for one in page["items"]
    ]
    words = "The boiler is cold, and what does a new one cost?"
    assert listed == [
        ("Li", "callback", "Call back", words),
        ("Zhang", "repair", "Repair it", words),
        ("Wang", "quote", "An offer for a new one", None),
    ]
    due = [one["due_at"] for one in page["items"]]
    assert due == sorted(due)


async def test_which_agent_for_a_big_customer_and_which_technician_is_ranked_with_figures(
    stage: Stage,
) -> None:
    await field_service(stage)
    chief = await hired(stage, "Sun", "supervisor")
    good = await hired(stage, "Good", "specialist", "field")
    new = await hired(stage, "New", "specialist", "field")
    big = await stage.known("Big Customer", "gold", email="big@example.test")
    await stage.hire("Li")
    await stage.hire("Wang")
    await stage.hub.store.write(_history, (big, stage.agents, good.id, new.id))
    people = await chief.ask("GET", "/commitments/people?skill=boiler")
    assert [(one["name"], one["place"], one["kept"], one["promised"]) for one in people] == [
        ("Good", 1, 9, 10),
        ("New", None, 1, 1),  # not enough data
    ]
    assert 0.5 < people[0]["low"] < people[0]["share"] == pytest.approx(0.9)
    agents = await chief.ask("GET", f"/customers/{big}/people")
    ranked = [(one["name"], one["place"]) for one in agents if one["place"] is not None]
    assert ranked == [("Li", 1), ("Wang", 2)]
    figures = {one["name"]: (one["satisfied"], one["asked"], one["results"]) for one in agents}
    assert figures["Li"] == (8, 8, 8)
    assert figures["Wang"] == (3, 6, 6)
    assert figures["Sun"] == (0, 0, 0)


def _history(tx: Tx, asked: tuple[str, dict[str, str], str, str]) -> None:
    """A year of visits and of what customers of this tier said."""
    customer_id, agents, good_id, new_id_ = asked
    identity_id = tx.execute(
        identities.select().where(identities.c.customer_id == customer_id)
    ).first()
    assert identity_id is not None
    visits = [(good_id, "kept")] * 9 + [(good_id, "broken"), (new_id_, "kept")]
    tx.execute(
        insert(commitments),
        [
            {
                "id": new_id(),
                "identity_id": identity_id.id,
                "kind": "repair",
                "text": "Repair",
                "owner_id": owner,
                "made_at": tx.now - MONTH,
                "remind_at": tx.now - MONTH,
                "reminded_at": tx.now - MONTH,
                "due_at": tx.now - MONTH,
                "state": state,
                "broken_at": tx.now - MONTH if state == "broken" else None,
            }
            for owner, state in visits
        ],
    )
    tx.execute(
        insert(specialist_skills),
        [{"user_id": user, "skill_id": "boiler", "grade": 3} for user in (good_id, new_id_)],
    )
    scores = [("Li", 5)] * 8 + [("Wang", 5)] * 3 + [("Wang", 2)] * 3
    for name, score in scores:
        tx.execute(insert(contacts).values(**_closed(tx, identity_id.id, agents[name], score)))


def _closed(tx: Tx, identity_id: str, agent_id: str, score: int) -> dict[str, Any]:
    conversation_id = new_id()
    tx.execute(
        insert(conversations).values(
            id=conversation_id,
            entry_point_id="mail",
            channel="email",
            identity_id=identity_id,
            last_seq=0,
            last_at=tx.now,
            created_at=tx.now,
        )
    )
    return {
        "id": new_id(),
        "reference": new_id()[-12:],
        "conversation_id": conversation_id,
        "identity_id": identity_id,
        "channel": "email",
        "entry_point_id": "mail",
        "queue_id": "support",
        "tier": "gold",
        "state": "closed",
        "state_since": tx.now,
        "opened_at": tx.now,
        "enqueued_at": tx.now,
        "last_message_at": tx.now,
        "closed_at": tx.now,
        "calendar_id": "wall",
        "target_s": 60,
        "virtual_start_us": 0,
        "requirements": {},
        "meta": {},
        "agent_id": agent_id,
        "survey_score": score,
    }
