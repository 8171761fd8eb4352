"""Calls that agents make: from the console by the PBX's URL, and from the phone by themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select, update

from hub.accounts.tables import users
from hub.contacts.effects import Dial, Done, Permanent, Unknown
from hub.contacts.tables import entry_points
from hub.desk.calling import StartCall, start_call
from hub.desk.start import Started
from hub.storage import Tx
from hub.storage.outbox import outbox
from tests.integration.cti.conftest import CHEN, CHENS, House

OUT = {"from": "801", "to": CHEN, "direction": "out", "extension": "801"}


@dataclass
class Switch:
    """What the PBX is asked, and answers."""

    url: str = ""
    status: int = 200
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path_qs, dict(request.headers), await request.text()))
        return web.Response(status=self.status)


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    pbx = Switch()
    app = web.Application()
    app.router.add_route("*", "/dial", pbx.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pbx.url = f"http://127.0.0.1:{runner.addresses[0][1]}/dial"
    yield pbx
    await runner.cleanup()


def begin(tx: Tx, agent_id: str) -> Started:
    point = tx.execute(select(entry_points).where(entry_points.c.id == "house")).one()
    return start_call(tx, StartCall(agent_id, "Ann", point, CHEN))


def ordered(tx: Tx, contact_id: str) -> str:
    found = select(outbox.c.effect).where(outbox.c.contact_id == contact_id)
    return str(tx.execute(found).scalar_one())


async def dial(house: House) -> tuple[Started, Any]:
    """Ann calls Chen from the console; return the contact and what became of the order."""
    started = await house.store.write(begin, house.ann)
    effect = json.loads(await house.store.read(ordered, started.contact_id))
    order = Dial(
        **{k: v for k, v in effect.items() if k not in ("type", "until")},
        until=house.clock.now() + timedelta(seconds=100),
    )
    return started, await house.channel.perform("house", order)


async def test_the_pbx_is_asked_once_and_its_events_move_the_contact(
    house: House, switch: Switch
) -> None:
    await house.set_pbx(
        dial_url=switch.url + "?ext={extension}&to={number}", dial_secret="Bearer of the house"
    )
    started, done = await dial(house)
    assert isinstance(done, Done)
    [(path, headers, body)] = switch.asked
    assert path == "/dial?ext=801&to=%2B8613800138000"
    assert headers["Authorization"] == "Bearer of the house"
    facts = {"extension": "801", "number": CHENS, "ref": started.contact_id}
    assert json.loads(body) == facts
    house.clock.advance(4)
    await house.tell("answered", "b1", ref=started.contact_id, **OUT)
    contact = await house.contact()
    assert (contact.id, contact.state, contact.agent_id) == (
        started.contact_id, "active", house.ann
    )  # fmt: skip
    house.clock.advance(30)
    await house.tell("ended", "b1", **OUT)
    assert (await house.contact()).state == "wrap_up"
    [entry] = await house.entries()
    assert (entry.meta["outcome"], entry.meta["duration_s"]) == ("answered", 30)


@pytest.mark.parametrize(("to", "is_it"), [("013800138000", True), ("13900139000", False)])
async def test_without_our_reference_a_call_is_known_by_who_calls_whom(
    house: House, to: str, is_it: bool
) -> None:
    started, done = await dial(house)  # no URL: Ann dials on her phone
    assert isinstance(done, Done)
    await house.tell("answered", "b1", **{**OUT, "to": to})
    talking = [row.id for row in await house.contacts() if row.state == "active"]
    assert (talking == [started.contact_id]) is is_it


async def test_a_pbx_that_refuses_ends_the_call(house: House, switch: Switch) -> None:
    switch.status = 500
    await house.set_pbx(dial_url=switch.url)
    _, done = await dial(house)
    assert isinstance(done, Permanent)
    contact = await house.contact()
    assert contact.state == "wrap_up"
    assert contact.meta["call"]["reason"] == "refused"
    assert contact.meta["call"]["outcome"] == "failed"


async def test_an_order_that_was_lost_is_not_given_twice(house: House, switch: Switch) -> None:
    await house.set_pbx(dial_url=switch.url)
    started, _ = await dial(house)
    order = Dial(
        contact_id=started.contact_id,
        conversation_id=started.conversation_id,
        agent_id=house.ann,
        agent_address="801",
        from_address="",
        to_address=CHENS,
        language="en",
        until=house.clock.now() + timedelta(seconds=100),
    )
    assert isinstance(await house.channel.perform("house", order), Unknown)
    assert len(switch.asked) == 1


async def test_an_agent_without_a_desk_phone_is_told(house: House, switch: Switch) -> None:
    await house.set_pbx(dial_url=switch.url)
    await house.store.write(take_phone, house.ann)
    _, done = await dial(house)
    assert isinstance(done, Permanent)
    assert (await house.contact()).meta["call"]["reason"] == "no_desk_phone"
    assert switch.asked == []


def take_phone(tx: Tx, agent_id: str) -> None:
    tx.execute(update(users).where(users.c.id == agent_id).values(phone_address=None))


async def test_who_is_not_reached_is_told_with_the_reason(house: House) -> None:
    started, _ = await dial(house)
    await house.tell("ringing", "b1", ref=started.contact_id, **OUT)
    await house.tell("ended", "b1", ref=started.contact_id, cause="busy", **OUT)
    await house.over()
    contact = await house.contact()
    assert (contact.state, contact.meta["call"]["outcome"]) == ("wrap_up", "busy")


async def test_a_call_from_the_phone_is_logged_and_wrapped_up(house: House) -> None:
    await house.tell("ringing", "c1", **OUT)
    assert await house.rings(house.ann) == []  # it is the customer's that rings
    house.clock.advance(5)
    await house.tell("answered", "c1", **OUT)
    contact = await house.contact()
    assert (contact.state, contact.agent_id, contact.direction) == ("active", house.ann, "out")
    house.clock.advance(20)
    await house.tell("ended", "c1", **OUT)
    assert (await house.contact()).state == "wrap_up"
    [entry] = await house.entries()
    assert (entry.direction, entry.meta["outcome"], entry.meta["duration_s"]) == (
        "out", "answered", 20
    )  # fmt: skip


async def test_a_call_from_the_phone_that_nobody_answers_is_only_logged(house: House) -> None:
    await house.tell("ringing", "c1", **OUT)
    await house.tell("ended", "c1", **OUT)
    await house.over()
    assert await house.contacts() == []
    [entry] = await house.entries()
    assert (entry.direction, entry.meta["outcome"]) == ("out", "no_answer")


async def test_a_pbx_whose_answer_breaks_off_may_ring(house: House) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await house.set_pbx(dial_url=f"http://127.0.0.1:{port}/dial")
        started, done = await dial(house)
    assert isinstance(done, Unknown)
    await house.tell("answered", "b1", ref=started.contact_id, **OUT)
    assert (await house.contact()).state == "active"
